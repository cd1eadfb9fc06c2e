"""Pairs of runs at once, interleaved at their calls by a scheduler that a seed decides."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from fetch_logs.plan import Mode, WalkOrder
from integration_logs.errors import IntegrationLogsError
from tests.crash.deployment import ACCOUNT, Deployment, small
from tests.crash.points import SETTINGS, Step, begin, happens
from tests.crash.process import Call, Process
from tests.crash.truth import Untrue, check_end, check_now, check_sweeps

type Plan = Callable[[int], bool]
"""Whether the other one goes on before the call with that number, counted over both."""


type Run = Callable[[Schedule], list[tuple[int, Call]]]


class Turns:
    """Lets one of two actors move at a time, and the other one at the calls where the plan says so."""

    def __init__(self, plan: Plan, at_begin: Callable[[int], None]) -> None:
        self._plan, self._at_begin = plan, at_begin
        self._begun: set[int] = set()
        self._may_move = [threading.Semaphore(0), threading.Semaphore(0)]
        self._ended = [False, False]
        self.calls = 0

    def start(self, first: int) -> None:
        self._may_move[first].release()

    def wait(self, actor: int) -> None:
        self._may_move[actor].acquire()

    def before_call(self, actor: int) -> None:
        self.calls += 1
        if actor not in self._begun:
            self._begun.add(actor)
            self._at_begin(actor)
        if self._plan(self.calls - 1) and not self._ended[1 - actor]:
            self._may_move[1 - actor].release()
            self.wait(actor)

    def end(self, actor: int) -> None:
        self._ended[actor] = True
        self._may_move[1 - actor].release()


def _walk(mode: Mode, requests: int | None = None) -> Step:
    return lambda deployment, process: deployment.walk(WalkOrder(ACCOUNT, mode), process, requests=requests)


PAIRS: dict[str, tuple[Step, Step]] = {
    "tick-tick": (_walk("tick"), _walk("tick")),
    "tick-cut-tick": (_walk("tick", 4), _walk("tick")),
    "tick-sweep": (_walk("tick"), _walk("sweep")),
    "sweep-sweep": (_walk("sweep"), _walk("sweep")),
    "tick-archiver": (_walk("tick"), Deployment.archive),
    "sweep-archiver": (_walk("sweep"), Deployment.archive),
    "archiver-archiver": (Deployment.archive, Deployment.archive),
}
SITUATIONS = ("first", "begun", "late")
"""Nothing was walked yet; a backfill was cut short and is in landing; all was archived and then came news, late too."""


@dataclass(frozen=True)
class Schedule:
    """Two runs, who begins, and the calls at which they take turns: those named, or at random from a number on."""

    pair: str
    situation: str
    setting: str
    first: int
    switches: tuple[int, ...] = ()
    seed: int | None = None

    @property
    def name(self) -> str:
        """What replays it."""
        turns = f"random-{self.seed}" if self.seed is not None else "-".join(map(str, self.switches))
        return f"schedule:{self.pair}:{self.situation}:{self.setting}:{self.first}:{turns}"

    @classmethod
    def of(cls, seed: str) -> Schedule:
        """The schedule that has that name."""
        _, pair, situation, setting, first, turns = seed.split(":")
        if turns.startswith("random-"):
            return cls(pair, situation, setting, int(first), seed=int(turns.removeprefix("random-")))
        return cls(pair, situation, setting, int(first), tuple(map(int, filter(None, turns.split("-")))))

    def plan(self) -> Plan:
        """The decisions."""
        if self.seed is None:
            return lambda call: call in self.switches
        chance = random.Random(self.seed)
        often = chance.choice((0.1, 0.3, 0.5, 0.8))
        return lambda _: chance.random() < often


def side_by_side(
    both: tuple[Callable[[Process], object], ...], schedule: Schedule, at_begin: Callable[[int], None]
) -> list[tuple[int, Call]]:
    """Run both as the schedule says; whose calls came when. ``at_begin`` is told of each before its first one."""
    turns = Turns(schedule.plan(), at_begin)
    broken: list[BaseException] = []
    made: list[tuple[int, Call]] = []

    def before_call(actor: int, call: Call) -> None:
        made.append((actor, call))
        turns.before_call(actor)

    def act(actor: int) -> None:
        turns.wait(actor)
        try:
            both[actor](Process(before=lambda call: before_call(actor, call)))
        except IntegrationLogsError:
            pass  # the schedules go on
        except BaseException as error:  # noqa: BLE001  # a thread's error is the run's
            broken.append(error)
        finally:
            turns.end(actor)

    threads = [threading.Thread(target=act, args=(actor,)) for actor in (0, 1)]
    for thread in threads:
        thread.start()
    turns.start(schedule.first)
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "the two wait for each other"
    if broken:
        raise broken[0]
    return made


@cache
def _stands(situation: str, setting: str) -> tuple[Deployment, frozenset[int]]:
    deployment = begin(SETTINGS[setting])
    late: frozenset[int] = frozenset()
    if situation == "begun":
        deployment.walk(WalkOrder(ACCOUNT), requests=4)
        happens(deployment, 1)
    if situation == "late":
        deployment.drain("tick")
        deployment.archive_all()
        late = happens(deployment, 4)
        deployment.walk(WalkOrder(ACCOUNT), requests=3)  # something is in landing, too
        deployment.queue.bodies.clear()
    return deployment, late


def run(schedule: Schedule) -> list[tuple[int, Call]]:
    """Run both as the schedule says, then normally; whose calls came when. Raises ``Untrue``."""
    with small(SETTINGS[schedule.setting].pool):
        before, late = _stands(schedule.situation, schedule.setting)
        deployment = before.copy()

        def news(actor: int) -> None:
            """So the one that begins later sees something newer; archivers, in landing."""
            if actor != schedule.first:
                deployment.time.now += timedelta(seconds=1)
                deployment.upstream.add(102, deployment.time())
                if schedule.pair == "archiver-archiver":
                    deployment.walk(WalkOrder(ACCOUNT))

        one, two = PAIRS[schedule.pair]
        both = (lambda process: one(deployment, process), lambda process: two(deployment, process))
        calls = side_by_side(both, schedule, news)
        check_now(deployment)
        check_sweeps(deployment)
        deployment.queue.bodies.clear()
        check_end(deployment, late=late)
        return calls


def schedules(pair: str, situation: str, setting: str, *, rounds: int, run: Run = run) -> Iterator[Schedule]:
    """Every single switch, from either one; and ``rounds`` each of two switches and of random turns."""
    chance = random.Random(f"{pair}{situation}{setting}")
    for first in (0, 1):
        calls = len(run(Schedule(pair, situation, setting, first)))
        for switch in range(1, calls):
            yield Schedule(pair, situation, setting, first, (switch,))
        for _ in range(rounds if calls > 3 else 0):
            yield Schedule(pair, situation, setting, first, tuple(sorted(chance.sample(range(1, calls), 2))))
    for seed in range(rounds):
        yield Schedule(pair, situation, setting, seed % 2, seed=seed)


def crossings(pair: str, situation: str, setting: str, *, run: Run = run) -> Iterator[Schedule]:
    """Each two switches that can make a difference: one run stops where the other may be in its way, and that one, too.

    A call is in another's way where both are about the same, and one of them writes. At the first switch the one that
    has begun waits, at the second the other one does, until the first has ended.
    """
    for first in (0, 1):
        begun = [actor for actor, _ in run(Schedule(pair, situation, setting, first))].count(first)
        for stop in range(1, begun):
            made = run(Schedule(pair, situation, setting, first, (stop,)))
            mine, others = ([call for actor, call in made if actor == each] for each in (first, 1 - first))
            if _in_the_way(mine[stop], others):
                for number, call in enumerate(others):
                    if number and _in_the_way(call, mine):
                        yield Schedule(pair, situation, setting, first, (stop, stop + 1 + number))


def _in_the_way(call: Call, others: list[Call]) -> bool:
    verb, what = call
    return any(
        {verb, other} & {"put", "delete"} and (what.startswith(about) or about.startswith(what))
        for other, about in others
    )


def kinds(settings: tuple[str, ...], pairs: tuple[str, ...] = tuple(PAIRS)) -> list[tuple[str, str, str]]:
    """Each pair in each situation in which both have something to do, in each setting."""
    return [
        (pair, situation, setting)
        for setting in settings
        for pair in pairs
        for situation in SITUATIONS
        if not (pair == "archiver-archiver" and situation == "first")
    ]


def try_all(
    settings: tuple[str, ...] = tuple(SETTINGS),
    *,
    pairs: tuple[str, ...] = tuple(PAIRS),
    rounds: int = 40,
    every: int = 1,
) -> int:
    """Run all, or each n-th; how many. Raises ``Untrue`` with the name of the first that fails."""
    tried = 0
    for kind in kinds(settings, pairs):
        for number, schedule in enumerate(schedules(*kind, rounds=rounds)):
            if number % every == 0:
                try_one(schedule)
                tried += 1
    return tried


def try_one(schedule: Schedule, run: Run = run) -> None:
    """Run it, and name it where it fails."""
    try:
        run(schedule)
    except Exception as error:
        raise Untrue(
            f"{error or type(error).__name__}\n  replay: python -m tests.crash --replay '{schedule.name}'"
        ) from error
