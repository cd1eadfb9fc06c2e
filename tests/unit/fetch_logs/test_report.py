from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from fetch_logs import report
from fetch_logs.account.outcome import AccountResult
from fetch_logs.account.standing import Behind
from fetch_logs.composition_root import RunResult
from fetch_logs.plan import WalkOrder
from fetch_logs.report import Trouble
from fetch_logs.stream.result import WalkResult
from integration_logs.errors import ContractBroken, CredentialsRejected, IntegrationLogsError, NeedsOperator, TryLater

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ORDER = WalkOrder("main", "sweep")
WALKED = WalkResult(
    pages=3, records=210, landed=5, late=2, latest=432_000.4, complete=True, slices=4, serial="said why"
)


def test_the_answer() -> None:
    """The answer is JSON: what was walked, what was late and by how much, whether it came to its end."""
    assert json.loads(json.dumps(report.answer(ORDER, RunResult(AccountResult(WALKED))))) == {
        "account": "main",
        "mode": "sweep",
        "pages": 3,
        "records": 210,
        "landed": 5,
        "late": 2,
        "late_by_seconds": 432_000,
        "slices": 4,
        "serial": "said why",
        "complete": True,
        "paused": False,
        "failures": {},
    }


@pytest.mark.parametrize(
    "done",
    [
        RunResult(AccountResult(WALKED, {"account": TryLater("503")})),
        RunResult(AccountResult(WalkResult(pages=1))),
        RunResult(AccountResult(WALKED), paused=True),
    ],
)
def test_what_is_not_complete(done: RunResult) -> None:
    """A walk that failed somewhere, was cut short or did not take place is not called complete."""
    assert report.answer(ORDER, done)["complete"] is False


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TryLater("x"), "TryLater"),
        (NeedsOperator("x"), "NeedsOperator"),
        (CredentialsRejected("x"), "NeedsOperator"),
        (ContractBroken("x"), "ContractBroken"),
    ],
)
def test_failures_are_told_by_kind(error: IntegrationLogsError, kind: str) -> None:
    """Each failure is in the answer, in the log and in the metrics, under what is to be done about it."""
    done = RunResult(AccountResult(WALKED, {"integration-7": error, "integration-8": error}))
    assert report.answer(ORDER, done)["failures"]["integration-7"] == {"kind": kind, "message": "x"}
    assert report.troubles(ORDER, done, now=NOW)[0] == Trouble("integration-7", kind, "x")
    assert report.counts(done)[kind] == 2


def test_a_stream_that_falls_behind() -> None:
    """The line says which stream of which account, for how many ticks, since when and why."""
    done = RunResult(AccountResult(WALKED), stale={"integration-7": Behind(NOW - timedelta(hours=1), 4, "503.")})
    assert report.troubles(ORDER, done, now=NOW) == [
        Trouble(
            "integration-7",
            "StreamBehind",
            "integration-7 of account main has not been walked for 4 ticks, since 2026-11-22 11:00 UTC: 503.",
        )
    ]
    assert report.counts(done)["StreamsBehind"] == 1


@pytest.mark.parametrize(("ago", "days"), [(21, 9), (29.5, 0), (40, 0)])
def test_records_at_risk(ago: float, days: int) -> None:
    """The line says in how many days records will be deleted unseen, never fewer than none."""
    done = RunResult(
        AccountResult(WALKED), at_risk={"account": Behind(NOW - timedelta(days=ago), 9, "503.")}, paused=True
    )
    (trouble,) = report.troubles(ORDER, done, now=NOW)
    assert trouble == Trouble(
        "account", "ArchiveAtRisk", f"Records of account main will be deleted unseen in {days} days: 503."
    )
    assert report.counts(done)["ArchiveAtRisk"] == 1


def test_an_idle_walk_counts_nothing() -> None:
    """A walk that found nothing sends no metric."""
    assert not any(report.counts(RunResult(AccountResult(WalkResult(pages=1, records=20, complete=True)))).values())


def test_the_counts() -> None:
    """What landed, what was late and by how much are metrics."""
    counts = report.counts(RunResult(AccountResult(WALKED)))
    assert counts == {
        "RecordsLanded": 5,
        "RecordsLate": 2,
        "LatestRecordSeconds": 432_000.4,
        "StreamsBehind": 0,
        "ArchiveAtRisk": 0,
    }
