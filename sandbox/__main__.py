"""``make run``: the real stack on an embedded cloud, beside a sandbox of both upstreams.

Needs no account and no Docker. Everything listens on loopback only and ends with this program.
"""

from __future__ import annotations

import argparse
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
    parser.add_argument("--once", action="store_true", help="end after the first answer; exit code 0 if all is well")
    parser.add_argument("--cloud-port", type=int, default=4566, help="the embedded cloud's loopback port (%(default)s)")
    parser.add_argument("--upstream-port", type=int, default=8480, help="loopback port of the sandbox (%(default)s)")
    parser.add_argument(
        "--arrivals-per-minute", type=float, default=12, help="new exceptions while it runs (%(default)s)"
    )
    parser.add_argument("--folder", type=Path, default=ROOT / ".run", help="where builds, logs and copies go (.run)")
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
    steps = Steps(Console(highlight=False))
    try:
        tour.run(steps)
    except StepFailedError as error:
        steps.console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        steps.console.print("Ended; nothing is left running.")
        return 0
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
