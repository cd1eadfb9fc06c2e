"""Days of a stack, minute by minute: the real fetch_logs with its queue, and what CloudWatch's alarms mail of it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from fetch_logs import composition_root, handler
from fetch_logs.account.account_walk import Walking
from fetch_logs.account.outcome import AccountResult
from fetch_logs.plan import WalkOrder
from fetch_logs.stream.result import WalkResult
from integration_logs.errors import CredentialsRejected, IntegrationLogsError
from integration_logs.runtime.secrets import Credentials
from integration_logs.runtime.settings import Settings
from tests.fakes.api_event import LambdaContext
from tests.fakes.memory_store import MemoryStore
from tests.unit.fetch_logs.walking import NOON, Time
from tests.unit.house.cloudwatch import Alarm
from tests.unit.house.template_tables import EXPECTED

CUT = 3
"""Minutes of a walk that time cuts, so that there is a rest of it; any other takes one."""


@dataclass(frozen=True)
class Mail:
    """What an alarm has mailed, after how many minutes."""

    minute: int
    alarm: str
    state: str


@dataclass
class Days:
    """One stack. ``every`` is FetchSchedule in minutes, ``begins`` the first tick's minute, ``None`` for never."""

    every: int = 5
    begins: int | None = 0
    ends: int = 1_000_000
    more: int = 2
    accounts: tuple[str, ...] = ("main", "second")
    walks: dict[str, Callable[[], AccountResult]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    breaks: bool = False
    minute: int = 0
    mails: list[Mail] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.time, self.store = Time(), MemoryStore()
        self.alarms = {name: Alarm(row, self.more) for name, row in EXPECTED["alarms"].items()}
        self.waiting: dict[str, deque[tuple[int, str]]] = {account: deque() for account in self.accounts}
        self.at_work: dict[str, int] = {}
        self.fetcher = composition_root.Fetcher(
            settings=Settings(self.accounts, "bucket", "integration-logs"),
            secrets=SimpleNamespace(credentials=self._credentials),  # type: ignore[arg-type]
            store=self.store,  # type: ignore[arg-type]
            queue=SimpleNamespace(send_message=self._sent),  # type: ignore[arg-type]
            queue_url="http://queue.invalid/work.fifo",
            base_url="https://sendcloud.invalid",
            overlap=timedelta(hours=1),
            walking=Walking(),
            integration_ids={},
            requests_per_minute=1000,
            stale_ticks=12,
            clock=self.time,
        )

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put this stack in the place of the real parts; what a walk meets is ``walks``, by account."""
        monkeypatch.setattr(handler, "compose", lambda: self.fetcher)
        monkeypatch.setattr(composition_root, "walk_account", lambda order, *_: self._walked(order))
        counting = SimpleNamespace(metric_set={}, add_metric=lambda name, _, value: self.count("service", name, value))
        monkeypatch.setattr(handler, "metrics", counting)

    def count(self, of: str, name: str, value: float) -> None:
        """Hand a value to the alarms of that metric."""
        for alarm in self.alarms.values():
            if alarm.row["of"] == of and str(alarm.row["metric"]).split()[1] == name:
                alarm.count(self.minute * 60, value)

    def run(self, minutes: int) -> list[Mail]:
        """Let so many minutes pass; what was mailed in them."""
        first = len(self.mails)
        for _ in range(minutes):
            self._minute()
            self.minute += 1
            self.time.now = NOON + timedelta(minutes=self.minute)
        return self.mails[first:]

    def _minute(self) -> None:
        due = self.begins is not None and self.begins <= self.minute < self.ends
        if due and (self.minute - (self.begins or 0)) % self.every == 0:
            self._invoke({"task": "plan", "mode": "tick"})
        for account, messages in self.waiting.items():
            if self.at_work.get(account) == self.minute:
                del self.at_work[account]
                messages.popleft()
            if messages and account not in self.at_work:
                known = len(messages)
                self._invoke(json.loads(messages[0][1]))
                self.at_work[account] = self.minute + (CUT if len(messages) > known else 1)
        ages = [self.minute - messages[0][0] for messages in self.waiting.values() if messages]
        if ages:
            self.count("WorkQueue", "ApproximateAgeOfOldestMessage", max(ages) * 60)
        for name, alarm in self.alarms.items():
            state = alarm.look(self.minute * 60)
            if state is not None and alarm.tells(state):
                self.mails.append(Mail(self.minute, name, state))

    def _invoke(self, event: dict[str, Any]) -> None:
        self.count("FetchLogs", "Invocations", 1)
        try:
            handler.handler(event, LambdaContext())  # type: ignore[arg-type]
            self.count("FetchLogs", "Errors", 0)
        except ZeroDivisionError:
            self.count("FetchLogs", "Errors", 1)

    def _sent(self, *, MessageBody: str, MessageGroupId: str, **_: Any) -> None:  # noqa: N803  # as SQS has them
        if self.breaks:
            raise ZeroDivisionError
        self.waiting[MessageGroupId].append((self.minute, MessageBody))

    def _credentials(self, account: str) -> Credentials:
        return Credentials(self.keys.get(account, "good"), "secret")

    def _walked(self, order: WalkOrder) -> AccountResult:
        return self.walks.get(order.account, good)()


def good() -> AccountResult:
    """A walk that finds nothing new."""
    return AccountResult(WalkResult(pages=1, complete=True), {}, frozenset({"account"}), present=frozenset({"account"}))


def cut() -> AccountResult:
    """A walk that time cuts."""
    return AccountResult(WalkResult(pages=900, complete=False))


def refused() -> AccountResult:
    """A walk whose keys Sendcloud refuses."""
    error: IntegrationLogsError = CredentialsRejected("Sendcloud refused the credentials.")
    return AccountResult(WalkResult(complete=True), {"account": error}, frozenset({"account"}))


def rung(mails: list[Mail]) -> Iterator[Mail]:
    """The mails that something is wrong."""
    return (mail for mail in mails if mail.state != "OK")
