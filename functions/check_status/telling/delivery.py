"""Sends what the outbox holds: events to EventBridge, then notices to SNS.

What a run sends it has claimed, in the state, before; what has been sent it takes out, after. So a message is sent
twice only where a run died, or the store failed, in between, and then under the same id.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from check_status.telling.messages import SOURCE, Notice, event, notice
from check_status.telling.outbox import Channel, Entry, Outbox, batches, claimed, claimed_by, groups, settled
from integration_logs.errors import NeedsOperator, TryLater

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef
    from mypy_boto3_sns import SNSClient

    from check_status.happenings import Happening
    from check_status.wording import Language

log = logging.getLogger(__name__)

BATCH = 10
"""Entries that EventBridge takes at once; together at most 256 KB, which these are far below."""

LEAST_SECONDS = 13.0
"""What a call may need at most (``aws.PATIENCE``): with less time left the next check goes on."""

_PASSING = frozenset({
    "InternalException", "InternalFailure", "InternalError", "InternalErrorException", "InternalServerError",
    "ServiceUnavailable", "ServiceUnavailableException", "Throttled", "Throttling", "ThrottledException",
    "ThrottlingException", "RequestLimitExceeded", "RequestTimeout", "RequestTimeoutException", "500", "502", "503",
    "504", "KMSThrottling", "KMSThrottlingException",
})  # fmt: skip

type Change = Callable[[Callable[[Outbox], Outbox]], Outbox]
"""Puts what the function makes of the account's stored outbox in its place, by compare-and-swap; what is there then."""


@dataclass(frozen=True)
class Telling:
    """The two channels."""

    bus: EventBridgeClient
    bus_name: str
    topic: SNSClient
    topic_arn: str
    language: Language

    def deliver(
        self, outbox: Outbox, change: Change, *, run: str, clock: Callable[[], datetime], time_left: Callable[[], float]
    ) -> None:
        """Send what the run has claimed, and what other runs have added meanwhile.

        What cannot be sent now stays for the next check. Raises ``NeedsOperator`` where that would not help, and what
        ``change`` raises.
        """
        while entries := claimed_by(outbox, run):
            sent: set[tuple[str, Channel]] = set()
            failure = self._send(entries, sent, time_left)
            goes_on = failure is None and time_left() > LEAST_SECONDS

            def without_sent(stored: Outbox, sent: set[tuple[str, Channel]] = sent, more: bool = goes_on) -> Outbox:
                left = settled(stored, sent, run)
                return claimed(left, run, clock()) if more else left

            outbox = change(without_sent)
            if isinstance(failure, NeedsOperator):
                raise failure
            if failure:
                log.warning("Not every message was sent; the next check continues: %s", failure)

    def _send(
        self, entries: Sequence[Entry], sent: set[tuple[str, Channel]], time_left: Callable[[], float]
    ) -> TryLater | NeedsOperator | None:
        """Send in order, each channel as far as it goes; the worse of the two failures."""
        failures: list[TryLater | NeedsOperator] = []
        try:
            for batch in batches(entries, BATCH):
                _await_time(time_left)
                self._put(batch, sent)
        except (TryLater, NeedsOperator) as error:
            failures.append(error)
        try:
            for group in groups(entries):
                _await_time(time_left)
                self._publish(notice(group, self.language), group[0])
                sent.update((each.id, "topic") for each in group)
        except (TryLater, NeedsOperator) as error:
            failures.append(error)
        return max(failures, key=lambda error: isinstance(error, NeedsOperator), default=None)

    def _put(self, batch: list[Happening], sent: set[tuple[str, Channel]]) -> None:
        """Put events; each entry is accepted or refused by itself."""
        with _named_errors("EventBridge", "event bus"):
            answer = self.bus.put_events(Entries=[self._entry(each) for each in batch])
        refused = set()
        for happening, result in zip(batch, answer["Entries"], strict=True):
            if code := result.get("ErrorCode"):
                refused.add(code)
            else:
                sent.add((happening.id, "bus"))
        for code in sorted(refused, key=_PASSING.__contains__):
            raise _failure("EventBridge", "event bus", code)

    def _entry(self, happening: Happening) -> PutEventsRequestEntryTypeDef:
        return {
            "EventBusName": self.bus_name,
            "Source": SOURCE,
            "DetailType": happening.kind,
            "Time": happening.at,
            "Detail": json.dumps(event(happening), ensure_ascii=False, separators=(",", ":")),
        }

    def _publish(self, message: Notice, first: Happening) -> None:
        with _named_errors("SNS", "notices' topic"):
            self.topic.publish(
                TopicArn=self.topic_arn,
                Subject=message.subject,
                Message=message.text,
                MessageAttributes={
                    "id": {"DataType": "String", "StringValue": message.id},
                    "account": {"DataType": "String", "StringValue": first.account},
                    "integration_id": {"DataType": "String", "StringValue": str(first.integration_id or "none")},
                },
            )


def _await_time(time_left: Callable[[], float]) -> None:
    if time_left() <= LEAST_SECONDS:
        raise TryLater("No time is left in this run.")


@contextmanager
def _named_errors(api: str, what: str) -> Iterator[None]:
    """Turn boto's errors into this project's, by their code."""
    try:
        yield
    except ClientError as error:
        raise _failure(api, what, error.response.get("Error", {}).get("Code", "")) from error
    except BotoCoreError as error:
        raise TryLater(f"{api} did not answer ({type(error).__name__}).") from error


def _failure(api: str, what: str, code: str) -> TryLater | NeedsOperator:
    if code in _PASSING:
        return TryLater(f"{api} did not accept a message ({code}).")
    return NeedsOperator(
        f"{api} refuses messages ({code}): check that the stack's {what} exists and that check_status may send to it."
    )
