"""Calls the running stack's API, with the request signed by IAM credentials."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.cloud import REGION, ROOT_KEY
from sandbox.routes import advice, examples, is_route
from sandbox.running import NothingRunningError, add_folder, fail, running_stack

if TYPE_CHECKING:
    from sandbox.stack import Stack


class NoSuchRouteError(Exception):
    """The API has no such route; the text says which ones come close."""


def call(
    stack: Stack, route: str, *, method: str = "GET", body: str = "", key: tuple[str, str] | None = ROOT_KEY
) -> requests.Response:
    """Call a route such as ``/status``, or a URL of the API, signed with the key pair, or unsigned for ``None``."""
    url = route if route.startswith(stack.api_url) else f"{stack.api_url}{route}"
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


def route_of(given: str, api_url: str) -> str:
    """The route, with its query, that a route with or without its slash means, or a URL of this API.

    Raises ``NoSuchRouteError``.
    """
    route = given.removeprefix(api_url)
    if urlsplit(route).scheme:
        raise NoSuchRouteError(f"{route} is not a URL of this API, which is at {api_url}. Give the route alone.")
    route = f"/{route.removeprefix('/')}"
    if not is_route(path := urlsplit(route).path):
        raise NoSuchRouteError(advice(path))
    return route


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
    if not options.route.strip():
        return fail(f"Give a route, for example:\n{examples()}", code=2)
    try:
        stack, _ = running_stack(options.folder)
        route = route_of(options.route.strip(), stack.api_url)
    except NothingRunningError as error:
        return fail(error, code=1)
    except NoSuchRouteError as error:
        return fail(error, code=2)
    reply = call(stack, route, method=options.method)
    print(reply.status_code, reply.reason)
    try:
        print(json.dumps(reply.json(), indent=2, ensure_ascii=False))
    except requests.JSONDecodeError:
        print(reply.text)
    for relation, url in following(reply).items():
        print(f"{relation} page: make call ROUTE='{url.removeprefix(stack.api_url)}'")
    return 0 if reply.ok else 1


if __name__ == "__main__":
    sys.exit(main())
