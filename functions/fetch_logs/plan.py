"""What work there is: one message for each account, in the account's own message group.

A message is a JSON object::

    {"task": "walk", "account": "main", "mode": "tick"}                             every stream of the account
    {"task": "walk", "account": "main", "mode": "tick", "integration_id": 101}      one integration, on demand
    {"task": "walk", "account": "main", "mode": "tick", "begin_with": 103}          every integration from 103 on

Pure: nothing here sends anything.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integration_logs.errors import ContractBroken

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

    type Mode = Literal["tick"]


@dataclass(frozen=True)
class WalkOrder:
    """The order to walk one account: every stream of it, or the one of ``integration_id``.

    ``begin_with`` names the integration at which time cut a walk over the integrations' streams: those before it are
    done, or a walk over many would never come to the last.
    """

    account: str
    mode: Mode = "tick"
    integration_id: int | None = None
    begin_with: int | None = None

    def body(self) -> str:
        """The message's body."""
        document: dict[str, str | int] = {"task": "walk", "account": self.account, "mode": self.mode}
        if self.integration_id is not None:
            document["integration_id"] = self.integration_id
        if self.begin_with is not None:
            document["begin_with"] = self.begin_with
        return json.dumps(document)


def orders(accounts: Iterable[str], *, integration_id: int | None = None) -> list[WalkOrder]:
    """One order for each account."""
    return [WalkOrder(account, integration_id=integration_id) for account in accounts]


def read(body: str, *, accounts: Iterable[str]) -> WalkOrder:
    """The order that a message's body holds; raises ``ContractBroken`` where it is none for these accounts."""
    try:
        document = json.loads(body)
        account, mode = document["account"], document["mode"]
        numbers = document.get("integration_id"), document.get("begin_with")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ContractBroken("The message is no walk order.") from None
    known = document.get("task") == "walk" and account in tuple(accounts) and mode == "tick"
    if not known or not all(number is None or (type(number) is int and number > 0) for number in numbers):
        raise ContractBroken("The message orders no walk of a configured account.")
    return WalkOrder(account, mode, *numbers)
