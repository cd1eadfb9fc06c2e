"""Verdicts in plain English: which shop, what is wrong, since when, who acts, on what. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from check_status import wording

if TYPE_CHECKING:
    from check_status.verdicts.facts import Integration
    from check_status.verdicts.names import Name, Open, SendcloudSide, WemasySide

_HEALTHY = {
    "connected": "it is active and connected in WeMaSy",
    "not asked": "WeMaSy is not checked for it",
}
_NOT_SAID = {
    "not listed": "Sendcloud no longer lists this integration; if that is not intended, its owner should add it again "
    "in Sendcloud",
    "unclear": "Sendcloud does not say whether it is failing or when it last fetched orders; the administrator "
    "of Integration Logs should check it in Sendcloud's panel",
}
NOT_THERE = (
    "Sendcloud lists no integration with the id that wemasy_integration_id has in the account's secret: the "
    "administrator of Integration Logs should correct or remove it."
)

PASSES = "This is usually temporary; every check tries again."
"""If an API does not answer, no one has to act."""


def access(*, asked: bool, listed: int) -> str:
    """Both APIs could be reached."""
    said = (
        "Sendcloud and WeMaSy respond."
        if asked
        else "Sendcloud responds; WeMaSy is not checked, because the account's secret has no wemasy_token."
    )
    return said if listed else f"{said} Sendcloud lists no integrations for this account."


def of(name: Name, row: WemasySide, column: SendcloudSide, integration: Integration, problems: Open) -> str:
    """The verdict on an integration."""
    match name:
        case "inactive":
            said = "the integration is switched off in WeMaSy; if that is not intended, its owner should switch it on"
        case "disconnected":
            said = "WeMaSy is not connected to Sendcloud; the shop's owner should reconnect it in WeMaSy"
        case "failing":
            return f"{shop(integration)}: {_failing(integration, problems)}. {wording.remedy(problems.remedy, 'en')}"
        case "silent":
            said = (
                f"{_fetched(integration)}, although Sendcloud reports no failure; the shop's administrator should "
                "check that the integration is switched on in Sendcloud"
            )
        case "healthy":
            said = f"Sendcloud reports no failure; {_fetched(integration)}; {_HEALTHY[row]}"
        case _:
            said = _NOT_SAID.get(column) or (
                "Sendcloud reports no failure, but WeMaSy did not say whether it is active and connected; the shop's "
                "administrator should check it in WeMaSy"
            )
    return f"{shop(integration)}: {said}."


def shop(integration: Integration) -> str:
    """The shop as people know it."""
    name = integration.shop_name or f"Integration {integration.id}"
    return f"{name} ({integration.shop_url})" if integration.shop_url else name


def when(time: datetime) -> str:
    """A time for people."""
    return wording.when(time, "en")


def _failing(integration: Integration, problems: Open) -> str:
    started, found = integration.started_failing_at, []
    if isinstance(started, datetime):
        found.append(f"Sendcloud has been unable to fetch orders or report back since {when(started)}")
    if problems.problems:
        since = f" (since {when(problems.since)})" if problems.since else ""
        found.append(f"{problems.problems} problem{'s are' if problems.problems > 1 else ' is'} open{since}")
    return ", and ".join(found)


def _fetched(integration: Integration) -> str:
    fetched = integration.last_fetched_at
    return f"orders were last fetched on {when(fetched)}" if isinstance(fetched, datetime) else "no orders fetched yet"
