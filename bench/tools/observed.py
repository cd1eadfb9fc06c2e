"""The deployed stack under load: orders, what came of them, and how much memory the function's processes took."""

from __future__ import annotations

import gzip
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.tools.peak import peak
from sandbox.observe import fetch_archive, open_archive
from sandbox.stack import NAME
from sandbox.steps import StepFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.stack import Stack

FETCH, ARCHIVE = "FetchLogsFunction", "ArchiveLogsFunction"
_SAMPLE_SECONDS = 0.25


@dataclass
class Memory:
    """The most memory (bytes) that one process of the function has had; 0 where /proc does not tell."""

    peak: int = 0


@dataclass(frozen=True)
class Order:
    """An order carried out: seconds from giving it to the end of its last walk, invocations, rows landed."""

    seconds: float
    invocations: int
    landed: int
    memory: Memory


def carry_out(stack: Stack, order: dict[str, Any], *, within: float, tell: Callable[[str], None]) -> Order:
    """Give the function an order that it queues, and wait until nothing of it is left in the queue.

    Raises ``StepFailedError`` where a walk tells of a failure, or that takes longer than ``within`` seconds.
    """
    before, landed = _log(stack), set(keys(stack, "landing/"))
    with watching(stack) as memory:
        begun = time.time()
        stack.invoke(FETCH, order)
        while _queued(stack):
            tell(f"{len(keys(stack, 'landing/')) - len(landed)} objects landed")
            if time.time() > begun + within:
                raise StepFailedError(f"The work queue was not empty within {within:.0f} s.")
            time.sleep(0.5)
        ended = time.time()
    time.sleep(1)  # the last lines come into the log
    log = _log(stack)[len(before) :]
    walks = [json.loads(line) for line in log if '"Walk ended"' in line]
    for line in walks:
        if line["walk"]["failures"]:
            raise StepFailedError(f"The walk failed: {line['walk']['failures']}.")
    # Under load the embedded cloud loses some lines of the functions', never its own.
    told = [_moment(line["timestamp"]) for line in walks if line["walk"]["complete"]]
    rows = sum(_rows(stack, key) for key in set(keys(stack, "landing/")) - landed)
    return Order(max(told, default=ended) - begun, sum("REPORT RequestId" in line for line in log) - 1, rows, memory)


def _queued(stack: Stack) -> int:
    """How many orders wait or are being carried out."""
    function = stack.client("lambda").get_function_configuration(FunctionName=stack.outputs[FETCH])
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = function["Environment"]["Variables"]["WORK_QUEUE_URL"]
    return sum(
        map(int, stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values())
    )


def _rows(stack: Stack, key: str) -> int:
    body = stack.client("s3").get_object(Bucket=stack.outputs["BucketName"], Key=key)["Body"].read()
    return gzip.decompress(body).count(b"\n")


@contextmanager
def watching(stack: Stack) -> Iterator[Memory]:
    """Watch the memory of the function's processes meanwhile."""
    memory, done = Memory(), threading.Event()

    def watch() -> None:
        while not done.wait(_SAMPLE_SECONDS):
            memory.peak = max(memory.peak, *map(peak, processes(stack, FETCH)))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        done.set()
        thread.join()


def processes(stack: Stack, output: str) -> set[int]:
    """The processes of the function that an output names; none where /proc does not tell."""
    name = stack.outputs[output].split(":function:")[-1].partition(":")[0]
    mark, found = f"AWS_LAMBDA_FUNCTION_NAME={name}".encode(), set()
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in entry.read_bytes().split(b"\0"):
                found.add(int(entry.parent.name))
        except OSError:  # it has ended, or is not ours
            continue
    return found


@contextmanager
def at_rest(stack: Stack, output: str) -> Iterator[None]:
    """Keep its queue from starting a function: it would take the processors of another; in AWS it has its own."""
    functions = stack.client("lambda")
    mappings = functions.list_event_source_mappings(FunctionName=stack.outputs[output])["EventSourceMappings"]
    for mapping in mappings:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        for mapping in mappings:
            functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


def archived(stack: Stack, folder: Path, *, within: float, tell: Callable[[str], None]) -> set[int]:
    """Archive all that has landed; the ids in the archive. Raises ``StepFailedError`` where one is there twice."""
    deadline = time.monotonic() + within
    while left := keys(stack, "landing/"):
        tell(f"{len(left)} landed objects are left")
        if time.monotonic() > deadline:
            raise StepFailedError(f"{len(left)} landed objects were not archived within {within:.0f} s.")
        stack.invoke(ARCHIVE, {"task": "archive"})
    with open_archive(fetch_archive(stack, folder)) as database:
        found = [row[0] for row in database.execute("SELECT id FROM logs").fetchall()]
    if len(found) != len(set(found)):
        raise StepFailedError(f"{len(found) - len(set(found))} records are in the archive twice.")
    return set(found)


def keys(stack: Stack, prefix: str) -> list[str]:
    """The keys of all objects under the prefix."""
    pages = stack.client("s3").get_paginator("list_objects_v2")
    answers = pages.paginate(Bucket=stack.outputs["BucketName"], Prefix=prefix)
    return [item["Key"] for page in answers for item in page.get("Contents", [])]


def forget(stack: Stack) -> None:
    """Take everything out of the bucket: the next walk is the first."""
    s3 = stack.client("s3")
    for key in keys(stack, ""):
        s3.delete_object(Bucket=stack.outputs["BucketName"], Key=key)


def _log(stack: Stack) -> list[str]:
    """Every line of the function's log."""
    pages = stack.client("logs").get_paginator("filter_log_events")
    answers = pages.paginate(logGroupName=f"/integration-logs/{NAME}/fetch_logs")
    return [event["message"] for page in answers for event in page["events"]]


def _moment(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S,%f%z").timestamp()
