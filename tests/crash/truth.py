"""What must be true of a deployment: at any moment, after its ticks, and in the end."""

from __future__ import annotations

import gzip
import json
from collections import Counter

from fetch_logs.stream import checkpoint as checkpoints
from integration_logs.bucket import sweeps
from tests.crash import watched
from tests.crash.deployment import ACCOUNT, Deployment
from tests.crash.watched import Untrue, check_summaries, none, rows


def landed(deployment: Deployment) -> set[int]:
    """The ids in landing."""
    return {row["id"] for body in deployment.store.below("landing/") for row in watched.landed(body) or ()}


def archived(deployment: Deployment) -> list[int]:
    """The ids in the archive, as often as a reader sees them."""
    return [row.id for body in deployment.store.below("logs/") for row in rows(body)]


def check_now(deployment: Deployment) -> None:
    """Nothing twice; and no checkpoint and no ledger speaks of a record that is nowhere."""
    counts = Counter(archived(deployment))
    none("there twice", [id_ for id_, count in counts.items() if count > 1])
    kept = counts.keys() | landed(deployment)
    times = {record.id: record.created_at for record in deployment.upstream.records}
    newest = max((times[id_] for id_ in kept), default=None)
    for key, body in list(deployment.store.objects.items()):
        if key.startswith("state/landed/"):
            none(f"in {key}, yet nowhere", set(json.loads(gzip.decompress(body))["ids"]) - kept)
        elif key.startswith(f"state/fetch/{ACCOUNT}/") and not key.endswith("/standing.json") and "/sweeps/" not in key:
            stream = key.removeprefix(f"state/fetch/{ACCOUNT}/").removesuffix(".json")
            checkpoint = checkpoints.load(deployment.store, ACCOUNT, stream)
            none(f"known in {key}, yet nowhere", {int(name) for name in checkpoint.known} - kept)
            if checkpoint.watermark and (newest is None or checkpoint.watermark > newest):
                raise Untrue(f"{key} stands at {checkpoint.watermark}, yet nothing landed is newer than {newest}")


def check_sweeps(deployment: Deployment) -> None:
    """What Sendcloud had when a sweep that is on record began is in landing or in the archive.

    That holds as long as Sendcloud keeps to one order of its pages.
    """
    prefix = sweeps.prefix(ACCOUNT)
    objects = {key: body for key, body in deployment.store.objects.items() if key.startswith(prefix)}
    kept = {*archived(deployment), *landed(deployment)} if objects else set()
    for stream, sweep in sweeps.read(ACCOUNT, objects).streams.items():
        had = {
            record.id
            for record in deployment.upstream.records
            if stream in {"account", f"integration-{record.integration_id}"}
            and record.since < sweep.began_at
            and sweep.reaches(record.created_at)
        }
        none(f"not kept, though {stream} was swept since", had - kept)


def check_end(deployment: Deployment, *, late: frozenset[int] = frozenset(), wanted: set[int] | None = None) -> None:
    """Run as the schedules would: ticks find what is not ``late``, a sweep the rest; nothing is left over."""
    truth = {record.id for record in deployment.upstream.remembered()} if wanted is None else wanted
    deployment.drain("tick")
    deployment.drain("tick")
    check_now(deployment)
    kept = {*archived(deployment), *landed(deployment)}
    none("not found by the ticks: a checkpoint stood ahead of what had landed", truth - late - kept)
    deployment.drain("sweep")
    deployment.archive_all()
    deployment.archive_all()
    check_now(deployment)
    none("lost", truth - set(archived(deployment)))
    none("left in landing", landed(deployment))
    check_summaries(deployment.store)
    if waiting := [key for key in deployment.store.objects if key.startswith(("landing/", "quarantine/"))]:
        raise Untrue(f"left behind: {waiting}")
