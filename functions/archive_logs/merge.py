"""Merges landed rows into an archive object with DuckDB: a union by ``id``, sorted, on disk where memory is short.

Of rows with the same ``id`` the one that was fetched first stays; between equals the first in the columns' order, texts
by their digest. So the merge is idempotent, commutative and associative, and any replay converges. A row that
landed late may thus replace one of the same ``id`` that is archived already: that is written, yet it is no new record.

Memory is bounded by doing what needs all rows at once (who stays, in which order) without their texts, and moving
the texts in slices of the final order. Columns of an archive object that this version does not know stay in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from archive_logs.columns import metadata, quoted
from archive_logs.database import enough, readable
from archive_logs.landed import within
from archive_logs.summary import summarise
from integration_logs.records import COLUMNS, SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from archive_logs.landed import Landed
    from archive_logs.partitions import Ids, Part
    from integration_logs.json_types import JsonObject

PART_BYTES = 128 << 20
"""Beyond this size an object is sealed, where the settings say nothing else."""

MOST_FIELDS = 20
"""Names of unknown fields that are told at once."""

_LONGEST_NAME = 100
"""Characters of each."""

_SLICE = 48 << 20
"""Bytes of text that are sorted at once."""

_ROW_GROUP = "ROW_GROUP_SIZE 8192, ROW_GROUP_SIZE_BYTES '16MB'"
"""The writer holds one group in memory; small ones also let a reader skip more."""

_TEXTS = [column.name for column in COLUMNS if column.duckdb == "VARCHAR"]  # any of them can be long
_COLUMNS = [column.name for column in COLUMNS]
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)
_NARROW = ", ".join(f'md5_number("{name}") AS "{name}"' if name in _TEXTS else f'"{name}"' for name in _COLUMNS)
_OTHERS = ", ".join(f'"{name}"' for name in _COLUMNS if name != "fetched_at")
_ORDER = f"fetched_at, {_OTHERS}, is_new"
# In a replay, of the rows that were fetched at one time the first that landed goes before the archived ones, but not
# before one that equals it: that is nothing new.
_REPLAY_ORDER = "fetched_at, version IS DISTINCT FROM landed_version, is_new"
_REPLAY_VERSIONS = f"""(
    SELECT *, min(version) FILTER (WHERE is_new) OVER (PARTITION BY id, fetched_at) AS landed_version
    FROM (SELECT *, dense_rank() OVER (PARTITION BY id, fetched_at ORDER BY {_OTHERS}) AS version FROM {{}})
)"""  # noqa: S608  # the names are this project's own
_SIZE = " + ".join(["256", *(f'coalesce(strlen("{name}"), 0)' for name in _TEXTS)])


@dataclass(frozen=True)
class Merged:
    """What a merge did to an object: records that are new there, and rows replaced by one that was fetched before them
    (or, in a replay, differs from them).

    ``extra`` of the new ones have fields that the archive has no column for; ``fields`` names some. ``sealed`` are the
    ids that the object takes in from now on, ``None`` where it takes all of its part's.
    """

    new: int = 0
    replaced: int = 0
    extra: int = 0
    fields: frozenset[str] = frozenset()
    sealed: Ids | None = None

    @property
    def written(self) -> bool:
        """Whether there was anything to write."""
        return bool(self.new or self.replaced)


class Merger:
    """Merges a batch's landed rows; ``prefer_landed`` is for a replay, see ``batch``.

    Raises ``TryLater`` where memory or disk does not suffice.
    """

    def __init__(self, landed: Landed, *, prefer_landed: bool = False) -> None:
        self._database = landed.database
        self._versions, self._order = (_REPLAY_VERSIONS, _REPLAY_ORDER) if prefer_landed else ("{}", _ORDER)

    def merge(
        self,
        part: Part,
        existing: Path | None,
        target: Path,
        *,
        part_bytes: int = PART_BYTES,
        sealed: Ids | None = None,
    ) -> Merged:
        """Write the part's object to ``target``: ``existing`` and the rows that landed for it.

        ``sealed`` is what is known to have been sealed already, should ``existing`` not say so. What grows beyond
        ``part_bytes`` is sealed by this write. Raises ``NeedsOperator`` where ``existing`` is no Parquet.
        """
        with enough(), readable(part.key):
            known = metadata(self._database, existing) if existing else {}
            version = max(SCHEMA_VERSION, int(known.get("schema_version", 0)))
            sealed = _parsed(known.get("sealed")) or sealed
            self._database.execute(
                f"""
                CREATE OR REPLACE TEMP VIEW incoming AS
                SELECT {_NAMES}, true AS is_new, rowid AS place FROM landed
                WHERE {within(part.partition, sealed or part.ids)}
                """  # noqa: S608
            )
            if not self._database.execute("FROM incoming LIMIT 1").fetchall():
                return Merged(sealed=sealed)
            source = self._source(existing)
            merged = replace(self._decide(source), sealed=sealed)
            if merged.written:
                self._gather(source)
                self._write(target, version, sealed)
                if sealed is None and target.stat().st_size > part_bytes:
                    sealed = self._database.execute("SELECT min(id), max(id) FROM merged").fetchall()[0]
                    self._write(target, version, sealed)
                self._database.execute("DROP TABLE merged")
            return replace(merged, sealed=sealed)

    def summarise(self, part: Part, path: Path) -> tuple[JsonObject, Ids | None]:
        """What ``summary.summarise`` says of the object at ``path``, and its seal; raises as ``merge`` does."""
        with enough(), readable(part.key):
            sealed = _parsed(metadata(self._database, path).get("sealed"))
            return summarise(self._database, path), sealed

    def _source(self, existing: Path | None) -> str:
        """Every row that may stay, known by (``is_new``, ``place``)."""
        if existing is None:
            return "incoming"
        self._database.execute(
            f"""
            CREATE OR REPLACE TEMP VIEW archived AS
            SELECT * EXCLUDE (file_row_number), false AS is_new, file_row_number AS place
            FROM read_parquet({quoted(existing)}, file_row_number = true)
            """  # noqa: S608
        )
        return "(FROM incoming UNION ALL BY NAME FROM archived)"

    def _decide(self, source: str) -> Merged:
        """Which rows stay, and in which slice of the order each is."""
        self._database.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE staying AS
            SELECT is_new, place, unseen, extra IS NOT NULL AS has_extra,
                   sum(size) OVER (ORDER BY created_at, id) // {_SLICE} AS slice
            FROM (
                SELECT id, created_at, is_new, place, extra, size, bool_and(is_new) OVER (PARTITION BY id) AS unseen
                FROM {self._versions.format(f"(SELECT {_NARROW}, is_new, place, {_SIZE} AS size FROM {source})")}
                QUALIFY row_number() OVER (PARTITION BY id ORDER BY {self._order}) = 1
            )
            """  # noqa: S608
        )
        counts = """
            SELECT count(*) FILTER (WHERE unseen), count(*) FILTER (WHERE is_new AND NOT unseen),
                   count(*) FILTER (WHERE unseen AND has_extra)
            FROM staying
        """
        new, replaced, extra = self._database.execute(counts).fetchall()[0]
        return Merged(new, replaced, extra, self._fields() if extra else frozenset())

    def _fields(self) -> frozenset[str]:
        """Some names of fields in ``extra`` of the new rows."""
        found = self._database.execute(
            f"""
            SELECT DISTINCT left(unnest(TRY(json_keys(extra))), {_LONGEST_NAME}) AS name
            FROM incoming SEMI JOIN (FROM staying WHERE unseen AND has_extra) USING (place)
            ORDER BY name LIMIT {MOST_FIELDS}
            """  # noqa: S608
        ).fetchall()
        return frozenset(name for (name,) in found)

    def _gather(self, source: str) -> None:
        """Bring the rows that stay into their order, slice by slice."""
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

    def _write(self, target: Path, version: int, sealed: Ids | None) -> None:
        seal = f", sealed: '{sealed[0]}-{sealed[1]}'" if sealed else ""
        self._database.execute(
            f"""
            COPY merged TO {quoted(target)}
            (FORMAT parquet, COMPRESSION zstd, {_ROW_GROUP}, KV_METADATA {{schema_version: '{version}'{seal}}})
            """
        )


def _parsed(sealed: str | None) -> Ids | None:
    """Ids as the metadata has them; raises ``ValueError`` where that is not what was written."""
    if sealed is None:
        return None
    lowest, highest = map(int, sealed.split("-"))
    return lowest, highest
