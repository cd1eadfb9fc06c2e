"""Works off what landed: merge into the archive, put aside what it cannot hold, and only then remove.

The oldest objects first, a bounded batch at a time; a batch that was cut short is simply met again.
"""

from __future__ import annotations

import gzip
import logging
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from archive_logs import quarantine
from archive_logs.merge import Merger
from integration_logs.errors import TryLater

if TYPE_CHECKING:
    from collections.abc import Callable

    from archive_logs.merge import Merged
    from archive_logs.partitions import Partition
    from integration_logs.objects import ObjectStore

log = logging.getLogger(__name__)

LANDING = "landing/"

BATCH_OBJECTS = 200
BATCH_BYTES = 64 << 20
"""A batch's landing objects, compressed; one larger object is a batch of its own."""

_TRIES = 5


@dataclass(frozen=True)
class Archived:
    """How a run went: landing objects worked off, records new to the archive (not those that only replaced a row of the
    same id), partitions written, rows (and unreadable objects) put into quarantine, and whether more is waiting."""

    objects: int = 0
    rows: int = 0
    partitions: int = 0
    quarantined: int = 0
    more: bool = False

    def __add__(self, other: Archived) -> Archived:
        """Both runs together; more is waiting where the later one says so."""
        return Archived(
            self.objects + other.objects,
            self.rows + other.rows,
            self.partitions + other.partitions,
            self.quarantined + other.quarantined,
            other.more,
        )


def work_off(store: ObjectStore, time_left: Callable[[], float]) -> Archived:
    """Archive batch after batch until nothing waits or the time (seconds) is up."""
    done = Archived()
    while True:
        batch, more = _next_batch(store)
        if not batch:
            return done + Archived()
        done += _archive(store, batch)
        if not more:
            return done
        if time_left() <= 0:
            return done + Archived(more=True)


def _next_batch(store: ObjectStore) -> tuple[list[str], bool]:
    """The oldest landing objects' keys, and whether there are others behind them."""
    entries = store.entries(LANDING, limit=BATCH_OBJECTS + 1)
    batch: list[str] = []
    size = 0
    for entry in entries[:BATCH_OBJECTS]:
        size += entry.size
        if batch and size > BATCH_BYTES:
            break
        batch.append(entry.key)
    return batch, len(entries) > len(batch)


def _archive(store: ObjectStore, batch: list[str]) -> Archived:
    with TemporaryDirectory(prefix="archive-") as name:
        folder = Path(name)
        files: dict[Path, str] = {}
        for number, key in enumerate(batch):
            path = folder / f"{number}.ndjson.gz"
            if store.download(key, path) is not None:  # None: another run has archived it meanwhile
                files[path] = key
        with Merger(folder) as merger:
            unreadable = merger.take(list(files)) if files else []
            merged = [_replace(store, merger, partition, folder) for partition in merger.partitions()]
            quarantined = merger.rejected()
        if quarantined:
            for path, key in files.items():
                if path not in unreadable:
                    _put_rows_aside(store, path, key)
        for path in unreadable:
            log.error("A landing object cannot be read and goes into quarantine whole", extra={"key": files[path]})
            store.put(quarantine.object_key(files[path]), path, replaces=None)
        for key in files.values():
            store.delete(key)
        return Archived(
            objects=len(files),
            rows=sum(each.new for each in merged),
            partitions=sum(any(each) for each in merged),
            quarantined=quarantined + len(unreadable),
        )


def _replace(store: ObjectStore, merger: Merger, partition: Partition, folder: Path) -> Merged:
    """Merge into one object of the archive by compare-and-swap."""
    existing, target = folder / "existing.parquet", folder / "target.parquet"
    for _ in range(_TRIES):
        etag = store.download(partition.key, existing)
        merged = merger.merge(partition, existing if etag else None, target)
        if not any(merged) or store.put(partition.key, target, replaces=etag):
            return merged
        log.info("Another run was first at a partition: merging with what it wrote", extra={"key": partition.key})
    raise TryLater(f"Other runs keep replacing {partition.key}.")


def _put_rows_aside(store: ObjectStore, path: Path, key: str) -> None:
    """Put the object's rejected rows into quarantine; line by line, for an object may be large."""
    count = 0
    aside = path.with_suffix(".aside")
    with gzip.open(path) as lines, aside.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        for line in quarantine.rejected_rows(lines, key):
            packed.write(line)
            count += 1
    if count:
        log.error("Rows go into quarantine", extra={"key": quarantine.rows_key(key), "count": count})
        store.put(quarantine.rows_key(key), aside, replaces=None)  # None back: a run that died had put them there
    aside.unlink()
