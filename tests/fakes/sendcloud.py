"""Sendcloud's integration logs in memory: pages by a cursor that neither skips nor repeats, whatever arrives meanwhile.

With ``plain`` cursors, which are times, a page has all records that share its last one's.

Small and fast, for tests that walk it thousands of times; the sandbox plays the whole contract.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, Literal
from urllib.parse import parse_qs, quote, urlsplit

from integration_logs.times import moment, timestamp
from integration_logs.upstream.http import Answer

type Order = Literal["newest first", "oldest first", "no order"]

RETENTION = timedelta(days=30)


@dataclass(frozen=True)
class Record:
    """One exception record; ``since`` is when it became visible, for that can be long after ``created_at``."""

    id: int
    integration_id: int
    created_at: datetime
    since: datetime

    def document(self, *, named: bool) -> dict[str, Any]:
        """As it is served; only where ``named`` does it say whose it is."""
        own = {"integration_id": self.integration_id} if named else {}
        return {"id": self.id, "created_at": timestamp(self.created_at), "base_url": "https://shop.example", **own}


@dataclass
class FakeSendcloud:
    """One account. ``repeats`` lets the next link of any page but the first lead back to the first; ``plain`` cursors
    are times, in the order newest first alone."""

    clock: Callable[[], datetime]
    integrations: tuple[int, ...] = (101, 102, 103)
    order: Order = "newest first"
    named: bool = True
    repeats: bool = False
    plain: bool = False
    records: list[Record] = field(default_factory=list)
    served: set[int] = field(default_factory=set)

    def copy(self, clock: Callable[[], datetime]) -> FakeSendcloud:
        """Another one of the same records."""
        return replace(self, clock=clock, records=list(self.records), served=set())

    def add(self, integration_id: int, created_at: datetime) -> int:
        """Create a record; its id is the next number, whatever its time."""
        self.records.append(Record(1001 + len(self.records), integration_id, created_at, self.clock()))
        return self.records[-1].id

    def remembered(self) -> list[Record]:
        """What it has not forgotten yet."""
        oldest = self.clock() - RETENTION
        return [record for record in self.records if record.created_at > oldest]

    def get(self, url: str) -> Answer:
        """Answer a GET."""
        parts = urlsplit(url)
        path, query = parts.path.removeprefix("/api/v3"), parse_qs(parts.query)
        if path == "/integrations":
            return _answer([{"id": id_} for id_ in self.integrations], None)
        stream = path.removeprefix("/integrations").removesuffix("/logs").strip("/")
        wanted = [record for record in self.remembered() if stream in {"", str(record.integration_id)}]
        size, after = int(query["page_size"][0]), query.get("cursor", [""])[0]
        after = self._after(after)
        left = [record for place, record in sorted((self._place(each), each) for each in wanted) if place > after]
        page = left[:size]
        if self.plain and page:
            page += takewhile(lambda record: record.created_at == page[-1].created_at, left[size:])
        more = len(left) > len(page)
        self.served |= {record.id for record in page}
        cursor = f"cursor={quote(self._cursor(page[-1]))}&" if more and not (self.repeats and after) else ""
        link = f'<https://api.example{parts.path}?{cursor}page_size={size}>; rel="next"' if more else None
        return _answer([record.document(named=self.named) for record in page], link)

    def _cursor(self, record: Record) -> str:
        plain = self.plain and self.order == "newest first"
        return timestamp(record.created_at) if plain else self._place(record)

    def _after(self, cursor: str) -> str:
        """The place of the last record above the cursor."""
        time = moment(cursor) if self.plain else None
        return cursor if time is None else self._place(Record(0, 0, time, time))

    def _place(self, record: Record) -> str:
        """Where a record stands in the order: a text that sorts."""
        if self.order == "no order":
            return f"x{hashlib.md5(str(record.id).encode()).hexdigest()}"
        seconds = int(record.created_at.timestamp() * 1_000_000)
        if self.order == "newest first":
            return f"n{10**17 - seconds:018}.{10**9 - record.id:010}"
        return f"o{seconds:018}.{record.id:010}"

    def __lt__(self, _: object) -> bool:
        return False


def _answer(data: list[dict[str, Any]], link: str | None) -> Answer:
    return Answer(200, {"Link": link} if link else {}, json.dumps({"data": data}).encode(), "api.example")
