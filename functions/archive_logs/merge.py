"""Merges landed rows into one partition with DuckDB: a union by ``id``, sorted, on disk where memory is short.

Of rows with the same ``id`` the one that was fetched first stays, and between equals the first in the columns' order:
so the merge is idempotent, commutative and associative, and any replay converges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from archive_logs.partitions import EPOCH, Partition
from integration_logs.errors import TryLater
from integration_logs.records import COLUMNS, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MEMORY_LIMIT = "384MB"
"""What DuckDB keeps in memory; the rest spills to disk. The function has 1 GB."""

_LARGEST_ROW = 32 << 20
"""Bytes of one row's JSON; DuckDB sets twice as much aside while it reads. An object with a larger row goes into
quarantine whole."""

_NAMES = ", ".join(f'"{column.name}"' for column in COLUMNS)
_LANDED = {column.name: column.duckdb for column in COLUMNS} | {"rejected": "VARCHAR"}
_ORDER = ", ".join(["fetched_at", *(f'"{column.name}"' for column in COLUMNS if column.name != "fetched_at")])
_ARCHIVED = "rejected IS NULL AND id IS NOT NULL AND integration_id IS NOT NULL"


class Merger:
    """A DuckDB database in ``folder`` that holds one batch of landed rows; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._database = duckdb.connect(
            str(folder / "merge.duckdb"),
            config={"memory_limit": MEMORY_LIMIT, "temp_directory": str(folder / "spill"), "threads": 1},
        )
        self._database.execute("SET TimeZone = 'UTC'")
        columns = ", ".join(f'"{name}" {kind}' for name, kind in _LANDED.items())
        self._database.execute(f"CREATE TABLE landed ({columns}, dt DATE)")

    def __enter__(self) -> Merger:
        """The merger itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database."""
        self._database.close()

    def take(self, files: Sequence[Path]) -> list[Path]:
        """Read landing objects (gzip'd NDJSON); those that cannot be read at all, which add no row."""
        try:
            self._read(files)
        except duckdb.OutOfMemoryException as error:
            raise TryLater("A batch of landed rows is larger than the archiver's memory and disk.") from error
        except duckdb.Error:
            if len(files) == 1:
                return list(files)
            return [unreadable for file in files for unreadable in self.take([file])]
        return []

    def _read(self, files: Sequence[Path]) -> None:
        self._database.execute(
            f"""
            INSERT INTO landed
            SELECT {", ".join(f'"{name}"' for name in _LANDED)},
                   greatest(coalesce(created_at::DATE, $epoch), $epoch)
            FROM read_json($files, format = 'newline_delimited', compression = 'gzip', columns = {_LANDED},
                           maximum_object_size = {_LARGEST_ROW})
            """,  # noqa: S608  # names and types are this module's own
            {"epoch": EPOCH, "files": [str(file) for file in files]},
        )

    def rows(self) -> int:
        """How many rows were read."""
        return self._number("SELECT count(*) FROM landed")

    def rejected(self) -> int:
        """How many of them the archive cannot hold."""
        return self._number(f"SELECT count(*) FROM landed WHERE NOT ({_ARCHIVED})")  # noqa: S608

    def partitions(self) -> list[Partition]:
        """The partitions that the rows belong to, in order."""
        found = self._database.execute(
            f"SELECT DISTINCT dt, integration_id FROM landed WHERE {_ARCHIVED} ORDER BY ALL"  # noqa: S608
        ).fetchall()
        return [Partition(day, integration_id) for day, integration_id in found]

    def merge(self, partition: Partition, existing: Path | None, target: Path) -> int:
        """Write the partition's object to ``target``: ``existing`` and the rows that landed for it.

        Answers how many of its rows are new; 0, and nothing is written, where none is.
        """
        self._database.execute(
            f"""
            CREATE OR REPLACE TEMP VIEW incoming AS
            SELECT {_NAMES}, true AS is_new FROM landed
            WHERE {_ARCHIVED} AND dt = DATE '{partition.day}' AND integration_id = {int(partition.integration_id)}
            """  # noqa: S608
        )
        source = "incoming"
        if existing is not None:
            path = str(existing).replace("'", "''")
            source = f"(SELECT * FROM incoming UNION ALL BY NAME SELECT *, false AS is_new FROM read_parquet('{path}'))"  # noqa: S608
        self._database.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE merged AS
            SELECT {_NAMES}, is_new FROM {source}
            QUALIFY row_number() OVER (PARTITION BY id ORDER BY {_ORDER}, is_new) = 1
            """  # noqa: S608
        )
        new = self._number("SELECT count(*) FROM merged WHERE is_new")
        if new:
            self._database.execute(
                f"""
                COPY (SELECT {_NAMES} FROM merged ORDER BY created_at, id)
                TO '{str(target).replace("'", "''")}'
                (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{schema_version: '{SCHEMA_VERSION}'}})
                """  # noqa: S608
            )
        return new

    def _number(self, query: str) -> int:
        row = self._database.execute(query).fetchone()
        return int(row[0]) if row else 0
