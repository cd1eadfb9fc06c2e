"""How much memory an answer may take until its rows are written, told from its bytes before they are decoded. Pure.

A megabyte of ``[[],[],…]`` becomes 27 MB of objects, one of short e-mail addresses beside an emoji 56 MB of text. What
becomes of a body is told by how long it is and how often some signs are in it, wherever they are: a string may hold a
document that redaction decodes in its turn. The weights were measured over decoding, redaction, parsing and encoding
(``docs/decisions/0041-what-is-too-large-is-asked-for-in-smaller-pages.md``).
"""

from __future__ import annotations

import json
import re
import sys

MEGABYTE = 1 << 20

RECORD = 190 * MEGABYTE
"""What one record may cost.

Of 512 MB the idle process takes 75, and Lambda's own runtime is given 30. While a record is worked on, the next one may
have been decoded, which takes 0.7 of what it costs at most: 105 + 190 + 133 = 428. The rest is for what the weights
may be off by: a third at most.
"""

PAGE = RECORD // 2
"""What a page of several records may cost: of these, three may be there at once."""

BESIDE = PAGE // 8
"""What a page may cost while other streams, or other slices of its own, are walked at the same time.

Eight of them may each have one page at hand and two that came meanwhile: 8 * (1 + 2 * 0.7) * 12 = 230, beside the 105
and 64 of lines that wait to be landed.
"""

_WORST = 100  # bytes of memory for each byte, whatever it is: what is small by this is not looked at
_COPIES = 5  # of the text: as it came, as text, its string, redacted, as a line
_STRUCTURE = (("[", 150), ("{", 240), (",", 50), (":", 80))  # bytes of objects for each
_MARKED = (("@", 80), ("=", 120), ("<", 80), ("&", 60))  # characters: what redaction puts there, and pieces of forms
_ESCAPED = 20  # characters for each that JSON has to escape although it came as it is
_CONTROLS = bytes({*range(0x20)} - {*b"\t\n\r"})
_CONTROL = re.compile(rb"[" + re.escape(_CONTROLS) + rb"]")


def decode_cost(body: bytes | bytearray) -> int:
    """The most bytes of memory that a JSON body takes on its way to its rows."""
    if (worst := len(body) * _WORST) <= BESIDE:
        return worst
    text = None if body.isascii() else body.decode(json.detect_encoding(body), "replace")  # or counted without a copy

    def count(sign: str) -> int:
        return body.count(sign.encode()) if text is None else text.count(sign)

    characters, width = len(body), 1
    if text is not None:
        characters, width = len(text), sys.getsizeof(text) // len(text)
    if count("\\ud") or count("\\uD"):
        width = 4
    elif count("\\u"):
        width = max(width, 2)
    structure = sum(count(sign) * weight for sign, weight in _STRUCTURE)
    marked = sum(count(sign) * weight for sign, weight in _MARKED)
    controls = len(body) - len(body.translate(None, _CONTROLS)) if _CONTROL.search(body) else 0
    cost = structure + width * (_COPIES * characters + marked + _ESCAPED * controls)
    return min(cost, worst) if worst <= PAGE else cost
