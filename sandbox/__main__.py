"""Deploys the stack to an embedded cloud, beside a sandbox of Sendcloud and WeMaSy, and shows how each shop is doing.

You need no account and no Docker. Everything listens on loopback only, and stops when you press Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rich.console import Console

from sandbox.cloud import ROOT
from sandbox.steps import StepFailedError, Steps
from sandbox.tour import Tour

if TYPE_CHECKING:
    from types import FrameType


def main() -> int:
    """Run the tour; the exit code."""
    parser = argparse.ArgumentParser(prog="make run", usage='make run ARGS="--once"', description=__doc__)
    parser.add_argument(
        "--once", action="store_true", help="stop after the first results; the exit code is 0 if everything worked"
    )
    parser.add_argument(
        "--cloud-port", type=int, default=4566, help="loopback port of the embedded cloud (%(default)s)"
    )
    parser.add_argument("--upstream-port", type=int, default=8480, help="loopback port of the sandbox (%(default)s)")
    parser.add_argument(
        "--arrivals-per-minute", type=float, default=12, help="how many new exceptions appear (%(default)s)"
    )
    parser.add_argument("--folder", type=Path, default=ROOT / ".run", help="folder for builds, logs and copies (.run)")
    options = parser.parse_args()
    tour = Tour(
        folder=options.folder,
        cloud_port=options.cloud_port,
        upstream_port=options.upstream_port,
        arrivals_per_minute=options.arrivals_per_minute,
        once=options.once,
    )
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 100
    steps = Steps(console)
    try:
        tour.run(steps)
    except StepFailedError as error:
        steps.console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        steps.console.print("Stopped; nothing is left running.")
        return 0
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
