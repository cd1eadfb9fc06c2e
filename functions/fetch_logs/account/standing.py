"""An account's standing: which streams it has, whether it is paused, which streams are behind, what is under way.

``state/fetch/<account>/standing.json``, written only when something changes::

    {"version": 1,
     "streams": "account",                     what walks go over: the account's one stream, "integration": each one's
     "paused": null                            or, since Sendcloud refused the credentials:
       {"credentials": "5d41…",                a digest of those credentials: others end the pause
        "since": "2026-11-22T02:41:22.000000Z",
        "reason": "…", "cause": "…"},
     "behind": {"integration-101":             streams whose last ticks failed, and the last error
       {"since": "2026-11-22T02:41:22.000000Z", "ticks": 3, "reason": "…", "cause": "TryLater"}},
     "under_way": null}                        or when time last cut a tick's walk, whose rest is in the queue
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from fetch_logs.account.outcome import AccountResult, Streams
from integration_logs.bucket.sweeps import RETENTION, WARN_BEFORE
from integration_logs.errors import CredentialsRejected, NeedsOperator, TryLater
from integration_logs.times import timestamp, written, written_if_any

if TYPE_CHECKING:
    from integration_logs.bucket.objects import ObjectStore

log = logging.getLogger(__name__)

VERSION = 1

UNDER_WAY = timedelta(hours=1)
"""How long a rest in the queue keeps ticks away: far longer than until it is walked or cut again, and not for ever:
its message may be lost."""


@dataclass(frozen=True)
class Behind:
    """A stream that falls behind: since which tick, how many have failed in a row, why the last one did."""

    since: datetime
    ticks: int
    reason: str
    cause: str = ""

    def deleted_in(self, now: datetime) -> timedelta:
        """When Sendcloud begins to delete what happened since, unseen."""
        return self.since + RETENTION - now


@dataclass(frozen=True)
class Pause:
    """Since when, and for which credentials (their digest), nothing is asked."""

    credentials: str
    since: datetime
    reason: str
    cause: str = ""


@dataclass(frozen=True)
class Standing:
    """How an account stands; see the module for the fields."""

    streams: Streams | None = None
    paused: Pause | None = None
    behind: Mapping[str, Behind] = field(default_factory=dict)
    under_way: datetime | None = None
    etag: str | None = field(default=None, compare=False)

    def stale(self, after: int) -> dict[str, Behind]:
        """The streams of which so many ticks in a row have failed."""
        return {name: behind for name, behind in self.behind.items() if behind.ticks >= after}

    def at_risk(self, now: datetime) -> dict[str, Behind]:
        """The streams whose unseen records Sendcloud will soon delete."""
        return {name: behind for name, behind in self.behind.items() if behind.deleted_in(now) <= WARN_BEFORE}

    @property
    def needs_operator(self) -> bool:
        """Whether nothing changes for some stream until a person acts."""
        return self.paused is not None or any(each.cause in _FOR_A_PERSON for each in self.behind.values())

    def goes_on(self, now: datetime) -> bool:
        """Whether the rest of a tick's walk is in the queue: another tick would only become one more rest there."""
        return self.under_way is not None and now - self.under_way < UNDER_WAY


_FOR_A_PERSON = {NeedsOperator.__name__, CredentialsRejected.__name__}


def after_walk(standing: Standing, outcome: AccountResult, *, credentials: str, now: datetime) -> Standing:
    """The standing after a walk. Pure.

    It is paused where Sendcloud refused its credentials and gave nothing, and no longer where it gave anything; a walk
    that did not get as far as that says nothing about it. What is no longer there falls behind no longer.
    """
    refused = [error for error in outcome.failures.values() if isinstance(error, CredentialsRejected)]
    paused = None if outcome.answered else standing.paused
    if refused and not outcome.answered and not (paused and paused.credentials == credentials):
        paused = Pause(credentials, now, str(refused[0]), refused[0].kind)
    behind = {
        name: Behind(
            known.since if (known := standing.behind.get(name)) else now,
            (known.ticks if known else 0) + 1,
            str(error),
            error.kind,
        )
        for name, error in outcome.failures.items()
    }
    untouched = {
        name: each
        for name, each in standing.behind.items()
        if name not in outcome.reached and (outcome.present is None or name in outcome.present)
    }
    return replace(standing, streams=outcome.streams or standing.streams, paused=paused, behind=untouched | behind)


def digest(credentials: tuple[str, ...]) -> str:
    """Tells credentials from others without telling what they are: the keys are long and random."""
    return hashlib.sha256("\0".join(credentials).encode()).hexdigest()[:16]


def load(store: ObjectStore, account: str) -> Standing:
    """The account's standing; an empty one if it is unknown or unreadable, which later walks correct."""
    try:
        return read(store, account)
    except TryLater as error:  # the walk itself can do without
        log.warning("The standing of account %s was not read: %s", account, error)
        return Standing()


def read(store: ObjectStore, account: str) -> Standing:
    """As ``load``; raises ``TryLater`` where S3 does not answer."""
    stored = store.get(_key(account))
    if stored is None:
        return Standing()
    try:
        return _decoded(json.loads(stored.body), stored.etag)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        log.warning("%s cannot be read and is written again", _key(account))
        return Standing(etag=stored.etag)


def save(store: ObjectStore, account: str, before: Standing, standing: Standing) -> None:
    """Write what changed; if another walk was first, its version stays."""
    if standing != before and store.put(_key(account), _encoded(standing), replaces=before.etag) is None:
        log.info("Another walk has written %s meanwhile", _key(account))


def _key(account: str) -> str:
    return f"state/fetch/{account}/standing.json"


def _encoded(standing: Standing) -> bytes:
    document = {
        "version": VERSION,
        "streams": standing.streams,
        "paused": standing.paused and vars(standing.paused),
        "behind": {name: vars(behind) for name, behind in sorted(standing.behind.items())},
        "under_way": standing.under_way,
    }
    return json.dumps(document, indent=1, ensure_ascii=False, default=timestamp).encode()


def _decoded(document: dict[str, object], etag: str) -> Standing:
    streams, paused, behind = document["streams"], document["paused"], document["behind"]
    if document["version"] != VERSION or not isinstance(behind, dict):
        raise ValueError("version")
    if not (paused is None or isinstance(paused, dict)):
        raise TypeError("paused")
    return Standing(
        streams="account" if streams == "account" else "integration" if streams == "integration" else None,
        paused=None if paused is None else Pause(str(paused["credentials"]), written(paused["since"]), *_why(paused)),
        behind={
            str(name): Behind(written(each["since"]), int(each["ticks"]), *_why(each)) for name, each in behind.items()
        },
        under_way=written_if_any(document.get("under_way")),  # an earlier version wrote none
        etag=etag,
    )


def _why(each: Mapping[str, object]) -> tuple[str, str]:
    return str(each["reason"]), str(each.get("cause", ""))  # an earlier version wrote no cause
