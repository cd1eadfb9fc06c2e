from __future__ import annotations

import contextlib
import logging
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from requests import PreparedRequest, Response

from integration_logs.errors import ContractBroken, NeedsOperator, TryLater
from integration_logs.upstream.links import links, next_target
from integration_logs.upstream.sendcloud import Page, Sendcloud, first_query
from tests.unit.integration_logs.upstream.transport import (
    TOKEN,
    Clock,
    Transport,
    answer,
    in_turn,
    loopback,
    pages,
    reply_bytes,
    session,
)

ENDPOINT = "https://panel.sendcloud.sc/api/v3/integrations/logs"
CANARY = "canary-cursor-9c2e"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def client(clock: Clock, *turns: Response | Exception, **options: Any) -> tuple[Sendcloud, Transport]:
    transport = Transport(in_turn(*turns))
    return Sendcloud(session(clock, transport), **options), transport


def link(query: str, base: str = ENDPOINT, rel: str = "next") -> dict[str, str]:
    return {"Link": f'<{base}?{query}>; rel="{rel}"'}


def urls(transport: Transport) -> list[str | None]:
    return [request.url for request in transport.asked]


# --- pages -----------------------------------------------------------------------------------------------------------


def test_one_page_of_the_account(clock: Clock) -> None:
    """The account's stream is asked for with the page size, and its records are given as they came."""
    sendcloud, transport = client(clock, answer(200, {"data": [{"id": 1}, "odd", None]}))
    page = next(pages(sendcloud, first_query(100), integration_id=None, time_left=clock.time_left))
    assert page == Page([{"id": 1}, "odd", None], None)
    assert urls(transport) == [f"{ENDPOINT}?page_size=100"]


def test_a_page_that_cannot_be_read(clock: Clock) -> None:
    """Of a page whose body is none, the way on is known from its headers; without one it is a broken contract."""
    for body, times in ((b"<html>", 4), (b'{"data": {}}', 1)):
        sendcloud, transport = client(clock, *(answer(200, body, link("cursor=b&page_size=2")) for _ in range(times)))
        page = next(pages(sendcloud, first_query(2), integration_id=None, time_left=clock.time_left))
        assert (page.records, page.next_query, page.last) == ([], "cursor=b&page_size=2", False)
        assert isinstance(page.unread, ContractBroken)
        assert len(transport.asked) == times


def test_a_list_of_integrations_with_a_broken_page(clock: Clock) -> None:
    """A list of integrations is whole or it is none: a page of it that cannot be read is not passed over."""
    first, broken = answer(200, {"data": []}, link("cursor=b")), answer(200, {"data": None}, link("cursor=c"))
    sendcloud, _ = client(clock, first, broken, answer(200, {"data": []}))
    with pytest.raises(ContractBroken):
        sendcloud.integrations(time_left=clock.time_left)


def test_one_page_of_an_integration(clock: Clock) -> None:
    """One integration has its own endpoint under the configured base."""
    sendcloud, transport = client(clock, answer(200, {"data": []}), base_url="http://127.0.0.1:9/v3/")
    next(pages(sendcloud, first_query(25), integration_id=7, time_left=clock.time_left))
    assert urls(transport) == ["http://127.0.0.1:9/v3/integrations/7/logs?page_size=25"]


def test_walk(clock: Clock) -> None:
    """The walk follows each next link to the page without one; an empty page in between does not end it."""
    sendcloud, transport = client(
        clock,
        answer(200, {"data": [1]}, link("cursor=a&page_size=25")),
        answer(200, {"data": []}, link("cursor=b&page_size=25")),
        answer(200, {"data": [2]}, link("cursor=a", rel="prev")),
    )
    walk = pages(sendcloud, first_query(25), integration_id=None, time_left=clock.time_left)
    assert [page.records for page in walk] == [[1], [], [2]]
    assert urls(transport)[1:] == [f"{ENDPOINT}?cursor=a&page_size=25", f"{ENDPOINT}?cursor=b&page_size=25"]


def test_walk_is_lazy(clock: Clock) -> None:
    """A page is asked for when it is wanted, no sooner."""
    sendcloud, transport = client(clock, answer(200, {"data": [1]}, link("cursor=a")))
    next(pages(sendcloud, first_query(25), integration_id=None, time_left=clock.time_left))
    assert len(transport.asked) == 1


def test_walk_goes_on_where_it_stopped(clock: Clock) -> None:
    """A query that was kept goes out as it was, with the page size that is in it."""
    sendcloud, transport = client(clock, answer(200, {"data": []}))
    query = "cursor=2023-03-01T02:02:00+01:00&page_size=25"
    list(pages(sendcloud, query, integration_id=None, time_left=clock.time_left))
    assert urls(transport) == [f"{ENDPOINT}?{query}"]


