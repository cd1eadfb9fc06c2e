"""Every record there is: the history, what arrives while the sandbox runs, and what tests plant."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from threading import RLock

from sandbox.upstreams.cursors import microseconds
from sandbox.upstreams.history import DAY, ID_STRIDE, LIVE_OFFSET, RETENTION_DAYS, first_id, plan
from sandbox.upstreams.messages import Json, MisuseError, encode
from sandbox.upstreams.records import compose
from sandbox.upstreams.shops import Account, Shop
from sandbox.upstreams.streams import Mark, Order, Page, Place, Stream

type Clock = Callable[[], datetime]

NO_DAY = "none"
LIVE_STEP_MS = 400


@dataclass(slots=True)
class Entry:
    """One record; its text is made when first asked for. `planted` are the fields a test set itself."""

    key: int
    shop: Shop
    kind: str
    at: int
    planted: Json | None = None
    omitted: Sequence[str] = ()
    text: bytes | None = None
    filed: tuple[str, object] | None = None

    def record(self, seed: int) -> Json:
        """The record's fields."""
        record = compose(seed, self.key, self.shop, self.kind, self.at, worn=self.planted is None)
        if self.planted is not None:
            record = {name: value for name, value in (record | self.planted).items() if name not in self.omitted}
        return record

    def file(self, seed: int) -> tuple[str, object]:
        """Where the record belongs: the UTC day of its `created_at`, and its `id`."""
        if self.filed is None:
            record = self.record(seed)
            moment = _time(record)
            self.filed = (moment.date().isoformat() if moment else NO_DAY, record.get("id"))
        return self.filed


def _time(record: Json) -> datetime | None:
    """When a record says that it happened, in UTC; a time without an offset is taken as UTC."""
    text = record.get("created_at")
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


