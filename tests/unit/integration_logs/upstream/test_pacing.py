from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration_logs.errors import TryLater
from integration_logs.upstream.pacing import Pacer

MINUTE = 60.0
AGES = 1e6


class Simulated:
    """Time for so many threads: it moves on, to whoever wakes first, only when all of them sleep."""

    def __init__(self, threads: int = 1) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._awake = threads
        self._wakes: list[float] = []
        self._changed = threading.Condition()

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._changed:
            self.slept.append(seconds)
            wake = self.now + seconds
            heapq.heappush(self._wakes, wake)
            self._fall_asleep()
            self._changed.wait_for(lambda: self.now >= wake)

    def leave(self) -> None:
        """This thread has nothing more to do."""
        with self._changed:
            self._fall_asleep()

    def _fall_asleep(self) -> None:
        self._awake -= 1
        if self._awake == 0 and self._wakes:
            self.now = max(self.now, self._wakes[0])
            while self._wakes and self._wakes[0] <= self.now:
                heapq.heappop(self._wakes)
                self._awake += 1
            self._changed.notify_all()


def side_by_side(time: Simulated, works: Sequence[Callable[[], None]]) -> None:
    """Do each work in a thread of its own."""

    def do(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            time.leave()

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(do, work) for work in works]:
            done.result(timeout=60)


def most_in_a_minute(times: Sequence[float]) -> int:
    """How many of these times lie within one minute, at most."""
    times = sorted(times)
    first = most = 0
    for last, time in enumerate(times):
        while time - times[first] >= MINUTE - 1e-6:
            first += 1
        most = max(most, last - first + 1)
    return most


def saturated(pacer: Pacer, time: Simulated, seconds: float) -> list[float]:
    """The times of requests that are made one after the other, each at once, for so long."""
    begun, until = [], time.now + seconds
    while time.now < until:
        pacer.turn(lambda: AGES)
        begun.append(time.now)
    return begun


def paced(per_minute: int, threads: int = 1) -> tuple[Pacer, Simulated]:
    time = Simulated(threads)
    return Pacer(per_minute, clock=time.clock, sleep=time.sleep), time


@settings(max_examples=40, deadline=None)
@given(
    per_minute=st.sampled_from([1, 2, 7, 30, 60, 100]),
    pauses=st.lists(st.lists(st.floats(0, 20), max_size=40), min_size=1, max_size=5),
)
def test_no_more_than_the_budget(per_minute: int, pauses: list[list[float]]) -> None:
    """However many threads ask, and however long each takes in between, no minute has more than the budget."""
    pacer, time = paced(per_minute, len(pauses))
    begun: list[float] = []

    def work(pauses: list[float]) -> None:
        for pause in pauses:
            pacer.turn(lambda: AGES)
            begun.append(time.now)
            time.sleep(pause)

    side_by_side(time, [lambda each=each: work(each) for each in pauses])  # type: ignore[misc]
    assert len(begun) == sum(map(len, pauses))
    assert most_in_a_minute(begun) <= per_minute


@pytest.mark.parametrize("per_minute", [900, 1000])
def test_requests_that_take_unlike_times_to_arrive(per_minute: int) -> None:
    """Where the first requests are half a second longer on their way, no minute has more of them arrive either."""
    pacer, time = paced(per_minute)
    begun = saturated(pacer, time, 5 * MINUTE)
    arrived = [each + (0.5 if each < begun[0] + 1 else 0) for each in begun]  # connections have to be opened first
    assert most_in_a_minute(arrived) <= per_minute


@pytest.mark.parametrize("per_minute", [30, 60, 900, 1000])
def test_the_budget_is_used(per_minute: int) -> None:
    """When there is always something to ask, at least 95 % of the budget is asked, and never more than all of it."""
    pacer, time = paced(per_minute)
    begun = saturated(pacer, time, 5 * MINUTE)
    assert len(begun) >= 0.95 * 5 * per_minute
    assert most_in_a_minute(begun) <= per_minute


def test_an_idle_tick_does_not_wait() -> None:
    """A thirtieth of the budget is had at once: a tick of one request never sleeps."""
    pacer, time = paced(900)
    for _ in range(30):
        pacer.turn(lambda: AGES)
    assert sum(time.slept) < 1e-6
    pacer.turn(lambda: AGES)
    assert sum(time.slept) > 0.05


@pytest.mark.parametrize("after", [0.0, 1.0, 59.0])
def test_a_second_pacer_takes_over(after: float) -> None:
    """The next process knows nothing of this one's requests: together they exceed the budget by a thirtieth at most."""
    first, time = paced(900)
    begun = saturated(first, time, MINUTE + 3.0)
    time.sleep(after)
    begun += saturated(Pacer(900, clock=time.clock, sleep=time.sleep), time, 2 * MINUTE)
    assert most_in_a_minute(begun) <= 900 + 900 // 30


def test_hold_holds_all_back() -> None:
    """Nobody begins while the account is held back, whether they ask then or were waiting for their turn before."""
    pacer, time = paced(30, threads=4)
    begun: list[float] = []

    def asks() -> None:
        for _ in range(5):
            pacer.turn(lambda: AGES)
            begun.append(time.now)

    def holds() -> None:
        time.sleep(3.0)
        pacer.hold(20.0)

    side_by_side(time, [asks, asks, asks, holds])
    assert len(begun) == 15
    assert not [at for at in begun if 1003.0 < at < 1023.0]
    assert most_in_a_minute(begun) <= 30


def test_a_shorter_hold_does_not_end_a_longer_one() -> None:
    """Of several waits that were asked for, the longest counts."""
    pacer, time = paced(900)
    pacer.hold(20.0)
    pacer.hold(5.0)
    pacer.turn(lambda: AGES)
    assert time.now == 1020.0


def test_no_sleep_beyond_the_time_left() -> None:
    """Where the turn would come too late for a request, it is not slept for, and the wait is told."""
    pacer, time = paced(900)
    pacer.hold(20.0)
    with pytest.raises(TryLater) as caught:
        pacer.turn(lambda: 21.0)
    assert caught.value.retry_after == 20.0
    assert time.slept == []
    pacer.turn(lambda: 22.0)
    assert time.slept == [20.0]


def test_a_turn_that_is_not_taken_is_not_lost() -> None:
    """Those who had no time to wait leave the budget to the others."""
    pacer, time = paced(2)
    pacer.turn(lambda: AGES)
    for _ in range(100):
        with pytest.raises(TryLater):
            pacer.turn(lambda: 10.0)
    pacer.turn(lambda: AGES)
    assert time.now == 1000.0 + MINUTE


def test_held_back_while_waiting() -> None:
    """A hold that begins while one waits counts for that one too, as does the time that it has left."""
    time = Simulated()
    pacer: Pacer

    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        if len(time.slept) == 1:
            pacer.hold(50.0)

    pacer = Pacer(2, clock=time.clock, sleep=sleep)
    pacer.turn(lambda: AGES)
    with pytest.raises(TryLater):
        pacer.turn(lambda: 1100.0 - time.now)
    assert sum(time.slept) == MINUTE
