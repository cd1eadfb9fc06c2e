"""Two stacks of the template side by side in one AWS account and region: neither takes anything from the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox import stack as stacks
from sandbox.observe import athena

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.stack import Stack

OTHER = "second-stack"
NEVER = "cron(0 0 1 1 ? 2099)"


@pytest.fixture(scope="module")
def other(deployed: Stack, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Another stack, which no schedule starts, with every option on; it is gone at the end."""
    schedules = ("Fetch", "Sweep", "Status", "Archive", "Manifest")
    given = {"AccountNames": "main", "SecretPrefix": OTHER} | {f"{each}Schedule": NEVER for each in schedules}
    given |= {"ApiAccessLogs": "on", "BucketAccessLogs": "on"}
    yield stacks.deploy(deployed.cloud, built, tmp_path_factory.mktemp("other"), given, name=OTHER)
    deployed.client("cloudformation").delete_stack(StackName=OTHER)
    deployed.client("cloudformation").get_waiter("stack_delete_complete").wait(
        StackName=OTHER, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )


def physical(stack: Stack, name: str) -> set[tuple[str, str]]:
    """The names under which AWS has what belongs to the stack."""
    pages = stack.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
    return {
        (each["ResourceType"], each["PhysicalResourceId"])
        for page in pages
        for each in page["StackResourceSummaries"]
        # these two are known within their database and their API alone
        if each["ResourceType"] not in {"AWS::Glue::Table", "AWS::ApiGateway::Stage"}
    }


def test_they_share_nothing(deployed: Stack, other: Stack) -> None:
    """No resource of one is one of the other."""
    mine, theirs = physical(deployed, stacks.NAME), physical(other, OTHER)
    assert len(theirs) > 40
    assert not mine & theirs
    assert other.outputs["DatabaseName"] == "second_stack"


def test_each_works_by_itself(deployed: Stack, other: Stack) -> None:
    """What is archived is in its own stack's database, under the name that the documentation writes in a query."""
    assert other.invoke("ArchiveLogsFunction", {"task": "archive"})["more"] is False
    (row,) = athena(deployed, "SELECT count(*) AS n FROM integration_logs.logs")
    assert int(row["n"]) > 0
    (row,) = athena(other, "SELECT count(*) AS n FROM second_stack.logs")
    assert int(row["n"]) == 0
