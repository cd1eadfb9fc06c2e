"""What ``make doctor`` says of a stack, over clients that answer as AWS documents it; nothing is asked for real."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from sandbox.doctor import __main__ as doctor
from sandbox.doctor import archive, checks, permissions, upstreams
from sandbox.doctor.deployment import Deployment, Finding, Resource
from sandbox.running import NothingRunningError
from tests.unit.house.template_tables import TEMPLATE

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = "canary-Zq81-secret"
STACK_ID = "arn:aws:cloudformation:eu-west-1:123456789012:stack/logs/1"
TYPES = {name: each["Type"] for name, each in TEMPLATE["Resources"].items()}
EXTRA = {"FetchLogsTick": "AWS::Scheduler::Schedule", "CheckStatusCheck": "AWS::Scheduler::Schedule"}
PHYSICAL = {
    "NoticeTopic": "arn:aws:sns:eu-west-1:123456789012:notices",
    "AlarmTopic": "arn:aws:sns:x:1:alarms",
    "PseudonymKey": "arn:aws:secretsmanager:eu-west-1:1:secret:key",
}


class Client:
    """A client of any service: each operation answers what it was given, or a function of the request."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def ask(**request: Any) -> Any:
            answer = self.answers[name]
            return answer(**request) if callable(answer) else answer

        return ask

    def get_paginator(self, name: str) -> Client:
        return Client(paginate=lambda **request: [getattr(self, name)(**request)])


def refusing(**_: Any) -> Any:
    raise ClientError({"Error": {"Code": "AccessDenied", "Message": CANARY}}, "GetSchedule")


def deployed(*, embedded: bool = False, parameters: dict[str, str] | None = None, **clients: Client) -> Deployment:
    """A stack whose clients are these."""
    given = {"AccountNames": "main", "SecretPrefix": "integration-logs", "WalkConcurrency": "10"} | (parameters or {})
    described = {
        "StackId": STACK_ID,
        "StackStatus": "UPDATE_COMPLETE",
        "Outputs": [{"OutputKey": name, "OutputValue": name.lower()} for name in ("BucketName", "DatabaseName")],
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
    }
    resources = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": PHYSICAL.get(name, f"logs-{name}"),
            "ResourceType": type_.replace("Serverless::Function", "Lambda::Function"),
        }
        for name, type_ in {**TYPES, **EXTRA}.items()
    ]
    formation = Client(
        describe_stacks={"Stacks": [described]}, list_stack_resources={"StackResourceSummaries": resources}
    )
    return Deployment("logs", lambda service: {"cloudformation": formation, **clients}[service], embedded)


def said(found: Any) -> dict[str, Finding]:
    return {each.name: each for each in found}


# --- what AWS was told -----------------------------------------------------------------------------------------------


def test_a_deployment_that_was_rolled_back() -> None:
    """A stack of which the last deployment failed says so."""
    given = deployed()
    assert said(checks.stack(given))["stack"].ok
    given.client("cloudformation").answers["describe_stacks"]["Stacks"][0]["StackStatus"] = "UPDATE_ROLLBACK_COMPLETE"
    assert not said(checks.stack(Deployment("logs", given.client, embedded=False)))["stack"].ok


def test_schedules_and_the_rule() -> None:
    """What is off is named, with where to switch it on."""

    def schedule(Name: str) -> dict[str, str]:  # noqa: N803  # AWS's name
        return {"State": "DISABLED" if "Tick" in Name else "ENABLED", "ScheduleExpression": "rate(5 minutes)"}

    events = Client(describe_rule={"State": "DISABLED"})
    found = said(checks.schedules(deployed(scheduler=Client(get_schedule=schedule), events=events)))
    assert {name: each.ok for name, each in found.items()} == {
        "schedule FetchLogsTick": False,
        "schedule CheckStatusCheck": True,
        "rule LandedRule": False,
    }
    assert found["schedule FetchLogsTick"].say.endswith(
        "enable the schedule logs-FetchLogsTick in EventBridge Scheduler"
    )


@pytest.mark.parametrize(
    ("mappings", "ok", "say"),
    [
        ([{"State": "Enabled", "UUID": "u1"}], True, "on"),
        ([{"State": "Disabled", "UUID": "u1"}], False, "enable the event source mapping u1"),
        ([], False, "deploy again"),
    ],
)
def test_event_sources(mappings: list[Any], ok: bool, say: str) -> None:
    """A queue whose messages reach nobody is named."""
    client = Client(list_event_source_mappings={"EventSourceMappings": mappings})
    found = list(checks.event_sources(deployed(**{"lambda": client})))
    assert [each.ok for each in found] == [ok, ok]
    assert say in found[0].say


