"""A problem: every exception of one fingerprint, what is known of them, and when they occurred. Pure.

What it counts is the sum over the archive's summaries, each by itself: reading one again changes nothing. Its JSON::

    {"integration_id": 101,
     "first_at": "…", "last_at": "…",        of all records ever counted
     "parts": {"dt=2026-11-20/integration-101": {"records": 42, "hours": {"2026-11-20T14": 2}}},
     "before": 7, "counted_from": "2026-10-20",    records of the days before that one, which count no more
     "exception_type", "method", "host", "response_code", "path", "remedy": as the last record had them, or null
     "paths": ["/orders/1001", …], "sample_ids": [3, 17, 412],
     "episodes": [{"opened_at", "since", "resolved_at", "until"}, …],    the last ``MOST_EPISODES``
     "transitions": 3,                       how many changes were reported
     "escalated_above": null}                while it escalates: the records an hour that are too many

A check opens an episode, which began with its first record (``since``), and a check resolves it, which ended with its
last record (``until``): these two tell how long it occurred, ``resolved_at`` when it was known to be over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from check_status.problems.summaries import DESCRIBED, Found
from integration_logs.json_types import JsonObject
from integration_logs.times import timestamp, written

MOST_EPISODES = 20
MOST_PATHS = 5
MOST_SAMPLES = 5


@dataclass(frozen=True)
class Part:
    """What one summary adds; ``hours`` only as far back as a rate needs them."""

    records: int
    hours: Mapping[str, int]

    def since(self, oldest: str) -> Part:
        """Without the hours before that one."""
        if all(hour >= oldest for hour in self.hours):  # nearly every part of nearly every check
            return self
        return replace(self, hours={hour: records for hour, records in self.hours.items() if hour >= oldest})


@dataclass(frozen=True)
class Episode:
    """A period in which it was open; ``resolved_at`` and ``until`` are null while it is."""

    opened_at: datetime
    since: datetime
    resolved_at: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Problem:
    """See the module."""

    integration_id: int
    first_at: datetime
    last_at: datetime
    exception_type: str | None = None
    method: str | None = None
    host: str | None = None
    response_code: int | None = None
    path: str | None = None
    remedy: str | None = None
    paths: tuple[str, ...] = ()
    sample_ids: tuple[int, ...] = ()
    parts: Mapping[str, Part] = field(default_factory=dict)
    before: int = 0
    counted_from: date | None = None
    episodes: tuple[Episode, ...] = ()
    transitions: int = 0
    escalated_above: int | None = None

    @property
    def records(self) -> int:
        """How many there are."""
        return self.before + sum(part.records for part in self.parts.values())

    @property
    def is_open(self) -> bool:
        """Whether it is open now."""
        return bool(self.episodes) and self.episodes[-1].resolved_at is None

    @property
    def hours(self) -> dict[str, int]:
        """Records by hour, over all summaries."""
        total: dict[str, int] = {}
        for part in self.parts.values():
            for hour, records in part.hours.items():
                total[hour] = total.get(hour, 0) + records
        return total

    def taking_in(self, rest: str, found: Found | None) -> Problem:
        """With what that summary has of it now, in place of what it had; ``None``: nothing."""
        others = {name: part for name, part in self.parts.items() if name != rest}
        if found is None:
            return replace(self, parts=others)
        newer = found.last_at >= self.last_at
        described = {name: getattr(found, name) for name in (*DESCRIBED, "remedy") if newer}
        return replace(
            self,
            **described,
            first_at=min(self.first_at, found.first_at),
            last_at=max(self.last_at, found.last_at),
            parts={**others, rest: Part(found.records, found.hours)},
            paths=tuple(dict.fromkeys((*found.paths, *self.paths) if newer else (*self.paths, *found.paths)))[
                :MOST_PATHS
            ],
            sample_ids=tuple(sorted({*self.sample_ids, *found.sample_ids})[-MOST_SAMPLES:]),
        )

    def document(self) -> JsonObject:
        """The JSON form, which ``of`` reads."""
        return {
            **vars(self),
            "first_at": timestamp(self.first_at),
            "last_at": timestamp(self.last_at),
            "paths": list(self.paths),
            "sample_ids": list(self.sample_ids),
            "parts": {rest: {"records": part.records, "hours": dict(part.hours)} for rest, part in self.parts.items()},
            "counted_from": self.counted_from.isoformat() if self.counted_from else None,
            "episodes": [
                {name: timestamp(at) if at else None for name, at in vars(episode).items()} for episode in self.episodes
            ],
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Problem:
        """Raises ``KeyError``, ``TypeError``, ``AttributeError`` or ``ValueError`` where the document is none."""
        return cls(
            **{name: document[name] for name in (*DESCRIBED, "remedy")},
            integration_id=int(document["integration_id"]),
            first_at=written(document["first_at"]),
            last_at=written(document["last_at"]),
            paths=tuple(document["paths"]),
            sample_ids=tuple(document["sample_ids"]),
            parts={name: Part(int(part["records"]), part["hours"]) for name, part in document["parts"].items()},
            before=int(document["before"]),
            counted_from=date.fromisoformat(document["counted_from"]) if document["counted_from"] else None,
            episodes=tuple(map(_episode, document["episodes"])),
            transitions=int(document["transitions"]),
            escalated_above=document["escalated_above"],
        )


def _episode(document: Mapping[str, Any]) -> Episode:
    resolved_at, until = document["resolved_at"], document["until"]
    return Episode(
        written(document["opened_at"]),
        written(document["since"]),
        written(resolved_at) if resolved_at else None,
        written(until) if until else None,
    )
