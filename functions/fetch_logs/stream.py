"""Walks one stream: page → redact → parse → land, and the checkpoint after what it stands for has landed."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from fetch_logs import checkpoint as checkpoints
from fetch_logs.checkpoint import Checkpoint, Unfinished
from fetch_logs.landing import land
from fetch_logs.walk import KEPT_AT_MOST, Known, Walk
from integration_logs.errors import ContractBroken, IntegrationLogsError, TryLater
from integration_logs.records import json_text, moment, names_integration, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta

    from integration_logs.json_types import JsonValue
    from integration_logs.objects import ObjectStore
    from integration_logs.records import Row
    from integration_logs.redaction import Redactor
    from integration_logs.sendcloud import Page

log = logging.getLogger(__name__)

BATCH_ROWS = 1000
"""Rows that are landed as one object, give or take a page."""

LEAST_SECONDS = 5.0
"""What asking for one more page may take: with less time left, the next invocation goes on."""


class Pages(Protocol):
    """Sendcloud's pages of one stream, from ``query`` on or from the first."""

    def __call__(self, query: str | None) -> Iterator[Page]:
        """Fetch them lazily, one request a page."""


@dataclass(frozen=True)
class Stream:
    """What is walked: the account's whole stream (``integration_id`` is ``None``) or one integration's."""

    account: str
    integration_id: int | None = None

    @property
    def name(self) -> str:
        """Names its checkpoint and its landing objects."""
        return "account" if self.integration_id is None else f"integration-{self.integration_id}"


@dataclass(frozen=True)
class Environment:
    """What a walk works with; the clock gives UTC, ``time_left`` the seconds left for walking."""

    store: ObjectStore
    redactor: Redactor
    overlap: timedelta
    clock: Callable[[], datetime]
    time_left: Callable[[], float]


@dataclass(frozen=True)
class Walked:
    """How a walk went: pages and records that were fetched, rows that were landed, whether it came to its end.

    ``unnamed`` says that it was given up because a record does not name its integration.
    """

    pages: int = 0
    records: int = 0
    landed: int = 0
    complete: bool = False
    unnamed: bool = False

    def __add__(self, other: Walked) -> Walked:
        """Both together: complete where both are."""
        return Walked(
            self.pages + other.pages,
            self.records + other.records,
            self.landed + other.landed,
            self.complete and other.complete,
            self.unnamed or other.unnamed,
        )


def walk_stream(stream: Stream, pages: Pages, environment: Environment, *, must_name: bool = False) -> Walked:
    """Walk the stream from where its checkpoint stands, as far as the time allows.

    With ``must_name`` the walk is given up at the first record that does not name its integration. Raises what the
    pages and the store raise; what was fetched until then has landed, and the checkpoint stands behind it.
    """
    checkpoint = checkpoints.load(environment.store, stream.account, stream.name)
    try:
        return _Run(stream, environment, checkpoint).walk(pages, must_name=must_name)
    except ContractBroken:
        if checkpoint.unfinished is None:
            raise
        # The cursor that the last invocation left may have gone stale; the stream itself need not be broken.
        log.warning("A walk could not go on from its cursor and starts anew", extra={"stream": stream.name})
        checkpoint = checkpoints.load(environment.store, stream.account, stream.name)
        return _Run(stream, environment, checkpoint).walk(pages, must_name=must_name)