@pytest.mark.parametrize(
    ("subscriptions", "alarm", "notice"),
    [
        ([], False, True),
        ([{"Endpoint": "ops@shop.example", "SubscriptionArn": "PendingConfirmation"}], False, False),
        ([{"Endpoint": "ops@shop.example", "SubscriptionArn": "arn:aws:sns:x:1:t:1"}], True, True),
    ],
)
def test_addresses(subscriptions: list[Any], alarm: bool, notice: bool) -> None:
    """Nobody who hears of alarms, and an address that is not confirmed, are something to do."""
    found = said(checks.addresses(deployed(sns=Client(list_subscriptions_by_topic={"Subscriptions": subscriptions}))))
    assert (found["AlarmTopic"].ok, found["NoticeTopic"].ok) == (alarm, notice)


def test_queues() -> None:
    """What has been given up on is something to do; what waits is not."""
    counts = {"ApproximateNumberOfMessages": "3", "ApproximateNumberOfMessagesNotVisible": "1"}
    found = said(checks.queues(deployed(sqs=Client(get_queue_attributes={"Attributes": counts}))))
    assert {name for name, each in found.items() if not each.ok} == {
        "queue WorkDeadLetters",
        "queue ScheduleDeadLetters",
    }


@pytest.mark.parametrize(
    ("limit", "accounts", "ok"), [(10, "a,b", True), (10, "a,b,c,d,e,f", False), (1000, "a", True)]
)
def test_quota(limit: int, accounts: str, ok: bool) -> None:
    """A new AWS account's ten invocations at once do for few accounts."""
    client = Client(get_account_settings={"AccountLimit": {"ConcurrentExecutions": limit}})
    (found,) = checks.quota(deployed(parameters={"AccountNames": accounts}, **{"lambda": client}))
    assert found.ok is ok


def test_recursion() -> None:
    """Where AWS would break a run off after 16 hand-overs, that is something to do; the embedded cloud does not."""
    client = Client(get_function_recursion_config={"RecursiveLoop": "Terminate"})
    assert [each.ok for each in checks.recursion(deployed(**{"lambda": client}))] == [False, False]
    assert [each.ok for each in checks.recursion(deployed(embedded=True, **{"lambda": client}))] == [True, True]
    client.answers["get_function_recursion_config"] = {"RecursiveLoop": "Allow"}
    assert [each.ok for each in checks.recursion(deployed(**{"lambda": client}))] == [True, True]


# --- what it has done ------------------------------------------------------------------------------------------------


def bucket(**documents: Any) -> Client:
    """S3 with these documents under ``state/fetch/main/``."""
    objects = {f"state/fetch/main/{name.replace('_', '-')}.json": json.dumps(each) for name, each in documents.items()}

    def get(**request: str) -> Any:
        if request["Key"] not in objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(objects[request["Key"]].encode()), "ETag": '"1"'}

    def listed(**request: Any) -> Any:
        found = [{"Key": key, "Size": 1, "ETag": '"1"'} for key in sorted(objects) if key.startswith(request["Prefix"])]
        return {"Contents": found}

    return Client(get_object=get, list_objects_v2=listed)


def ago(**time: float) -> str:
    return (datetime.now(UTC) - timedelta(**time)).isoformat()


@pytest.mark.parametrize(
    ("documents", "ok", "say"),
    [
        ({}, False, '{"task": "plan"}'),
        ({"account": {"completed_at": ago(minutes=5)}}, True, "1 streams"),
        ({"account": {"completed_at": ago(days=2)}}, False, "account: last whole walk"),
        ({"account": {"completed_at": None}}, False, "no whole walk yet"),
        ({"account": {}, "standing": {"paused": {"since": "2026-11-22"}}}, False, "paused since 2026-11-22"),
        (
            {
                "account": {"completed_at": ago(days=9)},
                "standing": {"streams": "integration"},
                "integration_7": {"completed_at": ago(minutes=1)},
            },
            True,
            "1 streams",
        ),
    ],
)
def test_walks(documents: dict[str, Any], ok: bool, say: str) -> None:
    """An account that is paused or late, or was never walked, is something to do."""
    (found,) = archive.walks(deployed(s3=bucket(**documents)))
    assert found.ok is ok
    assert say in found.say


@pytest.mark.parametrize(("begins", "ok"), [(b"PAR1", True), (b"junk", False)])
def test_the_archive(begins: bytes, ok: bool) -> None:
    """An archive whose objects are no Parquet, rows in quarantine and a table that leads elsewhere are named."""

    def listed(**request: Any) -> Any:
        return {"Contents": [{"Key": f"{request['Prefix']}a"}], "KeyCount": 0 if ok else 1}

    s3 = Client(list_objects_v2=listed, get_object=lambda **_: {"Body": io.BytesIO(begins)})
    location = "s3://bucketname/logs/" if ok else "s3://other/logs/"
    glue = Client(get_table={"Table": {"StorageDescriptor": {"Location": location}}})
    assert {each.ok for each in archive.readable(deployed(s3=s3, glue=glue))} == {ok}


