"""What the archive cannot hold is kept beside it, with the reason and where it came from. Pure.

``quarantine/rows/<landing object>``: gzip'd NDJSON of ``{"reason", "landed_as", "row"}``, the row redacted.
``quarantine/objects/<landing object>``: an object that cannot be read at all, whole.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_UNNAMED = "the row names no record or no integration"
_UNPARSED = "the row is not the JSON that was expected"


def rows_key(landing_key: str) -> str:
    """Where the rejected rows of a landing object are kept.

    >>> rows_key("landing/2026/a.ndjson.gz")
    'quarantine/rows/2026/a.ndjson.gz'
    """
    return f"quarantine/rows/{landing_key.partition('/')[2]}"


def object_key(landing_key: str) -> str:
    """Where a landing object that cannot be read is kept."""
    return f"quarantine/objects/{landing_key.partition('/')[2]}"


def rejected_rows(lines: Iterable[bytes], landing_key: str) -> Iterator[bytes]:
    """The lines that keep the rejected ones of a readable landing object's rows.

    At least all those that the merge leaves out: it reads ``true`` or ``"7"`` as a number, this does not.

    >>> list(rejected_rows([b'{"id": 1, "integration_id": 2, "rejected": null}'], "landing/a"))
    []
    """
    for line in lines:
        if not line.strip():
            continue
        row: object = line.decode("utf-8", "replace")
        try:
            row = json.loads(line)
            reason = _reason(row)
        except (ValueError, RecursionError):
            reason = _UNPARSED
        if reason is not None:
            kept = {"reason": reason, "landed_as": landing_key, "row": row}
            yield json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _reason(row: object) -> str | None:
    if not isinstance(row, dict):
        return _UNNAMED
    rejected = row.get("rejected")
    if rejected is not None:
        return str(rejected)
    named = all(type(row.get(name)) is int and row[name] > 0 for name in ("id", "integration_id"))
    return None if named else _UNNAMED
