"""A deployed function with other settings for a while: a new version behind its alias, as a deployment makes one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.stack import Stack


@contextmanager
def reconfigured(
    stack: Stack, output: str, *, timeout: int | None = None, environment: dict[str, str] | None = None
) -> Iterator[None]:
    """Let the function that an output names run with another time-out or environment; afterwards as it was before.

    In any case its workers start afresh, with nothing in memory.
    """
    functions = stack.client("lambda")
    name, _, alias = stack.outputs[output].rpartition(":")
    before = functions.get_function_configuration(FunctionName=name)
    version = functions.get_alias(FunctionName=name, Name=alias)["FunctionVersion"]
    variables = before["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=name,
        Description=f"for a while ({uuid4()})",  # without any difference no version would be made
        Timeout=timeout or before["Timeout"],
        Environment={"Variables": {**variables, **(environment or {})}},
    )
    published = functions.publish_version(FunctionName=name)["Version"]
    functions.update_alias(FunctionName=name, Name=alias, FunctionVersion=published)
    try:
        yield
    finally:
        functions.update_alias(FunctionName=name, Name=alias, FunctionVersion=version)
        functions.update_function_configuration(
            FunctionName=name,
            Description=before["Description"],
            Timeout=before["Timeout"],
            Environment={"Variables": variables},
        )
