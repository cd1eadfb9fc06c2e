"""The parts of check_status, built from the settings on first use.

One check of one account: ask, step the state and put it in place of the one it was made from (again, where another run
was first), write the check down for good, and then tell what the state says is to be told.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from time import monotonic
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from botocore.config import Config

from check_status.check.asking import Asking
from check_status.check.state import State, UnreadableStateError, key, load, save
from check_status.check.step import Rules, answer, lines, step, unreadable
from check_status.problems.listing import Listing, Reader
from check_status.reading.fresh_check import WITHIN, may_check
from check_status.telling.messages import is_noticed
from check_status.telling.outbox import Outbox, added, claimed, claimed_by
from check_status.wording import LANGUAGES, Language
from integration_logs.bucket.objects import ObjectStore, S3Store, Stored
from integration_logs.bucket.quick_reads import QuickReads
from integration_logs.errors import IntegrationLogsError, TryLater
from integration_logs.json_types import JsonObject
from integration_logs.runtime import aws
from integration_logs.runtime.secrets import Secrets
from integration_logs.runtime.settings import Settings, one_of, required, whole_number

if TYPE_CHECKING:
    from check_status.check.observation import Observation
    from check_status.telling.delivery import Telling

log = logging.getLogger(__name__)

RESERVE = 15.0
"""Seconds an invocation keeps, of those it has, for storing and telling what it found."""

_AT_ONCE = 32
"""Accounts that are checked side by side: one whose upstream hangs costs the others no time."""

_LINKS: dict[str, Any] = {"signature_version": "s3v4", "s3": {"addressing_style": "virtual"}}
"""What a signed link needs to be good in every region."""

_TRIES = 8
_SAME_TIME = timedelta(minutes=5)
"""Longer than an invocation takes: a check that is so much later than now was made by a clock that was wrong."""


@dataclass
class Checker:
    """The function's parts."""

    accounts: tuple[str, ...]
    store: ObjectStore
    asking: Asking
    telling: Callable[[], Telling]
    rules: Rules
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    owners: dict[int, str] = field(default_factory=dict)
    read: Callable[[str], Stored | None] | None = None

    def run(self, seconds_left: Callable[[], float]) -> tuple[list[JsonObject], dict[str, BaseException]]:
        """Check every account: what was found, see ``check.answer``, and by account what went wrong where that is not
        found: what the store, a state that cannot be read or the telling raised. None of it hides another account.
        """
        reader = Reader(self.read or self.store.get, goes_on=lambda: seconds_left() > RESERVE)
        with closing(reader), ThreadPoolExecutor(_AT_ONCE) as pool:
            listing = Listing.of(self.store, self.now(), self.owners, reader)
            if listing.has_strangers:
                for account, seen in zip(self.accounts, pool.map(self._seen, self.accounts), strict=True):
                    listing.claim(account, seen)
            running = {account: pool.submit(self._check, account, listing, seconds_left) for account in self.accounts}
        failures = {account: error for account, each in running.items() if (error := each.exception())}
        return [each.result() for account, each in running.items() if account not in failures], failures

    def fresh(self, seconds_left: Callable[[], float]) -> None:
        """Check each account that may be checked now (``fresh_check.py``), well within API Gateway's 29 seconds.

        Raises what went wrong with one of them; what was found of the others is kept all the same.
        """
        began = monotonic()
        due = tuple(account for account in self.accounts if may_check(self.store, account, self.now()))
        if due:
            _, failures = replace(self, accounts=due).run(lambda: min(seconds_left(), WITHIN - (monotonic() - began)))
            for error in failures.values():
                raise error

    def states(self) -> list[State]:
        """The stored state of each account that can be read."""
        return [state for account in self.accounts if isinstance(state := self._state(account), State)]

    def status(self) -> list[JsonObject]:
        """Each checked account as its last check found it; no API is called."""
        return [found for account in self.accounts if (found := self._status(account))]

    def _status(self, account: str) -> JsonObject | None:
        state = self._state(account)
        if isinstance(state, str):
            return unreadable(account, state)
        return answer(state) if state and state.checks else None

    def _state(self, account: str) -> State | str | None:
        """The account's state, or why it cannot be read: the other accounts are answered all the same."""
        try:
            return load(self.store, account)
        except UnreadableStateError as error:
            log.warning(str(error), extra={"account": account})
            return str(error)

    def _seen(self, account: str) -> Mapping[str, str]:
        """Which summaries the account has taken in; where that cannot be read, its check says so."""
        try:
            state = load(self.store, account)
        except IntegrationLogsError:
            return {}
        return state.seen if state else {}

    def _check(self, account: str, listing: Listing, seconds_left: Callable[[], float]) -> JsonObject:
        run, at = uuid4().hex, self.now()
        observed = self.asking.observe(account, at=at, time_left=lambda: seconds_left() - RESERVE)
        state = self._kept(observed, listing, run)
        try:
            if state.checked_at == at:
                self._write_down(state, at)
        finally:  # what is to be told does not hang on it
            if claimed_by(state.outbox, run):
                change = partial(self._change, account)
                self.telling().deliver(state.outbox, change, run=run, clock=self.now, time_left=seconds_left)
        return answer(state)

    def _kept(self, observed: Observation, listing: Listing, run: str) -> State:
        """The account's state when this check has its place in it, with everything to be told claimed by this run."""
        for _ in range(_TRIES):
            before = load(self.store, observed.account) or State(observed.account, watching_since=observed.at)
            after = before
            if not _overtaken(before, observed.at):
                first = before.first_look.next if before.first_look else 0
                look = listing.look(observed.account, before.seen, first)
                after, happened = step(before, observed, look, self.rules)
                noticed = partial(is_noticed, problems=after.problems)
                after = replace(after, outbox=added(after.outbox, happened, noticed=noticed))
            after = replace(after, outbox=claimed(after.outbox, run, self.now()))
            if after == before:
                return before
            if etag := save(self.store, after):
                return replace(after, etag=etag)
        raise TryLater(f"Other checks keep replacing {key(observed.account)}.")

    def _write_down(self, state: State, at: datetime) -> None:
        """Keep the check for good."""
        text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines(state))
        place = f"status/dt={at:%Y-%m-%d}/{at:%H-%M-%S.%fZ}-{state.account}.json"
        self.store.put(place, text.encode(errors="replace"), replaces=None)

    def _change(self, account: str, change: Callable[[Outbox], Outbox]) -> Outbox:
        """Put what ``change`` makes of the stored outbox in its place; what is there then."""
        for _ in range(_TRIES):
            state = load(self.store, account)
            if state is None:  # somebody has deleted it: the next check is the first
                return ()
            after = replace(state, outbox=change(state.outbox))
            if after == state or save(self.store, after):
                return after.outbox
        raise TryLater(f"Other checks keep replacing {key(account)}.")


