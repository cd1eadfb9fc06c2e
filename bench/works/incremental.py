"""The works of every day: what is new since the last run, and a tick that finds nothing."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from bench.peers.contestants import OURS_PYTHON, How
from bench.tools import stored
from bench.tools.stage import staged
from bench.tools.timed import CommandFailedError, run
from bench.tools.work import CPU, WALL, Found, Given, Goal, Measurement, Round, Work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.tools.stage import Entrant, Stage

NEWS = "1 % new, a third of them back-dated"
TICK, SWEPT = How(tasks=("tick",)), How(tasks=("tick", "sweep"))
LOOK_BACK = How(look_back=3)

ENTRANTS: dict[str, tuple[str, How]] = {
    "ours": ("ours", SWEPT),
    "ours_tick": ("ours", TICK),
    "plain_gz": ("plain_gz", How()),
    "plain_gz_3_days": ("plain_gz", LOOK_BACK),
    "plain_parquet": ("plain_parquet", How()),
    "dlt": ("dlt", How()),
    "dlt_3_days": ("dlt", LOOK_BACK),
    "singer": ("singer", How()),
}
"""By contestant: who it is, and how it runs."""
QUICK = ("ours", "ours_tick", "plain_gz", "dlt")
"""Who takes part where it must be quick."""

IDLE = (1, 100, 1000)
IDLE_ENTRANTS = ("ours", "plain_gz", "dlt")
BOTO3 = "boto3"
REQUESTS, WRITES = "upstream requests", "S3 writes"


@contextmanager
def _news(given: Given) -> Iterator[Round]:
    records = 2_000 if given.quick else 20_000
    new = records // 100
    given.tell(f"making {records:,} records")
    with staged(given.folder, records, rounds=given.rounds) as stage, ExitStack() as entered:
        entrants: dict[str, Entrant] = {}
        had: dict[str, Counter[int]] = {}
        for name in filter(given.wants, QUICK if given.quick else ENTRANTS):
            given.tell(f"{name} fetches what was there before")
            entrant = entered.enter_context(stage.entrant(ENTRANTS[name][0], StreamMode="integration"))
            if _prepared(entrant, How(), given):
                entrants[name], had[name] = entrant, entrant.stored().ids
        seeds = iter(range(1_000_000))

        def one_round() -> Iterator[Measurement]:
            arrived = stage.upstream.ask(
                "POST", "arrivals", {"records": new, "back_dated": new // 3, "seed": next(seeds)}
            )
            late = arrived[new - new // 3 :]
            for name, entrant in entrants.items():
                given.tell(name)
                try:
                    taken = entrant.run(ENTRANTS[name][1])
                except CommandFailedError as error:
                    yield Measurement(NEWS, name, {}, f"failed: {error}")
                    continue
                has = entrant.stored().ids
                yield Measurement(NEWS, name, taken.values(), judged(name, had[name], has, arrived, late))
                had[name] = has

        yield one_round


def judged(name: str, had: Counter[int], has: Counter[int], arrived: list[int], late: list[int]) -> str:
    """What is wrong with what was stored in this round: of earlier records, only what is there once more."""
    new = has - had
    once_more = new.keys() & had.keys()
    said = stored.wrong(new + Counter(once_more), [*arrived, *once_more], late)
    return f"{said}: until the day's sweep" if said and name == "ours_tick" else said


@contextmanager
def _idle(given: Given) -> Iterator[Round]:
    with ExitStack() as entered:
        stages: dict[int, Stage] = {}
        entrants: dict[tuple[int, str], Entrant] = {}
        for integrations in IDLE[:2] if given.quick else IDLE:
            given.tell(f"making 2,000 records of {integrations} integrations")
            folder = given.folder / str(integrations)
            stages[integrations] = stage = entered.enter_context(staged(folder, 2_000, integrations))
            for name in filter(given.wants, IDLE_ENTRANTS[: 2 if given.quick else 3]):
                entrant = entered.enter_context(stage.entrant(name))
                # Twice: what the measured run finds is then not the first walk's, but an idle one's.
                if all(_prepared(entrant, How(account=True), given) for _ in range(2)):
                    entrants[integrations, name] = entrant

        def one_round() -> Iterator[Measurement]:
            for integrations, stage in stages.items():
                case = _of(integrations)
                if given.wants(BOTO3):
                    given.tell(f"{case}: {BOTO3}")
                    yield Measurement(case, BOTO3, _client(stage, given.folder))
                for name in IDLE_ENTRANTS:
                    if entrant := entrants.get((integrations, name)):
                        given.tell(f"{case}: {name}")
                        yield _ticked(case, entrant)

        yield one_round


def _prepared(entrant: Entrant, how: How, given: Given) -> bool:
    """Let it run before anything is measured; whether it did. Who cannot takes no part."""
    try:
        entrant.run(how)
    except CommandFailedError as error:
        given.tell(f"{entrant.name} takes no part: {error}")
        return False
    return True


def _ticked(case: str, entrant: Entrant) -> Measurement:
    upstream = entrant.stage.upstream
    upstream.ask("DELETE", "requests")
    before = entrant.bucket.listing()
    try:
        taken = entrant.run(How(lifted=False, handler=True, account=True))
    except CommandFailedError as error:
        return Measurement(case, entrant.name, {}, f"failed: {error}")
    after = entrant.bucket.listing()
    asked = upstream.ask("GET", "requests")["by_status"]
    written = sum(after[key] != before.get(key) for key in after) + len(before.keys() - after.keys())
    return Measurement(
        case, entrant.name, {**taken.values(), REQUESTS: float(sum(asked.values())), WRITES: float(written)}
    )


def _client(stage: Stage, folder: Path) -> dict[str, float]:
    """What a process takes that imports boto3 and makes one client, and nothing else."""
    code = "import boto3; boto3.client('s3')"
    return run([OURS_PYTHON, "-c", code], stage.emulator.environment(), folder).values()


def _of(integrations: int) -> str:
    return f"{integrations:,} integration{'s' * (integrations > 1)}"


def _wrong(found: Found) -> float | None:
    """In how many rounds something was lost or doubled."""
    rounds = [each for each in found.measurements if each.contestant == "ours"]
    return float(sum(bool(each.wrong) for each in rounds)) if rounds else None


def _most(value: str, integrations: int) -> Goal:
    bound = 1.0 if value == REQUESTS else 0.0
    return Goal(
        f"{_of(integrations)}: {value} an idle tick: {bound:.0f}",
        "at most",
        bound,
        lambda found: found.median(value, _of(integrations), "ours"),
        unit="",
    )


def _cpu(integrations: int) -> Goal:
    case = _of(integrations)
    return Goal(
        f"{case}: CPU ≤ 1.5 × importing boto3 and making one client",
        "at most",
        1.5,
        lambda found: found.ratio(CPU, (case, "ours"), (case, BOTO3)),
    )


INCREMENTAL = Work(
    "c",
    "The incremental run",
    """\
