"""Archives one batch of downloaded landing objects: into their partitions, or into quarantine (``quarantine.py``).

Nothing is listed and nothing of ``landing/`` is deleted here: the backlog does both, and a replay (which takes landing
objects from the bucket's versions) neither. Landed rows are put into the archive; what the archive cannot hold is kept
in quarantine. A partition that cannot be merged into holds up the objects that have rows of it, and no other.

In a replay, of a landed and an archived row of one ``id``, fetched at the same time, the landed one stays. What was
fetched first stays in any case, so the result is the same in any order, and so do archived rows that did not land
again; an object is written only where something differs. Nothing goes into quarantine, for it is there already.
"""

from __future__ import annotations

import gzip
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from archive_logs.merging import quarantine
from archive_logs.merging.landed import Landed
from archive_logs.merging.merge import PART_BYTES, Merged, Merger
from archive_logs.merging.part_writer import PartWriter
from integration_logs.bucket.landing import pack
from integration_logs.errors import IntegrationLogsError, NeedsOperator

if TYPE_CHECKING:
    from archive_logs.merging.partitions import Partition
    from integration_logs.bucket.objects import ObjectStore

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """How a batch went.

    ``settled`` are the landing keys of which every row is in the archive or in quarantine: they may be deleted.
    ``rows`` are new to the archive (not those that only replaced a row of the same id), ``extra`` of them have fields
    that the archive has no column for, some of which ``fields`` names; ``objects`` of the archive were written;
    ``quarantined`` counts rows and unreadable landing objects. ``errors`` say why the other keys are not settled.
    """

    settled: tuple[str, ...] = ()
    rows: int = 0
    extra: int = 0
    fields: frozenset[str] = frozenset()
    objects: int = 0
    quarantined: int = 0
    errors: tuple[IntegrationLogsError, ...] = ()


def raise_foremost(errors: Sequence[IntegrationLogsError]) -> None:
    """Raise one of the errors, if there are any: what a person must fix goes before what time will."""
    if errors:
        raise min(errors, key=lambda error: not isinstance(error, NeedsOperator))


def archive(
    store: ObjectStore,
    files: Mapping[Path, str],
    folder: Path,
    *,
    replayed: tuple[date, date] | None = None,
    part_bytes: int = PART_BYTES,
) -> Outcome:
    """Merge landing objects, downloaded to the paths, with the keys that they had; ``folder`` is for the work.

    With ``replayed`` this is a replay of the rows of those days (the first and the last), see the module. An object of
    the archive that outgrows ``part_bytes`` is sealed, see ``partitions``. Raises ``TryLater`` where the objects cannot
    be taken in for now, or the quarantine cannot be written: then none of them is settled.
    """
    if not files:
        return Outcome()
    with Landed(folder) as landed:
        writer = PartWriter(store, landed, Merger(landed, prefer_landed=replayed is not None), folder, part_bytes)
        unreadable = landed.take(list(files))
        merged: list[Merged] = []
        failed: dict[Partition, IntegrationLogsError] = {}
        for partition in landed.partitions(replayed):
            try:
                for each in writer.merge(partition):
                    merged.append(each)  # noqa: PERF402  # so that what was written counts, also when the next one fails
            except IntegrationLogsError as error:
                log.error("A partition cannot be archived", extra={"key": partition.key, "error": str(error)})  # noqa: TRY400
                failed[partition] = error
        held_up = landed.files_of(failed)
        rejected = landed.rejected(held_up)
    settled = {path: key for path, key in files.items() if path not in held_up}
    if replayed is None:
        for path, key in settled.items():
            if path in unreadable:
                log.error("A landing object cannot be read and is quarantined as a whole", extra={"key": key})
                store.put(quarantine.object_key(key), path, replaces=None)
            elif rejected:
                _put_rows_aside(store, path, key)
    return Outcome(
        settled=tuple(settled.values()),
        rows=sum(each.new for each in merged),
        extra=sum(each.extra for each in merged),
        fields=frozenset(field for each in merged for field in each.fields),
        objects=sum(each.written for each in merged),
        quarantined=rejected + len(unreadable) if replayed is None else 0,
        errors=tuple(failed.values()),
    )


def _put_rows_aside(store: ObjectStore, path: Path, key: str) -> None:
    """Put the object's rejected rows into quarantine; line by line, for an object may be large."""
    aside = path.with_suffix(".aside")
    with gzip.open(path) as lines:
        count = pack(quarantine.rejected_rows(lines, key), aside)
    if count:
        log.error("Rows are quarantined", extra={"key": quarantine.rows_key(key), "count": count})
        store.put(quarantine.rows_key(key), aside, replaces=None)  # None back: a run that died had put them there
    aside.unlink()
