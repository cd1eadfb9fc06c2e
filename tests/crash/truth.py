"""What must be true of a deployment: at any moment, after its ticks, and in the end."""

from __future__ import annotations

import gzip
import hashlib
import json
import tempfile
from collections import Counter
from pathlib import Path

import duckdb

from fetch_logs import checkpoint as checkpoints
from tests.crash.deployment import ACCOUNT, Deployment

_IDS: dict[bytes, list[int]] = {}


class Untrue(AssertionError):
    """A promise does not hold."""


def landed(deployment: Deployment) -> set[int]:
    """The ids in landing."""
    return {
        json.loads(line)["id"]
        for key, body in deployment.store.objects.items()
        if key.startswith("landing/")
        for line in gzip.decompress(body).splitlines()
    }


def archived(deployment: Deployment) -> list[int]:
    """The ids in the archive, as often as a reader sees them."""
    objects = [body for key, body in sorted(deployment.store.objects.items()) if key.startswith("logs/")]
    return [id_ for body in objects for id_ in _ids(body)]


def _ids(parquet: bytes) -> list[int]:
    digest = hashlib.sha256(parquet).digest()
    if digest not in _IDS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "object.parquet"
            path.write_bytes(parquet)
            with duckdb.connect(config={"threads": 1}) as database:
                found = database.execute("SELECT id FROM read_parquet($path)", {"path": str(path)}).fetchall()
        _IDS[digest] = [row[0] for row in found]
    return _IDS[digest]


def check_now(deployment: Deployment) -> None:
    """Nothing twice; and no checkpoint and no ledger speaks of a record that is nowhere."""
    counts = Counter(archived(deployment))
    _none("there twice", [id_ for id_, count in counts.items() if count > 1])
    kept = counts.keys() | landed(deployment)
    times = {record.id: record.created_at for record in deployment.upstream.records}
    newest = max((times[id_] for id_ in kept), default=None)
    for key, body in list(deployment.store.objects.items()):
        if key.startswith("state/landed/"):
            _none(f"in {key}, yet nowhere", set(json.loads(gzip.decompress(body))["ids"]) - kept)
        elif key.startswith(f"state/fetch/{ACCOUNT}/") and not key.endswith("/standing.json"):
            stream = key.removeprefix(f"state/fetch/{ACCOUNT}/").removesuffix(".json")
            checkpoint = checkpoints.load(deployment.store, ACCOUNT, stream)
            _none(f"known in {key}, yet nowhere", {int(name) for name in checkpoint.known} - kept)
            if checkpoint.watermark and (newest is None or checkpoint.watermark > newest):
                raise Untrue(f"{key} stands at {checkpoint.watermark}, yet nothing landed is newer than {newest}")


def check_end(deployment: Deployment, *, late: frozenset[int] = frozenset(), wanted: set[int] | None = None) -> None:
    """Run as the schedules would: ticks find what is not ``late``, a sweep the rest; nothing is left over."""
    truth = {record.id for record in deployment.upstream.remembered()} if wanted is None else wanted
    deployment.drain("tick")
    deployment.drain("tick")
    check_now(deployment)
    kept = {*archived(deployment), *landed(deployment)}
    _none("not found by the ticks: a checkpoint stood ahead of what had landed", truth - late - kept)
    deployment.drain("sweep")
    deployment.archive_all()
    deployment.archive_all()
    check_now(deployment)
    _none("lost", truth - set(archived(deployment)))
    _none("left in landing", landed(deployment))
    if waiting := [key for key in deployment.store.objects if key.startswith(("landing/", "quarantine/"))]:
        raise Untrue(f"left behind: {waiting}")


def _none(what: str, ids: set[int] | list[int]) -> None:
    if ids:
        raise Untrue(f"{len(ids)} record(s) {what}: {sorted(ids)[:5]}")
