"""What work there is: one message for each account, in the account's own message group.

A message is a JSON object::

    {"task": "walk", "account": "main", "mode": "tick"}                             every stream of the account
    {"task": "walk", "account": "main", "mode": "tick", "integration_id": 101}      one integration, on demand

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
    """The order to walk one account: every stream of it, or the one of ``integration_id``."""

    account: str
    mode: Mode = "tick"
    integration_id: int | None = None

    def body(self) -> str:
        """The message's body."""
        document: dict[str, str | int] = {"task": "walk", "account": self.account, "mode": self.mode}
        if self.integration_id is not None:
            document["integration_id"] = self.integration_id
        return json.dumps(document)


def orders(accounts: Iterable[str], *, integration_id: int | None = None) -> list[WalkOrder]:
    """One order for each account."""
    return [WalkOrder(account, integration_id=integration_id) for account in accounts]


def read(body: str, *, accounts: Iterable[str]) -> WalkOrder:
    """The order that a message's body holds; raises ``ContractBroken`` where it is none for these accounts."""
    try:
        document = json.loads(body)
        account, mode, integration_id = document["account"], document["mode"], document.get("integration_id")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ContractBroken("The message is no walk order.") from None
    known = document.get("task") == "walk" and account in set(accounts) and mode == "tick"
    if not known or not (integration_id is None or type(integration_id) is int):
        raise ContractBroken("The message orders no walk of a configured account.")
    return WalkOrder(account, mode, integration_id)
