"""Least privilege, shown by trying: whatever a role's table does not name is refused, call by call.

``test_permissions.py`` shows that each permission is needed, this that none reaches further than the table
in ``tests/unit/house/template.toml``, which is written by hand.
"""

from __future__ import annotations

import json
from contextlib import closing
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from sandbox.stack import NAME
from tests.unit.house.template_tables import EXPECTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.stack import Stack

KEYS = (
    "landing/x",
    "logs/dt=2026-11-22/integration-1.parquet",
    "manifests/dt=2026-11-22.json",
    "quarantine/rows/x",
    "state/fetch/main/account.json",
    "state/fetch/main/sweeps/account.json",
    "state/landed/main/2026-11-22.json.gz",
    "state/status/main.json",
    "state/summaries/dt=2026-11-22/integration-1.json",
    "status/dt=2026-11-22/x",
    "athena/x",
    "anywhere/else",
)
CALLS: dict[str, Callable[[Any, str, str], object]] = {
    "s3:PutObject": lambda s3, bucket, key: s3.put_object(Bucket=bucket, Key=key, Body=b"x", IfNoneMatch="*"),
    "s3:GetObject": lambda s3, bucket, key: s3.get_object(Bucket=bucket, Key=key),
    "s3:DeleteObject": lambda s3, bucket, key: s3.delete_object(Bucket=bucket, Key=key),
    "s3:ListBucket": lambda s3, bucket, key: s3.list_objects_v2(Bucket=bucket, Prefix=key),
    "s3:ListBucketVersions": lambda s3, bucket, key: s3.list_object_versions(Bucket=bucket, Prefix=key),
}
FUNCTIONS = ("FetchLogs", "ArchiveLogs", "CheckStatus")


def allowed(function: str, action: str, on: str) -> bool:
    """Whether the table has it."""
    return any(fnmatchcase(on, pattern) for pattern in EXPECTED["permissions"][f"{function}Role"].get(action, ()))


FORBIDDEN = [
    (function, action, key)
    for function in FUNCTIONS
    for action in CALLS
    for key in KEYS
    if not allowed(function, action, key)
]


def refused(call: Callable[[], object]) -> bool:
    """Whether the call is denied, for want of a permission and nothing else."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException", "AuthorizationError"}
    return False


@pytest.fixture(scope="module")
def as_function(deployed: Stack) -> Iterator[Callable[[str, str], Any]]:
    """Clients of somebody who has a function's permissions, as they are deployed, and no others."""
    functions, iam = deployed.client("lambda"), deployed.client("iam")
    sessions: dict[str, Any] = {}
    for function in FUNCTIONS:
        name = f"reach-{function}"
        arn = deployed.outputs[f"{function}Function"]
        role = functions.get_function_configuration(FunctionName=arn)["Role"].rpartition("/")[2]
        (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(document))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        sessions[function] = deployed.cloud.session(), key
    clients: dict[tuple[str, str], Any] = {}

    def client(function: str, service: str) -> Any:
        if (function, service) not in clients:
            session, key = sessions[function]
            options = deployed.cloud.client_options() | {
                "aws_access_key_id": key["AccessKeyId"],
                "aws_secret_access_key": key["SecretAccessKey"],
            }
            clients[function, service] = session.client(service, **options)
        return clients[function, service]

    yield client
    for each in clients.values():
        with closing(each):
            pass
    for function, (_, key) in sessions.items():
        iam.delete_access_key(UserName=f"reach-{function}", AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName=f"reach-{function}", PolicyName="own")
        iam.delete_user(UserName=f"reach-{function}")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_nothing_in_the_bucket_is_reached_beyond_the_table(
    deployed: Stack, as_function: Callable[[str, str], Any], function: str
) -> None:
    """Each action on each kind of object that the table does not name is refused."""
    s3, bucket = as_function(function, "s3"), deployed.outputs["BucketName"]
    calls = [(action, key) for each, action, key in FORBIDDEN if each == function]
    reached = [(action, key) for action, key in calls if not refused(lambda a=action, k=key: CALLS[a](s3, bucket, k))]
    assert len(calls) > 20
    assert reached == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_the_table_names_is_reached(
    deployed: Stack, as_function: Callable[[str, str], Any], function: str
) -> None:
    """The refusals above are not those of somebody who may do nothing."""
    s3, bucket = as_function(function, "s3"), deployed.outputs["BucketName"]
    for key in KEYS:
        if allowed(function, "s3:ListBucket", key):
            assert not refused(lambda k=key: s3.list_objects_v2(Bucket=bucket, Prefix=k))


