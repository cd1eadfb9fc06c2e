"""The parts of fetch_logs, built from the settings on first use."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from botocore.config import Config

from fetch_logs.account import standing as standings
from fetch_logs.account.account_walk import StreamMode, Walking, walk_account
from fetch_logs.account.outcome import AccountResult
from fetch_logs.stream.environment import Environment
from fetch_logs.stream.late_redactor import LateRedactor
from fetch_logs.stream.ledger import Ledger
from fetch_logs.stream.result import WalkResult
from integration_logs.bucket.objects import ObjectStore, S3Store
from integration_logs.bucket.side_by_side import AT_ONCE, side_by_side
from integration_logs.errors import IntegrationLogsError, TryLater
from integration_logs.runtime import aws
from integration_logs.runtime.redelivery import give_back
from integration_logs.runtime.secrets import Credentials, Secrets
from integration_logs.runtime.settings import Settings, integration_ids, one_of, required, whole_number
from integration_logs.upstream.endpoint import BasicAuth
from integration_logs.upstream.http import HttpSession
from integration_logs.upstream.pacing import Pacer
from integration_logs.upstream.sendcloud import Sendcloud

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from fetch_logs.account.standing import Behind, Standing
    from fetch_logs.plan import WalkOrder
    from integration_logs.redaction.redactor import Policy, Redactor

log = logging.getLogger(__name__)

RESERVE = 15.0
"""Seconds an invocation keeps for landing what it holds and moving the checkpoint."""


SWITCH_SECONDS = 0.0005
"""For how long one thread may keep the others from running; Python's own 5 ms, several times in a request, would keep
the request for the next page from going out while a page is worked on."""


@dataclass(frozen=True)
class RunResult:
    """One order carried out: how the walk went, and how the account stands after it.

    ``paused`` says that nothing was asked, because Sendcloud has refused these very credentials before. ``stale`` are
    the streams that have failed for too many ticks, ``at_risk`` those whose unseen records Sendcloud will soon delete.
    """

    walk: AccountResult
    paused: bool = False
    stale: Mapping[str, Behind] = field(default_factory=dict)
    at_risk: Mapping[str, Behind] = field(default_factory=dict)


@dataclass
class Fetcher:
    """The function's parts. What belongs to one account is kept as long as its credentials stay the same."""

    settings: Settings
    secrets: Secrets
    store: ObjectStore
    queue: SQSClient
    queue_url: str
    base_url: str
    overlap: timedelta
    walking: Walking
    integration_ids: Mapping[str, tuple[int, ...]]
    requests_per_minute: int
    stale_ticks: int
    redactor: Callable[[Iterable[str]], Redactor | LateRedactor] = LateRedactor
    """Makes a redactor that knows these keys by value."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def __post_init__(self) -> None:
        self._accounts: dict[str, tuple[Credentials, Sendcloud, Redactor | LateRedactor]] = {}

    def walk(self, order: WalkOrder, seconds_left: Callable[[], float]) -> RunResult:
        """Walk as far as time allows; the rest goes back to the queue."""
        now = self.clock()
        standing = standings.load(self.store, order.account)
        try:
            credentials = self.secrets.credentials(order.account)
            client, redactor = self._account(order.account, credentials)
        except IntegrationLogsError as error:
            failed = AccountResult(WalkResult(complete=True), {"credentials": error}, frozenset({"credentials"}))
            return self._round(order, failed, standing, "", now)
        digest = standings.digest(credentials.values())
        idle = AccountResult(WalkResult(complete=True))
        if order.routine and standing.paused and standing.paused.credentials == digest:
            return RunResult(idle, paused=True, at_risk=standing.at_risk(now))
        environment = Environment(
            store=self.store,
            redactor=redactor,
            ledger=Ledger(self.store, order.account),
            overlap=self.overlap,
            clock=self.clock,
            time_left=lambda: seconds_left() - RESERVE,
        )
        walking = replace(
            self.walking,
            remembered=standing.streams,
            integration_ids=self.integration_ids.get(order.account, ()),
        )
        try:
            outcome = walk_account(order, client, environment, walking)
        finally:  # also where a stream failed as nobody foresaw: what the others landed is known
            unsaved = _save(environment.ledger)
        if (rest := outcome.rest(order)) is not None:
            self.send([rest])
        reached = outcome.reached | {"credentials", "ledger"}
        outcome = replace(outcome, failures={**outcome.failures, **unsaved}, reached=reached)
        return self._round(order, outcome, standing, digest, now)

    def _round(
        self, order: WalkOrder, outcome: AccountResult, before: Standing, digest: str, now: datetime
    ) -> RunResult:
        standing = standings.after_walk(before, outcome, credentials=digest, now=now)
        if order.routine:
            standing = replace(standing, under_way=None if outcome.walked.complete else self.clock())
        try:
            standings.save(self.store, order.account, before, standing)
        except TryLater as error:  # all else is done: to do it again would be of less use than the next tick
            log.warning("The standing of account %s was not saved: %s", order.account, error)
        return RunResult(outcome, stale=standing.stale(self.stale_ticks), at_risk=standing.at_risk(now))

    def send(self, orders: Sequence[WalkOrder]) -> None:
        """Queue the orders, each in its account's message group."""
        for order in orders:
            self.queue.send_message(
                QueueUrl=self.queue_url,
                MessageBody=order.body(),
                MessageGroupId=order.account,
                MessageDeduplicationId=str(uuid4()),
            )

    def standings(self) -> list[Standing] | None:
        """How each account stands; ``None`` where S3 does not say it now, which is no reason for a tick to fail."""
        try:
            return side_by_side(partial(standings.read, self.store), self.settings.accounts)
        except TryLater as error:
            log.warning("How the accounts stand is not reported this time: %s", error)
            return None

    def give_back(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Let messages that failed come again soon."""
        give_back(self.queue, self.queue_url, records)

    def _account(self, account: str, credentials: Credentials) -> tuple[Sendcloud, Redactor | LateRedactor]:
        kept = self._accounts.get(account)
        if kept is None or kept[0] != credentials:
            secret = f"{self.settings.secret_prefix}/{account}"
            auth = BasicAuth(credentials.sendcloud_public_key, credentials.sendcloud_secret_key, secret=secret)
            session = HttpSession(
                auth=auth,
                user_agent="integration-logs",
                api="Sendcloud",
                secret=secret,
                pacer=Pacer(self.requests_per_minute),
            )
            kept = credentials, Sendcloud(session, base_url=self.base_url), self.redactor(credentials.values())
            self._accounts[account] = kept
        return kept[1:]


@cache
def compose() -> Fetcher:
    """Build the parts from the environment; raises ``NeedsOperator`` where a setting is wrong."""
    settings = Settings.from_environment(os.environ)
    secrets = Secrets(prefix=settings.secret_prefix)
    pseudonym_key = partial(secrets.pseudonym_key, required(os.environ, "PSEUDONYM_KEY_SECRET"))
    policy = cast("Policy", one_of(os.environ, "REDACTION_POLICY", ("mask", "drop-bodies", "keep")))
    sys.setswitchinterval(SWITCH_SECONDS)
    return Fetcher(
        settings=settings,
        secrets=secrets,
        store=S3Store(aws.client("s3", Config(max_pool_connections=AT_ONCE)), settings.bucket),
        queue=aws.client("sqs"),
        queue_url=required(os.environ, "WORK_QUEUE_URL"),
        base_url=required(os.environ, "SENDCLOUD_BASE_URL"),
        overlap=timedelta(minutes=whole_number(os.environ, "OVERLAP_MINUTES", least=0, most=43_200)),
        walking=Walking(
            stream_mode=cast("StreamMode", one_of(os.environ, "STREAM_MODE", ("auto", "account", "integration"))),
            page_size=whole_number(os.environ, "PAGE_SIZE", least=1, most=100),
            slices=whole_number(os.environ, "BACKFILL_SLICES", least=1, most=32),
        ),
        integration_ids=integration_ids(os.environ, settings.accounts),
        requests_per_minute=whole_number(os.environ, "REQUESTS_PER_MINUTE", least=1, most=1000),
        stale_ticks=whole_number(os.environ, "STALE_TICKS", least=1, most=10_000),
        redactor=partial(LateRedactor, pseudonym_key=pseudonym_key, policy=policy),
    )


def _save(ledger: Ledger) -> dict[str, IntegrationLogsError]:
    """Save the ledger, without which a sweep lands records again; what is not temporary is a failure."""
    try:
        ledger.save()
    except TryLater as error:
        log.warning("The ledger of landed records was not saved: %s", error)
    except IntegrationLogsError as error:
        return {"ledger": error}
    return {}
