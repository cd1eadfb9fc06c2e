"""Reads the archive back in Sendcloud's own shape, newest first."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from archive_logs.columns import rows
from archive_logs.database import connect
from archive_logs.partitions import END, EPOCH, PREFIX, Part
from integration_logs.records import COLUMNS, record_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duckdb import DuckDBPyConnection

    from integration_logs.json_types import JsonObject
    from integration_logs.objects import ObjectStore

_MOST_OBJECTS = 1_000_000
"""Of one month; far more than there are."""

_MOST_BYTES = 2 << 20
"""Of the records' text in one answer; as a string in the function's own JSON it grows."""

_MONTH = f"{PREFIX}dt=yyyy-mm"
_1970 = date(1970, 1, 1)
_INT64 = range(-(2**63), 2**63)


def _micros(day: date) -> int:
    return (day - _1970) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Position:
    """Where a page ended: the time (microseconds since 1970, UTC) and id of its last record."""

    micros: int
    id: int

    def cursor(self) -> str:
        """The position as opaque text."""
        return urlsafe_b64encode(f"{self.micros},{self.id}".encode()).decode().rstrip("=")

    @classmethod
    def of(cls, cursor: str) -> Position:
        """The position that a cursor stands for; raises ``ValueError`` where it is not one of ours.

        >>> Position.of(Position(7, 9).cursor())
        Position(micros=7, id=9)
        """
        padded = cursor + "=" * (-len(cursor) % 4)
        micros, _, id_ = urlsafe_b64decode(padded.encode("ascii")).decode("ascii").partition(",")
        position = cls(int(micros), int(id_))
        if position.cursor() != cursor or position.micros not in _INT64 or position.id not in _INT64:
            raise ValueError("not a cursor that was given out")
        return position

    def day(self) -> date:
        """The day of the partition that the record is in; what follows it is there or in older ones."""
        if self.micros < _micros(EPOCH):
            return EPOCH
        return date.max if self.micros > _micros(date.max) else _1970 + timedelta(microseconds=self.micros)


def newest(
    store: ObjectStore, integration_id: int, *, page_size: int, after: Position | None
) -> tuple[list[JsonObject], Position | None]:
    """A page of one integration's records, newest first, and where the next page begins (``None``: it is the last).

    Reads the integration's objects from the newest day back, no more of them than the page needs. A page whose records
    are large has fewer of them, for a function's answer may not exceed 6 MB.
    """
    found: list[dict[str, Any]] = []
    with TemporaryDirectory(prefix="search-") as folder, connect(Path(folder)) as database:
        path = Path(folder) / "object.parquet"
        parts = _parts(store, integration_id, latest=after.day() if after else date.max)
        for _, of_a_day in groupby(parts, lambda part: part.partition.day):
            wanted = page_size + 1 - len(found)
            if wanted <= 0:
                break
            day: list[dict[str, Any]] = []
            for part in of_a_day:  # their times overlap
                if store.download(part.key, path) is not None:
                    day += _rows(database, path, limit=wanted, after=after)
                    day = sorted(day, key=lambda row: (row["micros"], row["id"]), reverse=True)[:wanted]
            found += day
    page = found[: _fitting(found, page_size)]
    more = len(found) > len(page)
    return [record_of(row) for row in page], Position(page[-1]["micros"], page[-1]["id"]) if more else None


def _fitting(rows: list[dict[str, Any]], most: int) -> int:
    """How many of the rows go into one answer; at least one."""
    size = 0
    for number, row in enumerate(rows[:most]):
        size += sum(len(value.encode()) for value in row.values() if isinstance(value, str))
        if number and size > _MOST_BYTES:
            return number
    return min(len(rows), most)


def _parts(store: ObjectStore, integration_id: int, *, latest: date) -> Iterator[Part]:
    """The integration's objects, newest day first; listed month by month, as far back as they are asked for."""
    months = {folder[: len(_MONTH)] for folder in store.folders(PREFIX)}
    for month in sorted(months, reverse=True):
        if month > f"{PREFIX}dt={latest.isoformat()}":
            continue
        parts = [Part.of(entry.key) for entry in store.entries(month, limit=_MOST_OBJECTS)]
        own = [each for each in parts if each and each.partition.integration_id == integration_id]
        yield from sorted((each for each in own if each.partition.day <= latest), reverse=True)


def _rows(database: DuckDBPyConnection, path: Path, *, limit: int, after: Position | None) -> list[dict[str, Any]]:
    cursor = database.execute(
        f"""
        SELECT {_SELECTED}, CASE WHEN created_at < $end THEN epoch_us(created_at) ELSE {_UNDATED} END AS micros
        FROM {rows(database, path)}
        WHERE $micros IS NULL OR (micros, id) < ($micros, $id)
        ORDER BY micros DESC, id DESC
        LIMIT $limit
        """,  # noqa: S608  # the names are this project's own
        {
            "end": END,
            "limit": limit,
            "micros": after.micros if after else None,
            "id": after.id if after else None,
        },
    )
    columns = [description[0] for description in cursor.description or []]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


# DuckDB needs pytz, which it does not bring, to hand over a time with a zone: times come as text.
_SELECTED = ", ".join(
    f"strftime({column.name}, '%Y-%m-%dT%H:%M:%S.%f+00:00') AS {column.name}"
    if column.duckdb == "TIMESTAMPTZ"
    else f'"{column.name}"'
    for column in COLUMNS
)

_UNDATED = -(2**62)
"""Sorts what has no usable ``created_at`` behind everything that has one."""
