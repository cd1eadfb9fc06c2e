"""The checks of what the stack has done so far: its walks and its archive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from integration_logs.bucket.objects import S3Store
from integration_logs.times import moment
from sandbox.doctor.deployment import Deployment, Finding

LATE = timedelta(hours=6)
"""Longer than a stream may go without a whole walk; a first walk of 30 days may take some of them."""

_MAGIC = b"PAR1"


def walks(given: Deployment) -> Iterator[Finding]:
    """When each stream was last walked to its end."""
    store = S3Store(given.client("s3"), given.outputs["BucketName"])
    for account in given.accounts:
        prefix = f"state/fetch/{account}/"
        standing = _document(store, f"{prefix}standing.json")
        if paused := standing.get("paused"):
            todo = "correct its secret; the next tick goes on"
            yield Finding(f"walks of {account}", False, f"paused since {paused.get('since')}, keys refused: {todo}")
            continue
        one = "integration-" if standing.get("streams") == "integration" else "account"
        keys = [each.key for each in store.entries(prefix + one, limit=100_000)]
        ended = {key: moment(_document(store, key).get("completed_at")) for key in keys}
        yield _walked(account, {key.removeprefix(prefix).removesuffix(".json"): at for key, at in ended.items()})


def _walked(account: str, ended: dict[str, datetime | None]) -> Finding:
    name, now = f"walks of {account}", datetime.now(UTC)
    if not ended:
        return Finding(name, False, 'none yet: wait for the first tick, or invoke fetch_logs with {"task": "plan"}')
    late = sorted(stream for stream, at in ended.items() if at is None or now - at > LATE)
    if late:
        more = f" and {len(late) - 1} more" if len(late) > 1 else ""
        when = ended[late[0]]
        last = f"last whole walk {when:%Y-%m-%d %H:%M} UTC" if when else "no whole walk yet"
        return Finding(name, False, f"{late[0]}{more}: {last}. See its errors in the log of fetch_logs")
    oldest = min(at for at in ended.values() if at)
    return Finding(name, True, f"{len(ended)} streams, each walked since {oldest:%Y-%m-%d %H:%M} UTC")


def readable(given: Deployment) -> Iterator[Finding]:
    """Whether the archive can be read, and the table that Athena reads it by is there."""
    s3, bucket = given.client("s3"), given.outputs["BucketName"]
    first = s3.list_objects_v2(Bucket=bucket, Prefix="logs/", MaxKeys=1).get("Contents", [])
    if not first:
        yield Finding("archive", True, "nothing is archived yet")
    else:
        key = first[0]["Key"]
        begins = s3.get_object(Bucket=bucket, Key=key, Range="bytes=0-3")["Body"].read() == _MAGIC
        todo = f"{key} is no Parquet: bring back its last good version (docs/operations.md)"
        yield Finding("archive", begins, f"{key} can be read" if begins else todo)
    waiting = s3.list_objects_v2(Bucket=bucket, Prefix="quarantine/", MaxKeys=1).get("KeyCount", 0)
    todo = "rows are in quarantine: docs/operations.md, QuarantinedAlarm"
    yield Finding("quarantine", not waiting, todo if waiting else "empty")
    table = given.client("glue").get_table(DatabaseName=given.outputs["DatabaseName"], Name="logs")["Table"]
    ok = bucket in table["StorageDescriptor"]["Location"]
    todo = f"does not lead to {bucket}: deploy again"
    yield Finding("table logs", ok, f"in {given.outputs['DatabaseName']}" if ok else todo)


def _document(store: S3Store, key: str) -> dict[str, Any]:
    stored = store.get(key)
    try:
        document = json.loads(stored.body) if stored else {}
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
