from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fetch_logs import api
from fetch_logs.plan import MODES, Mode, WalkOrder
from integration_logs.runtime.settings import Settings

EVENT = json.loads((Path(__file__).parents[3] / "events/fetch_logs/api_fetch.json").read_text())


@dataclass
class Sent:
    """The function's parts as far as the API needs them; keeps the orders that it is given."""

    settings: Settings = field(default_factory=lambda: Settings(("main", "nl"), "bucket", "integration-logs"))
    orders: list[WalkOrder] = field(default_factory=list)

    def send(self, orders: list[WalkOrder]) -> None:
        self.orders += orders


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    sent = Sent()
    monkeypatch.setattr(api, "compose", lambda: sent)
    return sent


def post(id_: str, query: dict[str, str] | None = None) -> tuple[int, Any]:
    """POST /integrations/{id}/fetch, as API Gateway hands it on."""
    path = f"/integrations/{id_}/fetch"
    event = {
        **EVENT,
        "path": path,
        "pathParameters": {"integration_id": id_},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": query and {name: [value] for name, value in query.items()},
    }
    answer = api.app.resolve(event, SimpleNamespace())  # type: ignore[arg-type]
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.parametrize("mode", MODES)
def test_a_walk_is_queued(sent: Sent, mode: Mode) -> None:
    """One order for each account goes out, in the mode that was asked for, and the answer says so."""
    status, body = post("7", {"mode": mode})
    assert status == 202
    assert body == {"data": {"integration_id": 7, "mode": mode, "queued": ["main", "nl"]}}
    assert sent.orders == [WalkOrder("main", mode, 7), WalkOrder("nl", mode, 7)]


def test_a_tick_unless_told_otherwise(sent: Sent) -> None:
    """Without a mode, the walk is a tick."""
    assert post("7")[0] == 202
    assert {order.mode for order in sent.orders} == {"tick"}


@pytest.mark.parametrize("mode", ["burst", "Sweep", ""])
def test_no_mode(sent: Sent, mode: str) -> None:
    """Another mode is a 400 that names the parameter, and queues nothing."""
    status, body = post("7", {"mode": mode})
    assert status == 400
    assert [error["source"] for error in body["errors"]] == [{"parameter": "mode"}]
    assert sent.orders == []


@pytest.mark.parametrize("id_", ["0", "-1", "x", str(2**63)])
def test_no_integration(sent: Sent, id_: str) -> None:
    """What cannot be an integration's id is a 400 that names the parameter, and queues nothing."""
    status, body = post(id_)
    assert status == 400
    assert body["errors"][0]["source"] == {"parameter": "integration_id"}
    assert sent.orders == []
