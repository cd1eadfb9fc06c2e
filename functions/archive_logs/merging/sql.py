"""Names and paths as SQL has them. Pure."""

from __future__ import annotations

from pathlib import Path


def identifier(name: str) -> str:
    """A column's name in SQL, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def quoted(path: Path) -> str:
    """The path as a literal."""
    return "'" + str(path).replace("'", "''") + "'"
