"""Incidents on the deployed stack: what reaches a queue behind the bus, and one behind the topic, is what files list.

The schedules rest; each tick, sweep and check that an incident has is started by hand, as fast as it goes, so that
hours become seconds. So only what hangs on the number of checks, or on the records' own times, comes out here as it
does in ``tests/incidents``, where all are played on a made clock: an hour without a failure, six hours of silence and
the damping of what flaps take hours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bench.works.idle import SLOW
from integration_logs.times import timestamp
from sandbox import cloud as clouds
from sandbox import stack as stacks
from sandbox import upstreams
from sandbox.incidents.incident import ACCOUNT, Incident, load
from sandbox.incidents.stage import Stage
from sandbox.incidents.told import Event, Notice, differences
from sandbox.tour import parameters
from tests.e2e.conftest import eventually, keys
from tests.e2e.subscriptions import subscribed

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox

INCIDENTS = ("wemasy-disconnected", "back-dated-burst")
STATE = f"state/status/{ACCOUNT}.json"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Sandbox]:
    """Both upstreams, with nothing in them; what hours of checks ask, they are asked in seconds."""
    with upstreams.running(integrations={ACCOUNT: 5}, records={}) as sandbox:
        sandbox.modes(wemasy_rate_limit=100_000)
        yield sandbox


@pytest.fixture(scope="module")
def stack(upstream: Sandbox, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own: nobody else checks, breaks or tells anything here."""
    folder = tmp_path_factory.mktemp("incidents")
    given = {**parameters(upstream.url, [ACCOUNT]), **SLOW}
    with clouds.running(clouds.free_port(), folder) as cloud:
        yield stacks.deploy(cloud, built, folder, given)


@pytest.fixture(scope="module")
def queues(stack: Stack) -> dict[str, str]:
    return subscribed(stack)


class Play:
    """One incident on the stack, which knows nothing of what was before."""

    def __init__(self, incident: Incident, stack: Stack, upstream: Sandbox, queues: dict[str, str]) -> None:
        self.incident, self.stack, self.queues = incident, stack, queues
        self.stage = Stage(upstream.world)
        self.events: list[Event] = []
        self.notices: list[Notice] = []
        keys_of_it = upstream.accounts[ACCOUNT]
        stack.put_secrets({ACCOUNT: {**keys_of_it, "wemasy_integration_id": str(incident.wemasy)}})
        for key in keys(stack, ""):
            stack.client("s3").delete_object(Bucket=stack.outputs["BucketName"], Key=key)

    def play(self) -> None:
        due, walked = self.incident.happenings(), 0
        self.stage.passes()
        self.check()
        if self.incident.watched:
            self.has_watched_for(self.incident.watched)
        for at in self.incident.checks():
            while due and due[0][0] <= at:
                self.stage.act(due.pop(0)[1])
            if len(self.stage.ids) > walked or self.incident.is_swept(at):
                self.fetch("sweep" if self.incident.is_swept(at) else "tick")
                walked = len(self.stage.ids)
            self.stage.passes()
            self.check()
            self.listen(at)

    def check(self) -> None:
        self.stack.invoke("CheckStatusFunction", {"task": "check"})

    def has_watched_for(self, time: timedelta) -> None:
        """Let the first check have been so long ago."""
        s3, bucket = self.stack.client("s3"), self.stack.outputs["BucketName"]
        state = json.loads(s3.get_object(Bucket=bucket, Key=STATE)["Body"].read())
        state["watching_since"] = timestamp(datetime.now(UTC) - time)
        s3.put_object(Bucket=bucket, Key=STATE, Body=json.dumps(state).encode())

    def fetch(self, mode: str) -> None:
        """Fetch and archive what there is."""
        self.stack.invoke("FetchLogsFunction", {"task": "walk", "account": ACCOUNT, "mode": mode})
        self.stack.invoke("ArchiveLogsFunction", {"task": "archive"})
        eventually(lambda: not keys(self.stack, "landing/"), "what landed is archived")

    def listen(self, at: timedelta) -> None:
        """Take in what has come to the queues."""
        for message in self.received("bus"):
            self.events.append(Event.of(at, message["detail-type"], message["detail"]))
        for message in self.received("topic"):
            id_ = message["MessageAttributes"]["id"]["Value"]
            self.notices.append(Notice(at, id_, message["Subject"], message["Message"]))

    def received(self, name: str) -> Iterator[dict[str, Any]]:
        sqs, url = self.stack.client("sqs"), self.queues[name]
        while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in found:
                yield json.loads(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


@pytest.mark.parametrize("name", INCIDENTS)
def test_what_the_deployed_stack_tells(stack: Stack, upstream: Sandbox, queues: dict[str, str], name: str) -> None:
    """From both APIs to both queues: the incident's messages, in order, none missing and none twice."""
    incident = load(name)
    played = Play(incident, stack, upstream, queues)
    try:
        played.play()
    finally:
        upstream.clear_faults()
        upstream.modes(wemasy_connected=True)
    messages = [
        replace(each, says=tuple(said for said in each.says if "UTC" not in said)) for each in incident.messages
    ]
    noticed = sum(each.notice is not None for each in messages)

    def all_there() -> bool:
        played.listen(incident.ends)
        return len(played.events) >= len(messages) and len(played.notices) >= noticed

    eventually(all_there, "everything is told", seconds=10)
    assert differences(messages, played.events, played.notices, timed=False) == []
