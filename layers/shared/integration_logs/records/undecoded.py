"""What stands for a record that memory is not enough to decode. Pure.

What was not decoded cannot be redacted: of such a record nothing is kept but how large it is, its digest, and its ids
where they come first. Like any record without a usable ``id`` it goes to quarantine, with a reason of its own.
"""

from __future__ import annotations

import re

from integration_logs.json_types import JsonObject, JsonValue

REASON = "the record is too large to be decoded"

_DATA = re.compile(rb'\s*\{\s*"data"\s*:\s*\[\s*\{\s*')
_ID = re.compile(rb'"(id|integration_id)"\s*:\s*([0-9]{1,18})\s*,\s*')


def undecoded(size: int, sha256: str, begins: bytes) -> JsonObject:
    """The record in place of a page of one, of so many bytes, that begins so.

    >>> undecoded(1 << 24, "5f70", b'{"data": [{"id": 7, "integration_id": 8, "exception": "…')
    {'undecoded': {'bytes': 16777216, 'sha256': '5f70', 'id': 7}, 'integration_id': 8}
    """
    known: JsonObject = {"bytes": size, "sha256": sha256}
    record: JsonObject = {"undecoded": known}
    found = _DATA.match(begins)
    while found := _ID.match(begins, found.end() if found else len(begins)):
        (known if found[1] == b"id" else record)[found[1].decode()] = int(found[2])
    return record


def is_undecoded(record: JsonValue) -> bool:
    """Whether it stands for one that was not decoded."""
    return isinstance(record, dict) and "undecoded" in record and "id" not in record
