from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fetch_logs.stream.ending import KEPT_AT_MOST, KEPT_BELOW, KnownRecords, Walk, floor
from integration_logs.bucket.sweeps import RETENTION

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

minutes = st.integers(-300, 300)
streams = st.lists(st.none() | minutes, max_size=40)
overlaps = st.integers(0, 120).map(lambda number: timedelta(minutes=number))


def at(minute: int | None) -> datetime | None:
    return None if minute is None else START + timedelta(minutes=minute)


def paged(stream: Sequence[int | None], sizes: Sequence[int]) -> list[list[datetime | None]]:
    """The stream's times cut into pages of these sizes, then of three."""
    pages, start = [], 0
    left = iter(sizes)
    while start < len(stream) or not pages:
        size = next(left, 3)
        pages.append([at(minute) for minute in stream[start : start + size]])
        start += size
    return pages


def walked(walk: Walk, pages: list[list[datetime | None]], *, resumed: bool = False) -> int:
    """How many pages the walk takes until it says that it is complete."""
    for number, page in enumerate(pages, 1):
        if resumed:  # as a checkpoint would carry it from invocation to invocation
            walk = Walk(walk.watermark, walk.floor, walk.newest, walk.last, walk.newest_first)
        if walk.see(page, last_page=number == len(pages)):
            return number
    raise AssertionError("the last page did not end the walk")


@given(streams, st.lists(st.integers(0, 5), max_size=12), overlaps)
def test_newest_first_misses_nothing(stream: list[int | None], sizes: list[int], overlap: timedelta) -> None:
    """Over a stream that runs newest first, a walk sees every record at or above the floor before it stops."""
    dated = sorted((minute for minute in stream if minute is not None), reverse=True)
    filled = iter(dated)
    ordered = [None if minute is None else next(filled) for minute in stream]
    pages = paged(ordered, sizes)
    taken = walked(Walk(START, START - overlap), pages)
    missed = [time for page in pages[taken:] for time in page if time is not None]
    assert all(time < START - overlap for time in missed)


@given(streams, st.lists(st.integers(0, 5), max_size=12), overlaps, st.booleans())
@example([1, -200, 200], [1, 1, 1], HOUR, True)
@example([0, 1, -200, 200], [2, 1, 1], HOUR, True)
@example([-200, -250, 200], [2, 1], HOUR, False)
def test_any_other_order_walks_to_the_end(
    stream: list[int | None], sizes: list[int], overlap: timedelta, resumed: bool
) -> None:
    """A walk that stops early has seen a run from at or above the watermark down to below the floor, and no other."""
    pages = paged(stream, sizes)
    taken = walked(Walk(START, START - overlap), pages, resumed=resumed)
    if taken == len(pages):
        return
    seen = [time for page in pages[:taken] for time in page if time is not None]
    assert seen == sorted(seen, reverse=True)
    assert seen[0] >= START
    assert seen[-1] < START - overlap


@given(streams, st.lists(st.integers(0, 5), max_size=12), overlaps)
def test_a_cut_changes_nothing(stream: list[int | None], sizes: list[int], overlap: timedelta) -> None:
    """A walk that is cut after every page stops where an uncut one does."""
    pages = paged(stream, sizes)
    assert walked(Walk(START, START - overlap), pages) == walked(Walk(START, START - overlap), pages, resumed=True)


@given(st.lists(minutes, min_size=1, max_size=40), st.lists(st.integers(1, 5), max_size=12), overlaps)
def test_oldest_first_walks_to_the_end(stream: list[int], sizes: list[int], overlap: timedelta) -> None:
    """Over a stream that runs oldest first no walk stops early, whatever is on its pages."""
    pages = paged(sorted(stream), sizes)
    assert walked(Walk(START, START - overlap), pages) == len(pages)


@given(streams, st.lists(st.integers(0, 5), max_size=12))
def test_the_first_walk_goes_to_the_end(stream: list[int | None], sizes: list[int]) -> None:
    """Without a watermark there is nothing to stop at; the newest time seen becomes it."""
    pages = paged(stream, sizes)
    walk = Walk(None, None)
    assert walked(walk, pages) == len(pages)
    assert walk.newest == max((time for time in map(at, stream) if time is not None), default=None)