class Store:
    """The records of all accounts, in streams: one for each integration, and under None one for the whole account."""

    def __init__(  # noqa: PLR0913 - the whole of the world's settings
        self,
        accounts: Mapping[str, Account],
        shops: Mapping[str, Sequence[Shop]],
        volumes: Mapping[str, int],
        *,
        seed: int,
        clock: Clock,
        arrivals_per_minute: float,
        late_share: float,
    ) -> None:
        self._lock = RLock()
        self._seed, self._clock = seed, clock
        self._shops = {name: {shop.id: shop for shop in shops[name]} for name in accounts}
        self._rate, self._late_share = arrivals_per_minute, late_share
        self._started = microseconds(clock())
        self._arrived = 0
        self._last_live = 0
        self._entries: dict[str, dict[int, Entry]] = {}
        self._streams: dict[tuple[str, int | None], Stream] = {}
        self._volumes = {name: volumes.get(name, 0) for name in accounts}
        for name, account in accounts.items():
            self._fill(name, account.index)

    def _fill(self, name: str, index: int) -> None:
        planned = plan(
            self._seed, list(self._shops[name].values()), index, self._started // 1_000_000, self._volumes[name]
        )
        self._entries[name] = {each.key: Entry(each.key, each.shop, each.kind, each.at * 1_000_000) for each in planned}
        places: defaultdict[int | None, list[Place]] = defaultdict(list)
        for entry in self._entries[name].values():
            places[entry.shop.id].append((entry.at, entry.key))
            places[None].append((entry.at, entry.key))
        for stream in (None, *self._shops[name]):
            self._streams[name, stream] = Stream(places[stream])

    def page(self, account: str, integration: int | None, order: Order, after: Mark, size: int) -> Page:
        """A page of one integration, or of the whole account; raises KeyError for an unknown integration."""
        with self._lock:
            self._advance()
            return self._streams[account, integration].page(order, after, size)

    def texts(self, account: str, places: Sequence[Place], *, omit_integration_id: bool) -> list[bytes]:
        """The records at these places as JSON texts; those that expired in between are left out."""
        with self._lock:
            entries = [self._entries[account][key] for _, key in places if key in self._entries[account]]
            return [self._text(entry, omit_integration_id=omit_integration_id) for entry in entries]

    def _text(self, entry: Entry, *, omit_integration_id: bool) -> bytes:
        if omit_integration_id:
            record = entry.record(self._seed)
            record.pop("integration_id", None)
            return encode(record)
        if entry.text is None:
            entry.text = encode(entry.record(self._seed))
        return entry.text

    def plant(self, account: str, integration: int, partial: Json) -> object:
        """Create a tidy record with some fields given; returns its `id`. Raises KeyError, `MisuseError`.

        `__omit__`: fields that it shall not have. `__kind__`: the kind of failure that fills in the rest.
        """
        with self._lock:
            self._advance()
            shop = self._shops[account][integration]
            omitted = partial.get("__omit__", [])
            kind = partial.get("__kind__", "server_error")
            if not isinstance(omitted, list) or not isinstance(kind, str):
                raise MisuseError("__omit__ is a list of fields, __kind__ a kind of failure")
            now = microseconds(self._clock())
            given = {name: value for name, value in partial.items() if name not in {"__omit__", "__kind__"}}
            moment = _time(given)
            entry = Entry(
                self._next_id(now),
                shop,
                kind,
                microseconds(moment) if moment else now,
                given,
                [str(x) for x in omitted],
            )
            if "created_at" not in given:
                given["created_at"] = datetime.fromtimestamp(now // 1_000_000, UTC).isoformat()
                entry.at = now - now % 1_000_000
            self._add(account, entry)
            return entry.file(self._seed)[1]

    def truth(self) -> Json:
        """Every record inside retention: `records` (ids by account, integration and UTC day), `total`, and `odd`.

        Records without a usable `created_at` stand under the day `none`; `odd` counts those without a usable id.
        """
        with self._lock:
            self._advance()
            answer: dict[str, dict[str, dict[str, list[int]]]] = {}
            total = odd = 0
            for account, entries in self._entries.items():
                days: dict[str, defaultdict[str, set[int]]] = {
                    str(shop): defaultdict(set) for shop in self._shops[account]
                }
                for entry in entries.values():
                    day, number = entry.file(self._seed)
                    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
                        odd += 1
                        continue
                    days[str(entry.shop.id)][day].add(number)
                answer[account] = {
                    shop: {day: sorted(ids) for day, ids in sorted(found.items())} for shop, found in days.items()
                }
                total += sum(len(ids) for found in days.values() for ids in found.values())
            return {"records": answer, "total": total, "odd": odd}

    def _add(self, account: str, entry: Entry) -> None:
        self._entries[account][entry.key] = entry
        for stream in (None, entry.shop.id):
            self._streams[account, stream].add((entry.at, entry.key))

    def _next_id(self, now: int) -> int:
        """Ids of live records follow the clock, so that they rise with the history's and survive a restart."""
        seconds, micro = divmod(now, 1_000_000)
        day, second = divmod(seconds, DAY)
        rank = (second * 1000 + micro // 1000) // LIVE_STEP_MS
        self._last_live = max(self._last_live + ID_STRIDE, first_id(day) + rank * ID_STRIDE + LIVE_OFFSET)
        return self._last_live

    def _advance(self) -> None:
        """Catch up with the clock: let in what has arrived, let go what is too old."""
        now = microseconds(self._clock())
        if self._rate > 0:
            period = 60_000_000 / self._rate
            due = int((now - self._started) / period)
            for turn in range(self._arrived + 1, due + 1):
                self._arrive(turn, self._started + int(turn * period))
            self._arrived = max(self._arrived, due)
        before = now - RETENTION_DAYS * DAY * 1_000_000
        for (account, integration), stream in self._streams.items():
            for _, key in stream.expire(before):
                if integration is None:
                    del self._entries[account][key]

    def _arrive(self, turn: int, at: int) -> None:
        rng = Random(f"{self._seed}:arrival:{turn}")
        names = list(self._shops)
        account = rng.choices(names, [self._volumes[name] or 1 for name in names])[0]
        shops = list(self._shops[account].values())
        shop = rng.choices(shops, [0.01 if each.quiet else each.profile.weight for each in shops])[0]
        kind = rng.choices(list(shop.profile.kinds), list(shop.profile.kinds.values()))[0]
        created = at - at % 1_000_000
        if rng.random() < self._late_share:  # an integrator reports it late, with the time that it happened
            created -= int(timedelta(minutes=rng.randint(10, 3 * 24 * 60)).total_seconds()) * 1_000_000
        self._add(account, Entry(self._next_id(at), shop, kind, created))
