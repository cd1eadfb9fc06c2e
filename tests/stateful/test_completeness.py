"""What manifests claim, under everything that can happen."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.completeness import Completeness


def test_no_manifest_claims_more_than_is_archived() -> None:
    """Late records, cut sweeps, deaths, lost races and months: what a manifest says was swept is in the archive."""
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
