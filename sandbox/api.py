"""A signed request to the stack's API on the embedded cloud; ``make call ROUTE=/status``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.cloud import REGION, ROOT, ROOT_KEY
from sandbox.query import running_stack

if TYPE_CHECKING:
    from sandbox.stack import Stack


def call(
    stack: Stack, route: str, *, method: str = "GET", body: str = "", key: tuple[str, str] | None = ROOT_KEY
) -> requests.Response:
    """Call a route such as ``/status``, signed with the key pair, or unsigned for ``None``."""
    url = f"{stack.api_url}{route}"
    content, authority = body.encode(), str(stack.cloud.authority)
    headers: dict[str, str] = {}
    if key:
        signed = AWSRequest(method=method, url=url, data=content)
        SigV4Auth(Credentials(*key), "execute-api", REGION).add_auth(signed)
        headers = dict(signed.headers.items())
    return requests.request(method, url, data=content, headers=headers, verify=authority, timeout=60)


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
    print(reply.status_code, reply.headers.get("Link", ""))
    try:
        print(json.dumps(reply.json(), indent=2, ensure_ascii=False))
    except requests.JSONDecodeError:
        print(reply.text)
    return 0 if reply.ok else 1


if __name__ == "__main__":
    sys.exit(main())
