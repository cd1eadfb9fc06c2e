"""The template as CloudFormation gets it: SAM's transform, then references, conditions and functions worked out.

What AWS itself makes up, such as a resource's generated name, reads ``<stack/resource>``.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from samtranslator.translator.transform import transform  # type: ignore[import-untyped]

from tests.unit.house.template_tables import TEMPLATE

_ABSENT = object()
_PURE: dict[str, Callable[[list[Any]], Any]] = {
    "Fn::Join": lambda parts: parts[0].join(map(str, parts[1])),
    "Fn::Split": lambda parts: parts[1].split(parts[0]),
    "Fn::Equals": lambda parts: str(parts[0]) == str(parts[1]),
    "Fn::Not": lambda parts: not parts[0],
    "Fn::And": all,
    "Fn::Or": any,
}


class _NoManagedPolicies:
    """The template uses none of SAM's."""

    def load(self) -> dict[str, str]:
        return {}


def transformed(**given: str) -> dict[str, Any]:
    """The resources that SAM makes with these parameters; needs ``AWS_DEFAULT_REGION``."""
    template = copy.deepcopy(TEMPLATE)
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/key"
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::LayerVersion":
            resource["Properties"]["ContentUri"] = "s3://bucket/key"
    defaults = {name: each["Default"] for name, each in template["Parameters"].items()}
    found: dict[str, Any] = transform(template, {**defaults, **given}, _NoManagedPolicies())["Resources"]
    return found


@dataclass(frozen=True)
class Stack:
    """One stack of the template; parameters that are not given have their default."""

    name: str
    given: dict[str, str]

    def resources(self) -> dict[str, Any]:
        """Every resource whose condition holds, with its properties as they are sent to its service."""
        return {
            name: {**each, "Properties": self.resolved(each.get("Properties", {}))}
            for name, each in transformed(**self.given).items()
            if self.holds(each.get("Condition"))
        }

    def holds(self, condition: str | None) -> bool:
        """Whether the template's condition of that name holds; no condition does."""
        return condition is None or self.resolved(TEMPLATE["Conditions"][condition]) is True

    def resolved(self, value: Any) -> Any:
        """The value with every intrinsic function in it worked out."""
        if isinstance(value, list):
            return [each for each in map(self.resolved, value) if each is not _ABSENT]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function in {"Ref", "Condition"} or function.startswith("Fn::"):
                return self._called(function, argument)
        found = {key: self.resolved(each) for key, each in value.items()}
        return {key: each for key, each in found.items() if each is not _ABSENT}

    def _called(self, function: str, argument: Any) -> Any:
        match function:
            case "Ref":
                return self._named(argument)
            case "Condition":
                return self.holds(argument)
            case "Fn::GetAtt":
                return f"<{self.name}/{argument if isinstance(argument, str) else '.'.join(argument)}>"
            case "Fn::If":
                return self.resolved(argument[1] if self.holds(argument[0]) else argument[2])
            case "Fn::Sub":
                text, names = argument if isinstance(argument, list) else (argument, {})
                return re.sub(r"\$\{([^!}]+)\}", lambda found: str(self._sub(found[1], names)), text)
        return _PURE[function](self.resolved(argument))

    def _sub(self, name: str, names: dict[str, Any]) -> Any:
        return self.resolved(names[name]) if name in names else self._named(name)

    def _named(self, name: str) -> Any:
        pseudo = {
            "AWS::StackName": self.name,
            "AWS::NoValue": _ABSENT,
            "AWS::AccountId": "123456789012",
            "AWS::Region": "eu-west-1",
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        if name in TEMPLATE["Parameters"]:
            parameter = TEMPLATE["Parameters"][name]
            value = str(self.given.get(name, parameter["Default"]))
            return value.split(",") if parameter["Type"] == "CommaDelimitedList" else value
        return f"<{self.name}/{name}>"
