"""What EventBridge and SNS keep to: the fakes that unit tests use, and both as the embedded cloud plays them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.fakes.channels import FakeBus, FakeTopic


@dataclass
class Channel:
    """A client, and the bus' name or the topic's ARN."""

    client: Any
    name: str


@pytest.fixture(params=["fake", pytest.param("cloud", marks=pytest.mark.e2e)])
def bus(request: pytest.FixtureRequest) -> Iterator[Channel]:
    if request.param == "fake":
        yield Channel(FakeBus(), "the-bus")
        return
    cloud = request.getfixturevalue("cloud")
    with closing(cloud.session().client("events", **cloud.client_options())) as client:
        name = f"contract-{uuid4()}"
        client.create_event_bus(Name=name)
        yield Channel(client, name)


@pytest.fixture(params=["fake", pytest.param("cloud", marks=pytest.mark.e2e)])
def topic(request: pytest.FixtureRequest) -> Iterator[Channel]:
    if request.param == "fake":
        yield Channel(FakeTopic(), "arn:aws:sns:us-east-1:000000000000:the-topic")
        return
    cloud = request.getfixturevalue("cloud")
    with closing(cloud.session().client("sns", **cloud.client_options())) as client:
        yield Channel(client, client.create_topic(Name=f"contract-{uuid4()}")["TopicArn"])


def entry(bus: Channel, **detail: object) -> dict[str, Any]:
    return {"EventBusName": bus.name, "Source": "tests", "DetailType": "Contract", "Detail": json.dumps(detail)}


def code(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


@pytest.mark.parametrize("count", [1, 10])
def test_events_are_taken(bus: Channel, count: int) -> None:
    """Up to ten in a call, each with an answer of its own, in their order."""
    answer = bus.client.put_events(Entries=[entry(bus, number=number) for number in range(count)])
    assert answer["FailedEntryCount"] == 0
    ids = [each["EventId"] for each in answer["Entries"]]
    assert len(set(ids)) == count


def test_a_call_has_ten_events_at_most(bus: Channel) -> None:
    """More are refused whole."""
    assert code(bus.client.put_events, Entries=[entry(bus)] * 11) == "ValidationException"


def test_a_call_has_an_event() -> None:
    """EventBridge refuses an empty call; the embedded cloud takes it."""
    assert code(FakeBus().put_events, Entries=[]) == "ValidationException"


def notice(topic: Channel, **other: Any) -> dict[str, Any]:
    attributes = {"type": {"DataType": "String", "StringValue": "problem.opened"}}
    return {
        "TopicArn": topic.name,
        "Subject": "Shop is down",
        "Message": "What happened",
        "MessageAttributes": attributes,
    } | other


def test_a_notice_is_taken(topic: Channel) -> None:
    """With an id that no other has."""
    first, second = (topic.client.publish(**notice(topic))["MessageId"] for _ in range(2))
    assert first != second


def test_a_notice_that_is_too_long(topic: Channel) -> None:
    """A message of more than 256 KB is refused."""
    assert code(topic.client.publish, **notice(topic, Message="x" * (256 * 1024 + 1))) == "InvalidParameter"


@pytest.mark.parametrize("subject", ["x" * 101, "Städt", "two\nlines", " begins with a blank"])
def test_a_subject_is_plain(subject: str) -> None:
    """SNS takes up to 100 characters of printable ASCII that begin with no blank; the embedded cloud takes anything."""
    topic = Channel(FakeTopic(), "arn")
    assert code(topic.client.publish, **notice(topic, Subject=subject)) == "InvalidParameter"
