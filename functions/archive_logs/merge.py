"""Merges landed rows into one partition with DuckDB: a union by ``id``, sorted, on disk where memory is short.

Of rows with the same ``id`` the one that was fetched first stays; between equals the first in the columns' order, texts
by their digest. So the merge is idempotent, commutative and associative, and any replay converges. A row that
landed late may thus replace one of the same ``id`` that is archived already: that is written, yet it is no new record.

Memory is bounded by doing what needs all rows at once (who stays, in which order) without their texts, and moving
the texts in slices of the final order. Columns of an archive object that this version does not know stay in it.
"""

from __future__ import annotations

import gzip
import shutil
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import duckdb

from archive_logs.partitions import EPOCH, Partition
from integration_logs.errors import NeedsOperator, TryLater
from integration_logs.records import COLUMNS, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MEMORY_LIMIT = "384MB"
"""What DuckDB keeps in memory; the rest spills to disk. The function has 1 GB."""

_LARGEST_ROW = 32 << 20
"""Bytes of one row's JSON; DuckDB sets twice as much aside while it reads. An object with a larger row goes into
quarantine whole."""

_SLICE = 48 << 20
"""Bytes of text that are sorted at once."""

_ROW_GROUP = "ROW_GROUP_SIZE 8192, ROW_GROUP_SIZE_BYTES '16MB'"
"""The writer holds one group in memory; small ones also let a reader skip more."""

# DuckDB's word for rows that are no JSON or do not fit the columns. Nothing else may cost an object its place: an
# IOException says "not gzip" and "disk full" alike, which is why unpacking is not left to DuckDB.
_UNREADABLE = (duckdb.DataError, duckdb.InvalidInputException)
_OUT_OF_RESOURCES = (duckdb.OperationalError, duckdb.FatalException, MemoryError, OSError)

_TEXTS = [column.name for column in COLUMNS if column.duckdb == "VARCHAR"]  # any of them can be long
_COLUMNS = [column.name for column in COLUMNS]
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
_LANDED = {column.name: column.duckdb for column in COLUMNS} | {"rejected": "VARCHAR"}
_NARROW = ", ".join(f'md5_number("{name}") AS "{name}"' if name in _TEXTS else f'"{name}"' for name in _COLUMNS)
_ORDER = ", ".join(["fetched_at", *(f'"{name}"' for name in _COLUMNS if name != "fetched_at")])
_SIZE = " + ".join(["256", *(f'coalesce(strlen("{name}"), 0)' for name in _TEXTS)])
_ARCHIVED = "(rejected IS NULL AND coalesce(id, 0) > 0 AND coalesce(integration_id, 0) > 0)"


class Merged(NamedTuple):
    """What a merge did to a partition: records that are new there, and rows replaced by one that was fetched before
    them. Neither: nothing was written."""

    new: int
    replaced: int


