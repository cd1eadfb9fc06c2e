"""The archiver's runs on the ground: one process a run, ``python -m bench.scale.archiving RUN``, which prints a line.

The functions are those on ``PYTHONPATH``; this runs with commit 9229df7's as well.
"""

from __future__ import annotations

import gzip
import json
import sys
from contextlib import ExitStack
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from itertools import batched
from random import Random
from typing import Any
from unittest.mock import patch

from bench.scale.clock import Clock
from bench.scale.cuts import cut_short
from bench.scale.ground import Bucket
from bench.scale.run import Queue, Run

MEMORY, TIMEOUT = 1024, 180.0
"""Of archive_logs, in the template."""

PAGE = 100

RUNS = {
    "400 new partitions": ((400, 1),),
    "400 partitions, one new row each": ((400, 1), (400, 1)),
    "2,000 new partitions": ((2000, 3),),
    "2,000 shops, 30 days": ((60_000, 3),),
    "replay of 30 days, 100 shops": ((3000, 3),),
    "replay of 30 days, 2,000 shops": ((60_000, 3),),
}
"""What lands, time after time: rows of so many partitions, so many of each. Only the last time is measured, or its
replay, for which every tenth partition is lost."""

LONG = ("2,000 shops, 30 days", "replay of 30 days, 2,000 shops")
"""What takes minutes."""

LOST = 10


def measure(name: str, clock: Clock, bucket: Bucket) -> Run:
    """Archive what lands, as its queue would have it done; what that took."""
    rooms = _has_rooms()
    root = import_module("archive_logs.composition_root" if rooms else "archive_logs.archiving")
    orders = import_module("archive_logs.orders")
    order, replayed = orders.Order("archive"), name.startswith("replay")
    queue = Queue(clock, order.body())
    archiver: Any = (root.Archiver if rooms else root.Archiving)(store=bucket, queue=queue, queue_url="")
    partitions, rows = 0, 0
    for time, (partitions, of_each) in enumerate(RUNS[name]):
        rows += land(bucket, time, partitions, of_each, shops=partitions // 30 if replayed else 2000)
        if replayed or time < len(RUNS[name]) - 1:
            with clock.uncounted():
                archiver.carry_out(order, lambda: 1e9)
    if replayed:
        days = date(2026, 11, 1), date(2026, 11, 30)
        queue.messages[:] = [orders.Order("replay", days).body()]
        for key in bucket.below("logs/")[::LOST]:
            bucket.unset(key)
    run = Run(name, TIMEOUT, MEMORY)
    queue.work_off(
        run,
        lambda body, seconds_left: archiver.carry_out(orders.read_body(body), seconds_left),
        lambda: len(bucket.below("landing/")) if not replayed else partitions - len(bucket.below("logs/")),
    )
    if run.ended:
        run.wrong = _wrong(bucket, rows)
    return run


def _wrong(bucket: Bucket, rows: int) -> str:
    """What is not as it must be at the end: each row is there, once."""
    summaries = [json.loads(bucket.objects[key][0]) for key in bucket.below("state/summaries/")]
    archived, left = sum(each["records"] for each in summaries), len(bucket.below("landing/"))
    if (archived, left, len(bucket.below("logs/"))) == (rows, 0, len(summaries)):
        return ""
    return f"{archived} of {rows} rows archived, {left} objects left"


def limits(cuts: int) -> dict[str, int]:
    """How many calls so many cuts may repeat: those of one batch each, whose partitions are an object and a summary."""
    from archive_logs.merging.backlog import BATCH_OBJECTS  # noqa: PLC0415  # of this build
    from archive_logs.merging.batch import BATCH_PARTITIONS  # noqa: PLC0415

    objects = cuts * BATCH_OBJECTS
    return {"download": objects, "recover": objects, "put": 2 * cuts * BATCH_PARTITIONS}


def land(bucket: Bucket, time: int, partitions: int, of_each: int, *, shops: int = 2000) -> int:
    """Land rows of so many partitions: so many shops at most, then day after day; how many."""
    random = Random(time)  # noqa: S311  # no secret
    made = (
        _row(random, time * 10_000_000 + number, number // of_each, shops) for number in range(partitions * of_each)
    )
    for number, page in enumerate(batched(made, PAGE, strict=False)):
        body = gzip.compress(b"\n".join(page) + b"\n", 1, mtime=0)
        bucket.set(f"landing/2026-11-22T{time + 10}-00-00.{number:06}Z-main-account-{number:016x}.ndjson.gz", body)
    return partitions * of_each


def _row(random: Random, id_: int, partition: int, shops: int) -> bytes:
    """As it lands, 1.8 KB of it; shops do not come one after the other."""
    shop, day = 400_001 + partition % shops, 1 + partition // shops % 30
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


def _has_rooms() -> bool:
    return find_spec("archive_logs.composition_root") is not None


def main() -> None:
    """Measure the run that the command line names."""

    def once(clock: Clock) -> Run:
        with ExitStack() as changed:
            if _has_rooms():
                changed.enter_context(patch("integration_logs.bucket.side_by_side.ThreadPoolExecutor", clock.lanes))
            return measure(sys.argv[1], clock, Bucket(clock))

    sys.stdout.write(json.dumps(cut_short(once, MEMORY, limits, sys.argv[2:]).line()) + "\n")


if __name__ == "__main__":
    main()
