"""Messages that failed come again soon, and not only when the queue no longer hides them.

A queue hides what it hands out for six times the function's timeout, and the message's group waits for as long.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 60, 900
"""Seconds until a message that failed comes again; the pause doubles with each try, so that five tries outlast an
outage of a quarter of an hour."""


def give_back(queue: SQSClient, queue_url: str, records: Iterable[Mapping[str, Any]]) -> None:
    """Let the messages, as Lambda hands them over, come again after a pause. Where that fails, it is logged only."""
    for record in records:
        tries = int(record["attributes"]["ApproximateReceiveCount"])
        pause = min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
        try:
            queue.change_message_visibility(
                QueueUrl=queue_url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=pause
            )
        except (BotoCoreError, ClientError) as error:
            log.warning("Message %s comes again later than it could: %s", record["messageId"], error)
