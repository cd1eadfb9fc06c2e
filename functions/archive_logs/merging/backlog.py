"""Archives landed objects batch by batch, and deletes each only after that.

The oldest objects first, a bounded batch at a time; a batch that was cut short is simply met again. Objects that are
held up stay, and the run goes on behind them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from archive_logs.merging.batch import Outcome, archive, raise_foremost
from archive_logs.merging.choice import MOST_FIELDS
from archive_logs.merging.merge import PART_BYTES
from integration_logs.bucket.landing import PREFIX
from integration_logs.bucket.side_by_side import side_by_side

if TYPE_CHECKING:
    from integration_logs.bucket.objects import Entry, ObjectStore, Version
    from integration_logs.errors import IntegrationLogsError

log = logging.getLogger(__name__)

BATCH_OBJECTS = 200
BATCH_BYTES = 64 << 20
"""A batch's landing objects, compressed; one larger object is a batch of its own."""


@dataclass(frozen=True)
class Archived:
    """How a run went: landing objects worked off, records new to the archive (not those that only replaced a row of the
    same id), archive objects written, rows (and unreadable objects) put into quarantine, new records with fields that
    the archive has no column for, and whether more is waiting."""

    objects: int = 0
    rows: int = 0
    partitions: int = 0
    quarantined: int = 0
    extra: int = 0
    more: bool = False

    def __add__(self, other: Archived) -> Archived:
        """Both runs together; more is waiting where the later one says so."""
        counts = ("objects", "rows", "partitions", "quarantined", "extra")
        return replace(other, **{name: getattr(self, name) + getattr(other, name) for name in counts})


def work_off(
    store: ObjectStore,
    time_left: Callable[[], float],
    *,
    part_bytes: int = PART_BYTES,
    count: Callable[[Archived], object] = lambda _: None,
) -> Archived:
    """Archive batch after batch until nothing waits or the time (seconds) is up.

    An archive object that outgrows ``part_bytes`` is sealed, see ``partitions``. ``count`` is told of each batch when
    that is done, so that nothing goes uncounted where a later one fails. What holds objects up (see ``batch.archive``)
    is raised at the end, after everything that could be archived was; what the time cuts short is the next run's.
    """
    done = Archived()
    errors: list[IntegrationLogsError] = []
    fields: set[str] = set()
    behind, more = "", True
    while more:
        batch, more = _next_batch(store, behind)
        outcome, waiting = _archive(store, batch, part_bytes, time_left)
        more = more or waiting
        part = Archived(
            objects=len(outcome.settled),
            rows=outcome.rows,
            partitions=outcome.objects,
            quarantined=outcome.quarantined,
            extra=outcome.extra,
            more=more and time_left() <= 0,
        )
        count(part)
        done += part
        errors += outcome.errors
        fields |= outcome.fields
        behind = max(outcome.held_up, default=behind)
        if done.more:
            break
    if fields:
        log.warning("New records have fields without a column", extra={"fields": sorted(fields)[:MOST_FIELDS]})
    raise_foremost(errors)
    return done


def _next_batch(store: ObjectStore, behind: str) -> tuple[list[str], bool]:
    """The oldest landing objects' keys after that one, and whether there are others behind them."""
    entries = store.entries(PREFIX, limit=BATCH_OBJECTS + 1, after=behind)
    batch = bounded(entries)
    return [entry.key for entry in batch], len(entries) > len(batch)


def bounded[E: (Entry, Version)](found: Sequence[E]) -> list[E]:
    """As many of a listing's first objects as make one batch; one at least, where there is one."""
    batch: list[E] = []
    size = 0
    for each in found[:BATCH_OBJECTS]:
        size += each.size
        if batch and size > BATCH_BYTES:
            break
        batch.append(each)
    return batch


def _archive(
    store: ObjectStore, batch: list[str], part_bytes: int, time_left: Callable[[], float]
) -> tuple[Outcome, bool]:
    """Archive these objects and remove those that are settled; whether any are to be met again."""
    with TemporaryDirectory(prefix="archive-") as name:
        paths = {Path(name) / f"{number}.ndjson.gz": key for number, key in enumerate(batch)}
        there = side_by_side(lambda path: store.download(paths[path], path), paths)
        # one that is not there any more was archived by another run meanwhile
        files = {path: key for (path, key), etag in zip(paths.items(), there, strict=True) if etag}
        outcome = archive(store, files, part_bytes=part_bytes, time_left=time_left)
    side_by_side(store.delete, outcome.settled)
    return outcome, len(outcome.settled) + len(outcome.held_up) < len(files)