def _overtaken(state: State, at: datetime) -> bool:
    """Whether a check that began later was first: then this one has nothing to add."""
    return state.checked_at is not None and timedelta() <= state.checked_at - at < _SAME_TIME


@cache
def compose() -> Checker:
    """Build the parts from the environment; raises ``NeedsOperator`` where a setting is wrong."""
    settings = Settings.from_environment(os.environ)
    store = S3Store(aws.client("s3", Config(max_pool_connections=_AT_ONCE, **_LINKS)), settings.bucket)
    return Checker(
        accounts=settings.accounts,
        store=store,
        asking=Asking(
            store=store,
            secrets=Secrets(prefix=settings.secret_prefix),
            secret_prefix=settings.secret_prefix,
            sendcloud_url=required(os.environ, "SENDCLOUD_BASE_URL"),
            wemasy_url=required(os.environ, "WEMASY_BASE_URL"),
        ),
        telling=_telling,
        read=QuickReads(store, aws.sign_for_s3, ca_bundle=os.environ.get("AWS_CA_BUNDLE")).get,
        rules=Rules(
            confirm=whole_number(os.environ, "CHECKS_TO_CONFIRM", least=1, most=100),
            silent_after=timedelta(minutes=whole_number(os.environ, "SILENT_AFTER_MINUTES", least=1, most=525600)),
            resolve_after=timedelta(minutes=whole_number(os.environ, "RESOLVE_AFTER_MINUTES", least=1, most=43200)),
            escalation_factor=whole_number(os.environ, "ESCALATION_FACTOR", least=2, most=1000),
        ),
    )


@cache
def _telling() -> Telling:
    """Where to send, built when a check first has something to tell."""
    from check_status.telling.delivery import Telling  # noqa: PLC0415  # nearly always there is nothing to tell

    return Telling(
        bus=aws.client("events"),
        bus_name=required(os.environ, "EVENT_BUS"),
        topic=aws.client("sns"),
        topic_arn=required(os.environ, "NOTICE_TOPIC_ARN"),
        language=cast("Language", one_of(os.environ, "NOTICE_LANGUAGE", LANGUAGES)),
    )
