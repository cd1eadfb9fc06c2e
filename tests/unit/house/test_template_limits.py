"""What AWS limits, with every parameter at its largest: a function's environment, and its disk."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from archive_logs.merging.backlog import BATCH_BYTES
from archive_logs.merging.merge import MOST_PART_BYTES
from tests.unit.house.cloudformation import Stack
from tests.unit.house.template_tables import RESOURCES, TEMPLATE, of_type

PARAMETERS: dict[str, dict[str, Any]] = TEMPLATE["Parameters"]

ENVIRONMENT = 4096
"""Bytes that Lambda allows for all of a function's variables, as it measures them: as JSON."""

STACK = "s" * 128  # what CloudFormation allows
REGION = "ap-northeast-1"
LONGEST = {
    "Bucket": 63,
    "WorkQueue": len(f"https://sqs.{REGION}.amazonaws.com.cn/123456789012/") + 80,
    "ArchiveQueue": len(f"https://sqs.{REGION}.amazonaws.com.cn/123456789012/") + 80,
    "PseudonymKey.Id": len(f"arn:aws-us-gov:secretsmanager:{REGION}:123456789012:secret:PseudonymKey-") + 12 + 7,
    "NoticeTopic": len(f"arn:aws-us-gov:sns:{REGION}:123456789012:") + 256,
    "EventBus": len(STACK),
}
"""How long what CloudFormation makes up can be: names of resources, and what their services put around them."""


def largest(name: str) -> str:
    """The longest value that the parameter takes; a text without an end has none and fails."""
    parameter = PARAMETERS[name]
    if "AllowedValues" in parameter:
        return max(map(str, parameter["AllowedValues"]), key=len)
    if parameter["Type"] == "Number":
        return "9" * len(str(parameter.get("MaxValue", 999_999_999)))
    return "x" * parameter.get("MaxLength", 0)


def told(function: str) -> set[str]:
    """The parameters that go into its environment."""
    variables = [each["Environment"]["Variables"] for each in (TEMPLATE["Globals"]["Function"], function_of(function))]
    return {name for name in re.findall(r"'Ref': '(\w+)'", str(variables)) if name in PARAMETERS}


def function_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[name]["Properties"]
    return found


@pytest.mark.parametrize("name", of_type("AWS::Serverless::Function"))
def test_the_environment_fits_whatever_is_set(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deploy refuses a value that is too long, in a sentence, and not Lambda all of them together."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for each in told(name):
        assert {"AllowedValues", "MaxLength"} & set(PARAMETERS[each]) or PARAMETERS[each]["Type"] == "Number", each
    stack = Stack(STACK, {each: largest(each) for each in told(name)})
    variables = stack.resources()[name]["Properties"]["Environment"]["Variables"]
    text = json.dumps(variables, separators=(",", ":"))
    filled = re.sub(f"<{STACK}/([\\w.]+)>", lambda found: "x" * LONGEST[found[1]], text)
    assert len(filled.encode()) <= ENVIRONMENT


@pytest.mark.parametrize(
    ("parameter", "value", "fits"),
    [
        ("AccountNames", "main", True),
        ("AccountNames", "main, second-one ,Third", True),
        ("AccountNames", "", False),
        ("AccountNames", "main,,second", False),
        ("AccountNames", "main/nl", False),
        ("IntegrationIds", "", True),
        ("IntegrationIds", "main/101, second-one/102", True),
        ("IntegrationIds", ",".join(f"main/{400_000 + each}" for each in range(150)), True),
        ("IntegrationIds", ",".join(f"main/{400_000 + each}" for each in range(300)), False),
        ("IntegrationIds", "101", False),
        ("IntegrationIds", "main/0", False),
        ("IntegrationIds", "main/101;102", False),
    ],
)
def test_what_a_deploy_refuses(parameter: str, value: str, *, fits: bool) -> None:
    """What the functions could not read, or the environment not hold, before anything is changed."""
    given = PARAMETERS[parameter]
    assert (bool(re.fullmatch(given["AllowedPattern"], value)) and len(value) <= given["MaxLength"]) is fits
    assert given["ConstraintDescription"].startswith("must be ")
    assert str(given["MaxLength"]) in given["ConstraintDescription"]


UNPACKED = 3
"""Times its size as Parquet that a row has in the database; measured: 1.2 (noise) to 2.3 (few texts)."""

SPILT = 256 << 20


def test_the_largest_object_is_merged_on_the_disk_that_there_is() -> None:
    """The old object, the new one before and after its seal, and the rows of it and of the batch in the database."""
    new = MOST_PART_BYTES + BATCH_BYTES
    needed = BATCH_BYTES + MOST_PART_BYTES + 2 * new + UNPACKED * (new + BATCH_BYTES) + SPILT
    assert needed <= 0.9 * (function_of("ArchiveLogs")["EphemeralStorage"]["Size"] << 20)
    assert PARAMETERS["ArchivePartMegabytes"]["MaxValue"] << 20 == MOST_PART_BYTES
