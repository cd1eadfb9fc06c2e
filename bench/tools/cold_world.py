"""What a function asks while it starts: S3, Secrets Manager, Sendcloud and WeMaSy, on one port of this process.

As quick as a server can be, so that what is measured is the function. S3 is a ``MemoryStore`` behind HTTP, so that the
functions' compare-and-swap means what it does; Sendcloud has one page of records. Who asks first, and at what cost, is
seen from here: the processor's time that the watched process has taken is read when its request comes in.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from tests.fakes.memory_store import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = "bench-cold"
SECRET = {
    "sendcloud_public_key": "bench-public",
    "sendcloud_secret_key": "bench-secret-0123456789",
    "wemasy_token": "bench-token-0123456789",
}
PSEUDONYM_KEY = "the key of the pseudonyms, of this measurement alone, long enough for it"
_WEMASY = {
    "error": False,
    "integration": {
        "credentials": None,
        "id": "1",
        "is_active": "1",
        "is_connected": "1",
        "created_at": "2026-01-01T00:00:00+00:00",
        "updated_at": "2026-01-01T00:00:00+00:00",
    },
}
_PUBLISHED = b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"


def _secret(asked: dict[str, Any]) -> dict[str, Any]:
    name = asked["SecretId"]
    return {"Name": name, "SecretString": PSEUDONYM_KEY if name == "pseudonyms" else json.dumps(SECRET)}


_ANSWERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "GetSecretValue": _secret,
    "SendMessage": lambda asked: {
        "MessageId": "1",
        "MD5OfMessageBody": hashlib.md5(asked["MessageBody"].encode(), usedforsecurity=False).hexdigest(),
    },
    "PutEvents": lambda asked: {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in asked["Entries"]]},
}


@dataclass(frozen=True)
class Call:
    """A request: who was asked (``s3``, ``aws``, ``upstream``), what, when it came (seconds, monotonic), and how many
    seconds the watched process had spent on a processor by then."""

    who: str
    what: str
    at: float
    cpu: float


@dataclass
class World:
    """What is there to be asked, and what was. Integrations are those that Sendcloud lists, ``page`` its one page."""

    integrations: list[dict[str, Any]]
    page: bytes
    store: MemoryStore = field(default_factory=MemoryStore)
    calls: list[Call] = field(default_factory=list)
    watched: int | None = None
    url: str = ""

    def note(self, who: str, what: str) -> None:
        """Keep that somebody asked."""
        self.calls.append(Call(who, what, time.monotonic(), cpu_seconds(self.watched) if self.watched else 0.0))


def cpu_seconds(process: int) -> float:
    """Seconds that all of the process's threads have spent on a processor, while it runs.

    Linux numbers the clocks of other processes like this: https://man7.org/linux/man-pages/man3/clock_getcpuclockid.3.html
    """
    return time.clock_gettime((~process << 3) | 2)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    world: ClassVar[World]

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        if path.startswith("/api/"):
            self.world.note("upstream", path)
            self._answer(200, self._upstream(path), "application/json")
        elif path.rstrip("/") == f"/{BUCKET}":
            self.world.note("s3", f"LIST {parse_qs(parts.query).get('prefix', [''])[0]}")
            self._answer(200, self._listing(parse_qs(parts.query)), "application/xml")
        else:
            key = path.removeprefix(f"/{BUCKET}/")
            self.world.note("s3", f"GET {key}")
            if stored := self.world.store.get(key):
                self._answer(200, stored.body, "binary/octet-stream", ETag=stored.etag)
            else:
                self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>", "application/xml")

    def do_PUT(self) -> None:
        key = unquote(urlsplit(self.path).path).removeprefix(f"/{BUCKET}/")
        body = self._body()
        self.world.note("s3", f"PUT {key}")
        if etag := self.world.store.put(key, body, replaces=self.headers.get("If-Match")):
            self._answer(200, b"", "application/xml", ETag=etag)
        else:
            self._answer(412, b"<Error><Code>PreconditionFailed</Code></Error>", "application/xml")

    def do_DELETE(self) -> None:
        key = unquote(urlsplit(self.path).path).removeprefix(f"/{BUCKET}/")
        self.world.note("s3", f"DELETE {key}")
        self.world.store.delete(key)
        self._answer(204, b"", "application/xml")

    def do_POST(self) -> None:
        sent = self._body()
        action = self.headers.get("X-Amz-Target", "Publish").rpartition(".")[2]
        self.world.note("aws", action)
        if action == "Publish":  # SNS still speaks XML
            self._answer(200, _PUBLISHED, "text/xml")
        else:
            self._answer(200, json.dumps(_ANSWERS[action](json.loads(sent))).encode(), "application/x-amz-json-1.1")

    def _upstream(self, path: str) -> bytes:
        if path.endswith("/logs"):
            return self.world.page
        return json.dumps(_WEMASY if path.endswith("/status") else {"data": self.world.integrations}).encode()

    def _listing(self, asked: dict[str, list[str]]) -> bytes:
        prefix, after = (asked.get(name, [""])[0] for name in ("prefix", "start-after"))
        limit = int(asked.get("max-keys", ["1000"])[0])
        found = self.world.store.entries(prefix, limit=limit, after=after)
        items = "".join(
            f"<Contents><Key>{escape(each.key)}</Key><Size>{each.size}</Size><ETag>{escape(each.etag)}</ETag></Contents>"
            for each in found
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{items}</ListBucketResult>".encode()

    def _body(self) -> bytes:
        """What was sent; S3's client sends it in chunks, each behind its size, with a checksum after the last."""
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return sent
        chunks = []
        while (size := int(sent.partition(b"\r\n")[0].partition(b";")[0], 16)) > 0:
            rest = sent.partition(b"\r\n")[2]
            chunks.append(rest[:size])
            sent = rest[size + 2 :]
        return b"".join(chunks)

    def _answer(self, status: int, body: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def playing(world: World) -> Iterator[World]:
    """Serve the world on loopback; gone afterwards."""
    handler = type("Handler", (_Handler,), {"world": world})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        world.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield world
        finally:
            server.shutdown()
            thread.join()
