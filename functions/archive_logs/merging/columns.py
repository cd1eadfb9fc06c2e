"""Reads archive objects of every schema version alike: columns that an object does not have yet are null."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from archive_logs.merging.sql import identifier, quoted
from integration_logs.records.rows import COLUMNS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_KINDS = {column.name: column.duckdb.replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE") for column in COLUMNS}
_TAKEN = {*_KINDS, "file_row_number", "is_new", "new", "place", "row"}
"""Names that a column which this version does not know cannot have, in whatever case: a merge has columns of them."""

_LONGEST_KIND = 100  # characters: a structure's has the names of all its fields


class OddObjectError(ValueError):
    """An archive object that is Parquet, but none of this project's; the text says why."""


def rows(database: DuckDBPyConnection, path: Path, *, whole: bool = False) -> str:
    """SQL for an archive object's rows: the columns of this version, null where it lacks them, ``file_row_number``.

    With ``whole``, those that this version does not know as well. Raises DuckDB's errors where the file is no Parquet,
    ``OddObjectError`` where its columns are none that rows can be merged into.
    """
    source = f"read_parquet({quoted(path)}, file_row_number = true)"
    described = database.execute(f"DESCRIBE FROM {source}").fetchall()
    there = {name: kind for name, kind, *_ in described if name != "file_row_number"}
    for name, kind in there.items():
        if kind != _KINDS.get(name, kind):
            raise OddObjectError(f"column {name} is {kind[:_LONGEST_KIND]}, not {_KINDS[name]}")
        if name not in _KINDS and name.lower() in _TAKEN:
            raise OddObjectError(f"a column is called {name!r}")
    columns = [
        identifier(name) if name in there else f"NULL::{kind} AS {identifier(name)}" for name, kind in _KINDS.items()
    ]
    unknown = [identifier(name) for name in there if whole and name not in _KINDS]
    return f"(SELECT {', '.join(columns + unknown)}, file_row_number FROM {source})"  # noqa: S608


def metadata(database: DuckDBPyConnection, path: Path) -> dict[str, str]:
    """An archive object's key-value metadata; raises as ``rows`` does."""
    pairs = database.execute("SELECT key, value FROM parquet_kv_metadata($path)", {"path": str(path)}).fetchall()
    return {key.decode(errors="replace"): value.decode(errors="replace") for key, value in pairs}