class Merger:
    """A DuckDB database in ``folder`` that holds one batch of landed rows; use it as a context manager.

    Raises ``TryLater`` where memory or disk does not suffice.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._database = duckdb.connect(
            str(folder / "merge.duckdb"),
            config={
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": str(folder / "spill"),
                "threads": 1,  # also keeps rows in the order in which they were inserted
                "preserve_insertion_order": False,  # which forbids ROW_GROUP_SIZE_BYTES
            },
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
        """Read landing objects (gzip'd NDJSON); those that cannot be read as a whole, which add no row."""
        return [file for file in files if not self._take(file)]

    def _take(self, file: Path) -> bool:
        lines = self._folder / "landed.ndjson"
        with _named_errors():
            try:
                with gzip.open(file) as packed, lines.open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)
                if not file.stat().st_size:  # to gzip, nothing at all is fine
                    return False
                self._read(lines)
            except (gzip.BadGzipFile, EOFError, zlib.error, *_UNREADABLE):
                return False
            finally:
                lines.unlink(missing_ok=True)
        return True

    def _read(self, lines: Path) -> None:
        self._database.execute(
            f"""
            INSERT INTO landed
            SELECT {", ".join(f'"{name}"' for name in _LANDED)},
                   greatest(coalesce(created_at::DATE, $epoch), $epoch)
            FROM read_json($lines, format = 'newline_delimited', compression = 'none', columns = {_LANDED},
                           maximum_object_size = {_LARGEST_ROW})
            """,  # noqa: S608  # names and types are this module's own
            {"epoch": EPOCH, "lines": str(lines)},
        )

    def rows(self) -> int:
        """How many rows were read."""
        return self._number("SELECT count(*) FROM landed")

    def rejected(self) -> int:
        """How many of them the archive cannot hold."""
        return self._number(f"SELECT count(*) FROM landed WHERE NOT {_ARCHIVED}")  # noqa: S608

    def partitions(self) -> list[Partition]:
        """The partitions that the rows belong to, in order."""
        found = self._database.execute(
            f"SELECT DISTINCT dt, integration_id FROM landed WHERE {_ARCHIVED} ORDER BY ALL"  # noqa: S608
        ).fetchall()
        return [Partition(day, integration_id) for day, integration_id in found]

    def merge(self, partition: Partition, existing: Path | None, target: Path) -> Merged:
        """Write the partition's object to ``target``: ``existing`` and the rows that landed for it.

        Raises ``NeedsOperator`` where ``existing`` is no Parquet.
        """
        with _named_errors():
            try:
                source, version = self._source(partition, existing)
                merged = self._decide(source)
                if any(merged):
                    self._write(source, version, target)
            except _UNREADABLE as error:
                raise NeedsOperator(
                    f"{partition.key} cannot be merged into ({type(error).__name__}): bring back its last good version."
                ) from error
            return merged

    def _source(self, partition: Partition, existing: Path | None) -> tuple[str, int]:
        """Every row that may stay, known by (``is_new``, ``place``), and the schema version of their union."""
        self._database.execute(
            f"""
            CREATE OR REPLACE TEMP VIEW incoming AS
            SELECT {_NAMES}, true AS is_new, rowid AS place FROM landed
            WHERE {_ARCHIVED} AND dt = DATE '{partition.day}' AND integration_id = {int(partition.integration_id)}
            """  # noqa: S608
        )
        if existing is None:
            return "incoming", SCHEMA_VERSION
        path = _quoted(existing)
        version = self._number(
            f"""
            SELECT coalesce(max(try_cast(decode(value) AS INTEGER)), 0) FROM parquet_kv_metadata({path})
            WHERE decode(key) = 'schema_version'
            """  # noqa: S608
        )
        self._database.execute(
            f"""
            CREATE OR REPLACE TEMP VIEW archived AS
            SELECT * EXCLUDE (file_row_number), false AS is_new, file_row_number AS place
            FROM read_parquet({path}, file_row_number = true)
            """  # noqa: S608
        )
        return "(FROM incoming UNION ALL BY NAME FROM archived)", max(SCHEMA_VERSION, version)

    def _decide(self, source: str) -> Merged:
        """Which rows stay, and in which slice of the order each is."""
        self._database.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE staying AS
            SELECT is_new, place, unseen, sum(size) OVER (ORDER BY created_at, id) // {_SLICE} AS slice
            FROM (
                SELECT id, created_at, is_new, place, size, bool_and(is_new) OVER (PARTITION BY id) AS unseen
                FROM (SELECT {_NARROW}, is_new, place, {_SIZE} AS size FROM {source})
                QUALIFY row_number() OVER (PARTITION BY id ORDER BY {_ORDER}, is_new) = 1
            )
            """  # noqa: S608
        )
        return Merged(
            new=self._number("SELECT count(*) FROM staying WHERE unseen"),
            replaced=self._number("SELECT count(*) FROM staying WHERE is_new AND NOT unseen"),
        )

    def _write(self, source: str, version: int, target: Path) -> None:
        self._database.execute(
            f"CREATE OR REPLACE TABLE merged AS SELECT * EXCLUDE (is_new, place) FROM {source} LIMIT 0"  # noqa: S608
        )
        slices = self._database.execute("SELECT DISTINCT slice FROM staying ORDER BY slice").fetchall()
        for (number,) in slices:
            self._database.execute(
                f"""
                INSERT INTO merged
                SELECT * EXCLUDE (is_new, place) FROM {source}
                SEMI JOIN (FROM staying WHERE slice = {number}) USING (is_new, place)
                ORDER BY created_at, id
                """  # noqa: S608
            )
        self._database.execute(
            f"""
            COPY merged TO {_quoted(target)}
            (FORMAT parquet, COMPRESSION zstd, {_ROW_GROUP}, KV_METADATA {{schema_version: '{version}'}})
            """
        )
        self._database.execute("DROP TABLE merged")

    def _number(self, query: str) -> int:
        row = self._database.execute(query).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except _OUT_OF_RESOURCES as error:
        raise TryLater(f"The archiver's memory or disk did not suffice ({type(error).__name__}).") from error


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
