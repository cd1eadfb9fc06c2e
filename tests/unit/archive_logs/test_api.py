from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from archive_logs import api
from archive_logs.composition_root import RESERVE, Archiver
from archive_logs.merging.backlog import work_off
from archive_logs.orders import Order, read_body
from archive_logs.reading.cursor import Cursor, Position
from archive_logs.upkeep.manifests import write_manifests
from integration_logs.errors import NeedsOperator, TryLater
from integration_logs.upstream.links import links
from tests.fakes.api_event import LambdaContext, Reply
from tests.fakes.api_event import ask as answered
from tests.fakes.memory_store import MemoryStore
from tests.unit.archive_logs.archive_rows import packed, row
from tests.unit.archive_logs.reading.test_cursor import GARBAGE

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BASE = "https://a1b2c3.execute-api.eu-west-1.amazonaws.com/v1"


@dataclass
class Queue:
    """Keeps what is sent to it, once for each deduplication id."""

    messages: dict[str, dict[str, str]] = field(default_factory=dict)

    def send_message(self, **message: str) -> None:
        self.messages[message["MessageDeduplicationId"]] = message

    @property
    def orders(self) -> list[Order]:
        return [read_body(message["MessageBody"]) for message in self.messages.values()]


@pytest.fixture(scope="module")
def archived() -> MemoryStore:
    """A bucket in which nine records are archived, made once: DuckDB takes its time."""
    store = MemoryStore()
    times = [f"2026-11-{day}T10:00:0{second}Z" for day in (20, 21, 22) for second in range(3)]
    rows = (row(id_, created_at=time, exception="It failed") for id_, time in enumerate(times, 1))
    store.set("landing/a.gz", packed(rows))
    work_off(store, lambda: 3600.0)
    return store


@pytest.fixture
def store(archived: MemoryStore) -> MemoryStore:
    return archived.twin()


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture(autouse=True)
def archiving(monkeypatch: pytest.MonkeyPatch, store: MemoryStore, queue: Queue) -> Archiver:
    """The function's parts, over a bucket in memory."""
    client: Any = queue
    parts = Archiver(store=store, queue=client, queue_url="https://queue.test/archive.fifo", clock=lambda: NOW)
    monkeypatch.setattr(api, "compose", lambda: parts)
    return parts


def ask(path: str, query: str = "", method: str = "GET", body: str | None = None) -> Reply:
    return answered(api.app, method, path, query, body)


def refused(path: str, query: str, parameter: str) -> None:
    reply = ask(path, query)
    assert reply.status == 400, reply.text
    error = reply.refusal()
    assert error["source"] == {"parameter": parameter}
    assert error["detail"].startswith(f"{parameter}: ")
    assert "Traceback" not in reply.text
    assert "pydantic" not in reply.text


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_page() -> None:
    """A page has the newest records of the integration under data, and as many as Sendcloud gives unless told."""
    reply = ask("/integrations/7/logs")
    assert reply.status == 200
    assert [record["id"] for record in reply.json["data"]] == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert "Link" not in reply.headers


def follow(reply: Reply, relation: str, path: str) -> str:
    """The query of that link, empty where there is none; each link leads back to the same route."""
    found = {next(iter(relations)): target for target, relations in links(reply.headers.get("Link", ""))}
    assert all(target.startswith(f"{BASE}{path}?") for target in found.values())
    return found.get(relation, "").partition("?")[2]


def test_a_walk_over_the_links() -> None:
    """The Link header, followed as it stands, leads to every record once, and back again."""
    path, found, query = "/integrations/7/logs", [], "page_size=2"
    replies = []
    while query:
        replies.append(ask(path, query))
        found += [record["id"] for record in replies[-1].json["data"]]
        query = follow(replies[-1], "next", path)
    assert found == [9, 8, 7, 6, 5, 4, 3, 2, 1]
    query = follow(replies[-1], "prev", path)
    for expected in replies[-2::-1]:
        back = ask(path, query)
        assert back.json == expected.json
        query = follow(back, "prev", path)
    assert not query


