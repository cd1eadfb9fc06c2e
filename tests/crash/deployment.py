"""One account as it is deployed: Sendcloud, the bucket and the queue, and what the schedules start, without AWS."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from archive_logs.merging.backlog import work_off
from fetch_logs.account.account_walk import Walking
from fetch_logs.composition_root import RESERVE, Fetcher, RunResult
from fetch_logs.plan import Mode, WalkOrder, read
from fetch_logs.stream.stream_walk import LEAST_SECONDS
from integration_logs.redaction.redactor import Redactor
from integration_logs.runtime.secrets import Credentials
from integration_logs.runtime.settings import Settings
from integration_logs.upstream.sendcloud import Sendcloud
from tests.crash.process import Inline, Process, ProcessHttp, ProcessStore, settle_first
from tests.crash.watched import WatchedStore
from tests.fakes.merger import remembering
from tests.fakes.sendcloud import FakeSendcloud

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OVERLAP = timedelta(hours=1)
ACCOUNT = "main"
PAGE_SIZE = 4
SLICES = 3
"""How many slices a walk is cut into where Sendcloud's cursors are plain times."""
PLENTY = 900.0
PART_BYTES = 1
"""Whatever the archiver writes is sealed at once, so that partitions soon have several parts."""
_KEYS = Credentials("public-key-of-the-test", "secret-key-of-the-test")


class Time:
    """Stands still unless moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Queue:
    """What was sent and not yet received."""

    bodies: list[str] = field(default_factory=list)

    def of(self, process: Process) -> Any:
        """The client of one process."""
        queue = self

        class Client:
            def send_message(self, *, MessageBody: str, **_: object) -> None:  # noqa: N803  # boto's
                process.call(("send", MessageBody), lambda: queue.bodies.append(MessageBody))

        return Client()


class _Secrets:
    def credentials(self, _: str) -> Credentials:
        return _KEYS


@dataclass
class Deployment:
    """Each method that takes a process is one invocation."""

    upstream: FakeSendcloud
    time: Time
    store: WatchedStore = field(default_factory=WatchedStore)
    queue: Queue = field(default_factory=Queue)

    @classmethod
    def of(cls, **options: Any) -> Deployment:
        """A fresh one; the options are Sendcloud's."""
        time = Time()
        return cls(FakeSendcloud(time, **options), time)

    def copy(self) -> Deployment:
        """Another one that stands where this one does."""
        time = Time(self.time.now)
        return Deployment(self.upstream.copy(time), time, self.store.twin(), copy.deepcopy(self.queue))

    def walk(self, order: WalkOrder, process: Process | None = None, *, requests: int | None = None) -> RunResult:
        """fetch_logs with one message; with ``requests``, its time is up after so many."""
        process = process or Process()
        http = ProcessHttp(self.upstream, process)

        def seconds_left() -> float:
            return RESERVE + (PLENTY if requests is None or http.asked < requests else LEAST_SECONDS)

        fetching = Fetcher(
            settings=Settings((ACCOUNT,), "bucket", "prefix"),
            secrets=cast("Any", _Secrets()),
            store=ProcessStore(self.store, process),
            queue=self.queue.of(process),
            queue_url="queue",
            base_url="https://api.example/api/v3",
            overlap=OVERLAP,
            walking=Walking(page_size=PAGE_SIZE, slices=SLICES if self.upstream.plain else 1),
            integration_ids={},
            requests_per_minute=1000,
            stale_ticks=3,
            clock=self.time,
        )
        client = Sendcloud(cast("Any", http), base_url=fetching.base_url)
        fetching._accounts[ACCOUNT] = (_KEYS, client, Redactor(_KEYS.values()))
        return fetching.walk(order, seconds_left)

    def drain(self, mode: Mode | None = None) -> None:
        """Let the schedule plan a walk, where a mode is given, and work off the queue."""
        if mode is not None:
            self.queue.bodies.append(WalkOrder(ACCOUNT, mode).body())
        turns = 0
        while self.queue.bodies:
            done = self.walk(read(self.queue.bodies.pop(0), accounts=(ACCOUNT,)))
            assert not done.walk.failures, done.walk.failures
            turns += 1
            assert turns < 100, "walks are continued without end"

    def archive(self, process: Process) -> None:
        """archive_logs, once."""
        work_off(ProcessStore(self.store, process), lambda: PLENTY, part_bytes=PART_BYTES)

    def archive_all(self) -> None:
        """archive_logs without a fault."""
        self.archive(Process())


_MEMORY = Path("/dev/shm")
"""Where there is a disk in memory, the archiver's files are there: a run opens dozens."""


@contextmanager
def small(pool: type[Inline] = Inline, *, batch_rows: int = 5) -> Iterator[None]:
    """Small batches, so that a run has several; and no threads, so that it is the same each time. Nothing is logged."""
    with (
        patch("fetch_logs.stream.batch.BATCH_ROWS", batch_rows),
        patch("fetch_logs.stream.ledger.SAVE_ABOVE", 3),
        patch("fetch_logs.stream.prefetch.ThreadPoolExecutor", pool),
        patch("fetch_logs.stream.prefetch.wait", settle_first),
        patch("fetch_logs.account.account_walk.ThreadPoolExecutor", pool),
        patch("integration_logs.bucket.side_by_side.ThreadPoolExecutor", Inline),
        remembering(),
        patch("tempfile.tempdir", str(_MEMORY) if _MEMORY.is_dir() else None),
    ):
        before = logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(before)
