"""Draws as many orders of events as asked for: ``python -m tests.stateful --examples 5000``."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "functions"), str(ROOT / "layers" / "shared")]

from hypothesis import HealthCheck, settings  # noqa: E402  # only now is what it tests found
from hypothesis.stateful import run_state_machine_as_test  # noqa: E402

from tests.stateful.machine import AnyOrder  # noqa: E402


def main() -> None:
    """Raise at the first order of events after which the archive is not as promised, in its shortest form."""
    parser = argparse.ArgumentParser(prog="python -m tests.stateful", description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--examples", type=int, default=2000, help="orders of events (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=50, help="events in each, at most (default: %(default)s)")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    begun = time.monotonic()
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=asked.examples,
            stateful_step_count=asked.steps,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    sys.stdout.write(f"{asked.examples} orders of events, each as promised ({time.monotonic() - begun:.0f} s)\n")


if __name__ == "__main__":
    main()
