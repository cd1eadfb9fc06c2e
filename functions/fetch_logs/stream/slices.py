"""A walk cut into slices of time that are fetched in parallel: which page to request next. Pure.

The first slice is the serial walk; each other one begins at an edge, a time that was made a cursor, and lands what
comes below it ahead of time. Where a slice has met a record of the next one's first page, the two are one: the chain of
pages goes on where the next one stands. So the first slice's next page is always where a serial walk would go on. It
does, alone, as soon as anything is not as it must be:

* Sendcloud's cursor is not the time of the record before it: then no edge can be made;
* the records are not newest first, or a slice begins with newer ones than it asked for;
* a slice passes the next one's first page without having met a record of it.

A slice goes on until it is strictly below where the next one begins: records of one moment may lie on both sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from integration_logs.records.rows import record_id

if TYPE_CHECKING:
    from fetch_logs.stream.ending import Walk
    from fetch_logs.stream.time_cursors import TimeCursor
    from integration_logs.upstream.sendcloud import Page

LEAST_PAGES = 3
"""What seems to be shorter is not cut: a slice costs about a page more, which its neighbour reads as well."""

EDGES = 8
"""So many for each slice at most: what an uneven history makes a walk request for nothing is bounded."""

TOP = datetime.max.replace(tzinfo=UTC)
"""The edge of the first slice."""

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Head:
    """A slice's first page: what its neighbour must meet."""

    ids: frozenset[int]
    newest: datetime
    oldest: datetime


@dataclass(frozen=True)
class Resting:
    """A slice below the first one between two invocations; ``query`` is ``None`` where it has come to its end."""

    query: str | None
    edge: datetime
    last: datetime
    head: Head


@dataclass(frozen=True)
class Slice:
    """One chain of pages, each but the first asked for by the one before it.

    It was asked for at ``edge``, ``query`` leads to its next page, and ``head`` is where its neighbour ends. ``bound``
    is the next slice's edge, or as deep as the walk may have to go, ``span`` the time that its last page covers: these
    two only say where to cut.
    """

    number: int
    query: str | None
    walk: Walk
    bound: datetime
    edge: datetime = TOP
    head: Head | None = None
    span: timedelta = timedelta()
    met: bool = False
    ended: bool = False

    @property
    def at(self) -> datetime:
        """The time that it has come down to."""
        return self.walk.last or self.edge

    @property
    def pages_left(self) -> float:
        """How many until its bound, if they are as dense as the last one."""
        return (self.at - self.bound) / self.span if self.span else 0.0


@dataclass(frozen=True)
class Slices:
    """The slices of a walk, newest first: those ``walked``, and those ``asked`` for that have not shown a page yet.

    At most ``most`` are open at once; ``serial`` says why the walk goes on as one although there might be several.
    """

    walked: tuple[Slice, ...]
    asked: tuple[Slice, ...] = ()
    most: int = 1
    cursor: TimeCursor | None = None
    serial: str = ""
    numbers: int = 1

    @property
    def first(self) -> Slice:
        """The one that stands where a serial walk would."""
        return self.walked[0]

    @property
    def open(self) -> tuple[Slice, ...]:
        """Those that have more pages to show."""
        return tuple(each for each in self.walked + self.asked if not each.ended)

    @property
    def complete(self) -> bool:
        """Whether all are one, and at its end."""
        return len(self.walked) == 1 and self.first.ended

    @property
    def resting(self) -> tuple[Resting, ...]:
        """Those below the first, to go on with later."""
        return tuple(
            Resting(None if each.ended else each.query, each.edge, each.at, each.head)
            for each in self.walked[1:]
            if each.head
        )

    def seen(self, number: int, page: Page, times: Sequence[datetime | None]) -> Slices:
        """With a page of one of them, and the usable times of its records, in the order served."""
        before = next(each for each in self.walked + self.asked if each.number == number)
        after = _after(before, page, times)
        if self.most == 1 and len(self.walked + self.asked) == 1:
            return replace(self, walked=(after,))
        try:
            _check(after, page)
            slices = replace(self, cursor=_cursor(page, times) or self.cursor)
            if before in self.asked:
                return _placed(slices, after, _head(page, times))
            walked = _replaced(self.walked, before, after)
            return replace(slices, walked=_joined(walked, after, _ids(page)))
        except _Apart as why:
            walked = (after, *self.walked[1:]) if before is self.first else self.walked
            return replace(self, walked=walked).alone(str(why))

    def cut(self) -> Slices:
        """Cut in two what seems longest, as long as there may be more of them."""
        slices = self
        while slices.cursor and 0 < len(slices.open) < slices.most and slices.numbers <= EDGES * slices.most:
            longest = max(slices.open, key=lambda each: each.pages_left)
            if longest.pages_left < LEAST_PAGES:
                break
            slices = _cut(slices, longest, slices.cursor)
        return slices

    def alone(self, why: str) -> Slices:
        """Only the first, from where it stands."""
        return Slices(self.walked[:1], serial=why, numbers=self.numbers)

    def without(self, number: int) -> Slices:
        """Without one of those asked for, and with no more at once than are left."""
        rest = _without(self, number)
        return replace(rest, most=max(1, len(rest.open)))


