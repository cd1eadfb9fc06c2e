"""Plays an incident fast: the functions' own code, from fetching to sending, in one process and on a simulated clock.

The upstream is the sandbox without sockets, and the bucket is in memory. Ticks, the nightly sweep and checks run when
the template's default schedules run them.
"""

from __future__ import annotations

import io
import logging
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import patch
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from archive_logs.composition_root import Archiver
from archive_logs.orders import Order
from check_status.check.asking import Asking
from check_status.check.step import Rules
from check_status.composition_root import Checker
from fetch_logs.account.account_walk import Walking
from fetch_logs.composition_root import Fetcher
from fetch_logs.plan import Mode, WalkOrder, read
from integration_logs.runtime.secrets import Credentials
from integration_logs.runtime.settings import Settings
from integration_logs.upstream.http import HttpSession
from sandbox.incidents.incident import ACCOUNT
from sandbox.incidents.stage import Stage
from sandbox.incidents.told import Event, Notice
from sandbox.upstreams import routes, world
from sandbox.upstreams.messages import Request
from tests.fakes.channels import FakeBus, FakeTopic, telling
from tests.fakes.memory_store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from check_status.wording import Language
    from sandbox.incidents.incident import Incident

SHOPS = 5
UPSTREAM = "http://127.0.0.1"
PLENTY = 900.0
RULES = Rules(
    confirm=2, silent_after=timedelta(minutes=360), resolve_after=timedelta(minutes=60), escalation_factor=5
)  # the template's defaults; a test compares


class _Sandbox(BaseAdapter):
    """The sandbox, called by ``requests`` without a socket."""

    def __init__(self, played: world.World) -> None:
        super().__init__()
        self._world = played

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        parts = urlsplit(str(request.url))
        headers = {name.lower(): str(value) for name, value in request.headers.items()}
        made = routes.answer(self._world, Request(str(request.method), parts.path, parts.query, headers))
        if made.fate != "whole":
            raise requests.ReadTimeout if made.fate == "withheld" else requests.ConnectionError
        response = requests.Response()
        response.status_code, response.headers = made.status, CaseInsensitiveDict(made.headers)
        response.raw = io.BytesIO(made.body)
        return response

    def close(self) -> None:
        pass


@dataclass
class _Clock:
    """Stands still unless moved."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class _Queue:
    """Messages that were sent and not yet received."""

    bodies: list[str] = field(default_factory=list)

    def send_message(self, *, MessageBody: str, **_: object) -> None:  # noqa: N803  # boto's
        self.bodies.append(MessageBody)


@dataclass(frozen=True)
class _Secrets:
    """The account's secret."""

    stage: Stage
    wemasy: int

    def credentials(self, _: str) -> Credentials:
        held = self.stage.secret
        return Credentials(held.public_key, held.secret_key, held.wemasy_token, str(self.wemasy))


@dataclass(frozen=True)
class Told:
    """Everything that was sent, in order."""

    events: tuple[Event, ...]
    notices: tuple[Notice, ...]


def play(incident: Incident, language: Language = "en") -> Told:
    """Play it to its end, with notices in that language.

    Raises ``MisuseError`` where the sandbox does not have what a step needs.
    """
    with _quiet():
        return _Player(incident, language).play()


class _Player:
    def __init__(self, incident: Incident, language: Language) -> None:
        self._incident, self._language = incident, language
        self._clock = _Clock(incident.begins - incident.watched)
        settings = world.Settings(integrations={ACCOUNT: SHOPS}, records={}, arrivals_per_minute=0.0, clock=self._clock)
        self._world = world.World(settings)
        self._stage = Stage(self._world)
        self._store, self._queue = MemoryStore(), _Queue()
        self._bus, self._topic = FakeBus(), FakeTopic()
        self._told: tuple[list[Event], list[Notice]] = [], []
        secrets = cast("Any", _Secrets(self._stage, incident.wemasy))
        self._fetching, self._archiving, self._checking = self._functions(secrets)

    def play(self) -> Told:
        due = self._incident.happenings()
        with self._upstream():
            if self._incident.watched:
                self._turn(timedelta())
            for at in self._incident.checks():
                while due and due[0][0] <= at:
                    self._clock.now = self._incident.begins + due[0][0]
                    self._stage.act(due.pop(0)[1])
                self._clock.now = self._incident.begins + at
                self._turn(at)
        events, notices = self._told
        return Told(tuple(events), tuple(notices))

    def _turn(self, at: timedelta) -> None:
        """Run what the schedules start at this time, and note what is sent."""
        self._stage.passes()
        self._walk("tick")
        if self._incident.is_swept(at):
            self._walk("sweep")
        if self._store.entries("landing/", limit=1):
            self._archiving.carry_out(Order("archive"), lambda: PLENTY)
        _, failures = self._checking.run(lambda: PLENTY)
        for failure in failures.values():
            raise failure
        events, notices = self._told
        events += [
            Event.of(at, each["DetailType"], each["Detail"], self._language) for each in self._bus.events[len(events) :]
        ]
        notices += [
            Notice(at, each["MessageAttributes"]["id"]["StringValue"], each["Subject"], each["Message"])
            for each in self._topic.notices[len(notices) :]
        ]

    def _walk(self, mode: Mode) -> None:
        self._queue.bodies.append(WalkOrder(ACCOUNT, mode).body())
        while self._queue.bodies:
            self._fetching.walk(read(self._queue.bodies.pop(0), accounts=(ACCOUNT,)), lambda: PLENTY)

    def _functions(self, secrets: Any) -> tuple[Fetcher, Archiver, Checker]:
        settings = Settings((ACCOUNT,), "bucket", "integration-logs")
        fetching = Fetcher(
            settings=settings,
            secrets=secrets,
            store=self._store,
            queue=cast("Any", self._queue),
            queue_url="queue",
            base_url=f"{UPSTREAM}/api/v3",
            overlap=timedelta(minutes=60),
            walking=Walking(),
            integration_ids={},
            requests_per_minute=1000,
            stale_ticks=3,
            clock=self._clock,
        )
        checking = Checker(
            accounts=settings.accounts,
            store=self._store,
            asking=Asking(self._store, secrets, settings.secret_prefix, f"{UPSTREAM}/api/v3", f"{UPSTREAM}/api"),
            telling=lambda: telling(self._bus, self._topic, self._language),
            rules=RULES,
            now=self._clock,
        )
        archiving = Archiver(
            self._store, cast("Any", self._queue), "queue", accounts=settings.accounts, clock=self._clock
        )
        return fetching, archiving, checking

    @contextmanager
    def _upstream(self) -> Iterator[None]:
        """Let the functions' sessions call the sandbox, without ever waiting."""
        adapter = _Sandbox(self._world)

        def session(**options: Any) -> HttpSession:
            made = {"adapter": adapter, "sleep": lambda _: None, "now": self._clock, "pacer": None}
            return HttpSession(**{**options, **made})

        with ExitStack() as held:
            for module in ("fetch_logs.composition_root", "check_status.check.asking"):
                held.enter_context(patch(f"{module}.HttpSession", session))
            yield


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide what the functions log: the messages are the point here."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
