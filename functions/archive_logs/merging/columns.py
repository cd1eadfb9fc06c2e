"""Reads archive objects of every schema version alike: columns that an object does not have yet are null."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from integration_logs.records.rows import COLUMNS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def rows(database: DuckDBPyConnection, path: Path) -> str:
    """SQL for an archive object's rows: its own columns, those of this version that it lacks, ``file_row_number``.

    Raises DuckDB's errors where the file is no Parquet.
    """
    source = f"read_parquet({quoted(path)}, file_row_number = true)"
    there = {name for name, *_ in database.execute(f"DESCRIBE FROM {source}").fetchall()}
    lacking = "".join(f', NULL::{each.duckdb} AS "{each.name}"' for each in COLUMNS if each.name not in there)
    return f"(SELECT *{lacking} FROM {source})"  # noqa: S608  # the names are this project's own


def metadata(database: DuckDBPyConnection, path: Path) -> dict[str, str]:
    """An archive object's key-value metadata; raises as ``rows`` does."""
    pairs = database.execute("SELECT key, value FROM parquet_kv_metadata($path)", {"path": str(path)}).fetchall()
    return {key.decode(errors="replace"): value.decode(errors="replace") for key, value in pairs}


def quoted(path: Path) -> str:
    """The path as a literal in SQL."""
    return "'" + str(path).replace("'", "''") + "'"
