"""The environment variables that a deployment by the template gives a function, for one that runs in no stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from sandbox.cloud import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

_RESOURCES = {
    "AWS::StackName": "integration-logs",
    "WorkQueue": "https://sqs.invalid/work.fifo",
    "ArchiveQueue": "https://sqs.invalid/archive.fifo",
    "PseudonymKey": "integration-logs-pseudonyms",
}
"""What stands for resources that nobody asks here, and for the secret of the pseudonyms' key."""


def environment(function: str, given: Mapping[str, str]) -> dict[str, str]:
    """The function's variables: ``given`` has parameters that are not at their defaults, and names of resources.

    Raises ``KeyError`` where the template has no such parameter or resource, or a variable is made of something else.
    """
    template: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())
    if unknown := given.keys() - template["Parameters"].keys() - template["Resources"].keys():
        raise KeyError(f"the template has no {', '.join(sorted(unknown))}")
    defaults = {name: str(each.get("Default", "")) for name, each in template["Parameters"].items()}
    known = {**defaults, **_RESOURCES, **given}
    variables = {
        **template["Globals"]["Function"]["Environment"]["Variables"],
        **template["Resources"][function]["Properties"]["Environment"]["Variables"],
    }
    return {name: _resolved(value, known) for name, value in variables.items()}


def _resolved(value: Any, known: Mapping[str, str]) -> str:
    match value:
        case {"Ref": name}:
            return known[name]
        case {"Fn::GetAtt": [name, _]}:
            return known[name]
        case {"Fn::Join": [",", {"Ref": name}]}:
            return known[name]  # a list among the parameters, written as it is given
        case _:
            return str(value)
