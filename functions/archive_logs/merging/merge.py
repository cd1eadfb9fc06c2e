"""Merges landed rows into an archive object with DuckDB: a union by ``id``, sorted, on disk where memory is short.

Of rows with the same ``id`` the one that was fetched first stays, see ``choice``. So the merge is idempotent,
commutative and associative, and any replay converges. A row that landed late may thus replace one of the same ``id``
that is archived already: that is written, yet it is no new record.

Small objects are merged many at once, see ``small``. Of larger ones, each by itself, a few new rows are woven into the
archived ones, which are in order and stream through. Otherwise rows are sorted: without their texts, where those are
too much for the memory, which then move in slices of the final order. Columns that this version does not know stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from archive_logs.merging.choice import Choice, Merged
from archive_logs.merging.columns import metadata, rows
from archive_logs.merging.database import enough, readable
from archive_logs.merging.landed import SIZE, Landed, within
from archive_logs.merging.parquet import parsed, write
from archive_logs.merging.small import Small, merge_small
from archive_logs.merging.sql import identifier, quoted
from archive_logs.merging.summary import summarise
from integration_logs.json_types import JsonObject
from integration_logs.records.rows import COLUMNS, SCHEMA_VERSION

if TYPE_CHECKING:
    from archive_logs.merging.partitions import Ids, Part

PART_BYTES = 128 << 20
"""Beyond this size an object is sealed, where the settings say nothing else."""

MOST_PART_BYTES = 160 << 20
"""What the settings may say. A merge has on disk: the old object, the new one without and with its seal, and the rows
of both the object and the batch unpacked in the database. The function has 2 GB."""

_SLICE = 48 << 20
"""Bytes of rows that are sorted, or held while others stream by, at once."""

_COLUMNS = [column.name for column in COLUMNS]
_NAMES = ", ".join(f'"{name}"' for name in _COLUMNS)


class Merger:
    """Merges a batch's landed rows; ``prefer_landed`` is for a replay, see ``batch``.

    Raises ``TryLater`` where memory or disk does not suffice.
    """

    def __init__(self, landed: Landed, *, prefer_landed: bool = False) -> None:
        self._database = landed.database
        self._choice = Choice(landed.database, prefer_landed=prefer_landed)

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
        ``part_bytes`` is sealed by this write. Raises ``NeedsOperator`` where ``existing`` is no object of ours.
        """
        with enough(), readable(part.key):
            known = metadata(self._database, existing) if existing else {}
            sealed = parsed(known.get("sealed")) or sealed
            self._database.execute(
                f"""
                CREATE OR REPLACE TEMP VIEW incoming AS
                SELECT {_NAMES}, true AS is_new, rowid AS place FROM landed
                WHERE {within(part.partition, sealed or part.ids)}
                """  # noqa: S608
            )
            if not self._database.execute("SELECT id FROM incoming LIMIT 1").fetchall():
                return Merged(sealed=sealed)
            source = self._source(existing)
            merged = replace(self._decide(source), sealed=sealed)
            if merged.written:
                pairs = {"schema_version": max(SCHEMA_VERSION, int(known.get("schema_version", 0)))}
                if existing is None or not self._weave(source, target, pairs, sealed):
                    write(self._database, self._in_order(source), target, pairs, sealed)
                if sealed is None and target.stat().st_size > part_bytes:
                    unsealed = target.rename(target.with_suffix(".unsealed"))
                    written = f"read_parquet({quoted(unsealed)})"
                    sealed = self._database.execute(f"SELECT min(id), max(id) FROM {written}").fetchall()[0]  # noqa: S608
                    write(self._database, written, target, pairs, sealed)
                    unsealed.unlink()
                self._database.execute("DROP TABLE IF EXISTS merged")
            return replace(merged, sealed=sealed)

    def merge_small(self, found: Sequence[Small]) -> list[tuple[Merged, JsonObject] | None]:
        """See ``small.merge_small``; raises ``NeedsOperator`` where one of the objects is no Parquet."""
        with enough(), readable(found[0].part.key):
            return merge_small(self._choice, found)

    def summarise(self, part: Part, path: Path) -> tuple[JsonObject, Ids | None]:
        """What ``summary.summarise`` says of the object at ``path``, and its seal; raises as ``merge`` does."""
        with enough(), readable(part.key):
            sealed = parsed(metadata(self._database, path).get("sealed"))
            return summarise(self._database, path), sealed

    def _source(self, existing: Path | None) -> str:
        """Every row that may stay, known by (``is_new``, ``place``)."""
        if existing is None:
            return "incoming"
        self._database.execute(
            f"""
            CREATE OR REPLACE TEMP VIEW archived AS
            SELECT * EXCLUDE (file_row_number), false AS is_new, file_row_number AS place
            FROM {rows(self._database, existing, whole=True)}
            """  # noqa: S608
        )
        return "(FROM incoming UNION ALL BY NAME FROM archived)"

    def _decide(self, source: str) -> Merged:
        """Which rows stay of those with the same id: ``leaving`` has the others, ``staying`` the new ones that do."""
        self._choice.choose(source)
        counts = """
            SELECT count(*) FILTER (WHERE unseen), count(*) FILTER (WHERE NOT unseen),
                   count(*) FILTER (WHERE unseen AND has_extra)
            FROM staying
        """
        new, replaced, extra = self._database.execute(counts).fetchall()[0]
        return Merged(new, replaced, extra, self._choice.fields() if extra else frozenset())

    def _weave(self, source: str, target: Path, pairs: Mapping[str, int], sealed: Ids | None) -> bool:
        """Write the archived rows as they stream by, the new ones between them; whether all are there, and in order.

        They are where one of the archived rows stays, these have that order, and DuckDB keeps it, as in one thread.
        """
        if self._bytes("incoming") > _SLICE:
            return False
        self._database.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE woven AS
            SELECT anchor, list(CASE WHEN is_new THEN place END ORDER BY created_at, id) AS places
            FROM (
                SELECT is_new, place, created_at, id,
                       coalesce(max(place) FILTER (WHERE NOT is_new) OVER (ordered ROWS UNBOUNDED PRECEDING),
                                min(place) FILTER (WHERE NOT is_new) OVER ()) AS anchor
                FROM {source} ANTI JOIN leaving USING (is_new, place)
                WINDOW ordered AS (ORDER BY created_at, id)
                -- the new rows and those beside them: few, where all would be grouped
                QUALIFY is_new OR lead(is_new) OVER ordered OR lag(is_new) OVER ordered
            )
            GROUP BY anchor HAVING bool_or(is_new)
            """  # noqa: S608
        )
        there = [name for name, *_ in self._database.execute("DESCRIBE archived").fetchall()]
        unknown = [identifier(name) for name in there if name not in {*_COLUMNS, "is_new", "place"}]
        columns = [f'CASE WHEN new IS NULL THEN "{name}" ELSE "row"."{name}" END AS "{name}"' for name in _COLUMNS]
        columns += [f"CASE WHEN new IS NULL THEN {name} END AS {name}" for name in unknown]
        rows = f"""(
            SELECT {", ".join(columns)} FROM (
                SELECT *, (SELECT incoming FROM incoming WHERE incoming.place = new) AS "row" FROM (
                    SELECT *, unnest(coalesce((SELECT places FROM woven WHERE anchor = place), [NULL])) AS new
                    FROM archived ANTI JOIN leaving USING (is_new, place)
                )
            )
        )"""  # noqa: S608
        write(self._database, rows, target, pairs, sealed)
        written, in_order = self._database.execute(
            f"""
            SELECT count(*), coalesce(bool_and(in_order), true) FROM (
                SELECT row_number() OVER () = 1 OR lag((created_at, id)) OVER () < (created_at, id) AS in_order
                FROM read_parquet({quoted(target)})
            )
            """  # noqa: S608
        ).fetchall()[0]
        return bool(in_order) and written == self._count(f"{source} ANTI JOIN leaving USING (is_new, place)")

    def _count(self, source: str) -> int:
        return int(self._database.execute(f"SELECT count(*) FROM {source}").fetchall()[0][0])  # noqa: S608

    def _bytes(self, source: str) -> int:
        """What the rows take unpacked."""
        return int(self._database.execute(f"SELECT coalesce(sum({SIZE}), 0)::BIGINT FROM {source}").fetchall()[0][0])  # noqa: S608

    def _in_order(self, source: str) -> str:
        """SQL for the rows that stay, in their order: sorted at once, or else gathered slice by slice before."""
        rows = f"(SELECT * EXCLUDE (is_new, place) FROM {source} ANTI JOIN leaving USING (is_new, place))"  # noqa: S608
        if self._bytes(source) <= _SLICE:
            return f"(FROM {rows} ORDER BY created_at, id)"
        self._database.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE slices AS
            SELECT is_new, place, sum(size) OVER (ORDER BY created_at, id) // {_SLICE} AS slice
            FROM (SELECT is_new, place, created_at, id, {SIZE} AS size FROM {source})
                 ANTI JOIN leaving USING (is_new, place);
            CREATE OR REPLACE TABLE merged AS FROM {rows} LIMIT 0
            """  # noqa: S608
        )
        slices = self._database.execute(
            """
            SELECT slice, min(place) FILTER (WHERE NOT is_new), max(place) FILTER (WHERE NOT is_new)
            FROM slices GROUP BY slice ORDER BY slice
            """
        ).fetchall()
        for number, first, last in slices:  # an archived slice lies together: no other row group is read
            self._database.execute(
                f"""
                INSERT INTO merged
                SELECT * EXCLUDE (is_new, place) FROM {source}
                SEMI JOIN (FROM slices WHERE slice = {number}) USING (is_new, place)
                WHERE is_new OR place BETWEEN {first or 0} AND {last or 0}
                ORDER BY created_at, id
                """  # noqa: S608
            )
        return "merged"
