from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.tools.cold_world import World
from bench.works.cold import cold_world, settings

ROOT = Path(__file__).parents[3]
CODE = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from cold_start import ours
ours(*sys.argv[1:])
import gc
print("MODULES", gc.isenabled(), *sys.modules)
"""
NEVER = {"boto3", "s3transfer", "aws_xray_sdk"}
THE_API = {"pydantic", "aws_lambda_powertools.event_handler"}
BATCHES = {"aws_lambda_powertools.utilities.batch", "asyncio"}
REDACTION = {"integration_logs.redaction.redactor", "integration_logs.redaction.forms"}


@pytest.fixture
def world() -> Iterator[World]:
    with cold_world() as world:
        yield world


def start(world: World, function: str, event: str) -> set[str]:
    """Start the function once with the event, in a process of its own; the modules that it has in the end."""
    world.calls.clear()
    body = (ROOT / "events" / event).read_text()
    command = [sys.executable, "-c", CODE, str(ROOT / "bench" / "tools"), function, body]
    environment = {"PATH": os.environ["PATH"], **settings(world)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    word, collects, *modules = done.stdout.strip().rpartition("\n")[2].split()
    assert (word, collects) == ("MODULES", "True")
    return set(modules)


def asked(world: World) -> Counter[str]:
    """Who was asked how often; of S3, what."""
    return Counter(call.what.partition(" ")[0] if call.who == "s3" else call.who for call in world.calls)


def test_an_idle_tick(world: World) -> None:
    """Where all that Sendcloud has is known, a fresh process asks it once, reads two objects and a secret, writes
    nothing, and imports no more than that takes: not what redacts, finds remedies, serves the API or reads batches."""
    walk = "fetch_logs/work_queue.json"
    assert start(world, "fetch_logs", walk) >= REDACTION  # so that what it must not import is a name that there is
    modules = start(world, "fetch_logs", walk)
    assert asked(world) == {"upstream": 1, "GET": 2, "aws": 1}
    assert not modules & (NEVER | THE_API | BATCHES | REDACTION | {"duckdb", "tomllib"})


def test_a_check(world: World) -> None:
    """A check does without what serves the API, and where nothing changes without what tells."""
    for _ in range(3):
        modules = start(world, "check_status", "check_status/check.json")
    assert asked(world)["upstream"] == 2
    assert not modules & (NEVER | THE_API | BATCHES | {"duckdb", "check_status.telling.delivery"})
    assert modules >= REDACTION


def test_nothing_has_landed(world: World) -> None:
    """The archiver needs DuckDB only where something has landed, and no client of the upstream APIs at all."""
    event = "archive_logs/archive.json"
    without = start(world, "archive_logs", event)
    assert asked(world) == {"LIST": 1}
    assert not without & (NEVER | THE_API | BATCHES | REDACTION | {"duckdb", "requests"})
    start(world, "fetch_logs", "fetch_logs/work_queue.json")
    assert "duckdb" in start(world, "archive_logs", event)


@pytest.mark.parametrize("event", ["api_status", "api_no_such_route"])
def test_the_api(world: World, event: str) -> None:
    """A call of the API imports what serves it, and no upstream is asked."""
    modules = start(world, "check_status", f"check_status/{event}.json")
    assert asked(world)["upstream"] == 0
    assert modules >= THE_API
    assert not modules & (NEVER | {"duckdb"})
