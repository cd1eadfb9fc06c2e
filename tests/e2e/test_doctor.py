"""``make doctor`` against the deployed stack: it finds nothing where all is well, and what is wrong where it is not."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from sandbox.doctor import checks, upstreams
from sandbox.doctor.__main__ import examined
from sandbox.doctor.deployment import Deployment
from sandbox.stack import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox

LEFT_BY_OTHERS = {"quarantine", "queue WorkDeadLetters", "queue ScheduleDeadLetters"}
"""What other tests of the same deployment may leave behind."""


@pytest.fixture
def given(deployed: Stack) -> Iterator[Deployment]:
    """The deployed stack, with somebody who hears of its alarms."""
    sns = deployed.client("sns")
    topic = deployed.outputs["AlarmTopicArn"]
    queue = deployed.client("sqs").get_queue_attributes(
        QueueUrl=deployed.outputs["ScheduleDeadLettersUrl"], AttributeNames=["QueueArn"]
    )["Attributes"]["QueueArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, ReturnSubscriptionArn=True)
    yield Deployment(NAME, deployed.client, embedded=True)
    sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])


@contextmanager
def disabled(given: Deployment, schedule: str) -> Iterator[str]:
    """One schedule switched off for a while; its name."""
    scheduler = given.client("scheduler")
    name = given.resources[schedule].physical.rpartition("/")[2]
    found = scheduler.get_schedule(Name=name)
    fields = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    same = {field: found[field] for field in fields if field in found}
    scheduler.update_schedule(**same, State="DISABLED")
    try:
        yield name
    finally:
        scheduler.update_schedule(**same, State="ENABLED")


def test_all_is_well(given: Deployment, sandbox: Sandbox) -> None:
    """Every check of a stack that works finds it so, within seconds, and shows no part of a secret."""
    found = examined(given)
    todo = [each for each in found if not each.ok and each.name not in LEFT_BY_OTHERS]
    assert todo == []
    names = {each.name for each in found}
    assert {"secret integration-logs/main", "Sendcloud for main", "WeMaSy for main", "table logs"} <= names
    assert {"event source of FetchLogs", "permissions of check_status", "Lambda quota", "AlarmTopic"} <= names
    said = json.dumps([asdict(each) for each in found])
    for keys in sandbox.accounts.values():
        assert not [name for name, value in keys.items() if name != "wemasy_integration_id" and str(value) in said]


def test_a_schedule_that_is_off(given: Deployment) -> None:
    """The line names the schedule and what to do."""
    with disabled(given, "FetchLogsTick") as name:
        (off,) = [each for each in checks.schedules(given) if not each.ok]
    assert off.name == "schedule FetchLogsTick"
    assert off.say == f"is DISABLED: enable the schedule {name} in EventBridge Scheduler"
    assert all(each.ok for each in checks.schedules(given))


def test_a_secret_that_lacks_a_field(given: Deployment, deployed: Stack, sandbox: Sandbox) -> None:
    """The line names the secret and the field, and nothing of what is in it."""
    keys = sandbox.accounts["second"]
    deployed.put_secrets({"second": {"sendcloud_public_key": keys["sendcloud_public_key"]}})
    try:
        (lacking,) = [each for each in upstreams.secrets_and_apis(given) if not each.ok]
    finally:
        deployed.put_secrets({"second": keys})
    assert lacking.name == "secret integration-logs/second"
    assert lacking.say == "The secret integration-logs/second has no sendcloud_secret_key: add it as a string."
