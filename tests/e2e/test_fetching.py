"""Fetching on the deployed stack: late records, continuations, refused keys, orders on demand, the idle tick."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.api import call
from sandbox.stack import NAME
from sandbox.versions import reconfigured
from tests.e2e.conftest import eventually, keys

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox

FETCH = "FetchLogsFunction"
INTEGRATION = 400002


@pytest.fixture(scope="module", autouse=True)
def at_rest(deployed: Stack, sandbox: Sandbox) -> Iterator[None]:
    """Every account is walked to its end and no schedule starts another walk; the archiver does its part."""
    scheduler = deployed.client("scheduler")
    schedules = [
        scheduler.get_schedule(Name=item["Name"], GroupName=item["GroupName"])
        for item in scheduler.list_schedules()["Schedules"]
        if "FetchLogs" in item["Target"]["Arn"]
    ]
    sandbox.clear_faults()
    for schedule in schedules:
        switch(deployed, schedule, "DISABLED")
    resume(deployed, sandbox)
    yield
    sandbox.clear_faults()
    resume(deployed, sandbox)
    for schedule in schedules:
        switch(deployed, schedule, "ENABLED")


def switch(stack: Stack, schedule: dict[str, Any], state: str) -> None:
    """Switch a schedule on or off."""
    kept = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    stack.client("scheduler").update_schedule(**{name: schedule[name] for name in kept}, State=state)


def resume(stack: Stack, sandbox: Sandbox) -> None:
    """End a pause: a walk other than a tick asks with the keys as they are."""
    stack.put_secrets(sandbox.accounts)
    for account in sandbox.accounts:
        stack.invoke(FETCH, {"task": "walk", "account": account, "mode": "sweep"})
        stack.invoke(FETCH, {"task": "walk", "account": account, "mode": "tick"})


def tick(stack: Stack) -> dict[str, Any]:
    """Walk the first account at once; how it went."""
    return stack.invoke(FETCH, {"task": "walk", "account": "main", "mode": "tick"})


def ended(stack: Stack, mode: str) -> list[dict[str, Any]]:
    """How the first account's walks of that mode went, as the log has it."""
    pages = stack.client("logs").get_paginator("filter_log_events")
    lines = [
        json.loads(event["message"])
        for page in pages.paginate(logGroupName=f"/integration-logs/{NAME}/fetch_logs")
        for event in page["events"]
        if '"Walk ended"' in event["message"]
    ]
    return [line["walk"] for line in lines if (line["walk"]["account"], line["walk"]["mode"]) == ("main", mode)]


def archived(stack: Stack, integration: int) -> set[int]:
    """The integration's newest records in the archive, by id."""
    found, route = set(), f"/integrations/{integration}/logs?page_size=100"
    while route:
        reply = call(stack, route)
        found |= {record["id"] for record in reply.json()["data"]}
        following = reply.links.get("next", {}).get("url", "").partition("?")[2]
        route = f"/integrations/{integration}/logs?{following}" if following else ""
    return found


def versions(stack: Stack, prefix: str) -> set[tuple[str, str]]:
    """Every version of every object under the prefix."""
    pages = stack.client("s3").get_paginator("list_object_versions")
    answers = pages.paginate(Bucket=stack.outputs["BucketName"], Prefix=prefix)
    return {(item["Key"], item["VersionId"]) for page in answers for item in page.get("Versions", [])}


def test_a_sweep_finds_what_a_tick_cannot(deployed: Stack, sandbox: Sandbox) -> None:
    """A record back-dated by five days is beyond a tick's reach; a planned sweep lands it, counts it as late, and
    lands nothing else."""
    back = (datetime.now(UTC) - timedelta(days=5)).isoformat(timespec="seconds")
    (late,) = sandbox.plant("main", INTEGRATION, {"created_at": back})
    assert tick(deployed)["landed"] == 0
    before = len(ended(deployed, "sweep"))
    assert deployed.invoke(FETCH, {"task": "plan", "mode": "sweep"})["planned"] == ["main", "second"]
    eventually(lambda: len(ended(deployed, "sweep")) > before, "the sweep ends")
    (swept,) = ended(deployed, "sweep")[before:]
    assert (swept["landed"], swept["late"], swept["complete"]) == (1, 1, True)
    assert swept["late_by_seconds"] == pytest.approx(5 * 86_400, abs=600)
    eventually(lambda: late in archived(deployed, INTEGRATION), "the late record is archived")


