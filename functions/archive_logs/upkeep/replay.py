"""Archives days again, from the landing objects that can still be restored.

Landing objects are deleted when they are archived, yet the bucket keeps them as versions for ``LandingRecoveryDays``.
A replay merges them in again, in place: a record that the archive has lost comes back, and one whose row was damaged is
written as it landed. What is archived and cannot be recovered stays as it is, so an object is only ever replaced by a
superset of its ids. It is a merge like any other: two replays, or a replay beside the archiver, converge.

Rows that the archive cannot hold are in quarantine already and are skipped; so are objects that cannot be read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from archive_logs.merging.backlog import BATCH_OBJECTS, Archived, bounded
from archive_logs.merging.batch import Outcome, archive, raise_foremost
from archive_logs.merging.merge import PART_BYTES
from integration_logs.bucket.landing import PREFIX, fetched_at
from integration_logs.bucket.side_by_side import side_by_side
from integration_logs.times import timestamp

if TYPE_CHECKING:
    from archive_logs.orders import Order
    from integration_logs.bucket.objects import ObjectStore, Version
    from integration_logs.errors import IntegrationLogsError

log = logging.getLogger(__name__)

_CLOCKS_DIFFER = timedelta(days=1)
"""How far behind Sendcloud's clock that of the machine which fetched may have been."""


@dataclass(frozen=True)
class Replayed:
    """How far a replay came: landing objects read, records that the archive had lost, archive objects written.

    ``earliest`` is when the oldest landing object that can be recovered was fetched, ``None`` where there is none.
    ``after`` is the key behind which the replay has to go on, empty where it is done.
    """

    objects: int
    rows: int
    partitions: int
    earliest: str | None
    after: str


def replay(
    store: ObjectStore,
    order: Order,
    time_left: Callable[[], float],
    *,
    part_bytes: int = PART_BYTES,
    count: Callable[[Archived], object] = lambda _: None,
) -> Replayed:
    """Archive the order's UTC days (of ``created_at``) once more, until the time (seconds) is up.

    ``count`` is told of each batch when it is done. Objects that were fetched before the first day are not read. What
    holds a partition up is raised at the end, after everything else was replayed that the time allowed.
    """
    earliest = _earliest(store)
    first, _ = order.days
    if not order.after and (earliest is None or earliest[:10] > first.isoformat()):
        log.warning(
            "The replay begins before the oldest landing object that can be restored: earlier records stay as archived",
            extra={"from": first.isoformat(), "earliest": earliest},
        )
    after = order.after or f"{PREFIX}{first - _CLOCKS_DIFFER}"
    done = Archived()
    errors: list[IntegrationLogsError] = []
    more = True
    while more and not done.more:
        found = store.versions(PREFIX, limit=BATCH_OBJECTS + 1, after=after)
        batch = bounded(found)
        more = len(found) > len(batch)
        outcome, missing = _archive(store, batch, order.days, part_bytes, time_left)
        over = {*outcome.settled, *outcome.held_up, *missing}
        unfinished = [version.key for version in batch if version.key not in over]
        through = [version.key for version in batch if not unfinished or version.key < unfinished[0]]
        more = more or bool(unfinished)
        objects = len(outcome.settled) + len(outcome.held_up)
        part = Archived(objects, outcome.rows, outcome.objects, extra=outcome.extra, more=more and time_left() <= 0)
        count(part)
        done += part
        errors += outcome.errors
        after = through[-1] if through else after
    raise_foremost(errors)
    return Replayed(done.objects, done.rows, done.partitions, earliest, after if done.more else "")


def _earliest(store: ObjectStore) -> str | None:
    """When the first landing object that is left was fetched."""
    first = store.versions(PREFIX, limit=1, after=PREFIX)  # PREFIX itself is what a console makes of a folder
    time = fetched_at(first[0].key) if first else None
    return timestamp(time) if time else None


def _archive(
    store: ObjectStore,
    batch: list[Version],
    days: tuple[date, date],
    part_bytes: int,
    time_left: Callable[[], float],
) -> tuple[Outcome, list[str]]:
    """Merge these versions' rows of the days; and the keys of which no version could be had any more."""
    with TemporaryDirectory(prefix="replay-") as name:
        paths = {Path(name) / f"{number}.ndjson.gz": version for number, version in enumerate(batch)}
        there = side_by_side(lambda path: store.recover(paths[path], path), paths)
        files = {path: paths[path].key for path, found in zip(paths, there, strict=True) if found}
        missing = [version.key for path, version in paths.items() if path not in files]  # the lifecycle has ended them
        outcome = archive(store, files, replayed=days, part_bytes=part_bytes, time_left=time_left)
        return outcome, missing
