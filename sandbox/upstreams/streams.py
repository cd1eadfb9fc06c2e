"""One stream of records (an integration's, or a whole account's) in the orders that it can be served in."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

type Order = Literal["newest", "oldest", "shuffled"]
"""`shuffled` is one fixed order that has nothing to do with time."""

type Place = tuple[int, int]
"""A record's place: its time in Unix microseconds and its key."""

AFTER_ALL_KEYS = 1 << 62


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page begins: after the record with this time and key; without a key, past this time altogether."""

    at: int
    key: int | None = None


START = Mark(-1)
"""Before the first record, in any order."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some records' keys in order; `previous` and `following` are None where there is no such page."""

    places: list[Place]
    previous: Mark | None
    following: Mark | None


def scatter(key: int) -> int:
    """A number that depends on the key alone and is in no order."""
    return crc32(key.to_bytes(8, "big"))


class Stream:
    """Places sorted by time, and the same sorted by nothing in particular."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.by_time = sorted(places)
        self._scattered = sorted((scatter(key), key, at) for at, key in self.by_time)

    def add(self, place: Place) -> None:
        """Add one record."""
        insort(self.by_time, place)
        insort(self._scattered, (scatter(place[1]), place[1], place[0]))

    def expire(self, before: int) -> list[Place]:
        """Forget what is older than this (Unix microseconds), and say what it was."""
        count = bisect_left(self.by_time, (before, -1))
        gone, self.by_time = self.by_time[:count], self.by_time[count:] if count else self.by_time
        for at, key in gone:
            del self._scattered[bisect_left(self._scattered, (scatter(key), key, at))]
        return gone

    def page(self, order: Order, after: Mark, size: int) -> Page:
        """The next `size` records after a mark."""
        total = len(self.by_time)
        start = 0 if after == START else self._index(order, after)
        stop = min(start + size, total)
        places = [self._at(order, index) for index in range(start, stop)]
        previous: Mark | None = None
        if start > 0:
            before = max(0, start - size)
            previous = Mark(*self._at(order, before - 1)) if before else START
        return Page(places, previous, Mark(*places[-1]) if places and stop < total else None)

    def _index(self, order: Order, after: Mark) -> int:
        """How many records lie before the mark in this order."""
        if order == "newest":
            return len(self.by_time) - bisect_left(self.by_time, (after.at, -1 if after.key is None else after.key))
        if order == "oldest":
            return bisect_right(self.by_time, (after.at, AFTER_ALL_KEYS if after.key is None else after.key))
        key = after.key or 0
        return bisect_right(self._scattered, (scatter(key), key, after.at))

    def _at(self, order: Order, index: int) -> Place:
        if order == "newest":
            return self.by_time[-1 - index]
        if order == "oldest":
            return self.by_time[index]
        _, key, at = self._scattered[index]
        return at, key
