"""Walks one stream: page → redact → parse → land, and the checkpoint after what it stands for has landed."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fetch_logs import checkpoint as checkpoints
from fetch_logs.ahead import Ahead
from fetch_logs.checkpoint import Checkpoint, Unfinished
from fetch_logs.stream import Tally, Walked
from fetch_logs.walk import KEPT_AT_MOST, Known, Walk, floor
from integration_logs import sweeps
from integration_logs.errors import ContractBroken, IntegrationLogsError, TryLater
from integration_logs.landing import encode, land
from integration_logs.records import json_text, names_integration, parse, record_id
from integration_logs.sweeps import RETENTION, Sweep
from integration_logs.times import moment

if TYPE_CHECKING:
    from fetch_logs.plan import Mode
    from fetch_logs.stream import Environment, Pages, Stream
    from integration_logs.json_types import JsonValue
    from integration_logs.records import Row
    from integration_logs.sendcloud import Page

log = logging.getLogger(__name__)

BATCH_ROWS = 1000
BATCH_BYTES = 8 << 20
BATCH_SECONDS = 20.0
"""When what is held is landed and the checkpoint moved: by rows, by their JSON's size, or by time."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No webshop was connected before."""

LEAST_SECONDS = 5.0
"""What asking for one more page may take: with less time left, the next invocation goes on."""


def walk_stream(  # noqa: PLR0913  # all have a default but what is walked, from where, with what
    stream: Stream,
    pages: Pages,
    environment: Environment,
    *,
    mode: Mode = "tick",
    must_name: bool = False,
    tally: Tally | None = None,
) -> Walked:
    """Walk the stream from where its checkpoint stands, as far as the mode asks and the time allows.

    With ``must_name`` the walk is given up at the first record that does not name its integration. Raises what the
    pages and the store raise; what was fetched until then has landed, the checkpoint stands behind it, and the tally
    has it.
    """
    tally = tally or Tally()
    run = _begin(stream, environment, mode, tally)
    try:
        return run.walk(pages, must_name=must_name)
    except ContractBroken:
        if not run.resumed or run.unread:
            raise
        # The cursor that the last invocation left may have gone stale; the stream itself need not be broken.
        log.warning("A walk could not go on from its cursor and starts anew", extra={"stream": stream.name})
        return _begin(stream, environment, mode, tally).walk(pages, must_name=must_name)


def _begin(stream: Stream, environment: Environment, mode: Mode, tally: Tally) -> _Run:
    name = stream.name if mode == "tick" else f"{stream.name}.{mode}"
    checkpoint = checkpoints.load(environment.store, stream.account, name)
    ticks = checkpoint if mode == "tick" else checkpoints.load(environment.store, stream.account, stream.name)
    return _Run(stream, environment, mode, name, checkpoint, ticks, tally)


