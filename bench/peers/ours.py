"""Fetch and archive as the deployed functions do, in a fresh process: ``python -m bench.peers.ours tick``.

Everything is built by the functions' own composition roots from the environment variables that the template sets. What
is a queue in AWS is a list here: an order that a function sends is carried out next, as long as there is one. With
``--lifted`` the request budget is beyond all reach. With ``--handler`` the order comes in as an invocation by hand,
through the handler, its log lines included. ``--without`` leaves work on the records out: what then still takes time no
quicker rule could save.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ACCOUNT = "main"
TIMEOUT = 180.0
"""The functions' in the template, in seconds."""

UNLIMITED = 10**9
_EVENT_SECONDS = 0.05
"""How soon something that lands is noticed."""


class Failed(Exception):
    """The function did not do what was ordered."""


@dataclass
class Queue:
    """SQS' one call that the functions use: what is sent waits here."""

    waiting: deque[str] = field(default_factory=deque)

    def send_message(self, *, MessageBody: str, **_: str) -> None:  # noqa: N803  # SQS' names
        """Take a message."""
        self.waiting.append(MessageBody)


@dataclass(frozen=True)
class Context:
    """What Lambda says of an invocation."""

    function_name: str = "fetch-logs"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:fetch-logs"
    aws_request_id: str = "00000000-0000-4000-8000-000000000000"
    began: float = field(default_factory=time.monotonic)

    def seconds_left(self) -> float:
        """Seconds until the time-out."""
        return TIMEOUT - (time.monotonic() - self.began)

    def get_remaining_time_in_millis(self) -> int:
        """See AWS Lambda."""
        return round(self.seconds_left() * 1000)


def by_hand(mode: str) -> dict[str, Any]:
    """Walk once, through the handler; its answer."""
    from fetch_logs.handler import handler  # noqa: PLC0415  # each way in imports what it needs

    answer = handler({"task": "walk", "account": ACCOUNT, "mode": mode}, cast("Any", Context()))
    if not answer["complete"]:
        raise Failed(f"The walk did not come to its end: {answer['failures']}")
    return answer


def fetch(mode: str, *, lifted: bool) -> dict[str, Any]:
    """Walk until nothing of the order is left; what was fetched."""
    from fetch_logs.composition_root import compose  # noqa: PLC0415
    from fetch_logs.plan import orders, read  # noqa: PLC0415

    queue = Queue()
    parts = replace(compose(), queue=cast("SQSClient", queue))
    if lifted:
        parts = replace(parts, requests_per_minute=UNLIMITED)
    parts.send(orders([ACCOUNT], mode=mode))  # type: ignore[arg-type]
    done: dict[str, Any] = {"invocations": 0, "pages": 0, "records": 0, "landed": 0, "late": 0, "serial": ""}
    while queue.waiting:
        walk = parts.walk(read(queue.waiting.popleft(), accounts=[ACCOUNT]), Context().seconds_left).walk
        if walk.failures:
            raise Failed(f"The walk failed: {walk.failures}")
        for name in ("pages", "records", "landed", "late"):
            done[name] += getattr(walk.walked, name)
        done["invocations"] += 1
        done["serial"] = done["serial"] or walk.walked.serial
    return done


def leave_out(part: str) -> None:
    """Let redaction find nothing, at no cost; or let records land as they are, not as rows of columns."""
    from fetch_logs.stream import batch  # noqa: PLC0415
    from fetch_logs.stream.late_redactor import LateRedactor  # noqa: PLC0415

    if part == "redaction":
        patched: Any = LateRedactor
        patched.record, patched.value = (lambda _, record: dict(record)), (lambda _, value: value)
    else:
        patched = batch
        patched.parse = lambda record, **_: record


def archive(until: Path | None) -> dict[str, Any]:
    """Archive what has landed, and what lands until the file exists; what was archived."""
    from archive_logs.composition_root import compose  # noqa: PLC0415
    from archive_logs.orders import read_body  # noqa: PLC0415
    from integration_logs.bucket.landing import PREFIX  # noqa: PLC0415

    queue = Queue()
    parts = replace(compose(), queue=cast("SQSClient", queue))
    done = {"invocations": 0, "objects": 0, "rows": 0, "partitions": 0, "quarantined": 0}
    last = False
    while not last:
        last = until is None or until.exists()  # looked at before what has landed: what lands later is seen once more
        if not parts.store.entries(PREFIX, limit=1):
            time.sleep(0 if last else _EVENT_SECONDS)
            continue
        queue.send_message(MessageBody=json.dumps({"task": "archive"}))
        while queue.waiting:
            answer = parts.carry_out(read_body(queue.waiting.popleft()), Context().seconds_left)
            for name in ("objects", "rows", "partitions", "quarantined"):
                done[name] += answer[name]
            done["invocations"] += 1
    return done


def main() -> int:
    """Do what is ordered, and say how it went as a line of JSON; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers.ours", description=__doc__)
    parser.add_argument("tasks", nargs="+", choices=("tick", "sweep", "full", "archive"), help="one after the other")
    parser.add_argument("--lifted", action="store_true", help="without a request budget")
    parser.add_argument("--until", type=Path, help="archive what lands until this file exists, as events of S3 let it")
    parser.add_argument("--handler", action="store_true", help="walk once, through the handler")
    parser.add_argument("--without", action="append", default=[], choices=("redaction", "columns"), help="leave it out")
    options = parser.parse_args()
    for part in options.without:
        leave_out(part)
    done = {}
    for task in options.tasks:
        if task == "archive":
            done[task] = archive(options.until)
        else:
            done[task] = by_hand(task) if options.handler else fetch(task, lifted=options.lifted)
    sys.stdout.write(json.dumps(done) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
