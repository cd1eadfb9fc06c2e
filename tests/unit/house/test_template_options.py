"""What the template has beside the functions: Athena's limits, and the access logs that are off until wanted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.house.cloudformation import Stack
from tests.unit.house.template_tables import RESOURCES, ROOT, TEMPLATE

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


def test_each_exception_from_a_check_has_its_reason() -> None:
    """Beside the resource, and none is for all of the template; `make validate` runs both checks."""
    skipped = [
        (name, each)
        for name, resource in RESOURCES.items()
        for each in resource.get("Metadata", {}).get("checkov", {}).get("skip", ())
    ]
    assert len(skipped) >= 27
    for name, each in skipped:
        assert each["id"].startswith("CKV_"), name
        assert len(each["comment"].split()) > 9, name
    assert not {"checkov", "cfn-lint"} & set(TEMPLATE["Metadata"])
    validate = (ROOT / "Makefile").read_text().partition("\nvalidate:")[2].partition("\n\n")[0]
    assert "cfn-lint --include-checks I --template template.yaml" in validate
    assert "checkov --file template.yaml" in validate
    assert "--skip-download" in validate  # it would ask its maker's server
    assert "--skip-check" not in validate


def test_what_has_content_says_what_becomes_of_it() -> None:
    """With the stack: what cannot be made again stays, the rest goes, and neither by default."""
    stays = {name for name, each in RESOURCES.items() if each.get("DeletionPolicy") == "RetainExceptOnCreate"}
    assert stays == {"Bucket", "BucketPolicy", "AccessLogBucket", "AccessLogBucketPolicy", "PseudonymKey"}
    for name, each in RESOURCES.items():
        if each["Type"] in {"AWS::SQS::Queue", "AWS::Logs::LogGroup"}:
            assert (each["DeletionPolicy"], each["UpdateReplacePolicy"]) == ("Delete", "Delete"), name


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
