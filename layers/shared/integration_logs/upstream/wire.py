"""How a request gets onto the wire: a ``requests`` adapter that sends the query exactly as it was given.

``requests`` quotes a query again, and so does urllib3 below it (``%3a`` becomes ``%3A``); urllib3 also writes the
whole target into its debug log and its exceptions. A cursor is not ours to rewrite or to publish. So urllib3 is
handed the path alone, and the query joins it at the last step, in the connection.

A time-out of ``requests`` is for each read from the socket, and a server that sends a byte a second never exceeds it.
So the connection is told when the whole answer, its headers included, has to be here, and waits no longer than that.
"""

from __future__ import annotations

import functools
import io
import ssl
import time
from collections.abc import Mapping
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

from requests import PreparedRequest
from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from requests.exceptions import InvalidSchema
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from integration_logs.errors import NeedsOperator

_QUERY = "X-Query-Of-This-Request"  # these two travel inside this process only: the connection takes them off
DEADLINE = "X-Deadline-Of-This-Request"
"""When the answer has to be here, as ``time.monotonic`` has it."""


class InTime(io.RawIOBase):
    """What a socket receives until the deadline; raises ``TimeoutError`` then."""

    def __init__(self, socket: Any, received: io.RawIOBase, deadline: float) -> None:
        self._socket, self._received, self._deadline = socket, received, deadline
        self._each = socket.gettimeout()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        """Wait for some bytes, as long as the socket would and no longer than the deadline."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer was not whole in time")
        self._socket.settimeout(left if self._each is None else min(left, self._each))
        return self._received.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._received.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, socket: Any, *args: Any, deadline: float, **options: Any) -> None:
        super().__init__(socket, *args, **options)
        self.fp = io.BufferedReader(InTime(socket, self.fp.detach(), deadline))


class _Ours:
    """A connection that puts the query back and keeps the deadline."""

    response_class: Any = HTTPResponse

    def request(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, Any] | None = None, **options: Any
    ) -> None:
        kept = dict(headers or {})
        query, deadline = kept.pop(_QUERY, ""), kept.pop(DEADLINE, None)
        self.response_class = functools.partial(_Response, deadline=float(deadline)) if deadline else HTTPResponse
        super().request(method, f"{url}?{query}" if query else url, body, kept, **options)  # type: ignore[misc]


class _Plain(_Ours, HTTPConnection):
    pass


class _Secure(_Ours, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


_POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _PlainPool, "https": _SecurePool}


@functools.lru_cache(maxsize=4)
def _tls_context(verify: Any) -> ssl.SSLContext:
    """Read the authorities that ``REQUESTS_CA_BUNDLE`` names, or those that come with ``requests``."""
    bundle = verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH
    context = create_urllib3_context()
    try:
        if Path(bundle).is_dir():
            context.load_verify_locations(capath=bundle)
        else:
            context.load_verify_locations(cafile=bundle)
    except OSError:
        raise NeedsOperator("The certificate authorities in REQUESTS_CA_BUNDLE cannot be read: correct it.") from None
    return context


class VerbatimAdapter(HTTPAdapter):
    """The transport of ``requests``, with the query left as it is. It never retries by itself."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Let every direct connection be one that keeps the query."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def close(self) -> None:
        """Close the connections now; urllib3 leaves that to the garbage collector."""
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in manager.pools.keys():  # noqa: SIM118  # its keys are all that it lets one iterate over
                pool = manager.pools.get(key)
                if pool is not None:
                    pool.close()
        super().close()

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Let every connection through an HTTP proxy be one that keeps the query; a SOCKS proxy has its own."""
        if proxy.lower().startswith("socks"):
            raise InvalidSchema("a SOCKS proxy is not supported")
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def build_connection_pool_key_attributes(self, request: PreparedRequest, verify: Any, cert: Any = None) -> Any:
        """Give all connections one TLS context: reading the authorities takes longer than a request."""
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] == "https":
            tls = {"cert_reqs": "CERT_REQUIRED", "ssl_context": _tls_context(verify)}
        return host, tls

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Leave it to the TLS context, which always verifies."""

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        """Show urllib3 the target without its query."""
        return super().request_url(request, proxies).partition("?")[0]

    def add_headers(self, request: PreparedRequest, **_: Any) -> None:
        """Hand the query to the connection."""
        query = (request.url or "").partition("?")[2]
        if query:
            request.headers[_QUERY] = query
