"""The archiver's runs on the ground: one process a run, ``python -m bench.scale.archiving RUN``, which prints a line.

The functions are those on ``PYTHONPATH``; this runs with commit 9229df7's as well.
"""

from __future__ import annotations

import gzip
import json
import sys
from contextlib import ExitStack
from importlib import import_module
from importlib.util import find_spec
from itertools import batched
from random import Random
from typing import Any
from unittest.mock import patch

from bench.scale.ground import Bucket, Clock, Run

MEMORY, TIMEOUT = 1024, 180.0
"""Of archive_logs, in the template."""

RECEIVES = 5
"""So often the queue hands a message out before it gives it up."""

PAGE = 100
_MOST = 200

RUNS = {
    "400 new partitions": ((400, 1),),
    "400 partitions, one new row each": ((400, 1), (400, 1)),
    "2,000 new partitions": ((2000, 3),),
    "2,000 shops, 30 days": ((60_000, 3),),
}
"""What lands, time after time: rows of so many partitions, so many of each. Only the last time is measured."""

LONG = ("2,000 shops, 30 days",)
"""What takes minutes."""


def measure(name: str, clock: Clock, bucket: Bucket) -> Run:
    """Archive what lands, as its queue would have it done; what that took."""
    rooms = _has_rooms()
    root = import_module("archive_logs.composition_root" if rooms else "archive_logs.archiving")
    order = import_module("archive_logs.orders").Order("archive")
    messages: list[Any] = []
    archiver: Any = (root.Archiver if rooms else root.Archiving)(store=bucket, queue=_Queue(messages), queue_url="")
    *before, last = RUNS[name]
    rows = 0
    for time, (partitions, of_each) in enumerate((*before, last)):
        rows += land(bucket, time, partitions, of_each)
        if time < len(before):
            archiver.carry_out(order, lambda: 1e9)
    clock.calls.clear()
    run = Run(name, TIMEOUT, MEMORY)
    messages.append(order)
    receives = 0
    while messages and receives < RECEIVES and len(run.invocations) < _MOST:
        queued = len(messages)
        with clock.invocation(run, lambda: len(bucket.below("landing/"))) as seconds_left:
            archiver.carry_out(order, seconds_left)
        if run.invocations[-1].ended:
            del messages[0]
            receives = 0
        else:
            del messages[queued:]
            receives += 1
    run.ended = not messages
    summaries = [json.loads(bucket.objects[key][0]) for key in bucket.below("state/summaries/")]
    archived = sum(each["records"] for each in summaries)
    left = len(bucket.below("landing/"))
    if run.ended and (archived != rows or left):
        run.wrong = f"{archived} of {rows} rows archived, {left} objects left"
    return run


def land(bucket: Bucket, time: int, partitions: int, of_each: int) -> int:
    """Land rows of so many partitions: 2,000 shops at most, then day after day; how many."""
    random = Random(time)  # noqa: S311  # no secret
    made = (_row(random, time * 10_000_000 + number, number // of_each) for number in range(partitions * of_each))
    for number, page in enumerate(batched(made, PAGE, strict=False)):
        body = gzip.compress(b"\n".join(page) + b"\n", 1, mtime=0)
        bucket.set(f"landing/2026-11-22T{time + 10}-00-00.{number:06}Z-main-account-{number:016x}.ndjson.gz", body)
    return partitions * of_each


def _row(random: Random, id_: int, partition: int) -> bytes:
    """As it lands, 1.8 KB of it; shops do not come one after the other."""
    shop, day = 400_001 + partition % 2000, 1 + partition // 2000 % 30
    text = json.dumps({"order": random.randrange(10**9), "items": ["a pair of shoes, size 42"] * 25})
    return json.dumps(
        {
            "id": id_ + 1,
            "integration_id": shop,
            "account": "main",
            "created_at": f"2026-11-{day:02}T{random.randrange(24):02}:00:00.000000Z",
            "fetched_at": "2026-11-30T12:00:00.000000Z",
            "base_url": "https://shop.example",
            "full_url": f"https://shop.example/orders/{id_}",
            "host": "shop.example",
            "method": "POST",
            "response_code": 500,
            "exception_type": "http_error",
            "exception": "500 Server Error",
            "protected": False,
            "fingerprint": f"{random.randrange(5):016x}",
            "remedy": None,
            "request": text,
            "response": text,
            "additional_data": None,
            "extra": None,
            "rejected": None,
        }
    ).encode()


class _Queue:
    def __init__(self, messages: list[Any]) -> None:
        self._messages = messages

    def send_message(self, **message: object) -> None:
        self._messages.append(message)


def _has_rooms() -> bool:
    return find_spec("archive_logs.composition_root") is not None


def main() -> None:
    """Measure the run that the command line names."""
    clock = Clock(MEMORY)
    with ExitStack() as changed:
        if _has_rooms():
            changed.enter_context(patch("integration_logs.bucket.side_by_side.ThreadPoolExecutor", clock.lanes))
        sys.stdout.write(json.dumps(measure(sys.argv[1], clock, Bucket(clock)).line()) + "\n")


if __name__ == "__main__":
    main()
