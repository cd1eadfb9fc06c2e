"""Verdicts in plain words: in which shop what is the matter, since when, who acts, on what. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from check_status.verdicts.facts import Integration
    from check_status.verdicts.names import Name, Open, SendcloudSide, WemasySide

_HEALTHY = {
    "connected": "it is active and connected in WeMaSy",
    "not asked": "WeMaSy was not asked about it",
}
_NOT_SAID = {
    "not listed": "Sendcloud no longer lists this integration; if that is not intended, its owner should add it again "
    "in Sendcloud",
    "unclear": "Sendcloud does not say whether it is failing or when it last fetched orders; whoever operates this "
    "stack should look it up in Sendcloud's panel",
}
NOT_THERE = (
    "Sendcloud lists no integration with the id that wemasy_integration_id has in the account's secret: whoever "
    "operates this stack should correct it or leave it out."
)

PASSES = "This usually resolves by itself; each check asks again."
"""There is nothing for anybody to fix where an API does not answer."""


def access(*, asked: bool, listed: int) -> str:
    """Both APIs could be reached."""
    said = (
        "Sendcloud and WeMaSy answer."
        if asked
        else "Sendcloud answers; WeMaSy is not asked, because the account's secret has no wemasy_token."
    )
    return said if listed else f"{said} Sendcloud lists no integration of this account."


def of(name: Name, row: WemasySide, column: SendcloudSide, integration: Integration, problems: Open) -> str:
    """The verdict on an integration."""
    match name:
        case "inactive":
            said = "the integration is switched off in WeMaSy; if that is not intended, its owner should switch it on"
        case "disconnected":
            said = "WeMaSy is not connected to Sendcloud; the shop's owner should connect it again in WeMaSy"
        case "failing":
            said = f"{_failing(integration, problems)}; each of its problems says what to do and who acts"
        case "silent":
            said = (
                f"{_fetched(integration)}, although Sendcloud reports no failure; the shop's administrator should "
                "check that the integration is switched on in Sendcloud"
            )
        case "healthy":
            said = f"Sendcloud reports no failure; {_fetched(integration)}; {_HEALTHY[row]}"
        case _:
            said = _NOT_SAID.get(column) or (
                "WeMaSy did not say whether it is active and connected, while Sendcloud reports no failure; the "
                "shop's administrator should look it up in WeMaSy"
            )
    return f"{shop(integration)}: {said}."


def shop(integration: Integration) -> str:
    """The shop as people know it."""
    name = integration.shop_name or f"Integration {integration.id}"
    return f"{name} ({integration.shop_url})" if integration.shop_url else name


def when(time: datetime) -> str:
    """A time for people.

    >>> when(datetime(2026, 11, 2, 9, 5, tzinfo=UTC))
    '2 Nov 2026 09:05 UTC'
    """
    time = time.astimezone(UTC)
    return f"{time.day} {time:%b %Y %H:%M} UTC"


def _failing(integration: Integration, problems: Open) -> str:
    started, found = integration.started_failing_at, []
    if isinstance(started, datetime):
        found.append(f"Sendcloud has failed to fetch its orders or to report back since {when(started)}")
    if problems.problems:
        since = f" since {when(problems.since)}" if problems.since else ""
        found.append(f"{problems.problems} problem{'s are' if problems.problems > 1 else ' is'} open{since}")
    return ", and ".join(found)


def _fetched(integration: Integration) -> str:
    fetched = integration.last_fetched_at
    return f"orders were last fetched on {when(fetched)}" if isinstance(fetched, datetime) else "no orders fetched yet"
