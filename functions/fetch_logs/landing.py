"""Rows on their way to the archive: gzip'd NDJSON objects, created once and never changed.

``landing/<fetched_at>-<account>-<stream>-<digest>.ndjson.gz``: the keys sort oldest first, and the digest of the
content makes landing the same rows twice a no-op.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from integration_logs.objects import ObjectStore
    from integration_logs.records import Row

PREFIX = "landing/"


def encode(row: Row) -> bytes:
    """One line of NDJSON."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def land(store: ObjectStore, lines: Sequence[bytes], *, account: str, stream: str, fetched_at: datetime) -> str:
    """Write encoded rows, which are redacted, as one object; its key. Raises what the store raises."""
    body = b"".join(lines)
    digest = hashlib.sha256(body).hexdigest()[:16]
    key = f"{PREFIX}{fetched_at:%Y-%m-%dT%H-%M-%S.%fZ}-{account}-{stream}-{digest}.ndjson.gz"
    store.put(key, gzip.compress(body, mtime=0), replaces=None)  # None back: these very rows are there already
    return key
