from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetch_logs.plan import MODES, Mode, WalkOrder, mode_of, orders, read
from integration_logs.errors import ContractBroken
from integration_logs.hops import MOST

ACCOUNTS = ("main", "nl")
GOOD = {"task": "walk", "account": "main", "mode": "tick"}


def test_one_order_an_account() -> None:
    """Every account is walked, in the settings' order."""
    assert orders(ACCOUNTS) == [WalkOrder("main"), WalkOrder("nl")]
    assert orders(ACCOUNTS, integration_id=7) == [
        WalkOrder("main", integration_id=7),
        WalkOrder("nl", integration_id=7),
    ]


@pytest.mark.parametrize(
    ("order", "body"),
    [
        (WalkOrder("main"), GOOD),
        (WalkOrder("main", integration_id=7), {**GOOD, "integration_id": 7}),
        (WalkOrder("nl", begin_with=9), {**GOOD, "account": "nl", "begin_with": 9}),
        (WalkOrder("main", "full", hops=2), {**GOOD, "mode": "full", "hops": 2}),
        (WalkOrder("main", "sweep"), {**GOOD, "mode": "sweep"}),
        (WalkOrder("main", "full", 7, 9), {**GOOD, "mode": "full", "integration_id": 7, "begin_with": 9}),
    ],
)
def test_a_message_and_back(order: WalkOrder, body: dict[str, Any]) -> None:
    """An order is read from its own message as it was."""
    assert json.loads(order.body()) == body
    assert read(order.body(), accounts=ACCOUNTS) == order


@pytest.mark.parametrize(
    "document",
    [
        {**GOOD, "task": "plan"},
        {**GOOD, "account": "other"},
        {**GOOD, "account": ["main"]},
        {**GOOD, "account": {"main": 1}},
        {**GOOD, "account": None},
        {**GOOD, "mode": "burst"},
        {**GOOD, "mode": ["tick"]},
        {**GOOD, "integration_id": "7"},
        {**GOOD, "integration_id": True},
        {**GOOD, "integration_id": 0},
        {**GOOD, "begin_with": 1.5},
        {**GOOD, "hops": "2"},
        {**GOOD, "hops": True},
        {**GOOD, "hops": -1},
        {**GOOD, "hops": MOST + 1},
        {"task": "walk", "account": "main"},
        [],
        "walk",
        None,
    ],
)
def test_no_order(document: Any) -> None:
    """A message that is no order for a configured account is a broken contract."""
    with pytest.raises(ContractBroken):
        read(json.dumps(document), accounts=ACCOUNTS)


@given(st.text())
def test_any_text(body: str) -> None:
    """No text whatever raises anything else."""
    with pytest.raises(ContractBroken):
        read(body, accounts=ACCOUNTS)


@pytest.mark.parametrize("mode", MODES)
def test_modes(mode: Mode) -> None:
    """Each mode is read as itself and reaches every account's order."""
    assert mode_of(mode) == mode
    assert orders(ACCOUNTS, mode=mode) == [WalkOrder("main", mode), WalkOrder("nl", mode)]


@pytest.mark.parametrize("value", ["burst", "Tick", "", None, 1, ["tick"], {"mode": "tick"}])
def test_no_mode(value: object) -> None:
    """Anything else is refused with all of the modes."""
    with pytest.raises(ContractBroken, match="tick, sweep, full"):
        mode_of(value)
