"""Reads archive_logs' summaries of recent exceptions, as far as they changed.

``state/summaries/<rest>.json``, one for each object of the archive: ``docs/archive-format.md`` describes it. Those of
the last ``WINDOW`` and of the undated partition count. Which ones a check has taken in already it keeps as ``seen``:
``{rest: etag}``. An integration belongs to the account that its newest summary names.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from integration_logs.times import written

if TYPE_CHECKING:
    from integration_logs.bucket.objects import ObjectStore

log = logging.getLogger(__name__)

VERSION = 1
PREFIX = "state/summaries/"
UNDATED = "dt=2020-01-01/"
"""Where the archive puts records without a usable date; see ``docs/archive-format.md``."""

WINDOW = timedelta(days=31)
"""Sendcloud forgets after 30 days: nothing new comes to a day before that."""

DESCRIBED = ("exception_type", "method", "host", "response_code", "path")
"""What a problem's newest record says of it."""

_MOST = 100_000
_REST = re.compile(r"dt=\d{4}-\d\d-\d\d/integration-\d+(?:\.ids-[\d-]+)?")


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
    """What there is of one account: every summary's name, and those that ``seen`` did not have."""

    rests: frozenset[str]
    changed: Mapping[str, Summary]

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


@dataclass
class Listing:
    """One listing, from which each account takes its own; ``owners`` may be kept from one listing to the next."""

    store: ObjectStore
    etags: Mapping[str, str]
    owners: dict[int, str]
    _lock: Lock = field(default_factory=Lock, repr=False)

    @classmethod
    def of(cls, store: ObjectStore, now: datetime, owners: dict[int, str]) -> Listing:
        """List what counts. Raises what the store raises."""
        undated = store.entries(PREFIX + UNDATED, limit=_MOST)
        after = f"{PREFIX}dt={first_day(now) - timedelta(days=1)}~"  # behind everything of the day before
        entries = (*undated, *store.entries(PREFIX, limit=_MOST, after=after))
        rests = {entry.key.removeprefix(PREFIX).removesuffix(".json"): entry.etag for entry in entries}
        return cls(store, {rest: etag for rest, etag in rests.items() if _REST.fullmatch(rest)}, owners)

    def look(self, account: str, seen: Mapping[str, str]) -> Look:
        """What is the account's, and what of it is new to it; a summary that cannot be read is left for the next look.

        Raises what the store raises.
        """
        own = [rest for rests in self._of_integrations() if self._owner(rests) == account for rest in rests]
        changed = {rest: self._read(rest) for rest in own if seen.get(rest) != self.etags[rest]}
        return Look(frozenset(own), {rest: summary for rest, summary in changed.items() if summary})

    def _of_integrations(self) -> list[list[str]]:
        """The summaries' names by integration, those of an integration in the order of their days."""
        found: dict[int, list[str]] = {}
        for rest in sorted(self.etags):
            found.setdefault(_integration(rest), []).append(rest)
        return list(found.values())

    def _owner(self, rests: list[str]) -> str | None:
        id_ = _integration(rests[0])
        with self._lock:
            if id_ not in self.owners:
                newest = next(filter(None, map(self._read, reversed(rests))), None)
                if newest is None:
                    return None
                self.owners[id_] = newest.account
            return self.owners[id_]

    def _read(self, rest: str) -> Summary | None:
        stored = self.store.get(f"{PREFIX}{rest}.json")
        if stored is None:
            return None
        try:
            return _parsed(json.loads(stored.body), stored.etag)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            log.warning("%s%s.json is not a summary of version %d", PREFIX, rest, VERSION)
            return None


def _integration(rest: str) -> int:
    return int(rest.partition("/integration-")[2].partition(".")[0])


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
