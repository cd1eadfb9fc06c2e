"""Runs at the scale of a large company, on a ground as slow as AWS: ``make scale``, or ``python -m bench.scale``.

Each line of the table is a run: its invocations, the longest of them beside its timeout, S3 calls, dollars.
With ``--beside COMMIT`` (or a folder that has one checked out) the archiver's runs are made with that one's functions
too. With ``--cuts N`` each run is made once more, N of its invocations being cut off at moments drawn by ``--seed S``:
it must lose nothing, and repeat no more than one batch for each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.scale import archiving, first_look, sweeping

ROOT = Path(__file__).parents[2]

_MODULES = (archiving, sweeping, first_look)

RUNS = {run: module.__name__ for module in _MODULES for run in module.RUNS}
"""The module that makes each run, as a process of its own."""

LONG = {run for module in _MODULES for run in module.LONG}
"""Runs that are made when they are named, or with ``--all``."""


def main() -> int:
    """Make the runs and print them; the exit code says whether each of this build's ended, in time and right."""
    options = _options()
    wanted = options.run or [name for name in RUNS if options.all or name not in LONG]
    console = Console(width=None if sys.stdout.isatty() else 160)
    found: list[tuple[str, dict[str, Any]]] = []
    with ExitStack() as opened:
        builds = {"this build": ROOT}
        if options.beside:
            builds[options.beside] = _checked_out(options.beside, opened)
        for name in wanted:
            for build, folder in builds.items() if RUNS[name] == archiving.__name__ else [("this build", ROOT)]:
                cuts = [[str(options.cuts), str(options.seed)]] if options.cuts and build == "this build" else []
                for drawn in ([], *cuts):
                    console.print(f"{name}: {build} {' '.join(drawn)}…", style="dim", highlight=False)
                    found.append((build, _run(name, folder, drawn)))
    console.print(_table(found))
    for _, run in found:
        if run["note"]:
            console.print(f"{run['run']}: {run['note']}", highlight=False)
    ours = [run for build, run in found if build == "this build"]
    well = sum(run["ended"] and not run["wrong"] and _longest(run) <= run["most"] for run in ours)
    console.print(f"{len(ours)} runs, each as promised" if well == len(ours) else f"{well} of {len(ours)} as promised")
    return 0 if well == len(ours) else 1


def _run(name: str, folder: Path, drawn: list[str]) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": f"{folder / 'functions'}:{folder / 'layers' / 'shared'}"}
    command = [sys.executable, "-m", RUNS[name], name, *drawn]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return made


def _checked_out(commit: str, opened: ExitStack) -> Path:
    """The folder, or a work tree of the commit for as long as it is needed."""
    if Path(commit).is_dir():
        return Path(commit)
    folder = Path(opened.enter_context(TemporaryDirectory(prefix="beside-"))) / "tree"
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(folder), commit], check=True)  # noqa: S603
    opened.callback(subprocess.run, [*git, "remove", "--force", str(folder)], check=True)
    return folder


def _longest(run: dict[str, Any]) -> float:
    return float(max(each["seconds"] for each in run["invocations"]) / run["timeout"])


def _table(found: list[tuple[str, dict[str, Any]]]) -> Table:
    table = Table("run", "build", "ended", "invocations", "longest", "of timeout", "seconds", "left behind each")
    for column in ("S3 calls", "upstream", "repeats"):
        table.add_column(column, justify="right")
    table.add_column("dollars", justify="right")
    for build, run in found:
        invocations = run["invocations"]
        left = [str(each["left"]) for each in invocations]
        table.add_row(
            run["run"],
            build,
            run["wrong"] or ("yes" if run["ended"] else "no: the queue gave it up"),
            str(len(invocations)),
            f"{max(each['seconds'] for each in invocations):.0f} s",
            f"{_longest(run):.0%}",
            f"{run['seconds']:.1f}",
            " ".join(left if len(left) < 10 else [*left[:5], "…", *left[-2:]]),
            f"{run['s3']:,}",
            f"{run['calls'].get('request', 0):,}",
            " ".join(f"{count} {name}" for name, count in run["repeats"].items()) or "-",
            f"{run['dollars']:.4f}",
        )
    return table


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--run", action="append", choices=RUNS, help="only this run; may be given several times")
    parser.add_argument("--all", action="store_true", help="also the runs that take minutes")
    parser.add_argument("--cuts", type=int, default=0, metavar="N", help="cut off so many invocations of each run")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of where they are cut")
    parser.add_argument("--beside", metavar="COMMIT", help="make the same runs with that commit's functions")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
