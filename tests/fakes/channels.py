"""EventBridge and SNS as check_status sees them, with their rules: what they took is in ``events`` and ``notices``."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from check_status.telling.delivery import Telling
from check_status.wording import Language


def _refused(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "refused"}}, operation)


@dataclass
class FakeBus:
    """``refuse`` says with which code an entry of that detail is refused, if at all; ``before`` precedes each call."""

    refuse: Callable[[dict[str, Any]], str | None] = lambda _: None
    before: Callable[[], None] = lambda: None
    events: list[dict[str, Any]] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  # boto's
        self.before()
        size = sum(len(json.dumps(entry, default=str).encode()) for entry in Entries)
        if not 1 <= len(Entries) <= 10 or size > 256 * 1024:
            raise _refused("ValidationException", "PutEvents")
        self.calls.append(len(Entries))
        results: list[dict[str, str]] = []
        for number, entry in enumerate(Entries):
            detail = json.loads(entry["Detail"])
            if code := self.refuse(detail):
                results.append({"ErrorCode": code, "ErrorMessage": "refused"})
                continue
            results.append({"EventId": f"event-{len(self.events)}-{number}"})
            self.events.append(entry | {"Detail": detail})
        return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}


@dataclass
class FakeTopic:
    """``refuse`` is the code that everything is refused with, if at all; ``before`` is told of each call."""

    refuse: str | None = None
    before: Callable[[], None] = lambda: None
    notices: list[dict[str, Any]] = field(default_factory=list)

    def publish(self, **notice: Any) -> dict[str, str]:
        self.before()
        if self.refuse:
            raise _refused(self.refuse, "Publish")
        subject, attributes = notice["Subject"], notice["MessageAttributes"]
        plain = subject.isascii() and subject.isprintable() and 0 < len(subject) <= 100 and not subject[0].isspace()
        whole = len(notice["Message"].encode()) <= 256 * 1024 and notice["Message"]
        if not plain or not whole or not all(each["StringValue"] for each in attributes.values()):
            raise _refused("InvalidParameter", "Publish")
        self.notices.append(notice)
        return {"MessageId": f"message-{len(self.notices)}"}


def telling(bus: Any, topic: Any, language: Language = "en") -> Telling:
    """Both channels put together."""
    return Telling(bus, "the-bus", topic, "arn:aws:sns:us-east-1:000000000000:the-topic", language)
