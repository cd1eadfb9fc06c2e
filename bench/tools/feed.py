"""The streams that the bench's upstream serves: which records, in which order, page by page. Pure.

Newest first. No two records share a time, so that a cursor that is a plain time loses nothing by itself. Records that
arrive get ids above all others; some of them have a time of days ago.
"""

from __future__ import annotations

import base64
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from bench.tools.records import FIRST_ID, FIRST_INTEGRATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.tools.records import Template

type CursorStyle = Literal["opaque", "time"]

DAY = 86_400
RETENTION = 30 * DAY
NEWS_SECONDS = 600
"""The time in which one round's new records happen, behind all that were there."""

BACK_DATED = (2 * 3600, 3 * DAY)
"""How old a back-dated record can be, in seconds: more than the hour that a tick looks back."""

_CACHED = 60_000
"""Up to so many records, each page that was once served is kept as it went over the wire."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One record's place: minus its time (Unix seconds), so that the newest comes first, its id, what it says."""

    minus_at: int
    id: int
    integration_id: int
    template: int


@dataclass(frozen=True)
class Page:
    """One page: its body, and the cursors of the pages behind and before it (``""``: the first), if there are any."""

    body: bytes
    following: str | None
    previous: str | None


@dataclass
class Feed:
    """Everything of one account. ``until`` is the time of the newest record, in Unix seconds."""

    templates: Sequence[Template]
    integrations: int
    until: int
    cursors: CursorStyle = "opaque"
    streams: dict[int | None, list[Entry]] = field(default_factory=dict)
    back_dated: set[int] = field(default_factory=set)
    """Ids of those that arrived with an old time."""
    _pages: dict[tuple[int | None, str, int, str], Page] = field(default_factory=dict)

    def fill(self, records: int, *, seed: int = 7) -> None:
        """So many records over the 30 days before, the integrations in turn."""
        step = (RETENTION - 3600) // records
        if step < 1:
            raise ValueError("more records than seconds in 30 days")
        rng = Random(seed)  # noqa: S311  # no secret
        self._set(
            Entry(
                -(self.until - place * step - (rng.randrange(step) if place else 0)),
                FIRST_ID + records - place,
                FIRST_INTEGRATION + place % self.integrations,
                place % len(self.templates),
            )
            for place in range(records)
        )

    def arrive(self, records: int, back_dated: int, *, seed: int) -> list[int]:
        """Let so many records arrive, the last of them back-dated by hours to days; their ids."""
        entries = self.streams[None]
        rng, taken = Random(seed), {each.minus_at for each in entries}  # noqa: S311
        begin, first = self.until, max(each.id for each in entries) + 1
        arrived = []
        for number in range(records):
            late = number >= records - back_dated
            at = begin + 1 + number * NEWS_SECONDS // records if not late else begin - rng.randint(*BACK_DATED)
            while -at in taken:
                at += 1 if not late else -1
            taken.add(-at)
            integration = FIRST_INTEGRATION + number % self.integrations
            arrived.append(Entry(-at, first + number, integration, rng.randrange(len(self.templates))))
        self.until = max(self.until, *(-each.minus_at for each in arrived))
        self.back_dated |= {each.id for each in arrived[records - back_dated :]}
        self._set([*entries, *arrived])
        return [each.id for each in arrived]

    def page(self, integration_id: int | None, cursor: str, size: int) -> Page:
        """One page of the account's stream or of one integration's.

        Raises ``KeyError`` where there is no such integration, ``ValueError`` where the cursor cannot be read.
        """
        key = integration_id, cursor, size, self.cursors
        if (page := self._pages.get(key)) is None:
            page = self._page(self.streams[integration_id], cursor, size)
            if len(self.streams[None]) <= _CACHED:
                self._pages[key] = page
        return page

    def truth(self) -> dict[str, list[int]]:
        """All ids, and those of back-dated records."""
        return {"ids": sorted(each.id for each in self.streams[None]), "back_dated": sorted(self.back_dated)}

    def _set(self, entries: Iterable[Entry]) -> None:
        ordered = sorted(entries)
        self.streams = {None: ordered}
        for integration in range(self.integrations):
            self.streams[FIRST_INTEGRATION + integration] = []
        for each in ordered:
            self.streams[each.integration_id].append(each)
        self._pages.clear()

    def _page(self, stream: list[Entry], cursor: str, size: int) -> Page:
        start = bisect_right(stream, -self._read(cursor), key=lambda each: each.minus_at) if cursor else 0
        shown = stream[start : start + size]
        records = [self.templates[each.template].record(each.id, each.integration_id, -each.minus_at) for each in shown]
        previous = None if not start else self._write(stream[start - size - 1]) if start > size else ""
        following = self._write(shown[-1]) if shown and start + size < len(stream) else None
        return Page(b'{"data":[' + b",".join(records) + b"]}", following, previous)

    def _write(self, entry: Entry) -> str:
        """The cursor of what comes after the record."""
        at = -entry.minus_at
        if self.cursors == "time":
            return datetime.fromtimestamp(at, UTC).replace(tzinfo=None).isoformat()
        return base64.urlsafe_b64encode(f"p={at:012d}|{entry.id:015d}".encode()).decode()  # of a length without padding

    def _read(self, cursor: str) -> float:
        text = unquote(cursor)
        if self.cursors == "opaque":
            return int(base64.urlsafe_b64decode(text)[2:14])
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
