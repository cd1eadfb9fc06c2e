"""Every crash point; ``python -m tests.crash --all`` tries those that are only sampled here."""

from __future__ import annotations

import sys

import pytest

from tests.crash import points

WHOLE = ("account/newest-first/early",)
"""Tried at every point; of the others a sample, for time's sake."""


@pytest.mark.parametrize("name", points.SETTINGS)
def test_no_fault_at_any_call_loses_or_doubles_a_record(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Run with one fault at one call, then normally: the archive is the truth, each time."""
    tried = points.try_all([name], every=1 if name in WHOLE else 101 if "slices" in name else 41)
    with capsys.disabled():
        sys.stdout.write(f" {tried} crash points ")
    assert tried > 15


def test_a_seed_names_its_point() -> None:
    """What a failure prints replays just that."""
    for name in WHOLE:
        for point in points.points(name):
            assert points.Point.of(point.seed) == point
