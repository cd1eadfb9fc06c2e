"""Everything in any order, as often as a test run can wait for; ``python -m tests.stateful`` goes on for longer."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import AnyOrder


def test_nothing_is_lost_or_doubled_in_any_order_of_events() -> None:
    """Records, orders, repeats, expiry, walks of each mode, deaths and archiver runs, drawn the same way each time."""
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
