"""A deployed function with other settings, temporarily."""

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
    functions, name = stack.client("lambda"), stack.outputs[output]
    before = functions.get_function_configuration(FunctionName=name)
    variables = before["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=name,
        Description=f"for a while ({uuid4()})",  # a difference, where there is no other
        Timeout=timeout or before["Timeout"],
        Environment={"Variables": {**variables, **(environment or {})}},
    )
    try:
        yield
    finally:
        functions.update_function_configuration(
            FunctionName=name,
            Description=before["Description"],
            Timeout=before["Timeout"],
            Environment={"Variables": variables},
        )
