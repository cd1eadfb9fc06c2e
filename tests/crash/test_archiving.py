"""archive_logs at each of its calls; ``python -m tests.crash --archiving`` tries what is only sampled here."""

from __future__ import annotations

import sys

import pytest

from tests.crash import archiving
from tests.crash.points import Point
from tests.crash.process import Process
from tests.crash.schedules import Schedule, schedules
from tests.crash.story import PAIRS, SETTINGS, STEPS, happens, short, stands_before

POINTS = {"sealed-at-once": 61, "sealed-later": 29, "with-duckdb": 300, "cut-short": 61}
"""Of each setting, the how many-th crash point is tried."""


SITUATION = {"manifest-fetch": "idle"} | {pair: "damaged" for pair in PAIRS if "replay" in pair}
"""In which situation two runs meet; the others in that where there is an archive, and more has landed."""

WHOLE = {"sealed-later": (4,)}
"""The archiver beside an archive that it changes: of that step, every point."""


@pytest.mark.parametrize("setting", SETTINGS)
def test_no_fault_at_any_call_of_the_archiver(setting: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One fault at one call: no reader misses a record or meets one twice, at any moment; and the end is the truth."""
    tried = archiving.try_points(setting, every=POINTS[setting], whole=WHOLE.get(setting, ()))
    with capsys.disabled():
        sys.stdout.write(f" {tried} crash points ")
    assert tried > 2


@pytest.mark.parametrize("pair", PAIRS)
def test_no_interleaving_with_the_archiver(pair: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Two runs that take turns at their calls: the same."""
    situation = SITUATION.get(pair, "more")
    crossings = pair in {"manifest-fetch", "manifest-archiver"}
    every = 3 if crossings or pair == "archiver-archiver" else 9
    tried = archiving.try_pair((pair, situation, "sealed-later"), rounds=4, every=every, crossings=crossings)
    with capsys.disabled():
        sys.stdout.write(f" {tried} schedules ")
    assert tried > 2


def test_the_story_has_everything_in_it() -> None:
    """There are parts around a sealed object, rows and objects in quarantine, and something to do at each step."""
    for setting in SETTINGS:
        with short(SETTINGS[setting]):
            for number, step in enumerate(STEPS):
                archive, process = stands_before(setting, number).copy(), Process()
                happens(archive, number)
                step(archive, process)
                assert {"put", "delete"} & {verb for verb, _ in process.calls}, f"step {number} writes nothing"
        keys = archive.store.objects.keys()
        assert len([key for key in keys if key.startswith("logs/") and ".ids-" in key]) >= 2
        assert {key.split("/")[1] for key in keys if key.startswith("quarantine/")} == {"rows", "objects"}


def test_remembered_merges_are_duckdbs() -> None:
    """The merges that are remembered make the very objects that DuckDB makes: the whole bucket is the same."""
    ends = {name: stands_before(name, len(STEPS) - 1) for name in _run_through()}
    assert ends["sealed-later"].store.objects == ends["with-duckdb"].store.objects


def _run_through() -> list[str]:
    names = ["sealed-later", "with-duckdb"]
    for name in names:
        with short(SETTINGS[name]):
            stands_before(name, len(STEPS) - 1)
    return names


def test_a_seed_names_its_point_and_its_schedule() -> None:
    """What a failure prints replays just that."""
    for point in archiving.all_points("sealed-later"):
        assert Point.of(point.seed) == point
    for schedule in schedules("release-archiver", "more", "sealed-later", rounds=3, run=archiving.run_pair):
        assert Schedule.of(schedule.name) == schedule
