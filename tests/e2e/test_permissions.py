"""Least privilege, shown by taking away: without any one permission of its role, a function fails at its work.

Left out is what the embedded cloud does without asking the role: writing the log, tracing, polling the queue, and
telling an absent object from a forbidden one (on AWS that takes s3:ListBucket). So is giving back a message that
failed (where that is refused, the message comes again all the same, later), and keeping a start that failed, which
Lambda does in the role's name and the embedded cloud in its own.
"""

from __future__ import annotations

import copy
import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

import pytest
from samtranslator.yaml_helper import yaml_parse

from sandbox.stack import NAME
from sandbox.steps import StepFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox

PATIENCE = 10.0
"""Seconds until a function's log lines can be read."""

NOT_ENFORCED = (
    "logs:",
    "xray:",
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ChangeMessageVisibility",
)
NOT_OF_ITS_WORK = {"TellAbsentFromForbidden", "KeepWhatFailed"}
"""Statements that a function's work does without here: the second is Lambda's own, for a start that failed."""

TEMPLATE = yaml_parse((Path(__file__).parents[2] / "template.yaml").read_text())
EVENTS = Path(__file__).parents[2] / "events"


def permissions() -> Iterator[tuple[str, str, str]]:
    """Function, statement and action of each permission that the embedded cloud enforces."""
    for function in ("FetchLogs", "ArchiveLogs", "CheckStatus"):
        (policy,) = TEMPLATE["Resources"][f"{function}Role"]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            for action in [actions] if isinstance(actions, str) else actions:
                if not action.startswith(NOT_ENFORCED) and statement["Sid"] not in NOT_OF_ITS_WORK:
                    yield function, statement["Sid"], action


