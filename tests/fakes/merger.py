"""The archiver's ``Landed`` and ``Merger`` with a memory: the same rows into the same object a thousand times cost one
merge.

What a batch has is what its files have, each on its own; and in a merge, only those of them count that have rows of its
partition. So what is known of a file is known in whatever batch it comes.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any, Self
from unittest.mock import patch

from archive_logs.merging import database
from archive_logs.merging.landed import Landed, within
from archive_logs.merging.merge import Merger
from archive_logs.merging.partitions import Ids, Partition
from archive_logs.merging.small import Small

_KNOWN: dict[tuple[object, ...], Any] = {}
_MOST = 20_000


class RememberingLanded:
    """Taking rows in is pure, so what was in the same bytes before is in them now."""

    def __init__(self, _: Path) -> None:
        self._files: dict[Path, Content] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def take(self, files: list[Path]) -> list[Path]:
        contents = {file: content(file.read_bytes()) for file in files}
        self._files |= {file: content for file, content in contents.items() if content is not None}
        return [file for file in files if file not in self._files]

    def partitions(self, days: tuple[date, date] | None = None) -> list[Partition]:
        first, last = days or (date.min, date.max)
        found = {partition for each in self._files.values() for partition in each.ids}
        return sorted(each for each in found if first <= each.day <= last)

    def has(self, partition: Partition, ids: Ids) -> bool:
        first, last = ids
        return any(first <= id_ <= last for each in self._files.values() for id_ in each.ids.get(partition, ()))

    def rejected(self, without: Collection[Path] = ()) -> int:
        return sum(each.rejected for file, each in self._files.items() if file not in without)

    def files_of(self, partitions: Collection[Partition]) -> set[Path]:
        return {file for file, each in self._files.items() if not each.ids.keys().isdisjoint(partitions)}

    def smaller_than(self, _: int) -> set[Partition]:
        return set(self.partitions())

    def bodies_of(self, partition: Partition) -> tuple[bytes, ...]:
        """The landing objects that have rows of the partition."""
        return tuple(each.body for each in self._files.values() if partition in each.ids)


class RememberingMerger:
    """So is merging, and summarising."""

    def __init__(self, landed: RememberingLanded, *, prefer_landed: bool = False) -> None:
        self._landed, self._prefer_landed = landed, prefer_landed

    def merge(self, part: Any, existing: Path | None, target: Path, *, part_bytes: int, sealed: Any = None) -> Any:
        bodies = self._landed.bodies_of(part.partition)

        def merge() -> tuple[Any, bytes | None]:
            target.unlink(missing_ok=True)
            with _taken(bodies) as (landed, _):
                merger = Merger(landed, prefer_landed=self._prefer_landed)
                merged = merger.merge(part, existing, target, part_bytes=part_bytes, sealed=sealed)
            return merged, target.read_bytes() if target.exists() else None

        content = existing.read_bytes() if existing else None
        key = (bodies, self._prefer_landed, "merge", part, content, part_bytes, sealed)
        merged, written = remember(key, merge)
        if written is not None:
            target.write_bytes(written)
        return merged

    def merge_small(self, found: Sequence[Small]) -> list[Any]:
        """One after the other: what becomes of an object does not hang on those that are merged with it."""
        return [self._merge_small(each) for each in found]

    def _merge_small(self, each: Small) -> Any:
        bodies = self._landed.bodies_of(each.part.partition)

        def merge() -> tuple[Any, bytes | None]:
            with _taken(bodies) as (landed, _):
                (merged,) = Merger(landed, prefer_landed=self._prefer_landed).merge_small([each])
            return merged, each.target.read_bytes() if each.target.exists() else None

        content = each.existing.read_bytes() if each.existing else None
        merged, written = remember((bodies, self._prefer_landed, "small", each.part, content), merge)
        if written is not None:
            each.target.write_bytes(written)
        return merged

    def summarise(self, part: Any, path: Path) -> Any:
        def summarise() -> Any:
            with _taken(()) as (landed, _):
                return Merger(landed).summarise(part, path)

        return remember((path.read_bytes(), "summary"), summarise)


@dataclass(frozen=True)
class Content:
    """What a landing object has: the ids of each partition, and how many rows the archive cannot hold."""

    body: bytes
    ids: dict[Partition, frozenset[int]]
    rejected: int


def content(body: bytes) -> Content | None:
    """What it has on its own; ``None`` where it cannot be read."""

    def read() -> Content | None:
        with _taken((body,)) as (landed, unreadable):
            ids = {partition: frozenset(_ids(landed, partition)) for partition in landed.partitions()}
            return None if unreadable else Content(body, ids, landed.rejected())

    return remember((body, "content"), read)


def _ids(landed: Landed, partition: Partition) -> list[int]:
    found = landed.database.execute(f"SELECT id FROM landed WHERE {within(partition)}").fetchall()
    return [id_ for (id_,) in found]


@contextmanager
def _taken(bodies: tuple[bytes, ...]) -> Iterator[tuple[Landed, list[Path]]]:
    """The real rows of these landing objects, and which of them cannot be read."""
    with TemporaryDirectory(prefix="landed-") as name:
        landed = _emptied(Path(name))
        files = [Path(name) / f"{place}.landed" for place in range(len(bodies))]
        for file, body in zip(files, bodies, strict=True):
            file.write_bytes(body)
        yield landed, landed.take(files)


def _emptied(folder: Path) -> Landed:
    landed = _real()
    landed.database.execute("DELETE FROM landed")
    landed._files, landed._folder = [], folder
    return landed


@cache
def _real() -> Landed:
    """One for all, since to make a database takes longer than to merge; in memory, so that none is left behind."""
    with patch("archive_logs.merging.landed.connect", lambda folder: database.sealed(":memory:", folder)):
        return Landed(Path(gettempdir()))  # where every batch's folder is


atexit.register(_real.cache_clear)


@contextmanager
def remembering() -> Iterator[None]:
    """The archiver remembers, for the length of the block."""
    with (
        patch("archive_logs.merging.batch.Landed", RememberingLanded),
        patch("archive_logs.merging.batch.Merger", RememberingMerger),
    ):
        yield


def remember[T](key: tuple[object, ...], work: Callable[[], T]) -> T:
    """What ``work`` has made of the same before."""
    if len(_KNOWN) > _MOST:
        _KNOWN.clear()
    if key not in _KNOWN:
        _KNOWN[key] = work()
    found: T = _KNOWN[key]
    return found
