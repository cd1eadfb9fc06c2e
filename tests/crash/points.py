"""Every crash point: each call of a whole run, and everything that can happen at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from fetch_logs.plan import Mode, WalkOrder, read
from integration_logs.errors import IntegrationLogsError
from tests.crash.deployment import ACCOUNT, Deployment, small
from tests.crash.process import DiedError, Fault, Inline, Late, Process, faults
from tests.crash.truth import Untrue, check_end, check_now, check_sweeps
from tests.fakes.sendcloud import Order

type Step = Callable[[Deployment, Process], object]


@dataclass(frozen=True)
class Setting:
    """Under which circumstances a run goes: one stream for the account or one each, the order of the pages, whether
    the next page comes as early or as late as it can, and whether walks are cut into slices."""

    named: bool
    order: Order
    pool: type[Inline]
    sliced: bool = False

    @property
    def name(self) -> str:
        """As a part of a seed."""
        streams = "account" if self.named else "integrations"
        order = "slices" if self.sliced else self.order.replace(" ", "-")
        return f"{streams}/{order}/{'late' if self.pool.LATE else 'early'}"


SETTINGS = {
    setting.name: setting
    for pool in (Inline, Late)
    for order in ("newest first", "oldest first", "no order")
    for named in (True, False)
    for setting in [Setting(named, order, pool)]
} | {setting.name: setting for pool in (Inline, Late) for setting in [Setting(True, "newest first", pool, sliced=True)]}


@dataclass(frozen=True)
class Point:
    """A fault at the call numbered ``call`` of the step numbered ``step``."""

    setting: str
    step: int
    call: int
    fault: Fault

    @property
    def seed(self) -> str:
        """What replays it."""
        return f"point:{self.setting}:{self.step}:{self.call}:{self.fault.replace(' ', '-')}"

    @classmethod
    def of(cls, seed: str) -> Point:
        """The point that has that seed."""
        _, setting, step, call, fault = seed.split(":")
        kinds = {each.replace(" ", "-"): each for each in faults(("put", ""))}
        return cls(setting, int(step), int(call), kinds[fault])


def _walk(mode: Mode, requests: int | None = None) -> Step:
    return lambda deployment, process: deployment.walk(WalkOrder(ACCOUNT, mode), process, requests=requests)


def _continue(deployment: Deployment, process: Process) -> None:
    """The queue hands over what time cut short; one more is left for the runs after it."""
    if deployment.queue.bodies:
        order = read(deployment.queue.bodies.pop(0), accounts=(ACCOUNT,))
        deployment.walk(order, process, requests=6)


STEPS: tuple[Step, ...] = (
    _walk("tick", 5),  # a first backfill runs out of time
    _continue,  # and is continued, and again
    _continue,
    Deployment.archive,
    _walk("tick"),
    _walk("sweep", 5),  # finds what came late, as far as the time allows
    _continue,
    Deployment.archive,
)


def begin(setting: Setting) -> Deployment:
    """22 records over two days, several at the same time; for slices 36 over four weeks, in twos."""
    deployment = Deployment.of(named=setting.named, order=setting.order, plain=setting.sliced)
    for number in range(36 if setting.sliced else 0):
        deployment.upstream.add(101 + number % 3, deployment.time() - timedelta(hours=18) * (number // 2 * 2))
    for number in range(0 if setting.sliced else 22):
        age = timedelta(minutes=20) * (number // 3 * 3) if number < 14 else timedelta(hours=15 + number // 4)
        deployment.upstream.add(101 + number % 3, deployment.time() - age)
    return deployment


def happens(deployment: Deployment, step: int) -> frozenset[int]:
    """What Sendcloud creates before the step; the ids of those that are late."""
    deployment.time.now += timedelta(minutes=1)
    now, add = deployment.time(), deployment.upstream.add
    if step == 1:  # in the middle of the backfill
        add(101, now)
        add(102, now)
    if step == 4:
        deployment.time.now += timedelta(minutes=30)
        add(103, deployment.time())
        return frozenset(add(101 + number % 3, now - timedelta(hours=4 + 6 * number)) for number in range(5))
    return frozenset()


@cache
def _stands_before(name: str, step: int) -> tuple[Deployment, frozenset[int]]:
    """How a run without a fault stands before the step."""
    if step == 0:
        return begin(SETTINGS[name]), frozenset()
    before, late = _stands_before(name, step - 1)
    deployment = before.copy()
    late |= happens(deployment, step - 1)
    STEPS[step - 1](deployment, Process())
    return deployment, late


def points(name: str) -> Iterator[Point]:
    """Every one of a setting, found by counting the calls of a run without a fault."""
    with small(SETTINGS[name].pool):
        for number, step in enumerate(STEPS):
            deployment, process = _stands_before(name, number)[0].copy(), Process()
            happens(deployment, number)
            step(deployment, process)
            for call, what in enumerate(process.calls):
                yield from (Point(name, number, call, fault) for fault in faults(what))


def run(point: Point) -> None:
    """Run with that one fault, then normally; raises ``Untrue`` where a promise does not hold."""
    with small(SETTINGS[point.setting].pool):
        before, late = _stands_before(point.setting, point.step)
        deployment = before.copy()
        for number in range(point.step, len(STEPS)):
            late |= happens(deployment, number)
            here = number == point.step
            process = Process(at=point.call, fault=point.fault) if here else Process()
            try:
                STEPS[number](deployment, process)
            except (DiedError, IntegrationLogsError):  # the schedule and the queue's next message go on
                if not here:
                    raise
            if here:
                check_now(deployment)
                check_sweeps(deployment)
                _check_here(deployment, late)
        deployment.time.now += timedelta(minutes=5)
        check_end(deployment, late=late)


def _check_here(deployment: Deployment, late: frozenset[int]) -> None:
    """The checkpoint that the fault has left, replayed: from here on, too, nothing gets lost."""
    twin = deployment.copy()
    twin.queue.bodies.clear()  # not even the continuation survives
    check_end(twin, late=late)


def try_all(names: list[str] | None = None, *, every: int = 1) -> int:
    """Run every point, or each n-th; how many. Raises ``Untrue`` with the seed of the first that fails."""
    tried = 0
    for name in names or SETTINGS:
        for number, point in enumerate(points(name)):
            if number % every == 0:
                try_one(point)
                tried += 1
    return tried


def try_one(point: Point, run: Callable[[Point], None] = run) -> None:
    """Run it, and name it where it fails."""
    try:
        run(point)
    except Exception as error:
        raise Untrue(
            f"{error or type(error).__name__}\n  replay: python -m tests.crash --replay '{point.seed}'"
        ) from error