20,000 records are there and fetched; in each round 200 more arrive, 66 of them with a time of two hours to three days
ago, and everybody fetches what is new, without latency, the budget lifted. What is stored is then compared with what
arrived. `ours` is a tick and the sweep that looks for what came late, in one process: the stack sweeps once a day, and
between sweeps a tick is alone, `ours_tick`. `_3_days` is a peer with a look-back of three days.""",
    _news,
    goals=(
        Goal(
            "tick and sweep: ≤ the plain script's time",
            "at most",
            1,
            lambda found: found.ratio(WALL, (NEWS, "ours"), (NEWS, "plain_gz")),
        ),
        Goal(
            "a tick alone: ≤ the plain script's time",
            "at most",
            1,
            lambda found: found.ratio(WALL, (NEWS, "ours_tick"), (NEWS, "plain_gz")),
        ),
        Goal("0 lost, 0 doubled: rounds in which anything was", "at most", 0, _wrong, unit=""),
    ),
    reference="plain_gz",
)

IDLE_TICK = Work(
    "d",
    "The idle tick",
    """\
Nothing is new. `ours` is an invocation by hand of the handler in a fresh process, with the default settings; `boto3` is
a process that imports boto3 and makes one client. Peers read the account's one stream, as a tick does. A write is an
object that is there anew, has another time of writing, or is gone.""",
    _idle,
    goals=tuple(goal for each in IDLE for goal in (_most(REQUESTS, each), _most(WRITES, each), _cpu(each))),
    reference=BOTO3,
)
