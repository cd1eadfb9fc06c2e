"""fetch_logs put together: what its parts need, built from the settings on first use."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, cast
from uuid import uuid4

import boto3

from fetch_logs.account import AccountWalk, walk_account
from fetch_logs.stream import Environment, Walked
from integration_logs.endpoint import BasicAuth
from integration_logs.errors import IntegrationLogsError
from integration_logs.http import HttpSession
from integration_logs.objects import S3Store
from integration_logs.redaction import Redactor
from integration_logs.secrets import Credentials, Secrets
from integration_logs.sendcloud import Sendcloud
from integration_logs.settings import Settings, one_of, required, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_sqs import SQSClient

    from fetch_logs.account import StreamMode
    from fetch_logs.plan import WalkOrder

RESERVE = 15.0
"""Seconds an invocation keeps for landing what it holds and moving the checkpoint."""


@dataclass
class Fetching:
    """The function's parts. One account's client and redactor are kept as long as its credentials stay the same."""

    settings: Settings
    secrets: Secrets
    store: S3Store
    queue: SQSClient
    queue_url: str
    base_url: str
    overlap: timedelta
    page_size: int
    stream_mode: StreamMode

    def __post_init__(self) -> None:
        self._clients: dict[str, tuple[Credentials, Sendcloud, Redactor]] = {}

    def walk(self, order: WalkOrder, seconds_left: Callable[[], float]) -> AccountWalk:
        """Walk as far as the time allows; what is left goes back to the queue."""

        def time_left() -> float:
            return seconds_left() - RESERVE

        try:
            credentials = self.secrets.credentials(order.account)
            client, redactor = self._client(order.account, credentials)
        except IntegrationLogsError as error:
            return AccountWalk(Walked(complete=True), {"credentials": error})
        environment = Environment(
            store=self.store,
            redactor=redactor,
            overlap=self.overlap,
            clock=lambda: datetime.now(UTC),
            time_left=time_left,
        )
        outcome = walk_account(order, client, environment, stream_mode=self.stream_mode, page_size=self.page_size)
        if (rest := outcome.rest(order)) is not None:
            self.send([rest])
        return outcome

    def send(self, orders: Sequence[WalkOrder]) -> None:
        """Queue the orders, each in its account's message group."""
        for order in orders:
            self.queue.send_message(
                QueueUrl=self.queue_url,
                MessageBody=order.body(),
                MessageGroupId=order.account,
                MessageDeduplicationId=str(uuid4()),
            )

    def _client(self, account: str, credentials: Credentials) -> tuple[Sendcloud, Redactor]:
        kept = self._clients.get(account)
        if kept is None or kept[0] != credentials:
            secret = f"{self.settings.secret_prefix}/{account}"
            auth = BasicAuth(credentials.sendcloud_public_key, credentials.sendcloud_secret_key, secret=secret)
            session = HttpSession(auth=auth, user_agent="integration-logs", api="Sendcloud", secret=secret)
            kept = credentials, Sendcloud(session, base_url=self.base_url), Redactor(credentials.values())
            self._clients[account] = kept
        return kept[1:]


@cache
def fetching() -> Fetching:
    """Build the parts from the environment; raises ``NeedsOperator`` where a setting is wrong."""
    settings = Settings.from_environment(os.environ)
    return Fetching(
        settings=settings,
        secrets=Secrets(prefix=settings.secret_prefix),
        store=S3Store(boto3.client("s3"), settings.bucket),
        queue=boto3.client("sqs"),
        queue_url=required(os.environ, "WORK_QUEUE_URL"),
        base_url=required(os.environ, "SENDCLOUD_BASE_URL"),
        overlap=timedelta(minutes=whole_number(os.environ, "OVERLAP_MINUTES", least=0, most=43_200)),
        page_size=whole_number(os.environ, "PAGE_SIZE", least=1, most=100),
        stream_mode=cast("StreamMode", one_of(os.environ, "STREAM_MODE", ("auto", "account", "integration"))),
    )
