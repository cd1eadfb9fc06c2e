"""Everything measured side by side with what a user would take instead: ``make bench``, or ``python -m bench``.

Each measurement becomes a line of .run/bench/results.jsonl as soon as it is there, so that a run that breaks off loses
nothing; bench/RESULTS.md is written from these lines, of each work the last run that measured it. With --quick the
works are small, each is done once, and what was found is shown, not written into the page.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rich.console import Console

from bench.peers.contestants import PEERS_PYTHON
from bench.tools.results import keep_what_is_by_hand, page
from bench.tools.timed import CommandFailedError
from bench.tools.work import Given, Work
from bench.works.asking import WORK as ASKING
from bench.works.backfill import BACKFILL, MILLION, TWENTY
from bench.works.incremental import IDLE_TICK, INCREMENTAL
from bench.works.judging import WORK as JUDGING
from bench.works.merging import WORK as MERGING
from bench.works.processing import WORK as PROCESSING
from bench.works.starting import WORK as STARTING
from bench.works.year_cost import WORK as COSTING
from sandbox.cloud import ROOT
from sandbox.steps import StepFailedError, Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.tools.work import Measurement

WORKS: tuple[Work, ...] = (
    BACKFILL,
    TWENTY,
    INCREMENTAL,
    IDLE_TICK,
    PROCESSING,
    MERGING,
    STARTING,
    JUDGING,
    ASKING,
    COSTING,
    MILLION,
)
LINES = ROOT / ".run" / "bench" / "results.jsonl"
REPORT = Path(__file__).parent / "RESULTS.md"
_PACKAGES = (
    "from importlib.metadata import version; "
    "print(', '.join(f'{name} {version(name)}' for name in ('dlt', 'singer-sdk', 'pyarrow')))"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is wanted, and write the page; the exit code."""
    options = _options(arguments)
    lines = options.lines
    wanted = [work for work in WORKS if work.letter in options.work or (not options.work and not work.asked_for)]
    whole = True
    if not options.report:
        lines.parent.mkdir(parents=True, exist_ok=True)
        steps = Steps(Console(highlight=False, width=None if sys.stdout.isatty() else 160))
        whole = _measure(wanted, options, steps)
    read = [json.loads(line) for line in lines.read_text().splitlines()] if lines.exists() else []
    if options.quick or lines != LINES:
        sys.stdout.write(f"\n{page(wanted, read, quick=options.quick)}")
    else:
        REPORT.write_text(keep_what_is_by_hand(page(WORKS, read), REPORT.read_text() if REPORT.exists() else ""))
        sys.stdout.write(f"{REPORT.relative_to(ROOT)} has what was found.\n")
    return 0 if whole else 1


def _measure(wanted: Sequence[Work], options: argparse.Namespace, steps: Steps) -> bool:
    """Carry out the works, one after the other; whether each came to its end."""
    run = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    _append(options.lines, {"run": run, **_circumstances(options)})
    failed = False
    for work in wanted:
        try:
            _carry_out(work, run, options, steps)
        except (StepFailedError, CommandFailedError) as error:  # the others need not wait for it
            steps.console.print(str(error), style="red", markup=False, soft_wrap=True)
            failed = True
    return not failed


def _carry_out(work: Work, run: str, options: argparse.Namespace, steps: Steps) -> None:
    rounds, number = 1 if work.asked_for else options.rounds, 0
    with (
        steps.step(f"{work.letter}. {work.title}") as tell,
        TemporaryDirectory(prefix=f"bench-{work.letter}-") as name,
    ):
        given = Given(
            Path(name),
            lambda note: tell(f"round {number} of {rounds}, {note}" if number else note),
            options.quick,
            frozenset(options.contestants),
            rounds,
        )
        with work.open(given) as one_round:
            for number in range(1, 1 + rounds):
                for each in one_round():
                    _append(options.lines, {"run": run, "work": work.letter, "round": number, **_line(each)})
        tell("")


def _line(measurement: Measurement) -> dict[str, Any]:
    return {
        "case": measurement.case,
        "contestant": measurement.contestant,
        "values": dict(measurement.values),
        "wrong": measurement.wrong,
    }


def _append(path: Path, line: dict[str, Any]) -> None:
    with path.open("a") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _circumstances(options: argparse.Namespace) -> dict[str, Any]:
    peers = subprocess.run([PEERS_PYTHON, "-c", _PACKAGES], capture_output=True, text=True, check=False)  # noqa: S603
    ours = ", ".join(f"{name} {version(name)}" for name in ("boto3", "requests", "duckdb"))
    return {
        "command": _command(options),
        "machine": f"{os.cpu_count()} processors ({platform.machine()}), "
        f"load average at the beginning {os.getloadavg()[0]:.1f}",
        "versions": f"Python {platform.python_version()}, {ours}, {peers.stdout.strip() or 'no peers'}",
        "quick": options.quick,
    }


def _command(options: argparse.Namespace) -> str:
    """What to give again for the same."""
    words = ["python -m bench", *["--quick"] * options.quick, f"--rounds {options.rounds}"]
    words += [f"--{name} {','.join(given)}" for name in ("work", "contestants") if (given := getattr(options, name))]
    return " ".join(words)


def _letters(known: str) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        letters = text.split(",")
        if unknown := set(letters) - set(known):
            raise argparse.ArgumentTypeError(f"there is no work {', '.join(sorted(unknown))}: choose of {known}")
        return letters

    return read


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    listed = "\n".join(f"{work.letter}  {work.title}{' (only if asked for)' * work.asked_for}" for work in WORKS)
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=f"{__doc__}\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--work", type=_letters("".join(work.letter for work in WORKS)), default=[], help="which, as in a,c (all)"
    )
    parser.add_argument("--rounds", type=int, help="how often each is done (5; with --quick 1)")
    parser.add_argument(
        "--contestants", type=lambda text: text.split(","), default=[], help="only these, as in ours,plain_gz (all)"
    )
    parser.add_argument("--quick", action="store_true", help="small, and under two minutes")
    parser.add_argument("--report", action="store_true", help="measure nothing, write the page from the lines")
    parser.add_argument(
        "--lines", type=Path, default=LINES, help="another place for the lines; shows the page and writes none"
    )
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (1 if options.quick else 5)
    return options


if __name__ == "__main__":
    sys.exit(main())
