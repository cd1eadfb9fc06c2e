"""What a check means, in one word and one sentence. Pure.

Only WeMaSy's side is asked so far, so ``healthy`` says no more than that WeMaSy believes in the integration:
"connected" does not mean that orders flow.

========================  =========================================================
WeMaSy                    verdict
========================  =========================================================
active and connected      ``healthy``
not active                ``inactive``
active, not connected     ``disconnected``
a flag it did not give    ``unknown``, never a "no"
refused the token         ``credentials_rejected``
did not answer            ``unreachable``
broke its contract        ``unknown``
has no token to be asked  ``unknown``
========================  =========================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from integration_logs.errors import ContractBroken, NeedsOperator, TryLater

if TYPE_CHECKING:
    from integration_logs.wemasy import IntegrationStatus

type Name = Literal["healthy", "inactive", "disconnected", "credentials_rejected", "unreachable", "unknown"]


@dataclass(frozen=True)
class Verdict:
    """One word of the table, and the sentence for people: what, who acts, on what."""

    name: Name
    sentence: str


NO_TOKEN = Verdict(
    "unknown", "WeMaSy is not asked: the account's secret has no wemasy_token. Add one to have its side checked."
)


def of_answer(status: IntegrationStatus) -> Verdict:
    """The verdict on WeMaSy's answer."""
    if status.is_active is False:
        return Verdict("inactive", "WeMaSy has the Sendcloud integration switched off: its owner switches it on.")
    if status.is_active and status.is_connected is False:
        return Verdict(
            "disconnected", "WeMaSy is not connected to Sendcloud: the shop's owner connects it again in WeMaSy."
        )
    if status.is_active and status.is_connected:
        return Verdict(
            "healthy", "WeMaSy has the integration active and connected; it cannot know whether orders flow."
        )
    return Verdict("unknown", "WeMaSy did not say whether the integration is active and connected.")


def of_error(error: TryLater | NeedsOperator | ContractBroken) -> Verdict:
    """The verdict where there was no answer to judge; the sentence is the error's own."""
    match error:
        case NeedsOperator():
            return Verdict("credentials_rejected", str(error))
        case TryLater():
            return Verdict("unreachable", str(error))
        case ContractBroken():
            return Verdict("unknown", str(error))
