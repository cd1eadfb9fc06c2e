"""Merges what landed for many small objects at once: to plan a statement takes longer than their few rows do.

What becomes of each object is what ``merge`` would make of it. One that needs more than that (it is sealed, or has
other columns than this version's) is left to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive_logs.merging.choice import Choice, Merged
from archive_logs.merging.landed import ARCHIVED, numbered
from archive_logs.merging.parquet import write
from archive_logs.merging.sql import quoted
from archive_logs.merging.summary import summarise_each
from integration_logs.json_types import JsonObject
from integration_logs.records.rows import COLUMNS, SCHEMA_VERSION

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from archive_logs.merging.partitions import Part

_COLUMNS = [column.name for column in COLUMNS]
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
_PAIRS = {"schema_version": SCHEMA_VERSION}


@dataclass(frozen=True)
class Small:
    """One of the objects: its part, which is a partition's only one; what is archived (``None`` where nothing is); and
    where to write what it becomes."""

    part: Part
    existing: Path | None
    target: Path


def merge_small(choice: Choice, found: Sequence[Small]) -> list[tuple[Merged, JsonObject] | None]:
    """Write each object that changes; what was done, and the summary of the object, or ``None`` for what was left out.

    Raises DuckDB's errors where one of the objects is no Parquet, or its columns are of other types.
    """
    database = choice.database
    alike = _alike(database, [each.existing for each in found if each.existing])
    taken = [each for each in found if each.existing is None or each.existing in alike]
    if not taken:
        return [None for _ in found]
    _load(database, taken)
    choice.choose("few", apart="part, ")
    counted = database.execute(
        """
        SELECT part, count(*) FILTER (WHERE unseen), count(*) FILTER (WHERE NOT unseen),
               count(*) FILTER (WHERE unseen AND has_extra)
        FROM staying JOIN incoming USING (place) GROUP BY part
        """
    ).fetchall()
    fields = choice.fields() if any(extra for *_, extra in counted) else frozenset()
    merged = {
        part: Merged(new, replaced, extra, fields if extra else frozenset()) for part, new, replaced, extra in counted
    }
    database.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE kept AS
        SELECT part, {_NAMES}, row_number() OVER (ORDER BY part, created_at, id) AS file_row_number
        FROM few ANTI JOIN leaving USING (is_new, place)
        """  # noqa: S608  # the names are this project's own
    )
    summaries = summarise_each(database, "kept") if merged else {}
    done: dict[Path, tuple[Merged, JsonObject]] = {}
    for part, each in enumerate(taken):
        if part in merged:
            rows = f"(SELECT {_NAMES} FROM kept WHERE part = {part} ORDER BY file_row_number)"  # noqa: S608
            write(database, rows, each.target, _PAIRS)
        done[each.target] = merged.get(part, Merged()), summaries.get(part, {})
    return [done.get(each.target) for each in found]


def _alike(database: DuckDBPyConnection, paths: Sequence[Path]) -> set[Path]:
    """Those of the objects that have this version's columns, in its order, and its metadata alone: no seal."""
    if not paths:
        return set()
    files = f"[{', '.join(map(quoted, paths))}]"
    columns: dict[str, list[str]] = {}
    for file, name in database.execute(
        f"SELECT file_name, name FROM parquet_schema({files}) WHERE num_children IS NULL"  # noqa: S608
    ).fetchall():
        columns.setdefault(file, []).append(name)
    pairs: dict[str, dict[str, str]] = {}
    for file, key, value in database.execute(
        f"SELECT file_name, decode(key), decode(value) FROM parquet_kv_metadata({files})"  # noqa: S608
    ).fetchall():
        pairs.setdefault(file, {})[key] = value
    known = {name: str(value) for name, value in _PAIRS.items()}
    return {path for path in paths if columns.get(str(path)) == _COLUMNS and pairs.get(str(path)) == known}


def _load(database: DuckDBPyConnection, taken: Sequence[Small]) -> None:
    """Every row that may stay, into the table ``few``; those that landed are ``incoming`` as well."""
    database.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE few AS
        SELECT part, {_NAMES}, true AS is_new, landed.rowid AS place
        FROM landed JOIN {numbered([each.part.partition for each in taken])} USING (dt, integration_id)
        WHERE {ARCHIVED};
        CREATE OR REPLACE TEMP VIEW incoming AS FROM few WHERE is_new
        """  # noqa: S608
    )
    archived = [(number, quoted(each.existing)) for number, each in enumerate(taken) if each.existing]
    if archived:
        database.execute(
            f"""
            INSERT INTO few
            SELECT part, {_NAMES}, false, row_number() OVER ()
            FROM read_parquet([{", ".join(path for _, path in archived)}], filename = true)
                 JOIN (VALUES {", ".join(f"({number}, {path})" for number, path in archived)}) AS files (part, filename)
                 USING (filename)
            """  # noqa: S608
        )
