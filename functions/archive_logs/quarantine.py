"""What the archive cannot hold is kept beside it, with the reason and where it came from. Pure.

``quarantine/rows/<landing object>``: gzip'd NDJSON of ``{"reason", "landed_as", "row"}``, the row redacted.
``quarantine/objects/<landing object>``: an object that cannot be read at all, whole.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

_UNNAMED = "the row names no record or no integration"


def rows_key(landing_key: str) -> str:
    """Where the rejected rows of a landing object are kept."""
    return f"quarantine/rows/{landing_key.rpartition('/')[2]}"


def object_key(landing_key: str) -> str:
    """Where a landing object that cannot be read is kept."""
    return f"quarantine/objects/{landing_key.rpartition('/')[2]}"


def rejected_rows(body: bytes, landing_key: str) -> tuple[int, bytes]:
    """How many rows of a readable landing object are rejected, and the object that keeps them.

    >>> rejected_rows(gzip.compress(b'{"id": 1, "integration_id": 2, "rejected": null}'), "landing/a")[0]
    0
    """
    rejected: list[dict[str, Any]] = []
    for line in gzip.decompress(body).splitlines():
        row = json.loads(line) if line.strip() else None
        if row is None:
            continue
        reason = row.get("rejected") or (None if row.get("id") and row.get("integration_id") else _UNNAMED)
        if reason:
            rejected.append({"reason": reason, "landed_as": landing_key, "row": row})
    lines = "".join(json.dumps(item, ensure_ascii=False, separators=(",", ":")) + "\n" for item in rejected)
    return len(rejected), gzip.compress(lines.encode(), mtime=0)
