"""Tries every crash point and every schedule of two runs at once, or one of them again.

``python -m tests.crash --all`` tries everything, in as many processes as there are processors; ``--points``,
``--schedules``, ``--archiving`` and ``--telling`` a part of it; ``--replay SEED`` the one that a failure has named.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "functions"), str(ROOT / "layers" / "shared")]

from tests.crash import archiving, points, schedules, telling  # noqa: E402  # only now are they found
from tests.crash.watched import Untrue  # noqa: E402


def main() -> int:
    """Try what was asked for; 1 where something is not as promised."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help="every crash point and every schedule")
    parser.add_argument("--points", action="store_true", help="every crash point")
    parser.add_argument("--schedules", action="store_true", help="every schedule of two runs at once")
    parser.add_argument("--archiving", action="store_true", help="every crash point and schedule of archive_logs")
    parser.add_argument(
        "--telling", action="store_true", help="every crash point and schedule of check_status' messages"
    )
    parser.add_argument("--rounds", type=int, default=40, help="random schedules of each pair (default: %(default)s)")
    parser.add_argument("--replay", metavar="SEED", help="one of them, by the seed that a failure has named")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if not (asked.all or asked.points or asked.schedules or asked.archiving or asked.telling or asked.replay):
        parser.print_help()
        return 0
    try:
        if asked.replay:
            _replay(asked.replay)
        else:
            _try(asked)
    except Untrue as error:
        _say(str(error))
        return 1
    return 0


def _replay(seed: str) -> None:
    if seed.startswith("telling:"):
        telling.try_one(telling.Point.of(seed))
    elif seed.startswith("point:"):
        point = points.Point.of(seed)
        points.try_one(point, archiving.run_point if point.setting in archiving.SETTINGS else points.run)
    else:
        schedule = schedules.Schedule.of(seed)
        schedules.try_one(schedule, archiving.run_pair if schedule.setting in archiving.SETTINGS else schedules.run)
    _say("As promised.")


type Work = tuple[str, Callable[[], int]]
"""What it is called, and what says how many it tried."""


def _fetching(asked: argparse.Namespace) -> Iterator[Work]:
    for name in points.SETTINGS:
        if asked.all or asked.points:
            yield f"{name}: crash points", partial(points.try_all, [name])
        if asked.all or asked.schedules:
            yield f"{name}: schedules", partial(schedules.try_all, (name,), rounds=asked.rounds)


def _archiving(rounds: int) -> Iterator[Work]:
    for name, every in archiving.EVERY.items():
        yield f"archive, {name}: crash points", partial(archiving.try_points, name, every=every)
        for kind in archiving.kinds(name):
            run_pair = partial(archiving.try_pair, kind, rounds=rounds, every=every, crossings=every == 1)
            yield f"archive, {name}: {kind[0]}, {kind[1]}", run_pair


def _telling(rounds: int) -> Iterator[Work]:
    yield "messages: crash points", telling.try_all
    for number in telling.TELLING_CHECKS:
        yield f"messages: two at check {number}", partial(telling.run_pairs, number, rounds=rounds)


def _try(asked: argparse.Namespace) -> None:
    chosen = [*_fetching(asked)]
    chosen += _archiving(asked.rounds) if asked.all or asked.archiving else ()
    chosen += _telling(asked.rounds) if asked.all or asked.telling else ()
    with ProcessPoolExecutor(os.cpu_count(), initializer=logging.disable, initargs=(logging.CRITICAL,)) as pool:
        work = [(what, time.monotonic(), pool.submit(act)) for what, act in chosen]
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
