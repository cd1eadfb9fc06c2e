"""What a check means, in one word and one sentence for people: what, since when, who acts, on what. Pure.

Two kinds of subject are judged. An **account**: can both APIs be reached (``ACCESS``)? And each of its
**integrations**: do orders flow? That joins what WeMaSy reports with what Sendcloud and the archive's exceptions show
(``TABLE``). WeMaSy's row says, in this order:

===================  ===================================================================================================
``inactive``         the integration is switched off
``disconnected``     it is switched on and not connected
``connected``        it is switched on and connected
``unclear``          a flag is missing or nobody can read it, which is never a "no"
``not asked``        the account has no token for WeMaSy, or WeMaSy's answer is about other integrations
``never answered``   WeMaSy has not answered yet; later on, what it said last stands while it does not answer
===================  ===================================================================================================

and Sendcloud's column:

===================  ===================================================================================================
``not listed``       Sendcloud does not list the integration
``failing``          it has ``started_failing_at``, or the archive has an open problem of it
``unclear``          ``started_failing_at`` or ``last_fetched_at`` is missing or nobody can read it
``silent``           no failure and no problem, yet orders were last fetched longer ago than ``SilentAfterMinutes``
``works``            none of these; ``last_fetched_at`` of null means that nothing was fetched yet, which is no failure
===================  ===================================================================================================

Where the table has ``None`` there is no new verdict: the last one stands. While Sendcloud itself does not answer, no
integration is judged: its account is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

from check_status.verdicts import sentences
from check_status.verdicts.facts import UNKNOWN, Integration, WemasyAnswer
from check_status.verdicts.names import Name, Open, SendcloudSide, WemasySide
from integration_logs.errors import ContractBroken, CredentialsRejected, NeedsOperator, TryLater

_COLUMNS: tuple[SendcloudSide, ...] = get_args(SendcloudSide.__value__)
_ROWS: Mapping[WemasySide, tuple[Name | None, ...]] = {
    #                  not listed      failing         unclear         silent          works
    "inactive":       ("inactive",     "inactive",     "inactive",     "inactive",     "inactive"),
    "disconnected":   ("disconnected", "disconnected", "disconnected", "disconnected", "disconnected"),
    "connected":      ("unknown",      "failing",      "unknown",      "silent",       "healthy"),
    "unclear":        ("unknown",      "failing",      "unknown",      "silent",       "unknown"),
    "not asked":      ("unknown",      "failing",      "unknown",      "silent",       "healthy"),
    "never answered": (None,           "failing",      None,           "silent",       None),
}  # fmt: skip
TABLE: Mapping[tuple[WemasySide, SendcloudSide], Name | None] = {
    (row, column): name for row, names in _ROWS.items() for column, name in zip(_COLUMNS, names, strict=True)
}
"""The verdict on an integration."""

ACCESS: tuple[Name, ...] = ("credentials_rejected", "unreachable", "unknown", "healthy")
"""The verdict on an account: the first of these that either API gave cause for."""


@dataclass(frozen=True)
class Verdict:
    """One word of the table, and the sentence for people."""

    name: Name
    sentence: str
    cause: str = field(default="", compare=False)
    """Why, for the Dutch text: a name in ``wording.CAUSES``."""


type Wemasy = WemasyAnswer | Literal["not asked", "never answered"]
"""What WeMaSy said last; or that the account has no token for it; or that it has not answered yet."""


def of_error(error: TryLater | NeedsOperator | ContractBroken) -> Verdict:
    """The verdict on an API that gave no answer to judge; the sentence is the error's own.

    Keys that an API refused are one verdict; a missing or damaged secret is another.
    """
    match error:
        case CredentialsRejected():
            return Verdict("credentials_rejected", str(error), error.kind)
        case TryLater():
            return Verdict("unreachable", str(error), error.kind)
        case NeedsOperator() | ContractBroken():
            return Verdict("unknown", str(error), error.kind)


def of_account(failures: Sequence[Verdict], wemasy: Wemasy, *, listed: int) -> Verdict:
    """The verdict on the access to both APIs; ``listed`` is how many integrations Sendcloud lists."""
    if not failures:
        return Verdict("healthy", sentences.access(asked=wemasy != "not asked", listed=listed))
    worst_first = sorted(failures, key=lambda failure: ACCESS.index(failure.name))
    said = dict.fromkeys(failure.sentence for failure in worst_first)  # one secret may be missing for both
    if worst_first[0].name == "unreachable":
        said[sentences.PASSES] = None
    return Verdict(worst_first[0].name, " ".join(said), worst_first[0].cause)


def of_integration(
    integration: Integration, wemasy: Wemasy, problems: Open, *, at: datetime, silent_after: timedelta
) -> Verdict | None:
    """The verdict on an integration, ``None`` where the last one stands.

    ``wemasy`` is "not asked" also where WeMaSy's answer is about other integrations.
    """
    row, column = wemasy_side(wemasy), sendcloud_side(integration, problems, at=at, silent_after=silent_after)
    name = TABLE[row, column]
    if name is None:
        return None
    sentence = sentences.of(name, row, column, integration, problems)
    if isinstance(wemasy, WemasyAnswer) and wemasy.answered_at < at:
        sentence += f" WeMaSy is not responding; it last answered on {sentences.when(wemasy.answered_at)}."
    return Verdict(name, sentence, column)


def wemasy_side(wemasy: Wemasy) -> WemasySide:
    """WeMaSy's row of the table."""
    if not isinstance(wemasy, WemasyAnswer):
        return wemasy
    if wemasy.is_active is False:
        return "inactive"
    if wemasy.is_active is None or wemasy.is_connected is None:
        return "unclear"
    return "connected" if wemasy.is_connected else "disconnected"


def sendcloud_side(integration: Integration, problems: Open, *, at: datetime, silent_after: timedelta) -> SendcloudSide:
    """Sendcloud's column of the table."""
    if integration.listed_at < at:
        return "not listed"
    if isinstance(integration.started_failing_at, datetime) or problems.problems:
        return "failing"
    fetched = integration.last_fetched_at
    if integration.started_failing_at is UNKNOWN or fetched is UNKNOWN:
        return "unclear"
    return "silent" if fetched is not None and at - fetched > silent_after else "works"
