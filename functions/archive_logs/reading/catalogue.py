"""Lists the archive's objects, each with a download link, and how complete each day is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from archive_logs.merging import summary
from archive_logs.merging.partitions import PREFIX, Part
from archive_logs.reading.answer_size import fitting, weight
from archive_logs.upkeep import completeness, manifests
from integration_logs.answers.opaque import opaque, plain
from integration_logs.json_types import JsonObject
from integration_logs.times import timestamp

if TYPE_CHECKING:
    from integration_logs.bucket.objects import Entry, ObjectStore, Stored

AT_ONCE = 8
"""Objects that are asked for side by side."""

MOST_SECONDS = 8.0
"""After so many seconds a page ends with what it has; API Gateway waits 29 seconds."""

_LISTED = 1000
_ALL = 100_000


@dataclass(frozen=True)
class Listing:
    """A page of a list, and the cursor of the next one."""

    entries: list[JsonObject]
    next: str | None


@dataclass(frozen=True)
class Wanted:
    """Which objects: of these UTC days, the first and the last, and of that integration, or of all."""

    days: tuple[date, date]
    integration_id: int | None = None
    page_size: int = 100
    after: str = ""


def cursor(key: str) -> str:
    """A key as opaque text, that ``after`` reads."""
    return opaque(key.removeprefix(PREFIX))


def after(text: str) -> str:
    """The key of an archive object that the cursor stands for; raises ``ValueError`` where it is none's.

    >>> after(cursor("logs/dt=2026-11-22/integration-7.parquet"))
    'logs/dt=2026-11-22/integration-7.parquet'
    """
    key = PREFIX + plain(text)
    if Part.of(key) is None:
        raise ValueError("not a cursor that was given out")
    return key


def objects(store: ObjectStore, wanted: Wanted, *, seconds: int, now: datetime, clock: Callable[[], float]) -> Listing:
    """A page of the archive's objects, the oldest day first, each with a link that is valid for so many seconds.

    ``clock`` gives seconds: when the time is up, the page is short, or empty, and has a next one.
    """
    until = clock() + MOST_SECONDS
    found: list[tuple[Part, Entry]] = []
    came_to = wanted.after
    more = False
    for listed in _listed(store, wanted):
        if len(found) > wanted.page_size or (came_to != wanted.after and clock() >= until):
            more = True
            break
        for part, entry in listed:
            came_to = entry.key
            if wanted.integration_id in {None, part.partition.integration_id}:
                found.append((part, entry))
    if len(found) > wanted.page_size:
        found, more = found[: wanted.page_size], True
        came_to = found[-1][1].key
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="objects") as pool:
        summaries = list(pool.map(store.get, [summary.key(entry.key) for _, entry in found]))
    expires_at = timestamp(now + timedelta(seconds=seconds))
    entries = [
        _described(part, entry, kept) | {"url": store.link(entry.key, seconds=seconds), "expires_at": expires_at}
        for (part, entry), kept in zip(found, summaries, strict=True)
    ]
    return Listing(entries, cursor(came_to) if more else None)


def _listed(store: ObjectStore, wanted: Wanted) -> Iterator[Sequence[tuple[Part, Entry]]]:
    """The objects of the days in the order of their keys, so many at a time; foreign ones are left out."""
    first, last = (f"{PREFIX}dt={day.isoformat()}" for day in wanted.days)
    behind = max(first, wanted.after)
    while True:
        listed = store.entries(PREFIX, limit=_LISTED, after=behind)
        within = [entry for entry in listed if entry.key[: len(last)] <= last]
        own = [(part, entry) for entry in within if (part := Part.of(entry.key))]
        if own:
            yield own
        if len(listed) < _LISTED or listed[-1].key[: len(last)] > last:
            return
        behind = listed[-1].key


def _described(part: Part, entry: Entry, kept: Stored | None) -> JsonObject:
    counted = completeness.counts(kept.body, entry.etag) if kept else None
    return {
        "key": entry.key,
        "day": part.partition.day.isoformat(),
        "integration_id": part.partition.integration_id,
        "bytes": entry.size,
        "etag": entry.etag,
        "records": counted.records if counted else None,
    }


def days(store: ObjectStore, span: tuple[date, date], *, page_size: int, before: date | None) -> Listing:
    """What the manifests say of these UTC days, the last one first; ``before`` is the day that the last page came to.

    A day without a manifest is not in it. Raises ``ContractBroken`` where a manifest cannot be read.
    """
    first, last = span
    last = min(last, before - timedelta(days=1)) if before else last
    if first > last:
        return Listing([], None)
    behind = manifests.key(first).removesuffix(".json")  # which sorts before the day's own
    kept = [entry.key for entry in store.entries(manifests.PREFIX, limit=_ALL, after=behind)]
    found = sorted((key for key in kept if key <= manifests.key(last)), reverse=True)
    asked = found[:page_size]
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="days") as pool:
        bodies = zip(asked, pool.map(store.get, asked), strict=True)
        documents = [completeness.read(key, stored.body) for key, stored in bodies if stored]
    entries = [_without_etags(document) for document in documents]
    entries = entries[: fitting(map(weight, entries))]
    more = len(found) > len(asked) or len(entries) < len(documents)
    return Listing(entries, str(entries[-1]["day"]) if more and entries else None)


def _without_etags(document: completeness.Document) -> JsonObject:
    integrations = [
        {name: value for name, value in each.items() if name != "etags"} for each in document["integrations"]
    ]
    shown = ("day", "state", "as_of", "swept_at", "accounts")
    return {name: document[name] for name in shown} | {"integrations": integrations}


def recent(now: datetime) -> tuple[date, date]:
    """The default days: the last 31 up to today, in UTC."""
    today = now.astimezone(UTC).date()
    return today - timedelta(days=30), today
