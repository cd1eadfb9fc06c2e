"""Tries every crash point and every schedule of two runs at once, or one of them again.

``python -m tests.crash --all`` tries everything, in as many processes as there are processors; ``--points`` and
``--schedules`` one of both; ``--replay SEED`` the one that a failure has named.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "functions"), str(ROOT / "layers" / "shared")]

from tests.crash import points, schedules  # noqa: E402  # only now are they found
from tests.crash.truth import Untrue  # noqa: E402


def main() -> int:
    """Try what was asked for; 1 where something is not as promised."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help="every crash point and every schedule")
    parser.add_argument("--points", action="store_true", help="every crash point")
    parser.add_argument("--schedules", action="store_true", help="every schedule of two runs at once")
    parser.add_argument("--rounds", type=int, default=40, help="random schedules of each pair (default: %(default)s)")
    parser.add_argument("--replay", metavar="SEED", help="one of them, by the seed that a failure has named")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if not (asked.all or asked.points or asked.schedules or asked.replay):
        parser.print_help()
        return 0
    try:
        if asked.replay:
            _replay(asked.replay)
        else:
            _try(asked.all or asked.points, asked.all or asked.schedules, asked.rounds)
    except Untrue as error:
        _say(str(error))
        return 1
    return 0


def _replay(seed: str) -> None:
    if seed.startswith("point:"):
        points.try_one(points.Point.of(seed))
    else:
        schedules.try_one(schedules.Schedule.of(seed))
    _say("As promised.")


def _try(with_points: bool, with_schedules: bool, rounds: int) -> None:
    with ProcessPoolExecutor(os.cpu_count(), initializer=logging.disable, initargs=(logging.CRITICAL,)) as pool:
        work = []
        for name in points.SETTINGS:
            if with_points:
                work.append((f"{name}: crash points", time.monotonic(), pool.submit(points.try_all, [name])))
            if with_schedules:
                pairs = pool.submit(schedules.try_all, (name,), rounds=rounds)
                work.append((f"{name}: schedules", time.monotonic(), pairs))
        total = 0
        for what, begun, outcome in work:
            try:
                total += (number := outcome.result())
            except Untrue:
                pool.shutdown(cancel_futures=True)
                raise
            _say(f"{what}: {number} ({time.monotonic() - begun:.0f} s)")
    _say(f"{total} tried, each as promised.")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
