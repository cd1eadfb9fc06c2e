"""One check of one account: ask, judge, keep.

Every check is an object ``status/dt=<day>/<time>-<account>.json`` that is never changed; the last one is also
``state/status/<account>.json``. Both hold one line of JSON::

    {"account": "main", "checked_at": "2026-11-22T02:41:22.000000Z", "verdict": "healthy", "sentence": "…",
     "wemasy": {"integration_id": "…", "is_active": true, "is_connected": true, "has_credentials": true,
                "created_at": "…", "updated_at": "…"}}             null where WeMaSy gave no answer to judge
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from check_status.verdict import NO_TOKEN, of_answer, of_error
from integration_logs.errors import ContractBroken, NeedsOperator, TryLater
from integration_logs.records import timestamp

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from check_status.verdict import Verdict
    from integration_logs.json_types import JsonObject
    from integration_logs.objects import ObjectStore
    from integration_logs.wemasy import IntegrationStatus, Wemasy

log = logging.getLogger(__name__)


def check(account: str, wemasy: Wemasy | None, *, time_left: Callable[[], float], at: datetime) -> JsonObject:
    """Ask WeMaSy (``None``: the account has no token) and judge; a failure to ask is an outcome too."""
    if wemasy is None:
        return document(account, at, NO_TOKEN)
    try:
        status = wemasy.status(time_left=time_left)
    except (TryLater, NeedsOperator, ContractBroken) as error:
        return document(account, at, of_error(error))
    return document(account, at, of_answer(status), status)


def document(account: str, at: datetime, verdict: Verdict, status: IntegrationStatus | None = None) -> JsonObject:
    """A check as it is kept; see the module for its fields."""
    wemasy: JsonObject | None = None
    if status is not None:
        wemasy = {
            "integration_id": status.integration_id,
            "is_active": status.is_active,
            "is_connected": status.is_connected,
            "has_credentials": status.has_credentials,
            "created_at": status.created_at,
            "updated_at": status.updated_at,
        }
    return {
        "account": account,
        "checked_at": timestamp(at),
        "verdict": verdict.name,
        "sentence": verdict.sentence,
        "wemasy": wemasy,
    }


def keep(store: ObjectStore, checked: JsonObject, at: datetime) -> None:
    """Store the check for good, and as the account's last one unless a later check was first."""
    body = json.dumps(checked, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    store.put(f"status/dt={at:%Y-%m-%d}/{at:%H-%M-%S.%fZ}-{checked['account']}.json", body, replaces=None)
    key = _last(str(checked["account"]))
    stored = store.get(key)
    if stored and str(json.loads(stored.body)["checked_at"]) > str(checked["checked_at"]):
        return
    if store.put(key, body, replaces=stored.etag if stored else None) is None:
        log.info("Another check of account %s was kept meanwhile", checked["account"])


def last(store: ObjectStore, account: str) -> JsonObject | None:
    """The account's last check, ``None`` before its first."""
    stored = store.get(_last(account))
    return json.loads(stored.body) if stored else None


def _last(account: str) -> str:
    return f"state/status/{account}.json"
