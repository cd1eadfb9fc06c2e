"""What a night consists of. Data alone: another step is another ``Step`` in ``STEPS``."""

from __future__ import annotations

import sys
from dataclasses import dataclass

SEED = "{seed}"
"""Stands in a command where the seed of the night goes: another one draws other examples."""

_PYTHON = (sys.executable, "-m")
_PYTEST = (*_PYTHON, "pytest", "-q", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Step:
    """A command and what it is good for.

    ``quick`` takes the place of ``command`` where the runner is only tried. ``figures`` is a regular expression: the
    last line of the output in which it is found says how much was done. ``hours`` is the longest it may take.
    """

    name: str
    does: str
    command: tuple[str, ...]
    quick: tuple[str, ...]
    figures: str
    hours: float = 5.5


STEPS = (
    Step(
        "mutants",
        "each guard, broken",
        (*_PYTHON, "tests.mutants"),
        (*_PYTHON, "tests.mutants", "--only", "a-tick-has-no-overlap"),
        r"\d+ of \d+ mutants caught",
    ),
    Step(
        "crash",
        "every crash point, and pairs of runs at once",
        (*_PYTHON, "tests.crash", "--all"),
        (*_PYTEST, "tests/crash/test_points.py", "-k", "account/oldest-first/early"),
        r"\d+ tried, each as promised|\d+ passed",
    ),
    Step(
        "stateful",
        "orders of events, drawn afresh",
        (*_PYTHON, "tests.stateful", "--examples", "2000", "--manifests", "300", "--seed", SEED),
        (*_PYTHON, "tests.stateful", "--examples", "5", "--manifests", "2", "--steps", "10", "--seed", SEED),
        r"orders of events, each as promised",
    ),
    Step(
        "soak",
        "long orders of events, drawn afresh",
        (*_PYTHON, "tests.stateful", "--examples", "200", "--manifests", "20", "--steps", "300", "--seed", SEED),
        (*_PYTHON, "tests.stateful", "--examples", "2", "--manifests", "1", "--steps", "30", "--seed", SEED),
        r"orders of events, each as promised",
    ),
    Step(
        "abuse",
        "every hostile value for every parameter of the deployed API",
        (*_PYTEST, "tests/e2e/api/test_abuse.py", "--thorough"),
        (*_PYTEST, "tests/e2e/api/test_abuse.py"),
        r"\d+ passed",
    ),
    Step(
        "fuzz",
        "made-up requests to the deployed API",
        (*_PYTHON, "tests.fuzz", "--examples", "200", "--seed", SEED),
        (*_PYTHON, "tests.fuzz", "--examples", "5", "--seed", SEED),
        r"\d+ generated",
    ),
    Step(
        "readers",
        "each reader of consumers/, on the deployed archive",
        (*_PYTEST, "tests/e2e/test_consumers.py", "tests/e2e/test_readers.py"),
        (*_PYTEST, "tests/unit/house/test_consumers.py"),
        r"\d+ passed",
    ),
    Step(
        "scale",
        "the largest runs on a ground as slow as AWS, and each cut off",
        (*_PYTHON, "bench.scale", "--cuts", "3", "--seed", SEED),
        (*_PYTHON, "bench.scale", "--run", "sweep of 10,000 records"),
        r"\d+ runs, each as promised",
    ),
)
