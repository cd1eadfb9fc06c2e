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
    from integration_logs.objects import ObjectStore, Stored
    from integration_logs.wemasy import IntegrationStatus, Wemasy

log = logging.getLogger(__name__)

_TRIES = 5


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
    account = str(checked["account"])
    body = json.dumps(checked, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    store.put(f"status/dt={at:%Y-%m-%d}/{at:%H-%M-%S.%fZ}-{account}.json", body, replaces=None)
    for _ in range(_TRIES):
        stored = store.get(_last(account))
        kept = _read(stored, account)
        if kept and str(kept["checked_at"]) >= str(checked["checked_at"]):
            return
        if store.put(_last(account), body, replaces=stored.etag if stored else None):
            return
    raise TryLater(f"Other checks keep replacing {_last(account)}.")


def last(store: ObjectStore, account: str) -> JsonObject | None:
    """The account's last check, ``None`` before its first."""
    return _read(store.get(_last(account)), account)


def _read(stored: Stored | None, account: str) -> JsonObject | None:
    """What is stored as the last check; ``None`` also where that is none, for the next check mends it."""
    if stored is None:
        return None
    try:
        checked = json.loads(stored.body)
    except (ValueError, RecursionError):
        checked = None
    if isinstance(checked, dict) and isinstance(checked.get("checked_at"), str):
        return checked
    log.error("%s holds no check", _last(account))
    return None


def _last(account: str) -> str:
    return f"state/status/{account}.json"
