"""archive_logs' summaries of recent exceptions, as far as they changed. Pure.

``state/summaries/<rest>.json``, one for each object of the archive: ``docs/archive-format.md`` describes it. Those of
the last ``WINDOW`` and of the undated partition count. Which ones a check has taken in already it keeps as ``seen``:
``{rest: etag}``. ``listing.py`` reads them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from integration_logs.times import written

VERSION = 1
PREFIX = "state/summaries/"
UNDATED = "dt=2020-01-01/"
"""Where the archive puts records without a usable date; see ``docs/archive-format.md``."""

WINDOW = timedelta(days=31)
"""Sendcloud forgets after 30 days: nothing new comes to a day before that."""

DESCRIBED = ("exception_type", "method", "host", "response_code", "path")
"""What a problem's newest record says of it."""


@dataclass(frozen=True)
class Found:
    """One problem in one summary; ``hours`` are its records by hour, as ``2026-11-20T13``."""

    records: int
    first_at: datetime
    last_at: datetime
    hours: Mapping[str, int]
    exception_type: str | None
    method: str | None
    host: str | None
    response_code: int | None
    path: str | None
    paths: tuple[str, ...]
    remedy: str | None
    sample_ids: tuple[int, ...]


@dataclass(frozen=True)
class Summary:
    """A summary as it was read, with its own etag; the problems by fingerprint."""

    etag: str
    account: str
    integration_id: int
    problems: Mapping[str, Found]
    left_out: int


@dataclass(frozen=True)
class Look:
    """What there is of one account: every summary's name, and those that ``seen`` did not have.

    ``waiting`` are those that there was no time to read, in the order in which the next look reads them; those of an
    integration of which it is not known yet whose it is are among them, and among ``rests``.
    """

    rests: frozenset[str]
    changed: Mapping[str, Summary]
    waiting: tuple[str, ...] = ()

    @property
    def unread(self) -> frozenset[int]:
        """The integrations that are not wholly read: what they are is not to be judged by the rest."""
        return frozenset(map(integration, self.waiting))

    def taken_in(self, seen: Mapping[str, str]) -> dict[str, str]:
        """``seen`` when the changed ones have been taken in; those that are no longer there are left out."""
        kept = {rest: etag for rest, etag in seen.items() if rest in self.rests}
        return kept | {rest: summary.etag for rest, summary in self.changed.items()}


def day(rest: str) -> date | None:
    """The day that a summary is of, ``None`` for the undated."""
    return None if rest.startswith(UNDATED) else date.fromisoformat(rest[3:13])


def first_day(now: datetime) -> date:
    """The first day of the window."""
    return (now - WINDOW).date()


def integration(rest: str) -> int:
    """The integration that a summary is of."""
    return int(rest.partition("/integration-")[2].partition(".")[0])


def parsed(body: bytes, etag: str) -> Summary | None:
    """The summary that this is, ``None`` where it is none of this version."""
    try:
        return _parsed(json.loads(body), etag)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return None


def _parsed(document: Any, etag: str) -> Summary:
    if document["version"] != VERSION:
        raise ValueError("version")
    return Summary(
        etag=etag,
        account=str(document["account"]),
        integration_id=int(document["integration_id"]),
        problems={str(name): _found(found) for name, found in document["problems"].items()},
        left_out=int(document["problems_left_out"]),
    )


def _found(found: Any) -> Found:
    return Found(
        **{name: found[name] for name in (*DESCRIBED, "remedy")},
        records=int(found["records"]),
        first_at=written(found["first_at"]),
        last_at=written(found["last_at"]),
        hours={str(hour): int(records) for hour, records in found["hours"].items()},
        paths=tuple(map(str, found["paths"])),
        sample_ids=tuple(map(int, found["sample_ids"])),
    )
