"""The stack that is looked at, wherever it is deployed, and what a check says of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

SELF_FEEDING = ("FetchLogs", "ArchiveLogs")
"""The functions that hand on work to themselves, by their names in the template."""


@dataclass(frozen=True)
class Finding:
    """What one check found: all is well, or ``say`` is what to do."""

    name: str
    ok: bool
    say: str


@dataclass(frozen=True)
class Resource:
    """One resource of the stack, as CloudFormation lists it."""

    logical: str
    physical: str
    type: str


@dataclass(frozen=True)
class Deployment:
    """A deployed stack; ``client`` makes or keeps boto3 clients, ``embedded`` is whether it is on a laptop's cloud."""

    name: str
    client: Callable[[str], Any]
    embedded: bool

    @cached_property
    def _described(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        return found

    @property
    def status(self) -> str:
        """CloudFormation's word for how the last deployment went."""
        return str(self._described["StackStatus"])

    @property
    def id(self) -> str:
        """The stack's ARN."""
        return str(self._described["StackId"])

    @property
    def outputs(self) -> Mapping[str, str]:
        """The template's outputs."""
        return {each["OutputKey"]: each["OutputValue"] for each in self._described.get("Outputs", [])}

    @property
    def parameters(self) -> Mapping[str, str]:
        """The template's parameters, defaults included."""
        return {each["ParameterKey"]: each["ParameterValue"] for each in self._described.get("Parameters", [])}

    @property
    def accounts(self) -> list[str]:
        """The accounts that are fetched."""
        return [name.strip() for name in self.parameters["AccountNames"].split(",") if name.strip()]

    @cached_property
    def resources(self) -> Mapping[str, Resource]:
        """What the stack consists of, by the names in the template."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.name)
        found = [each for page in pages for each in page["StackResourceSummaries"] if each.get("PhysicalResourceId")]
        return {
            each["LogicalResourceId"]: Resource(
                each["LogicalResourceId"], each["PhysicalResourceId"], each["ResourceType"]
            )
            for each in found
        }

    def of_type(self, type_: str) -> list[Resource]:
        """The stack's resources of one type."""
        return [each for each in self.resources.values() if each.type == type_]
