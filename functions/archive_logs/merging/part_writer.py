"""Merges landed rows into a partition's objects, each by compare-and-swap, and writes each object's summary.

Beside what ``summary`` says of the object, its summary's file names the object's ``etag`` and, where the object is
sealed, the ids of that: so a large sealed object is not even downloaded while nothing landed for it. Sealed once is
sealed for good, also should an earlier version of the object be brought back.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive_logs.merging import summary
from archive_logs.merging.merge import Merged, Merger
from archive_logs.merging.partitions import Ids, Part, Partition
from integration_logs.errors import TryLater

if TYPE_CHECKING:
    from archive_logs.merging.landed import Landed
    from integration_logs.bucket.objects import ObjectStore

log = logging.getLogger(__name__)

_TRIES = 5


@dataclass(frozen=True)
class _Kept:
    """A summary as it is kept: its own etag, that of the object that it was made from, and the object's seal."""

    etag: str | None = None
    made_from: str | None = None
    sealed: Ids | None = None

    @classmethod
    def load(cls, store: ObjectStore, part: Part) -> _Kept:
        stored = store.get(summary.key(part.key))
        if stored is None:
            return cls()
        try:
            kept: Any = json.loads(stored.body)
            sealed = kept.get("sealed")
            return cls(stored.etag, str(kept["etag"]), (int(sealed[0]), int(sealed[1])) if sealed else None)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):  # not ours: it is made anew
            return cls(stored.etag)


@dataclass(frozen=True)
class PartWriter:
    """What it takes to write a batch's rows; ``folder`` is for copies of the objects."""

    store: ObjectStore
    landed: Landed
    merger: Merger
    folder: Path
    part_bytes: int

    def merge(self, partition: Partition) -> Iterator[Merged]:
        """Merge what landed for a partition; what became of each of its objects, as each is done.

        Raises ``TryLater`` where other runs keep being first, and what the merge and the store raise.
        """
        waiting = [Part(partition)]
        while waiting:
            part = waiting.pop()
            merged = self._merge(part)
            yield merged
            if merged.sealed:
                waiting += [each for each in part.around(merged.sealed) if self.landed.has(partition, each.ids)]

    def _merge(self, part: Part) -> Merged:
        existing, target = self.folder / "existing.parquet", self.folder / "target.parquet"
        kept = _Kept.load(self.store, part)
        if kept.sealed and not self.landed.has(part.partition, kept.sealed):
            return Merged(sealed=kept.sealed)
        for _ in range(_TRIES):
            etag = self.store.download(part.key, existing)
            merged = self.merger.merge(
                part, existing if etag else None, target, part_bytes=self.part_bytes, sealed=kept.sealed
            )
            if merged.written:
                etag = self.store.put(part.key, target, replaces=etag)
                if etag is None:
                    log.info("Another run was first at an object: merging with what it wrote", extra={"key": part.key})
                    continue
            if etag and (merged.written or kept.made_from != etag):
                self._summarise(part, target if merged.written else existing, etag, kept)
            return merged
        raise TryLater(f"Other runs keep replacing {part.key}.")

    def _summarise(self, part: Part, path: Path, etag: str, kept: _Kept) -> None:
        """Keep the summary of the object at ``path``, or of what is there now should another run replace it."""
        for _ in range(_TRIES):
            if kept.made_from != etag:
                says, sealed = self.merger.summarise(part, path)
                sealed = sealed or kept.sealed
                document = {**says, "etag": etag} | ({"sealed": list(sealed)} if sealed else {})
                body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
                if self.store.put(summary.key(part.key), body, replaces=kept.etag) is None:
                    kept = _Kept.load(self.store, part)
                    continue
            if [entry.etag for entry in self.store.entries(part.key, limit=1)] == [etag]:
                return
            current = self.store.download(part.key, path)
            if current is None:
                return  # it was deleted, as old as it was
            etag, kept = current, _Kept.load(self.store, part)
        raise TryLater(f"Other runs keep replacing {part.key}.")
