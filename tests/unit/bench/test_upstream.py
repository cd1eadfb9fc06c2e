"""The bench's upstream serves what it says, page by page, and cheaply means no shortcut in the answers."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from bench.tools.fast_upstream import Connection, Served
from bench.tools.feed import NEWS_SECONDS, RETENTION, Feed
from bench.tools.records import FIRST_INTEGRATION, pages, templates
from integration_logs.upstream.links import next_target

if TYPE_CHECKING:
    from bench.tools.feed import CursorStyle

UNTIL = 1_795_000_000
RECORDS = 330


@pytest.fixture
def feed() -> Feed:
    """Three integrations' records."""
    made = Feed(templates(40), 3, UNTIL)
    made.fill(RECORDS)
    return made


def walked(feed: Feed, integration_id: int | None, size: int) -> list[dict[str, object]]:
    records, cursor = [], ""
    while True:
        page = feed.page(integration_id, cursor, size)
        records += json.loads(page.body)["data"]
        if page.following is None:
            return records
        cursor = page.following


@pytest.mark.parametrize("style", ["opaque", "time"])
@pytest.mark.parametrize("size", [1, 7, 100])
def test_a_walk_meets_every_record_once(feed: Feed, style: CursorStyle, size: int) -> None:
    """By either kind of cursor and any page size, the stream is all records, each once, the newest first."""
    feed.cursors = style
    records = walked(feed, None, size)
    assert sorted(record["id"] for record in records) == feed.truth()["ids"]  # type: ignore[type-var]
    assert len(records) == RECORDS
    times = [datetime.fromisoformat(str(record["created_at"])) for record in records]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == RECORDS
    assert UNTIL - RETENTION < times[-1].timestamp() < times[0].timestamp() == UNTIL


def test_an_integrations_stream_is_its_own_part(feed: Feed) -> None:
    """The integrations' streams together are the account's."""
    own = [walked(feed, FIRST_INTEGRATION + number, 100) for number in range(3)]
    assert [{record["integration_id"] for record in records} for records in own] == [{400001}, {400002}, {400003}]
    assert sorted(str(record["id"]) for records in own for record in records) == list(map(str, feed.truth()["ids"]))
    with pytest.raises(KeyError):
        feed.page(FIRST_INTEGRATION + 3, "", 100)


def test_what_arrives_is_served_where_its_time_puts_it(feed: Feed) -> None:
    """New records come first; back-dated ones are among the old, and the truth names them."""
    feed.page(None, "", 100)  # a page that was served before is not served again
    arrived = feed.arrive(20, 6, seed=1)
    truth = feed.truth()
    assert len(set(arrived) - set(truth["back_dated"])) == 14
    assert truth["back_dated"] == arrived[14:]
    records = walked(feed, None, 100)
    assert [record["id"] for record in records[:14]] == arrived[13::-1]
    assert len({record["created_at"] for record in records}) == len(records) == RECORDS + 20
    assert UNTIL < feed.until <= UNTIL + NEWS_SECONDS
    late = [record for record in records if record["id"] in truth["back_dated"]]
    assert all(datetime.fromisoformat(str(record["created_at"])).timestamp() < UNTIL - 7000 for record in late)


def test_records_are_as_large_and_as_varied_as_they_are_said_to_be() -> None:
    """About 1.8 KB of JSON a record, with an id and a time, and hardly two that say the same."""
    served = pages(2_000)
    records = [record for page in served for record in json.loads(page)["data"]]
    assert len(records) == 2_000
    assert 1_650 < sum(map(len, served)) / 2_000 < 2_000
    assert all(isinstance(record["id"], int) and record["created_at"] for record in records)
    said = {json.dumps({**record, "id": 0, "created_at": ""}, sort_keys=True) for record in records}
    assert len(said) > 1_980


class Wire:
    """A connection's other end."""

    def __init__(self) -> None:
        self.sent = b""

    def write(self, data: bytes) -> None:
        self.sent += data


@pytest.fixture
def served(feed: Feed) -> Served:
    return Served(feed, "http://127.0.0.1:1")


def ask(
    served: Served, target: str, *, method: str = "GET", body: bytes = b"", keys: bool = True
) -> tuple[int, str, bytes]:
    basic = served.basic.decode() if keys else "Basic none"
    head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nAuthorization: {basic}\r\nContent-Length: {len(body)}\r\n\r\n"
    wire = Wire()
    connection = Connection(served, None)  # type: ignore[arg-type]
    connection.connection_made(wire)  # type: ignore[arg-type]
    raw = head.encode() + body
    connection.data_received(raw[:25])
    connection.data_received(raw[25:])
    headers, _, answer = wire.sent.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(answer)}".encode() in headers
    return int(headers.split(b" ")[1]), headers.decode(), answer


def test_the_wire_is_sendclouds(served: Served) -> None:
    """A page has its data and a next link that leads on; the list of integrations names them all."""
    status, headers, body = ask(served, f"/api/v3/integrations/{FIRST_INTEGRATION}/logs?page_size=100")
    assert (status, len(json.loads(body)["data"])) == (200, 100)
    link = next(line for line in headers.splitlines() if line.startswith("Link: ")).removeprefix("Link: ")
    target = next_target(link)
    assert (target or "").startswith(f"http://127.0.0.1:1/api/v3/integrations/{FIRST_INTEGRATION}/logs?cursor=")
    status, headers, body = ask(served, str(target).removeprefix("http://127.0.0.1:1"))
    assert (status, len(json.loads(body)["data"]), 'rel="next"' in headers) == (200, 10, False)
    assert len(json.loads(ask(served, "/api/v3/integrations")[2])["data"]) == 3


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("/api/v3/integrations/logs?page_size=101", 400),
        ("/api/v3/integrations/logs?cursor=nonsense", 400),
        ("/api/v3/integrations/9/logs", 404),
        ("/api/v3/shipments", 404),
    ],
)
def test_what_is_not_there_is_refused(served: Served, target: str, status: int) -> None:
    """A bad request is answered as Sendcloud does, not with a page."""
    assert ask(served, target)[0] == status


def test_keys_limit_and_counts(served: Served) -> None:
    """Other keys are refused; so is one request too many; every answer is counted."""
    assert ask(served, "/api/v3/integrations", keys=False)[0] == 401
    ask(served, "/_bench/modes", method="POST", body=b'{"rate_limit": 2}')
    assert [ask(served, "/api/v3/integrations")[0] for _ in range(3)] == [200, 200, 429]
    counted = json.loads(ask(served, "/_bench/requests", method="DELETE")[2])
    assert counted["by_status"] == {"401": 1, "200": 2, "429": 1}
    assert json.loads(ask(served, "/_bench/requests")[2])["by_status"] == {}
