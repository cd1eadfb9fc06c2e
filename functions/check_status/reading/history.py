"""Past checks, read back from ``status/dt=<day>/<time>-<account>.json``, newest first.

A page covers so many checks of accounts, each with the lines of its integrations; it may have fewer matches, or none,
and the next page still have some. It reads one object for each check, and lists the days that it comes to.
"""

from __future__ import annotations

import json
import logging
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from check_status.check.columns import COLUMNS
from integration_logs.answers.opaque import plain
from integration_logs.json_types import JsonObject
from integration_logs.times import moment

if TYPE_CHECKING:
    from integration_logs.bucket.objects import ObjectStore

log = logging.getLogger(__name__)

PREFIX = "status/"
_NAME = re.compile(r"dt=(\d{4}-\d\d-\d\d)/(\d\d)-(\d\d)-(\d\d\.\d{6})Z-([A-Za-z0-9-]{1,40})\.json")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOST_A_DAY = 100_000
_MOST_BYTES = 3 << 20
"""Of the lines in one answer; at least one check's are in it."""

_MOST_DAYS = 60
"""That one page lists; a rare account's checks may be years ago."""

_BEGINNING = "00-00-00.000000Z--.json"
"""Of a day: sorts before the name of each of its checks."""

_AT_ONCE = 16
_WHOLE: JsonObject = dict.fromkeys((column.name for column in COLUMNS), None)  # earlier lines lack what came later


@dataclass(frozen=True)
class Wanted:
    """Which checks: those of at least ``first`` and before ``end``, of one account or integration where it is named."""

    first: datetime | None = None
    end: datetime | None = None
    account: str | None = None
    integration_id: int | None = None


def bound(text: str, *, end: bool = False) -> datetime:
    """A day or a date-time with an offset, as the first moment of it, or of what follows it.

    Raises ``ValueError`` where it is neither.

    >>> bound("2026-11-22", end=True).isoformat()
    '2026-11-23T00:00:00+00:00'
    """
    if _DAY.fullmatch(text):
        try:
            return datetime.combine(date.fromisoformat(text) + timedelta(days=end), time(), UTC)
        except OverflowError:
            raise ValueError("no day") from None
    found = moment(text)
    if found is None or datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("neither a day nor a time with an offset")
    return found


def name(cursor: str) -> str:
    """The name of a check that the cursor stands for; raises ``ValueError`` where it is none's."""
    found = plain(cursor)
    if not _NAME.fullmatch(found):
        raise ValueError("no check's name")
    return found


def read(store: ObjectStore, wanted: Wanted, *, size: int, after: str | None) -> tuple[list[JsonObject], str | None]:
    """The lines of ``size`` checks older than the one named ``after``, and the name to go on after.

    Raises what the store raises.
    """
    names, further = _names(store, wanted, after, size + 1)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        bodies = pool.map(lambda name: store.get(PREFIX + name), names[:size])
        found: list[JsonObject] = []
        taken, size_so_far = 0, 0
        for name, stored in zip(names, bodies, strict=False):
            size_so_far += len(stored.body) if stored else 0
            if taken and size_so_far > _MOST_BYTES:
                break
            found += _lines(name, stored.body if stored else b"", wanted)
            taken += 1
    return found, names[taken - 1] if len(names) > taken else further


def _names(store: ObjectStore, wanted: Wanted, after: str | None, most: int) -> tuple[list[str], str | None]:
    """The names of the first ``most`` checks that are wanted, newest first; and, where one page may list no more days
    to find them, the name to go on after.
    """
    folders = sorted((folder.removeprefix(PREFIX) for folder in store.folders(PREFIX)), reverse=True)
    days = [day for day in folders if _may_have(day, wanted) and (after is None or day + _BEGINNING < after)]
    found: list[str] = []
    for day in days[:_MOST_DAYS]:
        names = (entry.key.removeprefix(PREFIX) for entry in store.entries(PREFIX + day, limit=_MOST_A_DAY))
        found += sorted(
            (name for name in names if (after is None or name < after) and _is_wanted(name, wanted)), reverse=True
        )
        if len(found) >= most:
            return found[:most], None
    return found, days[_MOST_DAYS - 1] + _BEGINNING if len(days) > _MOST_DAYS else None


def _may_have(folder: str, wanted: Wanted) -> bool:
    day = folder.removeprefix("dt=").rstrip("/")
    first = wanted.first.date().isoformat() if wanted.first else ""
    return first <= day and (wanted.end is None or day <= wanted.end.date().isoformat())


def _is_wanted(name: str, wanted: Wanted) -> bool:
    match = _NAME.fullmatch(name)
    if match is None or wanted.account not in {None, match[5]}:
        return False
    at = moment(f"{match[1]}T{match[2]}:{match[3]}:{match[4]}+00:00")
    return at is not None and (wanted.first is None or wanted.first <= at) and (wanted.end is None or at < wanted.end)


def _lines(name: str, body: bytes, wanted: Wanted) -> list[JsonObject]:
    try:
        lines: list[JsonObject] = [_WHOLE | json.loads(line) for line in body.splitlines()]
        return [line for line in lines if wanted.integration_id in {None, line["integration_id"]}]
    except (ValueError, KeyError, TypeError, RecursionError):
        log.warning("%s%s is not a check", PREFIX, name)
        return []
