"""What memory is not enough for is asked for in smaller pages, and never silently passed over."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Any

import pytest
from requests import Response

from integration_logs.errors import ContractBroken
from integration_logs.upstream import body, sendcloud
from integration_logs.upstream.decode_cost import PAGE, RECORD
from integration_logs.upstream.http import TooLarge
from integration_logs.upstream.sendcloud import Page, Sendcloud
from tests.unit.integration_logs.upstream.transport import Clock, Transport, answer, in_turn, pages, session

ENDPOINT = "https://panel.sendcloud.sc/api/v3/integrations/7/logs"
HUGE = {"id": 5, "integration_id": 7, "exception": "huge, canary-5f1d"}


@pytest.fixture(autouse=True)
def _weighed(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (body, sendcloud):
        monkeypatch.setattr(module, "decode_cost", _cost)


def _cost(raw: bytes | bytearray) -> int:
    return raw.count(b"huge") * 2 * RECORD + raw.count(b"heavy") * (PAGE // 3)


def reply(*records: Any, following: str | None = None, status: int = 200) -> Response:
    headers = {"Link": f'<{ENDPOINT}?{following}>; rel="next"'} if following else {}
    return answer(status, {"data": list(records)}, headers)


def walked(*turns: Response, query: str = "page_size=10", page_size: int = 10) -> tuple[list[Page], list[str]]:
    transport = Transport(in_turn(*turns))
    client = Sendcloud(session(Clock(), transport))
    found = list(pages(client, query, integration_id=7, time_left=lambda: 900.0, page_size=page_size))
    return found, [(request.url or "").partition("?")[2] for request in transport.asked]


def stand_in(served: Response) -> dict[str, Any]:
    raw = served.raw.getvalue()
    known = {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest(), "id": 5}
    return {"undecoded": known, "integration_id": 7}


def test_a_record_in_the_middle(caplog: pytest.LogCaptureFixture) -> None:
    """Its neighbours come before and behind it, page by page; it is told, without a word of what it says."""
    alone = reply(HUGE, following="cursor=b&page_size=1")
    expected = stand_in(alone)
    with caplog.at_level(logging.WARNING):
        found, asked = walked(
            reply({"id": 4}, HUGE, {"id": 6}, following="cursor=z&page_size=10"),
            reply({"id": 4}, following="cursor=a&page_size=1"),
            reply(HUGE, {"id": 6}, following="cursor=z&page_size=10"),
            alone,
            reply({"id": 6}),
        )
    assert [page.records for page in found] == [[{"id": 4}], [expected], [{"id": 6}]]
    assert asked == ["page_size=10", "page_size=1", "cursor=a&page_size=10", "cursor=a&page_size=1",
                     "cursor=b&page_size=10"]  # fmt: skip
    assert all(page.unread is None and page.broken is None for page in found)
    assert "A record is too large to be decoded" in caplog.text
    assert "canary-5f1d" not in caplog.text + repr(found)


def test_the_last_record_of_all() -> None:
    """A stream may end with it."""
    found, _ = walked(
        reply({"id": 4}, HUGE), reply({"id": 4}, following="cursor=a&page_size=1"), reply(HUGE), reply(HUGE)
    )
    assert [(len(page.records), page.last) for page in found] == [(1, False), (1, True)]


def test_a_server_that_takes_no_size() -> None:
    """A page that stays as large is not taken for one record: it is passed over as one that cannot be read."""
    same = [reply({"id": 4}, HUGE, following="cursor=z&page_size=10") for _ in range(2)]
    found, _ = walked(*same, reply({"id": 9}))
    assert [page.records for page in found] == [[], [{"id": 9}]]
    assert isinstance(found[0].unread, TooLarge)
    assert found[0].next_query == "cursor=z&page_size=10"


def test_a_cursor_that_does_not_lead_on() -> None:
    """Where a page of one leads back to itself, what it has is taken and the rest is passed over, and told."""
    found, asked = walked(
        reply({"id": 4}, HUGE, following="cursor=z&page_size=10"),
        reply({"id": 4}, following="cursor=a&page_size=1"),
        reply({"id": 4}, HUGE, following="cursor=z&page_size=10"),
        reply({"id": 4}, following="cursor=a&page_size=1"),
        reply({"id": 9}),
    )
    assert [page.records for page in found] == [[{"id": 4}], [{"id": 4}], [{"id": 9}]]
    assert [page.unread is None for page in found] == [True, False, True]
    assert asked[-1] == "cursor=z&page_size=10"


def test_three_sizes() -> None:
    """From 100 to 10 to 1, each from the same place, and back by tens."""
    found, asked = walked(
        reply(HUGE, following="cursor=z&page_size=100"),
        reply(HUGE, following="cursor=y&page_size=10"),
        reply(HUGE, following="cursor=b&page_size=1"),
        reply({"id": 6}, following="cursor=c&page_size=10"),
        reply({"id": 7}),
        query="cursor=a&page_size=100",
        page_size=100,
    )
    assert [len(page.records) for page in found] == [1, 1, 1]
    assert [query.replace("page_size=", "") for query in asked] == [
        "cursor=a&100", "cursor=a&10", "cursor=a&1", "cursor=b&10", "cursor=c&100",
    ]  # fmt: skip


def test_pages_grow_only_where_ten_times_as_much_would_fit() -> None:
    """Among records that are large all along, a page does not grow to be too large again at once."""
    heavy = {"id": 4, "exception": "heavy"}
    _, asked = walked(
        reply(*[heavy] * 4, following="cursor=z&page_size=10"),
        reply(heavy, following="cursor=a&page_size=1"),
        reply({"id": 5}, following="cursor=b&page_size=1"),
        reply({"id": 6}),
    )
    assert [query.replace("page_size=", "") for query in asked] == ["10", "1", "cursor=a&1", "cursor=b&10"]


def test_a_list_of_integrations_is_not_asked_for_in_pieces() -> None:
    """It is whole or it is none, and so is an answer that is no success."""
    for turn in (reply(HUGE), reply(HUGE, status=400)):
        client = Sendcloud(session(Clock(), Transport(in_turn(turn))))
        with pytest.raises(TooLarge):
            client.integrations(time_left=lambda: 900.0)
    with pytest.raises(ContractBroken):
        walked(reply(HUGE, status=404))


def test_what_is_named_early() -> None:
    """What comes behind a smaller page is not asked for early: its name changes once it is weighed."""
    transport = Transport(
        in_turn(reply(HUGE, following="cursor=z&page_size=10"), reply(HUGE, following="cursor=a&page_size=1"))
    )
    heard: list[str | None] = []
    client = Sendcloud(session(Clock(), transport))
    page = client.page("page_size=10", integration_id=7, time_left=lambda: 900.0, named=heard.append, page_size=10)
    assert (heard, page.next_query) == (["cursor=z&page_size=10"], "cursor=a&page_size=10")
    assert json.dumps(page.records).count("undecoded") == 1
