"""The template's queues: hidden long enough, led on to dead letters, in groups that keep one from racing another."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from archive_logs.composition_root import Archiver
from archive_logs.orders import Order, read
from fetch_logs.composition_root import Fetcher
from fetch_logs.plan import WalkOrder, mode_of
from integration_logs.bucket import landing
from integration_logs.runtime.redelivery import FIRST_PAUSE, LONGEST_PAUSE
from tests.unit.house.template_tables import EXPECTED, RESOURCES, event_sources, named, of_type

QUEUES = of_type("AWS::SQS::Queue")
FUNCTIONS = of_type("AWS::Serverless::Function")
SCHEDULES = [
    event["Properties"]
    for function in FUNCTIONS.values()
    for event in function["Events"].values()
    if event["Type"] == "ScheduleV2"
]
STARTING = [name for name in QUEUES if list(event_sources(name))]
DAY = 86400


def told(name: str) -> dict[str, Any]:
    """The queue in the words of the table."""
    queue = QUEUES[name]
    assert queue["SqsManagedSseEnabled"] is True
    row = {"fifo": queue.get("FifoQueue", False), "days": queue["MessageRetentionPeriod"] / DAY}
    if "RedrivePolicy" in queue:
        redrive = queue["RedrivePolicy"]
        row |= {"dead_letters": named(redrive["deadLetterTargetArn"]), "tries": redrive["maxReceiveCount"]}
    for function, source in event_sources(name):
        row |= {"starts": function, "batch": source["BatchSize"]}
    return row


def test_the_queues_are_those_of_the_table() -> None:
    """Each queue has its kind, its days, its dead letters and the function that it starts; there is no other queue."""
    assert {name: told(name) for name in QUEUES} == EXPECTED["queues"]


@pytest.mark.parametrize("name", STARTING)
def test_a_message_stays_hidden_while_it_is_worked_on(name: str) -> None:
    """Six times as long as the function may take, as Lambda asks for, or a message would be worked on twice at once."""
    for function, source in event_sources(name):
        assert QUEUES[name]["VisibilityTimeout"] >= 6 * FUNCTIONS[function]["Timeout"]
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("name", STARTING)
def test_what_fails_for_good_is_kept(name: str) -> None:
    """In a queue of the same kind, for longer than where it came from."""
    dead = QUEUES[named(QUEUES[name]["RedrivePolicy"]["deadLetterTargetArn"])]
    assert dead.get("FifoQueue", False) == QUEUES[name].get("FifoQueue", False)
    assert dead["MessageRetentionPeriod"] > QUEUES[name]["MessageRetentionPeriod"]


@pytest.mark.parametrize("name", STARTING)
def test_the_tries_outlast_an_outage(name: str) -> None:
    """What fails is given back for longer and longer: all tries together take a quarter of an hour."""
    between = range(QUEUES[name]["RedrivePolicy"]["maxReceiveCount"] - 1)
    assert sum(min(FIRST_PAUSE * 2**each, LONGEST_PAUSE) for each in between) == 15 * 60


class Sent:
    """A queue's client that remembers the groups of what was sent."""

    def __init__(self) -> None:
        self.groups: list[str] = []
        self.client = SimpleNamespace(send_message=lambda **sent: self.groups.append(sent["MessageGroupId"]))


def test_one_group_an_account() -> None:
    """fetch_logs sends an account's walks into a group of its own, and the queue holds groups apart, at their speed."""
    sent = Sent()
    own = SimpleNamespace(queue=sent.client, queue_url="")
    Fetcher.send(cast("Any", own), [WalkOrder("main", "tick"), WalkOrder("second", "tick")])
    assert sent.groups == ["main", "second"]
    queue = QUEUES["WorkQueue"]
    assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")


def test_one_group_for_the_archive() -> None:
    """What lands and what archive_logs orders of itself go into one group: one archiver at a time."""
    sent = Sent()
    Archiver.send(cast("Any", SimpleNamespace(queue=sent.client, queue_url="")), Order("archive"))
    (target,) = RESOURCES["LandedRule"]["Properties"]["Targets"]
    assert named(target["Arn"]) == "ArchiveQueue"
    assert [target["SqsParameters"]["MessageGroupId"]] == sent.groups
    assert QUEUES["ArchiveQueue"]["ContentBasedDeduplication"] is True  # EventBridge gives no id of its own


def test_a_schedule_that_fails_is_kept() -> None:
    """Each schedule's calls that could not be made go to one queue, after two tries more."""
    assert len(SCHEDULES) == 5
    for schedule in SCHEDULES:
        assert named(schedule["DeadLetterConfig"]["Arn"]) == "ScheduleDeadLetters"
        assert named(schedule["RoleArn"]) == "ScheduleRole"
        assert schedule["RetryPolicy"]["MaximumRetryAttempts"] == 2


def test_what_a_schedule_starts_is_not_started_again_by_lambda() -> None:
    """A schedule starts asynchronously: its own tries end with the start. What fails is kept."""
    given_up = {}
    for name, function in FUNCTIONS.items():
        config = function["EventInvokeConfig"]
        assert config["MaximumRetryAttempts"] == 0
        destination = config["DestinationConfig"]["OnFailure"]
        assert (destination["Type"], named(destination["Destination"])) == ("SQS", "FailedStarts")
        given_up[name] = config["MaximumEventAgeInSeconds"]
    assert given_up == EXPECTED["starts"]
    assert "FifoQueue" not in QUEUES["FailedStarts"]  # Lambda takes no other


def test_each_schedule_orders_its_own_task() -> None:
    """Each schedule's parameter says when its own task runs: with a tick in its place, no day would ever be swept."""
    ordered = {named(schedule["ScheduleExpression"]): json.loads(schedule["Input"]) for schedule in SCHEDULES}
    assert ordered == {
        "FetchSchedule": {"task": "plan", "mode": mode_of("tick")},
        "SweepSchedule": {"task": "plan", "mode": mode_of("sweep")},
        "ArchiveSchedule": {"task": read({"task": "archive"}).task},
        "ManifestSchedule": {"task": read({"task": "manifest"}).task},
        "StatusSchedule": {"task": "check"},
    }
    assert all(schedule.get("State", "ENABLED") == "ENABLED" for schedule in SCHEDULES)


def test_what_lands_orders_the_archive() -> None:
    """The bucket reports every landing object, and nothing else in it, to the archive's queue."""
    notified = RESOURCES["Bucket"]["Properties"]["NotificationConfiguration"]
    assert notified == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}
    rule = RESOURCES["LandedRule"]["Properties"]
    assert rule["EventPattern"] == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [{"Ref": "Bucket"}]}, "object": {"key": [{"prefix": landing.PREFIX}]}},
    }
    assert rule.get("State", "ENABLED") == "ENABLED"
