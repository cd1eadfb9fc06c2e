"""When a change of verdict counts: announced once, when it has been seen often enough in a row. Pure.

A verdict is announced after N equal checks in a row (``ChecksToConfirm``); ``credentials_rejected`` at once, for asking
again with the same keys changes nothing. The way back to ``healthy`` takes as many.

Flapping is damped: each change of the verdict seen within the last hour, but for the one that began this run of equal
checks, makes N more checks needed, at most ``MOST`` in all. So what alternates is not announced, and what stays is,
when it has stayed for an hour at the latest.

A subject whose first verdict is ``healthy`` is not announced; any other first verdict is announced as above.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

from check_status.verdicts.names import NAMES, Name
from integration_logs.json_types import JsonObject, JsonValue
from integration_logs.times import timestamp, written

MOST = 12
"""Equal checks that are enough however much a verdict has flapped (where ``ChecksToConfirm`` itself is not more)."""
MEMORY = timedelta(hours=1)
"""How long a change of the verdict seen counts as flapping."""


@dataclass(frozen=True)
class Subject:
    """The status of one subject.

    ``announced`` is the verdict that counts (``None`` before there is one) and ``since`` when it was first seen;
    ``seen``, ``seen_since`` and ``times`` are the run of equal checks that the last one belongs to; ``changes`` are the
    times at which the verdict seen changed of late, oldest first; ``ordinal`` is how often something was announced.
    """

    announced: Name | None
    since: datetime
    seen: Name
    seen_since: datetime
    times: int
    changes: tuple[datetime, ...]
    ordinal: int

    @property
    def holds_since(self) -> datetime:
        """Since when the verdict seen last holds: a single check that saw another in between does not count."""
        return self.since if self.seen == self.announced else self.seen_since

    def document(self) -> JsonObject:
        """The JSON form, which ``of`` reads."""
        return {
            **vars(self),
            "since": timestamp(self.since),
            "seen_since": timestamp(self.seen_since),
            "changes": [timestamp(change) for change in self.changes],
        }

    @classmethod
    def of(cls, document: Mapping[str, JsonValue]) -> Subject:
        """Raises ``KeyError``, ``TypeError`` or ``ValueError`` where the document is none."""
        announced, changes = document["announced"], document["changes"]
        return cls(
            announced=None if announced is None else _name(announced),
            since=written(document["since"]),
            seen=_name(document["seen"]),
            seen_since=written(document["seen_since"]),
            times=_count(document["times"]),
            changes=tuple(written(change) for change in cast("list[JsonValue]", changes)),
            ordinal=_count(document["ordinal"]),
        )


@dataclass(frozen=True)
class Change:
    """Something to announce: from which verdict (``None``: the first) to which, seen since when."""

    previous: Name | None
    verdict: Name
    since: datetime
    ordinal: int


def step(subject: Subject | None, seen: Name, at: datetime, *, confirm: int) -> tuple[Subject, Change | None]:
    """The subject after a check at ``at`` that saw this verdict, and the change to announce, if any."""
    if subject is None:
        announced: Name | None = "healthy" if seen == "healthy" else None
        subject = Subject(announced, at, seen, at, 0, (), 0)
    if seen == subject.seen:
        subject = replace(subject, times=subject.times + 1)
    else:
        recent = tuple(change for change in (*subject.changes, at) if change > at - MEMORY)[-MOST:]
        subject = replace(subject, seen=seen, seen_since=at, times=1, changes=recent)
    if seen == subject.announced or subject.times < needed(subject, at, confirm):
        return subject, None
    if subject.announced is None and seen == "healthy":  # nothing else was ever announced
        return replace(subject, announced=seen, since=subject.seen_since), None
    change = Change(subject.announced, seen, subject.seen_since, subject.ordinal + 1)
    return replace(subject, announced=seen, since=change.since, ordinal=change.ordinal), change


def needed(subject: Subject, at: datetime, confirm: int) -> int:
    """How many equal checks in a row announce, at this time, the verdict seen."""
    if subject.seen == "credentials_rejected":
        return 1
    before = [change for change in subject.changes if at - MEMORY < change < subject.seen_since]
    return min(confirm * (1 + len(before)), max(confirm, MOST))


def _name(value: JsonValue) -> Name:
    if value not in NAMES:
        raise ValueError("no verdict")
    return value


def _count(value: JsonValue) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("no count")
    return value
