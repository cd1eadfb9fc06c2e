"""Simulated time: what a function waits for, and its share of a processor; its invocations are cut off as Lambda does.

What a function waits for is added up, and so is the processor time that it takes, by its share. So a run of minutes is
measured in seconds, whatever else the machine does. Threads of a pool wait beside each other (``Lanes``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from time import process_time
from typing import TYPE_CHECKING, Any, Self

from bench.scale.run import Invocation

if TYPE_CHECKING:
    from bench.scale.run import Run

SHARES = {1024: 0.58, 512: 0.29}
"""Of a processor, by a function's memory in MB."""


class CutOffError(BaseException):
    """The invocation is over: Lambda ends the process, and nothing of ours may catch this."""


class Clock:
    """The simulated time of one function with so much memory.

    A ``moment`` comes with each call, and at an invocation's end; at those ``cuts`` the invocation is cut off.
    """

    def __init__(self, memory: int, cuts: Iterable[int] = ()) -> None:
        self.calls: Counter[str] = Counter()
        self.moments = 0
        self._cuts = frozenset(cuts)
        self._share = SHARES[memory]
        self._waited = 0.0
        self._began = process_time()
        self._aside = 0.0
        self._lane: list[float] | None = None
        self._until = float("inf")

    def __call__(self) -> float:
        """Seconds since the beginning, where there are lanes in the one that is at work."""
        worked = (process_time() - self._began - self._aside) / self._share
        return self._waited + worked + (self._lane[0] if self._lane else 0.0)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is done meanwhile takes no time: it is not the function's."""
        began = process_time()
        try:
            yield
        finally:
            self._aside += process_time() - began

    @contextmanager
    def call(self, name: str, seconds: float) -> Iterator[None]:
        """A call of that name that takes so long; what is done meanwhile is the other side's work."""
        self.moment()
        self.calls[name] += 1
        self.wait(seconds)
        with self.aside():
            yield

    def wait(self, seconds: float) -> None:
        """Wait, in a lane beside others where there is one. Raises ``CutOffError`` when the time is up."""
        if self._lane is None:
            self._waited += seconds
            self.check()
        else:
            self._lane[0] += seconds

    @contextmanager
    def in_lane(self, lane: list[float]) -> Iterator[None]:
        """Whatever is waited for meanwhile is added to the lane, which has waited since the pool was given the work."""
        outer, self._lane = self._lane, lane
        try:
            yield
        finally:
            self._lane = outer

    def check(self) -> None:
        """Raise ``CutOffError`` where the time is up; from then on nothing is done any more."""
        if self() >= self._until:
            self._until = float("-inf")
            raise CutOffError

    def moment(self) -> None:
        """Count a moment. Raises ``CutOffError`` where the invocation ends at it, or has ended."""
        self.moments += 1
        if self.moments in self._cuts or self._until == float("-inf"):
            self._until = float("-inf")
            raise CutOffError

    @contextmanager
    def invocation(self, run: Run, left: Callable[[], int]) -> Iterator[Callable[[], float]]:
        """One invocation, added to the run with what is ``left`` behind it; how many seconds it still has."""
        began, cuts = self(), self._drawn()
        self._until, ended = began + run.timeout, True
        try:
            yield lambda: self._until - self()
            self.moment()
            self.check()
        except CutOffError:
            ended = False
        finally:
            took = min(self() - began, run.timeout)
            self._until = float("inf")
            run.invocations.append(Invocation(round(took, 2), ended, left(), self._drawn() > cuts))
            run.calls = dict(self.calls)

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """What is done meanwhile belongs to no run: neither its calls nor its moments count."""
        cuts, self._cuts = self._cuts, frozenset[int]()
        try:
            yield
        finally:
            self._cuts, self.moments = cuts, 0
            self.calls.clear()

    def _drawn(self) -> int:
        return sum(cut <= self.moments for cut in self._cuts)

    def lanes(self, at_once: int, *_: object, **__: object) -> Lanes:
        """In place of ``ThreadPoolExecutor``."""
        return Lanes(self, at_once)


class Lanes:
    """A pool whose work is done as it comes, in order; its waiting is shared out among so many, as threads would.

    What the work waited for lies before whoever asks for its result, less what has passed since.
    """

    def __init__(self, clock: Clock, at_once: int) -> None:
        self._clock = clock
        self._free = [0.0] * at_once

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()

    def submit(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> Future[Any]:
        """As a pool's, by whoever asks."""
        future = _Coming(self._clock)
        now = self._clock()
        place = min(range(len(self._free)), key=self._free.__getitem__)
        lane = [max(0.0, self._free[place] - now)]
        self._free[place] = float("inf")  # a lane is one thread's: what its work submits takes another
        try:
            with self._clock.in_lane(lane):
                future.set_result(work(*arguments, **named))
        except Exception as error:  # noqa: BLE001  # as a pool does
            future.set_exception(error)
        finally:
            future.ready = self._free[place] = now + lane[0]
        return future

    def map(self, work: Callable[..., Any], *items: Any) -> Iterator[Any]:
        """As a pool's."""
        return iter([each.result() for each in [self.submit(work, *item) for item in zip(*items, strict=False)]])

    def shutdown(self, **_: object) -> None:
        """The pool has waited as long as the lane that waited longest."""
        self._clock.wait(max(0.0, max(self._free) - self._clock()))


class _Coming(Future[Any]):
    """There from a time on."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock, self.ready = clock, 0.0

    def result(self, timeout: float | None = None) -> Any:
        """As a future's, when it is time."""
        self._clock.wait(max(0.0, self.ready - self._clock()))
        return super().result(timeout)
