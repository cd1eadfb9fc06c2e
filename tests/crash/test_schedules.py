"""Two runs at once, interleaved at their calls; ``python -m tests.crash --all`` tries more of them."""

from __future__ import annotations

import sys

import pytest

from tests.crash import schedules

SAMPLED = {"account/newest-first/early": 6, "integrations/no-order/late": 31}
"""In which settings, and each how many-th schedule."""


@pytest.mark.parametrize("pair", schedules.PAIRS)
def test_no_interleaving_loses_or_doubles_a_record(pair: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Switched once at every call, twice at some, and at random; then normally: the archive is the truth."""
    tried = sum(schedules.try_all((name,), pairs=(pair,), rounds=8, every=every) for name, every in SAMPLED.items())
    with capsys.disabled():
        sys.stdout.write(f" {tried} schedules ")
    assert tried > 15


def test_a_seed_names_its_schedule() -> None:
    """What a failure prints replays just that."""
    for schedule in schedules.schedules("tick-sweep", "late", "account/newest-first/early", rounds=3):
        assert schedules.Schedule.of(schedule.name) == schedule
