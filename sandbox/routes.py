"""Which routes the API has, by its own description; and which ones come close to a route that it does not have."""

from __future__ import annotations

import difflib
import json
import re
from functools import cache

from sandbox.cloud import ROOT

DESCRIPTION = ROOT / "functions/check_status/openapi.json"
INTEGRATION = "400001"
"""An integration that the sandbox has, so that an example can be copied."""


@cache
def routes() -> dict[str, str]:
    """Every route, such as ``/problems/{fingerprint}``, with its method."""
    paths = json.loads(DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    return {path: next(iter(methods)).upper() for path, methods in sorted(paths.items())}


def is_route(path: str) -> bool:
    """Whether the API has it.

    >>> is_route("/integrations/400001/logs"), is_route("/integrations/400001/log")
    (True, False)
    """
    return any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route), path) for route in routes())


def advice(path: str) -> str:
    """What to call in place of a route that does not exist: up to three that come close, otherwise all."""
    found = re.search(r"(?<=/)\d+(?=/|$)", path)
    commands = _commands(found[0] if found else INTEGRATION)
    close = difflib.get_close_matches(path, commands, n=3, cutoff=0.6)
    named = "\n".join(commands[each] for each in close or commands)
    return f"There is no route {path}. {'Did you mean:' if close else 'These are all of them:'}\n{named}"


def examples() -> str:
    """A command for each route."""
    return "\n".join(_commands(INTEGRATION).values())


def _commands(integration: str) -> dict[str, str]:
    commands = {}
    for route, method in routes().items():
        path = route.replace("{integration_id}", integration)
        commands[path] = f"  make call ROUTE={path}" + ("" if method == "GET" else f' ARGS="--method {method}"')
    return commands
