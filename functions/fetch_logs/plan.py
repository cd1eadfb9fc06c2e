"""The orders: one message for each account, in the account's own message group.

A message is a JSON object::

    {"task": "walk", "account": "main", "mode": "tick"}                             every stream of the account
    {"task": "walk", "account": "main", "mode": "tick", "integration_id": 101}      one integration, on demand
    {"task": "walk", "account": "main", "mode": "sweep", "begin_with": 103}         every integration from 103 on
    {"task": "walk", "account": "main", "mode": "full", "hops": 2}                  the rest of a rest

Pure: nothing here sends anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from integration_logs import hops
from integration_logs.errors import ContractBroken

type Mode = Literal["tick", "sweep", "full"]
"""How far a walk goes: a tick from the newest record down to where the last one began, minus the overlap; a sweep over
all that Sendcloud keeps (30 days), for what came late; a full walk to the last page, whatever the order and the age."""

MODES: tuple[Mode, ...] = get_args(Mode.__value__)


@dataclass(frozen=True)
class WalkOrder:
    """The order to walk one account: every stream of it, or the one of ``integration_id``.

    ``begin_with`` names the integration at which time cut a walk over the integrations' streams: those before it are
    done, or a walk over many would never come to the last. ``hops`` counts how often time has cut this work.
    """

    account: str
    mode: Mode = "tick"
    integration_id: int | None = None
    begin_with: int | None = None
    hops: int = 0

    @property
    def routine(self) -> bool:
        """Whether it is a tick over all of the account; the other orders are tried whatever stands against it."""
        return self.mode == "tick" and self.integration_id is None

    def body(self) -> str:
        """The message's body."""
        document: dict[str, str | int] = {"task": "walk", "account": self.account, "mode": self.mode}
        if self.integration_id is not None:
            document["integration_id"] = self.integration_id
        if self.begin_with is not None:
            document["begin_with"] = self.begin_with
        if self.hops:
            document["hops"] = self.hops
        return json.dumps(document)


def orders(accounts: Iterable[str], *, mode: Mode = "tick", integration_id: int | None = None) -> list[WalkOrder]:
    """One order for each account."""
    return [WalkOrder(account, mode, integration_id) for account in accounts]


def mode_of(value: object) -> Mode:
    """The mode with that name; raises ``ContractBroken`` where there is none."""
    for mode in MODES:
        if value == mode:
            return mode
    raise ContractBroken(f"The mode must be one of {', '.join(MODES)}.")


def read(body: str, *, accounts: Iterable[str]) -> WalkOrder:
    """The order that a message's body holds; raises ``ContractBroken`` where it is none for these accounts."""
    try:
        document = json.loads(body)
        account, mode = document["account"], document["mode"]
        numbers = document.get("integration_id"), document.get("begin_with")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ContractBroken("The message is not a walk order.") from None
    known = document.get("task") == "walk" and account in tuple(accounts)
    if not known or not all(number is None or (type(number) is int and number > 0) for number in numbers):
        raise ContractBroken("The message does not order a walk of a configured account.")
    return WalkOrder(account, mode_of(mode), *numbers, hops.read(document))
