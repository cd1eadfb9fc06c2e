"""The landed rows of one batch, in a database: which of them the archive can hold, and where they belong."""

from __future__ import annotations

import gzip
import shutil
import zlib
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from pathlib import Path

from archive_logs.merging.database import connect, enough, unreadable
from archive_logs.merging.partitions import END, EPOCH, LARGEST_ID, Ids, Partition
from integration_logs.records.rows import COLUMNS

_LARGEST_ROW = 32 << 20
"""Bytes of one row's JSON; DuckDB sets twice as much aside while it reads. An object with a larger row goes into
quarantine whole."""

SIZE = " + ".join(["256", *(f'coalesce(strlen("{each.name}"), 0)' for each in COLUMNS if each.duckdb == "VARCHAR")])
"""SQL for what a row takes unpacked, in bytes: any of its texts can be long."""

_COLUMNS = {column.name: column.duckdb for column in COLUMNS} | {"rejected": "VARCHAR"}
ARCHIVED = "(rejected IS NULL AND coalesce(id, 0) > 0 AND coalesce(integration_id, 0) > 0)"


class Landed:
    """A DuckDB ``database`` in ``folder`` that holds one batch of landed rows; use it as a context manager.

    The table ``landed`` has a row's columns, ``dt`` (the day of its partition) and ``file``. Raises ``TryLater`` where
    memory or disk does not suffice.
    """

    def __init__(self, folder: Path) -> None:
        self.database = connect(folder)
        self._folder = folder
        self._files: list[Path] = []
        columns = ", ".join(f'"{name}" {kind}' for name, kind in _COLUMNS.items())
        self.database.execute(f"CREATE TABLE landed ({columns}, dt DATE, file INTEGER)")

    def __enter__(self) -> Landed:
        """The rows themselves."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the database."""
        self.database.close()

    def take(self, files: Sequence[Path]) -> list[Path]:
        """Read landing objects (gzip'd NDJSON); those that cannot be read as a whole, which add no row."""
        return [file for file in files if not self._take(file)]

    def _take(self, file: Path) -> bool:
        lines = self._folder / "landed.ndjson"
        with enough():
            try:
                with gzip.open(file) as packed, lines.open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)
                if not file.stat().st_size:  # to gzip, nothing at all is fine
                    return False
                self._read(lines)
            except (gzip.BadGzipFile, EOFError, zlib.error, *unreadable()):
                return False
            finally:
                lines.unlink(missing_ok=True)
        self._files.append(file)
        return True

    def _read(self, lines: Path) -> None:
        self.database.execute(
            f"""
            INSERT INTO landed
            SELECT {", ".join(f'"{name}"' for name in _COLUMNS)},
                   CASE WHEN created_at >= $epoch AND created_at < $end THEN created_at::DATE ELSE $epoch END, $file
            FROM read_json($lines, format = 'newline_delimited', compression = 'none', columns = {_COLUMNS},
                           maximum_object_size = {_LARGEST_ROW})
            """,  # noqa: S608  # names and types are this module's own
            {"epoch": EPOCH, "end": END, "lines": str(lines), "file": len(self._files)},
        )

    def rows(self) -> int:
        """How many rows were read."""
        return self._count("true")

    def rejected(self, without: Collection[Path] = ()) -> int:
        """How many of them the archive cannot hold; those of some files may be left out."""
        files = [number for number, file in enumerate(self._files) if file not in without]
        return self._count(f"NOT {ARCHIVED} AND file IN {files}")

    def has(self, partition: Partition, ids: Ids) -> bool:
        """Whether any are of this partition, with these ids."""
        return bool(self._count(within(partition, ids)))

    def partitions(self, days: tuple[date, date] | None = None) -> list[Partition]:
        """The partitions that the rows belong to, in order; those of these days, the first and the last, or all."""
        first, last = days or (date.min, date.max)
        found = self.database.execute(
            f"SELECT DISTINCT dt, integration_id FROM landed WHERE {ARCHIVED} ORDER BY ALL"  # noqa: S608
        ).fetchall()
        return [Partition(day, integration_id) for day, integration_id in found if first <= day <= last]

    def files_of(self, partitions: Collection[Partition]) -> set[Path]:
        """The files that have rows of these partitions."""
        query = (
            f"SELECT DISTINCT file FROM landed JOIN {numbered(partitions)} USING (dt, integration_id) WHERE {ARCHIVED}"  # noqa: S608
        )
        return {self._files[file] for (file,) in self.database.execute(query).fetchall()} if partitions else set()

    def smaller_than(self, size: int) -> set[Partition]:
        """The partitions whose rows' texts have fewer bytes than that, all together."""
        found = self.database.execute(
            f"""
            SELECT dt, integration_id FROM landed WHERE {ARCHIVED}
            GROUP BY ALL HAVING sum({SIZE}) < $size
            """,  # noqa: S608
            {"size": size},
        ).fetchall()
        return {Partition(*each) for each in found}

    def _count(self, condition: str) -> int:
        query = f"SELECT count(*) FROM landed WHERE {condition}"  # noqa: S608
        return int(self.database.execute(query).fetchall()[0][0])


def numbered(partitions: Iterable[Partition]) -> str:
    """SQL for a table of these partitions: ``part`` (their number), ``dt`` and ``integration_id``."""
    values = ", ".join(
        f"({number}, DATE '{each.day}', {int(each.integration_id)})" for number, each in enumerate(partitions)
    )
    return f"(VALUES {values}) AS parts (part, dt, integration_id)"


def within(partition: Partition, ids: Ids = (1, LARGEST_ID)) -> str:
    """The condition for the rows that the archive keeps in this partition and that have these ids."""
    return f"""{ARCHIVED} AND dt = DATE '{partition.day}' AND integration_id = {int(partition.integration_id)}
        AND id BETWEEN {int(ids[0])} AND {int(ids[1])}"""
