"""Which records of an account have landed, by id and UTC day: what a sweep need not land again.

``state/landed/<account>/<day>.json.gz``, the day being that of ``created_at`` or ``undated``::

    {"version": 1, "ids": [1001, 1002, …]}        sorted

An id is entered only after its row is in ``landing/``. The other way round nothing is lost: what is not in the ledger
lands again, and the archive knows it by its id. So a ledger that was not saved, or is deleted, costs work, not records.
"""

from __future__ import annotations

import gzip
import json
import threading
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING

from integration_logs.errors import TryLater

if TYPE_CHECKING:
    from datetime import datetime

    from integration_logs.objects import ObjectStore

VERSION = 1
DAYS_IN_MEMORY = 8
"""Days whose ids are kept at hand; a stream in order of time needs one or two."""

SAVE_ABOVE = 50_000
"""Ids that may wait to be saved."""

_TRIES = 5


class Ledger:
    """The ids of one account; safe to share between threads."""

    def __init__(self, store: ObjectStore, account: str) -> None:
        self._store = store
        self._account = account
        self._lock = threading.Lock()
        self._saved: dict[str, array[int]] = {}
        self._new: dict[str, set[int]] = {}

    def has(self, id_: int, created_at: datetime | None) -> bool:
        """Whether the record has landed. Raises what the store raises."""
        day = _day(created_at)
        with self._lock:
            if id_ in self._new.get(day, ()):
                return True
            ids = self._saved.get(day)
            if ids is None:
                ids = self._saved[day] = self._load(day)[0]
                while len(self._saved) > DAYS_IN_MEMORY:
                    del self._saved[next(iter(self._saved))]
            place = bisect_left(ids, id_)
            return place < len(ids) and ids[place] == id_

    def enter(self, landed: list[tuple[int, datetime | None]]) -> None:
        """Enter records that have landed; ``save`` makes it last."""
        with self._lock:
            for id_, created_at in landed:
                self._new.setdefault(_day(created_at), set()).add(id_)
            if sum(map(len, self._new.values())) > SAVE_ABOVE:
                self._save()

    def save(self) -> None:
        """Write what was entered, and only where something was."""
        with self._lock:
            self._save()

    def _save(self) -> None:
        for day in sorted(self._new):
            self._saved[day] = self._merge(day, self._new[day])
            del self._new[day]

    def _merge(self, day: str, new: set[int]) -> array[int]:
        for _ in range(_TRIES):
            ids, etag = self._load(day)
            merged = array("q", sorted({*ids, *new}))
            body = gzip.compress(json.dumps({"version": VERSION, "ids": merged.tolist()}).encode(), mtime=0)
            if len(merged) == len(ids) or self._store.put(self._key(day), body, replaces=etag):
                return merged
        raise TryLater(f"Other walks keep replacing {self._key(day)}.")

    def _load(self, day: str) -> tuple[array[int], str | None]:
        stored = self._store.get(self._key(day))
        if stored is None:
            return array("q"), None
        try:
            document = json.loads(gzip.decompress(stored.body))
            ids = array("q", sorted(document["ids"])) if document["version"] == VERSION else array("q")
        except (ValueError, KeyError, TypeError, OSError, EOFError, OverflowError):
            ids = array("q")  # unreadable: as good as none, and replaced by the next save
        return ids, stored.etag

    def _key(self, day: str) -> str:
        return f"state/landed/{self._account}/{day}.json.gz"


def _day(created_at: datetime | None) -> str:
    return "undated" if created_at is None else f"{created_at.year:04}-{created_at:%m-%d}"
