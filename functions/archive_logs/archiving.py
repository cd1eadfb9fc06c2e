"""archive_logs put together: what its parts need, built from the settings on first use."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3

from archive_logs.backlog import work_off
from integration_logs.objects import S3Store
from integration_logs.settings import Settings, required

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_sqs import SQSClient

    from archive_logs.backlog import Archived
    from integration_logs.objects import ObjectStore

RESERVE = 60.0
"""Seconds an invocation keeps for the batch it is at."""


@dataclass(frozen=True)
class Archiving:
    """The function's parts."""

    store: ObjectStore
    queue: SQSClient
    queue_url: str

    def run(self, seconds_left: Callable[[], float]) -> Archived:
        """Archive as far as the time allows; the queue continues what is left."""
        done = work_off(self.store, lambda: seconds_left() - RESERVE)
        if done.more:
            self.send()
        return done

    def send(self) -> None:
        """Queue a run."""
        self.queue.send_message(
            QueueUrl=self.queue_url,
            MessageBody=json.dumps({"task": "archive"}),
            MessageGroupId="archive",
            MessageDeduplicationId=str(uuid4()),
        )


@cache
def archiving() -> Archiving:
    """Build the parts from the environment; raises ``NeedsOperator`` where a setting is wrong."""
    settings = Settings.from_environment(os.environ)
    return Archiving(
        store=S3Store(boto3.client("s3"), settings.bucket),
        queue=boto3.client("sqs"),
        queue_url=required(os.environ, "ARCHIVE_QUEUE_URL"),
    )
