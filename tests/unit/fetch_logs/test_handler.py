from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from fetch_logs import handler as handlers
from fetch_logs.account.outcome import AccountResult
from fetch_logs.account.standing import Behind, Pause, Standing
from fetch_logs.composition_root import RunResult
from fetch_logs.plan import WalkOrder
from fetch_logs.stream.result import WalkResult
from integration_logs.errors import ContractBroken, NeedsOperator
from integration_logs.runtime.settings import Settings
from tests.fakes.api_event import LambdaContext
from tests.unit.fetch_logs.walking import NOON, Time
from tests.unit.house.test_house import ROOT

SAMPLE: dict[str, Any] = json.loads((ROOT / "events/fetch_logs/work_queue.json").read_text())


@dataclass
class Parts:
    """The function's parts as far as the handler needs them; keeps the orders that it is given."""

    settings: Settings = field(default_factory=lambda: Settings(("main", "nl"), "bucket", "integration-logs"))
    walked: list[WalkOrder] = field(default_factory=list)
    sent: list[WalkOrder] = field(default_factory=list)
    clock: Time = field(default_factory=Time)
    given_back: list[str] = field(default_factory=list)
    stale_ticks: int = 12
    stand: list[Standing] | None = field(default_factory=lambda: [Standing(), Standing()])

    def standings(self) -> list[Standing] | None:
        return self.stand

    def give_back(self, records: list[dict[str, Any]]) -> None:
        self.given_back += [record["receiptHandle"] for record in records]

    def walk(self, order: WalkOrder, _: object) -> RunResult:
        self.walked.append(order)
        if order.account == "nl":
            raise NeedsOperator("S3 refused to read the checkpoint.")
        return RunResult(AccountResult(WalkResult(pages=1, records=2, complete=True)))

    def send(self, orders: list[WalkOrder]) -> None:
        self.sent += orders


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    parts = Parts()
    monkeypatch.setattr(handlers, "compose", lambda: parts)
    counting = SimpleNamespace(metric_set={}, add_metric=lambda *_: None)
    monkeypatch.setattr(handlers, "metrics", counting)
    return parts


def invoke(event: dict[str, Any]) -> dict[str, Any]:
    return handlers.handler(event, LambdaContext())  # type: ignore[arg-type]


def message(body: str) -> dict[str, Any]:
    return {"Records": [SAMPLE["Records"][0] | {"receiptHandle": "r1", "body": body}]}


def test_a_message_is_walked(parts: Parts) -> None:
    """The order in a message of the work queue is carried out, and the queue is told that nothing of it is left."""
    assert invoke(message(WalkOrder("main", "sweep").body())) == {"batchItemFailures": []}
    assert parts.walked == [WalkOrder("main", "sweep")]
    assert parts.given_back == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [("no order", ContractBroken), ('{"task": "walk"}', ContractBroken), (WalkOrder("nl").body(), NeedsOperator)],
)
def test_a_message_that_fails(parts: Parts, body: str, kind: type[Exception]) -> None:
    """What fails as a whole fails the invocation, so that the queue brings the message again, and in the end sets it
    aside."""
    with pytest.raises(kind):
        invoke(message(body))
    assert len(parts.walked) == (kind is NeedsOperator)
    assert parts.given_back == ["r1"]


def test_a_bug_gives_its_message_back(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has no name fails the invocation as it is, and its account waits no longer than it must."""

    def broken(*_: object) -> RunResult:
        raise ZeroDivisionError

    monkeypatch.setattr(parts, "walk", broken)
    with pytest.raises(ZeroDivisionError):
        invoke(message(WalkOrder("main", "tick").body()))
    assert parts.given_back == ["r1"]


def test_a_failure_costs_no_other_message() -> None:
    """An invocation gets one message at a time: that one fails with it, and no other."""
    template = yaml_parse((ROOT / "template.yaml").read_text())
    assert template["Resources"]["FetchLogs"]["Properties"]["Events"]["Walk"]["Properties"]["BatchSize"] == 1


def test_the_other_ways_in(parts: Parts) -> None:
    """A plan queues a walk of every account; an order by hand is carried out at once and answers how it went."""
    assert invoke({"task": "plan", "mode": "full"}) == {"planned": ["main", "nl"]}
    assert parts.sent == [WalkOrder("main", "full"), WalkOrder("nl", "full")]
    answer = invoke(json.loads(WalkOrder("main").body()))
    assert (answer["account"], answer["records"], answer["complete"]) == ("main", 2, True)


def known(**gauges: int) -> dict[str, int]:
    return {"NeedsOperator": 0, "StreamsBehind": 0, "ArchiveAtRisk": 0, **gauges}


REFUSED = {"a": Behind(NOON, 1, "x", "CredentialsRejected")}
BEHIND = {"account": Behind(NOON - timedelta(days=25), 20, "x", "TryLater")}


@pytest.mark.parametrize(
    ("stand", "gauges", "beats"),
    [
        ([Standing(), Standing()], known(), [True]),
        ([Standing(), Standing(paused=Pause("5d41", NOON, "x"))], known(NeedsOperator=1), [False]),
        ([Standing(behind=BEHIND), Standing()], known(StreamsBehind=1, ArchiveAtRisk=1), [False]),
        (
            [Standing(behind={"a": Behind(NOON, 1, "x", "CredentialsRejected")}), Standing()],
            known(NeedsOperator=1),
            [False],
        ),
        ([Standing(behind={"a": Behind(NOON, 1, "x", "TryLater")}), Standing()], known(), [True]),
        (None, {}, []),
    ],
)
def test_a_plan_says_how_all_accounts_stand(
    parts: Parts, stand: Any, gauges: dict[str, int], beats: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zeros included, to CloudWatch and to the heartbeat; neither hears a guess where S3 does not say it."""
    said: dict[str, float] = {}
    heard: list[bool] = []
    metrics = SimpleNamespace(metric_set={}, add_metric=lambda name, _, value: said.update({name: value}))
    monkeypatch.setattr(handlers, "metrics", metrics)
    monkeypatch.setattr(handlers, "beat", lambda *, good: heard.append(good))
    parts.stand = stand
    invoke({"task": "plan"})
    assert (said, heard) == (gauges, beats)
    assert len(parts.sent) == 2


@pytest.mark.parametrize(("mode", "planned"), [("tick", ["nl"]), ("sweep", ["main", "nl"])])
def test_no_tick_is_planned_while_a_walk_goes_on(parts: Parts, mode: str, planned: list[str]) -> None:
    """What time cut short is in the queue, and a tick would only be one more rest there; a sweep is another walk."""
    parts.stand = [Standing(under_way=NOON - timedelta(minutes=5)), Standing(under_way=NOON - timedelta(hours=2))]
    assert invoke({"task": "plan", "mode": mode}) == {"planned": planned}
    assert [order.account for order in parts.sent] == planned


def test_a_plan_that_fails(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the invocation's error, and the heartbeat says so, also where the settings are what is wrong."""
    heard: list[bool] = []
    monkeypatch.setattr(handlers, "beat", lambda *, good: heard.append(good))
    monkeypatch.setattr(parts, "send", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        invoke({"task": "plan"})
    with pytest.raises(ContractBroken):
        invoke({"task": "plan", "mode": "nonsense"})
    assert heard == [False, False]