@pytest.mark.parametrize(
    "query",
    [
        "cursor=2023-03-01T02:02:00+01:00&page_size=25",
        "cursor=2023-03-01T02%3a02%3A00%2B01:00",
        "cursor=cD0xMjM=",
        "cursor=a?b/c&x=%zz",
        "cursor=a,b;c='d'",
    ],
)
def test_cursor_goes_back_byte_for_byte(clock: Clock, query: str) -> None:
    """Whatever the server put into the link's query is what it gets back, on the wire."""
    replies = iter([reply_bytes(200, {"data": []}, f'Link: <{ENDPOINT}?{query}>; rel="next"')])
    http = session(clock)
    with (
        loopback(lambda _: next(replies, None) or reply_bytes(200, {"data": []})) as server,
        contextlib.closing(http),
    ):
        base = f"http://127.0.0.1:{server.port}/api/v3"
        walk = pages(Sendcloud(http, base_url=base), first_query(100), integration_id=3, time_left=clock.time_left)
        assert len(list(walk)) == 2
    assert server.heads[0].startswith("GET /api/v3/integrations/3/logs?page_size=100 HTTP/1.1\r\n")
    assert server.heads[1].startswith(f"GET /api/v3/integrations/3/logs?{query} HTTP/1.1\r\n")


def test_what_a_request_line_cannot_carry(clock: Clock) -> None:
    """Blanks and bytes beyond ASCII in a sloppy link are escaped, and nothing else of it."""
    sendcloud, _ = client(clock, answer(200, {"data": []}, link("cursor=2023-03-01 02:02:00+01:00&x=é%7e")))
    page = next(pages(sendcloud, first_query(25), integration_id=None, time_left=clock.time_left))
    assert page.next_query == "cursor=2023-03-01%2002:02:00+01:00&x=%E9%7e"


@pytest.mark.parametrize(
    "base",
    [
        "https://evil.test/api/v3/integrations/logs",
        "https://panel.sendcloud.sc.evil.test/api/v3/integrations/logs",
        "http://panel.sendcloud.sc/api/v3/integrations/logs",
        "https://panel.sendcloud.sc:8443/api/v3/integrations/logs",
        "https://panel.sendcloud.sc/v3/integrations/logs",
        "https://user:password@evil.test/x",
        "https://[::1/x",
        "//evil.test/x",
        "javascript:x",
    ],
)
def test_foreign_link(clock: Clock, caplog: pytest.LogCaptureFixture, base: str) -> None:
    """A next link to another place lends its query, is told of once by its origin, and never contacted."""
    caplog.set_level(logging.WARNING)
    sendcloud, transport = client(
        clock,
        answer(200, {"data": []}, link(f"cursor={CANARY}", base)),
        answer(200, {"data": []}, link("cursor=b", base)),
        answer(200, {"data": []}),
    )
    list(pages(sendcloud, first_query(25), integration_id=None, time_left=clock.time_left))
    assert urls(transport)[1:] == [f"{ENDPOINT}?cursor={CANARY}", f"{ENDPOINT}?cursor=b"]
    assert len(caplog.records) == 1
    assert CANARY not in caplog.text
    assert "password" not in caplog.text


@pytest.mark.parametrize(
    "base", [ENDPOINT, "https://PANEL.sendcloud.sc:443/api/v3/integrations/logs/", "/api/v3/integrations/logs", ""]
)
def test_link_to_the_endpoint(clock: Clock, caplog: pytest.LogCaptureFixture, base: str) -> None:
    """The same endpoint written in another way is nothing to tell about."""
    sendcloud, _ = client(clock, answer(200, {"data": []}, link("cursor=a", base)))
    page = next(pages(sendcloud, first_query(25), integration_id=None, time_left=clock.time_left))
    assert page.next_query == "cursor=a"
    assert caplog.records == []


@pytest.mark.parametrize("first", [first_query(25), "cursor=a"])
def test_a_circle(clock: Clock, first: str) -> None:
    """A cursor seen before breaks the contract, after the records of its page were given."""
    sendcloud, transport = client(
        clock,
        answer(200, {"data": [1]}, link("cursor=b")),
        answer(200, {"data": [2]}, link(first)),
    )
    walk = pages(sendcloud, first, integration_id=None, time_left=clock.time_left)
    assert [next(walk).records, next(walk).records] == [[1], [2]]
    with pytest.raises(ContractBroken) as caught:
        next(walk)
    assert first not in str(caught.value)
    assert len(transport.asked) == 2


