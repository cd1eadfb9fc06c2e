"""Writes each day's manifest, from what the archive holds and what was swept.

The order is what makes it true: first the sweeps are read, then what waits in landing, then what the archive holds. So
a sweep counts only where all that it had found was archived when the archive was looked at.

It asks for one listing of sweeps and one record a stream of them, one listing of landing, one of the archive for each
thousand objects, each manifest that may change, and those summaries whose archive object has changed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from archive_logs.merging import summary
from archive_logs.merging.partitions import EPOCH, Part
from archive_logs.merging.partitions import PREFIX as LOGS
from archive_logs.upkeep.completeness import ArchivedObjects, Counts, Document, Fetched, counts, known, manifest, read
from integration_logs.bucket import landing, sweeps
from integration_logs.errors import ContractBroken, IntegrationLogsError, TryLater

if TYPE_CHECKING:
    from integration_logs.bucket.objects import Entry, ObjectStore

log = logging.getLogger(__name__)

PREFIX = "manifests/dt="

BACK = timedelta(days=32)
"""So many days are looked at in any case: those that Sendcloud has records of, and the two before them."""

AT_ONCE = 8
"""Objects that are asked for side by side."""

_ALL = 10_000_000
_WAITING = 1000
_TRIES = 5

type Objects = Mapping[int, Sequence[Entry]]
"""The archive's objects of one day, by integration."""


@dataclass(frozen=True)
class Manifests:
    """How a run went: days that were looked at, manifests that were written, and the days since the archive began that
    Sendcloud has forgotten before an account was swept to the end of them."""

    days: int
    written: int
    incomplete: tuple[str, ...]


def write_manifests(store: ObjectStore, accounts: Iterable[str], now: datetime) -> Manifests:
    """Write the manifest of every day that is not final yet, where it has changed.

    One day's trouble holds up no other; the first is raised when all are done.
    """
    fetched = _fetched(store, accounts)
    days = _days(store, now.date())
    objects = _objects(store, days[0])
    looked_at = [EPOCH, *days]
    written = 0
    incomplete: list[str] = []
    troubles: list[IntegrationLogsError] = []
    for day in looked_at:
        try:
            document, changed = _write(store, day, objects.get(day, {}), fetched, now)
        except IntegrationLogsError as error:
            log.error("The manifest of %s was not written: %s", day, error)  # noqa: TRY400  # a sentence, not a trace
            troubles.append(error)
            continue
        written += changed
        late = [each["account"] for each in (document["accounts"] if document else ()) if each["state"] == "incomplete"]
        if late:
            log.error("Day %s is incomplete: it was not completely swept in time for %s", day, " and ".join(late))
            incomplete.append(day.isoformat())
    if troubles:
        raise troubles[0]
    return Manifests(len(looked_at), written, tuple(incomplete))


def key(day: date) -> str:
    """Where the day's manifest is kept."""
    return f"{PREFIX}{day.isoformat()}.json"


def _fetched(store: ObjectStore, accounts: Iterable[str]) -> dict[str, Fetched]:
    """What was fetched of each account; the sweeps before the landing objects."""
    swept = {}
    for account in accounts:
        names = [entry.key for entry in store.entries(sweeps.prefix(account), limit=_ALL)]
        swept[account] = sweeps.read(account, _bodies(store, names))
    waiting = [entry.key for entry in store.entries(landing.PREFIX, limit=_WAITING)]
    return {account: Fetched(each, _oldest(waiting, account)) for account, each in swept.items()}


def _oldest(waiting: Sequence[str], account: str) -> datetime | None:
    """When the oldest landing object was fetched that may be the account's."""
    for place, name in enumerate(waiting, 1):
        fetched_at = landing.fetched_at(name)
        # One whose name is not understood may be anybody's; so may those behind the last one that was listed.
        if fetched_at is None or f"Z-{account}-" in name or place == _WAITING:
            return fetched_at or datetime.min.replace(tzinfo=UTC)
    return None


