"""Work (g) of the bench: cold starts, and the idle tick's time on a processor, by ``bench.works.cold``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.tools.work import Found, Goal, Measurement, Work
from bench.works import cold
from sandbox.steps import StepFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bench.tools.work import Given, Round

CASE, IMPORTS = "cold start", "imports"
WALL_FIRST, CPU_FIRST, CPU_ALL = "wall until the first request, s", "CPU until then, s", "CPU in all, s"
BOTO3, TYPICAL, WALK, CHECK = "boto3 and a client", "typical", "fetch_logs, a walk", "check_status"
_LEAST_MS = 3.0

TEXT = """\
Each function in a fresh process, beside others, in turns. *boto3 and a client*: `import boto3; boto3.client("s3")`.
*typical*: Logger, Tracer and Metrics of Powertools, requests, two clients, a pydantic model. Time runs from the start
of the process until the first request comes in: Sendcloud's or WeMaSy's for `fetch_logs` and `check_status` (after
their secret and their state are read), the queue's for the plan, S3's for `archive_logs`; for the others, until they
are done. All have the packages that Lambda has and no others, with their bytecode. AWS and the upstreams are one server
on loopback, without TLS. The walk is an idle tick: everything on the one page is known. `python -m bench.works.cold`
measures the same with `--sources` without bytecode, and shows with `--imports` where the time goes.
"""


@contextmanager
def _open(given: Given) -> Iterator[Round]:
    if not cold.PYTHON.exists():
        raise StepFailedError("The environment of the functions is not there yet: make .venv-lambda/ready")
    chosen = {BOTO3, TYPICAL, WALK, CHECK} if given.quick else cold.CONTESTANTS.keys()
    contestants = {name: each for name, each in cold.CONTESTANTS.items() if name in chosen}
    with cold.cold_world() as world, cold.environment_of(world) as environment:
        given.tell("everything new is fetched, archived and told")
        for _ in range(cold.WARMING):
            for each in contestants.values():
                cold.start(world, each, environment)

        def one_round() -> Iterator[Measurement]:
            for name, each in contestants.items():
                given.tell(name)
                yield Measurement(CASE, name, values(cold.start(world, each, environment)))
            for name in (WALK, CHECK):
                yield Measurement(IMPORTS, name, packages(cold.imports(contestants[name], environment)))

        yield one_round


def values(start: cold.Start) -> dict[str, float]:
    """A start as a measurement has it."""
    return {
        WALL_FIRST: start.wall,
        CPU_FIRST: start.cpu,
        CPU_ALL: start.cpu_whole,
        "upstream requests": start.upstream,
        "S3 reads": start.reads,
        "S3 writes": start.writes,
    }


def packages(spent: Mapping[str, float]) -> dict[str, float]:
    """Milliseconds by package, those that take few of them together.

    >>> packages({"botocore": 30.0, "json": 1.0, "abc": 0.5})
    {'botocore, ms': 30.0, 'others, ms': 1.5}
    """
    large = {name: each for name, each in spent.items() if each >= _LEAST_MS}
    return {
        f"{name}, ms": each for name, each in (large | {"others": sum(spent.values()) - sum(large.values())}).items()
    }


def _beside(text: str, bound: float, value: str, one: str, other: str) -> Goal:
    return Goal(
        f"{one}: ≤ {bound} × {text}", "at most", bound, lambda found: found.ratio(value, (CASE, one), (CASE, other))
    )


def _writes(found: Found) -> float | None:
    return found.median("S3 writes", CASE, WALK)


WORK = Work(
    "g",
    "Cold starts and the idle tick",
    TEXT,
    _open,
    goals=(
        *(_beside("boto3 and a client, wall time", 1.3, WALL_FIRST, one, BOTO3) for one in (WALK, CHECK)),
        *(_beside("boto3 and a client, CPU", 1.3, CPU_FIRST, one, BOTO3) for one in (WALK, CHECK)),
        *(_beside("the typical set, wall time", 0.7, WALL_FIRST, one, TYPICAL) for one in (WALK, CHECK)),
        *(_beside("the typical set, CPU", 0.7, CPU_FIRST, one, TYPICAL) for one in (WALK, CHECK)),
        _beside("boto3 and a client, the whole idle tick's CPU", 1.5, CPU_ALL, WALK, BOTO3),
        Goal("an idle tick writes nothing", "at most", 0, _writes, unit="writes"),
        Goal(
            "an idle tick asks Sendcloud once", "at most", 1,
            lambda found: found.median("upstream requests", CASE, WALK), unit="requests",
        ),
    ),
    reference=BOTO3,
)  # fmt: skip
