"""Streams whose unseen records Sendcloud will soon delete: reported once, until that is over. Pure.

fetch_logs records which streams are behind in ``state/fetch/<account>/standing.json``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from check_status.happenings import Happening
from check_status.verdicts.facts import words
from integration_logs.bucket.sweeps import RETENTION, WARN_BEFORE
from integration_logs.json_types import JsonObject
from integration_logs.times import timestamp, written

type Streams = Mapping[str, datetime]
"""By the stream's name (``account``, ``integration-<id>``): since when it is at risk, as the check saw it."""

ALL = "account"
"""The stream that holds everything of the account."""

_LONGEST_REASON = 500


@dataclass(frozen=True)
class Behind:
    """A stream that is behind: since when, and why; ``cause`` is the error's ``kind``."""

    since: datetime
    reason: str
    cause: str = ""


def behind(standing: Mapping[str, Any] | None) -> dict[str, Behind]:
    """Which streams are behind, from the account's standing (``None``: none was written yet).

    A paused account is behind with ``ALL``. Raises ``KeyError``, ``TypeError``,
    ``AttributeError`` or ``ValueError`` if it is not a standing.
    """
    if standing is None:
        return {}
    found = {str(name): _behind(each) for name, each in standing["behind"].items()}
    return {ALL: _behind(standing["paused"])} | found if standing["paused"] else found


def step(
    at_risk: Streams, streams: Mapping[str, Behind], *, account: str, now: datetime
) -> tuple[dict[str, datetime], list[Happening]]:
    """The streams at risk after a check that found these behind, and what is new; ``ALL`` stands for the others."""
    found = {name: each for name, each in sorted(streams.items()) if each.since + RETENTION - now <= WARN_BEFORE}
    if ALL in found:
        found = {ALL: found[ALL]}
    new = [_happening(account, name, each, now) for name, each in found.items() if name not in at_risk]
    return {name: at_risk.get(name, now) for name in found}, new


def document(at_risk: Streams) -> JsonObject:
    """The JSON form, which ``of_document`` reads."""
    return {name: timestamp(since) for name, since in sorted(at_risk.items())}


def of_document(document: Mapping[str, Any]) -> dict[str, datetime]:
    """Raises ``ValueError`` or ``AttributeError`` where the document is none."""
    return {str(name): written(since) for name, since in document.items()}


def _behind(each: Mapping[str, Any]) -> Behind:
    return Behind(written(each["since"]), words(each["reason"], _LONGEST_REASON) or "", str(each.get("cause", "")))


def _happening(account: str, stream: str, each: Behind, now: datetime) -> Happening:
    integration = re.fullmatch(r"integration-(\d{1,19})", stream)
    return Happening(
        kind="Archive At Risk",
        account=account,
        integration_id=int(integration[1]) if integration else None,
        at=now,
        subject=stream,
        ordinal=1,  # the time tells one from the next
        detail={
            "since": timestamp(each.since),
            "deleted_from": timestamp(each.since + RETENTION),
            "reason": each.reason,
            "cause": each.cause,
        },
    )
