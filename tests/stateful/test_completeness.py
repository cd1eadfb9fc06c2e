"""What manifests claim, under everything that can happen."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.completeness import Completeness


def test_no_manifest_claims_more_than_is_archived() -> None:
    """Late records, cut sweeps, deaths, lost races and months: what a manifest says was swept is in the archive.

    And what was swept to its end becomes complete.
    """
    Completeness.completed = 0
    run_state_machine_as_test(
        Completeness,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Completeness.completed > 0, "no manifest had to become complete"


def test_with_a_sweep_a_day_each_day_becomes_complete() -> None:
    """The quiet course of things, by itself: late records, and after thirty days each day's manifest is complete."""
    machine = Completeness()
    Completeness.completed = 0
    try:
        machine.begin(named=True, order="newest first", records=9)
        machine.days_go_by_as_planned(days=36, hours=30, mode="sweep")
        machine.what_manifests_claim_is_true()
    finally:
        machine.teardown()
    assert Completeness.completed == 1 + 2 + 3 + 4 + 5  # the days that were over, at each of the last five days
