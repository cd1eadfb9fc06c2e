"""When a problem has become much worse than it was: its records an hour against its own past. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HOUR = timedelta(hours=1)
PAST = timedelta(hours=24)
LEAST_PAST = 3
"""Hours of its own past that a problem must have before it can be worse than that."""
LEAST_RECORDS = 20
"""Records an hour below which nothing escalates, however few there were before."""


@dataclass(frozen=True)
class Escalation:
    """``records`` in the last full hour, ``usual`` in an hour before it, and how many would have been too many."""

    records: int
    usual: float
    above: int


def escalates(hours: Mapping[str, int], *, since: datetime, now: datetime, factor: int) -> Escalation | None:
    """Whether the last full hour has ``factor`` times as many as an hour of the day before it had on average.

    The past goes back to ``since`` at most; a problem with a shorter one than ``LEAST_PAST`` hours has none.
    """
    last = last_full_hour(now)
    begin = max(last - PAST, _hour(since))
    past = (last - begin) // HOUR
    if past < LEAST_PAST:
        return None
    usual = sum(hours.get(name(begin + n * HOUR), 0) for n in range(past)) / past
    records, above = hours.get(name(last), 0), max(LEAST_RECORDS, round(factor * usual))
    return Escalation(records, round(usual, 1), above) if records >= above else None


def has_calmed_down(hours: Mapping[str, int], *, above: int, now: datetime) -> bool:
    """Whether the last full hour had at most half of what was too many, so that nothing is told twice at the limit."""
    return 2 * hours.get(name(last_full_hour(now)), 0) <= above


def oldest_hour(now: datetime) -> str:
    """The name of the oldest hour that is still looked at; names sort as hours do."""
    return name(last_full_hour(now) - PAST)


def last_full_hour(now: datetime) -> datetime:
    """When the last hour began that is over."""
    return _hour(now) - HOUR


def name(hour: datetime) -> str:
    """An hour as the summaries name it.

    >>> name(datetime(2026, 11, 20, 13, tzinfo=UTC))
    '2026-11-20T13'
    """
    return f"{hour:%Y-%m-%dT%H}"


def _hour(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
