"""A walk's surroundings in a test: the sandbox's Sendcloud, a store in memory, time that only the test moves."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from requests import PreparedRequest, Response

from fetch_logs.account.account_walk import StreamMode, Walking, walk_account
from fetch_logs.account.outcome import AccountResult, Streams
from fetch_logs.plan import Mode, WalkOrder
from fetch_logs.stream import checkpoint as checkpoints
from fetch_logs.stream.environment import Environment, Fetches
from fetch_logs.stream.ledger import Ledger
from fetch_logs.stream.stream_walk import LEAST_SECONDS
from integration_logs.errors import TryLater
from integration_logs.redaction.redactor import Redactor
from integration_logs.times import timestamp
from integration_logs.upstream.endpoint import BasicAuth
from integration_logs.upstream.http import HttpSession
from integration_logs.upstream.sendcloud import Page, Sendcloud, first_query
from integration_logs.upstream.wire import VerbatimAdapter
from sandbox.upstreams import Sandbox, running
from tests.fakes.memory_store import MemoryStore

NOON = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)
PLENTY = 900.0


class Time:
    """Stands still unless moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)

    def ago(self, **amount: float) -> str:
        return timestamp(self.now - timedelta(**amount))


class Counting(VerbatimAdapter):
    """The wire, with a count of the requests on it and where they went."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def send(self, request: PreparedRequest, **options: Any) -> Response:  # type: ignore[override]
        self.urls.append(str(request.url))
        return super().send(request, **options)


def rows(store: MemoryStore) -> list[dict[str, Any]]:
    """Every row that has landed, in the landing objects' order."""
    return [
        json.loads(line)
        for key, body in sorted(store.objects.items())
        if key.startswith("landing/")
        for line in gzip.decompress(body).splitlines()
    ]


def landed_ids(store: MemoryStore) -> list[int]:
    """The ids that have landed, sorted, as often as they did."""
    return sorted(row["id"] for row in rows(store) if row["id"] is not None)


def checkpoint(store: MemoryStore, stream: str = "account", account: str = "main") -> checkpoints.Checkpoint:
    """The stream's checkpoint, read past what the test has in store for the store."""
    reader = MemoryStore()
    reader.objects = store.objects
    return checkpoints.load(reader, account, stream)


def serially(client: Sendcloud, time_left: Callable[[], float]) -> Fetches:
    """The account's pages of 20, one after the other, whatever the walk would like."""

    def fetch(query: str | None, **_: object) -> Page:
        return client.page(query or first_query(20), integration_id=None, time_left=time_left)

    return fetch


@dataclass
class Surroundings:
    """One account of a sandbox, walked into ``store``; each walk is an invocation of its own."""

    sandbox: Sandbox
    time: Time
    wire: Counting
    sendcloud: Sendcloud
    secrets: tuple[str, ...]
    account: str = "main"
    store: MemoryStore = field(default_factory=MemoryStore)
    overlap: timedelta = timedelta(hours=1)
    page_size: int = 20
    slices: int = 1

    @property
    def ids(self) -> list[int]:
        return self.sandbox.integration_ids[self.account]

    def truth(self) -> list[int]:
        """Every id that Sendcloud has of the account."""
        days = self.sandbox.truth()[self.account].values()
        return sorted(number for each in days for ids in each.values() for number in ids)

    def plant(self, *records: dict[str, Any], integration: int = 0) -> list[int]:
        return [int(str(id_)) for id_ in self.sandbox.plant(self.account, self.ids[integration], *records)]

    def environment(self, time_left: Callable[[], float]) -> Environment:
        return Environment(
            store=self.store,
            redactor=Redactor(self.secrets),
            ledger=Ledger(self.store, self.account),
            overlap=self.overlap,
            clock=self.time,
            time_left=time_left,
        )

    def walk(
        self,
        mode: StreamMode = "account",
        *,
        task: Mode = "tick",
        pages: int | None = None,
        integration_id: int | None = None,
        order: WalkOrder | None = None,
        remembered: Streams | None = None,
        named: tuple[int, ...] = (),
    ) -> AccountResult:
        """Walk, and save the ledger; with ``pages``, time is up after so many requests.

        An ``order`` goes before ``task`` and ``integration_id``.
        """
        begun = len(self.wire.urls)

        def time_left() -> float:
            return PLENTY if pages is None or len(self.wire.urls) - begun < pages else LEAST_SECONDS

        order = order or WalkOrder(self.account, task, integration_id=integration_id)
        environment = self.environment(time_left)
        walking = Walking(mode, remembered, named, self.page_size, self.slices)
        outcome = walk_account(order, self.sendcloud, environment, walking)
        with suppress(TryLater):
            environment.ledger.save()
        return outcome

    def requests(self, walk: Callable[[], object]) -> list[str]:
        """The requests that a walk makes, by path and query."""
        begun = len(self.wire.urls)
        walk()
        return [url.removeprefix(f"{self.sandbox.url}/api/v3") for url in self.wire.urls[begun:]]


@contextmanager
def surroundings(records: int = 130, **options: Any) -> Iterator[Surroundings]:
    """A fresh sandbox and store. No request is tried twice: what a fault hits, the walk sees."""
    time = Time()
    with running(records={"main": records}, clock=time, **options) as sandbox:
        keys = sandbox.accounts["main"]
        auth = BasicAuth(keys["sendcloud_public_key"], keys["sendcloud_secret_key"], secret="the test's secret")
        wire = Counting()
        http = HttpSession(
            auth=auth, user_agent="tests", api="Sendcloud", secret="the test's secret", attempts=1, adapter=wire
        )
        with closing(http):
            sendcloud = Sendcloud(http, base_url=f"{sandbox.url}/api/v3")
            yield Surroundings(sandbox, time, wire, sendcloud, tuple(keys.values()))
