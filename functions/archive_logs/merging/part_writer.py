"""Merges landed rows into a partition's objects, each by compare-and-swap, and writes each object's summary.

Beside what ``summary`` says of the object, its summary's file names the object's ``etag`` and, where the object is
sealed, the ids of that: so a large sealed object is not even downloaded while nothing landed for it. Sealed once is
sealed for good, also should an earlier version of the object be brought back.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import batched
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Any

from archive_logs.merging import summary
from archive_logs.merging.choice import Merged
from archive_logs.merging.merge import Merger
from archive_logs.merging.partitions import Ids, Part, Partition
from archive_logs.merging.small import Small
from integration_logs.bucket.side_by_side import side_by_side
from integration_logs.errors import IntegrationLogsError, TryLater
from integration_logs.json_types import JsonObject

if TYPE_CHECKING:
    from archive_logs.merging.landed import Landed
    from integration_logs.bucket.objects import ObjectStore

log = logging.getLogger(__name__)

_TRIES = 5

AT_A_TIME = 50
"""Small partitions that are merged at once."""

SMALL_ROWS = 500
SMALL_OBJECT = 128 << 10
SMALL_LANDED = 1 << 20
"""What is small: up to so many archived rows, in so many bytes, and landed rows of fewer bytes than that, unpacked."""

type Done = tuple[list[Merged], IntegrationLogsError | None]
"""What became of a partition's objects, and what holds it up."""


@dataclass(frozen=True)
class _Kept:
    """A summary as it is kept: its own etag, that of the object that it was made from, the object's seal and rows."""

    etag: str | None = None
    made_from: str | None = None
    sealed: Ids | None = None
    records: int = 0

    @classmethod
    def load(cls, store: ObjectStore, part: Part) -> _Kept:
        stored = store.get(summary.key(part.key))
        if stored is None:
            return cls()
        try:
            kept: Any = json.loads(stored.body)
            sealed = kept.get("sealed")
            ids = (int(sealed[0]), int(sealed[1])) if sealed else None
            return cls(stored.etag, str(kept["etag"]), ids, int(kept["records"]))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):  # not ours: it is made anew
            return cls(stored.etag)


@dataclass(frozen=True)
class PartWriter:
    """What it takes to write a batch's rows; ``folder`` is for copies of the objects.

    Small partitions are merged many at once, S3's calls for them side by side; any other one after the other.
    """

    store: ObjectStore
    landed: Landed
    merger: Merger
    folder: Path
    part_bytes: int
    _database: Lock = field(default_factory=Lock, init=False, repr=False)

    def merge(self, partitions: Sequence[Partition]) -> Iterator[dict[Partition, Done]]:
        """Merge what landed for the partitions; what became of them, of some at a time, as they are done."""
        small = self.landed.smaller_than(SMALL_LANDED)
        for some in batched(partitions, AT_A_TIME, strict=False):
            with TemporaryDirectory(dir=self.folder) as name:
                done = self._merge_small([each for each in some if each in small], Path(name))
            yield done
            for partition in some:
                if partition not in done:
                    yield {partition: self._merge_alone(partition)}

    def _merge_alone(self, partition: Partition) -> Done:
        """Merge all of a partition's objects, one after the other; what is written counts, also when the next fails."""
        merged: list[Merged] = []
        waiting = [Part(partition)]
        try:
            while waiting:
                part = waiting.pop()
                merged.append(self._merge(part))
                if sealed := merged[-1].sealed:
                    waiting += [each for each in part.around(sealed) if self.landed.has(partition, each.ids)]
        except IntegrationLogsError as error:
            return merged, error
        return merged, None

    def _merge_small(self, partitions: Sequence[Partition], folder: Path) -> dict[Partition, Done]:
        """Merge those that turn out to be small; what became of them. Any other has still to be merged alone."""
        done: dict[Partition, Done] = {}
        work = [(Part(each), folder / f"{number}") for number, each in enumerate(partitions)]
        found: list[_Found] = []
        for partition, what in zip(partitions, side_by_side(lambda each: self._find(*each), work), strict=True):
            if isinstance(what, _Found):
                found.append(what)
            elif what:
                done[partition] = [], what
        try:
            merged = self.merger.merge_small([each.files for each in found]) if found else []
        except IntegrationLogsError:  # alone, each of them will say what is wrong with it
            return done
        pairs = [(each, result) for each, result in zip(found, merged, strict=True) if result]
        for (each, _), ended in zip(pairs, side_by_side(lambda pair: self._put(*pair), pairs), strict=True):
            if ended:
                done[each.files.part.partition] = ended
        return done

    def _find(self, part: Part, path: Path) -> _Found | IntegrationLogsError | None:
        """What there is of a part, side by side with others; ``None`` where that is not small."""
        existing = path.with_suffix(".existing")
        try:
            kept = _Kept.load(self.store, part)
            if kept.sealed or kept.records > SMALL_ROWS:
                return None
            etag = self.store.download(part.key, existing)
        except IntegrationLogsError as error:
            return error
        if etag and (kept.made_from != etag or existing.stat().st_size > SMALL_OBJECT):
            existing.unlink()
            return None
        return _Found(Small(part, existing if etag else None, path), etag, kept)

    def _put(self, found: _Found, result: tuple[Merged, JsonObject]) -> Done | None:
        """Put a small object and its summary there, side by side with others; ``None`` where another run was first."""
        part, path = found.files.part, found.files.target
        merged, says = result
        if not merged.written:
            return [merged], None
        if path.stat().st_size > self.part_bytes:
            return None
        put: list[Merged] = []
        try:
            etag = self.store.put(part.key, path, replaces=found.etag)
            if etag is None:
                return None
            put.append(merged)
            self._summarise(part, path, etag, found.kept, says)
        except IntegrationLogsError as error:
            return put, error
        return put, None

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

    def _summarise(self, part: Part, path: Path, etag: str, kept: _Kept, says: JsonObject | None = None) -> None:
        """Keep the summary of the object at ``path``, or of what is there now should another run replace it.

        ``says`` is the summary where it is known already.
        """
        for _ in range(_TRIES):
            if kept.made_from != etag:
                sealed = None
                if says is None:
                    with self._database:
                        says, sealed = self.merger.summarise(part, path)
                document = {**says, "etag": etag} | (
                    {"sealed": list(sealed)} if (sealed := sealed or kept.sealed) else {}
                )
                body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
                if self.store.put(summary.key(part.key), body, replaces=kept.etag) is None:
                    kept = _Kept.load(self.store, part)
                    continue
            if [entry.etag for entry in self.store.entries(part.key, limit=1)] == [etag]:
                return
            current = self.store.download(part.key, path)
            if current is None:
                return  # it was deleted, as old as it was
            etag, kept, says = current, _Kept.load(self.store, part), None
        raise TryLater(f"Other runs keep replacing {part.key}.")


@dataclass(frozen=True)
class _Found:
    """A small part's files, its object's etag, and its summary as it is kept."""

    files: Small
    etag: str | None
    kept: _Kept