def _others(stack: Stack, function: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Calls of other services that the function may not make: service, method, arguments."""
    account = stack.client("sts").get_caller_identity()["Account"]
    stack_resources = stack.client("cloudformation").describe_stack_resources(StackName=NAME)["StackResources"]
    there = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in stack_resources}
    for queue in ("WorkQueue", "ArchiveQueue", "ScheduleDeadLetters"):
        if queue not in EXPECTED["permissions"][f"{function}Role"].get("sqs:SendMessage", ()):
            yield "sqs", "send_message", {"QueueUrl": there[queue], "MessageBody": "x"}
    if function != "CheckStatus":
        yield (
            "events",
            "put_events",
            {
                "Entries": [
                    {"EventBusName": stack.outputs["EventBusName"], "Source": "x", "DetailType": "x", "Detail": "{}"}
                ]
            },
        )
        yield "sns", "publish", {"TopicArn": stack.outputs["NoticeTopicArn"], "Message": "x"}
    if function != "FetchLogs":
        yield "secretsmanager", "get_secret_value", {"SecretId": there["PseudonymKey"]}
    if function == "ArchiveLogs":
        yield "secretsmanager", "get_secret_value", {"SecretId": f"{NAME}/main"}
    yield "sns", "publish", {"TopicArn": there["AlarmTopic"], "Message": "x"}
    yield "lambda", "invoke", {"FunctionName": stack.outputs["FetchLogsFunction"], "Payload": b"{}"}
    yield "iam", "list_users", {}
    yield (
        "sts",
        "assume_role",
        {"RoleArn": f"arn:aws:iam::{account}:role/{there['ScheduleRole']}", "RoleSessionName": "reach"},
    )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_other_service_is_reached(deployed: Stack, as_function: Callable[[str, str], Any], function: str) -> None:
    """Others' queues, secrets, topics and functions are refused."""
    reached = [
        (service, method, arguments)
        for service, method, arguments in _others(deployed, function)
        if not refused(
            lambda s=service, m=method, a=arguments: getattr(as_function(function, s), m)(**a)  # type: ignore[misc]
        )
    ]
    assert reached == []


def test_an_alarm_reaches_its_topic(deployed: Stack) -> None:
    """What the topic's policy refuses to everybody else, an alarm of this stack may still do."""
    sqs, sns, cloudwatch = deployed.client("sqs"), deployed.client("sns"), deployed.client("cloudwatch")
    resources = deployed.client("cloudformation").describe_stack_resources(StackName=NAME)["StackResources"]
    there = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}
    policy = json.loads(sns.get_topic_attributes(TopicArn=there["AlarmTopic"])["Attributes"]["Policy"])
    (pattern,) = (
        each["Condition"]["ArnLike"]["aws:SourceArn"] for each in policy["Statement"] if each["Effect"] == "Allow"
    )
    alarm = cloudwatch.describe_alarms(AlarmNames=[there["WorkFailedAlarm"]])["MetricAlarms"][0]
    assert fnmatchcase(alarm["AlarmArn"], pattern)
    queue = sqs.create_queue(QueueName="alarmed")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    may_send = {"Version": "2012-10-17", "Statement": [{**allow, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(may_send)})
    subscription = sns.subscribe(TopicArn=there["AlarmTopic"], Protocol="sqs", Endpoint=arn)["SubscriptionArn"]
    try:
        for state in ("OK", "ALARM"):
            cloudwatch.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue=state, StateReason="tried by a test")
        received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10, MaxNumberOfMessages=10).get("Messages", [])
        assert any(alarm["AlarmName"] in each["Body"] for each in received)
    finally:
        cloudwatch.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue="OK", StateReason="tried by a test")
        sns.unsubscribe(SubscriptionArn=subscription)
        sqs.delete_queue(QueueUrl=queue)
