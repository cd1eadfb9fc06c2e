"""One deadline for a whole answer, however slowly and in whatever pieces it comes."""

from __future__ import annotations

import io
import itertools
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from integration_logs.errors import TryLater
from integration_logs.upstream.wire import InTime
from tests.unit.integration_logs.upstream.transport import Clock, loopback, reply_bytes, session

PAUSE = 0.02
MARGIN = 2.0
"""Seconds that the session keeps for its caller."""

OK = b"HTTP/1.1 200 OK\r\n"


class Dripping(socket.socket):
    """Sends a byte after the other, with a pause between."""

    def sendall(self, data: object, flags: int = 0, /) -> None:
        for byte in bytes(data):  # type: ignore[call-overload]
            super().sendall(bytes([byte]), flags)
            time.sleep(PAUSE)


def dripping(plain: socket.socket) -> socket.socket:
    slow = Dripping(fileno=plain.detach())
    slow.settimeout(10)  # as the one that it was
    return slow


def budget(seconds: float) -> Callable[[], float]:
    """``time_left`` of a run that has so long to ask, by the real clock."""
    ends = time.monotonic() + seconds + MARGIN
    return lambda: ends - time.monotonic()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return Clock()


ANSWERS = {
    "the status line": b"HTTP/1.1 200 " + b"O" * 1000 + b"\r\nContent-Length: 2\r\n\r\n{}",
    "a header": OK + b"X-Long: " + b"a" * 1000 + b"\r\nContent-Length: 2\r\n\r\n{}",
    "headers": OK + b"A: b\r\n" * 90 + b"Content-Length: 2\r\n\r\n{}",
    "interim answers": b"HTTP/1.1 100 Continue\r\n\r\n" * 90 + OK + b"Content-Length: 2\r\n\r\n{}",
    "a body": reply_bytes(200, b'{"data": []' + b" " * 1000 + b"}"),
    "a body in chunks": OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 200 + b"2\r\n{}\r\n0\r\n\r\n",
    "a body to the end of the connection": OK + b"Connection: close\r\n\r\n" + b" " * 1000,
    "what is no HTTP": b"x" * 1000,
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_what_drips_is_given_up_in_time(clock: Clock, answer: bytes) -> None:
    """Each byte comes in time, the answer does not: the run keeps what it needs to hand the rest on."""
    with loopback(lambda _: answer, dripping) as server:
        http = session(clock)
        began, left = time.monotonic(), budget(0.3)
        with pytest.raises(TryLater, match="was still sending when the time of this run was over"):
            http.get(f"http://127.0.0.1:{server.port}/", time_left=left)
        assert 0.25 < time.monotonic() - began < 1.0
        assert left() > MARGIN - 0.7
        http.close()


def test_what_drips_and_is_whole_in_time(clock: Clock) -> None:
    """A slow answer is as good as any."""
    with loopback(lambda _: reply_bytes(200, [1]), dripping) as server:
        http = session(clock)
        assert http.get(f"http://127.0.0.1:{server.port}/", time_left=budget(10)).json() == [1]
        http.close()


def test_each_answer_has_a_deadline_of_its_own(clock: Clock) -> None:
    """A connection that is kept alive keeps nothing of the last deadline."""
    replies: Iterator[bytes] = itertools.repeat(reply_bytes(200, [1]))
    with loopback(lambda _: next(replies)) as server:
        http = session(clock)
        url = f"http://127.0.0.1:{server.port}/"
        assert http.get(url, time_left=budget(0.2)).json() == [1]
        time.sleep(0.3)
        assert http.get(url, time_left=budget(10)).json() == [1]
        assert server.connections == 1
        assert not any("deadline" in head.lower() for head in server.heads)
        http.close()


def test_no_read_waits_beyond_the_deadline() -> None:
    """Also where each read may take longer, what is silent is given up when the answer has to be there."""
    ours, theirs = socket.socketpair()
    with ours, theirs, ours.makefile("rb", buffering=0) as received:
        ours.settimeout(20)
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            InTime(ours, received, began + 0.1).readinto(bytearray(10))
        assert time.monotonic() - began < 5
        theirs.sendall(b"12")
        ours.settimeout(20)
        assert InTime(ours, io.FileIO(ours.fileno(), closefd=False), began + 60).readinto(bytearray(10)) == 2
