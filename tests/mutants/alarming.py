"""Mutants of alarms that tell the truth, and of the heartbeat."""

from __future__ import annotations

from tests.mutants.mutant import FETCH, Mutant

TRUTH, BEAT, HANDLER = (
    "tests/unit/house/test_alarms_tell_the_truth.py",
    "tests/unit/fetch_logs/test_heartbeat.py",
    "tests/unit/fetch_logs/test_handler.py",
)
ALARMING = tuple(
    Mutant(name, f"{FETCH}/{file}", (edit,), (test,))
    for name, file, edit, test in (
        (
            "a-tick-adds-to-the-backfill-under-way",
            "handler.py",
            ('if known is not None and mode == "tick":', "if False:"),
            f"{TRUTH}::test_a_first_backfill_rings_nothing",
        ),
        (
            "a-lost-rest-stops-the-ticks",
            "account/standing.py",
            (" and now - self.under_way < UNDER_WAY", ""),
            f"{TRUTH}::test_a_lost_rest_stops_nothing",
        ),
        (
            "a-pause-needs-nobody",
            "account/standing.py",
            ("return self.paused is not None or any(", "return any("),
            f"{HANDLER}::test_a_plan_says_how_all_accounts_stand",
        ),
        (
            "an-alarm-hears-of-no-end",
            "handler.py",
            ("in gauges.items():", "in filter(lambda each: each[1], gauges.items()):"),
            f"{HANDLER}::test_a_plan_says_how_all_accounts_stand",
        ),
        (
            "a-failed-tick-beats-as-a-good-one",
            "handler.py",
            ("beat(good=False)", "beat(good=True)"),
            f"{HANDLER}::test_a_plan_that_fails",
        ),
        (
            "a-heartbeat-follows-redirects",
            "heartbeat.py",
            ("allow_redirects=False", "allow_redirects=True"),
            f"{BEAT}::test_a_failure_is_a_warning",
        ),
        (
            "a-heartbeat-tells-its-url",
            "heartbeat.py",
            ("type(error).__name__)", "error)"),
            f"{BEAT}::test_an_address_that_nobody_has",
        ),
        (
            "a-heartbeat-waits-for-ever",
            "heartbeat.py",
            ("str(time.monotonic() + SECONDS)", "str(time.monotonic() + 900)"),
            f"{BEAT}::test_an_answer_that_drips",
        ),
    )
)
