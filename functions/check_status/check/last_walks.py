"""When fetch_logs last walked each integration's stream to its end: read from its checkpoints.

``state/fetch/<account>/account.json`` or, where an account is walked one integration at a time,
``state/fetch/<account>/integration-<id>.json``; ``standing.json`` beside them says which.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from integration_logs.json_types import JsonValue
from integration_logs.times import moment, timestamp

if TYPE_CHECKING:
    from integration_logs.bucket.objects import ObjectStore

_AT_ONCE = 16


def last_walks(store: ObjectStore, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], str | None]:
    """By account and integration: when its last complete walk ended, ``None`` where that is not known.

    Raises what the store raises.
    """
    by_integration = {
        account: _field(store, f"state/fetch/{account}/standing.json", "streams") == "integration"
        for account in sorted({account for account, _ in wanted})
    }
    streams = {
        (account, id_): f"state/fetch/{account}/{f'integration-{id_}' if by_integration[account] else 'account'}.json"
        for account, id_ in wanted
    }
    keys = sorted(set(streams.values()))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        ended = dict(zip(keys, pool.map(lambda key: moment(_field(store, key, "completed_at")), keys), strict=True))
    return {one: timestamp(at) if (at := ended[key]) else None for one, key in streams.items()}


def _field(store: ObjectStore, key: str, name: str) -> JsonValue:
    stored = store.get(key)
    try:
        document = json.loads(stored.body) if stored else None
    except (ValueError, RecursionError):
        return None
    return document.get(name) if isinstance(document, dict) else None
