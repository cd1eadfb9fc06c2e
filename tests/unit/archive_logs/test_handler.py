from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools import Metrics

from archive_logs import handler as handling
from archive_logs.composition_root import RESERVE, Archiver
from archive_logs.orders import Order, read_body
from integration_logs.bucket import sweeps
from integration_logs.bucket.sweeps import RETENTION, Sweep
from integration_logs.errors import ContractBroken, NeedsOperator, TryLater
from tests.fakes.api_event import LambdaContext
from tests.fakes.memory_store import MemoryStore
from tests.unit.archive_logs.archive_rows import archived_ids, keys, packed, row

EVENTS = Path(__file__).parents[3] / "events/archive_logs"
SAMPLE: dict[str, Any] = json.loads((EVENTS / "archive_queue.json").read_text())
LANDED = SAMPLE["Records"][0]["body"]
REPLAY = '{"task": "replay", "from": "2026-11-20", "to": "2026-11-22"}'
RELEASE = '{"task": "release"}'


class Queue:
    """Keeps what is sent to it."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.given_back: list[str] = []

    def change_message_visibility(self, **message: Any) -> None:
        self.given_back.append(message["ReceiptHandle"])

    def send_message(self, **message: str) -> None:
        self.orders.append(read_body(message["MessageBody"]))


class Context(LambdaContext):
    """An invocation with so many seconds left, one answer after the other."""

    def __init__(self, *seconds: float) -> None:
        self._seconds = list(seconds)

    def get_remaining_time_in_millis(self) -> int:
        return int(1000 * (self._seconds.pop(0) if len(self._seconds) > 1 else self._seconds[0]))


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.set("landing/a.gz", packed([row(1), row(2, webhook_id=7), row(None)]))
    return store


@pytest.fixture
def queue() -> Queue:
    return Queue()


@pytest.fixture(autouse=True)
def parts(monkeypatch: pytest.MonkeyPatch, store: MemoryStore, queue: Queue) -> None:
    client: Any = queue
    archiving = Archiver(store=store, queue=client, queue_url="https://queue.test/archive.fifo")
    monkeypatch.setattr(handling, "compose", lambda: archiving)
    monkeypatch.setattr(handling, "metrics", Metrics(namespace="tests", service="tests"))


def invoke(event: dict[str, Any], *seconds: float) -> dict[str, Any]:
    context: Any = Context(*(seconds or (180.0,)))
    return handling.handler(event, context)


def batch(*bodies: str) -> dict[str, Any]:
    """A batch of queue messages, named m0, m1, …"""
    record = SAMPLE["Records"][0]
    own = [{"messageId": f"m{place}", "receiptHandle": f"r{place}", "body": body} for place, body in enumerate(bodies)]
    return {"Records": [record | each for each in own]}


def failures(answer: dict[str, Any]) -> list[str]:
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def counted(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    """The metrics that were sent."""
    sent = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return {
        metric["Name"]: sum(each[metric["Name"]])
        for each in sent
        for metric in each["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }


# --- by hand, and by the schedule ------------------------------------------------------------------------------------


def test_archive(store: MemoryStore) -> None:
    """What landed is archived, and the answer counts it."""
    answer = invoke({"task": "archive"})
    assert (answer["objects"], answer["rows"], answer["quarantined"], answer["more"]) == (1, 2, 1, False)
    assert archived_ids(store) == [1, 2]


def test_replay(store: MemoryStore) -> None:
    """Days are archived once more, and the answer says which and how far it came."""
    invoke({"task": "archive"})
    for key in keys(store, "logs/"):
        del store.objects[key]
    answer = invoke(json.loads(REPLAY))
    assert (answer["from"], answer["to"], answer["rows"], answer["more"]) == ("2026-11-20", "2026-11-22", 2, False)
    assert archived_ids(store) == [1, 2]


def test_manifest(store: MemoryStore, queue: Queue, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> None:
    """Each day's manifest is written; days that Sendcloud forgot unswept are in the answer and counted as a metric."""
    invoke({"task": "archive"})
    counted(capsys)
    swept = datetime(2026, 11, 20, 3, 17, tzinfo=UTC)
    sweeps.record(store, "main", "account", Sweep("sweep", swept, swept, since=swept - RETENTION))
    for days, incomplete in ((1, []), (32, ["2026-11-20", "2026-11-21"])):
        client: Any = queue
        now = swept + timedelta(days=days)
        parts = Archiver(store, client, "queue", accounts=("main",), clock=lambda now=now: now)
        monkeypatch.setattr(handling, "compose", lambda parts=parts: parts)
        answer = invoke({"task": "manifest"})
        assert list(answer["incomplete"]) == incomplete
        assert answer["written"] > 0
        assert counted(capsys) == ({"DaysIncomplete": 2} if incomplete else {})
    assert queue.orders == []


