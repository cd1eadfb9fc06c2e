"""Which records of an account have landed, by id and UTC day, so that a sweep does not land them again.

``state/landed/<account>/<day>.json.gz``, the day being that of ``created_at`` or ``undated``::

    {"version": 1, "ids": [1001, 1002, …]}        sorted; below zero: a digest of what a record without an id says

An id is entered only after its row is in ``landing/``. The other way round nothing is lost: what is not in the ledger
lands again, and the archive knows it by its id. So a ledger that was not saved, or is deleted, costs work, not records.
"""

from __future__ import annotations

import gzip
import json
import logging
import threading
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from integration_logs.errors import TryLater

if TYPE_CHECKING:
    from integration_logs.bucket.objects import ObjectStore

log = logging.getLogger(__name__)

VERSION = 1
DAYS_IN_MEMORY = 40
"""Days whose ids are kept at hand: all that Sendcloud keeps and some odd ones, for streams side by side are at as many
days, and one in no order of time is at all of them. A million ids are 8 MB."""

SAVE_ABOVE = 20_000
"""Ids that may wait to be saved."""

_TRIES = 5


class _Day(NamedTuple):
    """The ids of one day as they were saved, and under which etag; ``None``: not yet."""

    ids: array[int]
    etag: str | None


class Ledger:
    """The ids of one account; safe to share between threads."""

    def __init__(self, store: ObjectStore, account: str) -> None:
        self._store = store
        self._account = account
        self._lock = threading.Lock()
        self._saved: dict[str, _Day] = {}
        self._new: dict[str, set[int]] = {}

    def has(self, id_: int, created_at: datetime | None) -> bool:
        """Whether the record has landed. Raises what the store raises."""
        day = _day(created_at)
        with self._lock:
            if id_ in self._new.get(day, ()):
                return True
            saved = self._saved.get(day) or self._load(day)
            self._keep(day, saved)
            ids = saved.ids
            place = bisect_left(ids, id_)
            return place < len(ids) and ids[place] == id_

    def enter(self, landed: Iterable[tuple[int, datetime | None]]) -> None:
        """Enter records that have landed; ``save`` makes it last."""
        with self._lock:
            for id_, created_at in landed:
                self._new.setdefault(_day(created_at), set()).add(id_)
            if sum(map(len, self._new.values())) > SAVE_ABOVE:
                try:
                    self._save()
                except TryLater as error:  # there is another time to save, and no walk need fail over it
                    log.warning("The ledger of landed records was not saved: %s", error)

    def save(self) -> None:
        """Write what was entered, and only where something was."""
        with self._lock:
            self._save()

    def _save(self) -> None:
        for day in sorted(self._new):
            self._keep(day, self._merge(day, self._new[day]))
            del self._new[day]

    def _keep(self, day: str, saved: _Day) -> None:
        """Keep the day's ids at hand, and let go those of the day that was longest not asked for."""
        self._saved.pop(day, None)
        self._saved[day] = saved
        while len(self._saved) > DAYS_IN_MEMORY:
            del self._saved[next(iter(self._saved))]

    def _merge(self, day: str, new: set[int]) -> _Day:
        saved = self._saved.get(day)  # what another walk has saved since shows in the etag
        for _ in range(_TRIES):
            saved = saved or self._load(day)
            merged = array("q", sorted({*saved.ids, *new}))
            if len(merged) == len(saved.ids):
                return saved
            body = gzip.compress(json.dumps({"version": VERSION, "ids": merged.tolist()}).encode(), mtime=0)
            if etag := self._store.put(self._key(day), body, replaces=saved.etag):
                return _Day(merged, etag)
            saved = None
        raise TryLater(f"Other walks keep replacing {self._key(day)}.")

    def _load(self, day: str) -> _Day:
        stored = self._store.get(self._key(day))
        if stored is None:
            return _Day(array("q"), None)
        try:
            document = json.loads(gzip.decompress(stored.body))
            ids = array("q", sorted(document["ids"])) if document["version"] == VERSION else array("q")
        except (ValueError, KeyError, TypeError, OSError, EOFError, OverflowError, zlib.error):
            ids = array("q")  # unreadable: as good as none, and replaced by the next save
        return _Day(ids, stored.etag)

    def _key(self, day: str) -> str:
        return f"state/landed/{self._account}/{day}.json.gz"


def _day(created_at: datetime | None) -> str:
    return "undated" if created_at is None else created_at.date().isoformat()
