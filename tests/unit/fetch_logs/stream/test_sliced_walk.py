"""Walks in slices: whatever the history, the cursors and the moment of a fault, what is landed is what there is."""

from __future__ import annotations

import random
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fetch_logs.plan import Mode
from fetch_logs.stream import batch
from fetch_logs.stream.environment import Environment, Stream
from fetch_logs.stream.ledger import Ledger
from fetch_logs.stream.result import Progress, WalkResult
from fetch_logs.stream.slices import EDGES
from fetch_logs.stream.stream_walk import LEAST_SECONDS, walk_stream
from integration_logs.errors import NeedsOperator, TryLater
from integration_logs.redaction.redactor import Redactor
from integration_logs.times import timestamp
from tests.crash.process import Late
from tests.fakes.memory_store import MemoryStore
from tests.fakes.timed import Kind, Timed
from tests.unit.fetch_logs.walking import NOON, PLENTY, checkpoint, landed_ids

REDACTOR = Redactor(("canary-secret",))
TAKE_TIMES: tuple[Kind, ...] = ("whole", "skips", "repeats", "off by days")
"""Servers on which slices can be walked."""


@dataclass
class World:
    """One stream and the bucket it is walked into; each walk is an invocation."""

    upstream: Timed
    slices: int = 4
    chance: random.Random | None = None
    store: MemoryStore = field(default_factory=MemoryStore)
    most_at_once: int = 0

    def walk(self, *, mode: Mode = "tick", pages: int | None = None, slices: int | None = None) -> WalkResult:
        """Walk once; with ``pages``, time is up after so many requests."""
        begun = len(self.upstream.asked)

        def time_left() -> float:
            return PLENTY if pages is None or len(self.upstream.asked) - begun < pages else LEAST_SECONDS

        ledger = Ledger(self.store, "main")
        environment = Environment(self.store, REDACTOR, ledger, timedelta(hours=1), lambda: NOON, time_left)
        most = self.slices if slices is None else slices
        with (
            patch("fetch_logs.stream.prefetch.ThreadPoolExecutor", Late),
            patch("fetch_logs.stream.prefetch.wait", self._wait),
        ):
            walked = walk_stream(
                Stream("main"), self.upstream, environment, mode=mode, slices=most, progress=Progress()
            )
        ledger.save()
        return walked

    def to_the_end(self, pages: int | None = None, mode: Mode = "tick") -> WalkResult:
        """Walk until the walk is complete, whatever fails on the way."""
        total = WalkResult(complete=True)
        for _ in range(200):
            try:
                walked = self.walk(mode=mode, pages=pages)
            except (TryLater, NeedsOperator):
                continue
            total += walked
            if walked.complete:
                return total
        raise AssertionError("the walk does not end")

    def landed(self) -> set[int]:
        return set(landed_ids(self.store))

    def _wait(self, futures: Iterable[Future[Any]], **_: object) -> None:
        """Any of them is there first."""
        coming = [future for future in futures if not future.done()]
        self.most_at_once = max(self.most_at_once, len(coming))
        if coming:
            (self.chance.choice(coming) if self.chance else coming[0]).settle()  # type: ignore[attr-defined]


def of(gaps: Iterable[float], **options: Any) -> Timed:
    """Records so many seconds apart, from noon down."""
    at, records = NOON, []
    for id_, gap in enumerate(gaps, start=1):
        at -= timedelta(seconds=gap)
        records.append((at, id_))
    return Timed(records, **{"size": 5, **options})


def evenly(count: int = 300, *, days: float = 20, **options: Any) -> Timed:
    return of([days * 86_400 / count] * count, **options)


histories = st.lists(
    st.one_of(
        st.integers(0, 3),
        st.sampled_from((0.0, 0.25, 1.0)),
        st.floats(0, 90, width=32),
        st.integers(60, 7200),
        st.integers(7200, 400_000),
    ),
    max_size=70,
)


def ids(upstream: Timed) -> set[int]:
    return {id_ for _, id_ in upstream.records}


def may_be_skipped(upstream: Timed) -> set[int]:
    """Those that a server skips by itself: they share the time at which one of its pages ended."""
    return {id_ for at, id_ in upstream.records if at in upstream.ends} if upstream.kind == "skips" else set()


# --- nothing is lost -------------------------------------------------------------------------------------------------