def test_the_filters_go_along() -> None:
    """A link has the filters of its page, whatever characters are in them, so that a walk stays within them."""
    query = "from=2026-11-20&to=2026-11-21T10:00:01Z&method=%C3%A9%26%3E&q=%22%25&page_size=2"
    path = "/integrations/7/logs"
    assert ask(path, query).json == {"data": []}
    asked = f"{query}&cursor={Cursor('next', Position(2**60)).text()}"
    back = follow(ask(path, asked), "prev", path)
    assert parse_qs(back) == parse_qs(query) | {"cursor": [Cursor("prev", Position(2**60)).text()]}


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("from=2026-11-21&to=2026-11-21", [6, 5, 4]),
        ("from=2026-11-21T10:00:01Z&to=2026-11-22T11:00:01%2B01:00", [7, 6, 5]),
        ("from=2026-11-22", [9, 8, 7]),
        ("to=2026-11-20", [3, 2, 1]),
        ("to=9999-12-31&from=0001-01-01", [9, 8, 7, 6, 5, 4, 3, 2, 1]),
        ("q=SHOP", []),
        ("host=Shop.EXAMPLE&page_size=1", [9]),
        ("response_code=0", []),
        ("cursor=", [9, 8, 7, 6, 5, 4, 3, 2, 1]),
    ],
)
def test_filters(query: str, ids: list[int]) -> None:
    """What is asked for is what is answered, of one integration as of all."""
    for path in ("/integrations/7/logs", "/integrations/logs"):
        assert [record["id"] for record in ask(path, query).json["data"]] == ids


def test_what_was_read_is_said(store: MemoryStore) -> None:
    """Headers say how many objects and bytes were read for the page, and how many summaries to spare others."""
    reply = ask("/integrations/logs", "from=2026-11-22&exception_type=Timeout")
    assert (reply.headers["X-Objects-Read"], reply.headers["X-Bytes-Read"]) == ("0", "0")
    assert reply.headers["X-Summaries-Read"] == "1"
    reply = ask("/integrations/logs", "from=2026-11-22")
    size = len(store.objects["logs/dt=2026-11-22/integration-7.parquet"])
    assert (reply.headers["X-Objects-Read"], reply.headers["X-Bytes-Read"]) == ("1", str(size))
    assert "X-Records-Cut" not in reply.headers


def test_a_record_that_was_cut_is_named(store: MemoryStore) -> None:
    """A record beyond what Lambda can answer does not fail the page: it is cut, and a header names it."""
    store.set("landing/b.gz", packed([row(10, created_at="2026-11-23T10:00:00Z", exception="x" * 7_000_000)]))
    work_off(store, lambda: 3600.0)
    reply = ask("/integrations/7/logs")
    assert [record["id"] for record in reply.json["data"]] == [10]
    assert reply.headers["X-Records-Cut"] == "10"
    assert follow(reply, "next", "/integrations/7/logs")


