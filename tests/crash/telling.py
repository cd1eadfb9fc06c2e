"""check_status at its outbox: every crash point of a story's checks, and two checks at once at every call.

The story is what both APIs and the archive say at one check after the other; its truth is what a run without a fault
tells. Whatever happens at one call: each channel must have each transition once, in order, with one id; twice, with the
same id, only where the answer to a message, or what was to be written after it, was lost.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, cast
from unittest.mock import patch

from check_status.check.observation import Observation
from check_status.check.state import load
from check_status.check.step import Rules
from check_status.composition_root import Checker
from check_status.problems.summaries import PREFIX
from check_status.telling.outbox import Outbox
from check_status.verdicts.facts import Integration, WemasyAnswer
from integration_logs.errors import IntegrationLogsError
from tests.crash.process import DiedError, Fault, Inline, Process, ProcessStore, faults
from tests.crash.schedules import Turns
from tests.crash.truth import Untrue
from tests.fakes.channels import FakeBus, FakeTopic, telling
from tests.fakes.memory_store import MemoryStore
from tests.unit.check_status.summarised import MINUTE, NOON, TODAY, body, found, summary

ACCOUNT = "main"
EVERY = 10 * MINUTE
"""Between two checks: longer than a claim, so that what a dead run has claimed is the next one's."""

OTHER = "dt=2026-11-22/integration-102"
_RULES = Rules(confirm=2, silent_after=timedelta(days=9), resolve_after=timedelta(minutes=60), escalation_factor=5)


@dataclass(frozen=True)
class Turn:
    """What is new at a check: archived records by summary, whether WeMaSy is connected."""

    records: dict[str, dict[str, list[datetime]]] = field(default_factory=dict)
    connected: bool = True


def _at(number: int) -> datetime:
    return NOON + number * EVERY


_BEGUN = {TODAY: {"a": [_at(2)], "b": [_at(2)]}}
_BACK = {TODAY: {"a": [_at(2), _at(35)], "b": [_at(2)]}, OTHER: {"c": [_at(35)]}}
STORY = (
    *[Turn()] * 3,
    *[Turn(_BEGUN)] * 15,  # two problems open together, and are resolved
    *[Turn(_BEGUN, connected=False)] * 6,  # WeMaSy is disconnected
    *[Turn(_BEGUN)] * 12,  # and connected again
    *[Turn(_BACK)] * 14,  # one problem comes back, another integration has one; both are resolved
)
"""Each turn lasts, so that a check that dies, or one too many, changes when something is told, and not what."""

TELLING_CHECKS = (3, 8, 19, 36)
"""Some of those at which something is told, and what comes at once: opened, resolved, disconnected, back."""


@dataclass
class Desk:
    """One account as it is deployed, with both channels."""

    store: MemoryStore = field(default_factory=MemoryStore)
    bus: FakeBus = field(default_factory=FakeBus)
    topic: FakeTopic = field(default_factory=FakeTopic)

    def copy(self) -> Desk:
        """Another one that stands where this one does."""
        twin = Desk()
        twin.store.objects = dict(self.store.objects)
        twin.bus.events, twin.topic.notices = list(self.bus.events), list(self.topic.notices)
        return twin

    def check(self, number: int, process: Process | None = None, *, later: timedelta = timedelta()) -> None:
        """One invocation, at the check of that number."""
        process, now = process or Process(), _at(number) + later
        checking = Checker(
            accounts=(ACCOUNT,),
            store=ProcessStore(self.store, process),
            asking=cast("Any", _Asking(STORY[number])),
            telling=lambda: telling(_ProcessBus(self.bus, process), _ProcessTopic(self.topic, process)),
            rules=_RULES,
            now=lambda: now,
        )
        with patch("check_status.composition_root.ThreadPoolExecutor", Inline):
            checking.run(lambda: 60.0)

    def archives(self, number: int) -> None:
        """What the archive has by then."""
        for rest, problems in STORY[number].records.items():
            made = summary(101 if rest == TODAY else 102, **{name: found(*times) for name, times in problems.items()})
            self.store.set(f"{PREFIX}{rest}.json", body(made))

    def outbox(self) -> Outbox:
        """What is still to be told."""
        state = load(self.store, ACCOUNT)
        return state.outbox if state else ()


