"""Slices put together by hand: what makes two of them one, and what makes the walk go on as one."""

from __future__ import annotations

from datetime import datetime, timedelta

from fetch_logs.stream.ending import Walk
from fetch_logs.stream.slices import Slice, Slices, resumed
from integration_logs.times import timestamp
from integration_logs.upstream.sendcloud import Page
from tests.unit.fetch_logs.walking import NOON

type Records = list[tuple[float, int]]
"""Hours before noon, and ids."""


def begun(most: int = 2) -> Slices:
    """After the first page, five hours deep: where there may be two slices, the other is asked for 362.5 hours deep."""
    first = Slice(0, None, Walk(None, None), NOON - timedelta(hours=720))
    return further(resumed(first, (), most=most), 0, [(hours, hours) for hours in range(1, 6)]).cut()


def at(hours: float) -> datetime:
    return NOON - timedelta(hours=hours)


def further(slices: Slices, number: int, records: Records, *, last: bool = False) -> Slices:
    """With a page of one of them."""
    times = [at(hours) for hours, _ in records]
    query = None if last else f"cursor={timestamp(times[-1])}&page_size=5"
    raw = [{"id": id_, "created_at": timestamp(time)} for time, (_, id_) in zip(times, records, strict=True)]
    return slices.seen(number, Page(raw, query), times)  # type: ignore[arg-type]


def two() -> Slices:
    """Both have shown a page; the second one's is 363 to 367 hours deep."""
    return further(begun(), 1, [(363 + hours, 101 + hours) for hours in range(5)])


def numbers(slices: Slices) -> list[int]:
    return [each.number for each in slices.walked]


def test_an_edge_in_the_middle() -> None:
    """What is left is cut in the middle, at a time written like Sendcloud's own, and nobody has seen anything there."""
    slices = begun()
    assert (numbers(slices), [each.query for each in slices.asked]) == (
        [0],
        [f"cursor={timestamp(at(362.5))}&page_size=5"],
    )
    assert numbers(two()) == [0, 1]
    assert begun(most=1).asked == ()


def test_as_many_as_there_may_be() -> None:
    """Each edge goes where most seems to be left, so that the parts are alike."""
    slices = begun(most=8)
    edges = sorted((NOON - each.edge) / timedelta(hours=1) for each in slices.asked)
    gaps = [lower - upper for upper, lower in zip([5.0, *edges], [*edges, 720.0], strict=True)]
    assert len(gaps) == 8
    assert max(gaps) - min(gaps) < 0.01


def test_one_record_in_common_makes_them_one() -> None:
    """The first has met a record of the next one's first page and is below its newest: it goes on where that stands."""
    slices = further(two(), 1, [(370.0, 201), (380.0, 202)])
    slices = further(slices, 0, [(300.0, 90), (363.0, 101), (363.5, 91)])
    assert numbers(slices) == [1]
    assert slices.first.query == f"cursor={timestamp(at(380))}&page_size=5"
    assert slices.first.walk.last == at(380)
    assert slices.first.walk.newest == at(1)


def test_a_slice_that_passed_the_next_one_is_noticed_there() -> None:
    """Below the next one's first page without a record of it, the walk goes on as one, from there."""
    slices = further(two(), 0, [(364.5, 90), (367.5, 91)])
    assert slices.serial == "a slice did not meet the next one"
    assert numbers(slices) == [0]
    assert slices.first.walk.last == at(367.5)


def test_an_end_above_what_another_has_seen() -> None:
    """A slice that comes to the stream's end where another one has records below does not believe it."""
    assert further(two(), 0, [(300.0, 90)], last=True).serial == "a slice did not meet the next one"


def test_a_moment_on_both_sides_of_an_edge() -> None:
    """Records of one moment may come in any order: a slice goes on until it is below the one where the next began."""
    slices = further(begun(), 1, [(363.0, 101), (363.0, 102), (364.0, 103)])
    slices = further(slices, 0, [(362.6, 90), (363.0, 102)])
    assert numbers(slices) == [0, 1]
    slices = further(slices, 0, [(363.0, 104), (364.0, 103)])
    assert (numbers(slices), slices.serial) == ([1], "")


def test_a_slice_that_comes_too_late() -> None:
    """Where its neighbour has passed an edge before its first page was there, the edge is forgotten."""
    slices = further(begun(), 0, [(300.0, 90), (365.0, 91)])
    slices = further(slices, 1, [(363.0, 101), (364.0, 102)])
    assert (numbers(slices), slices.asked, slices.serial) == ([0], (), "")
    assert further(slices, 0, [(380.0, 92)]).first.walk.last == at(380)


def test_an_edge_that_breaks_later() -> None:
    """Where any slice turns out of order, the first goes on alone, from where it stands itself."""
    slices = further(two(), 1, [(380.0, 201), (370.0, 202)])
    assert "newest first" in slices.serial
    assert numbers(slices) == [0]
    assert slices.first.query == f"cursor={timestamp(at(5))}&page_size=5"


def test_nothing_below_an_edge() -> None:
    """An edge below which nothing is left goes, and what is known to be empty is not cut any more."""
    slices = begun(most=4)
    middle = min(slices.asked, key=lambda each: each.number)
    slices = slices.seen(middle.number, Page([], None), [])
    assert numbers(slices) == [0]
    assert all(not each.pages_left for each in slices.asked if each.edge < middle.edge)
    assert any(each.pages_left for each in slices.asked if each.edge > middle.edge)


def test_a_page_that_cannot_be_followed() -> None:
    """A slice whose next link is no use ends the slices; the first one's fails as ever, when it is asked for."""
    raw = [{"id": 1, "created_at": timestamp(at(363))}]
    broken = Page(raw, None, ValueError("no way on"))  # type: ignore[arg-type]
    assert two().seen(1, broken, [at(363)]).serial
    assert numbers(two().seen(1, broken, [at(363)])) == [0]


def test_they_rest_and_go_on() -> None:
    """Between two invocations, each keeps its edge, its next page, how deep it is, and what its neighbour must meet."""
    slices = two()
    again = resumed(slices.first, slices.resting, most=2)
    assert numbers(again) == [0, 1]
    assert again.first.bound == at(362.5)
    assert [(each.query, each.edge, each.walk.last, each.head) for each in again.walked[1:]] == [
        (each.query, each.edge, each.walk.last, each.head) for each in slices.walked[1:]
    ]
    joined = further(again, 0, [(300.0, 90), (364.0, 102)])
    assert (numbers(joined), joined.first.walk.last) == ([1], at(367))
