"""What all tests share: they reach loopback and nothing else, and one embedded cloud a session."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sandbox.cloud import Cloud


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="every hostile value for every parameter of the API")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.allow_hosts(["127.0.0.1", "::1"]))


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """The embedded cloud, empty; whoever uses it makes a bucket or a stack of their own."""
    from sandbox.cloud import free_port, running  # noqa: PLC0415  # only end-to-end tests need it

    with running(free_port(), tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud
