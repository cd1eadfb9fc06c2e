"""How many records a query asks for: fewer where a page is too large, and as many as before behind it. Pure.

Whatever else is in a query, the cursor above all, stays to the letter.
"""

from __future__ import annotations

import re

TENTH = 10
"""By how much a page becomes smaller or larger."""

_UNSAID = 25  # Sendcloud's default
_SIZE = re.compile(r"(?<![^&])page_size=([0-9]{1,3})(?![^&])")


def narrower(query: str) -> str | None:
    """The query for a tenth of the records from the same place; ``None`` where it asks for one.

    >>> narrower("cursor=a%3d&page_size=97")
    'cursor=a%3d&page_size=9'
    """
    size = _size(query)
    return _sized(query, max(1, size // TENTH)) if size > 1 else None


def wider(query: str, most: int) -> str:
    """The query for ten times as many where ``narrower`` has made it from one for ``most``; as it is elsewhere.

    >>> wider("cursor=a&page_size=9", 97), wider("cursor=a&page_size=25", 97)
    ('cursor=a&page_size=97', 'cursor=a&page_size=25')
    """
    size = most
    while size > 1:
        smaller = max(1, size // TENTH)
        if smaller == _size(query):
            return _sized(query, size)
        size = smaller
    return query


def place(query: str) -> str:
    """What a query says beside how many records it asks for."""
    return _SIZE.sub("", query).strip("&")


def _size(query: str) -> int:
    found = _SIZE.search(query)
    return int(found[1]) if found else _UNSAID


def _sized(query: str, size: int) -> str:
    said, count = _SIZE.subn(f"page_size={size}", query)
    return said if count else f"{query}&page_size={size}"
