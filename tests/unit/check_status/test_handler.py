from __future__ import annotations

import json
from typing import Any

import pytest
from aws_lambda_powertools import Metrics

from check_status import handler as handling
from integration_logs.errors import NeedsOperator, TryLater
from tests.fakes.api_event import LambdaContext


class Found:
    """The parts of the function, as far as the handler knows them."""

    def __init__(self, *accounts: dict[str, Any], **failures: BaseException) -> None:
        self.accounts, self.failures = list(accounts), failures

    def run(self, seconds_left: Any) -> tuple[list[dict[str, Any]], dict[str, BaseException]]:
        assert seconds_left() > 0
        return self.accounts, self.failures


def account(verdict: str, *integrations: str) -> dict[str, Any]:
    return {"account": "main", "verdict": verdict, "integrations": [{"verdict": each} for each in integrations]}


def handle(monkeypatch: pytest.MonkeyPatch, *accounts: dict[str, Any], **failures: BaseException) -> dict[str, Any]:
    monkeypatch.setattr(handling, "compose", lambda: Found(*accounts, **failures))
    monkeypatch.setattr(handling, "metrics", Metrics(namespace="tests", service="tests"))
    context: Any = LambdaContext()
    return handling.handler({"task": "check"}, context)


def metrics(printed: str) -> list[float]:
    """The values of the metric that were sent."""
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    return [value for line in lines if "_aws" in line for value in line["ChecksNotHealthy"]]


def test_what_is_not_healthy_is_counted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each account and each integration whose verdict is not healthy counts, and the answer has them all."""
    accounts = [account("healthy", "healthy", "failing", "silent"), account("unreachable")]
    assert handle(monkeypatch, *accounts) == {"checks": accounts}
    assert sum(metrics(capsys.readouterr().out)) == 3


def test_nothing_is_counted_where_all_is_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where every verdict is healthy no metric is sent."""
    handle(monkeypatch, account("healthy", "healthy"), account("healthy"))
    assert metrics(capsys.readouterr().out) == []


def test_the_log_line_is_short(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A line of the log says how many integrations have which verdict, however many there are."""
    handle(monkeypatch, account("healthy", *["failing"] * 500, "healthy"))
    (line,) = [vars(record)["check"] for record in caplog.records if record.message == "Status checked"]
    assert line["integrations"] == {"failing": 500, "healthy": 1}


def test_a_failed_account_is_the_invocations_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Each account's failure is logged with its kind, the others' checks are logged and counted, and then it fails."""
    failures = {"second": NeedsOperator("Bring it back."), "third": TryLater("S3.")}
    with pytest.raises(NeedsOperator, match="Bring it back"):
        handle(monkeypatch, account("unreachable"), **failures)
    assert sum(metrics(capsys.readouterr().out)) == 1
    said = [(vars(record).get("account"), vars(record).get("kind")) for record in caplog.records]
    assert said == [(None, None), ("second", "NeedsOperator"), ("third", "TryLater")]