@settings(max_examples=250, deadline=None, derandomize=True)
@given(data=st.data(), gaps=histories, size=st.integers(1, 6), kind=st.sampled_from((*TAKE_TIMES, "opaque")))
def test_everything_lands_whatever_the_history(data: st.DataObject, gaps: list[float], size: int, kind: Kind) -> None:
    """Ties, bursts and gaps, answers in any order, cuts at any request, requests that fail: all that was there lands.

    What arrives meanwhile may be found or not, and breaks nothing.
    """
    upstream = of(gaps, size=size, kind=kind)
    truth = ids(upstream)
    faults: dict[int, BaseException | None] = data.draw(
        st.dictionaries(st.integers(1, 60), st.sampled_from((None, TryLater("503"), NeedsOperator("403"))), max_size=4)
    )
    late = data.draw(st.lists(st.floats(0, 2_000_000, width=32), max_size=4))

    def before(number: int) -> None:
        if number in faults:
            if (fault := faults[number]) is not None:
                raise fault
            upstream.records += [(NOON - timedelta(seconds=age), 1000 + len(upstream.records)) for age in late]

    upstream.before = before
    chance = random.Random(data.draw(st.integers(0, 99)))
    world = World(upstream, slices=data.draw(st.integers(2, 9)), chance=chance)
    with patch.object(batch, "BATCH_ROWS", data.draw(st.sampled_from((4, 1000)))):
        world.to_the_end(data.draw(st.none() | st.integers(1, 12)))
    assert truth - world.landed() <= may_be_skipped(upstream)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    gaps=histories,
    kind=st.sampled_from(("opaque", "only its own", "ignores others", "another stream", "oldest first")),
    pages=st.none() | st.integers(1, 9),
)
def test_cursors_that_are_no_times(gaps: list[float], kind: Kind, pages: int | None) -> None:
    """Where cursors are no times, or only look like some, or the order is another: everything lands all the same."""
    world = World(of(gaps, kind=kind))
    walked = world.to_the_end(pages)
    assert ids(world.upstream) <= world.landed()
    if kind == "opaque":
        assert walked.slices == 0
        assert bool(walked.serial) == (len(world.upstream.asked) > 1), "said where there was a cursor"


# --- side by side ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TAKE_TIMES)
@pytest.mark.parametrize("slices", [2, 7, 32])
def test_slices_are_walked_side_by_side(kind: Kind, slices: int) -> None:
    """As many pages are on their way at once as there may be slices, for few more requests than one walk makes."""
    world = World(evenly(1000, kind=kind), slices=slices)
    walked = world.walk()
    assert walked.complete
    assert (walked.slices, walked.serial) == (slices, "")
    assert world.most_at_once == slices
    assert world.landed() == ids(world.upstream)
    assert walked.landed == 1000
    one = World(evenly(1000, kind=kind), slices=1)
    one.walk()
    assert len(world.upstream.asked) <= len(one.upstream.asked) + 3 * slices


@pytest.mark.parametrize(
    "gaps",
    [
        [0.001] * 500,
        [60.0] * 500,
        [1e6, *[1.0] * 500],
        [1.0] * 250 + [2e6] + [1.0] * 250,
        [number**2 / 40 for number in range(500)],
        [0.0] * 500,
    ],
    ids=["a moment", "hours", "long ago", "two bursts", "thinning out", "all at once"],
)
def test_uneven_histories(gaps: list[float]) -> None:
    """Wherever the records lie, cutting anew finds them, and what it asks for in vain stays within bounds."""
    world = World(of(gaps), slices=8)
    assert world.walk().complete
    assert world.landed() == ids(world.upstream)
    assert len(world.upstream.asked) <= 100 + EDGES * 8


def test_what_is_asked_for_in_vain_is_bounded() -> None:
    """Even with as many slices as there may be, and two bursts far apart, so many edges are made for each, not more."""
    world = World(of([1.0] * 250 + [2e6] + [1.0] * 250), slices=32)
    assert world.walk().complete
    own = {f"cursor={timestamp(at)}&page_size=5" for at in world.upstream.ends}
    assert len([query for query in world.upstream.asked if query and query not in own]) <= EDGES * 32


def test_a_small_stream_is_not_cut() -> None:
    """What has a few pages costs no request more."""
    world = World(evenly(12, days=29), slices=8)
    assert (world.walk().slices, len(world.upstream.asked)) == (0, 3)


def test_off_by_default() -> None:
    """With one slice, no cursor is made, and nothing is said."""
    world = World(evenly(100), slices=1)
    assert world.walk() == WalkResult(pages=20, records=100, landed=100, complete=True)
    assert {None, *(query for query in world.upstream.asked if query)} == {None, *world.upstream.asked}
    written = {f"cursor={timestamp(at)}&page_size=5" for at in world.upstream.ends}
    assert set(world.upstream.asked) == {None} | written


