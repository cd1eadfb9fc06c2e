"""Pages under way while others are worked on."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from fetch_logs.stream.environment import Fetches
from fetch_logs.stream.prefetch import Prefetcher
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

HOST = "https://panel.sendcloud.sc/api/v3/integrations/logs"
SOON = 10.0


class Source:
    """Pages of one number each; says which have been asked for, and holds one back until it is let go."""

    def __init__(self, count: int = 9, *, held: int | None = None, failing: int | None = None) -> None:
        self.asked: list[int] = []
        self.held, self.failing = held, failing
        self.reached, self.let_go = threading.Event(), threading.Event()
        self._count = count

    def __call__(self, query: str | None, *, named: object = None) -> Page:
        assert named is None, "nobody wants to hear early what is next"
        number = int((query or "0").removeprefix("slow").removeprefix("quick") or 0)
        self.asked.append(number)
        if number == self.held:
            self.reached.set()
            assert self.let_go.wait(SOON)
        if number == self.failing:
            raise TryLater("Not now.")
        return Page([number], str(number + 1) if number + 1 < self._count else None)


def of(source: Source) -> Prefetcher:
    """One chain."""
    return Prefetcher(source)


def take(prefetcher: Prefetcher) -> object:
    prefetcher.fetch(0)
    assert prefetcher.soonest() == 0
    (number,) = prefetcher.take(0).records
    return number


def test_items_in_their_order() -> None:
    """Each page comes once, whether it was fetched in advance or not, and after the last there is none."""
    with of(Source(4)) as prefetcher:
        taken = [take(prefetcher)]
        prefetcher.fetch(0)
        taken += [take(prefetcher), take(prefetcher)]
        prefetcher.fetch(0)
        assert [*taken, take(prefetcher)] == [0, 1, 2, 3]
        for _ in range(2):
            with pytest.raises(ContractBroken):
                take(prefetcher)


def test_chains_begin_where_they_are_asked_to() -> None:
    """Each chain begins once, at its own query."""
    asked: list[str | None] = []

    def fetch(query: str | None, **_: object) -> Page:
        asked.append(query)
        return Page([query], f"{query}, then")

    with Prefetcher(fetch, 2) as prefetcher:
        for chain, query in ((7, "a"), (8, None)):
            for _ in range(2):
                prefetcher.fetch(chain, query)
                assert prefetcher.soonest() == chain
                last = prefetcher.take(chain)
            assert last.records == [f"{query}, then"]
    assert asked == ["a", "a, then", None, "None, then"]


def test_the_one_that_is_there_comes_first() -> None:
    """Of several chains the one whose page has come is next, whichever was asked for before; without any, none is."""
    slow = Source(held=0)
    sources = {"slow": slow, "quick": Source()}
    with Prefetcher(lambda query, **_: sources[query or ""](query), 2) as prefetcher:
        assert prefetcher.soonest() is None
        prefetcher.fetch(0, "slow")
        assert slow.reached.wait(SOON)
        prefetcher.fetch(1, "quick")
        assert prefetcher.soonest() == 1
        assert prefetcher.take(1).records == [0]
        slow.let_go.set()
        assert prefetcher.soonest() == 0


def test_no_more_at_once_than_allowed() -> None:
    """However many chains are asked for, no more items are on their way at once than allowed."""
    slow = Source(held=0)
    other = Source()
    with Prefetcher(lambda query, **_: (slow if query else other)(query), 1) as prefetcher:
        prefetcher.fetch(0, "slow")
        prefetcher.fetch(1)
        assert slow.reached.wait(SOON)
        assert other.asked == []
        slow.let_go.set()


def test_nothing_is_asked_for_unwanted() -> None:
    """Without a wish for more, no more than what is taken is asked for."""
    source = Source()
    with of(source) as prefetcher:
        assert source.asked == []
        take(prefetcher)
        assert source.asked == [0]
    assert source.asked == [0]


def test_one_in_advance() -> None:
    """However often it is wished for, one item is fetched in advance and no more."""
    source = Source()
    with of(source) as prefetcher:
        take(prefetcher)
        for _ in range(5):
            prefetcher.fetch(0)
        assert take(prefetcher) == 1
    assert source.asked == [0, 1]


def test_the_next_is_under_way_meanwhile() -> None:
    """The next item is being fetched while the one before it is worked on."""
    source = Source(held=1)
    with of(source) as prefetcher:
        assert take(prefetcher) == 0
        prefetcher.fetch(0)
        assert source.reached.wait(SOON)  # under way, and this thread is free to work
        source.let_go.set()
        assert take(prefetcher) == 1


def test_an_error_comes_when_its_item_is_taken() -> None:
    """That the next item cannot be had is heard after this one was worked on, and what it was raised as."""
    with of(Source(failing=1)) as prefetcher:
        assert take(prefetcher) == 0
        prefetcher.fetch(0)
        with pytest.raises(TryLater, match=r"Not now\."):
            take(prefetcher)


def test_leaving_early_waits() -> None:
    """Who leaves, by an error too, leaves no thread behind; what was under way is waited for."""
    before = threading.active_count()
    source = Source(held=1)

    def leave() -> None:
        with of(source) as prefetcher:
            take(prefetcher)
            prefetcher.fetch(0)
            assert source.reached.wait(SOON)
            threading.Timer(0.0, source.let_go.set).start()
            raise KeyError

    with pytest.raises(KeyError):
        leave()
    assert source.let_go.is_set()
    assert source.asked == [0, 1]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("page")]
    assert threading.active_count() <= before + 1  # the timer's may still be ending


def test_an_error_that_nobody_takes() -> None:
    """The failure of an item that is not wanted any more is of no account."""
    with of(Source(failing=1)) as prefetcher:
        assert take(prefetcher) == 0
        prefetcher.fetch(0)


# --- a walk to the end -----------------------------------------------------------------------------------------------


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

    def __call__(self, query: str | None, *, named: Callable[[str | None], None] | None = None) -> Page:
        assert query
        assert named
        self.asked.append(query)
        self.reached[query].set()
        following = str(int(query) + 1) if int(query) < self.last else None
        named(self.says.get(query, following))
        if query in self.held:
            assert self.held[query].wait(SOON), "it was never let go"
        if query in self.fails:
            raise self.fails[query]
        return Page([int(query)], following)


def rush(fetch: Fetches, query: str) -> Iterator[Page]:
    """A walk to the end, as a walk of a stream does it."""
    with Prefetcher(fetch, early=True) as prefetcher:
        while True:
            prefetcher.fetch(0, query)
            assert prefetcher.soonest() == 0
            page = prefetcher.take(0)
            yield page
            if page.last:
                return


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
    def fetch(query: str | None, *, named: Callable[[str | None], None] | None = None) -> Page:
        return client.page(query or "", integration_id=None, time_left=clock.time_left, named=named)

    return rush(fetch, first_query(25))


def test_before_the_body_travels() -> None:
    """On the wire: the first answer's body is sent only when the second request is here."""
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