def test_the_queue_continues_what_time_cut_short(deployed: Stack, sandbox: Sandbox) -> None:
    """With too little time for one invocation, a full walk goes through several, none starts anew, and it completes."""
    sandbox.modes(latency_ms=200)
    pages = -(-sum(map(len, sandbox.truth()["main"].values())) // 97)
    before = len(ended(deployed, "full"))
    try:
        with reconfigured(deployed, FETCH, timeout=24):
            deployed.invoke(FETCH, {"task": "plan", "mode": "full"})
            eventually(lambda: any(walk["complete"] for walk in ended(deployed, "full")[before:]), "the walk ends")
    finally:
        sandbox.modes(latency_ms=0)
    walks = ended(deployed, "full")[before:]
    assert [walk["complete"] for walk in walks] == [*[False] * (len(walks) - 1), True]
    assert len(walks) > 1
    assert sum(walk["pages"] for walk in walks) >= pages
    served = {id_ for days in sandbox.truth()["main"].values() for ids in days.values() for id_ in ids}
    assert sum(walk["records"] for walk in walks) < 1.1 * len(served)


def test_refused_keys_pause_the_account_until_the_secret_changes(deployed: Stack, sandbox: Sandbox) -> None:
    """Refused once, the account is not asked again with these keys and not reported again; with others it goes on."""
    wrong = {**sandbox.accounts["main"], "sendcloud_secret_key": "revoked"}
    deployed.put_secrets({"main": wrong})
    with reconfigured(deployed, FETCH):  # new workers: a warm one keeps a secret for five minutes
        refused = tick(deployed)
        asked = sandbox.requests()["total"]
        paused = tick(deployed)
        assert sandbox.requests()["total"] == asked
    assert refused["failures"]["account"]["kind"] == "NeedsOperator"
    assert (paused["paused"], paused["failures"], paused["complete"]) == (True, {}, False)
    (planted,) = sandbox.plant("main", INTEGRATION, {})
    deployed.put_secrets({"main": sandbox.accounts["main"]})
    with reconfigured(deployed, FETCH):
        resumed = tick(deployed)
    assert (resumed["paused"], resumed["failures"], resumed["landed"]) == (False, {}, 1)
    eventually(lambda: planted in archived(deployed, INTEGRATION), "what happened meanwhile is archived")


def test_a_full_walk_on_demand(deployed: Stack, sandbox: Sandbox) -> None:
    """The API answers 202 at once; the integration is then walked to its last page, whatever a checkpoint says."""
    old = (datetime.now(UTC) - timedelta(days=20)).isoformat(timespec="seconds")
    (late,) = sandbox.plant("main", INTEGRATION, {"created_at": old})
    reply = call(deployed, f"/integrations/{INTEGRATION}/fetch?mode=full", method="POST")
    assert reply.status_code == 202
    assert reply.json()["data"] == {"integration_id": INTEGRATION, "mode": "full", "queued": ["main", "second"]}
    eventually(lambda: late in archived(deployed, INTEGRATION), "the old record is archived")
    assert ended(deployed, "full")[-1]["complete"]


def test_an_idle_tick_is_one_request_and_no_write(deployed: Stack, sandbox: Sandbox) -> None:
    """Nothing new: one request an account, not one new version of any of fetch_logs' objects."""
    eventually(lambda: not keys(deployed, "landing/"), "what landed is archived")
    before, asked = (
        versions(deployed, "state/fetch/") | versions(deployed, "state/landed/"),
        sandbox.requests()["total"],
    )
    for account in ("main", "second"):
        walk = deployed.invoke(FETCH, {"task": "walk", "account": account, "mode": "tick"})
        assert (walk["pages"], walk["landed"], walk["complete"]) == (1, 0, True)
    assert sandbox.requests()["total"] == asked + 2
    assert versions(deployed, "state/fetch/") | versions(deployed, "state/landed/") == before
    assert not keys(deployed, "landing/")
