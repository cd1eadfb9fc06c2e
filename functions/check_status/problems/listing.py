"""One listing of archive_logs' summaries, from which each account takes what is its own and new to it.

Summaries are read side by side, each once, and only while there is time: a first look at a large archive takes several
checks, each of which goes on where the one before it stopped. An integration belongs to the account that its newest
summary names.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from threading import Lock
from typing import TYPE_CHECKING

from check_status.problems.summaries import (
    PREFIX,
    UNDATED,
    VERSION,
    Look,
    Summary,
    first_day,
    integration,
    parsed,
)
from integration_logs.errors import TryLater

if TYPE_CHECKING:
    from integration_logs.bucket.objects import Entry, ObjectStore, Stored

log = logging.getLogger(__name__)

AT_ONCE = 32
"""Reads that are on their way side by side: with a third of a processor more only wait for it, and fewer for S3."""

MOST_BYTES = 24 << 20
"""Of summaries that one check reads: parsed they take some six times as much of the function's memory."""

_BATCH = 4 * AT_ONCE
_BATCH_BYTES = 2 << 20
"""After which an account looks at the time, and leaves the others their turn."""

_MOST = 100_000
_REST = re.compile(r"dt=\d{4}-\d\d-\d\d/integration-\d+(?:\.ids-[\d-]+)?")


@dataclass
class Reader:
    """Reads summaries while ``goes_on``; what has been read once is there for every account and every further try."""

    get: Callable[[str], Stored | None]
    goes_on: Callable[[], bool] = lambda: True
    _bytes_left: int = MOST_BYTES
    _read: dict[str, Summary | None] = field(default_factory=dict, repr=False)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE), repr=False)

    def read(self, entries: Iterable[Entry]) -> dict[str, Summary | None]:
        """The summaries of these objects, by their keys, in this order as far as there is time.

        ``None`` is one that is gone or cannot be read. Raises what the store raises; ``TryLater`` only where nothing
        could be read yet, since what has been read is to be kept.
        """
        found: dict[str, Summary | None] = {}
        for batch in _batches(entries):
            new = [entry for entry in batch if entry.key not in self._read]
            if new and not (self._bytes_left > 0 and self.goes_on()):
                break
            self._bytes_left -= sum(entry.size for entry in new)
            try:
                for key, summary in self._pool.map(self._one, (entry.key for entry in new)):
                    self._read[key] = summary
            except TryLater as error:
                if not self._read:
                    raise
                log.warning("Not every summary can be read now; the next check goes on: %s", error)
                self._bytes_left = 0
            found |= {entry.key: self._read[entry.key] for entry in batch if entry.key in self._read}
        return found

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown()

    def _one(self, key: str) -> tuple[str, Summary | None]:
        stored = self.get(key)
        summary = parsed(stored.body, stored.etag) if stored else None
        if stored and not summary:
            log.warning("%s is not a summary of version %d", key, VERSION)
        return key, summary


@dataclass
class Listing:
    """What counts now, by integration in the order of the days; ``owners`` may be kept from one listing to the next."""

    reader: Reader
    integrations: Mapping[int, dict[str, Entry]]
    owners: dict[int, str]
    _lock: Lock = field(default_factory=Lock, repr=False)

    @classmethod
    def of(cls, store: ObjectStore, now: datetime, owners: dict[int, str], reader: Reader | None = None) -> Listing:
        """List what counts. Raises what the store raises."""
        undated = store.entries(PREFIX + UNDATED, limit=_MOST)
        after = f"{PREFIX}dt={first_day(now) - timedelta(days=1)}~"  # behind everything of the day before
        entries = (*undated, *store.entries(PREFIX, limit=_MOST, after=after))
        found: dict[int, dict[str, Entry]] = {}
        for entry in sorted(entries, key=lambda entry: entry.key):
            rest = entry.key.removeprefix(PREFIX).removesuffix(".json")
            if _REST.fullmatch(rest):
                found.setdefault(integration(rest), {})[rest] = entry
        return cls(reader or Reader(store.get), found, owners)

    @property
    def has_strangers(self) -> bool:
        """Whether there are integrations of which it is not known whose they are."""
        return not self.owners.keys() >= self.integrations.keys()

    def claim(self, account: str, seen: Mapping[str, str]) -> None:
        """Let the account have the integrations whose newest summaries it has seen: no need to read whose they are."""
        for id_, entries in self.integrations.items():
            rest, entry = next(reversed(entries.items()))
            if seen.get(rest) == entry.etag:
                self.owners.setdefault(id_, account)

    def look(self, account: str, seen: Mapping[str, str], first: int = 0) -> Look:
        """What is the account's, and what of it is new to it, from the integration ``first`` on in a round.

        A summary that cannot be read is left for the next look. Raises what the store raises.
        """
        with self._lock:
            strangers = self._strangers()
        round_ = sorted(self.integrations, key=lambda id_: (id_ < first, id_))
        own = [id_ for id_ in round_ if self.owners.get(id_) == account]
        changed = {id_: self._changed(id_, seen) for id_ in own}
        read = self.reader.read(entry for each in changed.values() for entry in each.values())
        for id_ in own:
            newest = read.get(next(reversed(self.integrations[id_].values())).key)
            if newest and newest.account != account:  # it has been moved
                self.owners[id_] = newest.account
                del changed[id_]
        taken: dict[str, Summary] = {}
        waiting: list[str] = []
        for each in changed.values():
            # of an integration whose summaries are not all read only the oldest count, as if the others were to come
            done = [rest for rest, _ in takewhile(lambda item: item[1].key in read, each.items())]
            taken |= {rest: summary for rest in done if (summary := read[each[rest].key])}
            waiting += list(each)[len(done) :]
        unknown = [rest for id_ in strangers for rest in self.integrations[id_]]
        rests = frozenset(rest for id_ in changed for rest in self.integrations[id_]).union(unknown)
        return Look(rests, taken, (*waiting, *unknown))

    def _changed(self, id_: int, seen: Mapping[str, str]) -> dict[str, Entry]:
        return {rest: entry for rest, entry in self.integrations[id_].items() if seen.get(rest) != entry.etag}

    def _strangers(self) -> list[int]:
        """Find out whose each integration is; those for which there was no time."""
        open_ = {id_: list(entries.values()) for id_, entries in self.integrations.items() if id_ not in self.owners}
        late: list[int] = []
        while open_:
            read = self.reader.read(entries[-1] for entries in open_.values())
            late += [id_ for id_, entries in open_.items() if entries[-1].key not in read]
            for id_, entries in open_.items():
                if summary := read.get(entries[-1].key):
                    self.owners[id_] = summary.account
            # the newest of them cannot be read: the one before it
            open_ = {
                id_: entries[:-1]
                for id_, entries in open_.items()
                if entries[1:] and entries[-1].key in read and id_ not in self.owners
            }
        return late


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        if len(batch) == _BATCH or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += entry.size
    if batch:
        yield batch
