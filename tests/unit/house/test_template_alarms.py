"""The template's alarms: each of a metric that is really there, beyond which value, and whom it tells."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

import archive_logs.handler as archiving
from fetch_logs import report
from fetch_logs.account.outcome import AccountResult
from fetch_logs.stream.result import WalkResult
from integration_logs.errors import NeedsOperator
from tests.unit.house.template_tables import EXPECTED, RESOURCES, TEMPLATE, named, of_type

SIGNS = {"GreaterThanOrEqualToThreshold": ">=", "LessThanThreshold": "<"}
DIMENSIONS = {"AWS/SQS": "QueueName", "AWS/Lambda": "FunctionName", "IntegrationLogs": "service"}
ALARMS = of_type("AWS::CloudWatch::Alarm")


def told(alarm: dict[str, Any]) -> dict[str, Any]:
    """The alarm in the words of the table."""
    (dimension,) = alarm["Dimensions"]
    assert dimension["Name"] == DIMENSIONS[alarm["Namespace"]]
    own = alarm["Namespace"] == "IntegrationLogs"
    row = {
        "metric": f"{alarm['Namespace']} {alarm['MetricName']}",
        "of": "service" if own else named(dimension["Value"]),
        "when": f"{alarm['Statistic']} {SIGNS[alarm['ComparisonOperator']]} {alarm['Threshold']}",
        "seconds": alarm["Period"],
        "missing": alarm["TreatMissingData"],
    }
    if "InsufficientDataActions" in alarm:
        row["no_data_rings"] = alarm["InsufficientDataActions"] == [{"Ref": "AlarmTopic"}]
    return row if alarm["EvaluationPeriods"] == 1 else row | {"periods": alarm["EvaluationPeriods"]}


def test_the_alarms_are_those_of_the_table() -> None:
    """Each alarm has its metric, its threshold and what missing data mean, and there is no other alarm."""
    assert {name: told(alarm) for name, alarm in ALARMS.items()} == EXPECTED["alarms"]


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_tells_somebody(name: str) -> None:
    """When it begins and when it ends, and it is not switched off."""
    alarm = ALARMS[name]
    assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "AlarmTopic"}]
    assert alarm.get("ActionsEnabled", True) is True
    assert "Condition" not in RESOURCES[name]


def emitted(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The metrics that fetch_logs and archive_logs count when all that can go wrong has gone wrong."""
    at = datetime(2026, 11, 22, tzinfo=UTC)
    behind = SimpleNamespace(ticks=12, since=at, reason="x")
    walk = AccountResult(WalkResult(), failures={"account": NeedsOperator("x")})
    done = SimpleNamespace(walk=walk, stale={"account": behind}, at_risk={"account": behind}, paused=False)
    found = {name for name, value in report.counts(cast("Any", done)).items() if value}

    class Archiver:
        def carry_out(self, _order: object, _left: object, count: Any) -> dict[str, Any]:
            count(SimpleNamespace(rows=1, quarantined=1, extra=1))
            return {"incomplete": ["2026-11-20"]}

    counting = SimpleNamespace(add_metric=lambda name, *_: found.add(name))
    monkeypatch.setattr(archiving, "metrics", counting)
    monkeypatch.setattr(archiving, "compose", Archiver)
    archiving._carry_out(cast("Any", SimpleNamespace(task="manifest")), lambda: 1.0)
    return found


def test_the_code_counts_what_its_alarms_are_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alarm of a metric that nothing emits would never go off."""
    of_the_code = {each["MetricName"] for each in ALARMS.values() if each["Namespace"] == "IntegrationLogs"}
    assert of_the_code <= emitted(monkeypatch)
    assert len(of_the_code) == 5


def test_the_codes_metrics_are_where_the_alarms_look() -> None:
    """Namespace and service are those that the functions are told."""
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_SERVICE_NAME"] == {"Ref": "AWS::StackName"}
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "IntegrationLogs"
    for alarm in ALARMS.values():
        if alarm["Namespace"] == "IntegrationLogs":
            assert alarm["Dimensions"] == [{"Name": "service", "Value": variables["POWERTOOLS_SERVICE_NAME"]}]


def test_an_alarm_for_every_function_and_every_dead_letter() -> None:
    """Whatever fails for good goes off somewhere."""
    rows = EXPECTED["alarms"].values()
    failing = {row["of"] for row in rows if row["metric"] == "AWS/Lambda Errors"}
    assert failing == set(of_type("AWS::Serverless::Function"))
    waiting = {row["of"] for row in rows if row["metric"] == "AWS/SQS ApproximateNumberOfMessagesVisible"}
    assert waiting == {name for name in of_type("AWS::SQS::Queue") if name.endswith("DeadLetters")}
