"""Walks one stream until time or an error stops it, or ``ending.py`` says it is complete: page → … → checkpoint."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from fetch_logs.stream import checkpoint as checkpoints
from fetch_logs.stream.batch import Batch
from fetch_logs.stream.checkpoint import Checkpoint, Unfinished
from fetch_logs.stream.ending import KEPT_AT_MOST, KnownRecords, Walk, floor
from fetch_logs.stream.prefetch import Prefetcher
from fetch_logs.stream.result import Progress, WalkResult
from fetch_logs.stream.slices import Slice, Slices, resumed
from integration_logs.bucket import sweeps
from integration_logs.bucket.sweeps import RETENTION, Sweep
from integration_logs.errors import ContractBroken, IntegrationLogsError, TryLater
from integration_logs.records.rows import names_integration

if TYPE_CHECKING:
    from fetch_logs.plan import Mode
    from fetch_logs.stream.environment import Environment, Fetches, Stream
    from integration_logs.upstream.sendcloud import Page

log = logging.getLogger(__name__)

LEAST_SECONDS = 5.0
"""What asking for one more page may take: with less time left, the next invocation goes on."""


def walk_stream(  # noqa: PLR0913  # all have a default but what is walked, from where, with what
    stream: Stream,
    fetch: Fetches,
    environment: Environment,
    *,
    mode: Mode = "tick",
    must_name: bool = False,
    slices: int = 1,
    progress: Progress | None = None,
) -> WalkResult:
    """Walk the stream from where its checkpoint stands, as far as the mode asks and the time allows.

    With ``must_name`` the walk is given up at the first record that does not name its integration. A walk over all that
    Sendcloud keeps is cut into that many ``slices`` at most, where it can be. Raises what the pages and the store do;
    what was fetched until then has landed, the checkpoint stands behind it, and the progress has it.
    """
    progress = progress or Progress()
    run = _begin(stream, environment, mode, progress, slices)
    try:
        return run.walk(fetch, must_name=must_name)
    except ContractBroken:
        if not run.resumed or run.unread:
            raise
        # The cursor that the last invocation left may have gone stale; the stream itself need not be broken.
        log.warning("A walk could not continue from its cursor and starts again", extra={"stream": stream.name})
        return _begin(stream, environment, mode, progress, slices).walk(fetch, must_name=must_name)


def _begin(stream: Stream, environment: Environment, mode: Mode, progress: Progress, most: int) -> _Run:
    name = stream.name if mode == "tick" else f"{stream.name}.{mode}"
    checkpoint = checkpoints.load(environment.store, stream.account, name)
    ticks = checkpoint if mode == "tick" else checkpoints.load(environment.store, stream.account, stream.name)
    return _Run(stream, environment, mode, name, checkpoint, ticks, progress, most)


@dataclass
class _Run:
    stream: Stream
    environment: Environment
    mode: Mode
    name: str
    checkpoint: Checkpoint
    ticks: Checkpoint
    """Where the ticks stand: a record below their watermark that is new is late."""
    progress: Progress
    most: int
    whole: bool = field(init=False)
    """Whether it goes to the last page, as far as one can tell beforehand."""
    slices: Slices = field(init=False)
    known: KnownRecords = field(init=False)
    resumed: bool = field(init=False)
    began_at: datetime | None = field(init=False)
    """Before the walk's first page was asked for, maybe by an earlier invocation; ``None``: that one did not say."""
    held: Batch = field(init=False)
    unread: ContractBroken | None = None
    """Why one of the walk's pages could not be read: what follows it lands, yet the walk never counts as complete."""

    def __post_init__(self) -> None:
        begun, environment = self.checkpoint.unfinished, self.environment
        passed, now = self.ticks.watermark, environment.clock()
        lowest = floor(self.mode, watermark=passed, overlap=environment.overlap, now=now)
        self.resumed = begun is not None
        self.began_at = now if begun is None else begun.began_at
        walk, query = Walk(passed, lowest), None
        if begun is not None:
            walk = replace(walk, newest=begun.newest, last=begun.last, newest_first=begun.newest_first)
            query = begun.query
            self.unread = ContractBroken("A page of the walk could not be read.") if begun.unread else None
        first = Slice(0, query, walk, lowest or now - RETENTION)
        self.whole = self.mode != "tick" or lowest is None
        if self.whole and (begun is None or begun.slices):  # a walk that goes on as one stays one
            self.slices = resumed(first, begun.slices if begun and self.most > 1 else (), most=self.most)
        else:
            self.slices = Slices((first,))
        self.known = KnownRecords(environment.overlap, dict(self.checkpoint.known))
        self.held = Batch(
            self.stream,
            self.name,
            environment,
            self.known,
            passed,
            remembers=self.mode == "tick",  # any other walk has the ledger for it, which goes as far back
            progress=self.progress,
        )

    @property
    def walk_(self) -> Walk:
        """What was seen of the records in one piece, from the first on."""
        return self.slices.first.walk

    def walk(self, fetch: Fetches, *, must_name: bool) -> WalkResult:
        out_of_time = False
        try:
            early = self.whole and self.slices.most == 1
            with Prefetcher(fetch, self.slices.most, early=early) as prefetcher:
                self._prefetch(prefetcher, self.slices)
                while (number := prefetcher.soonest()) is not None:
                    page = self._came(prefetcher, number, out_of_time=out_of_time)
                    if page is None:
                        continue
                    if must_name and not all(map(names_integration, page.records)):
                        self._settle()
                        return replace(self.progress.walked, unnamed=True)
                    times = self.held.times(page.records)
                    seen = self.slices.seen(number, page, times)
                    out_of_time = self.environment.time_left() <= LEAST_SECONDS
                    if not seen.complete and not out_of_time:
                        seen = seen.cut()
                        self._prefetch(prefetcher, seen)  # the next pages come while this one is worked on
                    self._take(page, times)
                    # Not before: a page that could not be taken is asked for, and seen, once more.
                    self._go_on(seen)
                    if seen.complete:
                        self._finish()
                        return replace(self.progress.walked, complete=True)
                    if self.held.is_due():
                        self._settle()
            if out_of_time and self.slices.first.query is not None:
                self._settle()
                return self.progress.walked
            raise ContractBroken("The walk's pages ended before the last one.")
        except TryLater:
            self._settle()
            raise
        except IntegrationLogsError:
            self._give_up()
            raise

    def _prefetch(self, prefetcher: Prefetcher, slices: Slices) -> None:
        for each in slices.open:
            prefetcher.fetch(each.number, each.query)

    def _came(self, prefetcher: Prefetcher, number: int, *, out_of_time: bool) -> Page | None:
        """A slice's page, or ``None`` where it has none and the walk goes on all the same."""
        ours = {each.number for each in self.slices.open}
        try:
            page = prefetcher.take(number)
        except TryLater:
            if number in {each.number for each in self.slices.asked}:  # maybe it takes no cursor but its own
                self.slices = self.slices.without(number)
            elif number in ours and not out_of_time:
                raise
        except IntegrationLogsError as error:
            if number == self.slices.first.number:
                raise
            if number in ours:
                self._go_on(self.slices.alone(str(error)))
        else:
            return page if number in ours else None
        return None

    def _go_on(self, slices: Slices) -> None:
        if slices.serial and not self.slices.serial:
            log.warning(
                "A walk could not be cut into slices and continues as one",
                extra={"stream": self.stream.name, "reason": slices.serial},
            )
        self.slices = slices
        self.progress.walked += WalkResult(
            slices=len(slices.open) if len(slices.walked) > 1 else 0, serial=slices.serial
        )

    def _take(self, page: Page, times: list[datetime | None]) -> None:
        if page.unread:
            log.error("A page cannot be read: the walk continues after it", extra={"reason": str(page.unread)})
            self.unread = page.unread
        self.held.take(page.records, times)

    def _settle(self) -> None:
        """Land what is held, then let the checkpoint say where to go on."""
        self.held.land()
        query, seen = self.slices.first.query, self.walk_
        if query is None:
            return  # not one page of this walk is behind us
        unread, resting = self.unread is not None, self.slices.resting
        unfinished = Unfinished(query, seen.newest, seen.last, seen.newest_first, self.began_at, unread, resting)
        self._save(replace(self.checkpoint, unfinished=unfinished, known=self._kept()))

    def _give_up(self) -> None:
        """Land what is held; the next walk starts anew, and need not land this again."""
        if self.progress.walked.pages or self.checkpoint.unfinished:
            self.held.land()
            self._save(replace(self.checkpoint, unfinished=None, known=self._kept()))

    def _finish(self) -> None:
        """Land what is held, then move the watermark; an idle tick writes nothing.

        Raises what kept a page of the walk from being read, so that the next walk goes there again.
        """
        if self.unread:
            raise self.unread
        self.held.land()
        before, watermark, newest_first = self.checkpoint, self._watermark(), self.walk_.newest_first
        self.known.prune(watermark, newest_first=newest_first)
        if before.newest_first and self.ticks.newest_first and not newest_first:
            log.warning(
                "Sendcloud did not return this stream newest first: every walk reads it to its end",
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
