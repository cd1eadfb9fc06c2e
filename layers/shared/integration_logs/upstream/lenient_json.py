"""JSON as widely as it can be read, so that one bad value does not cost the document that it is in. Pure.

A document that Python reads is read as Python does. Where it refuses one, in which

- a string has control characters in it, they stay there;
- a value lies more than ``DEEPEST`` levels deep, the value is the string of its JSON text;
- an integer has more digits than Python takes (4300), it is the string of its digits;
- an element of an array of the outermost object, such as a record in a page's ``data``, is no JSON, it is the string
  of its text; where there is none between two commas, nothing.

Linear in the text's length, whatever is in it.
"""

from __future__ import annotations

import json
import re
import sys
from typing import cast

from integration_logs.json_types import JsonValue

DEEPEST = 500
"""Redaction leaves nothing of what lies this deep; Python's reader gives up near 10,000."""

_SIGN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[\]{},]', re.DOTALL)


def loads(text: str) -> JsonValue:
    """The document; raises ``ValueError`` where the text is none even so."""
    try:
        return cast("JsonValue", json.loads(text))
    except (ValueError, RecursionError):
        pass  # what the reader says quotes the text
    text = _flat(text)
    try:
        return _read(text)
    except ValueError:
        pass
    return _read(_repaired(text))


def _read(text: str) -> JsonValue:
    return cast("JsonValue", json.loads(text, strict=False, parse_int=_number))


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) <= sys.get_int_max_str_digits() else digits


def _flat(text: str) -> str:
    """The text with what lies too deep as strings."""
    parts: list[str] = []
    level = copied = begun = 0
    for found in _SIGN.finditer(text):
        sign = found[0][0]
        if sign in "[{":
            level += 1
            if level == DEEPEST + 1:
                begun = found.start()
        elif sign in "]}":
            if level == DEEPEST + 1:
                parts += text[copied:begun], json.dumps(text[begun : found.end()])
                copied = found.end()
            level -= 1
    if level > DEEPEST:
        raise ValueError("the document does not end")
    return "".join((*parts, text[copied:]))


def _repaired(text: str) -> str:
    """The text with each element that is no JSON, in an array on the second level, as a string."""
    parts: list[str] = []
    elements: list[str] | None = None  # of the array that is being read
    level = copied = 0
    for found in _SIGN.finditer(text):
        sign = found[0][0]
        if elements is not None and level == 2 and sign in ",]}":
            elements.append(text[copied : found.start()])
            copied = found.end() if sign == "," else found.start()
        if sign in "[{":
            level += 1
            if level == 2 and sign == "[":
                elements = []
                parts.append(text[copied : found.end()])
                copied = found.end()
        elif sign in "]}":
            if elements is not None and level == 2:
                parts.append(",".join(_element(each) for each in elements if each.strip()))
                elements = None
            level -= 1
    return "".join((*parts, text[copied:]))


def _element(text: str) -> str:
    try:
        _read(text)
    except ValueError:
        return json.dumps(text)
    return text
