"""Reads a page of the archive in Sendcloud's own format: day by day, until the page is full.

Of each day only those objects are read that may hold a record of the page: of that integration, and not ruled out by
their summary. Days are read ahead in batches that double, side by side, so what is read for nothing is at most about as
much as what was needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any

from archive_logs.merging import summary
from archive_logs.merging.database import warm
from archive_logs.merging.partitions import END, EPOCH, PREFIX, Part
from archive_logs.reading.cursor import Cursor, Direction, Position, micros
from archive_logs.reading.filters import Filters
from archive_logs.reading.hits import Hits
from integration_logs.json_types import JsonObject

if TYPE_CHECKING:
    from pathlib import Path

    from integration_logs.bucket.objects import Entry, ObjectStore

AT_ONCE = 8
"""Objects that are asked for side by side."""

MOST_SECONDS = 8.0
MOST_READ = 128 << 20
"""After so many seconds, or bytes read, a page ends with what it has; API Gateway waits 29 seconds."""

_MOST_DAYS = 32
_BATCH_BYTES = 32 << 20
_BATCH_OBJECTS = 400
"""Of a batch; one larger day is a batch of its own."""

_MOST_OBJECTS = 1_000_000
"""Of one day; far more than there are."""


@dataclass(frozen=True)
class Search:
    """What is looked for: of one integration or of all (``None``), in pages of at most ``page_size``.

    Without a cursor, from the newest record on.
    """

    integration_id: int | None = None
    filters: Filters = field(default_factory=Filters)
    page_size: int = 25
    cursor: Cursor | None = None

    @property
    def direction(self) -> Direction:
        """Whether it goes to older (``next``) or to newer records."""
        return self.cursor.direction if self.cursor else "next"

    def span(self) -> tuple[Position | None, Position | None]:
        """From which position on, and below which; raises as ``Filters.span``."""
        low, high = self.filters.span()
        if self.cursor is None:
            return low, high
        at = self.cursor.position
        if self.direction == "next":
            return low, at if high is None else min(at, high)
        return at if low is None else max(at, low), high

    def condition(self) -> tuple[str, dict[str, Any]]:
        """SQL for what a row must fulfil, with the values of its parameters."""
        conditions, values = self.filters.conditions()
        for sign, name, at in zip((">=", "<"), ("low", "high"), self.span(), strict=True):
            if at is not None:
                conditions.append(_compared(sign, name))
                values |= {f"{name}_{part}": value for part, value in at._asdict().items()}
        return " AND ".join(["true", *conditions]), values


@dataclass(frozen=True)
class Page:
    """The records, newest first, where the pages beside it begin, and how much was read for it.

    ``cut`` are the ids of records that were too large for any page. A page may be short, or empty, and have a next one:
    its records are large, or the time was up.
    """

    records: list[JsonObject]
    next: Cursor | None
    prev: Cursor | None
    objects: int
    bytes: int
    summaries: int
    cut: tuple[int, ...]


def search(store: ObjectStore, wanted: Search, clock: Callable[[], float]) -> Page:
    """One page; ``clock`` gives seconds. Raises ``ValueError`` as ``Search.span``, and what the store raises.

    ``NeedsOperator`` where an object cannot be read: never a page that lacks its records.
    """
    condition, values = wanted.condition()
    with (
        warm() as (database, folder),
        ThreadPoolExecutor(AT_ONCE, thread_name_prefix="search") as pool,
    ):
        hits = Hits(database, wanted.page_size + 1, wanted.direction == "prev", condition, values)
        return _Reading(store, wanted, folder, pool, hits).page(clock)


@dataclass
class _Reading:
    store: ObjectStore
    wanted: Search
    folder: Path
    pool: ThreadPoolExecutor
    hits: Hits
    objects: int = 0
    bytes: int = 0
    summaries: int = 0

    def page(self, clock: Callable[[], float]) -> Page:
        until = clock() + MOST_SECONDS
        days, ahead, time_up = self._days(), 1, False
        while days and len(self.hits.found) <= self.wanted.page_size and not time_up:
            days = days[self._read(days[:ahead]) :]
            ahead = min(2 * ahead, _MOST_DAYS)
            time_up = clock() >= until or self.bytes >= MOST_READ
        records, cut = self.hits.records(self.wanted.page_size)
        on, back = self._on(len(records), days), self._back()
        following, previous = (on, back) if self.wanted.direction == "next" else (back, on)
        if self.wanted.direction == "prev":
            records.reverse()
        return Page(records, following, previous, self.objects, self.bytes, self.summaries, cut)

    def _on(self, taken: int, unread: Sequence[date]) -> Cursor | None:
        """Where the reading goes on in the same direction, if something is left."""
        newer = self.wanted.direction == "prev"
        if taken < len(self.hits.found):
            last = self.hits.found[taken - 1].at
            return Cursor(self.wanted.direction, last.above() if newer else last)
        if unread:
            day = unread[0] if newer else unread[0] + timedelta(days=1)
            return Cursor(self.wanted.direction, Position(micros(day)))
        return None

    def _back(self) -> Cursor | None:
        """To the page that this one was reached from."""
        if self.wanted.cursor is None:
            return None
        return Cursor("prev" if self.wanted.direction == "next" else "next", self.wanted.cursor.position)

    def _days(self) -> list[date]:
        """The archive's days that the span touches, in the order of reading."""
        low, high = self.wanted.span()
        first = low.day_from() if low else EPOCH
        last = min(high.day_below(), END) if high else END
        days = [day for each in self.store.folders(PREFIX) if (day := _day(each)) and first <= day <= last]
        return sorted(days, reverse=self.wanted.direction == "next")

    def _read(self, days: Sequence[date]) -> int:
        """Look through the first of these days; how many."""
        listed: list[Entry] = []
        count = 0
        for entries in self.pool.map(self._entries, days):
            listed += entries
            count += 1
            if len(listed) >= _BATCH_OBJECTS or sum(entry.size for entry in listed) >= _BATCH_BYTES:
                break
        for some in batched(self._not_ruled_out(listed), AT_ONCE, strict=False):
            for entry, path in zip(some, self.pool.map(self._download, some), strict=True):
                if path is not None:
                    self.objects += 1
                    self.bytes += entry.size
                    self.hits.look_through(entry.key, path)
        return count

    def _entries(self, day: date) -> list[Entry]:
        """The day's objects, of the integration or of all."""
        id_ = self.wanted.integration_id
        prefix = f"{PREFIX}dt={day}/integration-{'' if id_ is None else f'{id_}.'}"
        return [entry for entry in self.store.entries(prefix, limit=_MOST_OBJECTS) if Part.of(entry.key)]

    def _not_ruled_out(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        filters = self.wanted.filters
        if not filters.tell_by_summary:
            return entries
        self.summaries += len(entries)
        kept = self.pool.map(self.store.get, [summary.key(entry.key) for entry in entries])
        both = zip(entries, kept, strict=True)
        return [entry for entry, stored in both if stored is None or filters.may_match(stored.body, entry.etag)]

    def _download(self, entry: Entry) -> Path | None:
        path = self.folder / entry.key.removeprefix(PREFIX).replace("/", "-")
        return path if self.store.download(entry.key, path) else None  # None: it was deleted, as old as it was


def _compared(sign: str, name: str) -> str:
    """SQL for a row's place in the order; spelled out, for DuckDB takes two bounds of one tuple for a BETWEEN."""
    strict = sign[0]
    return (
        f"(micros {strict} ${name}_micros OR micros = ${name}_micros AND (id {strict} ${name}_id "
        f"OR id = ${name}_id AND integration_id {sign} ${name}_integration_id))"
    )


def _day(folder: str) -> date | None:
    """The day of a folder of the archive; ``None`` where it is no such folder."""
    try:
        return date.fromisoformat(folder.removeprefix(f"{PREFIX}dt=").removesuffix("/"))
    except ValueError:
        return None
