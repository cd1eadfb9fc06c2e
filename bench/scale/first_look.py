"""check_status' first check of a large archive: ``python -m bench.scale.first_look RUN``, which prints a line.

It measures what a summary takes, read by an earlier version and by this one, over a server of its own on loopback that
answers each request after 25 ms; then it plays whole checks in simulated time, in which each read takes what was
measured, until all is read.

A process here has a whole processor, and others beside it. What a read takes with a share of one follows from its CPU
time: ``latency + cpu / share`` where one follows the other; side by side the longer of ``cpu / share``, which they wait
for in turn, and ``(latency + cpu / share) / at_once``, which they wait for together.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from bench.scale.clock import SHARES, Clock
from bench.scale.cuts import cut_short
from bench.scale.ground import LATENCY, Bucket
from bench.scale.run import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
EARLIER = "9229df7"
SHARE, TIMEOUT, AT_ONCE = SHARES[512], 60.0, 32

RUNS = {"first check of 6,000 summaries": 6_000, "first check of 60,000 summaries": 60_000}
LONG = ("first check of 6,000 summaries",)
"""What is only tried."""

_MOST = 1000
"""Checks after which a run is given up."""

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GOAL = 0.1


# --- the archive -----------------------------------------------------------------------------------------------------


def names(summaries: int) -> list[str]:
    """So many summaries of 30 days each."""
    days = [f"{NOW - timedelta(days=ago):%Y-%m-%d}" for ago in range(30)]
    return [f"dt={days[n % 30]}/integration-{101 + n // 30}" for n in range(summaries)]


def body(rest: str) -> bytes:
    """A summary as archive_logs writes it, of two problems."""
    id_, at = int(rest.rpartition("-")[2]), f"{rest[3:13]}T11:30:00.000000Z"
    problem = {
        "records": 12,
        "first_at": at,
        "last_at": at,
        "hours": {at[:13]: 12},
        "exception_type": "SSLError",
        "method": "GET",
        "host": f"shop{id_}.example",
        "response_code": 495,
        "path": "/orders/{id}",
        "paths": ["/orders/1", "/orders/2"],
        "remedy": "certificate-invalid",
        "sample_ids": [3, 17],
    }
    document = {
        "version": 1,
        "etag": '"e"',
        "account": "main",
        "integration_id": id_,
        "records": 24,
        "first_id": 1,
        "last_id": 24,
        "problems": {f"{id_:015}a": problem, f"{id_:015}b": problem},
        "problems_left_out": 0,
    }
    return json.dumps(document).encode()


def serve(port: int) -> None:
    """Answer each GET of a summary after ``LATENCY``."""

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport, self.received = transport, b""

        def data_received(self, data: bytes) -> None:
            self.received += data
            if self.received.endswith(b"\r\n\r\n"):
                path = self.received.split(b" ", 2)[1].partition(b"?")[0].decode().replace("%3D", "=")
                self.received = b""
                content = body(path.partition("state/summaries/")[2].removesuffix(".json"))
                head = f'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: {len(content)}\r\n\r\n'
                asyncio.get_running_loop().call_later(LATENCY, self.transport.write, head.encode() + content)

    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(Protocol, "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(forever())


@contextmanager
def serving() -> Iterator[int]:
    """The server in a process of its own; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(port,), daemon=True)
    process.start()
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.join()


# --- what a summary takes --------------------------------------------------------------------------------------------


def read_earlier(store: Any, rests: list[str]) -> int:
    """As the earlier version does: one after the other."""
    from check_status.summaries import Listing  # type: ignore[import-not-found]  # noqa: PLC0415  # of that version

    return len(Listing(store, dict.fromkeys(rests, '"e"'), {}).look("main", {}).changed)


def read_now(store: Any, rests: list[str], at_once: int) -> int:
    """As this version does, with so many reads side by side."""
    from check_status.problems import listing  # noqa: PLC0415  # there are two versions of it
    from integration_logs.bucket.objects import Entry  # noqa: PLC0415
    from integration_logs.bucket.quick_reads import QuickReads  # noqa: PLC0415
    from integration_logs.runtime import aws  # noqa: PLC0415

    listing.AT_ONCE, listing._BATCH = at_once, 4 * at_once  # noqa: SLF001  # as if it were built so
    integrations: dict[int, dict[str, Entry]] = {}
    for rest in sorted(rests):
        entry = Entry(f"{listing.PREFIX}{rest}.json", 1000, '"e"')
        integrations.setdefault(listing.integration(rest), {})[rest] = entry
    reader = listing.Reader(QuickReads(store, aws.sign_for_s3).get)
    return len(listing.Listing(reader, integrations, {}).look("main", {}).changed)


