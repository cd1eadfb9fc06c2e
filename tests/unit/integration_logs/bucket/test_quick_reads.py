from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

import pytest
from botocore.exceptions import NoCredentialsError

from integration_logs.bucket.objects import Stored
from integration_logs.bucket.quick_reads import QuickReads
from tests.fakes.memory_store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.awsrequest import AWSRequest

KEY = "state/summaries/dt=2026-11-22/integration-101 ü.json"


class Server(BaseHTTPRequestHandler):
    """S3, as far as it answers with ``status``; only to who has signed."""

    protocol_version = "HTTP/1.1"
    status = 200
    etag: ClassVar[dict[str, str]] = {"ETag": '"1"'}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        signed = self.headers.get("Authorization") == "signed"
        self.send_response(self.status if signed else 403)
        for name, value in {**self.etag, "Content-Length": "5"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"quick")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Linked(MemoryStore):
    """A store whose links lead to the server."""

    port = 0

    def link(self, key: str, *, seconds: int) -> str:
        return f"http://127.0.0.1:{self.port}/bucket/{key}?signature=x&expires={seconds}"


@contextmanager
def serving(**answers: Any) -> Iterator[Linked]:
    handler = type("Answering", (Server,), {"asked": [], **answers})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    store = Linked()
    store.port = server.server_port
    store.set(KEY, b"ordinary")
    try:
        yield store
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sign(request: AWSRequest) -> None:
    request.headers["Authorization"] = "signed"


def test_a_quick_read() -> None:
    """An object is read over a signed request, by its key as S3 spells it, and the store is asked nothing."""
    asked: list[str] = []
    with serving(asked=asked) as store:
        assert QuickReads(store, sign, at_once=1).get(KEY) == Stored(b"quick", '"1"')
        assert store.calls == []
    assert [unquote(path) for path in asked] == [f"/bucket/{KEY}"]
    assert "dt%3D2026-11-22/integration-101%20%C3%BC.json" in asked[0]


@pytest.mark.parametrize("answers", [{"status": 503}, {"status": 404}, {"status": 403}, {"etag": {}}])
def test_whatever_is_no_plain_answer_goes_the_ordinary_way(answers: dict[str, Any]) -> None:
    """A refusal, a failure and an answer without an etag are the store's to ask again and to name."""
    with serving(**answers) as store:
        found = QuickReads(store, sign, at_once=1).get(KEY)
    assert found is not None
    assert found.body == b"ordinary"


def test_nobody_there_and_no_credentials() -> None:
    """Without an answer, or anything to sign with, the ordinary way says what is wrong."""
    with serving() as store:
        pass
    assert QuickReads(store, sign, at_once=1).get("absent") is None

    def refuse(_: AWSRequest) -> None:
        raise NoCredentialsError

    with serving() as store:
        found = QuickReads(store, refuse, at_once=1).get(KEY)
    assert found is not None
    assert found.body == b"ordinary"
