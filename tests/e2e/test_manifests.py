"""What the manifests of the deployed stack say is what the sandbox served."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.e2e.conftest import eventually, keys

if TYPE_CHECKING:
    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox

UNDATED = "2020-01-01"


def manifests(stack: Stack) -> dict[str, dict[str, Any]]:
    """Every manifest by its day."""
    client, bucket = stack.client("s3"), stack.outputs["BucketName"]
    found = [json.loads(client.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys(stack, "manifests/")]
    return {document["day"]: document for document in found}


def sweep(stack: Stack) -> datetime:
    """Sweep every account and archive what landed; when that began."""
    began = datetime.now(UTC)
    for account in ("main", "second"):
        walk = stack.invoke("FetchLogsFunction", {"task": "walk", "account": account, "mode": "sweep"})
        assert walk["complete"], walk
    stack.invoke("ArchiveLogsFunction", {"task": "archive"})
    eventually(lambda: not keys(stack, "landing/"), "what landed is archived")
    return began


def test_after_a_sweep_the_manifests_count_what_the_sandbox_served(deployed: Stack, sandbox: Sandbox) -> None:
    """Per day and integration, count, first and last id are the truth's; each day was swept, and is still open."""
    late = datetime.now(UTC) - timedelta(days=9)
    sandbox.plant("main", 400003, {"created_at": late.isoformat()}, {"created_at": None})
    began = sweep(deployed)
    answer = deployed.invoke("ArchiveLogsFunction", {"task": "manifest"})
    assert answer["incomplete"] == []
    found = manifests(deployed)
    today = datetime.now(UTC).date()
    window = {(today - timedelta(days=number)).isoformat() for number in range(-1, 33)} | {UNDATED}
    truth = {
        (account, int(integration), day): (len(ids), min(ids), max(ids))
        for account, integrations in sandbox.truth().items()
        for integration, days in integrations.items()
        for day, ids in ((UNDATED if day == "none" else day, ids) for day, ids in days.items())
        if ids and day in window
    }
    told = {
        (entry["account"], entry["integration_id"], day): (entry["records"], entry["first_id"], entry["last_id"])
        for day, document in found.items()
        for entry in document["integrations"]
    }
    assert {key: value for key, value in told.items() if key[2] in window} == truth
    assert len(truth) > 100
    for number in range(29):
        document = found[(today - timedelta(days=number)).isoformat()]
        assert document["state"] == "open"
        assert document["swept_at"] >= began.isoformat()[:19]
        assert [each["account"] for each in document["accounts"]] == ["main", "second"]
    assert (found[UNDATED]["state"], found[UNDATED]["swept_at"]) == ("open", None)


def test_a_second_run_writes_nothing(deployed: Stack) -> None:
    """Where nothing was fetched since, every manifest stays as it is."""
    deployed.invoke("ArchiveLogsFunction", {"task": "manifest"})
    before = keys(deployed, "manifests/")
    answer = deployed.invoke("ArchiveLogsFunction", {"task": "manifest"})
    assert (answer["written"], keys(deployed, "manifests/")) == (0, before)
