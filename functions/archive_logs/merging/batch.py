"""Archives one batch of downloaded landing objects: into their partitions, or into quarantine (``quarantine.py``).

Nothing is listed and nothing of ``landing/`` is deleted here: the backlog does both, and a replay (which takes landing
objects from the bucket's versions) neither. Landed rows are put into the archive; what the archive cannot hold is kept
in quarantine. A partition that cannot be merged into holds up the objects that have rows of it, and no other; so does
one that the time does not suffice for, which is no error: what was merged stays, and the next run does the rest.

In a replay, of a landed and an archived row of one ``id``, fetched at the same time, the landed one stays. What was
fetched first stays in any case, so the result is the same in any order, and so do archived rows that did not land
again; an object is written only where something differs. Nothing goes into quarantine, for it is there already.
"""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from archive_logs.merging import quarantine
from archive_logs.merging.landed import Landed
from archive_logs.merging.merge import PART_BYTES, Merger
from archive_logs.merging.part_writer import PartWriter
from integration_logs.bucket.landing import pack
from integration_logs.errors import IntegrationLogsError, NeedsOperator

if TYPE_CHECKING:
    from archive_logs.merging.part_writer import Done
    from archive_logs.merging.partitions import Partition
    from integration_logs.bucket.objects import ObjectStore

log = logging.getLogger(__name__)

BATCH_PARTITIONS = 400
"""Landing objects are taken in until there are so many; then up to the next one that brings in a further one."""


@dataclass(frozen=True)
class Outcome:
    """How a batch went.

    ``settled`` are the landing keys of which every row is in the archive or in quarantine: they may be deleted.
    ``rows`` are new to the archive (not those that only replaced a row of the same id), ``extra`` of them have fields
    that the archive has no column for, some of which ``fields`` names; ``objects`` of the archive were written;
    ``quarantined`` counts rows and unreadable landing objects. ``held_up`` are the keys that are not settled because of
    ``errors``; those neither settled nor held up are still to be met: the time did not suffice, or the batch was full.
    """

    settled: tuple[str, ...] = ()
    rows: int = 0
    extra: int = 0
    fields: frozenset[str] = frozenset()
    objects: int = 0
    quarantined: int = 0
    errors: tuple[IntegrationLogsError, ...] = ()
    held_up: tuple[str, ...] = ()


def raise_foremost(errors: Sequence[IntegrationLogsError]) -> None:
    """Raise one of the errors, if there are any: what a person must fix goes before what time will."""
    if errors:
        raise min(errors, key=lambda error: not isinstance(error, NeedsOperator))


def archive(
    store: ObjectStore,
    files: Mapping[Path, str],
    *,
    replayed: tuple[date, date] | None = None,
    part_bytes: int = PART_BYTES,
    time_left: Callable[[], float] = lambda: 1.0,
) -> Outcome:
    """Merge landing objects, downloaded to the paths, with the keys that they had; their folder is for the work.

    With ``replayed`` this is a replay of the rows of those days (the first and the last), see the module. An object of
    the archive that outgrows ``part_bytes`` is sealed, see ``partitions``. When ``time_left`` (seconds) is up, no
    further partition is begun. Raises ``TryLater`` where the objects cannot be taken in for now, or the quarantine
    cannot be written: then none of them is settled.
    """
    if not files:
        return Outcome()
    folder = next(iter(files)).parent
    with Landed(folder) as landed:
        taken, unreadable = _take(landed, files, replayed)
        merger = Merger(landed, prefer_landed=replayed is not None)
        partitions = landed.partitions(replayed)
        done = _merge(PartWriter(store, landed, merger, folder, part_bytes), partitions, time_left)
        held_up = landed.files_of([partition for partition, (_, error) in done.items() if error])
        unfinished = held_up | landed.files_of([each for each in partitions if each not in done])
        rejected = landed.rejected(unfinished)
    settled = {path: key for path, key in taken.items() if path not in unfinished}
    if replayed is None:
        for path, key in settled.items():
            if path in unreadable:
                log.error("A landing object cannot be read and is quarantined as a whole", extra={"key": key})
                store.put(quarantine.object_key(key), path, replaces=None)
            elif rejected:
                _put_rows_aside(store, path, key)
    merged = [each for objects, _ in done.values() for each in objects]
    return Outcome(
        settled=tuple(settled.values()),
        rows=sum(each.new for each in merged),
        extra=sum(each.extra for each in merged),
        fields=frozenset(field for each in merged for field in each.fields),
        objects=sum(each.written for each in merged),
        quarantined=rejected + len(unreadable) if replayed is None else 0,
        errors=tuple(error for _, error in done.values() if error),
        held_up=tuple(taken[path] for path in taken if path in held_up),
    )


def _take(
    landed: Landed, files: Mapping[Path, str], days: tuple[date, date] | None
) -> tuple[dict[Path, str], set[Path]]:
    """Take in the first of the objects, one at least; those, and which of them cannot be read."""
    taken: dict[Path, str] = {}
    unreadable: set[Path] = set()
    partitions = 0
    for path, key in files.items():
        taken[path] = key
        unreadable.update(landed.take([path]))
        before, partitions = partitions, len(landed.partitions(days))
        if before >= BATCH_PARTITIONS and partitions > before:
            break
    return taken, unreadable


def _merge(
    writer: PartWriter, partitions: Sequence[Partition], time_left: Callable[[], float]
) -> dict[Partition, Done]:
    """Merge what the time allows; something is always written, so that each run brings the archive on."""
    done: dict[Partition, Done] = {}
    for some in writer.merge(partitions):
        done |= some
        for partition, (_, error) in some.items():
            if error:
                log.error("A partition is held up", extra={"key": partition.key, "error": str(error)})
        if time_left() <= 0 and any(each.written for merged, _ in done.values() for each in merged):
            break
    return done


def _put_rows_aside(store: ObjectStore, path: Path, key: str) -> None:
    """Put the object's rejected rows into quarantine; line by line, for an object may be large."""
    aside = path.with_suffix(".aside")
    with gzip.open(path) as lines:
        count = pack(quarantine.rejected_rows(lines, key), aside)
    if count:
        log.error("Rows are quarantined", extra={"key": quarantine.rows_key(key), "count": count})
        store.put(quarantine.rows_key(key), aside, replaces=None)  # None back: a run that died had put them there
    aside.unlink()
