"""The template that ships, built and deployed once for all end-to-end tests, beside a sandbox of both upstreams."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from sandbox import stack as stacks
from sandbox import upstreams
from sandbox.tour import parameters
from tests.e2e.people import pool_with_a_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.cloud import Cloud
    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox
    from tests.e2e.people import Pool

ORIGIN = "https://tool.example"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs the embedded cloud."""
    for item in items:
        if "tests/e2e/" in item.path.as_posix():
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """Both upstreams; nothing appears in them but what a test plants. Tests may check as often as the machine can."""
    with upstreams.running(seed=11, records={"main": 3000, "second": 300}) as running:
        running.modes(wemasy_rate_limit=100_000)
        yield running


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built template; each function and layer has its folder beside it."""
    return stacks.build(tmp_path_factory.mktemp("stack"))


@pytest.fixture(scope="session")
def pool(cloud: Cloud) -> Pool:
    """The user pool of the deployed stack's second API."""
    return pool_with_a_user(cloud, "people")


@pytest.fixture(scope="session")
def deployed(cloud: Cloud, sandbox: Sandbox, built: Path, pool: Pool) -> Stack:
    """The deployed stack, with the sandbox's credentials in its secrets and one complete first tick behind it.

    It has what is optional: a user pool, whose API costs nobody else anything, and an origin whose pages may read.
    """
    given = parameters(sandbox.url, list(sandbox.accounts))
    given |= {"CognitoUserPoolArn": pool.arn, "CorsAllowOrigin": ORIGIN}
    stack = stacks.deploy(cloud, built, built.parent.parent, given)
    stack.put_secrets(sandbox.accounts)
    walk(stack)
    archived(stack)  # by the queue alone: it is much, and two archivers at once do most of it twice
    return stack


def tick(stack: Stack) -> list[dict[str, object]]:
    """Walk every account now and archive what landed; how each walk went. The queues do their part meanwhile."""
    walks = walk(stack)
    stack.invoke("ArchiveLogsFunction", {"task": "archive"})
    archived(stack)
    return walks


def walk(stack: Stack) -> list[dict[str, object]]:
    """Walk every account now; how it went."""
    return [
        stack.invoke("FetchLogsFunction", {"task": "walk", "account": account, "mode": "tick"})
        for account in ("main", "second")
    ]


def archived(stack: Stack) -> None:
    """Wait until nothing is in landing."""
    eventually(lambda: not keys(stack, "landing/"), "what landed is archived")


def keys(stack: Stack, prefix: str) -> dict[str, str]:
    """Every object under the prefix with its etag."""
    pages = (
        stack.client("s3").get_paginator("list_objects_v2").paginate(Bucket=stack.outputs["BucketName"], Prefix=prefix)
    )
    return {item["Key"]: item["ETag"] for page in pages for item in page.get("Contents", [])}


def eventually(holds: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
    """Wait until it holds; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(0.2)
