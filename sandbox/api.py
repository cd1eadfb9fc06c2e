"""A signed request to the stack's API on the embedded cloud; ``make call ROUTE=/status``."""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from ssl import create_default_context
from typing import TYPE_CHECKING

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.cloud import REGION, ROOT, ROOT_KEY
from sandbox.query import running_stack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.stack import Stack


@dataclass(frozen=True)
class Reply:
    """What the API answered; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: str


def call(stack: Stack, route: str, *, method: str = "GET", key: tuple[str, str] | None = ROOT_KEY) -> Reply:
    """Call a route such as ``/status``, signed with the key pair, or unsigned for ``None``."""
    request = AWSRequest(method=method, url=f"{stack.api_url}{route}", data=b"")
    if key:
        SigV4Auth(Credentials(*key), "execute-api", REGION).add_auth(request)
    prepared = urllib.request.Request(request.url, method=method, headers=dict(request.headers.items()))
    context = create_default_context(cafile=stack.cloud.authority)
    try:
        with urllib.request.urlopen(prepared, context=context, timeout=60) as answer:
            return Reply(answer.status, _lower(answer.headers), answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, _lower(error.headers), error.read().decode())


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def main() -> int:
    """Print what a route answers; the exit code."""
    parser = argparse.ArgumentParser(prog="make call ROUTE=…", description=__doc__)
    parser.add_argument("route", help="a route of the API, such as /status or /integrations/400001/logs?page_size=2")
    parser.add_argument("--method", default="GET", help="HTTP method (%(default)s)")
    options = parser.parse_args()
    stack = running_stack(ROOT / ".run")
    if stack is None:
        print("Nothing is running: start it with `make run` in another terminal.", file=sys.stderr)
        return 1
    reply = call(stack, options.route, method=options.method)
    print(f"{reply.status}", *(f"{name}: {reply.headers[name]}" for name in ("link",) if name in reply.headers))
    try:
        print(json.dumps(json.loads(reply.body), indent=2, ensure_ascii=False))
    except ValueError:
        print(reply.body)
    return 0 if reply.status < 400 else 1


if __name__ == "__main__":
    sys.exit(main())
