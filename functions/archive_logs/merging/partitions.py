"""How the archive is laid out. Pure.

``logs/dt=<UTC day of created_at>/integration-<id>.parquet``. The day is a function of the record alone, so that the
same record, whenever it is fetched, meets itself in the same partition.

A partition that grows large has further parts, by id: ``integration-<id>.ids-<lowest>-<highest>.parquet``. No row ever
moves from one object to another, so a reader never meets one twice, nor misses it. An object that outgrew the limit is
*sealed*: from then on it takes in only ids between its lowest and its highest one, and what lies below or above goes to
the two parts around it. Which ones these are, follows from the sealed object alone; they may be sealed in turn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

PREFIX = "logs/"

EPOCH = date(2020, 1, 1)
"""The first day of the archive. Records of an earlier day, of ``END`` or later, or without a usable ``created_at``
are in its partition; the Glue table's projection begins here."""

END = date(2100, 1, 1)
"""No record has a day from here on: no reader would look there."""

LARGEST_ID = 2**63 - 1

_PARTITION = r"logs/dt=([0-9]{4}-[0-9]{2}-[0-9]{2})/integration-([1-9][0-9]{0,18})"
_KEY = re.compile(rf"{_PARTITION}(?:\.ids-([1-9][0-9]{{0,18}})-([1-9][0-9]{{0,18}}))?\.parquet")

type Ids = tuple[int, int]
"""The lowest and the highest of some ids, both among them."""


@dataclass(frozen=True, order=True)
class Partition:
    """A UTC day and an integration."""

    day: date
    integration_id: int

    @property
    def key(self) -> str:
        """Where its first object is kept; mostly the only one."""
        return f"{PREFIX}dt={self.day.isoformat()}/integration-{self.integration_id}.parquet"


@dataclass(frozen=True, order=True)
class Part:
    """One object of the archive: the records of a partition that have these ids, as far as they are nowhere else."""

    partition: Partition
    ids: Ids = (1, LARGEST_ID)

    @property
    def key(self) -> str:
        """Where the object is kept."""
        if self.ids == (1, LARGEST_ID):
            return self.partition.key
        return f"{self.partition.key.removesuffix('.parquet')}.ids-{self.ids[0]}-{self.ids[1]}.parquet"

    def around(self, sealed: Ids) -> list[Part]:
        """The parts for the ids that this one leaves to others since it was sealed with these.

        >>> [part.key for part in Part(Partition(date(2026, 11, 22), 7), (1, 500)).around((200, 300))]
        ['logs/dt=2026-11-22/integration-7.ids-1-199.parquet', 'logs/dt=2026-11-22/integration-7.ids-301-500.parquet']
        """
        (lowest, highest), (first, last) = self.ids, sealed
        both = (lowest, first - 1), (last + 1, highest)
        return [Part(self.partition, ids) for ids in both if ids[0] <= ids[1]]

    @classmethod
    def of(cls, key: str) -> Part | None:
        """The part that has this key, ``None`` where it is none's.

        >>> Part.of("logs/dt=2026-11-22/integration-101.ids-1-99.parquet")
        Part(partition=Partition(day=datetime.date(2026, 11, 22), integration_id=101), ids=(1, 99))
        """
        found = _KEY.fullmatch(key)
        if not found:
            return None
        try:
            partition = Partition(date.fromisoformat(found[1]), int(found[2]))
        except ValueError:  # no day of the calendar
            return None
        part = cls(partition, (int(found[3]), int(found[4]))) if found[3] else cls(partition)
        numbers_fit = part.ids[0] <= part.ids[1] <= LARGEST_ID and partition.integration_id <= LARGEST_ID
        return part if numbers_fit and part.key == key else None
