from __future__ import annotations

import logging
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from integration_logs.runtime.redelivery import give_back

URL = "https://queue.test/work.fifo"


def message(place: int, *, tries: int = 1) -> dict[str, Any]:
    """A message as Lambda hands it over."""
    attributes = {"ApproximateReceiveCount": str(tries)}
    return {"messageId": f"m{place}", "receiptHandle": f"r{place}", "attributes": attributes}


@pytest.fixture
def stub() -> Stubber:
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-west-1")
    return Stubber(session.client("sqs"))


@pytest.mark.parametrize(("tries", "pause"), [(1, 60), (2, 120), (3, 240), (4, 480), (5, 900), (99, 900)])
def test_the_pause_grows(stub: Stubber, tries: int, pause: int) -> None:
    """A message comes again after a minute, then after twice as long each time, and after 15 minutes at most."""
    asked = {"QueueUrl": URL, "ReceiptHandle": "r0", "VisibilityTimeout": pause}
    stub.add_response("change_message_visibility", {}, asked)
    with stub:
        give_back(stub.client, URL, [message(0, tries=tries)])
    stub.assert_no_pending_responses()


def test_what_cannot_be_given_back(stub: Stubber, caplog: pytest.LogCaptureFixture) -> None:
    """It comes again by itself, later: that is logged, and is no failure of its own; the next one is given back."""
    stub.add_client_error("change_message_visibility", "AccessDenied")
    stub.add_response(
        "change_message_visibility", {}, {"QueueUrl": URL, "ReceiptHandle": "r1", "VisibilityTimeout": 60}
    )
    with stub, caplog.at_level(logging.WARNING):
        give_back(stub.client, URL, [message(0), message(1)])
    stub.assert_no_pending_responses()
    (line,) = caplog.messages
    assert "m0" in line
    assert "AccessDenied" in line
