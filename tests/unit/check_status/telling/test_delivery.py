"""What is sent, in which order, and what stays when it cannot be."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from samtranslator.yaml_helper import yaml_parse

from check_status.happenings import Happening
from check_status.telling.outbox import CLAIM, Outbox, added, claimed
from docs.event_schemas import examples
from integration_logs.errors import NeedsOperator
from tests.fakes.channels import FakeBus, FakeTopic, telling
from tests.unit.check_status.summarised import MINUTE, NOON
from tests.unit.house.test_house import ROOT

OPENED = examples()["Problem Opened"]


def happening(subject: str, **others: Any) -> Happening:
    known: dict[str, Any] = {**vars(OPENED), "subject": subject}
    return Happening(**(known | others))


class Desk:
    """An account's outbox in a state, and both channels."""

    def __init__(self, *happenings: Happening) -> None:
        self.outbox: Outbox = claimed(added((), happenings, noticed=lambda _: True), "run", NOON)
        self.bus, self.topic = FakeBus(), FakeTopic()
        self.changes = 0
        self.now = NOON
        self.left = 60.0

    def change(self, function: Any) -> Outbox:
        self.changes += 1
        self.outbox = function(self.outbox)
        return self.outbox

    def clock(self) -> datetime:
        return self.now

    def deliver(self) -> None:
        telling(self.bus, self.topic).deliver(
            self.outbox, self.change, run="run", clock=self.clock, time_left=lambda: self.left
        )

    def again(self) -> None:
        """The next check claims what is left and goes on."""
        self.now += 5 * MINUTE
        self.outbox = claimed(self.outbox, "run", self.now)
        self.deliver()

    @property
    def events(self) -> list[str]:
        return [event["Detail"]["id"] for event in self.bus.events]

    @property
    def waiting(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(entry.happening.subject, entry.pending) for entry in self.outbox]


def test_each_channel_has_each_once_in_order() -> None:
    """Everything claimed is put on the bus and then sent as notices, in order, and is gone from the outbox."""
    each = [happening("a"), happening("b", integration_id=102), happening("c")]
    desk = Desk(*each)
    desk.deliver()
    assert desk.events == [one.id for one in each]
    assert [notice["MessageAttributes"]["integration_id"]["StringValue"] for notice in desk.topic.notices] == [
        "101",
        "102",
    ]
    assert (desk.outbox, desk.changes) == ((), 1)
    event = desk.bus.events[0]
    assert (event["EventBusName"], event["Source"], event["DetailType"]) == ("the-bus", "integration-logs", OPENED.kind)
    assert event["Time"] == OPENED.at


def test_many_go_in_batches() -> None:
    """EventBridge takes ten at once."""
    desk = Desk(*(happening(str(number)) for number in range(25)))
    desk.deliver()
    assert desk.bus.calls == [10, 10, 5]
    assert len(desk.topic.notices) == 1


def test_nothing_to_tell_costs_nothing() -> None:
    """Where nothing has happened no call is made."""
    desk = Desk()
    desk.deliver()
    assert (desk.bus.calls, desk.topic.notices, desk.changes) == ([], [], 0)


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure", "InternalException"])
def test_one_entry_refused_for_now(code: str, caplog: pytest.LogCaptureFixture) -> None:
    """Of a batch only what was refused stays, for the bus alone; the next check sends it and nothing twice."""
    desk = Desk(happening("a"), happening("b"), happening("c"))
    desk.bus.refuse = lambda detail: code if detail["id"] == happening("b").id else None
    desk.deliver()
    assert desk.waiting == [("b", ("bus",))]
    assert f"EventBridge did not accept a message ({code})" in caplog.text
    desk.bus.refuse = lambda _: None
    desk.again()
    assert desk.events == [happening(name).id for name in ("a", "c", "b")]
    assert (len(desk.topic.notices), desk.outbox) == (1, ())