# --- secrets and permissions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secret",
    [f'{{"sendcloud_public_key": "{CANARY}"}}', f"{CANARY}", f'["{CANARY}"]', f'{{"wemasy_token": ["{CANARY}"]}}'],
)
def test_a_secret_of_the_wrong_form(secret: str) -> None:
    """What a secret lacks is named, and no part of it is shown."""
    found = said(upstreams.secrets_and_apis(deployed(secretsmanager=Client(get_secret_value={"SecretString": secret}))))
    assert not found["secret integration-logs/main"].ok
    assert CANARY not in str(found)


def test_permissions_are_the_templates() -> None:
    """Every statement of every role is asked for, on the deployed names; what is refused is named."""
    asked: list[dict[str, Any]] = []

    def simulate(**request: Any) -> Any:
        asked.append(request)
        denied = "s3:PutObject" in request["ActionNames"] and "landing" in request["ResourceArns"][0]
        decision = "explicitDeny" if denied else "allowed"
        return {"EvaluationResults": [{"EvalActionName": request["ActionNames"][0], "EvalDecision": decision}]}

    iam = Client(get_role=lambda RoleName: {"Role": {"Arn": RoleName}}, simulate_principal_policy=simulate)  # noqa: N803
    found = said(permissions.permissions(deployed(iam=iam)))
    assert not found["permissions of fetch_logs"].ok
    assert "s3:PutObject on arn:aws:s3:::logs-Bucket/landing/*" in found["permissions of fetch_logs"].say
    assert found["permissions of check_status"].ok
    statements = [
        statement
        for role in permissions.ROLES
        for policy in TEMPLATE["Resources"][role]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    assert len(asked) >= len(statements)
    assert not [each for request in asked for each in request["ResourceArns"] if "$" in each or "{" in each]
    assert any(each["ContextEntries"] for each in asked)


# --- the command -----------------------------------------------------------------------------------------------------


def run(monkeypatch: pytest.MonkeyPatch, given: Deployment, *arguments: str) -> int:
    monkeypatch.setattr(doctor, "local", lambda _: given)
    monkeypatch.setattr(sys, "argv", ["doctor", *arguments])
    return doctor.main()


def test_the_exit_code_and_the_form(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A line each; 0 where all is well, 1 where there is something to do; JSON for programs."""
    monkeypatch.setattr(doctor, "CHECKS", (checks.stack, checks.quota))
    client = Client(get_account_settings={"AccountLimit": {"ConcurrentExecutions": 1000}})
    given = deployed(**{"lambda": client})
    assert run(monkeypatch, given) == 0
    assert capsys.readouterr().out.splitlines() == [
        "ok     stack: logs: UPDATE_COMPLETE",
        "ok     Lambda quota: 1000 at once, 6 needed",
    ]
    client.answers["get_account_settings"] = {"AccountLimit": {"ConcurrentExecutions": 5}}
    assert run(monkeypatch, given, "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["ok"]) for each in found] == [("stack", True), ("Lambda quota", False)]


def test_what_may_not_be_asked_hides_nothing_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A check that is refused is a line of its own, without what AWS says in it."""
    monkeypatch.setattr(doctor, "CHECKS", (checks.schedules, checks.stack))
    assert run(monkeypatch, deployed(scheduler=Client(get_schedule=refusing))) == 1
    out = capsys.readouterr().out
    assert "TO DO  schedules: GetSchedule was refused (AccessDenied)" in out
    assert "ok     stack" in out
    assert CANARY not in out


def test_an_older_stack(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What an older template does not have is said as that."""
    monkeypatch.setattr(doctor, "CHECKS", (checks.addresses,))
    given = deployed(sns=Client())
    resources = {name: each for name, each in given.resources.items() if name != "AlarmTopic"}
    given.__dict__["resources"] = resources
    assert run(monkeypatch, given) == 1
    assert "the stack has no AlarmTopic: deploy this version's template" in capsys.readouterr().out


def test_there_is_no_such_stack(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to look at is another exit code than something to do."""

    def nothing(_: object) -> Deployment:
        raise NothingRunningError("Nothing is running.")

    monkeypatch.setattr(doctor, "local", nothing)
    monkeypatch.setattr(sys, "argv", ["doctor"])
    assert doctor.main() == 2
    assert capsys.readouterr().err == "Nothing is running.\n"


def test_a_stack_in_aws_is_asked_for_by_its_name() -> None:
    """A named stack is never taken for the embedded one, and one client of a service does for all checks."""
    given = doctor.in_aws("production")
    assert (given.name, given.embedded) == ("production", False)


def test_a_resource_is_what_cloudformation_lists() -> None:
    """Resources are found by their name in the template, and by type."""
    given = deployed()
    assert given.resources["Bucket"] == Resource("Bucket", "logs-Bucket", "AWS::S3::Bucket")
    assert {each.logical for each in given.of_type("AWS::Scheduler::Schedule")} == set(EXTRA)
