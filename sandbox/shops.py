"""How each shop is doing, and what was sent about it: asked of the running stack as its users would."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.table import Table

from check_status.wording import WHO
from sandbox.api import call, following

if TYPE_CHECKING:
    from sandbox.stack import Stack

_NOTICE_SECONDS = 20
_NO_REMEDY = ("No remedy is known; look in the shop's log.", WHO["en"]["shop"])


class Shop(NamedTuple):
    """A shop's verdict, and of its open problems the one with the most records."""

    name: str
    verdict: str
    problem: str
    remedy: str
    who: str


def shops(stack: Stack) -> list[Shop]:
    """A row a shop: those that need somebody first."""
    found = [_shop(stack, each) for each in _all(stack, "/integrations")]
    return sorted(found, key=lambda shop: (shop.verdict == "healthy", shop.name))


def table(found: list[Shop]) -> Table:
    """The rows as a table."""
    drawn = Table(title="Your shops", title_justify="left", show_lines=True, expand=True)
    for column, ratio in (("shop", 4), ("verdict", 0), ("foremost problem", 6), ("what to do, and who acts", 11)):
        drawn.add_column(column, overflow="fold", ratio=ratio or None)
    for shop in found:
        who = f"\nAction by: {shop.who}." if shop.who else ""
        drawn.add_row(shop.name, shop.verdict, shop.problem, f"{shop.remedy}{who}")
    return drawn


def _shop(stack: Stack, integration: dict[str, Any]) -> Shop:
    route = f"/integrations/{integration['integration_id']}/problems"
    worst = max(_all(stack, f"{route}?state=open&page_size=100"), key=lambda each: each["records"], default=None)
    name = integration["shop_name"] or f"Integration {integration['integration_id']}"
    if worst is None:  # the verdict's own sentence says what to do, where there is something
        said = "" if integration["verdict"] == "healthy" else integration["sentence"]
        return Shop(name, integration["verdict"], "", said, "")
    kind = (worst["exception_type"] or "").rpartition(".")[2]
    said = " ".join(str(part) for part in (kind, worst["response_code"]) if part)
    counted = f"{worst['records']:,} record{'s' if worst['records'] > 1 else ''}"
    (problem,) = _all(stack, f"{route}/{worst['fingerprint']}")
    remedy = problem["remedy_in_full"]
    what, who = (remedy["en"], WHO["en"][remedy["who"]]) if remedy else _NO_REMEDY
    return Shop(name, integration["verdict"], "\n".join(filter(None, (said, worst["path"], counted))), what, who)


def _all(stack: Stack, route: str) -> list[dict[str, Any]]:
    """The rows of all pages; of a route that answers one thing, that."""
    rows: list[dict[str, Any]] = []
    while route:
        reply = call(stack, route)
        reply.raise_for_status()
        data = reply.json()["data"]
        rows += data if isinstance(data, list) else [data]
        route = following(reply).get("next", "")
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
