"""Reports a walk: its answer, log lines and metrics. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from integration_logs.errors import IntegrationLogsError, NeedsOperator, TryLater

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fetch_logs.account.standing import Standing
    from fetch_logs.composition_root import RunResult
    from fetch_logs.plan import WalkOrder


class Trouble(NamedTuple):
    """A log line that needs attention."""

    stream: str
    kind: str
    message: str


def answer(order: WalkOrder, done: RunResult) -> dict[str, Any]:
    """How it went, as JSON: ``failures`` by stream; ``late`` records that a complete walk had passed already, and by
    how many seconds at most; ``slices`` that were walked side by side, and why the walk was ``serial`` all the same."""
    walked = done.walk.walked
    return {
        "account": order.account,
        "mode": order.mode,
        "pages": walked.pages,
        "records": walked.records,
        "landed": walked.landed,
        "late": walked.late,
        "late_by_seconds": round(walked.latest),
        "slices": walked.slices,
        "serial": walked.serial,
        "complete": walked.complete and not done.walk.failures and not done.paused,
        "paused": done.paused,
        "failures": {
            stream: {"kind": kind(error), "message": str(error)} for stream, error in done.walk.failures.items()
        },
    }


def troubles(order: WalkOrder, done: RunResult, *, now: datetime) -> list[Trouble]:
    """A line for each failure, for each stream that falls behind, and for each whose records are at risk."""
    lines = [Trouble(stream, kind(error), str(error)) for stream, error in done.walk.failures.items()]
    lines += [
        Trouble(
            stream,
            "StreamBehind",
            f"{_named(order, stream)} has not been walked for {behind.ticks} ticks, since "
            f"{behind.since:%Y-%m-%d %H:%M} UTC: {behind.reason}",
        )
        for stream, behind in done.stale.items()
    ]
    for stream, behind in done.at_risk.items():
        days = max(0, behind.deleted_in(now).days)
        lines.append(
            Trouble(
                stream,
                "ArchiveAtRisk",
                f"Records of {_named(order, stream)} will be deleted unseen in {days} days: {behind.reason}",
            )
        )
    return lines


def gauges(accounts: Iterable[Standing], *, stale_ticks: int, now: datetime) -> dict[str, int]:
    """The metrics of how all accounts stand, by name. Zeros are sent too: an alarm ends with one, not with silence."""
    known = list(accounts)
    return {
        "NeedsOperator": sum(each.needs_operator for each in known),
        "StreamsBehind": sum(len(each.stale(stale_ticks)) for each in known),
        "ArchiveAtRisk": sum(len(each.at_risk(now)) for each in known),
    }


def counts(done: RunResult) -> dict[str, float]:
    """The metrics of a walk, by name; those that are zero are not sent."""
    walked = done.walk.walked
    found: dict[str, float] = {
        "RecordsLanded": walked.landed,
        "RecordsLate": walked.late,
        "LatestRecordSeconds": walked.latest,
        "StreamsBehind": len(done.stale),
        "ArchiveAtRisk": len(done.at_risk),
    }
    for error in done.walk.failures.values():
        found[kind(error)] = found.get(kind(error), 0) + 1
    return found


def kind(error: IntegrationLogsError) -> str:
    """The failure's name, by what to do about it."""
    return next((each.__name__ for each in (NeedsOperator, TryLater) if isinstance(error, each)), "ContractBroken")


def _named(order: WalkOrder, stream: str) -> str:
    return f"account {order.account}" if stream == "account" else f"{stream} of account {order.account}"
