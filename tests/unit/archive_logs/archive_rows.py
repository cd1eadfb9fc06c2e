"""Rows as they land, landing objects, and what an archive holds, for the archiver's tests."""

from __future__ import annotations

import atexit
import gzip
import io
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb

from archive_logs.merging.partitions import PREFIX, Part
from integration_logs.records.rows import COLUMNS, Row, parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.fakes.memory_store import MemoryStore

FETCHED = datetime(2026, 11, 22, 12, tzinfo=UTC)
NAMES = [column.name for column in COLUMNS]


def row(id_: Any = 1, *, fetched_at: datetime = FETCHED, integration_id: int | None = 7, **fields: Any) -> Row:
    """The row of a record with these fields, parsed as the fetcher does it."""
    record = {"id": id_, "base_url": "https://shop.example", "created_at": "2026-11-20T10:00:00+01:00", **fields}
    return parse(record, account="main", integration_id=integration_id, fetched_at=fetched_at)


def packed(rows: Iterable[object]) -> bytes:
    """A landing object."""
    return gzip.compress(b"".join(json.dumps(each).encode() + b"\n" for each in rows), 1, mtime=0)


def content(parquet: bytes | Path) -> list[dict[str, Any]]:
    """An archive object's rows in its own order; times as UTC text."""
    with TemporaryDirectory() as folder:
        path = parquet if isinstance(parquet, Path) else Path(folder) / "object.parquet"
        if isinstance(parquet, bytes):
            path.write_bytes(parquet)
        cursor = reader().execute(
            """
            SELECT * REPLACE (created_at::VARCHAR AS created_at, fetched_at::VARCHAR AS fetched_at)
            FROM read_parquet(?)
            """,
            [str(path)],
        )
        names = [each[0] for each in cursor.description or []]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


@cache
def reader() -> duckdb.DuckDBPyConnection:
    """One for all objects: making it takes longer than reading a few."""
    database = duckdb.connect(config={"threads": 1, "enable_external_file_cache": False})
    database.execute("SET TimeZone = 'UTC'")
    return database


atexit.register(reader.cache_clear)


def rewritten(source: Path, target: Path, select: str, version: int) -> Path:
    """The object as another version of this project would have written it."""
    with duckdb.connect() as database:
        database.execute(
            f"COPY (SELECT {select} FROM read_parquet('{source}')) TO '{target}' "
            f"(FORMAT parquet, KV_METADATA {{schema_version: '{version}'}})"
        )
    return target


def archive(store: MemoryStore) -> dict[Part, list[dict[str, Any]]]:
    """Everything in the archive; fails where an object is not one of its own."""
    found = {}
    for key, body in store.objects.items():
        if key.startswith(PREFIX):
            part = Part.of(key)
            assert part is not None, key
            found[part] = content(body)
    return found


def archived_ids(store: MemoryStore) -> list[int]:
    """Every id in the archive, as often as it is there, in order."""
    return sorted(each["id"] for rows in archive(store).values() for each in rows)


def quarantined(store: MemoryStore) -> list[dict[str, Any]]:
    """Every row in quarantine."""
    return [
        json.loads(line)
        for key in sorted(store.objects)
        if key.startswith("quarantine/rows/")
        for line in gzip.open(io.BytesIO(store.objects[key]))
    ]


def keys(store: MemoryStore, prefix: str) -> Sequence[str]:
    """The keys under a prefix, in order."""
    return sorted(key for key in store.objects if key.startswith(prefix))
