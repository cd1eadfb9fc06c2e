"""The tasks of archive_logs as JSON: sent by hand, by a schedule or through its queue. Pure.

::

    {"task": "archive"}                                                what landed
    {"task": "replay", "from": "2026-11-01", "to": "2026-11-03"}       these UTC days once more, see ``replay.py``
    {"task": "release"}                                                what is in quarantine, see ``release.py``
    {"task": "manifest"}                                               how complete each day is, see ``manifests.py``

With ``after``, a key, a replay or a release goes on behind it; ``hops`` says how often it has done so. An event of S3's
("something landed") orders to archive.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, get_args

from archive_logs.merging.partitions import EPOCH
from integration_logs import hops
from integration_logs.errors import ContractBroken
from integration_logs.times import day

type Task = Literal["archive", "replay", "release", "manifest"]

TASKS: tuple[Task, ...] = get_args(Task.__value__)

MOST_DAYS = 366
"""Of one replay."""


@dataclass(frozen=True)
class Order:
    """One thing to do; ``days`` are a replay's first and last, ``after`` is the key that it has come to.

    ``hops`` counts how often it was handed on, which makes it no other thing to do.
    """

    task: Task
    days: tuple[date, date] = (EPOCH, EPOCH)
    after: str = ""
    hops: int = field(default=0, compare=False)

    def body(self) -> str:
        """The message's body."""
        document: dict[str, str | int] = {"task": self.task}
        if self.task == "replay":
            document |= {"from": self.days[0].isoformat(), "to": self.days[1].isoformat()}
        if self.after:
            document["after"] = self.after
        if self.hops:
            document["hops"] = self.hops
        return json.dumps(document)

    def handed_on(self) -> Order:
        """The order as it goes back into the queue."""
        return replace(self, hops=self.hops + 1)

    def behind(self, after: str) -> Order | None:
        """The order to go on behind that key; ``None`` where it is empty, for then nothing is left."""
        return replace(self, after=after) if after else None


def read(document: object) -> Order:
    """The order that this says; raises ``ContractBroken``, in one sentence for who gave it.

    >>> read({"task": "replay", "from": "2026-11-01", "to": "2026-11-03"}).days[1]
    datetime.date(2026, 11, 3)
    """
    if not isinstance(document, dict):
        raise ContractBroken("An order must be a JSON object with a task.")
    if document.get("source") == "aws.s3":
        return Order("archive")
    after = document.get("after", "")
    if not isinstance(after, str):
        raise ContractBroken("after must be a key; leave it out to start from the beginning.")
    for task in TASKS:
        if document.get("task") == task:
            return Order(task, _days(document) if task == "replay" else (EPOCH, EPOCH), after, hops.read(document))
    raise ContractBroken(f"The task must be one of {', '.join(TASKS)}.")


def read_body(body: str) -> Order:
    """The order of a queue message; raises as ``read``."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise ContractBroken("The message is not JSON.") from None
    return read(document)


def _days(document: dict[str, object]) -> tuple[date, date]:
    first, last = (_day(name, document.get(name)) for name in ("from", "to"))
    if first > last:
        raise ContractBroken("from must not be after to.")
    if (last - first).days >= MOST_DAYS:
        raise ContractBroken(f"from and to may span at most {MOST_DAYS} days: order one year at a time.")
    return first, last


def _day(name: str, value: object) -> date:
    try:
        found = day(str(value))
    except ValueError:
        raise ContractBroken(f"{name} must be a day such as 2026-11-01.") from None
    if found < EPOCH:
        raise ContractBroken(f"{name} must not be before {EPOCH}, which is the archive's first day.")
    return found
