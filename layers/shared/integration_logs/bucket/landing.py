"""Rows on their way to the archive: gzip'd NDJSON objects, created once and never changed.

``landing/<fetched_at>-<account>-<stream>-<digest>.ndjson.gz``: the keys sort oldest first, and the digest of the
content makes landing the same rows twice a no-op.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

from integration_logs.json_types import JsonValue

if TYPE_CHECKING:
    from integration_logs.bucket.objects import ObjectStore
    from integration_logs.records.rows import Row

PREFIX = "landing/"

_LEVEL = 1  # a fourth of level 9's time, for half as much again in size: it is read once, minutes later
_AT_ONCE = 64  # lines
_GZIP = 31  # zlib's name for its largest window within gzip's header and trailer
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)

_TIME = "%Y-%m-%dT%H-%M-%S.%fZ"
_TIME_LENGTH = len("2026-11-22T12-00-00.000005Z")


def encode(row: Row | JsonValue) -> bytes:
    """One line of NDJSON."""
    return _ENCODER.encode(row).encode() + b"\n"


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
    content, packed = hashlib.sha256(), zlib.compressobj(_LEVEL, wbits=_GZIP)
    body: list[bytes] = []
    for some in batched(lines, _AT_ONCE, strict=False):  # all at once would take their size in memory once more
        piece = b"".join(some)
        content.update(piece)
        body.append(packed.compress(piece))
    body.append(packed.flush())
    key = f"{PREFIX}{fetched_at:{_TIME}}-{account}-{stream}-{content.hexdigest()[:16]}.ndjson.gz"
    store.put(key, b"".join(body), replaces=None)  # None back: these very rows are there already
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
