"""A loop of function, queue and function ends, and says so."""

from __future__ import annotations

import pytest

from archive_logs.composition_root import RESERVE as ARCHIVING_KEEPS
from fetch_logs.composition_root import RESERVE as FETCHING_KEEPS
from integration_logs.bucket.sweeps import RETENTION
from integration_logs.errors import ContractBroken
from integration_logs.hops import MOST, read
from tests.unit.house.template_tables import of_type

FUNCTIONS = of_type("AWS::Serverless::Function")


def test_the_ceiling_is_an_error_that_says_so() -> None:
    """The last lawful round is one, the next is not."""
    assert read({"hops": MOST}) == MOST
    with pytest.raises(ContractBroken, match=f"handed on its rest {MOST} times and does not end"):
        read({"hops": MOST + 1})


def test_the_ceiling_is_far_above_what_lawful_work_needs() -> None:
    """A walk can go on for as long as Sendcloud keeps what it looks for, and an archive run for nearly as long."""
    walk = FUNCTIONS["FetchLogs"]["Timeout"] - FETCHING_KEEPS
    assert walk * MOST > RETENTION.total_seconds()
    assert (FUNCTIONS["ArchiveLogs"]["Timeout"] - ARCHIVING_KEEPS) * MOST > RETENTION.total_seconds() / 2
    slowest = 1_000_000 / 100 * 60 / walk  # a sweep at one request a minute
    assert slowest * 4 < MOST


def test_lambda_lets_those_go_on_that_hand_on_work() -> None:
    """By default it would break off what sends messages to the queue that starts it."""
    assert {name: each.get("RecursiveLoop", "Terminate") for name, each in FUNCTIONS.items()} == {
        "FetchLogs": "Allow",
        "ArchiveLogs": "Allow",
        "CheckStatus": "Terminate",
    }
