"""How an archive object is written: its row groups, its compression, and what its metadata says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from archive_logs.merging.partitions import Ids
from archive_logs.merging.sql import quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ROW_GROUP = "ROW_GROUP_SIZE 8192, ROW_GROUP_SIZE_BYTES '16MB'"
"""The writer holds one group in memory; small ones also let a reader skip more."""


def write(
    database: DuckDBPyConnection, rows: str, target: Path, pairs: Mapping[str, int], sealed: Ids | None = None
) -> None:
    """Write the rows (SQL) to ``target``, with these pairs and the seal as metadata."""
    known: dict[str, object] = {**pairs} | ({"sealed": f"{sealed[0]}-{sealed[1]}"} if sealed else {})
    metadata = ", ".join(f"{name}: '{value}'" for name, value in known.items())
    database.execute(
        f"COPY (FROM {rows}) TO {quoted(target)} "
        f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, {_ROW_GROUP}, KV_METADATA {{{metadata}}})"
    )


def parsed(sealed: str | None) -> Ids | None:
    """The seal as the metadata has it; raises ``ValueError`` where that is not what was written."""
    if sealed is None:
        return None
    lowest, highest = map(int, sealed.split("-"))
    return lowest, highest
