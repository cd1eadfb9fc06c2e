"""Sendcloud's logs as the bench serves them, in a process of its own: ``python -m bench.tools.fast_upstream``.

As cheap as can be, so that it is never what is measured: records are serialised before anybody asks, a page once, and
one thread writes them to kept-alive connections. What it does not do the sandbox does: no faults, no other endpoints.
The same wire as the sandbox's otherwise; ``/_bench/…`` switches it:

GET /_bench/truth              ids of all records, and of the back-dated ones
POST /_bench/arrivals          {"records": 200, "back_dated": 67, "seed": 1}: let them arrive; their ids
POST /_bench/modes             {"latency_ms": 50, "rate_limit": 1000, "cursors": "time"}; no rate_limit is 0
GET, DELETE /_bench/requests   how many, by status, and the seconds from the first to the last; forget them
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import re
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast

from bench.tools.feed import NEWS_SECONDS, Feed
from bench.tools.records import FIRST_INTEGRATION, templates
from sandbox.upstreams.limits import Windows
from sandbox.upstreams.shops import accounts

ACCOUNT = "main"
PREFIX = b"/api/v3/integrations"
_LOGS = re.compile(rb"/api/v3/integrations/(?:(\d{1,18})/)?logs")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_PAGE_SIZE = 25


@dataclass
class Modes:
    """How it answers."""

    latency_ms: int = 0
    rate_limit: int = 0
    """Requests a minute; 0: as many as come."""


@dataclass
class Requests:
    """What was asked: the answers by status, when the first and the last came (seconds of a monotonic clock)."""

    by_status: Counter[int] = field(default_factory=Counter)
    first: float = 0.0
    last: float = 0.0

    def note(self, status: int) -> None:
        """Count one."""
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.by_status[status] += 1


class Served:
    """What all connections share."""

    def __init__(self, feed: Feed, url: str) -> None:
        keys = accounts([ACCOUNT])[ACCOUNT]
        pair = f"{keys['sendcloud_public_key']}:{keys['sendcloud_secret_key']}"
        self.feed, self.url = feed, url
        self.modes, self.requests, self.windows = Modes(), Requests(), Windows()
        self.basic = b"Basic " + base64.b64encode(pair.encode())

    def answer(self, head: bytes, body: bytes) -> tuple[bytes, float]:
        """The answer to a request, whole, and after how many seconds it is due."""
        method, target, _ = head.split(b" ", 2)
        path, _, query = target.partition(b"?")
        if path.startswith(b"/_bench/"):
            return self._switched(method, path[8:], body), 0.0
        status, page, headers = self._read(head, path, query)
        self.requests.note(status)
        return _response(status, page, headers), self.modes.latency_ms / 1000

    def _read(self, head: bytes, path: bytes, query: bytes) -> tuple[int, bytes, bytes]:
        if self.basic not in head:
            return _refused(401)
        if self.modes.rate_limit:
            allowed = self.windows.take(ACCOUNT, self.modes.rate_limit, time.monotonic())
            if not allowed.allowed:
                return _refused(429, b"Retry-After: %d\r\n" % allowed.retry_after)
        if path == PREFIX:
            listed = [{"id": FIRST_INTEGRATION + number} for number in range(self.feed.integrations)]
            return 200, json.dumps({"data": listed}).encode(), b""
        route = _LOGS.fullmatch(path)
        asked = dict(pair.partition(b"=")[::2] for pair in query.split(b"&"))
        try:
            size = int(asked.get(b"page_size", _PAGE_SIZE))
            if route is None or not 1 <= size <= 100:
                return _refused(404 if route is None else 400)
            page = self.feed.page(int(route[1]) if route[1] else None, asked.get(b"cursor", b"").decode(), size)
        except (KeyError, ValueError) as error:
            return _refused(404 if isinstance(error, KeyError) else 400)
        links = [
            f'<{self.url}{path.decode()}?{f"cursor={cursor}&" if cursor else ""}page_size={size}>; rel="{name}"'
            for name, cursor in (("next", page.following), ("prev", page.previous))
            if cursor is not None
        ]
        return 200, page.body, f"Link: {', '.join(links)}\r\n".encode() if links else b""

    def _switched(self, method: bytes, what: bytes, body: bytes) -> bytes:
        said: dict[str, Any] = json.loads(body) if body else {}
        answer: object = {}
        if what == b"truth":
            answer = self.feed.truth()
        elif what == b"arrivals":
            answer = self.feed.arrive(**said)
        elif what == b"modes":
            self.feed.cursors = said.pop("cursors", self.feed.cursors)
            self.modes = Modes(**said)
        elif what == b"requests":
            counted = self.requests
            if method == b"DELETE":
                self.requests, self.windows = Requests(), Windows()
            answer = {"by_status": counted.by_status, "seconds": counted.last - counted.first}
        else:
            return _response(404, b"", b"")
        return _response(200, json.dumps(answer).encode(), b"")


class Connection(asyncio.Protocol):
    """One kept-alive connection; requests come one after the other."""

    def __init__(self, served: Served, loop: asyncio.AbstractEventLoop) -> None:
        self._served, self._loop = served, loop
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to write to."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer each request that has come whole."""
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            head = self._read[:end]
            length = int(found[1]) if (found := _LENGTH.search(head)) else 0
            if len(self._read) < end + 4 + length:
                return
            body, self._read = self._read[end + 4 : end + 4 + length], self._read[end + 4 + length :]
            answer, delay = self._served.answer(head, body)
            if delay:
                self._loop.call_later(delay, self._transport.write, answer)
            else:
                self._transport.write(answer)


def _refused(status: int, headers: bytes = b"") -> tuple[int, bytes, bytes]:
    error = {"status": status, "code": HTTPStatus(status).name.lower(), "title": HTTPStatus(status).phrase}
    return status, json.dumps({"errors": [error]}).encode(), headers


def _response(status: int, body: bytes, headers: bytes) -> bytes:
    return b"HTTP/1.1 %d %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%b\r\n%b" % (
        status,
        HTTPStatus(status).phrase.encode(),
        len(body),
        headers,
        body,
    )


async def serve(feed: Feed, port: int) -> None:
    """Serve until interrupted; says its address when it is ready."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    served = Served(feed, "")
    server = await loop.create_server(lambda: Connection(served, loop), "127.0.0.1", port, backlog=256)
    served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    sys.stdout.write(f"{served.url}\n")
    sys.stdout.flush()
    await stopped.wait()
    server.close()


def main() -> int:
    """Make the records and serve them; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.tools.fast_upstream",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--records", type=int, default=20_000, help="how many (%(default)s)")
    parser.add_argument("--integrations", type=int, default=1, help="over how many integrations (%(default)s)")
    parser.add_argument("--alike", type=int, default=20_000, help="after so many, what they say begins anew")
    parser.add_argument("--rounds", type=int, default=1, help="how often records will arrive (%(default)s)")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    options = parser.parse_args()
    until = int(time.time()) - (options.rounds + 1) * NEWS_SECONDS
    feed = Feed(templates(min(options.records, options.alike)), options.integrations, until)
    feed.fill(options.records)
    asyncio.run(serve(feed, options.port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