def fetch_work(stack: Stack, sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    """Walk a stream with news, walk one that has no checkpoint, plan."""
    sandbox.plant("main", 400005, {})
    stack.client("s3").delete_object(Bucket=stack.outputs["BucketName"], Key="state/fetch/main/integration-400005.json")
    for only in ({}, {"integration_id": 400005}):
        yield stack.invoke("FetchLogsFunction", {"task": "walk", "account": "main", "mode": "tick", **only})
    yield stack.invoke("FetchLogsFunction", {"task": "plan"})


def archive_work(stack: Stack, sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    """Archive a record of a day that is there, one of a new day, and one for the quarantine; say how complete the days
    are; read; queue a run; archive days once more; release what is in quarantine."""
    day = f"2021-{len(sandbox.truth()['main']['400005']) % 12 + 1:02}-01T00:00:00+00:00"
    sandbox.plant("main", 400005, {}, {"created_at": day}, {"__omit__": ["id"]})
    stack.invoke("FetchLogsFunction", {"task": "walk", "account": "main", "mode": "tick", "integration_id": 400005})
    for name in ("archive", "manifest", "api_logs", "api_runs", "replay", "release"):
        yield stack.invoke("ArchiveLogsFunction", json.loads((EVENTS / f"archive_logs/{name}.json").read_text()))


def check_work(stack: Stack, sandbox: Sandbox) -> Iterator[dict[str, Any]]:
    """Look at an account for the first time, which has something to tell, and read what was checked."""
    sandbox.plant("main", 400005, {})
    for task in ({"task": "walk", "account": "main", "mode": "tick"}, {"task": "archive"}):
        stack.invoke("FetchLogsFunction" if "mode" in task else "ArchiveLogsFunction", task)
    event, past = (
        json.loads((EVENTS / f"check_status/{name}.json").read_text()) for name in ("api_status", "api_history")
    )
    stack.client("s3").delete_object(Bucket=stack.outputs["BucketName"], Key="state/status/main.json")
    for asked in (event, {"task": "check"}, event, past):
        yield stack.invoke("CheckStatusFunction", asked)


WORK: dict[str, Callable[[Stack, Sandbox], Iterator[dict[str, Any]]]] = {
    "FetchLogs": fetch_work,
    "ArchiveLogs": archive_work,
    "CheckStatus": check_work,
}


def forget(stack: Stack, function: str) -> None:
    """End the function's warm workers, and with them what they keep in memory: a new setting does."""
    functions = stack.client("lambda")
    timeout = functions.get_function_configuration(FunctionName=function)["Timeout"]
    # AWS wants a difference, the embedded cloud a setting that a process begins with.
    functions.update_function_configuration(FunctionName=function, Description=f"afresh ({uuid4()})", Timeout=timeout)


def failure(answers: Iterator[dict[str, Any]]) -> dict[str, Any] | None:
    """The first answer that tells of a failure, if any does; the work ends there."""
    refused = ("NeedsOperator", "credentials_rejected", "cannot be read")
    told = (
        answer
        for answer in answers
        if answer.get("statusCode", 200) >= 400 or any(word in json.dumps(answer) for word in refused)
    )
    return next(told, None)


def was_denied(stack: Stack, function: str, begun: float) -> bool:
    """Whether the function's own log says since then that AWS denied it something: an answer does not say why."""
    group = "_".join(re.findall("[A-Z][a-z]+", function)).lower()
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        pages = (
            stack.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=f"/integration-logs/{NAME}/{group}", startTime=int(begun * 1000) - 1000)
        )
        if any("AccessDenied" in event["message"] for page in pages for event in page["events"]):
            return True
        time.sleep(0.5)
    return False


@pytest.fixture(scope="module")
def quiet(deployed: Stack) -> Iterator[Stack]:
    """The stack at rest: no message fails meanwhile and holds its group up, and no check tells what another would."""
    functions = deployed.client("lambda")
    mappings = [mapping["UUID"] for mapping in functions.list_event_source_mappings()["EventSourceMappings"]]
    for uuid in mappings:
        functions.update_event_source_mapping(UUID=uuid, Enabled=False)
    schedule_checks(deployed, "DISABLED")
    yield deployed
    schedule_checks(deployed, "ENABLED")
    for uuid in mappings:
        functions.update_event_source_mapping(UUID=uuid, Enabled=True)


def schedule_checks(stack: Stack, state: Literal["ENABLED", "DISABLED"]) -> None:
    """Switch the schedule of the status checks on or off."""
    scheduler = stack.client("scheduler")
    for item in scheduler.list_schedules()["Schedules"]:
        schedule = scheduler.get_schedule(Name=item["Name"], GroupName=item["GroupName"])
        if "CheckStatus" in schedule["Target"]["Arn"]:
            same = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target", "Description")
            scheduler.update_schedule(**{name: schedule[name] for name in same}, State=state)


@pytest.mark.parametrize("function", WORK)
def test_with_its_role_a_function_does_its_work(quiet: Stack, sandbox: Sandbox, function: str) -> None:
    """The work below succeeds while nothing is taken away."""
    assert failure(WORK[function](quiet, sandbox)) is None


@pytest.mark.parametrize(("function", "statement", "action"), list(permissions()))
def test_without_the_permission_the_work_fails(
    quiet: Stack, sandbox: Sandbox, function: str, statement: str, action: str
) -> None:
    """Each permission is needed, and enforced: nothing in a role is there for comfort."""
    functions, iam = quiet.client("lambda"), quiet.client("iam")
    arn = quiet.outputs[f"{function}Function"]
    role = functions.get_function_configuration(FunctionName=arn)["Role"].rpartition("/")[2]
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    whole = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    less = copy.deepcopy(whole)
    for entry in less["Statement"]:
        if entry["Sid"] == statement:
            actions = [entry["Action"]] if isinstance(entry["Action"], str) else entry["Action"]
            entry["Action"] = [kept for kept in actions if kept != action] or ["s3:GetBucketLocation"]
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(less))
    forget(quiet, arn)
    begun, told = time.time(), ""
    try:
        told = json.dumps(failure(WORK[function](quiet, sandbox)))
    except StepFailedError as error:
        told = str(error)
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(whole))
        forget(quiet, arn)
    assert told != "null", "the work is done without it"
    assert "AccessDenied" in told or was_denied(quiet, function, begun), told
