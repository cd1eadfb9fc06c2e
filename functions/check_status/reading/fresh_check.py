"""Lets one caller a minute have an account checked now.

WeMaSy answers 60 requests a minute. However often ``GET /status?fresh=true`` is called, by however many at once, an
account is asked about once in ``ENOUGH``: the right to is taken by compare-and-swap, in
``state/status/asked/<account>.json``::

    {"at": "2026-11-22T02:41:22.000000Z"}
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from check_status.check.state import load
from integration_logs.times import moment, timestamp

if TYPE_CHECKING:
    from integration_logs.bucket.objects import ObjectStore

ENOUGH = timedelta(minutes=1)

WITHIN = 25.0
"""Seconds that such a check has; API Gateway waits for 29."""


def may_check(store: ObjectStore, account: str, now: datetime) -> bool:
    """Claim the right to check the account now; whether this caller got it. Raises as ``load`` and the store do."""
    state = load(store, account)
    if state and _is_recent(state.checked_at, now):
        return False
    key = f"state/status/asked/{account}.json"
    stored = store.get(key)
    if stored and _is_recent(_at(stored.body), now):
        return False
    body = json.dumps({"at": timestamp(now)}).encode()
    return store.put(key, body, replaces=stored.etag if stored else None) is not None


def _is_recent(at: datetime | None, now: datetime) -> bool:
    """A time that lies ahead was written by a clock that was wrong, and holds nobody up."""
    return at is not None and timedelta() <= now - at < ENOUGH


def _at(body: bytes) -> datetime | None:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return moment(document.get("at")) if isinstance(document, dict) else None
