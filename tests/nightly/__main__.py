"""Runs what a test run has no time for: everything that ``make test`` takes a sample of, and what is drawn afresh.

Each step is a process of its own, and the night goes on past one that fails. The report is in ``.run/nightly/``, as
``report.md`` and ``report.json``, with each step's output beside it; it keeps the last result of each step, so a night
can be run step by step. Exit code 1 where a step of this run failed.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shlex
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.nightly.report import Result, as_json, markdown, merged, recorded
from tests.nightly.steps import SEED, STEPS, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "CONTRIBUTING.md"
FOLDER = ROOT / ".run" / "nightly"


def main(arguments: Sequence[str] | None = None, *, steps: Sequence[Step] = STEPS, folder: Path = FOLDER) -> int:
    """Run the steps that are asked for, in their order; the exit code."""
    options = _options([step.name for step in steps], arguments)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "report.json"
    names = [step.name for step in steps]
    before = [Result(**each) for each in json.loads(file.read_text())] if file.exists() else []
    results: list[Result] = []
    chosen = [step for step in steps if not options.only or step.name in options.only]
    for step in () if options.record else chosen:
        result = _run(step, options.seed, folder, quick=options.quick)
        _say(f"{result.outcome:12} {step.name} · {result.seconds} s · {result.figures}")
        if not result.passed:
            _say(f"  see {folder / step.name}.log; to repeat it: {result.replay}")
        results.append(result)
        every = merged(before, results, names)  # after each step: a night that is cut short has a report too
        file.write_text(json.dumps(as_json(every), indent=1))
        (folder / "report.md").write_text(markdown(every))
    if options.record:
        PAGE.write_text(recorded(PAGE.read_text(), merged(before, [], names)))
    return 0 if all(result.passed for result in results) else 1


def _run(step: Step, seed: int, folder: Path, *, quick: bool) -> Result:
    asked = step.quick if quick else step.command
    command = [part.replace(SEED, str(seed)) for part in asked]
    begun, clock = datetime.now(UTC), time.monotonic()
    log = folder / f"{step.name}.log"
    _say(f"{begun:%H:%M} UTC   {step.name}: {step.does}{f', seed {seed}' if SEED in asked else ''}")
    with log.open("w") as output:
        try:
            ended = subprocess.run(
                command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, timeout=step.hours * 3600, check=False
            )
            outcome = f"failed ({ended.returncode})" if ended.returncode else "passed"
        except subprocess.TimeoutExpired:
            outcome = f"no end in {step.hours:g} h"
    return Result(
        step=step.name,
        begun=f"{begun:%Y-%m-%d %H:%M}",
        seconds=round(time.monotonic() - clock),
        outcome=outcome,
        figures=_figures(log.read_text(errors="replace"), step.figures),
        seed=seed if SEED in asked else None,
        commit=_commit(),
        quick=quick,
        replay=shlex.join(["python", *command[1:]] if command[0] == sys.executable else command),
    )


def _figures(output: str, pattern: str) -> str:
    """The last line that says how much was done, or the last one there is."""
    lines = [line.strip(" =") for line in output.splitlines() if line.strip()]
    return next((line for line in reversed(lines) if re.search(pattern, line)), lines[-1] if lines else "")[:200]


def _commit() -> str:
    asked = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip() or "none"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _options(names: list[str], arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.nightly", description=__doc__)
    parser.add_argument(
        "--only", action="append", default=[], choices=names, metavar="STEP", help=f"of {', '.join(names)}; repeatable"
    )
    parser.add_argument("--quick", action="store_true", help="a small share of each step, to see that it runs")
    parser.add_argument(
        "--seed",
        type=int,
        default=random.SystemRandom().randrange(2**31),
        help="what is drawn is drawn from it, to repeat a night (default: another one each time)",
    )
    parser.add_argument(
        "--record", action="store_true", help="run nothing: write the last results into CONTRIBUTING.md"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
