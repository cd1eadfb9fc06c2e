"""fetch_logs' sweep on the ground, one process a run: ``python -m bench.scale.sweeping RUN``, which prints a line.

Sendcloud is an adapter below ``requests``: what these take of the processor counts, what a socket would does not.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import Mock, patch
from urllib.parse import parse_qs, urlsplit

from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from bench.scale.clock import Clock
from bench.scale.cuts import cut_short
from bench.scale.ground import Bucket
from bench.scale.run import Queue, Run
from bench.tools import records
from fetch_logs.account.account_walk import Walking
from fetch_logs.composition_root import RESERVE, Fetcher
from fetch_logs.plan import WalkOrder, read
from fetch_logs.stream.batch import BATCH_ROWS
from integration_logs.runtime.secrets import Credentials
from integration_logs.runtime.settings import Settings
from integration_logs.upstream.http import HttpSession
from integration_logs.upstream.pacing import Pacer

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

MEMORY, TIMEOUT = 512, 180.0
"""Of fetch_logs, in the template."""

PAGE = 0.05
"""Seconds that Sendcloud takes for one."""

RUNS = {"sweep of 10,000 records": 10_000, "sweep of 200,000 records": 200_000, "sweep of 1,000,000 records": 1_000_000}
LONG = ("sweep of 10,000 records", "sweep of 1,000,000 records")
"""What is only tried, or takes minutes."""

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SHOPS = 2000
WINDOW = timedelta(days=29)
"""Over which the records are spread: Sendcloud has forgotten what is older than 30 days."""


class Upstream(HTTPAdapter):
    """Sendcloud's stream of so many records, newest first, as of ``NOW``; a cursor is a place in it."""

    def __init__(self, clock: Clock, count: int) -> None:
        super().__init__()
        self._clock, self._count = clock, count
        self._templates = records.templates(500)

    def send(self, request: PreparedRequest, **_: Any) -> Response:  # type: ignore[override]
        """Answer a page."""
        with self._clock.call("request", PAGE):
            asked = parse_qs(urlsplit(str(request.url)).query)
            size, first = int(asked["page_size"][0]), int(asked.get("cursor", ["0"])[0])
            last = min(first + size, self._count)
            body = b'{"data":[' + b",".join(map(self._record, range(first, last))) + b"]}"
            headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
            if last < self._count:
                headers["Link"] = f'<{str(request.url).partition("?")[0]}?page_size={size}&cursor={last}>; rel="next"'
            answer = HTTPResponse(io.BytesIO(body), headers=headers, status=200, preload_content=False)
        return self.build_response(request, answer)

    def _record(self, place: int) -> bytes:
        at = NOW - WINDOW * (place / self._count)
        template = self._templates[place % len(self._templates)]
        return template.record(self._count - place, 400_001 + place % SHOPS, int(at.timestamp()))


def measure(name: str, clock: Clock, bucket: Bucket) -> Run:
    """Sweep all that Sendcloud has, as its queue would have it done; what that took."""
    count = RUNS[name]
    queue = Queue(clock, WalkOrder("main", "sweep").body())
    adapter = Upstream(clock, count)

    def carry_out(body: str, seconds_left: Any) -> None:
        fetcher = Fetcher(  # a process that was ended comes back cold
            settings=Settings(("main",), "bucket", "prefix"),
            secrets=cast("Any", Mock(credentials=lambda _: Credentials("public-key", "secret-key"))),
            store=cast("Any", bucket),
            queue=cast("Any", queue),
            queue_url="",
            base_url="https://sendcloud.example/api/v3",
            overlap=timedelta(hours=1),
            walking=Walking(),
            integration_ids={},
            requests_per_minute=900,
            stale_ticks=3,
            clock=lambda: NOW + timedelta(seconds=clock()),
        )
        fetcher.walk(read(body, accounts=("main",)), seconds_left)

    with ExitStack() as changed:
        for place, stand_in in {
            "fetch_logs.stream.prefetch.ThreadPoolExecutor": partial(clock.lanes, late=True),
            "fetch_logs.stream.prefetch.wait": lambda pages, **_: [page.begin() for page in pages],
            "fetch_logs.stream.prefetch.time": Mock(sleep=clock.wait),
            "fetch_logs.composition_root.Pacer": partial(Pacer, clock=clock, sleep=clock.wait),
            "fetch_logs.composition_root.HttpSession": partial(HttpSession, adapter=adapter, sleep=clock.wait),
        }.items():
            changed.enter_context(patch(place, stand_in))
        run = Run(name, TIMEOUT, MEMORY, most=1 - RESERVE / 2 / TIMEOUT)  # by intent it works until the reserve begins
        queue.work_off(run, carry_out, lambda: count - len({*_landed(bucket)}))
    landed = _landed(bucket)
    run.repeats = {"rows": len(landed) - len({*landed})}
    if run.ended and {*landed} != {*range(1, count + 1)}:
        run.wrong = f"{len({*landed})} of {count} records landed"
    return run


def _landed(bucket: Bucket) -> list[int]:
    return [
        json.loads(line)["id"]
        for key in bucket.below("landing/")
        for line in gzip.decompress(bucket.objects[key][0]).splitlines()
    ]


def limits(cuts: int) -> dict[str, int]:
    """How many calls so many cuts may repeat: what one batch holds each, and the pages that were on their way."""
    return {"request": cuts * (BATCH_ROWS // 97 + 3)}


def main() -> None:
    """Measure the run that the command line names."""

    def once(clock: Clock) -> Run:
        return measure(sys.argv[1], clock, Bucket(clock))

    run = cut_short(once, MEMORY, limits, sys.argv[2:])
    cuts = sum(each.cut for each in run.invocations)
    if run.repeats["rows"] > cuts * BATCH_ROWS:
        run.wrong += f" {run.repeats['rows']} rows landed twice"
    sys.stdout.write(json.dumps(run.line()) + "\n")


if __name__ == "__main__":
    main()
