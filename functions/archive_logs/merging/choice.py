"""Which rows stay of those with the same ``id``: the one that was fetched first.

Between equals it is the first in the columns' order, texts by their digest. Most ids are there once: of their rows
nothing but id and time is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from archive_logs.merging.partitions import Ids
from integration_logs.records.rows import COLUMNS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MOST_FIELDS = 20
"""Names of unknown fields that are told at once."""

_LONGEST_NAME = 100
"""Characters of each."""

_NARROW = ", ".join(
    f'md5_number("{each.name}") AS "{each.name}"' if each.duckdb == "VARCHAR" else f'"{each.name}"' for each in COLUMNS
)
_OTHERS = ", ".join(f'"{each.name}"' for each in COLUMNS if each.name != "fetched_at")
_ORDER = f"fetched_at, {_OTHERS}, is_new"
# In a replay, of the rows that were fetched at one time the first that landed goes before the archived ones, but not
# before one that equals it: that is nothing new.
_REPLAY_ORDER = "fetched_at, version IS DISTINCT FROM landed_version, is_new"
_REPLAY_VERSIONS = """(
    SELECT *, min(version) FILTER (WHERE is_new) OVER (PARTITION BY {key}, fetched_at) AS landed_version
    FROM (SELECT *, dense_rank() OVER (PARTITION BY {key}, fetched_at ORDER BY {others}) AS version FROM {alike})
)"""


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


@dataclass(frozen=True)
class Choice:
    """Chooses among the rows of a database that has those that landed as ``incoming``; ``prefer_landed`` is for a
    replay, see ``batch``."""

    database: DuckDBPyConnection
    prefer_landed: bool = False

    def choose(self, source: str, *, apart: str = "") -> None:
        """Choose among the source's rows, known by (``is_new``, ``place``); ``apart`` is what else tells ids apart.

        The table ``leaving`` has those that go, ``staying`` the new ones that stay.
        """
        key = f"{apart}id"
        rows = f"(SELECT {apart}{_NARROW}, is_new, place FROM {source} SEMI JOIN several USING ({key}))"  # noqa: S608
        versions = _REPLAY_VERSIONS.format(key=key, others=_OTHERS, alike=rows) if self.prefer_landed else rows
        self.database.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE several AS SELECT {key} FROM {source} GROUP BY {key} HAVING count(*) > 1;
            CREATE OR REPLACE TEMP TABLE ranked AS
            SELECT is_new, place, bool_and(is_new) OVER (PARTITION BY {key}) AS unseen,
                   row_number() OVER (PARTITION BY {key}
                                      ORDER BY {_REPLAY_ORDER if self.prefer_landed else _ORDER}) = 1 AS stays
            FROM {versions};
            CREATE OR REPLACE TEMP TABLE leaving AS SELECT is_new, place FROM ranked WHERE NOT stays;
            CREATE OR REPLACE TEMP TABLE staying AS
            SELECT place, coalesce(unseen, true) AS unseen, extra IS NOT NULL AS has_extra
            FROM incoming LEFT JOIN ranked USING (is_new, place) WHERE coalesce(stays, true)
            """  # noqa: S608  # the names are this project's own
        )

    def fields(self) -> frozenset[str]:
        """Some names of fields in ``extra`` of the new rows."""
        found = self.database.execute(
            f"""
            SELECT DISTINCT left(unnest(TRY(json_keys(extra))), {_LONGEST_NAME}) AS name
            FROM incoming SEMI JOIN (FROM staying WHERE unseen AND has_extra) USING (place)
            ORDER BY name LIMIT {MOST_FIELDS}
            """  # noqa: S608
        ).fetchall()
        return frozenset(name for (name,) in found)