def _days(store: ObjectStore, today: date) -> list[date]:
    """The days to look at, oldest first: the last ones, tomorrow, and all before them that are missing or not final."""
    first = today - BACK
    oldest = store.entries(PREFIX, limit=1, after=key(EPOCH))
    begin = date.fromisoformat(oldest[0].key.removeprefix(PREFIX).removesuffix(".json")) if oldest else first
    while first > begin and not _is_final(store, first - timedelta(days=1)):
        first -= timedelta(days=1)
    return [first + timedelta(days=number) for number in range((today - first).days + 2)]


def _is_final(store: ObjectStore, day: date) -> bool:
    try:
        stored = store.get(key(day))
        return stored is not None and read(key(day), stored.body)["state"] != "open"
    except ContractBroken:  # which was said as long as the day was among the last ones
        return True


def _objects(store: ObjectStore, first: date) -> dict[date, dict[int, list[Entry]]]:
    """The archive's objects of the first day and all after it, and of the one that is no day."""
    found: dict[date, dict[int, list[Entry]]] = {}
    for entry in (
        *store.entries(f"{LOGS}dt={EPOCH.isoformat()}/", limit=_ALL),
        *store.entries(LOGS, limit=_ALL, after=f"{LOGS}dt={first.isoformat()}"),
    ):
        if part := Part.of(entry.key):
            of = part.partition
            found.setdefault(of.day, {}).setdefault(of.integration_id, []).append(entry)
    return found


def _write(
    store: ObjectStore, day: date, objects: Objects, fetched: Mapping[str, Fetched], now: datetime
) -> tuple[Document | None, bool]:
    """The day's manifest, and whether it was written."""
    for _ in range(_TRIES):
        stored = store.get(key(day))
        previous = read(key(day), stored.body) if stored else None
        held = _held(store, objects, previous) if previous is None or previous["state"] == "open" else []
        document = manifest(day, previous, held, fetched, now=now)
        if document is None or (previous and document | {"as_of": previous["as_of"]} == previous):
            return previous, False
        if store.put(key(day), _encoded(document), replaces=stored.etag if stored else None):
            return document, True
    raise TryLater(f"Other runs keep replacing {key(day)}.")


def _held(store: ObjectStore, objects: Objects, previous: Document | None) -> list[ArchivedObjects]:
    """What the archive holds of the day, as the manifest of before or the summaries say."""
    told = {id_: known(previous, id_, _etags(entries)) for id_, entries in objects.items()}
    asked = [summary.key(entry.key) for id_, entries in objects.items() if told[id_] is None for entry in entries]
    bodies = _bodies(store, asked)
    return [
        ArchivedObjects(id_, _etags(entries), told[id_] or _counts(entries, bodies)) for id_, entries in objects.items()
    ]


def _counts(entries: Sequence[Entry], bodies: Mapping[str, bytes]) -> tuple[Counts, ...] | None:
    found = [counts(bodies.get(summary.key(entry.key), b""), entry.etag) for entry in entries]
    return tuple(each for each in found if each) if all(found) else None


def _etags(entries: Sequence[Entry]) -> tuple[str, ...]:
    return tuple(entry.etag for entry in entries)


def _bodies(store: ObjectStore, names: Sequence[str]) -> dict[str, bytes]:
    """The objects with these keys, without those that there are not."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="manifest") as pool:
        found = zip(names, pool.map(store.get, names), strict=True)
    return {name: stored.body for name, stored in found if stored}


def _encoded(document: Document) -> bytes:
    """JSON that a person can read: one line for each integration."""
    lines = json.dumps(document | {"integrations": []}, indent=1).removesuffix("[]\n}")
    entries = ",\n".join(f"  {json.dumps(entry)}" for entry in document["integrations"])
    return f"{lines}[\n{entries}\n ]\n}}\n".encode()
