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
    def call(self, name: str, seconds: float, processor: float = 0.0) -> Iterator[None]:
        """A call of that name that takes so long, and before it of a whole ``processor``, which threads take in turn.

        What is done meanwhile is the other side's work.
        """
        self.moment()
        self.calls[name] += 1
        self._waited += processor / self._share
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
        """Whatever is waited for meanwhile is added to the lane: how far it is ahead of, or behind, everything else."""
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

    def lanes(self, at_once: int, *_: object, late: bool = False, **__: object) -> Lanes:
        """In place of ``ThreadPoolExecutor``."""
        return Lanes(self, at_once, late=late)


class Lanes:
    """A pool whose work is done in order, at once or (``late``) when somebody waits for it: until then nobody hears of
    it. Its waiting is shared out among so many, as threads would: each waits since it was given the work.
    """

    def __init__(self, clock: Clock, at_once: int, *, late: bool = False) -> None:
        self.clock, self.late = clock, late
        self.free = [0.0] * at_once

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()

    def submit(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> Coming:
        """As a pool's, by whoever asks."""
        coming = Coming(self, lambda: work(*arguments, **named))
        if not self.late:
            coming.begin()
        return coming

    def map(self, work: Callable[..., Any], *items: Any) -> Iterator[Any]:
        """As a pool's."""
        return iter([each.result() for each in [self.submit(work, *item) for item in zip(*items, strict=False)]])

    def shutdown(self, **_: object) -> None:
        """The pool has waited as long as the lane that waited longest."""
        self.clock.wait(max(0.0, max(self.free) - self.clock()))


class Coming(Future[Any]):
    """The result of work in a lane, there from a time on."""

    def __init__(self, lanes: Lanes, work: Callable[[], Any]) -> None:
        super().__init__()
        self._lanes, self._work, self._submitted, self._ready = lanes, work, lanes.clock(), 0.0

    def begin(self) -> None:
        """Do the work, unless it was done."""
        if self.done():
            return
        clock, free = self._lanes.clock, self._lanes.free
        place = min(range(len(free)), key=free.__getitem__)
        lane = [max(self._submitted, free[place]) - clock()]
        free[place] = float("inf")  # what the work itself submits takes another
        with clock.in_lane(lane):
            try:
                self.set_result(self._work())
            except Exception as error:  # noqa: BLE001  # as a pool does
                self.set_exception(error)
            finally:
                self._ready = free[place] = clock()

    def result(self, timeout: float | None = None) -> Any:
        """As a future's, when it is time."""
        self.begin()
        clock = self._lanes.clock
        clock.wait(max(0.0, self._ready - clock()))
        return super().result(timeout)
