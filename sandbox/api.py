"""Calls the running stack's API, with the request signed by IAM credentials."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.cloud import REGION, ROOT, ROOT_KEY
from sandbox.running import NothingRunningError, add_folder, fail, running_stack

if TYPE_CHECKING:
    from sandbox.stack import Stack

DESCRIPTION = ROOT / "functions/check_status/openapi.json"


def call(
    stack: Stack, route: str, *, method: str = "GET", body: str = "", key: tuple[str, str] | None = ROOT_KEY
) -> requests.Response:
    """Call a route such as ``/status``, or a URL of the API, signed with the key pair, or unsigned for ``None``."""
    url = route if "://" in route else f"{stack.api_url}{route}"
    content, authority = body.encode(), str(stack.cloud.authority)
    headers: dict[str, str] = {}
    if key:
        signed = AWSRequest(method=method, url=url, data=content)
        SigV4Auth(Credentials(*key), "execute-api", REGION).add_auth(signed)
        headers = dict(signed.headers.items())
    return requests.request(method, url, data=content, headers=headers, verify=authority, timeout=60)


def following(reply: requests.Response) -> dict[str, str]:
    """The pages that the answer's ``Link`` header names, by relation, each as a whole URL."""
    return {relation: urljoin(reply.url, link["url"]) for relation, link in reply.links.items()}


def routes() -> list[str]:
    """The API's routes that answer a GET, from its description."""
    paths = json.loads(DESCRIPTION.read_text(encoding="utf-8"))["paths"]
    return sorted(path for path, methods in paths.items() if "get" in methods)


def advice(route: str) -> str:
    """What to try instead of a route that there is not."""
    path = urlsplit(route).path
    close = difflib.get_close_matches(path, routes(), n=3, cutoff=0.5)
    named = "\n".join(f"  make call ROUTE={each}" for each in close or routes())
    return f"There is no route {path}. {'Did you mean:' if close else 'These are all of them:'}\n{named}"


def main() -> int:
    """Print what a route answers; the exit code."""
    parser = argparse.ArgumentParser(prog="make call", description=__doc__, usage="make call ROUTE=/status")
    parser.add_argument(
        "route",
        nargs="?",
        default=os.environ.get("ROUTE", ""),
        help="a route of the API, such as /status or /integrations/400001/logs?page_size=2, or the URL of a next page",
    )
    parser.add_argument("--method", default="GET", help="HTTP method (%(default)s)")
    add_folder(parser)
    options = parser.parse_args()
    route = options.route.strip()
    if not route:
        named = "\n".join(f"  make call ROUTE={each}" for each in routes())
        return fail(f"Give a route, for example:\n{named}", code=2)
    if "://" not in route and not route.startswith("/"):
        route = f"/{route}"
    try:
        stack, _ = running_stack(options.folder)
    except NothingRunningError as error:
        return fail(error, code=1)
    reply = call(stack, route, method=options.method)
    print(reply.status_code, reply.reason)
    try:
        print(json.dumps(reply.json(), indent=2, ensure_ascii=False))
    except requests.JSONDecodeError:
        print(reply.text)
    for relation, url in following(reply).items():
        print(f"{relation} page: make call ROUTE='{url.removeprefix(stack.api_url)}'")
    if reply.status_code in {403, 404} and "://" not in route and urlsplit(route).path not in routes():
        print(advice(route), file=sys.stderr)
    return 0 if reply.ok else 1


if __name__ == "__main__":
    sys.exit(main())
