"""What Sendcloud keeps to as the fake plays it, and as the sandbox does: pages, their order, what links and ids say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest

from integration_logs.upstream.endpoint import BasicAuth
from integration_logs.upstream.http import Answer, HttpSession
from integration_logs.upstream.links import links
from integration_logs.upstream.sendcloud import Sendcloud, first_query
from sandbox.upstreams import running
from tests.fakes.sendcloud import FakeSendcloud, Order
from tests.unit.fetch_logs.walking import Time

COUNT = 11


@dataclass
class Upstream:
    """One account with eleven records in its first integration, an hour between each and the next."""

    get: Callable[[str], Answer]
    add: Callable[[datetime], int]
    time: Time
    first: int
    ids: list[int]

    def pages(self, *, own: bool = False, size: int = 4) -> Iterator[Answer]:
        """The pages of the account's stream, or of its first integration's own, by the links."""
        path, query = f"/integrations/{self.first}/logs" if own else "/integrations/logs", f"page_size={size}"
        while query:
            answer = self.get(f"https://api.example/api/v3{path}?{query}")
            assert answer.status == 200
            yield answer
            query = next_query(answer)

    def walked(self, *, own: bool = False, size: int = 4) -> list[dict[str, Any]]:
        return [record for page in self.pages(own=own, size=size) for record in data(page)]


def data(answer: Answer) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", cast("Any", answer.json())["data"])


def next_query(answer: Answer) -> str:
    """The query of the link to the next page; empty on the last one."""
    found = [target for target, relations in links(answer.headers.get("Link", "")) if "next" in relations]
    return urlsplit(found[0]).query if found else ""


@pytest.fixture(params=["newest first", "oldest first", "no order"])
def order(request: pytest.FixtureRequest) -> Order:
    return cast("Order", request.param)


@pytest.fixture(params=["fake", "sandbox"])
def upstream(request: pytest.FixtureRequest, order: Order) -> Iterator[Upstream]:
    time = Time()
    if request.param == "fake":
        fake = FakeSendcloud(time, order=order)
        first = fake.integrations[0]
        ids = [fake.add(first, time() - timedelta(hours=number)) for number in range(COUNT)]
        yield Upstream(fake.get, lambda at: fake.add(first, at), time, first, ids)
        return
    with running(records={"main": 0}, clock=time) as sandbox:
        first = sandbox.integration_ids["main"][0]
        keys = sandbox.accounts["main"]
        auth = BasicAuth(keys["sendcloud_public_key"], keys["sendcloud_secret_key"], secret="its secret")
        sandbox.modes(order={"newest first": "newest", "oldest first": "oldest", "no order": "shuffled"}[order])

        def add(at: datetime) -> int:
            (id_,) = sandbox.plant("main", first, {"created_at": at.isoformat()})
            return int(str(id_))

        with closing(HttpSession(auth=auth, user_agent="t", api="Sendcloud", secret="its secret")) as session:

            def get(url: str) -> Answer:
                return session.get(url.replace("https://api.example", sandbox.url), time_left=lambda: 60.0)

            ids = [add(time() - timedelta(hours=number)) for number in range(COUNT)]
            yield Upstream(get, add, time, first, ids)


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("size", [1, 4, 100])
def test_the_links_lead_to_every_record_once(upstream: Upstream, own: bool, size: int) -> None:
    """Of the account's stream and of an integration's own, whatever the size and the order."""
    found = [record["id"] for record in upstream.walked(own=own, size=size)]
    assert sorted(found) == sorted(upstream.ids)


def test_the_order(upstream: Upstream, order: Order) -> None:
    """By their time, where there is an order."""
    found = [record["id"] for record in upstream.walked()]
    if order != "no order":
        assert found == (upstream.ids if order == "newest first" else upstream.ids[::-1])


def test_pages_are_full_but_the_last(upstream: Upstream) -> None:
    """Each link keeps the size, and the last page has no link."""
    pages = list(upstream.pages())
    assert [len(data(page)) for page in pages] == [4, 4, 3]
    assert [parse_qs(next_query(page)).get("page_size") for page in pages] == [["4"], ["4"], None]


def test_a_record_says_what_a_walk_reads(upstream: Upstream) -> None:
    """A whole number that tells it from others, its integration, and a time with its zone."""
    for record in upstream.walked():
        assert type(record["id"]) is int
        assert record["integration_id"] == upstream.first
        assert datetime.fromisoformat(record["created_at"]).tzinfo is not None
        assert isinstance(record["base_url"], str)


def test_what_comes_while_a_walk_goes_on_hides_nothing(upstream: Upstream) -> None:
    """Records that are created between two pages move none of those that there were out of the walk."""
    found: list[int] = []
    for page in upstream.pages():
        found += [record["id"] for record in data(page)]
        upstream.add(upstream.time())
    assert set(upstream.ids) <= set(found)
    assert len(found) == len(set(found))


def test_the_integrations(upstream: Upstream) -> None:
    """Sendcloud lists them with their ids."""
    listed = data(upstream.get("https://api.example/api/v3/integrations"))
    assert upstream.first in [each["id"] for each in listed]


def test_the_client_reads_it(upstream: Upstream) -> None:
    """The product's own client takes its pages one after the other."""

    class Session:
        def get(self, url: str, *, arrived: Callable[[Any], None], **_: object) -> Answer:
            answer = upstream.get(url)
            arrived(answer.headers)
            return answer

    client = Sendcloud(cast("Any", Session()), base_url="https://api.example/api/v3")
    query: str | None = first_query(4)
    found: list[Any] = []
    while query:
        page = client.page(query, integration_id=None, time_left=lambda: 60.0)
        found += [cast("Any", record)["id"] for record in page.records]
        query = page.next_query
    assert sorted(found) == sorted(upstream.ids)
