"""How much goes into one answer: Lambda's may have 6 MB. Pure.

A page whose records are large has fewer of them. Only a record that is too large for any page is cut: its long texts
end in a mark, and unknown fields that are long are left out. The archive itself has all of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from integration_logs.json_types import JsonObject, JsonValue

MOST_BYTES = 5_000_000
"""Of an answer's data, as a string in the function's own JSON."""

LONGEST = 32_000
"""Characters of each text of a record that is cut: so few that all of them make one page, however they are escaped."""

_PLAIN = ("base_url", "full_url", "method", "exception_type", "exception")


def weight(value: JsonValue) -> int:
    """How many bytes a value takes at most in the function's answer: as JSON that is a string in JSON."""
    return len(json.dumps(json.dumps(value, ensure_ascii=False, separators=(",", ":")))) + 1


def fitting(weights: Iterable[int], most: int = MOST_BYTES) -> int:
    """How many of the first ones go into one answer; at least one, where there is one.

    >>> fitting([3, 4, 5], 8)
    2
    """
    total = count = 0
    for each in weights:
        total += each
        if count and total > most:
            break
        count += 1
    return count


def cut(row: Mapping[str, str | int | bool | None]) -> dict[str, str | int | bool | None]:
    """The archive's row with its long texts cut, so that its record fits a page."""
    short = dict(row)
    for name, value in row.items():
        if not isinstance(value, str) or len(value) <= LONGEST:
            continue
        mark = f"{value[:LONGEST]} [cut: {len(value)} characters in the archive]"
        documents: dict[str, JsonObject | str] = {
            "request": {"headers": None, "payload": mark},
            "response": {"headers": None, "body": mark},
            "additional_data": mark,
        }
        if name in documents:
            short[name] = json.dumps(documents[name], ensure_ascii=False)
        else:
            short[name] = mark if name in _PLAIN else None
    return short