def child(root: str, port: int, summaries: int, at_once: int) -> None:
    """Measure one look in this process and print its seconds; ``at_once`` 0 is the earlier version."""
    sys.path[:0] = [f"{root}/functions", f"{root}/layers/shared"]
    from botocore.config import Config  # noqa: PLC0415
    from botocore.session import get_session  # noqa: PLC0415

    if at_once:
        from integration_logs.bucket.objects import S3Store  # noqa: PLC0415
    else:
        from integration_logs.objects import S3Store  # type: ignore[import-not-found,no-redef]  # noqa: PLC0415
    links = {"signature_version": "s3v4", "s3": {"addressing_style": "virtual"}} if at_once else {}
    config = Config(max_pool_connections=32, **links)
    client = get_session().create_client("s3", endpoint_url=f"http://127.0.0.1:{port}", config=config)
    store, rests = S3Store(client, "bucket"), names(summaries)
    store.get(f"state/summaries/{rests[0]}.json")  # the first connection
    wall, cpu = time.monotonic(), time.process_time()
    found = read_now(store, rests, at_once) if at_once else read_earlier(store, rests)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    sys.stdout.write(json.dumps({"wall": wall / found, "cpu": cpu / found}))


def measured(root: Path, port: int, summaries: int, at_once: int) -> dict[str, float]:
    """What one summary takes, in seconds: ``wall`` and ``cpu`` here, ``share`` with a share of a processor."""
    command = [sys.executable, "-m", "bench.scale.first_look", "--child", str(root), str(port), str(summaries)]
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "x" * 800}
    quiet = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_CONFIG_FILE": os.devnull}
    environment = os.environ | keys | quiet | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}
    done = subprocess.run(  # noqa: S603  # this program itself
        [*command, str(at_once)], env=environment, cwd=ROOT, capture_output=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    processor = found["cpu"] / SHARE
    return found | {"share": max(processor, (LATENCY + processor) / max(at_once, 1))}


@contextmanager
def earlier() -> Iterator[Path]:
    """The earlier version's code, from this repository's history."""
    archive = subprocess.run(  # noqa: S603  # a commit that is named here
        ["git", "archive", EARLIER, "functions", "layers"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
            packed.extractall(folder, filter="data")
        yield Path(folder)


# --- whole checks, in simulated time ---------------------------------------------------------------------------------


class Summaries(Bucket):
    """A bucket in which a read of a summary takes what was measured, so many side by side."""

    def __init__(self, clock: Clock, a_read: float) -> None:
        super().__init__(clock)
        self._a_read = a_read * AT_ONCE

    def get(self, key: str) -> Any:
        """A summary."""
        with self._clock.call("get", self._a_read):
            return self._shapes.Stored(*self.objects[key])


def play(name: str, summaries: int, a_read: float, clock: Clock) -> Run:
    """Checks of one account until all is read."""
    from check_status.check.observation import Observation  # noqa: PLC0415
    from check_status.check.state import State, decoded, encoded  # noqa: PLC0415
    from check_status.check.step import Rules, step  # noqa: PLC0415
    from check_status.composition_root import RESERVE  # noqa: PLC0415
    from check_status.problems.listing import PREFIX, Listing, Reader  # noqa: PLC0415

    bucket, run = Summaries(clock, a_read), Run(name, TIMEOUT, 512)
    for rest in names(summaries):
        bucket.set(f"{PREFIX}{rest}.json", body(rest))
    rules = Rules(2, timedelta(hours=6), timedelta(hours=1), 5)
    document, left = encoded(State("main", watching_since=NOW)), [summaries]
    while left[-1] and len(run.invocations) < _MOST:
        with (
            patch("check_status.problems.listing.ThreadPoolExecutor", clock.lanes),
            clock.invocation(run, lambda: left[-1]) as seconds_left,
        ):
            reader = Reader(bucket.get, goes_on=lambda left=seconds_left: left() > RESERVE)
            listing = Listing.of(bucket, NOW, {}, reader)  # type: ignore[arg-type]  # each check is a cold start
            state = decoded(json.loads(document), "main", None)
            listing.claim("main", state.seen)
            look = listing.look("main", state.seen, state.first_look.next if state.first_look else 0)
            after, _ = step(state, Observation("main", NOW, [], None), look, rules)
            reader.close()
            document = encoded(after)
            left.append(len(look.waiting))
    run.ended = not left[-1]
    return run


def main(arguments: list[str] | None = None) -> None:
    """Measure the run that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale.first_look", description=__doc__)
    parser.add_argument("run", nargs="*", help="its name, and how many cuts of which seed")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        root, *numbers = options.child
        child(root, *map(int, numbers))
        return
    name, *drawn = options.run
    whole = RUNS[name]
    few, many = (300, 3_000) if whole == max(RUNS.values()) else (90, 960)
    with earlier() as root, serving() as port:
        before = measured(root, port, few, 0)["share"]
        now = measured(ROOT, port, many, AT_ONCE)["share"]
    a_check = int(TIMEOUT / now)
    run = cut_short(lambda clock: play(name, whole, now, clock), 512, lambda cuts: {"get": cuts * a_check}, drawn)
    run.note = f"a summary: {now * 1000:.2f} ms, {now / before:.3f} of {EARLIER}'s {before * 1000:.1f} ms"
    run.wrong += "" if now <= GOAL * before else f" a summary takes {now / before:.3f} of {EARLIER}'s time"
    sys.stdout.write(json.dumps(run.line()) + "\n")


if __name__ == "__main__":
    main()
