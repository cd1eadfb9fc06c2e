"""The nightly run: it goes on past what fails, says so, and repeats what it drew."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from tests.mutants.mutant import ROOT
from tests.nightly import report
from tests.nightly.__main__ import PAGE, main
from tests.nightly.steps import SEED, STEPS, Step

if TYPE_CHECKING:
    from pathlib import Path


def step(name: str, code: str, *more: str, hours: float = 1.0) -> Step:
    """A step that runs this Python, and where it is to be quick prints ``quick``."""
    python = (sys.executable, "-c")
    return Step(name, name, (*python, code, *more), (*python, "print('quick')"), r"\d+ tried", hours)


GOOD, BAD, DRAWN = (
    step("good", "print('3 tried'); print('bye')"),
    step("bad", "import sys; print('no | luck'); sys.exit(3)"),
    step("drawn", "import sys; print(sys.argv[1], 'tried')", SEED),
)


def run(folder: Path, *arguments: str, steps: tuple[Step, ...] = (BAD, GOOD, DRAWN)) -> tuple[int, dict[str, Any]]:
    """The exit code, and the report's results by step."""
    code = main(arguments, steps=steps, folder=folder)
    return code, {each["step"]: each for each in json.loads((folder / "report.json").read_text())}


def test_a_step_that_fails_stops_no_other(tmp_path: Path) -> None:
    """The others run all the same, and the exit code says that one failed."""
    code, results = run(tmp_path)
    assert code == 1
    assert {name: each["outcome"] for name, each in results.items()} == {
        "bad": "failed (3)",
        "good": "passed",
        "drawn": "passed",
    }


def test_a_night_without_a_failure(tmp_path: Path) -> None:
    """The exit code is 0, and each step's figures are in the report."""
    code, results = run(tmp_path, steps=(GOOD,))
    assert (code, results["good"]["figures"]) == (0, "3 tried")
    assert (tmp_path / "good.log").read_text() == "3 tried\nbye\n"


def test_a_step_that_does_not_end(tmp_path: Path) -> None:
    """It is stopped after its time, counts as failed, and the next one runs."""
    code, results = run(tmp_path, steps=(step("endless", "import time; time.sleep(60)", hours=0.5 / 3600), GOOD))
    assert (code, list(results)) == (1, ["endless", "good"])
    assert results["endless"]["outcome"].startswith("no end in ")


def test_what_was_drawn_can_be_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The seed is said and in the report, another one each night; with ``--seed`` it is drawn again."""
    _, first = run(tmp_path, "--only", "drawn")
    _, second = run(tmp_path, "--only", "drawn")
    seed = first["drawn"]["seed"]
    assert seed != second["drawn"]["seed"]
    assert f"seed {seed}" in capsys.readouterr().out
    _, again = run(tmp_path, "--only", "drawn", "--seed", str(seed))
    assert again["drawn"]["figures"] == first["drawn"]["figures"] == f"{seed} tried"


def test_step_by_step(tmp_path: Path) -> None:
    """A report keeps the last result of each step, in the steps' order; the exit code is that of this run alone."""
    run(tmp_path, "--only", "good")
    code, results = run(tmp_path, "--only", "bad")
    assert (code, list(results)) == (1, ["bad", "good"])
    code, results = run(tmp_path, "--only", "good", "--quick")
    assert (code, results["good"]["figures"], results["good"]["quick"]) == (0, "quick", True)
    assert results["bad"]["outcome"] == "failed (3)"


def test_the_report(tmp_path: Path) -> None:
    """A table for people, and under it how to repeat what failed."""
    run(tmp_path, "--seed", "7")
    text = (tmp_path / "report.md").read_text()
    assert re.search(
        r"^\| drawn \| \d{4}-\d\d-\d\d \d\d:\d\d \| \d+ s \| passed \| 7 tried \| 7 \| `\w+` \|$", text, re.MULTILINE
    )
    assert "| failed (3) | no \\| luck |" in text
    assert text.count("- bad: `python -c ") == 1
    assert "- good" not in text


def test_an_unknown_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is refused, with those that there are."""
    with pytest.raises(SystemExit, match="2"):
        run(tmp_path, "--only", "nothing")
    assert "good" in capsys.readouterr().err


def test_the_table_has_its_place() -> None:
    """The figures of the last night take the place of those before, and nothing else of the page changes."""
    result = report.Result("good", "2026-11-22 01:23", 7, "passed", "3 tried", None, "abc", quick=True, replay="x")
    page = PAGE.read_text()
    once = report.recorded(page, [result])
    assert "| good | 2026-11-22 01:23 | 7 s | passed | 3 tried (a quick share) |" in once
    assert report.recorded(once, []) == report.recorded(page, [])
    assert once.partition(report.BEGIN)[0] == page.partition(report.BEGIN)[0]
    with pytest.raises(ValueError, match="has no"):
        report.recorded("another page", [])


def test_the_workflow_runs_each_step() -> None:
    """Every step is a job, which has more time than the step."""
    (job,) = yaml_parse((ROOT / ".github/workflows/nightly.yml").read_text())["jobs"].values()
    assert job["strategy"]["matrix"]["step"] == [step.name for step in STEPS]
    assert job["strategy"]["fail-fast"] is False
    assert all(step.hours * 60 + 20 <= job["timeout-minutes"] < 360 for step in STEPS)
