"""Sendcloud's pages with cursors that are plain times, as far as that goes: in memory, without a wire."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import Literal

from integration_logs.errors import ContractBroken
from integration_logs.times import moment, timestamp
from integration_logs.upstream.sendcloud import Page

type Kind = Literal[
    "whole",
    "skips",
    "repeats",
    "off by days",
    "opaque",
    "only its own",
    "ignores others",
    "another stream",
    "oldest first",
]
"""What becomes of records that share a page's last time: the page has them ``whole``, ``skips`` the rest, or the next
one ``repeats`` them. Others have them whole, and take a cursor that they did not write as one ``off by days``; write
``opaque`` ones; take ``only its own`` and refuse others; or ``ignores others`` and begin anew; or lead to ``another
stream``, of other ids; or the order is ``oldest first``."""

OTHERS = 1_000_000
"""What is added to the ids of another stream."""


@dataclass
class Timed:
    """One stream of (time, id); ``before`` is told the number of each request and may add records or raise."""

    records: list[tuple[datetime, int]]
    size: int
    kind: Kind = "whole"
    before: Callable[[int], None] = lambda _: None
    asked: list[str | None] = field(default_factory=list)
    ends: set[datetime] = field(default_factory=set)
    """The times at which pages ended."""
    _own: set[str] = field(default_factory=set)

    def __call__(self, query: str | None, **_: object) -> Page:
        """As ``Sendcloud.page``."""
        if self.kind != "another stream" or query is None or (_cursor(query) in self._own and "another" not in query):
            return self._page(query, 0)
        page = self._page(query, OTHERS)
        return replace(page, next_query=page.next_query and f"{page.next_query}&another=1")

    def _page(self, query: str | None, added: int) -> Page:
        self.asked.append(query)
        self.before(len(self.asked))
        left = self._left(None if query is None else _cursor(query))
        page = left[: self.size]
        if page and self.kind not in {"skips", "repeats"}:
            page += takewhile(lambda each: each[0] == page[-1][0], left[len(page) :])
        if page and self.kind == "repeats":  # one more than what it repeats, or it would be the same page for ever
            page = left[: max(self.size, 1 + sum(each[0] == page[0][0] for each in left))]
        following = None
        if len(page) < len(left):
            last = page[-1][0]
            self.ends.add(last)
            following = f"x{timestamp(last)[::-1]}" if self.kind == "opaque" else timestamp(last)
            self._own.add(following)
        query = following and f"cursor={following}&page_size={self.size}"
        records = [{"id": id_ + added, "created_at": timestamp(at), "base_url": "https://s"} for at, id_ in page]
        return Page(records, query)  # type: ignore[arg-type]

    def _left(self, cursor: str | None) -> list[tuple[datetime, int]]:
        oldest_first = self.kind == "oldest first"
        ordered = sorted(self.records, reverse=not oldest_first)
        if cursor is None:
            return ordered
        if cursor not in self._own:
            if self.kind == "only its own":
                raise ContractBroken("400: this is no cursor.")
            if self.kind == "ignores others":
                return ordered
            if self.kind == "off by days":
                cursor = re.sub(r"T.*", "T00:00:00Z", cursor)
        at = moment(cursor[:0:-1] if self.kind == "opaque" else cursor) or datetime.min.replace(tzinfo=UTC)
        if oldest_first:
            return [each for each in ordered if each[0] > at]
        return [each for each in ordered if each[0] < at or (self.kind == "repeats" and each[0] == at)]


def _cursor(query: str) -> str:
    return query.removeprefix("cursor=").partition("&")[0]