@pytest.mark.parametrize("target", [ENDPOINT, f"{ENDPOINT}?", f"{ENDPOINT}#cursor=a", ""])
def test_next_without_a_query(clock: Clock, target: str) -> None:
    """A next link that holds no cursor would be the first page again: a broken contract."""
    sendcloud, _ = client(clock, answer(200, {"data": []}, {"Link": f'<{target}>; rel="next"'}))
    with pytest.raises(ContractBroken):
        list(pages(sendcloud, first_query(25), integration_id=None, time_left=clock.time_left))


def test_fragment_is_no_query(clock: Clock) -> None:
    """What follows a # is not sent."""
    sendcloud, _ = client(clock, answer(200, {"data": []}, link("cursor=a#b?c")))
    page = next(pages(sendcloud, first_query(25), integration_id=None, time_left=clock.time_left))
    assert page.next_query == "cursor=a"


@pytest.mark.parametrize("body", [None, [], 1, "data", {}, {"data": None}, {"data": {}}, {"errors": []}])
def test_no_list_of_data(clock: Clock, body: Any) -> None:
    """A 200 without a list of data is a broken contract, not an empty page."""
    sendcloud, _ = client(clock, answer(200, body))
    with pytest.raises(ContractBroken, match="without a list"):
        next(pages(sendcloud, first_query(25), integration_id=None, time_left=clock.time_left))


@pytest.mark.parametrize("page_size", [0, 101, -1])
def test_page_size(clock: Clock, page_size: int) -> None:
    """A page size that Sendcloud does not know is a mistake in the code, before any request."""
    sendcloud, _ = client(clock)
    with pytest.raises(ValueError, match="page_size"):
        next(pages(sendcloud, first_query(page_size), integration_id=None, time_left=clock.time_left))


@pytest.mark.parametrize("query", ["a b", "a\r\nX-Evil: 1", "a#b", "é"])
def test_no_query_of_ones_own(clock: Clock, query: str) -> None:
    """Only a query that a page named can go onto the request line."""
    sendcloud, transport = client(clock)
    with pytest.raises(ValueError, match="next_query"):
        next(pages(sendcloud, query, integration_id=None, time_left=clock.time_left))
    assert transport.asked == []


def test_base_url_is_checked(clock: Clock) -> None:
    """Credentials are not configured to travel in clear."""
    with pytest.raises(NeedsOperator):
        client(clock, base_url="http://panel.sendcloud.sc/api/v3")


# --- integrations ----------------------------------------------------------------------------------------------------


def test_integrations(clock: Clock) -> None:
    """The account's integrations are listed, through a next page should there be one."""
    sendcloud, transport = client(
        clock,
        answer(200, {"data": [{"id": 1}]}, link("cursor=a", "https://panel.sendcloud.sc/api/v3/integrations")),
        answer(200, {"data": [{"id": 2}]}),
    )
    assert sendcloud.integrations(time_left=clock.time_left) == [{"id": 1}, {"id": 2}]
    base = "https://panel.sendcloud.sc/api/v3/integrations"
    assert urls(transport) == [base, f"{base}?cursor=a"]


def test_integrations_that_are_none(clock: Clock) -> None:
    """A list of something else is a broken contract."""
    sendcloud, _ = client(clock, answer(200, {"data": [1]}))
    with pytest.raises(ContractBroken):
        sendcloud.integrations(time_left=clock.time_left)


# --- refusals --------------------------------------------------------------------------------------------------------


def test_unknown_integration(clock: Clock) -> None:
    """An integration that Sendcloud does not know is the operator's, by its number."""
    sendcloud, _ = client(clock, answer(404, {"errors": [{"status": 404, "code": "not_found"}]}))
    with pytest.raises(NeedsOperator, match="Integration 41 is unknown"):
        next(pages(sendcloud, first_query(25), integration_id=41, time_left=clock.time_left))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"errors": [{"status": 400, "code": "invalid", "title": "Bad cursor", "detail": CANARY}]}, "invalid: Bad"),
        ({"errors": [{"status": "400", "code": "invalid"}]}, "(invalid)"),
        ({"errors": {"code": "invalid", "title": None, "source": {"parameter": CANARY}}}, "(invalid)"),
        ({"errors": [{"code": "in\r\nvalid\x1b[31m" + "x" * 999}]}, "(in valid [31mx"),
        ({"errors": [{"code": {"a": CANARY}}]}, "answered 400."),
        ({"errors": []}, "answered 400."),
        ({"errors": [CANARY]}, "answered 400."),
        ({"errors": CANARY}, "answered 400."),
        ([CANARY], "answered 400."),
        (b"<html>" + CANARY.encode(), "answered 400."),
        (b"", "answered 400."),
    ],
)
def test_bad_request(clock: Clock, body: Any, said: str) -> None:
    """A 400 is a broken contract that names the documented code and title, short and plain, and nothing else."""
    sendcloud, transport = client(clock, answer(400, body))
    with pytest.raises(ContractBroken) as caught:
        next(pages(sendcloud, f"cursor={CANARY}", integration_id=5, time_left=clock.time_left))
    text = "".join(traceback.format_exception(caught.value))
    assert said in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300
    assert CANARY not in text
    assert len(transport.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(401, NeedsOperator), (403, NeedsOperator), (429, TryLater), (502, TryLater)]
)
def test_session_failures_pass_through(clock: Clock, status: int, kind: type[Exception]) -> None:
    """What the session names is not named again."""
    sendcloud, _ = client(clock, *(answer(status) for _ in range(4)))
    with pytest.raises(kind):
        sendcloud.integrations(time_left=clock.time_left)


