"""Which streams were walked to their end, and when: what a day's completeness stands on.

fetch_logs writes, archive_logs reads. ``state/fetch/<account>/sweeps/<stream>.json``, the stream being ``account`` or
``integration-<id>``, speaks of the last walk of that stream over all that Sendcloud keeps::

    {"version": 1, "stream": "account", "mode": "sweep",
     "began_at": "2026-11-22T03:17:02.000000Z",      when its first page was asked for
     "ended_at": "2026-11-22T03:19:40.000000Z",      when all that it found had landed
     "since": "2026-10-01T10:00:00.000000Z"}         how far back the first such walk of the stream reached

``state/fetch/<account>/sweeps/listed.json`` says which integrations there were when the last such walk over the
integrations' own streams began::

    {"version": 1, "listed_at": "2026-11-22T03:17:02.000000Z", "integration_ids": [101, 102]}

A record is lost without harm: a day is then called complete later, or never.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from integration_logs.errors import TryLater
from integration_logs.times import timestamp, written

if TYPE_CHECKING:
    from integration_logs.bucket.objects import ObjectStore

log = logging.getLogger(__name__)

VERSION = 1

RETENTION = timedelta(days=30)
"""How long Sendcloud keeps a record (Sendcloud help centre: integration logs)."""

WARN_BEFORE = timedelta(days=10)
"""How long before Sendcloud deletes unseen records somebody is told."""

_TRIES = 5


@dataclass(frozen=True)
class Sweep:
    """A walk over all that Sendcloud kept of one stream; see the module for the times."""

    mode: str
    began_at: datetime
    ended_at: datetime
    since: datetime

    def reaches(self, time: datetime) -> bool:
        """Whether all that Sendcloud had at ``began_at`` of what happened from that time on has landed.

        Not from ``began_at - RETENTION`` on: what Sendcloud deleted while the walk was under way, it may have missed.
        """
        return self.ended_at - RETENTION <= time


@dataclass(frozen=True)
class Listed:
    """The integrations that an account had at ``at``."""

    at: datetime
    integration_ids: tuple[int, ...]


@dataclass(frozen=True)
class Swept:
    """What is known of one account: the last sweep of each of its streams by name, and its integrations."""

    streams: Mapping[str, Sweep] = field(default_factory=dict)
    listed: Listed | None = None


def prefix(account: str) -> str:
    """Below it is all that is known of the account's sweeps."""
    return f"state/fetch/{account}/sweeps/"


def record(store: ObjectStore, account: str, stream: str, sweep: Sweep) -> None:
    """Record a sweep of which everything has landed, unless one that began later is recorded already.

    Raises what the store raises, and ``TryLater`` where other walks keep replacing the record.
    """
    key = f"{prefix(account)}{stream}.json"
    for _ in range(_TRIES):
        stored = store.get(key)
        before = _sweep(key, stored.body) if stored else None
        if before and before.began_at >= sweep.began_at:
            return
        since = min(sweep.since, before.since) if before else sweep.since
        document = {"version": VERSION, "stream": stream, **vars(sweep), "since": since}
        body = json.dumps(document, indent=1, default=timestamp).encode()
        if store.put(key, body, replaces=stored.etag if stored else None):
            return
    raise TryLater(f"Other walks keep replacing {key}.")


def record_listed(store: ObjectStore, account: str, integration_ids: Iterable[int], *, at: datetime) -> None:
    """Record which integrations there are; where another walk does so at the same time, its word is as good."""
    key = f"{prefix(account)}listed.json"
    stored = store.get(key)
    document = {"version": VERSION, "listed_at": timestamp(at), "integration_ids": sorted(integration_ids)}
    store.put(key, json.dumps(document).encode(), replaces=stored.etag if stored else None)


def read(account: str, objects: Mapping[str, bytes]) -> Swept:
    """What the objects below the account's ``prefix``, by key, say; what cannot be read says nothing."""
    listed = objects.get(f"{prefix(account)}listed.json")
    sweeps = {
        key.removeprefix(prefix(account)).removesuffix(".json"): _sweep(key, body)
        for key, body in objects.items()
        if not key.endswith("/listed.json")
    }
    return Swept(
        {stream: sweep for stream, sweep in sweeps.items() if sweep is not None},
        None if listed is None else _listed(account, listed),
    )


def _sweep(key: str, body: bytes) -> Sweep | None:
    try:
        document = json.loads(body)
        if document["version"] != VERSION:
            raise ValueError("version")
        times = [written(document[name]) for name in ("began_at", "ended_at", "since")]
        return Sweep(str(document["mode"]), *times)
    except (ValueError, KeyError, TypeError):
        log.warning("%s cannot be read; the next sweep writes it again", key)
        return None


def _listed(account: str, body: bytes) -> Listed | None:
    try:
        document = json.loads(body)
        if document["version"] != VERSION:
            raise ValueError("version")
        return Listed(written(document["listed_at"]), tuple(int(id_) for id_ in document["integration_ids"]))
    except (ValueError, KeyError, TypeError):
        log.warning("%slisted.json cannot be read; the next sweep writes it again", prefix(account))
        return None
