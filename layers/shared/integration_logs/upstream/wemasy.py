"""WeMaSy's side of the integration: does the webshop believe that it is connected to Sendcloud?

The answer may carry the shop's Sendcloud keys. They end here: all that leaves is whether there were any.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from integration_logs.errors import ContractBroken
from integration_logs.json_types import JsonObject, JsonValue
from integration_logs.upstream.endpoint import checked_base_url
from integration_logs.upstream.http import Answer, HttpSession, TimeLeft

BASE_URL = "https://api.wemasy.nl/api"
_PATH = "/services/webshop/v1/integrations/sendcloud/status"

_YES = frozenset({"1", "true", "t", "yes", "y", "on", "active", "enabled", "connected", "ja"})
_NO = frozenset({
    "0", "false", "f", "no", "n", "off", "inactive", "disabled", "disconnected", "nee",
    "not active", "not connected", "not enabled",
})  # fmt: skip


@dataclass(frozen=True)
class IntegrationStatus:
    """What WeMaSy says. ``None`` is "not known", which is not "no"."""

    integration_id: str | None
    is_active: bool | None
    is_connected: bool | None
    has_credentials: bool
    created_at: str | None
    updated_at: str | None
    rate_limit_remaining: int | None


def flag(value: object) -> bool | None:
    """Read a flag, documented as a string here and as an integer elsewhere; whatever is neither is not known."""
    if isinstance(value, int | float):  # a bool is an int
        return bool(value) if value in {0, 1} else None
    if isinstance(value, str):
        word = re.sub(r"[\s_-]+", " ", value).strip().casefold()
        return True if word in _YES else False if word in _NO else None
    return None


class Wemasy:
    """A client of one webshop."""

    def __init__(self, session: HttpSession, *, base_url: str = BASE_URL) -> None:
        self._session = session
        self._url = checked_base_url(base_url, api="WeMaSy") + _PATH

    def status(self, *, time_left: TimeLeft) -> IntegrationStatus:
        """Ask for the status of the Sendcloud integration."""
        answer = self._session.get(self._url, time_left=time_left)
        if not 200 <= answer.status < 300:
            raise ContractBroken(f"WeMaSy: {answer.where} answered {answer.status}.")
        integration = _integration(answer)
        return IntegrationStatus(
            integration_id=_text(integration.get("id")),
            is_active=flag(integration.get("is_active")),
            is_connected=flag(integration.get("is_connected")),
            has_credentials=bool(integration.get("credentials")),
            created_at=_text(integration.get("created_at")),
            updated_at=_text(integration.get("updated_at")),
            rate_limit_remaining=_count(answer.headers.get("X-RateLimit-Remaining")),
        )


def _integration(answer: Answer) -> JsonObject:
    document = answer.json()
    if not isinstance(document, dict):
        raise ContractBroken(f"WeMaSy: {answer.where} answered {answer.status} with JSON that is not an object.")
    failed = document.get("error")
    if failed and flag(failed) is not False:  # "0" and "false" are as good as false
        raise ContractBroken(f"WeMaSy: {answer.where} answered {answer.status} but reported an error.")
    integration = document.get("integration")
    if not isinstance(integration, dict):
        raise ContractBroken(f"WeMaSy: {answer.where} answered {answer.status} without an integration.")
    return integration


def _text(value: JsonValue) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _count(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
