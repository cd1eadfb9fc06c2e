from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from fetch_logs.fetching import RESERVE, Fetching
from fetch_logs.plan import WalkOrder, read
from integration_logs.errors import NeedsOperator, TryLater
from integration_logs.secrets import Credentials
from integration_logs.settings import Settings
from sandbox.upstreams import Sandbox, running
from tests.fakes.memory_store import MemoryStore
from tests.unit.walking import landed_ids


@dataclass
class Queue:
    """Keeps what is sent to it."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    def send_message(self, **message: Any) -> None:
        self.messages.append(message)


@dataclass
class Vault:
    """The accounts' credentials, or the error that asking for them meets."""

    answer: Credentials | Exception

    def credentials(self, _: str) -> Credentials:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running(records={"main": 60}) as sandbox:
        yield sandbox


@pytest.fixture
def parts(sandbox: Sandbox) -> Iterator[Fetching]:
    keys = sandbox.accounts["main"]
    parts = Fetching(
        settings=Settings(("main", "second"), "bucket", "integration-logs"),
        secrets=Vault(Credentials(keys["sendcloud_public_key"], keys["sendcloud_secret_key"])),  # type: ignore[arg-type]
        store=MemoryStore(),  # type: ignore[arg-type]
        queue=Queue(),  # type: ignore[arg-type]
        queue_url="http://queue.invalid/work.fifo",
        base_url=f"{sandbox.url}/api/v3",
        overlap=timedelta(hours=1),
        page_size=20,
        stream_mode="auto",
    )
    yield parts
    for _, client, _ in parts._clients.values():
        closing(client._session).__exit__(None, None, None)


def truth(sandbox: Sandbox) -> list[int]:
    return sorted(id_ for days in sandbox.truth()["main"].values() for ids in days.values() for id_ in ids)


def test_a_whole_walk(parts: Fetching, sandbox: Sandbox) -> None:
    """With time enough an account is walked to its end, and nothing is queued."""
    outcome = parts.walk(WalkOrder("main"), lambda: 900.0)
    assert outcome.walked.complete
    assert landed_ids(parts.store) == truth(sandbox)
    assert parts.queue.messages == []


def test_the_rest_goes_back_to_the_queue(parts: Fetching, sandbox: Sandbox) -> None:
    """What time cut short is queued in the account's group, each time as a message of its own, until it is done."""
    order = WalkOrder("main")
    turns = 0
    while True:
        turns += 1
        parts.walk(order, lambda: RESERVE + 4.0)
        if len(parts.queue.messages) < turns:
            break
        message = parts.queue.messages[-1]
        assert message["MessageGroupId"] == "main"
        assert message["QueueUrl"] == parts.queue_url
        order = read(message["MessageBody"], accounts=parts.settings.accounts)
    assert turns > 2
    assert landed_ids(parts.store) == truth(sandbox)
    assert len({message["MessageDeduplicationId"] for message in parts.queue.messages}) == turns - 1


@pytest.mark.parametrize("error", [NeedsOperator("The secret is not there."), TryLater("Not now.")])
def test_no_credentials(parts: Fetching, error: Exception) -> None:
    """An account whose credentials cannot be had is a failure in the answer; nothing is asked, nothing queued."""
    parts.secrets = Vault(error)  # type: ignore[assignment]
    outcome = parts.walk(WalkOrder("main"), lambda: 900.0)
    assert outcome.failures == {"credentials": error}
    assert parts.queue.messages == []


def test_a_damaged_key(parts: Fetching) -> None:
    """A key that no header can carry is found before it is sent."""
    parts.secrets = Vault(Credentials("public", "two\nlines"))  # type: ignore[assignment]
    outcome = parts.walk(WalkOrder("main"), lambda: 900.0)
    assert isinstance(outcome.failures["credentials"], NeedsOperator)


def test_new_credentials_make_a_new_client(parts: Fetching) -> None:
    """The connection is kept as long as the keys stay the same, and no longer."""
    order = WalkOrder("main")
    parts.walk(order, lambda: 900.0)
    kept = parts._clients["main"][1]
    parts.walk(order, lambda: 900.0)
    assert parts._clients["main"][1] is kept
    kept._session.close()
    parts.secrets = Vault(Credentials("other", "keys"))  # type: ignore[assignment]
    assert isinstance(parts.walk(order, lambda: 900.0).failures["account"], NeedsOperator)
    assert parts._clients["main"][1] is not kept


def test_a_plan(parts: Fetching) -> None:
    """Every order is a message in its account's group."""
    parts.send([WalkOrder("main"), WalkOrder("second", integration_id=7)])
    assert [message["MessageGroupId"] for message in parts.queue.messages] == ["main", "second"]
    assert json.loads(parts.queue.messages[1]["MessageBody"])["integration_id"] == 7