@pytest.mark.parametrize(
    "play",
    [
        lambda _: answer(500, CANARY),
        lambda _: answer(404, CANARY),
        lambda _: answer(200, {"data": CANARY}),
        lambda _: answer(200, {"data": []}, {"Link": f"<{CANARY}"}),
        lambda _: answer(200, {"data": []}, link(f"cursor={CANARY}")),
    ],
)
def test_nothing_leaks(
    clock: Clock, caplog: pytest.LogCaptureFixture, play: Callable[[PreparedRequest], Response]
) -> None:
    """No error, traceback or log record of a walk holds a cursor or a credential."""
    caplog.set_level(logging.DEBUG)
    sendcloud = Sendcloud(session(clock, Transport(play)))
    with pytest.raises((ContractBroken, TryLater)) as caught:
        list(pages(sendcloud, f"cursor={CANARY}", integration_id=None, time_left=clock.time_left))
    text = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(caught.value.__context__)
    assert CANARY not in text
    assert TOKEN not in text


# --- Link ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("", None),
        (" , ,", None),
        ('<a?b>; rel="next"', "a?b"),
        ("<a?b>;rel=next", "a?b"),
        ('<a?b> ; REL = "NEXT"', "a?b"),
        ('<p>; rel="prev", <a?b>; rel="next"', "a?b"),
        ('<p>; rel="prev",<a?b,c;d>; rel="next"', "a?b,c;d"),
        ('<a?b>; rel="last next"', "a?b"),
        ('<p>; title="x, <y>; rel=\\"next\\""; rel=prev', None),
        ('<a?b>; title="x, y; z"; rel=next; flag', "a?b"),
        ("<a?b>; rel=\"next\"; title*=UTF-8''x", "a?b"),
        ("<p>; rel=prev; rel=next", None),
        ('<p>; rel="nextone"', None),
        ('<p>; rev="next"', None),
        ("<p>", None),
        ("<a?1>; rel=next, <a?2>; rel=next", "a?1"),
        ('<a?b>; rel="next";', "a?b"),
        ('<a?b>;; rel="next",', "a?b"),
    ],
)
def test_link_header(header: str, target: str | None) -> None:
    """The next link is found as RFC 8288 has it written, among others, in any case and order, quoted or not."""
    assert next_target(header) == target


@pytest.mark.parametrize(
    "header", ["next", "<a?b", 'a?b; rel="next"', '<a?b>; rel="next', '<a?b> rel="next"', '<a>; rel="x" <b>; rel=next']
)
def test_unreadable_link_header(header: str) -> None:
    """A header that cannot be read breaks the contract: as "no next link" it would end the walk too early."""
    with pytest.raises(ContractBroken):
        next_target(header)


@given(st.text(alphabet=st.sampled_from('<>;,="\\ \trelnxt?a#é\x00'), max_size=60) | st.text(max_size=60))
@example("<" * 20_000)
@example("<a>" + "; " * 20_000 + "!")
@example('<a>; rel="' + "\\" * 20_001)
def test_any_link_header(header: str) -> None:
    """No header, however mangled, raises anything but a broken contract."""
    with contextlib.suppress(ContractBroken):
        links(header)


_words = st.text(alphabet="abcdefgh-", min_size=1, max_size=8)


@given(
    st.lists(
        st.tuples(
            st.text(alphabet="ab?=&,;:/+%'\"", max_size=20),
            st.lists(_words, min_size=1, max_size=3),
            st.dictionaries(_words.map("x-{}".format), st.text(alphabet='ab,;<> "\\', max_size=8), max_size=2),
        ),
        max_size=4,
    )
)
def test_links_round_trip(written: list[tuple[str, list[str], Mapping[str, str]]]) -> None:
    """What is written as RFC 8288 has it is read back, targets and relations, in order."""
    parts = []
    for target, relations, others in written:
        quoted = {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in others.items()}
        parameters = "".join(f'; {name}="{value}"' for name, value in quoted.items())
        parts.append(f'<{target}>{parameters}; rel="{" ".join(relations)}"')
    assert links(", ".join(parts)) == [(target, frozenset(relations)) for target, relations, _ in written]
