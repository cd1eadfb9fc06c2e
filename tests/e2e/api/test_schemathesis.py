"""Schemathesis over the deployed API: every answer to what it makes up is as the description says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docs import api_description
from sandbox.stack import NAME
from tests.e2e.conftest import eventually, keys, tick
from tests.e2e.test_archive import archived
from tests.fuzz.run import fuzz

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.stack import Stack

ROUTES = list(api_description.operations(api_description.description()))
EXAMPLES = 4
SEED = 20261122


def test_schemathesis_has_nothing_to_object_to(deployed: Stack, tmp_path: Path) -> None:
    """All of its checks hold on every route, right and wrong requests alike; what that has queued is carried out, and
    the archive is what it was."""
    tick(deployed)
    deployed.invoke("CheckStatusFunction", {"task": "check"})
    before = archived(deployed, tmp_path / "before"), _quarantined(deployed), _waiting(deployed, "WorkDeadLetters")
    found = fuzz(deployed, tmp_path, "--max-examples", str(EXAMPLES), "--seed", str(SEED), config="short.toml")
    assert found.returncode == 0, f"{found.stdout}{found.stderr}"
    assert f"Tested: {len(ROUTES)}" in found.stdout
    made = re.search(r"(\d+) generated", found.stdout)
    assert made
    assert int(made[1]) > 20 * len(ROUTES)
    for queue in ("WorkQueue", "ArchiveQueue"):
        eventually(lambda: not _waiting(deployed, queue), f"{queue} is worked off", seconds=120)  # noqa: B023
    tick(deployed)
    after = archived(deployed, tmp_path / "after"), _quarantined(deployed), _waiting(deployed, "WorkDeadLetters")
    assert after == before


def _quarantined(stack: Stack) -> list[str]:
    """What is in quarantine; not how often it was released and came back, which its name tells."""
    return sorted(re.sub(r"(-[ro])+(?=\.|$)", "", key) for key in keys(stack, "quarantine/"))


def _waiting(stack: Stack, queue: str) -> int:
    """How many messages wait, or are being worked on."""
    found = stack.client("cloudformation").describe_stack_resource(StackName=NAME, LogicalResourceId=queue)[
        "StackResourceDetail"
    ]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counted = stack.client("sqs").get_queue_attributes(QueueUrl=found["PhysicalResourceId"], AttributeNames=names)
    return sum(map(int, counted["Attributes"].values()))
