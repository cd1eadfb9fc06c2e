"""Rows on their way to the archive: gzip'd NDJSON objects, created once and never changed.

``landing/<fetched_at>-<account>-<stream>-<digest>.ndjson.gz``: the keys sort oldest first, and the digest of the
content makes landing the same rows twice a no-op.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from integration_logs.json_types import JsonValue
    from integration_logs.objects import ObjectStore
    from integration_logs.records import Row

PREFIX = "landing/"

_TIME = "%Y-%m-%dT%H-%M-%S.%fZ"
_TIME_LENGTH = len("2026-11-22T12-00-00.000005Z")


def encode(row: Row | JsonValue) -> bytes:
    """One line of NDJSON."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def pack(lines: Iterable[bytes], path: Path) -> int:
    """Write the lines to the path as one object of this kind, never all in memory at once; how many there are."""
    count = 0
    with path.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        for line in lines:
            packed.write(line)
            count += 1
    return count


def land(store: ObjectStore, lines: Sequence[bytes], *, account: str, stream: str, fetched_at: datetime) -> str:
    """Write encoded rows, which are redacted, as one object; its key. Raises what the store raises."""
    body = b"".join(lines)
    digest = hashlib.sha256(body).hexdigest()[:16]
    key = f"{PREFIX}{fetched_at:{_TIME}}-{account}-{stream}-{digest}.ndjson.gz"
    store.put(key, gzip.compress(body, mtime=0), replaces=None)  # None back: these very rows are there already
    return key


def fetched_at(key: str) -> datetime | None:
    """When the rows of the object with this key were fetched; ``None`` where it is not one that was landed.

    >>> fetched_at("landing/2026-11-22T12-00-00.000005Z-main-account-0123456789abcdef.ndjson.gz")
    datetime.datetime(2026, 11, 22, 12, 0, 0, 5, tzinfo=datetime.timezone.utc)
    """
    try:
        return datetime.strptime(key.removeprefix(PREFIX)[:_TIME_LENGTH], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None
