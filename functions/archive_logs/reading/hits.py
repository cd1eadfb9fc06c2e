"""Searches downloaded archive objects for the records of one page, in DuckDB.

Ids and times are looked through first; the texts are read only of the records that the page has.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from archive_logs.merging.columns import rows
from archive_logs.merging.database import enough, readable
from archive_logs.merging.partitions import END
from archive_logs.reading.answer_size import MOST_BYTES, cut, fitting, weight
from archive_logs.reading.cursor import UNDATED, Position
from integration_logs.json_types import JsonObject
from integration_logs.records.rows import COLUMNS, record_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Hit(NamedTuple):
    """A record that the page may have: where it is in the order, and in which row of which file."""

    at: Position
    path: Path
    place: int


@dataclass
class Hits:
    """The first ``most`` records that match, newest or oldest first, of the objects that were looked through.

    ``condition`` is SQL over an object's columns and ``micros``, with ``values`` for its parameters.
    """

    database: DuckDBPyConnection
    most: int
    oldest_first: bool
    condition: str
    values: dict[str, Any]
    found: list[Hit] = field(default_factory=list)
    _keys: dict[Path, str] = field(default_factory=dict)

    def look_through(self, key: str, path: Path) -> None:
        """Add what matches in the archive object at ``path``, which is removed when no record of it is needed any more.

        Raises ``NeedsOperator`` where it cannot be read, ``TryLater`` where memory or disk does not suffice.
        """
        self._keys[path] = key
        order = ", ".join(f"{name} {'ASC' if self.oldest_first else 'DESC'}" for name in Position._fields)
        with enough(), readable(key):
            found = self.database.execute(
                f"""
                SELECT {", ".join(Position._fields)}, file_row_number
                FROM (SELECT *, {_MICROS} AS micros FROM {rows(self.database, path)})
                WHERE {self.condition} ORDER BY {order} LIMIT {self.most}
                """,  # noqa: S608  # the names are this project's own, the values parameters
                self.values | {"end": END},
            ).fetchall()
        both = [*self.found, *(Hit(Position(*at), path, place) for *at, place in found)]
        self.found = sorted(both, key=lambda hit: hit.at, reverse=not self.oldest_first)[: self.most]
        for unused in self._keys.keys() - {hit.path for hit in self.found}:
            unused.unlink()
            del self._keys[unused]

    def records(self, most: int) -> tuple[list[JsonObject], tuple[int, ...]]:
        """The first records, as many as one answer holds, and the ids of those of them that had to be cut."""
        hits = self.found[:most]
        sizes = {hit: row["size"] for hit, row in self._select(hits, f"{_SIZE} AS size").items()}
        hits = hits[: fitting(sizes[hit] for hit in hits)]
        texts = self._select(hits, _SELECTED)
        records = [record_of(texts[hit] if sizes[hit] <= MOST_BYTES else cut(texts[hit])) for hit in hits]
        weights = [weight(record) for record in records]
        fit = fitting(weights)
        too_large = [hit for hit, each in zip(hits[:fit], weights, strict=False) if max(sizes[hit], each) > MOST_BYTES]
        if too_large:  # then it is the only one
            records[0] = record_of(cut(texts[hits[0]]))
        return records[:fit], tuple(hit.at.id for hit in too_large)

    def _select(self, hits: Iterable[Hit], columns: str) -> dict[Hit, dict[str, Any]]:
        """The columns of these rows."""
        by_path: dict[Path, dict[int, Hit]] = {}
        for hit in hits:
            by_path.setdefault(hit.path, {})[hit.place] = hit
        found: dict[Hit, dict[str, Any]] = {}
        for path, places in by_path.items():
            with enough(), readable(self._keys[path]):
                cursor = self.database.execute(
                    f"""
                    SELECT file_row_number AS place, {columns} FROM {rows(self.database, path)}
                    WHERE file_row_number BETWEEN {min(places)} AND {max(places)}
                          AND file_row_number IN ({", ".join(map(str, places))})
                    """  # noqa: S608
                )
                names = [description[0] for description in cursor.description or []]
                for values in cursor.fetchall():
                    row = dict(zip(names, values, strict=True))
                    found[places[row["place"]]] = row
        return found


_MICROS = f"CASE WHEN created_at < $end THEN epoch_us(created_at) ELSE {UNDATED} END"

# DuckDB needs pytz, which it does not bring, to hand over a time with a zone: times come as text.
_SELECTED = ", ".join(
    f"strftime({column.name}, '%Y-%m-%dT%H:%M:%S.%f+00:00') AS {column.name}"
    if column.duckdb == "TIMESTAMPTZ"
    else f'"{column.name}"'
    for column in COLUMNS
)

_TEXTS = [column.name for column in COLUMNS if column.duckdb == "VARCHAR"]
_SIZE = " + ".join(f'coalesce(strlen("{name}"), 0)' for name in _TEXTS)