def resumed(first: Slice, resting: Sequence[Resting], *, most: int) -> Slices:
    """The slices of a walk that goes on; ``first.bound`` is as deep as it may have to go."""
    edges = [each.edge for each in resting]
    bounds = [*edges, first.bound]
    walked = [replace(first, bound=bounds[0])]
    for number, (each, bound) in enumerate(zip(resting, bounds[1:], strict=True), start=1):
        walk = replace(first.walk, last=each.last)
        walked.append(Slice(number, each.query, walk, bound, each.edge, each.head, ended=each.query is None))
    return Slices(tuple(walked), most=most, numbers=len(walked))


class _Apart(Exception):
    """The slices cannot be put together."""


def _after(before: Slice, page: Page, times: Sequence[datetime | None]) -> Slice:
    walk = replace(before.walk)
    ended = walk.see(times, last_page=page.last)
    dated = [time for time in times if time is not None]
    span = max(dated[0] - dated[-1], _SECOND) if dated else before.span
    return replace(before, query=page.next_query, walk=walk, ended=ended, span=span)


def _check(after: Slice, page: Page) -> None:
    if not after.walk.newest_first:
        raise _Apart("Sendcloud does not serve the records newest first, or not from the time that was asked for")
    if page.broken:
        raise _Apart(str(page.broken))


def _cursor(page: Page, times: Sequence[datetime | None]) -> TimeCursor | None:
    """How Sendcloud writes times as cursors; ``None`` where this page does not show it."""
    if page.next_query is None or not times or times[-1] is None:
        return None
    from fetch_logs.stream import time_cursors  # noqa: PLC0415  # what a walk page by page does without

    last = page.records[-1]
    cursor = time_cursors.seen(page.next_query, str(last.get("created_at"))) if isinstance(last, dict) else None
    if cursor is None:
        raise _Apart("Sendcloud's cursors are no plain times")
    return cursor


def _cut(slices: Slices, longest: Slice, cursor: TimeCursor) -> Slices:
    edge = (longest.at - (longest.at - longest.bound) / 2).replace(microsecond=0)
    walk = replace(longest.walk, last=edge)  # whatever is newer than the edge is out of order
    new = Slice(slices.numbers, cursor.query(edge), walk, longest.bound, edge, span=longest.span)
    shorter = replace(longest, bound=edge)
    return replace(
        slices,
        walked=_replaced(slices.walked, longest, shorter),
        asked=(*_replaced(slices.asked, longest, shorter), new),
        numbers=slices.numbers + 1,
    )


def _placed(slices: Slices, new: Slice, head: Head | None) -> Slices:
    """With one whose first page has come, unless nothing is there, or its neighbour has passed its edge by now."""
    rest = _without(slices, new.number)
    place = sum(each.edge > new.edge for each in rest.walked)
    upper, lower = rest.walked[place - 1], rest.walked[place : place + 1]
    if head is not None and (upper.ended or upper.at <= new.edge):
        return replace(rest, walked=_replaced(rest.walked, upper, replace(upper, bound=min(upper.bound, new.bound))))
    if head is not None:
        new = replace(new, head=head)
        rest = replace(rest, walked=_joined((*rest.walked[:place], new, *rest.walked[place:]), new, head.ids))
    if new in rest.walked:
        return rest
    # All is known between its edge and the next slice: no cut is of use there.
    known = [each for each in rest.asked if each.edge < new.edge and all(each.edge > below.edge for below in lower)]
    return replace(rest, asked=tuple(replace(each, bound=each.edge) if each in known else each for each in rest.asked))


def _joined(walked: tuple[Slice, ...], further: Slice, ids: frozenset[int]) -> tuple[Slice, ...]:
    """With the one that has come a page further, of these ids, joined to the next one where it has met that."""
    place = walked.index(further)
    lower = walked[place + 1] if place + 1 < len(walked) else None
    if lower is None or lower.head is None:
        return walked
    met = further.met or not ids.isdisjoint(lower.head.ids)
    if met and (further.ended or further.at < lower.head.newest):
        return (*walked[:place], replace(lower, edge=further.edge, head=further.head), *walked[place + 2 :])
    if further.ended or further.at < lower.head.oldest:
        raise _Apart("a slice did not meet the next one")
    return _replaced(walked, further, replace(further, met=met))


def _head(page: Page, times: Sequence[datetime | None]) -> Head | None:
    ids, dated = _ids(page), [time for time in times if time is not None]
    return Head(ids, dated[0], dated[-1]) if ids and dated else None


def _ids(page: Page) -> frozenset[int]:
    return frozenset(id_ for raw in page.records if (id_ := record_id(raw)) is not None)


def _without(slices: Slices, number: int) -> Slices:
    return replace(slices, asked=tuple(each for each in slices.asked if each.number != number))


def _replaced(among: tuple[Slice, ...], old: Slice, new: Slice) -> tuple[Slice, ...]:
    return tuple(new if each is old else each for each in among)