def test_only_long_walks_are_cut() -> None:
    """A tick that has a watermark is one walk, however long; a sweep and a full walk are cut, and find what is late."""
    everything = evenly(300).records
    world = World(Timed(everything[150:], 5), slices=4)
    assert world.walk().slices == 4
    world.upstream.records += everything[:150]
    assert (tick := world.walk()).slices == 0
    assert (tick.complete, tick.landed) == (True, 150)
    world.upstream.records.append((NOON - timedelta(days=9, seconds=1), 9001))
    for mode, landed in (("sweep", 1), ("full", 0)):
        swept = world.walk(mode=mode)  # type: ignore[arg-type]
        assert (swept.slices, swept.landed, swept.late) == (4, landed, landed)
    assert world.landed() == ids(world.upstream)


# --- when it cannot be -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("opaque", "no plain times"),
        ("oldest first", "newest first"),
        ("only its own", "400"),
        ("ignores others", "newest first, or not from the time"),
        ("another stream", "did not meet"),
    ],
)
def test_the_walk_goes_on_as_one_and_says_so(kind: Kind, said: str, caplog: pytest.LogCaptureFixture) -> None:
    """It says why, once, and goes on where the first slice stands."""
    world = World(evenly(300, kind=kind), slices=4)
    walked = world.walk()
    assert walked.complete
    assert said in walked.serial
    assert ids(world.upstream) <= world.landed()
    told = [record for record in caplog.records if "continues as one" in record.message]
    assert [said in record.reason for record in told] == [True]  # type: ignore[attr-defined]
    assert world.upstream.asked.count(None) == 1
    assert len(world.upstream.asked) <= 300 // 5 + 2 * 25


def test_a_walk_that_became_one_stays_one() -> None:
    """Cut short after that, it goes on as one: what did not work is not tried again at each turn."""
    world = World(evenly(300, kind="only its own"), slices=4)
    assert "400" in world.walk(pages=8).serial
    assert checkpoint(world.store).unfinished is not None
    rest = world.walk()
    assert (rest.complete, rest.slices, rest.serial) == (True, 0, "")
    assert world.landed() == ids(world.upstream)


def test_an_edge_that_cannot_be_asked_for_now() -> None:
    """Where a made cursor fails in a way that passes, there is a slice less, and the walk goes on."""
    upstream = evenly(300)

    def before(number: int) -> None:
        if number in {3, 4}:
            raise TryLater("503")

    upstream.before = before
    world = World(upstream, slices=4)
    walked = world.walk()
    assert (walked.complete, walked.slices, walked.serial) == (True, 2, "")
    assert world.landed() == ids(world.upstream)


# --- cut short -------------------------------------------------------------------------------------------------------


def test_what_time_cuts_short_goes_on_in_all_slices() -> None:
    """Every slice goes on where it stood: no page is asked for twice, and the watermark waits for the last of them."""
    whole, world = World(evenly(300), slices=4), World(evenly(300), slices=4)
    whole.walk()
    assert not world.walk(pages=20).complete
    stands = checkpoint(world.store)
    assert stands.watermark is None
    assert stands.unfinished is not None
    assert len([each for each in stands.unfinished.slices if each.query]) == 3
    assert world.walk(pages=20).slices == 4
    assert checkpoint(world.store).watermark is None
    assert world.to_the_end(pages=20).complete
    assert checkpoint(world.store).watermark == max(at for at, _ in world.upstream.records)
    assert world.landed() == ids(world.upstream)
    assert len(world.upstream.asked) == len(set(world.upstream.asked))
    assert len(world.upstream.asked) <= len(whole.upstream.asked) + 4


def test_slices_that_are_no_longer_wanted() -> None:
    """With the parameter back at one, a walk that was cut goes on from its first slice, and loses nothing."""
    world = World(evenly(300), slices=4)
    world.walk(pages=20)
    rest = world.walk(slices=1)
    assert (rest.complete, rest.slices) == (True, 0)
    assert world.landed() == ids(world.upstream)


def test_a_failure_in_one_slice_keeps_what_the_others_have() -> None:
    """A failure that passes, in whichever slice, ends the invocation with every page before it landed."""
    upstream = evenly(300)

    def before(number: int) -> None:
        if number == 30:
            raise TryLater("503")

    upstream.before = before
    world = World(upstream, slices=4)
    with pytest.raises(TryLater):
        world.walk()
    asked = len(upstream.asked)
    stands = checkpoint(world.store).unfinished
    assert stands is not None
    assert len([each for each in stands.slices if each.query]) == 3
    assert len(world.landed()) >= 5 * (asked - 4 - 4)
    assert world.walk().complete
    assert world.landed() == ids(upstream)


def test_refused_keys_are_not_taken_for_a_bad_cursor() -> None:
    """Where Sendcloud refuses the keys, the walk fails as any other."""
    upstream = evenly(300)

    def before(number: int) -> None:
        if number > 10:
            raise NeedsOperator("401")

    upstream.before = before
    with pytest.raises(NeedsOperator):
        World(upstream, slices=4).walk()
