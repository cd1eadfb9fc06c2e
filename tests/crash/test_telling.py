"""Exactly one message for each transition, under crash, retry and two checks at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.crash.telling import STORY, TELLING_CHECKS, points, run_pairs, truth, try_one


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What the runs log of their failures is not wanted."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(before)


def test_the_story_has_everything_in_it() -> None:
    """Without a fault each transition is told once: problems that come, go and come back, and statuses."""
    told = truth()
    assert told["bus"]["a"] == ["Problem Opened ", "Problem Resolved ", "Problem Regressed ", "Problem Resolved "]
    assert told["topic"]["101"] == [
        "Shop 101: new problem, and 1 more",
        "Shop 101: problem resolved, and 1 more",
        "Shop 101: not connected to Sendcloud",
        "Shop 101: works again",
        "Shop 101: problem is back",
        "Shop 101: problem resolved",
    ]
    assert max(TELLING_CHECKS) < len(STORY)


def test_crash_points() -> None:
    """Wherever a check dies or a call fails, each transition is told, in order; twice only where an answer was lost."""
    sample = [point for number, point in enumerate(points()) if number % 47 == 0 or point.check == TELLING_CHECKS[0]]
    assert len(sample) > 80
    for point in sample:
        try_one(point)


@pytest.mark.parametrize("number", TELLING_CHECKS[::3])
def test_two_checks_at_once(number: int) -> None:
    """However two checks take turns at their calls, each transition is told exactly once, in order."""
    assert run_pairs(number, rounds=5) > 20
