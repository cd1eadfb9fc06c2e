"""What has happened and is still to be reported: stored with the state that it comes from, before it is sent. Pure.

A happening is sent to two channels, ``bus`` and ``topic``, each for itself: it stays until each that is ``pending`` has
it. A run claims everything there is before it sends, for ``CLAIM``; meanwhile no other run does, so that two runs at
once send once and in order. A run that dies leaves its claim to expire: the next check sends again what it may have
sent, under the same id. In the state a list, in order::

    [{"happening": {…}, "pending": ["bus", "topic"], "claim": {"run": "5d41…", "until": "…"}}, …]      claim may be null
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, cast, get_args

from check_status.happenings import Happening
from integration_logs.json_types import JsonValue
from integration_logs.times import timestamp, written

type Channel = Literal["bus", "topic"]
CHANNELS: tuple[Channel, ...] = get_args(Channel.__value__)

CLAIM = timedelta(minutes=2)
"""Longer than an invocation can take: a claim that has expired is that of a run that is no more."""


@dataclass(frozen=True)
class Claim:
    """Which run sends it, and until when no other does."""

    run: str
    until: datetime


@dataclass(frozen=True)
class Entry:
    """A happening, and the channels that do not have it yet."""

    happening: Happening
    pending: tuple[Channel, ...]
    claim: Claim | None = None


type Outbox = tuple[Entry, ...]
type Sent = Collection[tuple[str, Channel]]
"""The ids of happenings, each with a channel that has it."""


def added(outbox: Outbox, happenings: Iterable[Happening], *, noticed: Callable[[Happening], bool]) -> Outbox:
    """With these behind what is there; those that are not ``noticed`` go to the bus alone."""
    entries = (Entry(each, CHANNELS if noticed(each) else ("bus",)) for each in happenings)
    return (*outbox, *entries)


def claimed(outbox: Outbox, run: str, now: datetime) -> Outbox:
    """Everything claimed by the run; unchanged while another run's claim on any of it lasts."""
    if any(entry.claim and entry.claim.run != run and entry.claim.until > now for entry in outbox):
        return outbox
    return tuple(replace(entry, claim=Claim(run, now + CLAIM)) for entry in outbox)


def claimed_by(outbox: Outbox, run: str) -> list[Entry]:
    """What the run is to send, in order."""
    return [entry for entry in outbox if entry.claim and entry.claim.run == run]


def settled(outbox: Outbox, sent: Sent, run: str) -> Outbox:
    """Without what has been sent, and without the run's claims."""
    left = (
        replace(
            entry,
            pending=tuple(channel for channel in entry.pending if (entry.happening.id, channel) not in sent),
            claim=None if entry.claim and entry.claim.run == run else entry.claim,
        )
        for entry in outbox
    )
    return tuple(entry for entry in left if entry.pending)


def batches(entries: Sequence[Entry], most: int) -> list[list[Happening]]:
    """What the bus is still to have, in order, a few at a time, and never two of one subject together.

    Of one batch some may be refused; what happened to a subject next must then wait.
    """
    found: list[list[Happening]] = []
    for happening in (entry.happening for entry in entries if "bus" in entry.pending):
        if not found or len(found[-1]) == most or happening.subject in {each.subject for each in found[-1]}:
            found.append([])
        found[-1].append(happening)
    return found


def groups(entries: Sequence[Entry]) -> list[list[Happening]]:
    """What the topic is still to have, in order: what one check found of one integration is one notice."""
    found: dict[tuple[int | None, datetime], list[Happening]] = {}
    for happening in (entry.happening for entry in entries if "topic" in entry.pending):
        found.setdefault((happening.integration_id, happening.at), []).append(happening)
    return list(found.values())


def document(outbox: Outbox) -> list[JsonValue]:
    """The JSON form, which ``of_document`` reads."""
    return [
        {
            "happening": entry.happening.document(),
            "pending": list(entry.pending),
            "claim": {"run": entry.claim.run, "until": timestamp(entry.claim.until)} if entry.claim else None,
        }
        for entry in outbox
    ]


def of_document(document: Iterable[Any]) -> Outbox:
    """Raises ``KeyError``, ``TypeError`` or ``ValueError`` where one is no entry."""
    return tuple(map(_entry, document))


def _entry(document: Any) -> Entry:
    pending, claim = document["pending"], document["claim"]
    if not pending or not set(pending) <= set(CHANNELS):
        raise ValueError("pending")
    return Entry(
        Happening.of(document["happening"]),
        tuple(cast("list[Channel]", pending)),
        Claim(str(claim["run"]), written(claim["until"])) if claim else None,
    )
