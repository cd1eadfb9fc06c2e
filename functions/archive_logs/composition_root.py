"""The parts of archive_logs, built from the settings on first use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.config import Config

from archive_logs.merging.backlog import Archived, work_off
from archive_logs.merging.merge import MOST_PART_BYTES, PART_BYTES
from archive_logs.upkeep.manifests import write_manifests
from archive_logs.upkeep.release import release
from archive_logs.upkeep.replay import replay
from integration_logs.bucket.objects import ObjectStore, S3Store
from integration_logs.bucket.side_by_side import AT_ONCE
from integration_logs.runtime import aws
from integration_logs.runtime.redelivery import give_back
from integration_logs.runtime.settings import Settings, required, whole_number

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from archive_logs.orders import Order

_S3 = Config(
    # What a link into the bucket needs to be good in every region: botocore's own choice is an old signature, and the
    # host of us-east-1, which sends readers on to another one that refuses the signature.
    signature_version="s3v4",
    s3={"addressing_style": "virtual"},
    max_pool_connections=AT_ONCE,
    # A large part takes longer, and a lost call costs the whole batch: 27 s at most, as long as API Gateway waits.
    read_timeout=6,
    retries={"total_max_attempts": 3, "mode": "standard"},
)

RESERVE = 90.0
"""Seconds an invocation keeps, half of what it has: for what it is at when they begin, and in hand."""


@dataclass(frozen=True)
class Archiver:
    """The function's parts."""

    store: ObjectStore
    queue: SQSClient
    queue_url: str
    part_bytes: int = PART_BYTES
    accounts: tuple[str, ...] = ()
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def carry_out(
        self, order: Order, seconds_left: Callable[[], float], count: Callable[[Archived], object] = lambda _: None
    ) -> dict[str, Any]:
        """Carry out the order as far as time allows; returns how it went. The queue continues the rest.

        ``count`` is told of what was archived, batch by batch.
        """

        def time_left() -> float:
            return seconds_left() - RESERVE

        if order.task == "archive":
            archived = work_off(self.store, time_left, part_bytes=self.part_bytes, count=count)
            return self._continued(order if archived.more else None, asdict(archived))
        if order.task == "replay":
            replayed = replay(self.store, order, time_left, part_bytes=self.part_bytes, count=count)
            days = {"from": order.days[0].isoformat(), "to": order.days[1].isoformat()}
            return self._continued(order.behind(replayed.after), days | asdict(replayed))
        if order.task == "manifest":
            return asdict(write_manifests(self.store, self.accounts, self.clock()))
        released = release(self.store, time_left, after=order.after)
        return self._continued(order.behind(released.after), asdict(released))

    def _continued(self, rest: Order | None, answer: dict[str, Any]) -> dict[str, Any]:
        if rest:
            self.send(rest.handed_on())
        return answer | {"more": rest is not None}

    def send(self, order: Order) -> None:
        """Queue an order."""
        self.queue.send_message(
            QueueUrl=self.queue_url,
            MessageBody=order.body(),
            MessageGroupId="archive",
            MessageDeduplicationId=str(uuid4()),
        )

    def give_back(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Let messages that failed come again soon."""
        give_back(self.queue, self.queue_url, records)


@cache
def compose() -> Archiver:
    """Build the parts from the environment; raises ``NeedsOperator`` where a setting is wrong."""
    settings = Settings.from_environment(os.environ)
    return Archiver(
        store=S3Store(aws.client("s3", _S3), settings.bucket),
        queue=aws.client("sqs"),
        queue_url=required(os.environ, "ARCHIVE_QUEUE_URL"),
        part_bytes=whole_number(os.environ, "ARCHIVE_PART_MEGABYTES", least=1, most=MOST_PART_BYTES >> 20) << 20,
        accounts=settings.accounts,
    )