ABUSE = [
    "' OR '1'='1", "1; DROP TABLE landed", "x' UNION SELECT * FROM read_text('/etc/passwd') --", "$q", "{}", "%",
    "../../../etc/passwd", "..%2f..%2f", "\u202e\ufeff\u0000", "\ud800", "\U0001d7d9", "\N{PILE OF POO}" * 20, "-1",
    "1e400", "NaN",    "9" * 400, "-" + "9" * 40, "<script>", "\r\nX-Injected: 1", "null", "\\", "[1]", "true", "0x1",
]  # fmt: skip
PARAMETERS = [
    "page_size", "cursor", "from", "to", "exception_type", "response_code", "method", "host", "fingerprint", "q",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/integrations/7/logs", "/integrations/logs", "/archive/objects", "/archive/days"])
@pytest.mark.parametrize("value", ABUSE, ids=range(len(ABUSE)))
def test_no_value_of_a_parameter_means_more_than_itself(path: str, value: str) -> None:
    """Whatever stands in a parameter, it is refused by name or looked for as it stands, and never found by a trick."""
    for name in (*PARAMETERS, "integration_id", "expires_in"):
        reply = ask(path, urlencode({name: value}, errors="surrogatepass"))
        assert reply.status in {200, 400}, (name, reply.text)
        if reply.status == 400:
            assert reply.refusal()["source"] == {"parameter": name}
        else:
            assert reply.json["data"] == [], (name, value)
        assert "X-Injected" not in reply.headers


@pytest.mark.parametrize("path", ["/integrations/7/logs", "/integrations/logs"])
def test_a_typo_in_a_filter_does_not_answer_everything(path: str) -> None:
    """A parameter that the route does not know is refused by name; so is one that is there twice."""
    refused(path, "exceptiontype=Timeout", "exceptiontype")
    refused(path, "q=a&q=b", "q")
    refused(path, "response_code=500&response_code=502", "response_code")


def test_ten_thousand_parameters() -> None:
    """However many parameters there are, the refusal is short."""
    reply = ask("/integrations/logs", "&".join(f"p{number}=1" for number in range(10_000)))
    assert reply.status == 400
    assert len(reply.text) < 10_000


@pytest.mark.parametrize(
    ("query", "parameter", "says"),
    [
        ("from=yesterday", "from", "2026-11-22"),
        ("to=2026-02-30", "to", "2026-11-22"),
        ("from=2026-11-22T00:00:00+01:00", "from", "%2B"),
        ("from=2026-11-22&to=2026-11-21", "from", "before"),
        ("from=", "from", "2026-11-22"),
        ("exception_type=", "exception_type", "at least 1"),
        ("q=" + "x" * 101, "q", "at most 100"),
        ("fingerprint=ABCDEF0123456789", "fingerprint", "pattern"),
    ],
)
def test_a_bad_filter(query: str, parameter: str, says: str) -> None:
    """A filter that cannot be meant is refused by name, with what to write instead."""
    refused("/integrations/logs", query, parameter)
    assert says in ask("/integrations/logs", query).refusal()["detail"]


# --- the objects and the days ----------------------------------------------------------------------------------------


def test_the_objects() -> None:
    """Each object of the archive with what is in it, and a link that is good for as long as was asked for."""
    reply = ask("/archive/objects", "expires_in=600")
    assert reply.status == 200
    assert [each["day"] for each in reply.json["data"]] == ["2026-11-20", "2026-11-21", "2026-11-22"]
    first = reply.json["data"][0]
    assert first == {
        "key": "logs/dt=2026-11-20/integration-7.parquet",
        "day": "2026-11-20",
        "integration_id": 7,
        "bytes": first["bytes"],
        "etag": first["etag"],
        "records": 3,
        "url": "https://bucket.test/logs/dt=2026-11-20/integration-7.parquet?expires=600",
        "expires_at": "2026-11-22T12:10:00.000000Z",
    }
    assert "Link" not in reply.headers


def test_the_objects_in_pages() -> None:
    """The links of the list lead to every object of the days once, with the same filters."""
    path, query, found = "/archive/objects", "from=2026-11-21&to=2026-11-30&page_size=1&integration_id=7", []
    while query:
        reply = ask(path, query)
        found += [each["day"] for each in reply.json["data"]]
        query = follow(reply, "next", path)
        assert not query or "integration_id=7" in query
    assert found == ["2026-11-21", "2026-11-22"]


@pytest.mark.parametrize("seconds", ["59", "3601", "0", "-1", "1e3"])
def test_a_link_is_good_for_an_hour_at_most(seconds: str) -> None:
    """No other lifetime of a link can be asked for."""
    refused("/archive/objects", f"expires_in={seconds}", "expires_in")


@pytest.mark.parametrize("path", ["/archive/objects", "/archive/days"])
@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("from=2026-13-01", "from"), ("to=20261101", "to"), ("from=2026-11-02&to=2026-11-01", "from"),
        ("from=2026-W47-7", "from"), ("to=", "to"), ("cursor=20261122", "cursor"), ("page_size=%2B1", "page_size"),
        ("cursor=x", "cursor"), ("cursor=bG9ncy8", "cursor"), ("from=2026-11-01T00:00:00Z", "from"), ("q=x", "q"),
    ],
)  # fmt: skip
def test_bad_days(path: str, query: str, parameter: str) -> None:
    """What is no day, no span of days and no cursor is refused by name."""
    refused(path, query, parameter)