@dataclass
class _Run:
    stream: Stream
    environment: Environment
    checkpoint: Checkpoint
    walk_: Walk = field(init=False)
    known: Known = field(init=False)
    rows: list[Row] = field(default_factory=list)
    walked: Walked = field(default_factory=Walked)
    fetched_at: datetime | None = None

    def __post_init__(self) -> None:
        begun = self.checkpoint.unfinished
        self.walk_ = Walk(self.checkpoint.watermark, self.environment.overlap)
        if begun is not None:
            self.walk_ = replace(self.walk_, newest=begun.newest, last=begun.last, newest_first=begun.newest_first)
        self.known = Known(self.environment.overlap, dict(self.checkpoint.known))

    def walk(self, pages: Pages, *, must_name: bool) -> Walked:
        query = self.checkpoint.unfinished.query if self.checkpoint.unfinished else None
        try:
            for page in pages(query):
                if must_name and not all(map(names_integration, page.records)):
                    self._settle(query)
                    return replace(self.walked, unnamed=True)
                complete = self._take(page)
                query = page.next_query
                if complete:
                    self._finish()
                    return replace(self.walked, complete=True)
                if query is None:
                    continue  # no way on from here: the pages say why
                out_of_time = self.environment.time_left() <= LEAST_SECONDS
                if out_of_time or len(self.rows) >= BATCH_ROWS:
                    self._settle(query)
                if out_of_time:
                    return self.walked
        except TryLater:
            self._settle(query)
            raise
        except IntegrationLogsError:
            self._give_up()
            raise
        raise ContractBroken("The walk got no page.")

    def _take(self, page: Page) -> bool:
        """Redact and parse one page; whether the walk is complete with it."""
        fetched_at = self.fetched_at = self.environment.clock()
        times: list[datetime | None] = []
        landed = 0
        for raw in page.records:
            created_at = moment(raw.get("created_at")) if isinstance(raw, dict) else None
            if created_at is not None and created_at > fetched_at:
                created_at = None  # as a watermark, a time still to come would hide what happens until then
            times.append(created_at)
            row = self._row(raw, fetched_at)
            name = _name(row)
            if name not in self.known.times:
                self.known.times[name] = created_at
                self.rows.append(row)
                landed += 1
        self.walked += Walked(pages=1, records=len(page.records), landed=landed)
        return self.walk_.see(times, last_page=page.last)

    def _row(self, raw: JsonValue, fetched_at: datetime) -> Row:
        redacted = self.environment.redactor.record(raw) if isinstance(raw, dict) else None
        return parse(
            self.environment.redactor.value(raw) if redacted is None else redacted,
            account=self.stream.account,
            integration_id=self.stream.integration_id,
            fetched_at=fetched_at,
        )

    def _land(self) -> None:
        if self.rows and self.fetched_at is not None:
            at = self.fetched_at  # not the time now: what is landed once more after a failure is the same object
            land(self.environment.store, self.rows, account=self.stream.account, stream=self.stream.name, fetched_at=at)
            self.rows.clear()

    def _settle(self, query: str | None) -> None:
        """Land what is held, then let the checkpoint say where to go on."""
        self._land()
        if query is None:
            return  # not one page of this walk is behind us
        seen = self.walk_
        unfinished = Unfinished(query, seen.newest, seen.last, seen.newest_first)
        self._save(replace(self.checkpoint, unfinished=unfinished, known=self._kept()))

    def _give_up(self) -> None:
        """Land what is held; the next walk starts anew, and need not land this again."""
        if self.walked.pages or self.checkpoint.unfinished:
            self._land()
            self._save(replace(self.checkpoint, unfinished=None, known=self._kept()))

    def _finish(self) -> None:
        """Land what is held, then move the watermark; an idle walk writes nothing."""
        self._land()
        watermark = self._watermark()
        self.known.prune(watermark, newest_first=self.walk_.newest_first)
        before = self.checkpoint
        if before.unfinished is None and before.watermark == watermark and before.known == self.known.times:
            return
        if not self.walk_.newest_first:
            log.warning(
                "Sendcloud did not serve this stream newest first: every walk goes to its end",
                extra={"stream": self.stream.name},
            )
        self._save(Checkpoint(watermark, self.environment.clock(), self.known.times, None, before.etag))

    def _save(self, checkpoint: Checkpoint) -> None:
        if checkpoint != self.checkpoint:
            self.checkpoint = checkpoints.save(
                self.environment.store, self.stream.account, self.stream.name, checkpoint
            )

    def _watermark(self) -> datetime | None:
        return max(filter(None, (self.walk_.newest, self.checkpoint.watermark)), default=None)

    def _kept(self) -> dict[str, datetime | None]:
        """What is known so far, pruned only when it must be: the rest of the walk may meet it again."""
        if len(self.known.times) > KEPT_AT_MOST:
            self.known.prune(self._watermark(), newest_first=self.walk_.newest_first)
        return self.known.times


def _name(row: Row) -> str:
    """What tells the record from others: its id, or, without a usable one, all that it says."""
    if row["id"] is not None:
        return str(row["id"])
    said = json_text({name: value for name, value in row.items() if name != "fetched_at"})
    return f"sha256:{hashlib.sha256(said.encode()).hexdigest()[:16]}"
