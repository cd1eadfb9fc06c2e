from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest

from fetch_logs.stream.rush import rush
from integration_logs.errors import ContractBroken, TryLater
from integration_logs.upstream.sendcloud import Page, Sendcloud, first_query
from tests.unit.integration_logs.upstream.transport import (
    Clock,
    Transport,
    answer,
    in_turn,
    loopback,
    reply_bytes,
    session,
)

SOON = 10.0
HOST = "https://panel.sendcloud.sc/api/v3/integrations/logs"


@dataclass
class Chain:
    """Pages of one record each, ``"1"`` to ``"2"`` to ``"3"``; a page in ``held`` names the next one and then waits."""

    last: int = 5
    held: dict[str, threading.Event] = field(default_factory=dict)
    says: dict[str, str | None] = field(default_factory=dict)
    """What the headers name where that is not the next page."""
    fails: dict[str, Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    reached: dict[str, threading.Event] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reached = {str(number): threading.Event() for number in range(1, self.last + 1)}

    def __call__(self, query: str, *, named: Callable[[str | None], None]) -> Page:
        self.asked.append(query)
        self.reached[query].set()
        following = str(int(query) + 1) if int(query) < self.last else None
        named(self.says.get(query, following))
        if query in self.held:
            assert self.held[query].wait(SOON), "it was never let go"
        if query in self.fails:
            raise self.fails[query]
        return Page([int(query)], following)


def numbers(pages: Iterator[Page]) -> list[object]:
    return [number for page in pages for number in page.records]


def test_every_page_once_in_order() -> None:
    """All pages come, each once and each asked for once, up to the one that names no other."""
    chain = Chain()
    assert numbers(rush(chain, "1")) == [1, 2, 3, 4, 5]
    assert chain.asked == ["1", "2", "3", "4", "5"]


def test_the_next_is_asked_for_before_the_body_is_here() -> None:
    """As soon as a page's headers have named the next one that is asked for, while the body still comes in."""
    chain = Chain(held={"1": threading.Event()})
    pages = rush(chain, "1")
    taken: list[Page] = []
    taking = threading.Thread(target=lambda: taken.append(next(pages)))
    taking.start()
    try:
        assert chain.reached["2"].wait(SOON)
        assert taken == []
    finally:
        chain.held["1"].set()
        taking.join(SOON)
    assert [page.records for page in taken] == [[1]]


def test_no_more_than_one_early() -> None:
    """Nothing is asked for until a page is wanted, and then no more than that one and the next."""
    chain = Chain()
    pages = rush(chain, "1")
    assert chain.asked == []
    next(pages)
    assert chain.reached["2"].wait(SOON)
    with contextlib.closing(pages):
        assert not chain.reached["3"].wait(0.05)


def test_what_the_page_says_counts() -> None:
    """Where a first attempt's headers named another page than the last one's, the walk goes where the page says."""
    chain = Chain(says={"2": "5"})
    assert numbers(rush(chain, "1")) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("named", [None, "1"])
def test_nothing_is_asked_for_early_without_a_good_name(named: str | None) -> None:
    """Headers that name no page, or one that was read already, have nothing asked for before the page is here."""
    chain = Chain(says={"2": named})
    assert numbers(rush(chain, "1")) == [1, 2, 3, 4, 5]
    assert chain.asked == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("error", [TryLater("Not now."), ContractBroken("No."), ValueError("?")])
def test_an_error_comes_in_the_pages_turn(error: Exception) -> None:
    """A page that cannot be had is heard of after the one before it was given, as what it was raised; no page of a
    later turn is given."""
    pages = rush(Chain(fails={"3": error}), "1")
    assert [next(pages).records, next(pages).records] == [[1], [2]]
    with pytest.raises(type(error)) as caught:
        next(pages)
    assert caught.value is error
    assert next(pages, None) is None


def test_leaving_early_leaves_no_thread() -> None:
    """Who stops waits for what is under way, and no thread is left."""
    before = threading.enumerate()
    chain = Chain(held={"2": threading.Event()})
    pages = rush(chain, "1")
    next(pages)
    assert chain.reached["2"].wait(SOON)
    threading.Timer(0.0, chain.held["2"].set).start()
    pages.close()
    assert chain.held["2"].is_set()
    assert not [each for each in threading.enumerate() if each.name.startswith("page") and each not in before]


# --- with Sendcloud's client ------------------------------------------------------------------------------------------


def link(query: str) -> dict[str, str]:
    return {"Link": f'<{HOST}?{query}>; rel="next"'}


def rushed(client: Sendcloud, clock: Clock) -> Iterator[Page]:
    return rush(partial(client.page, integration_id=None, time_left=clock.time_left), first_query(25))


def test_before_the_body_travels(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the wire: the first answer's body is sent only when the second request is here."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    clock, body = Clock(), b'{"data": [1]}'
    connections: list[socket.socket] = []

    def reply(head: str) -> bytes:
        if "cursor=b" in head:
            connections[0].sendall(body)
            return reply_bytes(200, {"data": [2]})
        return reply_bytes(200, body, f'Link: <{HOST}?cursor=b>; rel="next"').removesuffix(body)

    def connected(connection: socket.socket) -> socket.socket:
        connections.append(connection)
        return connection

    http = session(clock, timeouts=(SOON, SOON), attempts=1)
    with loopback(reply, connected) as server, contextlib.closing(http):
        client = Sendcloud(http, base_url=f"http://127.0.0.1:{server.port}/api/v3")
        assert numbers(rushed(client, clock)) == [1, 2]
    assert len(connections) == 2


@pytest.mark.parametrize("status", [400, 404, 500, 302])
def test_a_failed_answer_names_nothing(status: int) -> None:
    """The headers of an answer that is no success are not followed."""
    clock = Clock()
    transport = Transport(in_turn(*[answer(status, {"data": []}, link("cursor=b"))] * 4))
    with pytest.raises((ContractBroken, TryLater)):
        next(rushed(Sendcloud(session(clock, transport)), clock))
    assert all("cursor" not in str(request.url) for request in transport.asked)


@pytest.mark.parametrize(("length", "told"), [("999999", True), ("1000000", False), ("", True), (None, True)])
def test_nothing_early_beside_a_large_page(length: str | None, told: bool) -> None:
    """What follows a page of 1 MB or more is asked for when that page is here: memory is for one of them."""
    clock, named = Clock(), list[str | None]()
    headers = link("cursor=b") | ({} if length is None else {"Content-Length": length})
    client = Sendcloud(session(clock, Transport(in_turn(answer(200, {"data": [1]}, headers)))))
    page = client.page(first_query(25), integration_id=None, time_left=clock.time_left, named=named.append)
    assert page.next_query == "cursor=b"
    assert named == (["cursor=b"] if told else [])


def test_a_lost_way_on() -> None:
    """A next link without a query is told after the page's records, as in a walk page by page."""
    clock = Clock()
    transport = Transport(in_turn(answer(200, {"data": [1]}, {"Link": f'<{HOST}>; rel="next"'})))
    pages = rushed(Sendcloud(session(clock, transport)), clock)
    assert next(pages).records == [1]
    with pytest.raises(ContractBroken):
        next(pages)
    assert len(transport.asked) == 1
