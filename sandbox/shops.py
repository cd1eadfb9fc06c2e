"""How each shop is doing, and what was sent about it: asked of the running stack as its users would."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.table import Table

from sandbox.api import call

if TYPE_CHECKING:
    from sandbox.stack import Stack

_NOTICE_SECONDS = 20


class Shop(NamedTuple):
    """A shop's verdict, and of its open problems the one with the most records."""

    name: str
    verdict: str
    problem: str
    who: str
    remedy: str


def shops(stack: Stack) -> list[Shop]:
    """A row a shop: those that need somebody first."""
    found = [_shop(stack, each) for each in _all(stack, "/integrations")]
    return sorted(found, key=lambda shop: (shop.verdict == "healthy", shop.name))


def table(found: list[Shop]) -> Table:
    """The rows as a table."""
    drawn = Table(title="Your shops", title_justify="left", show_lines=True)
    for column in ("shop", "verdict", "foremost problem", "who acts", "what to do"):
        drawn.add_column(column, overflow="fold", ratio=4 if column == "what to do" else None)
    for shop in found:
        drawn.add_row(*shop)
    return drawn


def _shop(stack: Stack, integration: dict[str, Any]) -> Shop:
    route = f"/integrations/{integration['integration_id']}/problems"
    open_ = max(_all(stack, f"{route}?state=open"), key=lambda each: each["records"], default=None)
    name = integration["shop_name"] or f"integration {integration['integration_id']}"
    if open_ is None:
        return Shop(name, integration["verdict"], "", "", "")
    remedy = call(stack, f"{route}/{open_['fingerprint']}").json()["data"]["remedy_in_full"] or {}
    kind = (open_["exception_type"] or "").rpartition(".")[2]
    said = " ".join(str(part) for part in (kind, open_["response_code"], open_["path"]) if part)
    return Shop(name, integration["verdict"], f"{said} ({open_['records']} records)", remedy["who"], remedy["en"])


def _all(stack: Stack, route: str) -> list[dict[str, Any]]:
    reply = call(stack, route)
    reply.raise_for_status()
    rows: list[dict[str, Any]] = reply.json()["data"]
    return rows


class Notices:
    """A queue that is subscribed to the stack's topic, as a person's mailbox would be."""

    def __init__(self, stack: Stack) -> None:
        self._sqs = stack.client("sqs")
        self._url = self._sqs.create_queue(QueueName="notices-for-the-tour")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]
        arn = attributes["QueueArn"]
        allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = {"Version": "2012-10-17", "Statement": [{**allow, "Resource": arn}]}
        self._sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": json.dumps(policy)})
        stack.client("sns").subscribe(TopicArn=stack.outputs["NoticeTopicArn"], Protocol="sqs", Endpoint=arn)

    def first(self) -> tuple[str, str] | None:
        """The subject and the text of one notice, as soon as there is one; ``None`` where none comes."""
        deadline = time.monotonic() + _NOTICE_SECONDS
        while time.monotonic() < deadline:
            answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=1, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                sent = json.loads(message["Body"])
                return sent["Subject"], sent["Message"]
        return None