@dataclass(frozen=True)
class _Asking:
    """Both APIs, as the story has them."""

    turn: Turn

    def observe(self, account: str, *, at: datetime, **_: object) -> Observation:
        integrations = [Integration(id_, f"Shop {id_}", None, "wemasy", None, at - MINUTE, at) for id_ in (101, 102)]
        connected = self.turn.connected
        return Observation(
            account, at, integrations, WemasyAnswer(at, "1", True, connected, True, None, None), named=101
        )


@dataclass(frozen=True)
class _ProcessBus:
    bus: FakeBus
    process: Process

    def put_events(self, **request: Any) -> Any:
        return self.process.call(("tell", "bus"), lambda: self.bus.put_events(**request))


@dataclass(frozen=True)
class _ProcessTopic:
    topic: FakeTopic
    process: Process

    def publish(self, **request: Any) -> Any:
        return self.process.call(("tell", "topic"), lambda: self.topic.publish(**request))


# --- the truth -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What the channels have, in order: of each message its id, whom it is about, and what it says happened."""

    bus: tuple[tuple[str, str, str], ...]
    topic: tuple[tuple[str, str, str], ...]

    @classmethod
    def by(cls, desk: Desk) -> Told:
        """Read from the channels."""
        return cls(
            tuple(
                (event["Detail"]["id"], _subject(event["Detail"]), _what(event["DetailType"], event["Detail"]))
                for event in desk.bus.events
            ),
            tuple(
                (
                    each["MessageAttributes"]["id"]["StringValue"],
                    each["MessageAttributes"]["integration_id"]["StringValue"],
                    each["Subject"],
                )
                for each in desk.topic.notices
            ),
        )


def _subject(detail: dict[str, Any]) -> str:
    return detail["problem"]["fingerprint"] if "problem" in detail else f"status of {detail['integration_id']}"


def _what(kind: str, detail: dict[str, Any]) -> str:
    return f"{kind} {detail.get('verdict', '')}"


@cache
def truth() -> dict[str, dict[str, list[str]]]:
    """What happens to each subject, by channel, in a run without a fault."""
    desk = _stands_before(len(STORY))
    told = Told.by(desk)
    for channel, messages in (("bus", told.bus), ("topic", told.topic)):
        if len({id_ for id_, _, _ in messages}) != len(messages):
            raise Untrue(f"without a fault {channel} was told twice")
    return {"bus": _by_subject(told.bus), "topic": _by_subject(told.topic)}


def _by_subject(messages: tuple[tuple[str, str, str], ...]) -> dict[str, list[str]]:
    found_: dict[str, list[str]] = {}
    seen: set[str] = set()
    for id_, subject, what in messages:
        if id_ not in seen:
            found_.setdefault(subject, []).append(what)
        seen.add(id_)
    return found_


def check_end(desk: Desk, *, twice: bool) -> None:
    """Everything was told, in order; more than once only where ``twice`` may be. Raises ``Untrue``."""
    told = Told.by(desk)
    for channel, messages in (("bus", told.bus), ("topic", told.topic)):
        if (by_subject := _by_subject(messages)) != truth()[channel]:
            raise Untrue(f"{channel} was told {by_subject}, not {truth()[channel]}")
        ids = [id_ for id_, _, _ in messages]
        if len(set(ids)) != len(ids) and not twice:
            raise Untrue(f"{channel} was told something twice, though no answer was lost")
    if desk.outbox():
        raise Untrue(f"still to be told: {desk.outbox()}")


@cache
def _stands_before(number: int) -> Desk:
    """How a run without a fault stands before the check of that number."""
    if number == 0:
        return Desk()
    desk = _stands_before(number - 1).copy()
    desk.archives(number - 1)
    desk.check(number - 1)
    return desk


