"""Cursors as opaque text. Pure."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode


def opaque(plain: str) -> str:
    """The text as a cursor, which goes into a URL as it is."""
    return urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def plain(cursor: str) -> str:
    """What the cursor stands for; raises ``ValueError`` where ``opaque`` gave out no such text.

    >>> plain(opaque("main 0101"))
    'main 0101'
    """
    text = urlsafe_b64decode((cursor + "=" * (-len(cursor) % 4)).encode("ascii")).decode()
    if opaque(text) != cursor:
        raise ValueError("no cursor that was given out")
    return text
