"""A reverse proxy on loopback that signs what passes (SigV4): for readers that know nothing of AWS.

It adds the signature and takes the reader's own credentials off; method, path, query and body go on as they came. Of
the answer it changes the origin in ``Link`` to its own, as a reverse proxy does.
"""

from __future__ import annotations

import re
import ssl
import threading
from contextlib import contextmanager
from functools import partial
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.cloud import REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sandbox.stack import Stack

TIMEOUT = 60
OWN_TO_A_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
SIGNED_ANEW = {"authorization", "host", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"}


class Api:
    """The stack's API as one caller sees it: the holder of the key pair."""

    def __init__(self, stack: Stack, key: tuple[str, str]) -> None:
        self._url = urlsplit(stack.api_url)
        self._signer = SigV4Auth(Credentials(*key), "execute-api", REGION)
        self._trust = ssl.create_default_context(cafile=str(stack.cloud.authority))
        self._linked = re.compile(rf"<https?://[^/>]+/{re.escape(self._url.path.rpartition('/')[2])}(?=[/?>])")

    def connect(self) -> HTTPSConnection:
        """A connection of one's own, opened at the first request."""
        return HTTPSConnection(str(self._url.hostname), self._url.port, context=self._trust, timeout=TIMEOUT)

    def target(self, path: str) -> str:
        """Where a path of the API is, its query to the letter."""
        return f"{self._url.path}{path}"

    def signature(self, method: str, target: str, body: bytes) -> dict[str, str]:
        """The headers that sign it, ``Host`` among them. What is signed of a query is its meaning, however written."""
        path, _, query = target.partition("?")
        url = f"{self._url.scheme}://{self._url.netloc}{path}"
        pairs = parse_qsl(query, keep_blank_values=True)  # as pairs, since a name may come twice
        request = AWSRequest(method, url, data=body, params=pairs)  # type: ignore[arg-type]
        self._signer.add_auth(request)
        return {"Host": self._url.netloc, **dict(request.headers.items())}

    def links(self, value: str, origin: str, path: str) -> str:
        """A ``Link`` header that leads back to the proxy, also where it was relative to the path that was asked for."""
        return self._linked.sub(f"<{origin}", value).replace("<?", f"<{origin}{path}?")


class _Passing(BaseHTTPRequestHandler):
    """One connection of a reader, and one to the API that is kept as long."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def __init__(self, api: Api, *arguments: object) -> None:
        self._api = api
        self._beyond = api.connect()
        super().__init__(*arguments)  # type: ignore[arg-type]  # socketserver's own

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):  # any method, also one that nobody knows
            return self._pass_on
        raise AttributeError(name)

    def finish(self) -> None:
        self._beyond.close()
        super().finish()

    def _pass_on(self) -> None:
        body = self._body()
        try:
            answer, content = self._answer(body)
        except (HTTPException, OSError, UnicodeError) as error:
            self._beyond.close()
            self.send_error(502, explain=f"The API could not be asked: {type(error).__name__}.")
            return
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() == "link":
                self.send_header(
                    name, self._api.links(value, f"http://{self.headers['Host']}", self.path.partition("?")[0])
                )
            elif name.lower() not in OWN_TO_A_HOP | {"content-length"}:
                self.send_header(name, value)
        if answer.status not in {204, 304}:
            length = answer.headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(content))
            self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(content)

    def _answer(self, body: bytes) -> tuple[HTTPResponse, bytes]:
        """What the API says; asked once more where the kept connection turns out to be closed."""
        kept = self._beyond.sock is not None
        try:
            return self._ask(body)
        except (ConnectionError, HTTPException):
            self._beyond.close()
            if not kept:
                raise
        return self._ask(body)

    def _ask(self, body: bytes) -> tuple[HTTPResponse, bytes]:
        target = self._api.target(self.path)
        self._beyond.putrequest(self.command, target, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in OWN_TO_A_HOP | SIGNED_ANEW | {"content-length"}:
                self._beyond.putheader(name, value)
        for name, value in self._api.signature(self.command, target, body).items():
            self._beyond.putheader(name, value)
        if body or "Content-Length" in self.headers:
            self._beyond.putheader("Content-Length", str(len(body)))
        self._beyond.endheaders(body or None)
        answer = self._beyond.getresponse()
        return answer, answer.read()

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return body

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's own name
        """Keep quiet."""


@contextmanager
def signing_proxy(stack: Stack, key: tuple[str, str]) -> Iterator[str]:
    """The base URL of a proxy to the stack's API that signs with the key pair; gone afterwards."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Passing, Api(stack, key))) as server:
        server.daemon_threads = True  # a reader may keep its connection longer than this lasts
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
