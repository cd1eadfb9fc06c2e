"""The row that ``make run`` ends with for each shop."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from sandbox import shops
from sandbox.cloud import Cloud
from sandbox.stack import Stack

STACK = Stack(Cloud("https://127.0.0.1:1", Path("cloud.log"), Path("authority")), {"ApiId": "a1b2c3"})
KEYS = {"code": "credentials-rejected", "who": "host", "confidence": 0.9, "en": "Let the header through.", "nl": "…"}


class Api:
    """Answers from ``pages``, by the route without its query; a page after the first is at ``<route>#2``."""

    def __init__(self, **integrations: Any) -> None:
        self.pages: dict[str, Any] = {"/integrations": [integration(1)]} | integrations

    def call(self, _: Stack, route: str) -> requests.Response:
        parts = urlsplit(route.removeprefix(STACK.api_url))
        path = f"{parts.path}#2" if "cursor" in parts.query else parts.path
        reply = requests.Response()
        reply.status_code, reply.url = 200, f"{STACK.api_url}{parts.path}"
        reply.json = lambda: {"data": self.pages[path]}  # type: ignore[method-assign]
        if f"{path}#2" in self.pages:
            reply.headers["Link"] = '<?cursor=x>; rel="next"'
        return reply


def integration(id_: int, verdict: str = "failing", name: str | None = "De Ketting") -> dict[str, Any]:
    return {"integration_id": id_, "shop_name": name, "verdict": verdict, "sentence": f"It is {verdict}."}


def problem(fingerprint: str, records: int) -> dict[str, Any]:
    return {
        "fingerprint": fingerprint,
        "exception_type": "requests.exceptions.HTTPError",
        "response_code": 401,
        "path": "/orders/{id}",
        "records": records,
    }


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Any:
    def answer(pages: dict[str, Any]) -> list[shops.Shop]:
        monkeypatch.setattr(shops, "call", Api(**pages).call)
        return shops.shops(STACK)

    return answer


def test_the_problem_with_the_most_records_is_named(answering: Any) -> None:
    """With its remedy and who acts in words, also where it stands on a later page."""
    (shop,) = answering(
        {
            "/integrations/1/problems": [problem("a", 3)],
            "/integrations/1/problems#2": [problem("b", 1200)],
            "/integrations/1/problems/b": {"remedy_in_full": KEYS},
        }
    )
    assert shop == shops.Shop(
        "De Ketting",
        "failing",
        "HTTPError 401\n/orders/{id}\n1,200 records",
        "Let the header through.",
        "the webshop's hosting or firewall provider",
    )


def test_a_problem_without_a_remedy(answering: Any) -> None:
    """It says that none is known, and who looks into it."""
    problems = {"/integrations/1/problems": [problem("a", 3)], "/integrations/1/problems/a": {"remedy_in_full": None}}
    (shop,) = answering(problems)
    assert (shop.who, shop.remedy) == ("the webshop's administrator", "No remedy is known; look in the shop's log.")


def test_shops_without_a_problem(answering: Any) -> None:
    """A verdict that is no problem's says what it means; a healthy shop says nothing, and stands last."""
    rows = answering(
        {
            "/integrations": [integration(1, "healthy", "Bloemen"), integration(2, "silent", None)],
            "/integrations/1/problems": [],
            "/integrations/2/problems": [],
        }
    )
    assert rows == [
        shops.Shop("Integration 2", "silent", "", "It is silent.", ""),
        shops.Shop("Bloemen", "healthy", "", "", ""),
    ]
