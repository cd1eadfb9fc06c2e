"""How the archive is laid out. Pure.

``logs/dt=<UTC day of created_at>/integration-<id>.parquet``. The day is a function of the record alone, so that the
same record, whenever it is fetched, meets itself in the same object.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

PREFIX = "logs/"

EPOCH = date(2020, 1, 1)
"""The first day of the archive. Records of an earlier day, or without a usable ``created_at``, are in its partition;
the Glue table's projection begins here."""

_KEY = re.compile(r"logs/dt=([0-9]{4}-[0-9]{2}-[0-9]{2})/integration-([1-9][0-9]{0,18})\.parquet")


@dataclass(frozen=True, order=True)
class Partition:
    """One object of the archive: a UTC day and an integration."""

    day: date
    integration_id: int

    @property
    def key(self) -> str:
        """Where the object is kept."""
        return f"{PREFIX}dt={self.day.isoformat()}/integration-{self.integration_id}.parquet"

    @classmethod
    def of(cls, key: str) -> Partition | None:
        """The partition that has this key, ``None`` where it is none's.

        >>> Partition.of("logs/dt=2026-11-22/integration-101.parquet")
        Partition(day=datetime.date(2026, 11, 22), integration_id=101)
        """
        found = _KEY.fullmatch(key)
        try:
            return cls(date.fromisoformat(found[1]), int(found[2])) if found else None
        except ValueError:  # no day of the calendar
            return None
