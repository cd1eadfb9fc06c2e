"""A small sandbox with a clock that only the test moves, and a client that logs in to it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.upstreams import Sandbox, running

LOGS = "/api/v3/integrations/logs"


class Clock:
    """Stands still unless moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


class Client:
    """One account's HTTP session; follows Link headers as they are."""

    def __init__(self, sandbox: Sandbox, account: str, session: requests.Session) -> None:
        self.sandbox, self.account, self.session = sandbox, account, session
        keys = sandbox.accounts[account]
        session.auth = (keys["sendcloud_public_key"], keys["sendcloud_secret_key"])
        self.ids = sandbox.integration_ids[account]

    def get(self, path: str = LOGS, **options: Any) -> requests.Response:
        url = path if path.startswith("http") else self.sandbox.url + path
        return self.session.get(url, timeout=5, allow_redirects=False, **options)

    def pages(self, path: str = LOGS, size: int = 100) -> Iterator[requests.Response]:
        url: str | None = f"{path}?page_size={size}"
        while url:
            response = self.get(url)
            assert response.status_code == 200, response.text
            yield response
            url = response.links.get("next", {}).get("url")

    def walk(self, path: str = LOGS, size: int = 100) -> list[dict[str, Any]]:
        return [record for page in self.pages(path, size) for record in page.json()["data"]]

    def truth(self, integration: int | None = None) -> list[int]:
        days = self.sandbox.truth()[self.account]
        chosen = days if integration is None else {str(integration): days[str(integration)]}
        return sorted(number for each in chosen.values() for ids in each.values() for number in ids)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    with running(records={"main": 400, "second": 60}, clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    with requests.Session() as session:
        yield Client(sandbox, "main", session)


@pytest.fixture
def second(sandbox: Sandbox) -> Iterator[Client]:
    with requests.Session() as session:
        yield Client(sandbox, "second", session)
