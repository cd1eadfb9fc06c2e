"""What is known of one account from one check to the next: ``state/status/<account>.json``, by compare-and-swap.

::

    {"version": 2, "account": "main",
     "watching_since": "2026-11-22T02:41:22.000000Z",    the account's first check
     "checked_at": "…",                                  the last one
     "wemasy": null,                                     what WeMaSy said last, see ``facts.WemasyAnswer``
     "checks": {"account": {…}, "integration-101": {…}}, the last check of each subject, see ``step.py``
     "subjects": {"account": {…}, …},                    how each subject's verdict stands, see ``transitions.py``
     "problems": {…}, "seen": {…},                       the problems, and which summaries they hold: ``lifecycle.py``
     "first_look": {"left": 58110, "next": 101},         only while there are summaries that no check had time to read:
                                                         how many, and with which integration's the next one begins
     "at_risk": {…},                                     the streams that are at risk: ``at_risk.py``
     "outbox": […]}                                      what is still to be told: ``outbox.py``

Version 1 held nothing but the last answer of WeMaSy: it says since when the account is watched, and the next check is
the first look at it. A document that cannot be read is no first look: to forget what has been announced would be to
announce it again. The check stops then, and says how to bring the last version back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from check_status.check.columns import COLUMNS
from check_status.problems import at_risk, lifecycle
from check_status.telling import outbox
from check_status.verdicts.facts import Integration, WemasyAnswer
from check_status.verdicts.transitions import Subject
from integration_logs.errors import NeedsOperator
from integration_logs.json_types import JsonObject
from integration_logs.times import timestamp, written

if TYPE_CHECKING:
    from integration_logs.bucket.objects import ObjectStore

VERSION = 2


class UnreadableStateError(NeedsOperator):
    """This version cannot read the state; an operator restores an earlier one."""


@dataclass(frozen=True)
class FirstLook:
    """A look that has not read all there is: how many summaries are left, and with which integration it goes on."""

    left: int
    next: int


@dataclass(frozen=True)
class State:
    """See the module for the fields; ``etag`` is what a replacement must name, ``None`` before there is one."""

    account: str
    watching_since: datetime
    checked_at: datetime | None = None
    wemasy: WemasyAnswer | None = None
    checks: Mapping[str, JsonObject] = field(default_factory=dict)
    subjects: Mapping[str, Subject] = field(default_factory=dict)
    problems: lifecycle.Problems = field(default_factory=dict)
    seen: Mapping[str, str] = field(default_factory=dict)
    first_look: FirstLook | None = None
    at_risk: at_risk.Streams = field(default_factory=dict)
    outbox: outbox.Outbox = ()
    etag: str | None = field(default=None, compare=False)


def load(store: ObjectStore, account: str) -> State | None:
    """The account's state, ``None`` before its first check.

    Raises ``UnreadableStateError`` where what is there is no state, and what the store raises.
    """
    stored = store.get(key(account))
    if stored is None:
        return None
    try:
        return decoded(json.loads(stored.body), account, stored.etag)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise UnreadableStateError(
            f"{key(account)} is no state that this version of check_status can read: restore its last good version "
            "(docs/operations.md says how), or deploy the version that wrote it."
        ) from None


def save(store: ObjectStore, state: State) -> str | None:
    """Put the state in place of the one that it was made from; its etag, or ``None`` where another run was first."""
    return store.put(key(state.account), encoded(state), replaces=state.etag)


def key(account: str) -> str:
    """Where an account's state is."""
    return f"state/status/{account}.json"


def encoded(state: State) -> bytes:
    """The document."""
    document: JsonObject = {
        "version": VERSION,
        "account": state.account,
        "watching_since": timestamp(state.watching_since),
        "checked_at": timestamp(state.checked_at) if state.checked_at else None,
        "wemasy": state.wemasy.document() if state.wemasy else None,
        "checks": dict(sorted(state.checks.items())),
        "subjects": {name: subject.document() for name, subject in sorted(state.subjects.items())},
        "problems": lifecycle.documents(state.problems),
        "seen": dict(sorted(state.seen.items())),
        **({"first_look": {**vars(state.first_look)}} if state.first_look else {}),
        "at_risk": at_risk.document(state.at_risk),
        "outbox": outbox.document(state.outbox),
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def decoded(document: dict[str, Any], account: str, etag: str | None) -> State:
    """Read a document back; raises whatever a document that is none leads to."""
    if document["account"] != account:
        raise ValueError("account")
    if "version" not in document:
        return State(account, watching_since=written(document["checked_at"]), etag=etag)
    if document["version"] != VERSION:
        raise ValueError("version")
    return State(
        account=account,
        watching_since=written(document["watching_since"]),
        checked_at=written(document["checked_at"]) if document["checked_at"] else None,
        wemasy=WemasyAnswer.of(document["wemasy"]) if document["wemasy"] else None,
        checks={name: _check(check) for name, check in document["checks"].items()},
        subjects={name: Subject.of(subject) for name, subject in document["subjects"].items()},
        problems=lifecycle.of_documents(document["problems"]),
        seen={str(rest): str(known) for rest, known in document["seen"].items()},
        first_look=_first_look(document.get("first_look")),
        at_risk=at_risk.of_document(document["at_risk"]),
        outbox=outbox.of_document(document["outbox"]),
        etag=etag,
    )


def _first_look(document: dict[str, Any] | None) -> FirstLook | None:
    return None if document is None else FirstLook(int(document["left"]), int(document["next"]))


def _check(document: dict[str, Any]) -> JsonObject:
    """A line of the last check; one of an earlier version lacks the columns that were added since."""
    check: JsonObject = dict.fromkeys((column.name for column in COLUMNS), None) | document
    written(check["checked_at"])
    if check["integration_id"] is not None:
        Integration.of(check)
    return check