@dataclass
class _Run:
    stream: Stream
    environment: Environment
    mode: Mode
    name: str
    checkpoint: Checkpoint
    ticks: Checkpoint
    """Where the ticks stand: a record below their watermark that is new is late."""
    tally: Tally
    walk_: Walk = field(init=False)
    known: Known = field(init=False)
    resumed: bool = field(init=False)
    began_at: datetime | None = field(init=False)
    """Before the walk's first page was asked for, maybe by an earlier invocation; ``None``: that one did not say."""
    lines: list[bytes] = field(default_factory=list)
    landing: dict[int, datetime | None] = field(default_factory=dict)
    fetched_at: datetime | None = None
    settled_at: float = field(init=False)
    unread: ContractBroken | None = None
    """Why one of the walk's pages could not be read: what follows it lands, yet the walk never counts as complete."""

    def __post_init__(self) -> None:
        begun, environment = self.checkpoint.unfinished, self.environment
        passed = self.ticks.watermark
        lowest = floor(self.mode, watermark=passed, overlap=environment.overlap, now=environment.clock())
        self.walk_ = Walk(passed, lowest)
        self.resumed = begun is not None
        self.began_at = environment.clock() if begun is None else begun.began_at
        if begun is not None:
            self.walk_ = replace(self.walk_, newest=begun.newest, last=begun.last, newest_first=begun.newest_first)
            self.unread = ContractBroken("A page of the walk could not be read.") if begun.unread else None
        self.known = Known(environment.overlap, dict(self.checkpoint.known))
        self.settled_at = environment.time_left()

    def walk(self, pages: Pages, *, must_name: bool) -> Walked:
        query = self.checkpoint.unfinished.query if self.checkpoint.unfinished else None
        try:
            with Ahead(pages(query)) as ahead:
                while (page := ahead.take()) is not None:
                    if must_name and not all(map(names_integration, page.records)):
                        self._settle(query)
                        return replace(self.tally.walked, unnamed=True)
                    times = self._times(page)
                    seen = replace(self.walk_)
                    complete = seen.see(times, last_page=page.last)
                    out_of_time = self.environment.time_left() <= LEAST_SECONDS
                    if not complete and not out_of_time:
                        ahead.fetch()  # the next page comes while this one is worked on
                    self._take(page, times)
                    # Not before: a page that could not be taken is asked for, and seen, once more.
                    self.walk_, query = seen, page.next_query
                    if complete:
                        self._finish()
                        return replace(self.tally.walked, complete=True)
                    if query is not None and (out_of_time or self._is_due()):
                        self._settle(query)
                    if query is not None and out_of_time:
                        return self.tally.walked
            raise ContractBroken("The walk's pages ended before the last one.")
        except TryLater:
            self._settle(query)
            raise
        except IntegrationLogsError:
            self._give_up()
            raise

    def _times(self, page: Page) -> list[datetime | None]:
        """Each record's ``created_at``, where it is usable.

        As a watermark, a time still to come would hide what happens until then; and from one at the beginning of the
        calendar no overlap can be taken off.
        """
        self.fetched_at = self.environment.clock()
        found = [moment(raw.get("created_at")) if isinstance(raw, dict) else None for raw in page.records]
        return [time if time is not None and EARLIEST <= time <= self.fetched_at else None for time in found]

    def _take(self, page: Page, times: list[datetime | None]) -> None:
        """Redact, parse and hold what has not landed yet."""
        if page.unread:
            log.error("A page cannot be read: the walk goes on behind it", extra={"reason": str(page.unread)})
            self.unread = page.unread
        held, passed = len(self.lines), self.ticks.watermark
        late: list[float] = []
        for raw, created_at in zip(page.records, times, strict=True):
            if self._is_known(raw):
                continue
            row = self._row(raw)
            if self._has_landed(row, created_at):
                continue
            self.lines.append(encode(row))
            if created_at and passed and created_at < passed and self.fetched_at:
                late.append((self.fetched_at - created_at).total_seconds())
        self.tally.walked += Walked(
            pages=1,
            records=len(page.records),
            landed=len(self.lines) - held,
            late=len(late),
            latest=max(late, default=0.0),
        )

    def _is_known(self, raw: JsonValue) -> bool:
        """Whether the id alone says that it has landed: an idle tick redacts nothing, and asks for no key to do so."""
        id_ = record_id(raw)
        return id_ is not None and (str(id_) in self.known.times or id_ in self.landing)

    def _has_landed(self, row: Row, created_at: datetime | None) -> bool:
        """Whether the record is known; if not, it is from now on, and lands with this walk."""
        name, number = _name(row)
        if name in self.known.times or number in self.landing:
            return True
        happened = moment(row["created_at"])
        landed = self.environment.ledger.has(number, happened)
        if self.mode == "tick":  # any other walk has the ledger for it, which goes as far back
            self.known.times[name] = created_at
        if not landed:
            self.landing[number] = happened
        return landed

    def _row(self, raw: JsonValue) -> Row:
        redacted = self.environment.redactor.record(raw) if isinstance(raw, dict) else None
        return parse(
            self.environment.redactor.value(raw) if redacted is None else redacted,
            account=self.stream.account,
            integration_id=self.stream.integration_id,
            fetched_at=self.fetched_at or self.environment.clock(),
            original=raw,
        )

    def _is_due(self) -> bool:
        return (
            len(self.lines) >= BATCH_ROWS
            or sum(map(len, self.lines)) >= BATCH_BYTES
            or self.settled_at - self.environment.time_left() >= BATCH_SECONDS
        )

    def _land(self) -> None:
        if self.lines and self.fetched_at is not None:
            at = self.fetched_at  # not the time now: what is landed once more after a failure is the same object
            land(self.environment.store, self.lines, account=self.stream.account, stream=self.name, fetched_at=at)
            self.lines.clear()
        landed, self.landing = self.landing, {}
        self.environment.ledger.enter(landed.items())

    def _settle(self, query: str | None) -> None:
        """Land what is held, then let the checkpoint say where to go on."""
        self._land()
        self.settled_at = self.environment.time_left()
        if query is None:
            return  # not one page of this walk is behind us
        seen = self.walk_
        unread = self.unread is not None
        unfinished = Unfinished(query, seen.newest, seen.last, seen.newest_first, self.began_at, unread)
        self._save(replace(self.checkpoint, unfinished=unfinished, known=self._kept()))

    def _give_up(self) -> None:
        """Land what is held; the next walk starts anew, and need not land this again."""
        if self.tally.walked.pages or self.checkpoint.unfinished:
            self._land()
            self._save(replace(self.checkpoint, unfinished=None, known=self._kept()))

    def _finish(self) -> None:
        """Land what is held, then move the watermark; an idle tick writes nothing.

        Raises what kept a page of the walk from being read, so that the next walk goes there again.
        """
        if self.unread:
            raise self.unread
        self._land()
        before, watermark, newest_first = self.checkpoint, self._watermark(), self.walk_.newest_first
        self.known.prune(watermark, newest_first=newest_first)
        if before.newest_first and self.ticks.newest_first and not newest_first:
            log.warning(
                "Sendcloud did not serve this stream newest first: every walk goes to its end",
                extra={"stream": self.stream.name},
            )
        as_before = before.watermark == watermark and before.known == self.known.times
        if self.mode == "tick" and before.unfinished is None and as_before and before.newest_first == newest_first:
            return
        now = self.environment.clock()
        if self.began_at and (self.mode == "sweep" or self.walk_.floor is None):  # all that Sendcloud keeps
            swept = Sweep(self.mode, self.began_at, now, since=now - RETENTION)
            sweeps.record(self.environment.store, self.stream.account, self.stream.name, swept)
        self._save(Checkpoint(watermark, now, self.known.times, None, newest_first, before.etag))

    def _save(self, checkpoint: Checkpoint) -> None:
        if checkpoint != self.checkpoint:
            self.checkpoint = checkpoints.save(self.environment.store, self.stream.account, self.name, checkpoint)

    def _watermark(self) -> datetime | None:
        return max(filter(None, (self.walk_.newest, self.checkpoint.watermark)), default=None)

    def _kept(self) -> dict[str, datetime | None]:
        """What is known so far, pruned only when it must be: the rest of the walk may meet it again."""
        if len(self.known.times) > KEPT_AT_MOST:
            self.known.prune(self._watermark(), newest_first=self.walk_.newest_first)
        return self.known.times


def _name(row: Row) -> tuple[str, int]:
    """What tells the record from others, for people and as the ledger's number: its id, or, without a usable one, a
    digest of all that it says, which is a number below zero."""
    if isinstance(id_ := row["id"], int):
        return str(id_), id_
    said = json_text({name: value for name, value in row.items() if name != "fetched_at"})
    digest = hashlib.sha256(said.encode()).digest()[:8]
    return f"sha256:{digest.hex()}", -1 - (int.from_bytes(digest) >> 1)
