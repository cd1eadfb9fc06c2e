"""DuckDB as the archiver uses it: sealed, within the function's memory and disk; its errors become errors of ours.

It is imported when there is first something to read: a start for which nothing has landed does without.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING

from archive_logs.merging.columns import OddObjectError
from archive_logs.merging.sql import quoted
from integration_logs.errors import IntegrationLogsError, ObjectUnreadable, TryLater

if TYPE_CHECKING:
    import duckdb

MEMORY_LIMIT = "384MB"
"""What DuckDB keeps in memory; the rest spills to disk. The function has 1 GB."""


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """A fresh database in ``folder``, where it also spills."""
    return sealed(str(folder / "archive.duckdb"), folder)


@contextmanager
def warm() -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A connection to a database in memory that is kept for the next one: making one takes longer than most pages do.

    With it comes a folder for the files that it is to read, which is removed at the end. After an error the database
    is not kept, for a fatal one ends it for good.
    """
    try:
        database, folder = _kept()
        with TemporaryDirectory(dir=folder) as name, database.cursor() as connection:
            yield connection, Path(name)
    except IntegrationLogsError:
        _kept.cache_clear()
        raise


@cache
def _kept() -> tuple[duckdb.DuckDBPyConnection, Path]:
    folder = Path(mkdtemp(prefix="archive-"))
    return sealed(":memory:", folder), folder


def sealed(place: str, folder: Path) -> duckdb.DuckDBPyConnection:
    """The database at ``place``, which reads and writes files in ``folder`` alone, loads nothing, and stays so."""
    import duckdb  # noqa: PLC0415

    database = duckdb.connect(
        place,
        config={
            "autoinstall_known_extensions": False,  # what is needed is linked in: json, parquet, icu
            "autoload_known_extensions": False,
            "enable_external_file_cache": False,  # no file is read twice
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(folder / "spill"),
            "threads": 1,  # also keeps rows in the order in which they were inserted
            "preserve_insertion_order": False,  # which forbids ROW_GROUP_SIZE_BYTES
        },
    )
    database.execute("SET GLOBAL TimeZone = 'UTC'")
    # Small batches of rows are not held back to be joined with later ones: rows that stream through keep their order.
    database.execute("SET GLOBAL enable_caching_operators = false")
    # Else a column in which an object happens to have no null is written as one that may have none, and readers that
    # take the columns of all objects from one of them fail.
    database.execute("SET GLOBAL disabled_optimizers = 'statistics_propagation'")
    # In this order: the folder can be named only while access is on, and nothing can be set behind the lock.
    database.execute(f"SET GLOBAL allowed_directories = [{quoted(folder)}]")
    database.execute("SET GLOBAL enable_external_access = false")
    database.execute("SET GLOBAL lock_configuration = true")
    return database


def unreadable() -> tuple[type[Exception], type[Exception]]:
    """DuckDB's words for rows that are no JSON or do not fit the columns.

    Nothing else may cost an object its place: an IOException says "not gzip" and "disk full" alike, which is why
    unpacking is not left to DuckDB.
    """
    import duckdb  # noqa: PLC0415

    return duckdb.DataError, duckdb.InvalidInputException


def _out_of_resources() -> tuple[type[Exception], ...]:
    import duckdb  # noqa: PLC0415

    return duckdb.OperationalError, duckdb.FatalException, MemoryError, OSError


@contextmanager
def enough() -> Iterator[None]:
    """Where memory or disk does not suffice, time may help: ``TryLater``."""
    try:
        yield
    except _out_of_resources() as error:
        raise TryLater(f"The archiver ran out of memory or disk space ({type(error).__name__}).") from error


@contextmanager
def readable(key: str) -> Iterator[None]:
    """An archive object that cannot be read is for an operator to fix: ``ObjectUnreadable``.

    That is whatever DuckDB says about it, but for what memory and disk have to do with.
    """
    import duckdb  # noqa: PLC0415

    try:
        yield
    except _out_of_resources():
        raise
    except (duckdb.Error, ValueError) as error:
        why = str(error) if isinstance(error, OddObjectError) else type(error).__name__
        raise ObjectUnreadable(
            f"{key} cannot be merged into ({why}): restore its last good version.", key=key
        ) from error