def test_the_days(store: MemoryStore) -> None:
    """How complete each day is, the last day first, from its manifest."""
    write_manifests(store, ["main"], NOW)
    reply = ask("/archive/days", "from=2026-11-20&to=2026-11-21")
    assert [(each["day"], each["state"]) for each in reply.json["data"]] == [
        ("2026-11-21", "open"), ("2026-11-20", "open"),
    ]  # fmt: skip
    (integration,) = reply.json["data"][0]["integrations"]
    assert (integration["integration_id"], integration["records"]) == (7, 3)
    assert "etags" not in integration


def test_the_days_in_pages(store: MemoryStore) -> None:
    """Without a span, the last 31 days; the links lead to each of them once."""
    write_manifests(store, ["main"], NOW)
    path, query, found = "/archive/days", "page_size=2", []
    while query:
        reply = ask(path, query)
        found += [each["day"] for each in reply.json["data"]]
        query = follow(reply, "next", path)
    assert found == ["2026-11-22", "2026-11-21", "2026-11-20"]


def test_an_integration_without_records() -> None:
    """An integration that the archive does not know has no records; that is no error."""
    assert ask(f"/integrations/{2**63 - 1}/logs").json == {"data": []}


@pytest.mark.parametrize(
    "id_", ["0", "-1", "abc", "1e9", "1.5", "0x10", str(10**30), str(2**63), "٧", "７", "..", "null", "7 OR 1=1", "7;"]
)
def test_a_bad_integration_id(id_: str) -> None:
    """What is no integration's id is refused by name."""
    refused(f"/integrations/{id_}/logs", "", "integration_id")


@pytest.mark.parametrize("path", ["/integrations/../logs/x", "/integrations/7/../../logs", "/integrations//logs"])
def test_no_way_out_of_the_route(path: str) -> None:
    """A path with more or fewer steps is another route, and there is none."""
    assert ask(path).refusal()["status"] == "404"


@pytest.mark.parametrize(
    "size", ["0", "-1", "101", "abc", "", "1e1", "9" * 400, "nan", "%2B7", "07", "7.0", "1_0", "%EF%BC%97"]
)
def test_a_bad_page_size(size: str) -> None:
    """A page size that Sendcloud would refuse is refused by name."""
    refused("/integrations/7/logs", f"page_size={size}", "page_size")


@pytest.mark.parametrize(
    "cursor", [*(each for each in GARBAGE if each.isascii() and each.isalnum()), "x" * 201, "%21", "%00"]
)
def test_a_forged_cursor(cursor: str) -> None:
    """A cursor that was not given out is refused by name."""
    refused("/integrations/7/logs", f"cursor={cursor}", "cursor")


def test_everything_that_is_wrong_is_named() -> None:
    """Each bad parameter has an error of its own."""
    reply = ask("/integrations/0/logs", "page_size=0")
    assert reply.status == 400
    assert [error["source"]["parameter"] for error in reply.json["errors"]] == ["integration_id", "page_size"]


@pytest.mark.parametrize(
    ("error", "status"),
    [(TryLater("S3 did not list."), 503), (NeedsOperator("Policy."), 500), (OSError(28, "disk"), 500)],
)
def test_the_store_fails(store: MemoryStore, error: Exception, status: int) -> None:
    """Where the archive cannot be read, the answer says so: it is never an empty page."""
    store.fail(2, error=error)
    reply = ask("/integrations/7/logs")
    assert reply.status == status
    assert str(error) not in reply.text
    reply.refusal()


