"""Times as they are read and written. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime


def moment(text: object) -> datetime | None:
    """A record's date-time in UTC, ``None`` where it is none. One without an offset is taken as UTC.

    >>> moment("2023-03-01T02:02:00+01:00")
    datetime.datetime(2023, 3, 1, 1, 2, tzinfo=datetime.timezone.utc)
    """
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text.strip())
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day(text: str) -> date:
    """A day as ``date.isoformat`` writes it; raises ``ValueError`` where it is none, or in another spelling."""
    found = date.fromisoformat(text)
    if found.isoformat() != text:
        raise ValueError("a day in another spelling")
    return found


def timestamp(time: datetime) -> str:
    """A UTC time as text that sorts: ``2026-11-22T02:41:22.000000Z``."""
    utc = time if time.tzinfo is UTC else time.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def written(value: object) -> datetime:
    """A time that this project wrote; raises ``ValueError`` where it is none."""
    time = moment(value)
    if time is None:
        raise ValueError("no time")
    return time


def timestamp_if_any(time: datetime | None) -> str | None:
    """``timestamp``, or nothing of nothing."""
    return None if time is None else timestamp(time)


def written_if_any(value: object) -> datetime | None:
    """``written``, or nothing of nothing; raises as that does."""
    return None if value is None else written(value)
