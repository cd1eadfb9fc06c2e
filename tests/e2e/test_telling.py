"""What breaks upstream is told once, on the bus, to the topic and in a chat, by the deployed stack."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from samtranslator.yaml_helper import yaml_parse

from docs import event_schemas
from integration_logs.times import timestamp
from tests.e2e.conftest import eventually
from tests.e2e.subscriptions import subscribed

if TYPE_CHECKING:
    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox

ROOT = Path(__file__).parents[2]
CHAT = yaml_parse((ROOT / "consumers/chat-webhook.yaml").read_text())["Resources"]
INTEGRATION = 400003
STATE = "state/status/main.json"


@pytest.fixture(scope="module")
def queues(deployed: Stack) -> dict[str, str]:
    return subscribed(deployed)


class Told:
    """What has come to the queues so far."""

    def __init__(self, stack: Stack, urls: dict[str, str]) -> None:
        self._sqs, self._urls = stack.client("sqs"), urls
        self._found: dict[str, list[dict[str, Any]]] = {"bus": [], "topic": []}

    def _read(self, name: str) -> list[dict[str, Any]]:
        while found := self._sqs.receive_message(QueueUrl=self._urls[name], MaxNumberOfMessages=10).get("Messages", []):
            for message in found:
                self._found[name].append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._urls[name], ReceiptHandle=message["ReceiptHandle"])
        return self._found[name]

    def events(self, path: str) -> list[dict[str, Any]]:
        """The events about the problem with that path."""
        return [each for each in self._read("bus") if each["detail"].get("problem", {}).get("path") == path]

    def notices(self, path: str) -> list[dict[str, Any]]:
        """The notices that name that path."""
        return [each for each in self._read("topic") if path in each["Message"]]


@pytest.fixture
def told(deployed: Stack, queues: dict[str, str]) -> Told:
    return Told(deployed, queues)


@pytest.fixture
def works(sandbox: Sandbox) -> None:
    """Sendcloud fetches from the shop, as far as it says."""
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    sandbox.integration("main", INTEGRATION, started_failing_at=None, last_fetched_at=later)


def breaks(stack: Stack, sandbox: Sandbox, path: str, *times: datetime) -> None:
    """A certificate error at a path of its own at these times, fetched and archived."""
    records = [
        {
            "base_url": "https://bloem.example",
            "full_url": f"https://bloem.example{path}",
            "method": "GET",
            "response_code": 495,
            "exception_type": "requests.exceptions.SSLError",
            "exception": "An SSL error occurred",
            "response": None,
            "created_at": time.isoformat(),
        }
        for time in times
    ]
    ids = set(sandbox.plant("main", INTEGRATION, *records))
    stack.invoke("FetchLogsFunction", {"task": "walk", "account": "main", "mode": "sweep"})
    stack.invoke("ArchiveLogsFunction", {"task": "archive"})
    summaries = f"state/summaries/dt={times[0]:%Y-%m-%d}/integration-{INTEGRATION}.json"
    s3, bucket = stack.client("s3"), stack.outputs["BucketName"]

    def summarised() -> bool:
        problems = json.loads(s3.get_object(Bucket=bucket, Key=summaries)["Body"].read())["problems"]
        return any(ids & set(each["sample_ids"]) for each in problems.values())

    eventually(summarised, "the archive has a summary of it")


def check(stack: Stack) -> None:
    """One more check, beside those that the schedule makes."""
    stack.invoke("CheckStatusFunction", {"task": "check"})


def has_watched_for(stack: Stack, days: int) -> None:
    """Let the stack have been there for so long, without the past that it keeps untold; other checks may be first."""
    s3, bucket = stack.client("s3"), stack.outputs["BucketName"]

    def moved() -> bool:
        stored = s3.get_object(Bucket=bucket, Key=STATE)
        state = json.loads(stored["Body"].read())
        state["watching_since"] = timestamp(datetime.now(UTC) - timedelta(days=days))
        state["problems"] = {name: problem for name, problem in state["problems"].items() if problem["episodes"]}
        try:
            s3.put_object(Bucket=bucket, Key=STATE, Body=json.dumps(state).encode(), IfMatch=stored["ETag"])
        except s3.exceptions.ClientError:
            return False
        return True

    check(stack)
    eventually(moved, "the state has another beginning")


def assert_keeps_to_its_schema(event: dict[str, Any]) -> None:
    schema = json.loads((ROOT / event_schemas.file_of(event["detail-type"])).read_text())
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(event["detail"])


@pytest.mark.usefixtures("works")
def test_what_breaks_is_told_once(deployed: Stack, sandbox: Sandbox, told: Told) -> None:
    """A new failure is one event and one notice, with shop, cause and remedy, however many checks see it."""
    path = "/now/orders"
    now = datetime.now(UTC)
    check(deployed)
    breaks(deployed, sandbox, path, now - timedelta(minutes=2), now)
    for _ in range(4):
        check(deployed)
    eventually(lambda: bool(told.events(path) and told.notices(path)), "it is told")
    check(deployed)
    (event,), (notice,) = told.events(path), told.notices(path)
    assert (event["detail-type"], event["source"]) == ("Problem Opened", "integration-logs")
    assert_keeps_to_its_schema(event)
    detail = event["detail"]
    assert (detail["account"], detail["integration_id"], detail["problem"]["records"]) == ("main", INTEGRATION, 2)
    assert (detail["problem"]["remedy"]["code"], detail["problem"]["remedy"]["who"]) == ("certificate-invalid", "shop")
    assert detail["sentence"]["en"] in notice["Message"].replace("\n", " ")
    assert notice["Subject"].startswith(detail["shop_name"].encode("ascii", "ignore").decode()[:5])
    assert notice["MessageAttributes"]["account"]["Value"] == "main"


@pytest.mark.usefixtures("works")
def test_a_back_dated_burst_is_opened_and_resolved(deployed: Stack, sandbox: Sandbox, told: Told) -> None:
    """What is found today of last week is told as opened and then as resolved, each once, in this order."""
    path = "/last-week/orders"
    has_watched_for(deployed, 20)
    last_week = datetime.now(UTC) - timedelta(days=7)
    breaks(deployed, sandbox, path, *(last_week + timedelta(minutes=n) for n in range(5)))
    for _ in range(3):
        check(deployed)
    eventually(lambda: len(told.events(path)) >= 2 and len(told.notices(path)) >= 2, "both are told")
    check(deployed)
    events, notices = told.events(path), told.notices(path)
    assert [each["detail-type"] for each in events] == ["Problem Opened", "Problem Resolved"]
    for event in events:
        assert_keeps_to_its_schema(event)
    assert len(notices) == 2
    assert [each["detail"]["problem"]["records"] for each in events] == [5, 5]


class Chat:
    """A chat's incoming webhook: what was posted to it."""

    def __init__(self) -> None:
        posted: list[dict[str, Any]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.posted = posted
        self.server = HTTPServer(("127.0.0.1", 0), Handler)


@contextmanager
def listening() -> Iterator[Chat]:
    chat = Chat()
    threading.Thread(target=chat.server.serve_forever, daemon=True).start()
    try:
        yield chat
    finally:
        chat.server.shutdown()
        chat.server.server_close()


@pytest.mark.usefixtures("works")
def test_the_chats_rule(deployed: Stack, sandbox: Sandbox) -> None:
    """The example rule posts an event's sentence to a webhook: its own pattern, connection and transformation.

    The embedded cloud has API destinations, though not in templates: they are made from the template's properties.
    """
    events, bus = deployed.client("events"), deployed.outputs["EventBusName"]
    connection, webhook, rule = (CHAT[name]["Properties"] for name in ("Connection", "Webhook", "Rule"))
    (target,) = rule["Targets"]
    transformer = json.loads(json.dumps(target["InputTransformer"]))
    transformer["InputPathsMap"] = {
        name: path["Fn::Sub"].replace("${Language}", "nl") for name, path in transformer["InputPathsMap"].items()
    }
    with listening() as chat:
        arn = events.create_connection(
            Name="chat", **{name: connection[name] for name in ("AuthorizationType", "AuthParameters")}
        )["ConnectionArn"]
        destination = events.create_api_destination(
            Name="chat",
            ConnectionArn=arn,
            HttpMethod=webhook["HttpMethod"],
            InvocationEndpoint=f"http://127.0.0.1:{chat.server.server_port}/hook",
        )["ApiDestinationArn"]
        events.put_rule(Name="chat", EventBusName=bus, EventPattern=json.dumps(rule["EventPattern"]))
        events.put_targets(
            Rule="chat",
            EventBusName=bus,
            Targets=[{"Id": target["Id"], "Arn": destination, "InputTransformer": transformer}],
        )
        try:
            breaks(deployed, sandbox, "/chat/orders", datetime.now(UTC))
            check(deployed)
            eventually(lambda: any("/chat/orders" in each["text"] for each in chat.posted), "the chat has it")
        finally:
            events.remove_targets(Rule="chat", EventBusName=bus, Ids=[target["Id"]])
            events.delete_rule(Name="chat", EventBusName=bus)
    (post,) = [each for each in chat.posted if "/chat/orders" in each["text"]]
    assert list(post) == ["text"]
    assert "mislukte met SSLError, HTTP-status 495" in post["text"]
