"""What has happened so far: a month of a web shop's failures, the same for the same seed. Pure: no clock, no IO.

Each UTC day is drawn from its own generator, so a day's records do not change when the sandbox is started again later.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from sandbox.upstreams.shops import Shop

DAY = 86_400
RETENTION_DAYS = 30
"""How long Sendcloud keeps records, in days."""

HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 14, 18, 20, 20, 18, 18, 18, 17, 16, 14, 12, 14, 16, 12, 6, 2)
"""How busy each hour of the day (UTC) is: shops sleep at night."""

OUTAGE_SHARE = 0.2
"""Which part of the first account's records its one outage makes."""

OUTAGE_KINDS = ("read_timeout", "server_error", "server_error", "connection_reset")
QUIET_EVERY = 10
"""A quiet integration fails once in so many days."""

IDS_A_DAY = 4_000_000
ID_STRIDE = 16
LIVE_OFFSET = 8
"""Ids: a day's block of ids rises in steps of `ID_STRIDE`; history takes the offsets below `LIVE_OFFSET`."""
FIRST_DAY = 18_262  # 2020-01-01: keeps the ids short


@dataclass(frozen=True, slots=True)
class Planned:
    """One record to be: its id, its shop, the kind of failure, and when (Unix seconds)."""

    key: int
    shop: Shop
    kind: str
    at: int


def first_id(day: int) -> int:
    """The first id of a day (days since 1970-01-01)."""
    return max(1, day - FIRST_DAY) * IDS_A_DAY


def outage(seed: int, day: int) -> range:
    """The outage of the 30 days that this day is one of, in Unix seconds: an evening, across midnight UTC."""
    rng = Random(f"{seed}:outage")
    phase = rng.randrange(RETENTION_DAYS)
    start_day = day - (day - phase) % RETENTION_DAYS
    start = start_day * DAY + rng.randint(20 * 3600, 22 * 3600)
    return range(start, start + rng.randint(4 * 3600, 6 * 3600))


def plan(seed: int, shops: Sequence[Shop], account: int, until: int, volume: int) -> list[Planned]:
    """About `volume` records over the 30 days before `until` (Unix seconds), oldest first, for one account's shops.

    The first of these hours has none: what is compared with the sandbox's truth does not age out of it meanwhile.
    """
    since = until - RETENTION_DAYS * DAY + 3600
    records: list[Planned] = []
    for day in range(since // DAY, until // DAY + 1):
        records += [each for each in _day(seed, shops, account, day, volume) if since < each.at <= until]
    return records


def _day(seed: int, shops: Sequence[Shop], account: int, day: int, volume: int) -> Iterator[Planned]:
    """A whole day of one account: moments are drawn shop by shop, ids are given out in the order of time."""
    rng = Random(f"{seed}:{account}:{day}")
    drawn: list[tuple[int, Shop, str]] = []
    if volume > 0:
        weights = sum(shop.profile.weight for shop in shops if not shop.quiet)
        share = 1 - OUTAGE_SHARE * any(shop.outage for shop in shops)
        for shop in shops:
            expected = volume * share * shop.profile.weight / weights / RETENTION_DAYS if weights else 0.0
            drawn += _ordinary(rng, shop, day, expected)
            if shop.outage:
                drawn += _burst(rng, shop, day, outage(seed, day), volume)
    drawn.sort(key=lambda each: (each[0], each[1].id))
    if len(drawn) * ID_STRIDE > IDS_A_DAY:
        raise ValueError(f"{len(drawn)} records on one day are more than there are ids for")
    for rank, (at, shop, kind) in enumerate(drawn):
        yield Planned(first_id(day) + rank * ID_STRIDE + account, shop, kind, at)


def _ordinary(rng: Random, shop: Shop, day: int, expected: float) -> Iterator[tuple[int, Shop, str]]:
    if shop.quiet:
        count = int(day % QUIET_EVERY == shop.id % QUIET_EVERY)
    else:
        count = int(expected * (0.6 if day % 7 in {2, 3} else 1.16) + rng.random())  # 2 and 3: the weekend
    kinds = rng.choices(list(shop.profile.kinds), list(shop.profile.kinds.values()), k=count)
    hours = rng.choices(range(24), HOURS, k=count)
    at = day * DAY
    for kind, hour in zip(kinds, hours, strict=True):
        if rng.random() >= 0.05:  # else: at the very second of the one before, as retries are
            at = day * DAY + hour * 3600 + rng.randrange(3600)
        yield at, shop, kind


def _burst(rng: Random, shop: Shop, day: int, span: range, volume: int) -> Iterator[tuple[int, Shop, str]]:
    """The part of the outage that falls on this day; every ten seconds a batch, so many share a time stamp."""
    start, stop = max(span.start, day * DAY), min(span.stop, (day + 1) * DAY)
    if start >= stop:
        return
    for _ in range(round(volume * OUTAGE_SHARE * (stop - start) / len(span))):
        at = rng.randrange(start, stop)
        yield max(start, at - at % 10), shop, rng.choice(OUTAGE_KINDS)
