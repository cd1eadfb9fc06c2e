"""Keeps what the archive cannot hold, with the reason and its origin; ``batch.py`` finds and writes it. Pure.

``quarantine/rows/<landing object>``: gzip'd NDJSON of ``{"reason", "landed_as", "row"}``, the row redacted.
``quarantine/objects/<landing object>``: an object that cannot be read at all, whole.

A released object lands under a new name that follows from its name in quarantine alone. So releasing it twice equals
releasing it once, and what the archive rejects again never has the name that the release removes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from integration_logs.bucket.landing import PREFIX as LANDING
from integration_logs.bucket.landing import encode
from integration_logs.records.rows import json_text, parse, record_of
from integration_logs.times import moment

PREFIX = "quarantine/"
_ROWS, _OBJECTS = f"{PREFIX}rows/", f"{PREFIX}objects/"

_SUFFIX = ".ndjson.gz"
_UNNAMED = "the row names no record or no integration"
_UNPARSED = "the row is not the JSON that was expected"


def rows_key(landing_key: str) -> str:
    """Where the rejected rows of a landing object are kept.

    >>> rows_key("landing/2026/a.ndjson.gz")
    'quarantine/rows/2026/a.ndjson.gz'
    """
    return f"{_ROWS}{landing_key.partition('/')[2]}"


def object_key(landing_key: str) -> str:
    """Where a landing object that cannot be read is kept."""
    return f"{_OBJECTS}{landing_key.partition('/')[2]}"


def holds_rows(key: str) -> bool:
    """Whether the object with this key in quarantine is one of rows, and not a landing object."""
    return key.startswith(_ROWS)


def released_key(key: str) -> str:
    """Where what is in quarantine under this key lands again.

    The name sorts before the one that it had, so that a release, which goes through the quarantine in the keys' order,
    does not meet what comes back from it. Raises ``ValueError`` where the key is of neither kind.

    >>> released_key("quarantine/rows/2026-a.ndjson.gz")
    'landing/2026-a-r.ndjson.gz'
    """
    for prefix, mark in ((_ROWS, "-r"), (_OBJECTS, "-o")):
        if key.startswith(prefix):
            name = key.removeprefix(prefix)
            stem = name.removesuffix(_SUFFIX)
            return f"{LANDING}{stem}{mark}{name[len(stem) :]}"
    raise ValueError("the object has not been put into quarantine by the archiver")


def rejected_rows(lines: Iterable[bytes], landing_key: str) -> Iterator[bytes]:
    """The lines that keep the rejected ones of a readable landing object's rows.

    At least all those that the merge leaves out: it reads ``true`` or ``"7"`` as a number, this does not.

    >>> list(rejected_rows([b'{"id": 1, "integration_id": 2, "rejected": null}'], "landing/a"))
    []
    """
    for line in lines:
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if (reason := _reason(row)) is None:
                continue
            kept = json_text({"reason": reason, "landed_as": landing_key, "row": row})
        except (ValueError, RecursionError):
            kept = json_text({"reason": _UNPARSED, "landed_as": landing_key, "row": line.decode("utf-8", "replace")})
        yield kept.encode() + b"\n"


def released_rows(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The rows of lines that ``rejected_rows`` made, to land again: parsed anew, as the parser is today.

    What is no row of ours is landed as it was. Raises ``ValueError`` where a line is not one of those.
    """
    for line in lines:
        kept = json.loads(line)
        if not isinstance(kept, dict) or "row" not in kept:
            raise ValueError("a line in quarantine has no row")
        row = kept["row"]
        if isinstance(row, str):
            yield row.encode() + b"\n"
        else:
            yield encode(_parsed_again(row))


def _parsed_again(row: Any) -> Any:
    """The row as the parser makes it today, the same where it is none of the parser's."""
    try:
        fetched_at, whole = moment(row["fetched_at"]), json.loads(row["extra"]) if row["extra"] else {}
        record = record_of(row) if isinstance(whole, dict) else whole  # what was no object is in extra, whole
        account, integration_id = row["account"], row["integration_id"]
        if fetched_at is None or not isinstance(account, str) or not isinstance(integration_id, int | None):
            return row
        return parse(record, account=account, integration_id=integration_id, fetched_at=fetched_at)
    except (KeyError, TypeError, ValueError, RecursionError):
        return row


def _reason(row: object) -> str | None:
    if not isinstance(row, dict):
        return _UNNAMED
    rejected = row.get("rejected")
    if rejected is not None:
        return str(rejected)
    named = all(type(row.get(name)) is int and row[name] > 0 for name in ("id", "integration_id"))
    return None if named else _UNNAMED