def test_a_damaged_object(store: MemoryStore) -> None:
    """An object that cannot be read is named, and not taken for an end of the records."""
    key = "logs/dt=2026-11-21/integration-7.parquet"
    store.set(key, b"damaged")
    reply = ask("/integrations/7/logs")
    assert reply.status == 502
    assert reply.refusal()["detail"] == f"{key} cannot be read: restore its last good version."


# --- archiving on demand ---------------------------------------------------------------------------------------------


def test_a_run_is_queued(queue: Queue) -> None:
    """Each request queues a run of its own."""
    for _ in range(2):
        reply = ask("/archive/runs", method="POST")
        assert (reply.status, reply.json) == (202, {"data": {"queued": True}})
    assert [json.loads(message["MessageBody"]) for message in queue.messages.values()] == [{"task": "archive"}] * 2
    assert {message["MessageGroupId"] for message in queue.messages.values()} == {"archive"}


REPLAY = {"task": "replay", "from": "2026-11-01", "to": "2026-11-03"}


@pytest.mark.parametrize("order", [{"task": "archive"}, {"task": "release"}, REPLAY])
def test_a_task_is_queued(queue: Queue, order: dict[str, str]) -> None:
    """A body orders another task than to archive what landed."""
    assert ask("/archive/runs", method="POST", body=json.dumps(order)).status == 202
    assert [json.loads(message["MessageBody"]) for message in queue.messages.values()] == [order]


@pytest.mark.parametrize("body", ["", "{}", "null", '{"task": "archive"}'])
def test_without_a_task_what_landed_is_archived(queue: Queue, body: str) -> None:
    """An empty order is one to archive."""
    assert ask("/archive/runs", method="POST", body=body).status == 202
    assert [json.loads(message["MessageBody"]) for message in queue.messages.values()] == [{"task": "archive"}]


@pytest.mark.parametrize(
    ("body", "parameter", "says"),
    [
        ('{"task": "purge"}', "task", "'archive', 'replay'"),
        ('{"task": null}', "task", "'archive', 'replay'"),
        ('{"task": "replay"}', "body", "from must be a day such as 2026-11-01"),
        (json.dumps(REPLAY | {"from": "2026-11-04"}), "body", "from must not be after to"),
        (json.dumps(REPLAY | {"from": "2024-11-04"}), "body", "at most 366 days"),
        (json.dumps(REPLAY | {"from": 20261101}), "from", "string"),
        (json.dumps(REPLAY | {"to": ["2026-11-01"]}), "to", "string"),
        (json.dumps(REPLAY | {"after": "landing/2026"}), "after", "not permitted"),
        ('{"task": "archive", "from": "2026-11-01"}', "task", "only a replay takes days"),
        ('{"to": "2026-11-01"}', "task", "only a replay takes days"),
        ("[]", "body", "object"),
        ('[{"task": "archive"}]', "body", "object"),
        ('"archive"', "body", "object"),
        ("{", "body", "JSON"),
        ("\ud800", "body", "JSON"),
    ],
)
def test_a_bad_order(queue: Queue, body: str, parameter: str, says: str) -> None:
    """What cannot be ordered is refused by name, in a sentence, and not queued."""
    reply = ask("/archive/runs", method="POST", body=body)
    assert reply.status == 400, reply.text
    error = reply.refusal()
    assert error["source"] == {"parameter": parameter}
    assert says in error["detail"]
    assert "pydantic" not in reply.text
    assert not queue.messages


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/integrations/7/logs"), ("GET", "/archive/runs")])
def test_a_wrong_method(method: str, path: str) -> None:
    """The archive is read and nothing else."""
    assert ask(path, method=method).refusal()["status"] == "405"


# --- runs ------------------------------------------------------------------------------------------------------------


