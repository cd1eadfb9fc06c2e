"""Every crash point; ``python -m tests.crash --all`` tries those that are only sampled here."""

from __future__ import annotations

import sys

import pytest

from tests.crash import points

MOST = "account/newest-first/early"
"""Tried at every fifth point, which leaves out no call but one that sends: at others six or eight things can happen. Of
the other settings there is a smaller sample; each step is a prime, so that every kind of fault has its turn."""


@pytest.mark.parametrize("name", points.SETTINGS)
def test_no_fault_at_any_call_loses_or_doubles_a_record(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Run with one fault at one call, then normally: the archive is the truth, each time."""
    tried = points.try_all([name], every=5 if name == MOST else 101 if "slices" in name else 41)
    with capsys.disabled():
        sys.stdout.write(f" {tried} crash points ")
    assert tried > 15


def test_a_seed_names_its_point() -> None:
    """What a failure prints replays just that."""
    for point in points.points(MOST):
        assert points.Point.of(point.seed) == point
