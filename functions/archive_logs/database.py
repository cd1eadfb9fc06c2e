"""DuckDB as the archiver uses it: within the function's memory and disk, its errors by what to do about them."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import duckdb

from integration_logs.errors import IntegrationLogsError, NeedsOperator, TryLater

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY_LIMIT = "384MB"
"""What DuckDB keeps in memory; the rest spills to disk. The function has 1 GB."""

# DuckDB's word for rows that are no JSON or do not fit the columns. Nothing else may cost an object its place: an
# IOException says "not gzip" and "disk full" alike, which is why unpacking is not left to DuckDB.
UNREADABLE = (duckdb.DataError, duckdb.InvalidInputException)
_OUT_OF_RESOURCES = (duckdb.OperationalError, duckdb.FatalException, MemoryError, OSError)


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """A fresh database in ``folder``, where it also spills."""
    return _connect(str(folder / "archive.duckdb"), folder)


@contextmanager
def warm() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a database in memory that is kept for the next one: making one takes longer than most pages do.

    After an error it is not kept, for a fatal one ends it for good.
    """
    try:
        with _kept().cursor() as connection:
            yield connection
    except IntegrationLogsError:
        _kept.cache_clear()
        raise


@cache
def _kept() -> duckdb.DuckDBPyConnection:
    return _connect(":memory:", Path(mkdtemp(prefix="archive-")))


def _connect(place: str, folder: Path) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect(
        place,
        config={
            "enable_external_file_cache": False,  # no file is read twice
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(folder / "spill"),
            "threads": 1,  # also keeps rows in the order in which they were inserted
            "preserve_insertion_order": False,  # which forbids ROW_GROUP_SIZE_BYTES
        },
    )
    database.execute("SET GLOBAL TimeZone = 'UTC'")
    # Else a column in which an object happens to have no null is written as one that may have none, and readers that
    # take the columns of all objects from one of them fail.
    database.execute("SET GLOBAL disabled_optimizers = 'statistics_propagation'")
    return database


@contextmanager
def enough() -> Iterator[None]:
    """Where memory or disk does not suffice, time may help: ``TryLater``."""
    try:
        yield
    except _OUT_OF_RESOURCES as error:
        raise TryLater(f"The archiver's memory or disk did not suffice ({type(error).__name__}).") from error


@contextmanager
def readable(key: str) -> Iterator[None]:
    """An archive object that cannot be read is an operator's to mend: ``NeedsOperator``."""
    try:
        yield
    except (*UNREADABLE, ValueError) as error:
        raise NeedsOperator(
            f"{key} cannot be merged into ({type(error).__name__}): bring back its last good version."
        ) from error