def test_what_the_time_cuts_short_the_queue_continues(
    archiving: Archiver, store: MemoryStore, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that leaves something queues the next one; one that leaves nothing does not."""
    monkeypatch.setattr("archive_logs.merging.backlog.BATCH_OBJECTS", 1)
    for name in "bc":
        store.set(f"landing/{name}.gz", packed([row(20)]))
    assert archiving.carry_out(Order("archive"), lambda: 0.0)["more"]
    assert queue.orders == [Order("archive")]
    assert not archiving.carry_out(Order("archive"), lambda: 3600.0)["more"]
    assert len(queue.messages) == 1


@pytest.mark.parametrize("seconds", [0.0, RESERVE - 1])
def test_a_replay_goes_on_where_it_stopped(
    archiving: Archiver, store: MemoryStore, queue: Queue, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """The rest of a replay is queued with the key that it came to, and done from there, until nothing is left."""
    monkeypatch.setattr("archive_logs.merging.backlog.BATCH_OBJECTS", 1)
    monkeypatch.setattr("archive_logs.upkeep.replay.BATCH_OBJECTS", 1)
    store.set("landing/2026-11-22T10.gz", packed([row(20)]))
    work_off(store, lambda: 3600.0)
    before = dict(store.objects)
    for key in [key for key in store.objects if key.startswith("logs/")]:
        del store.objects[key]
    order = Order("replay", (date(2026, 11, 20), date(2026, 11, 22)))
    answer = archiving.carry_out(order, lambda: seconds)
    assert answer == {
        "from": "2026-11-20",
        "to": "2026-11-22",
        "objects": 1,
        "rows": 1,
        "partitions": 1,
        "earliest": None,
        "after": "landing/2026-11-22T10.gz",
        "more": True,
    }
    assert queue.orders == [Order("replay", order.days, "landing/2026-11-22T10.gz")]
    assert queue.orders[0].hops == 1
    partitions = [key for key in before if key.startswith("logs/")]
    while archiving.carry_out(queue.orders[-1], lambda: seconds)["more"]:  # a partition each time
        assert len(queue.messages) < len(partitions)
    assert {key for key in store.objects if key.startswith("logs/")} == set(partitions)


def test_a_release_goes_on_where_it_stopped(archiving: Archiver, store: MemoryStore, queue: Queue) -> None:
    """The rest of a release is queued with the key that it came to."""
    for name in "bc":
        store.set(f"quarantine/objects/{name}", packed([row(20)]))
    answer = archiving.carry_out(Order("release"), lambda: 0.0)
    assert answer == {"objects": 1, "rows": 0, "stayed": 0, "after": "quarantine/objects/b", "more": True}
    assert queue.orders == [Order("release", after="quarantine/objects/b")]
    archiving.carry_out(queue.orders[0], lambda: 3600.0)
    assert not [key for key in store.objects if key.startswith("quarantine/")]


# --- the handler -----------------------------------------------------------------------------------------------------

IN_LAMBDA = """
import json, sys
from archive_logs import api, handler
from tests.fakes.api_event import LambdaContext, api_event

def compose():
    raise RuntimeError("canary-inside")

api.compose = compose
answer = handler.handler(api_event("GET", "/integrations/7/logs"), LambdaContext())
print(json.dumps({"answer": answer}))
"""


def test_a_bug_is_logged_under_the_request_id() -> None:
    """As Lambda runs it, a bug is answered without a word of itself and logged with its trace and the request's id."""
    root = Path(__file__).parents[3]
    path = os.pathsep.join(str(root / folder) for folder in ("functions", "layers/shared", "."))
    environment = {"PYTHONPATH": path, "PATH": os.environ["PATH"], "POWERTOOLS_SERVICE_NAME": "integration-logs"}
    environment |= {"POWERTOOLS_METRICS_NAMESPACE": "IntegrationLogs", "AWS_DEFAULT_REGION": "eu-west-1"}
    done = subprocess.run(
        [sys.executable, "-c", IN_LAMBDA], env=environment, capture_output=True, text=True, check=True, cwd=root
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    (logged,) = [line for line in lines if line.get("level") == "ERROR"]
    assert logged["function_request_id"] == LambdaContext.aws_request_id
    assert "canary-inside" in logged["exception"]
    reply = Reply.of(lines[-1]["answer"])
    assert (reply.status, reply.refusal()["detail"]) == (500, "Internal error.")
    assert "canary" not in reply.text
