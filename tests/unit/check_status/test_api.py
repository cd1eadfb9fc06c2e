from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from check_status import api
from check_status.check.observation import Observation
from check_status.check.state import State, save
from check_status.check.step import step
from check_status.problems.summaries import Look
from integration_logs.errors import NeedsOperator, TryLater
from sandbox.upstreams import running
from tests.fakes.api_event import Reply
from tests.fakes.api_event import ask as answered
from tests.fakes.memory_store import MemoryStore
from tests.unit.check_status.check.test_step import said, shop
from tests.unit.check_status.checks import NOON, RULES, put_together, vault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from check_status.composition_root import Checker


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture(autouse=True)
def checking(monkeypatch: pytest.MonkeyPatch, store: MemoryStore) -> Iterator[Checker]:
    """The function's parts, over a bucket in memory."""
    with running(integrations={"main": 1, "second": 1}, records={}) as sandbox:
        parts = put_together(store, vault(sandbox), sandbox, "main", "second")
        monkeypatch.setattr(api, "compose", lambda: parts)
        yield parts
        assert sandbox.requests()["total"] == 0, "reading the status asks nobody"


def ask(method: str = "GET", path: str = "/status") -> Reply:
    return answered(api.app, method, path)


def checked(store: MemoryStore, account: str) -> None:
    observed = Observation(account, NOON, [shop(101, NOON), shop(102, NOON, started_failing_at=NOON)], said(NOON))
    state, _ = step(State(account, watching_since=NOON), observed, Look(frozenset(), {}), RULES)
    assert save(store, state)


def test_before_the_first_check() -> None:
    """No check yet is an empty list."""
    reply = ask()
    assert (reply.status, reply.json) == (200, {"data": []})


def test_after_an_upgrade_and_before_the_first_check(store: MemoryStore) -> None:
    """What an earlier version kept is no check of this one."""
    store.set("state/status/main.json", b'{"account": "main", "checked_at": "2026-11-22T02:41:22.000000Z"}')
    assert ask().json == {"data": []}


def test_each_accounts_last_check(store: MemoryStore, checking: Checker) -> None:
    """The answer has each account's last check, with its integrations', as it was kept."""
    for account in ("main", "second"):
        checked(store, account)
    found = ask().json
    assert found == {"data": checking.status()}
    assert [each["account"] for each in found["data"]] == ["main", "second"]
    assert [
        (each["integration_id"], each["shop_name"], each["verdict"]) for each in found["data"][0]["integrations"]
    ] == [
        (101, "Shop 101", "healthy"),
        (102, "Shop 102", "failing"),
    ]


def test_one_broken_state_does_not_hide_the_other(store: MemoryStore) -> None:
    """What is stored for one account may be broken: its answer says so, and the other's is there."""
    checked(store, "second")
    store.set("state/status/main.json", b"{broken")
    main, second = ask().json["data"]
    assert (main["verdict"], main["checked_at"], main["integrations"]) == ("unknown", None, [])
    assert second["verdict"] == "healthy"
    assert set(main) == set(second)


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
