from __future__ import annotations

import socket
import ssl
import threading
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

import pytest
from botocore.exceptions import NoCredentialsError

from integration_logs.bucket.objects import Stored
from integration_logs.bucket.quick_reads import QuickReads
from sandbox.certificate import Certificate, issue
from tests.fakes.memory_store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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

    port, scheme = 0, "http"

    def link(self, key: str, *, seconds: int) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/bucket/{key}?signature=x&expires={seconds}"


@contextmanager
def serving(certificate: Certificate | None = None, **answers: Any) -> Iterator[Linked]:
    handler = type("Answering", (Server,), {"asked": [], **answers})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    store = Linked()
    store.port, store.scheme = server.server_port, "https" if certificate else "http"
    store.set(KEY, b"ordinary")
    try:
        yield store
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def get(store: Linked, key: str, signed: Callable[[AWSRequest], object] | None = None) -> Stored | None:
    with closing(QuickReads(store, signed or sign)) as reads:
        return reads.get(key)


def sign(request: AWSRequest) -> None:
    request.headers["Authorization"] = "signed"


def test_a_quick_read() -> None:
    """An object is read over a signed request, by its key as S3 spells it, and the store is asked nothing."""
    asked: list[str] = []
    with serving(asked=asked) as store:
        assert get(store, KEY) == Stored(b"quick", '"1"')
        assert store.calls == []
    assert [unquote(path) for path in asked] == [f"/bucket/{KEY}"]
    assert "dt%3D2026-11-22/integration-101%20%C3%BC.json" in asked[0]


@pytest.mark.parametrize("answers", [{"status": 503}, {"status": 404}, {"status": 403}, {"etag": {}}])
def test_whatever_is_no_plain_answer_goes_the_ordinary_way(answers: dict[str, Any]) -> None:
    """A refusal, a failure and an answer without an etag are the store's to ask again and to name."""
    with serving(**answers) as store:
        found = get(store, KEY)
    assert found is not None
    assert found.body == b"ordinary"


def test_nobody_there_and_no_credentials() -> None:
    """Without an answer, or anything to sign with, the ordinary way says what is wrong."""
    with serving() as store:
        pass
    assert get(store, "absent") is None

    def refuse(_: AWSRequest) -> None:
        raise NoCredentialsError

    with serving() as store:
        found = get(store, KEY, refuse)
    assert found is not None
    assert found.body == b"ordinary"


def test_a_connection_is_kept_and_opened_again() -> None:
    """One connection does for reads that follow each other; one that the other side has closed costs no answer."""
    with serving() as store, closing(QuickReads(store, sign)) as reads:
        for _ in range(3):
            assert reads.get(KEY) == Stored(b"quick", '"1"')
        (kept,) = reads._idle
        kept.sock.shutdown(socket.SHUT_RDWR)
        found = reads.get(KEY)
        assert found is not None
        assert found.body == b"ordinary"
        assert reads.get(KEY) == Stored(b"quick", '"1"')


def test_only_a_known_authority_is_trusted(tmp_path: Path) -> None:
    """Over TLS a server whose certificate nobody vouches for is told nothing; with its authority it is read from."""
    certificate = issue(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    for authority, body in ((certificate.authority, b"quick"), (issue(other).authority, b"ordinary")):
        asked: list[str] = []
        with (
            serving(certificate, asked=asked) as store,
            closing(QuickReads(store, sign, ca_bundle=str(authority))) as reads,
        ):
            found = reads.get(KEY)
        assert found is not None
        assert (found.body, len(asked)) == (body, int(body == b"quick"))