def test_an_empty_page_does_not_end_a_walk() -> None:
    """A page without times says nothing, wherever the walk is."""
    walk = Walk(START, START - HOUR)
    assert not walk.see([], last_page=False)
    assert not walk.see([at(5), at(0)], last_page=False)
    assert not walk.see([None, None], last_page=False)
    assert walk.see([at(-61)], last_page=False)


def test_the_floor_itself_is_walked() -> None:
    """Only a page that ends below the watermark minus the overlap ends the walk."""
    assert not Walk(START, START - HOUR).see([at(0), at(-60)], last_page=False)
    assert Walk(START, START - HOUR).see([at(0), at(-60), at(-61)], last_page=False)


def test_old_pages_first() -> None:
    """Old records in a row, before the watermark was met again, do not end the walk."""
    assert not Walk(START, START - HOUR).see([at(-70), at(-80), at(-90)], last_page=False)


# --- how far --------------------------------------------------------------------------------------------------------


def test_the_floor_of_a_tick() -> None:
    """A tick goes down to the watermark minus the overlap, and to the last page where there is none yet."""
    assert floor("tick", watermark=START, overlap=HOUR, now=START) == START - HOUR
    assert floor("tick", watermark=None, overlap=HOUR, now=START) is None


@pytest.mark.parametrize("days", [0, 5, 29, 30, 31, 400])
def test_the_floor_of_a_sweep(days: int) -> None:
    """A sweep goes over all that Sendcloud keeps, and, where the watermark is older, below that."""
    watermark = START - timedelta(days=days)
    lowest = floor("sweep", watermark=watermark, overlap=HOUR, now=START)
    assert lowest == START - max(RETENTION, timedelta(days=days)) - HOUR
    assert lowest <= START - RETENTION - HOUR


@pytest.mark.parametrize("watermark", [START, None])
def test_a_full_walk_has_no_floor(watermark: datetime | None) -> None:
    """A full walk goes to the last page, whatever has been walked."""
    assert floor("full", watermark=watermark, overlap=HOUR, now=START) is None


# --- what is known ----------------------------------------------------------------------------------------------------


def known(dated: int = 0, undated: int = 0, apart: timedelta = timedelta(seconds=1)) -> KnownRecords:
    times: dict[str, datetime | None] = {str(number): START - number * apart for number in range(dated)}
    return KnownRecords(HOUR, times | dict.fromkeys(f"undated-{number}" for number in range(undated)))


def test_the_overlap_is_kept() -> None:
    """Of a newest-first stream, all of the overlap stays known, however much, and a fixed number below it."""
    remembered = known(10_000)
    remembered.prune(START, newest_first=True)
    assert list(remembered.times) == [str(number) for number in range(3601 + KEPT_BELOW)]


def test_a_quiet_stream_is_kept() -> None:
    """When the overlap holds little, the newest of the rest stay known."""
    remembered = known(KEPT_BELOW * 2, apart=timedelta(hours=2))
    remembered.prune(START, newest_first=True)
    assert list(remembered.times) == [str(number) for number in range(KEPT_BELOW + 1)]


def test_another_order_is_kept_whole() -> None:
    """A stream that every walk reads to its end stays known as far as there is room."""
    remembered = known(10_000, apart=HOUR)
    before = dict(remembered.times)
    remembered.prune(START, newest_first=False)
    assert remembered.times == before


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("newest", [START, None])
def test_what_is_known_is_bounded(newest_first: bool, newest: datetime | None) -> None:
    """Whatever a stream holds, dated or not, what is kept of it has an end, and the newest stay."""
    remembered = known(KEPT_AT_MOST + 10, undated=KEPT_BELOW + 10, apart=timedelta(0))
    remembered.times["newest"] = START + HOUR
    remembered.prune(newest, newest_first=newest_first)
    assert len(remembered.times) == KEPT_AT_MOST + KEPT_BELOW
    assert "newest" in remembered.times


@given(st.dictionaries(st.text(max_size=3), st.none() | minutes.map(at), max_size=30), st.booleans())
def test_pruning_settles(times: dict[str, datetime | None], newest_first: bool) -> None:
    """Pruning twice is pruning once, and adds nothing: an idle walk leaves the checkpoint as it is."""
    once = KnownRecords(HOUR, dict(times))
    once.prune(START, newest_first=newest_first)
    twice = replace(once, times=dict(once.times))
    twice.prune(START, newest_first=newest_first)
    assert twice.times == once.times
    assert once.times.items() <= times.items()
