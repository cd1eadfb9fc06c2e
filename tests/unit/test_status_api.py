from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from check_status import api
from check_status.check import document, keep
from check_status.verdict import NO_TOKEN
from integration_logs.errors import NeedsOperator, TryLater
from sandbox.upstreams import running
from tests.fakes.api_event import LambdaContext, Reply, api_event
from tests.fakes.memory_store import MemoryStore
from tests.unit.checks import put_together, vault

if TYPE_CHECKING:
    from collections.abc import Iterator

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture(autouse=True)
def _checking(monkeypatch: pytest.MonkeyPatch, store: MemoryStore) -> Iterator[None]:
    """The function's parts, over a bucket in memory."""
    with running(integrations={"main": 1, "second": 1}, records={}) as sandbox:
        parts = put_together(store, vault(sandbox), sandbox, "main", "second")
        monkeypatch.setattr(api, "checking", lambda: parts)
        yield
        assert sandbox.requests()["total"] == 0, "reading the status asks nobody"


def ask(method: str = "GET", path: str = "/status") -> Reply:
    context: Any = LambdaContext()
    return Reply.of(api.app.resolve(api_event(method, path), context))


def test_before_the_first_check() -> None:
    """No check yet is an empty list."""
    reply = ask()
    assert (reply.status, reply.json) == (200, {"data": []})


def test_each_accounts_last_check(store: MemoryStore) -> None:
    """The answer has the last check of each account that was checked, as it was kept."""
    found = [document(account, NOON, NO_TOKEN) for account in ("main", "second")]
    for checked in found:
        keep(store, checked, NOON)
    assert ask().json == {"data": found}


def test_one_broken_status_does_not_hide_the_other(store: MemoryStore) -> None:
    """What is stored for one account may be broken; the other's check is answered."""
    keep(store, document("second", NOON, NO_TOKEN), NOON)
    store.set("state/status/main.json", b"{broken")
    assert [checked["account"] for checked in ask().json["data"]] == ["second"]


@pytest.mark.parametrize(
    ("error", "status"), [(TryLater("S3."), 503), (NeedsOperator("Policy."), 500), (RuntimeError("bug"), 500)]
)
def test_the_store_fails(store: MemoryStore, error: Exception, status: int) -> None:
    """Where the status cannot be read the answer says so, without a word from inside."""
    store.fail(error=error)
    reply = ask()
    assert reply.status == status
    assert set(reply.refusal()) == {"status", "code", "title", "detail"}
    assert str(error) not in json.dumps(reply.refusal()["detail"])


def test_other_routes() -> None:
    """The status is read, at its own path, and nothing else."""
    assert ask("POST").refusal()["status"] == "405"
    assert ask("GET", "/status/main").refusal()["status"] == "404"
