"""What fetch_logs writes of its walks is what check_status reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from check_status.check.last_walks import last_walks
from fetch_logs.account import standing
from fetch_logs.stream import checkpoint
from fetch_logs.stream.checkpoint import Checkpoint
from tests.fakes.memory_store import MemoryStore

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def test_the_last_walk_of_an_accounts_one_stream() -> None:
    """Every integration of an account that is walked as one stream was walked when the account was."""
    store = MemoryStore()
    checkpoint.save(store, "main", "account", Checkpoint(completed_at=NOON))
    checkpoint.save(store, "main", "integration-101", Checkpoint(completed_at=LATER))
    found = last_walks(store, [("main", 101), ("main", 102), ("second", 201)])
    at = "2026-11-22T12:00:00.000000Z"
    assert found == {("main", 101): at, ("main", 102): at, ("second", 201): None}


def test_the_last_walk_of_each_integrations_stream() -> None:
    """WalkResult one integration at a time, each has its own last walk; a sweep's checkpoint is none of a tick's."""
    store = MemoryStore()
    before = standing.load(store, "main")
    standing.save(store, "main", before, replace(before, streams="integration"))
    checkpoint.save(store, "main", "account", Checkpoint(completed_at=NOON))
    checkpoint.save(store, "main", "integration-101", Checkpoint(completed_at=LATER))
    checkpoint.save(store, "main", "integration-102.sweep", Checkpoint(completed_at=LATER))
    found = last_walks(store, [("main", 101), ("main", 102)])
    assert found == {("main", 101): "2026-11-22T13:00:00.000000Z", ("main", 102): None}
