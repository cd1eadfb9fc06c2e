"""Our client on the sandbox's cursors: the same cursor with another ``page_size`` goes on from the same place."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fetch_logs.account.account_walk import Walking, walk_account
from fetch_logs.plan import WalkOrder
from fetch_logs.stream.environment import Environment
from fetch_logs.stream.ledger import Ledger
from fetch_logs.stream.stream_walk import LEAST_SECONDS
from integration_logs.records.undecoded import REASON
from integration_logs.redaction.redactor import Redactor
from integration_logs.upstream import body, sendcloud
from integration_logs.upstream.decode_cost import PAGE, RECORD
from integration_logs.upstream.endpoint import BasicAuth
from integration_logs.upstream.http import Answer, HttpSession
from integration_logs.upstream.page_size import place
from integration_logs.upstream.sendcloud import Page, Sendcloud, first_query
from sandbox.upstreams import Sandbox, running
from tests.fakes.memory_store import MemoryStore
from tests.unit.fetch_logs.walking import rows as landed
from tests.unit.integration_logs.upstream.transport import Clock, pages

HUGE, HEAVY = "too-large-even-alone", "too-large-beside-others"
NOW = datetime(2026, 11, 22, 12, 0, 30, tzinfo=UTC)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """400 records, a hundredth of what a page may cost each, two of them huge and three heavy."""
    for module in (body, sendcloud):
        monkeypatch.setattr(module, "decode_cost", _cost)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running(records={"main": 400}, clock=lambda: NOW) as sandbox:
        for text, minutes in ((HUGE, (1000, 9000)), (HEAVY, (3001, 3002, 20_000))):
            for ago in minutes:
                at = (NOW - timedelta(minutes=ago)).isoformat()
                sandbox.plant("main", sandbox.integration_ids["main"][0], {"created_at": at, "exception": text})
        yield sandbox


def _cost(raw: bytes | bytearray) -> int:
    each = raw.count(b'"created_at"') * PAGE // 101
    return each + raw.count(HUGE.encode()) * 2 * RECORD + raw.count(HEAVY.encode()) * (PAGE - PAGE // 101 + 1)


class Heard(HttpSession):
    """Remembers the queries."""

    asked: list[str]

    def get(self, url: str, **options: Any) -> Answer:
        self.asked.append(url.partition("?")[2])
        return super().get(url, **options)


def walked(sandbox: Sandbox, page_size: int, asked: list[str]) -> list[Page]:
    keys = sandbox.accounts["main"]
    auth = BasicAuth(keys["sendcloud_public_key"], keys["sendcloud_secret_key"], secret="the test's secret")
    with closing(Heard(auth=auth, user_agent="tests", api="Sendcloud", secret="the test's secret")) as session:
        session.asked = asked
        client = Sendcloud(session, base_url=f"{sandbox.url}/api/v3")
        begin = first_query(page_size)
        return list(pages(client, begin, integration_id=None, time_left=Clock().time_left, page_size=page_size))


@pytest.mark.parametrize("page_size", [100, 97])
@pytest.mark.parametrize(
    ("style", "order"), [*itertools.product(("opaque", "offset-time"), ("newest", "oldest", "shuffled")),
                         ("time", "newest"), ("time", "oldest")]
)  # fmt: skip
def test_every_neighbour_comes_once(server: Sandbox, style: str, order: str, page_size: int) -> None:
    """Whatever the cursors and the order: all but the huge ones come, each once, and for each of those a stand-in.

    Of cursors that are times only what shares its time with another record can be missing, as at any page's end.
    """
    server.modes(cursor_style=style, order=order)
    asked: list[str] = []
    records = [record for page in walked(server, page_size, asked) for record in page.records]
    known = [record for record in records if isinstance(record, dict) and "undecoded" in record]
    served = Counter(record["id"] for record in records if isinstance(record, dict) and "id" in record)
    truth = [number for days in server.truth()["main"].values() for ids in days.values() for number in ids]
    assert len(known) == 2
    assert all(isinstance(each["undecoded"], dict) and each["undecoded"]["id"] in truth for each in known)
    assert max(served.values()) == 1
    missing = len(truth) - len(served) - len(known)
    assert missing == 0 or (style == "time" and missing < 10)
    sizes = [query.rpartition("page_size=")[2] for query in asked]
    assert set(sizes) == {str(page_size), str(page_size // 10), "1"}
    assert str(page_size) in sizes[sizes.index("1") :]  # behind it pages are as large as ever
    assert max(Counter(map(place, asked)).values()) <= 3  # from no place more than once a size
    assert len(asked) < 120


@pytest.mark.parametrize("cut", [None, 3], ids=["at once", "cut short"])
@pytest.mark.parametrize("slices", [1, 4])
def test_walks(server: Sandbox, slices: int, cut: int | None) -> None:
    """Walked to its end early, in slices, or in several invocations, a stream lands the same: nothing is missing but
    what shares its time with another record, and each huge one is landed once."""
    server.modes(cursor_style="time", order="newest")
    store, turns, asked = MemoryStore(), 0, list[str]()
    keys = server.accounts["main"]
    auth = BasicAuth(keys["sendcloud_public_key"], keys["sendcloud_secret_key"], secret="the test's secret")
    while True:
        turns, begun = turns + 1, len(asked)
        ledger = Ledger(store, "main")
        environment = Environment(
            store=store,
            redactor=Redactor(("hostile-public",)),
            ledger=ledger,
            overlap=timedelta(hours=1),
            clock=lambda: NOW,
            time_left=lambda begun=begun: 900.0 if cut is None or len(asked) - begun < cut else LEAST_SECONDS,  # type: ignore[misc]
        )
        with closing(Heard(auth=auth, user_agent="tests", api="Sendcloud", secret="the test's secret")) as session:
            session.asked = asked
            client = Sendcloud(session, base_url=f"{server.url}/api/v3")
            walked = walk_account(WalkOrder("main", "full"), client, environment, Walking("account", slices=slices))
        ledger.save()
        assert walked.failures == {}
        if walked.walked.complete:
            break
        assert turns < 100
    assert (turns > 3) == (cut is not None)
    assert walked.walked.slices == 0 or slices > 1
    sizes = [query.rpartition("page_size=")[2] for query in asked]
    assert "97" in sizes[sizes.index("1") :]
    truth = [number for days in server.truth()["main"].values() for ids in days.values() for number in ids]
    rows = landed(store)
    ids = {row["id"] for row in rows} - {None}
    assert [row["rejected"] for row in rows if row["id"] is None] == [REASON] * 2
    assert len(truth) - 12 < len(ids) <= len(truth) - 2
