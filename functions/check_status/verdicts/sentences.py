"""Verdicts in plain words: in which shop what is the matter, since when, who acts, on what. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from check_status.verdicts.facts import Integration
    from check_status.verdicts.names import Name, Open, SendcloudSide, WemasySide

_HEALTHY = {
    "connected": "WeMaSy has it active and connected",
    "not asked": "WeMaSy was not asked about it",
}
_NOT_SAID = {
    "not listed": "Sendcloud does not list this integration any more; if that is not meant, its owner adds it again in "
    "Sendcloud",
    "unclear": "Sendcloud does not say whether it is failing or when it last fetched orders; who runs this stack looks "
    "it up in Sendcloud's panel",
}
NOT_THERE = (
    "Sendcloud lists no integration with the id that wemasy_integration_id has in the account's secret: whoever runs "
    "this stack corrects it or leaves it out."
)

PASSES = "This usually passes by itself; at each check it is asked again."
"""An API that does not answer is nobody's to mend."""


def access(*, asked: bool, listed: int) -> str:
    """Both APIs let themselves be asked."""
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
            said = "WeMaSy has the Sendcloud integration switched off; if that is not meant, its owner switches it on"
        case "disconnected":
            said = "WeMaSy is not connected to Sendcloud; the shop's owner connects it again in WeMaSy"
        case "failing":
            said = f"{_failing(integration, problems)}; who runs the shop mends what the exceptions name"
        case "silent":
            said = (
                f"{_fetched(integration)}, although Sendcloud reports no failure; who runs the shop checks that the "
                "integration is switched on in Sendcloud"
            )
        case "healthy":
            said = f"Sendcloud reports no failure; {_fetched(integration)}; {_HEALTHY[row]}"
        case _:
            said = _NOT_SAID.get(column) or (
                "WeMaSy did not say whether it is active and connected, while Sendcloud reports no failure; who runs "
                "the shop looks it up in WeMaSy"
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