def test_what_happened_next_waits_for_what_was_refused() -> None:
    """A problem's resolution is not on the bus before its opening, whatever is refused."""
    first, then = happening("a"), happening("a", kind="Problem Resolved", ordinal=2)
    desk = Desk(first, then)
    desk.bus.refuse = lambda detail: "ThrottlingException" if detail["id"] == first.id else None
    desk.deliver()
    assert desk.events == []
    desk.bus.refuse = lambda _: None
    desk.again()
    assert desk.events == [first.id, then.id]


def test_one_channels_failure_does_not_repeat_the_other() -> None:
    """While SNS does not take a notice, the bus is told once."""
    desk = Desk(happening("a"))
    desk.topic.refuse = "InternalError"
    desk.deliver()
    desk.again()
    assert desk.waiting == [("a", ("topic",))]
    desk.topic.refuse = None
    desk.again()
    assert (len(desk.bus.events), len(desk.topic.notices), desk.outbox) == (1, 1, ())


def test_the_order_of_notices_is_kept() -> None:
    """Where a notice fails, later ones wait behind it."""
    desk = Desk(happening("a"), happening("b", integration_id=102))
    first = [True]

    def fail_once() -> None:
        if first and first.pop():
            raise ConnectTimeoutError(endpoint_url="https://sns")

    desk.topic.before = fail_once
    desk.deliver()
    assert desk.topic.notices == []
    desk.again()
    ids = [notice["MessageAttributes"]["integration_id"]["StringValue"] for notice in desk.topic.notices]
    assert ids == ["101", "102"]


@pytest.mark.parametrize("code", ["AccessDeniedException", "AuthorizationError", "NotFound", "InvalidParameter", ""])
def test_a_refusal_that_stays_is_said(code: str) -> None:
    """Where a permission or the topic is missing, the run says what to do; the bus is told, and nothing is lost."""
    desk = Desk(happening("a"))
    desk.topic.refuse = code or "Surprise"
    with pytest.raises(NeedsOperator, match=r"SNS refuses messages .*topic exists"):
        desk.deliver()
    assert (desk.waiting, len(desk.bus.events)) == ([("a", ("topic",))], 1)
    assert desk.outbox[0].claim is None


def test_the_worse_failure_is_raised() -> None:
    """Where the bus is refused for good and SNS only for now, the operator is told."""
    desk = Desk(happening("a"))
    desk.bus.refuse = lambda _: "AccessDeniedException"
    desk.topic.refuse = "InternalError"
    with pytest.raises(NeedsOperator, match="EventBridge"):
        desk.deliver()


def test_a_channel_that_does_not_answer(caplog: pytest.LogCaptureFixture) -> None:
    """A time-out leaves everything for the next check, and fails no run."""
    desk = Desk(happening("a"))

    def hang() -> None:
        raise ConnectTimeoutError(endpoint_url="https://events")

    desk.bus.before = desk.topic.before = hang
    desk.deliver()
    assert desk.waiting == [("a", ("bus", "topic"))]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_what_comes_meanwhile_is_told_too() -> None:
    """What another run adds while this one sends, and must not send itself, this one sends before it ends."""
    desk = Desk(happening("a"))
    late = [happening("b")]

    def add() -> None:
        desk.outbox = added(desk.outbox, [late.pop()] if late else [], noticed=lambda _: True)

    desk.topic.before = add
    desk.deliver()
    assert desk.events == [happening("a").id, happening("b").id]
    assert desk.outbox == ()


def test_no_time_left() -> None:
    """A run that is about to end starts no call; what it has claimed it gives back."""
    desk = Desk(happening("a"))
    desk.left = 12.0
    desk.deliver()
    assert (desk.bus.calls, desk.topic.notices) == ([], [])
    assert desk.outbox[0].claim is None


def test_a_claim_outlives_every_run() -> None:
    """No claim expires while its run can still send: the function is ended before."""
    template = yaml_parse((ROOT / "template.yaml").read_text())
    assert template["Resources"]["CheckStatus"]["Properties"]["Timeout"] < CLAIM.total_seconds()
