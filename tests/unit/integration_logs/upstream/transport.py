"""Two ways to answer a client in a test: a ``requests`` adapter that is one callable, and a server on loopback.

The adapter tells what a client makes of an answer; the server, what really travels.
"""

from __future__ import annotations

import contextlib
import io
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from integration_logs.upstream.endpoint import BearerAuth
from integration_logs.upstream.http import HttpSession
from integration_logs.upstream.sendcloud import Page, Sendcloud, way_on

TOKEN = "canary-token-5f1d"
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

type Play = Callable[[PreparedRequest], Response]


class Transport(BaseAdapter):
    """Answers by calling ``play``; remembers what was asked and with which time-out."""

    def __init__(self, play: Play) -> None:
        super().__init__()
        self.play = play
        self.asked: list[PreparedRequest] = []
        self.timeouts: list[Any] = []

    def send(self, request: PreparedRequest, *, timeout: Any = None, **_: Any) -> Response:  # type: ignore[override]
        self.asked.append(request)
        self.timeouts.append(timeout)
        return self.play(request)

    def close(self) -> None:
        pass


def answer(status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> Response:
    """An answer; whatever is not bytes already is sent as JSON."""
    response = Response()
    response.status_code = status
    response.headers = CaseInsensitiveDict(headers or {})
    response.raw = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
    return response


def in_turn(*turns: Response | Exception) -> Play:
    """Answer, or fail, in this order."""
    left = iter(turns)

    def play(_: PreparedRequest) -> Response:
        turn = next(left)
        if isinstance(turn, Exception):
            raise turn
        return turn

    return play


@dataclass
class Clock:
    """Time that passes only when somebody sleeps; the jitter is always the most it can be."""

    left: float = 900.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.left -= seconds

    def time_left(self) -> float:
        return self.left

    def now(self) -> datetime:
        return START + timedelta(seconds=sum(self.slept))


def session(clock: Clock, adapter: BaseAdapter | None = None, **options: Any) -> HttpSession:
    """A session on the test's clock."""
    return HttpSession(
        **{
            "auth": BearerAuth(TOKEN, secret="the test's secret"),
            "user_agent": "integration-logs-tests",
            "api": "Testcloud",
            "secret": "the secret integration-logs/main",
            "sleep": clock.sleep,
            "uniform": lambda _, most: most,
            "now": clock.now,
            "adapter": adapter,
            **options,
        }
    )


class Loopback:
    """A server of one callable: the head of a request to the bytes of its answer, or ``None`` to hang up.

    A connection stays open, so that keep-alive can be seen, until the answer says ``Connection: close`` or breaks off
    in its head.
    """

    def __init__(self, reply: Callable[[str], bytes | None], wrap: Callable[[socket.socket], socket.socket]) -> None:
        self._reply, self._wrap = reply, wrap
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.heads: list[str] = []
        self.connections = 0
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.settimeout(10)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            wrapped = self._wrap(connection)
            with wrapped, wrapped.makefile("rb") as stream:
                while head := self._head(stream):
                    self.heads.append(head)
                    reply = self._reply(head)
                    wrapped.sendall(reply or b"")
                    if not reply or b"\r\n\r\n" not in reply or b"connection: close" in reply.lower():
                        return

    @staticmethod
    def _head(stream: Any) -> str:
        lines: list[bytes] = []
        while (line := stream.readline()) not in {b"\r\n", b""}:
            lines.append(line)
        return b"".join(lines).decode("latin-1")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # close alone does not wake accept
        self._listener.close()
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive(), "the client left a connection open"


@contextlib.contextmanager
def loopback(
    reply: Callable[[str], bytes | None], wrap: Callable[[socket.socket], socket.socket] = lambda plain: plain
) -> Iterator[Loopback]:
    """Run a server for the length of the block."""
    server = Loopback(reply, wrap)
    try:
        yield server
    finally:
        server.close()


def reply_bytes(status: int, body: Any = None, *headers: str) -> bytes:
    """An answer as it stands on the wire."""
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(payload)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + payload


def pages(sendcloud: Sendcloud, query: str, **options: Any) -> Iterator[Page]:
    """A walk from that query on, one request each."""
    seen: set[str | None] = {query}
    following: str | None = query
    while following is not None:
        yield (page := sendcloud.page(following, **options))
        following = way_on(page, seen)
