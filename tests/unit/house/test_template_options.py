"""What the template has beside the functions: Athena's limits, and the access logs that are off until wanted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.house.cloudformation import Stack
from tests.unit.house.template_tables import RESOURCES, TEMPLATE

LOGGING = {"ApiAccessLogs": "on", "BucketAccessLogs": "on"}
POOL = {"CognitoUserPoolArn": "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a"}


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def stages(**given: str) -> list[Any]:
    """How each API is to log its requests."""
    found = Stack("logs", {**POOL, **given}).resources().values()
    return [each["Properties"].get("AccessLogSetting") for each in found if each["Type"] == "AWS::ApiGateway::Stage"]


def test_a_query_reads_as_much_as_it_may() -> None:
    """By the workgroup's word alone, with the engine that the documentation is about."""
    configuration = RESOURCES["Workgroup"]["Properties"]["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["EngineVersion"] == {"SelectedEngineVersion": "Athena engine version 3"}
    assert configuration["BytesScannedCutoffPerQuery"] == {"Ref": "BytesScannedCutoffPerQuery"}
    assert TEMPLATE["Parameters"]["BytesScannedCutoffPerQuery"]["Default"] == 10 << 30
    assert TEMPLATE["Parameters"]["BytesScannedCutoffPerQuery"]["MinValue"] == 10 << 20  # Athena's own


def test_nothing_is_logged_unless_it_is_wanted() -> None:
    """Neither requests to the API nor those to the bucket, and nothing is made for their logs."""
    resources = Stack("logs", {}).resources()
    assert not {"AccessLogBucket", "AccessLogBucketPolicy", "ApiAccessLogGroup"} & set(resources)
    assert "LoggingConfiguration" not in resources["Bucket"]["Properties"]
    assert stages() == [None, None]


def test_requests_to_the_api_are_logged_where_wanted() -> None:
    """Those to both APIs, as JSON, for as long as the functions' own logs, and without what is searched for."""
    group = Stack("logs", {**LOGGING, "LogRetentionDays": "90"}).resources()["ApiAccessLogGroup"]["Properties"]
    assert group == {"LogGroupName": "/integration-logs/logs/api", "RetentionInDays": "90"}
    setting, other = stages(**LOGGING)
    assert setting == other
    assert setting["DestinationArn"] == "<logs/ApiAccessLogGroup.Arn>"
    fields = json.loads(setting["Format"])
    assert "$context.requestId" in fields.values()
    assert not [each for each in fields.values() if "querystring" in each.lower() or "body" in each.lower()]


def test_requests_to_the_bucket_are_logged_where_wanted() -> None:
    """Into another bucket, which forgets them with the functions' own logs and itself logs nothing."""
    resources = Stack("logs", {**LOGGING, "LogRetentionDays": "90"}).resources()
    logging = resources["Bucket"]["Properties"]["LoggingConfiguration"]
    assert logging["DestinationBucketName"] == "<logs/AccessLogBucket>"
    kept = resources["AccessLogBucket"]["Properties"]
    assert [rule["ExpirationInDays"] for rule in kept["LifecycleConfiguration"]["Rules"]] == ["90"]
    assert "LoggingConfiguration" not in kept
    assert "VersioningConfiguration" not in kept
