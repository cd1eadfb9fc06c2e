"""The template as it is, in the words of template.toml, which says what it must be."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[3]
TEMPLATE: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
EXPECTED: dict[str, Any] = tomllib.loads(Path(__file__).with_name("template.toml").read_text())


def of_type(type_: str) -> dict[str, Any]:
    """The properties of each resource of that type."""
    return {name: each.get("Properties", {}) for name, each in RESOURCES.items() if each["Type"] == type_}


def listed(value: Any) -> list[Any]:
    """A list, where one thing may stand for itself."""
    return value if isinstance(value, list) else [value]


def named(value: Any) -> Any:
    """What a reference leads to: a resource by its name, a key of the bucket by its path, a secret by its name."""
    if isinstance(value, dict) and len(value) == 1:
        ((function, target),) = value.items()
        if function == "Fn::GetAtt":
            return target[0] if isinstance(target, list) else target.partition(".")[0]
        if function == "Ref":
            return target
        if function == "Fn::Sub" and isinstance(target, str):
            return target.removeprefix("${Bucket.Arn}/").rpartition("${AWS::AccountId}:")[2]
    return value


def permissions(role: str) -> dict[str, list[str]]:
    """What a role allows: each action, and on what."""
    allowed: dict[str, list[str]] = {}
    for policy in RESOURCES[role]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            assert set(statement) <= {"Sid", "Effect", "Action", "Resource", "Condition"}, statement
            assert statement["Effect"] == "Allow"
            on = [named(each) for each in listed(statement["Resource"])]
            if "Condition" in statement:
                ((test, keys),) = statement["Condition"].items()
                assert (test, list(keys), on) == ("StringLike", ["s3:prefix"], ["Bucket"])
                on = listed(keys["s3:prefix"])
            for action in listed(statement["Action"]):
                allowed.setdefault(action, []).extend(on)
    return {action: sorted(on) for action, on in allowed.items()}


def event_sources(queue: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The functions that the queue starts, and how."""
    for name, function in of_type("AWS::Serverless::Function").items():
        for event in function["Events"].values():
            if event["Type"] == "SQS" and named(event["Properties"]["Queue"]) == queue:
                yield name, event["Properties"]
