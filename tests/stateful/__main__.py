"""Draws as many orders of events as asked for: ``python -m tests.stateful --examples 5000``.

They are drawn afresh each time; ``--seed`` repeats what another run has drawn.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "functions"), str(ROOT / "layers" / "shared")]

from hypothesis import HealthCheck, seed, settings  # noqa: E402  # only now is what it tests found
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test  # noqa: E402

from tests.stateful.completeness import Completeness  # noqa: E402
from tests.stateful.machine import AnyOrder  # noqa: E402


def main() -> None:
    """Raise at the first order of events after which the archive is not as promised, in its shortest form."""
    parser = argparse.ArgumentParser(prog="python -m tests.stateful", description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--examples", type=int, default=2000, help="orders of events (default: %(default)s)")
    parser.add_argument("--manifests", type=int, default=0, help="orders for manifests too (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=50, help="events in each, at most (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31), help="draw these again")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    sys.stdout.write(f"seed {asked.seed}\n")
    begun = time.monotonic()
    for machine, examples in ((AnyOrder, asked.examples), (Completeness, asked.manifests)):
        if examples:
            _draw(seed(asked.seed)(machine), examples, asked.steps)
    many = f"{asked.examples}{f' and {asked.manifests}' if asked.manifests else ''}"
    sys.stdout.write(f"{many} orders of events, each as promised ({time.monotonic() - begun:.0f} s)\n")


def _draw(machine: type[RuleBasedStateMachine], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


if __name__ == "__main__":
    main()