# --- crash points ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """A fault at the call numbered ``call`` of the check numbered ``check``."""

    check: int
    call: int
    fault: Fault

    @property
    def seed(self) -> str:
        """What replays it."""
        return f"telling:{self.check}:{self.call}:{self.fault.replace(' ', '-')}"

    @classmethod
    def of(cls, seed: str) -> Point:
        """The point that has that seed."""
        _, check, call, fault = seed.split(":")
        kinds = {each.replace(" ", "-"): each for each in faults(("put", ""))}
        return cls(int(check), int(call), kinds[fault])


def points() -> Iterator[Point]:
    """Every one of the story."""
    for number in range(len(STORY)):
        desk, process = _stands_before(number).copy(), Process()
        desk.archives(number)
        desk.check(number, process)
        for call, what in enumerate(process.calls):
            yield from (Point(number, call, fault) for fault in faults(what))


def run_point(point: Point) -> None:
    """The story with that one fault; raises ``Untrue``."""
    desk = _stands_before(point.check).copy()
    desk.archives(point.check)
    process = Process(at=point.call, fault=point.fault)
    with suppress(DiedError, IntegrationLogsError):  # the next check goes on
        desk.check(point.check, process)
    told_before = any(call[0] == "tell" for call in process.calls)
    for number in range(point.check + 1, len(STORY)):
        desk.archives(number)
        desk.check(number)
    check_end(desk, twice=told_before and point.fault != "lost")


def try_all() -> int:
    """Run every point; how many. Raises ``Untrue`` with the seed of the first that fails."""
    return sum(try_one(point) for point in points())


def try_one(point: Point) -> bool:
    """Run it, and name it where it fails."""
    try:
        run_point(point)
    except Exception as error:
        raise Untrue(
            f"{error or type(error).__name__}\n  replay: python -m tests.crash --replay '{point.seed}'"
        ) from error
    return True


# --- two checks at once ----------------------------------------------------------------------------------------------


def run_pair(number: int, plan: Callable[[int], bool], *, first: int, later: timedelta) -> int:
    """Two checks at once, taking turns as the plan says, then the story goes on; how many calls. Raises ``Untrue``."""
    desk = _stands_before(number).copy()
    desk.archives(number)
    turns = Turns(plan, lambda _: None)
    broken: list[BaseException] = []

    def act(actor: int) -> None:
        turns.wait(actor)
        try:
            desk.check(number, Process(before=lambda _: turns.before_call(actor)), later=later * actor)
        except BaseException as error:  # noqa: BLE001  # a thread's error is the run's
            broken.append(error)
        finally:
            turns.end(actor)

    with patch("check_status.composition_root.ThreadPoolExecutor", Inline):
        threads = [threading.Thread(target=act, args=(actor,)) for actor in (0, 1)]
        for thread in threads:
            thread.start()
        turns.start(first)
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive(), "the two wait for each other"
    if broken:
        raise broken[0]
    for after in range(number + 1, len(STORY)):
        desk.archives(after)
        desk.check(after)
    check_end(desk, twice=False)
    return turns.calls


def run_pairs(number: int, *, rounds: int) -> int:
    """Two checks at once with every single turn, and with random ones; how many schedules were tried."""
    tried = 0
    for first in (0, 1):
        for later in (timedelta(), timedelta(seconds=1)):
            calls = run_pair(number, lambda _: False, first=first, later=later)
            for switch in range(1, calls):
                _try_pair(number, f"a turn at {switch}", partial(int.__eq__, switch), first=first, later=later)
            tried += calls
    for seed in range(rounds):
        chance = random.Random(f"{number}:{seed}")
        _try_pair(number, f"random {seed}", partial(_often, chance), first=seed % 2, later=timedelta(seconds=1))
    return tried + rounds


def _often(chance: random.Random, _: int) -> bool:
    return chance.random() < 0.4


def _try_pair(number: int, name: str, plan: Callable[[int], bool], *, first: int, later: timedelta) -> None:
    try:
        run_pair(number, plan, first=first, later=later)
    except Exception as error:
        raise Untrue(f"{error}\n  two at check {number}, {first} first, the other {later} later, {name}") from error