def test_release(store: MemoryStore) -> None:
    """What is in quarantine lands again."""
    invoke({"task": "archive"})
    assert invoke({"task": "release"})["rows"] == 1
    assert len(keys(store, "landing/")) == 1


@pytest.mark.parametrize("event", [{}, {"task": "purge"}, {"task": "replay", "from": "2026-11-02", "to": "2026-11-01"}])
def test_what_cannot_be_done(store: MemoryStore, event: dict[str, Any]) -> None:
    """An unknown task, or one that cannot be carried out, is refused and touches nothing."""
    with pytest.raises(ContractBroken):
        invoke(event)
    assert store.calls == []


# --- the queue -------------------------------------------------------------------------------------------------------


def test_events_are_one_run(store: MemoryStore) -> None:
    """However many events a batch holds, what landed is archived by one run."""
    assert failures(invoke(batch(LANDED, LANDED, '{"task": "archive"}'))) == []
    assert [call for call in store.calls if call == ("entries", "landing/")] == [("entries", "landing/")]
    assert archived_ids(store) == [1, 2]


def test_a_message_with_a_task_runs_it(store: MemoryStore) -> None:
    """In one batch each thing that is ordered is done, in the order of the messages."""
    assert failures(invoke(batch(LANDED, REPLAY, RELEASE))) == []
    assert archived_ids(store) == [1, 2]
    assert keys(store, "quarantine/") == []
    assert len(keys(store, "landing/")) == 1


def test_one_order_fails(store: MemoryStore, queue: Queue) -> None:
    """Only the messages of what failed are given back; the others are done."""
    store.fail(verb="versions")
    assert failures(invoke(batch(REPLAY, LANDED, REPLAY, RELEASE))) == ["m0", "m2"]
    assert queue.given_back == ["r0", "r2"]
    assert archived_ids(store) == [1, 2]


@pytest.mark.parametrize("body", ['{"task": "purge"}', "oops", '{"task": "replay"}'])
def test_a_message_that_orders_nothing(store: MemoryStore, body: str) -> None:
    """A message that nobody understands is given back, and holds up no other."""
    assert failures(invoke(batch(body, LANDED))) == ["m0"]
    assert archived_ids(store) == [1, 2]


def test_nothing_fails(queue: Queue) -> None:
    """Then nothing is given back."""
    assert failures(invoke(batch(LANDED, RELEASE))) == []
    assert queue.given_back == []


@pytest.mark.parametrize("error", [TryLater("S3 did not list."), NeedsOperator("Policy."), ZeroDivisionError()])
def test_everything_fails(store: MemoryStore, queue: Queue, error: Exception) -> None:
    """Where nothing could be done the invocation itself fails, so that its alarm goes off, and all comes again soon."""
    store.fail(verb="entries", error=error)
    with pytest.raises(type(error)):
        invoke(batch(LANDED, LANDED))
    assert queue.given_back == ["r0", "r1"]


def test_without_time_the_next_order_waits(store: MemoryStore, queue: Queue) -> None:
    """An order that there is no time left to begin goes back to the queue; the first one of a batch is always begun."""
    assert failures(invoke(batch(LANDED, RELEASE, REPLAY), RESERVE - 1)) == []
    assert archived_ids(store) == [1, 2]
    assert [(order.task, order.hops) for order in queue.orders] == [("release", 1), ("replay", 1)]


# --- metrics ---------------------------------------------------------------------------------------------------------


def test_what_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Records that are new to the archive, those of them with unknown fields, and rows put aside."""
    invoke({"task": "archive"})
    assert counted(capsys) == {"RecordsArchived": 2, "RecordsWithExtra": 1, "RecordsQuarantined": 1}


def test_nothing_to_count(store: MemoryStore, capsys: pytest.CaptureFixture[str]) -> None:
    """A run without news sends no metric."""
    del store.objects["landing/a.gz"]
    invoke({"task": "archive"})
    assert counted(capsys) == {}


def test_what_was_done_before_a_failure_is_counted(
    store: MemoryStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch that was archived counts, also where a later one fails."""
    monkeypatch.setattr("archive_logs.merging.backlog.BATCH_OBJECTS", 1)
    store.set("landing/b.gz", packed([row(3)]))
    store.fail(2, verb="download", prefix="landing/")
    with pytest.raises(TryLater):
        invoke({"task": "archive"})
    assert counted(capsys)["RecordsQuarantined"] == 1
