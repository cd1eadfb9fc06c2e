"""How a request gets onto the wire: a ``requests`` adapter that sends the query exactly as it was given.

``requests`` quotes a query again, and so does urllib3 below it (``%3a`` becomes ``%3A``); urllib3 also writes the
whole target into its debug log and its exceptions. A cursor is not ours to rewrite or to publish. So urllib3 is
handed the path alone, and the query joins it at the last step, in the connection.
"""

from __future__ import annotations

import functools
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from requests import PreparedRequest
from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from requests.exceptions import InvalidSchema
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from integration_logs.errors import NeedsOperator

_QUERY = "X-Query-Of-This-Request"  # travels inside this process only: the connection takes it off


def _rejoin(url: str, headers: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
    kept = dict(headers or {})
    query = kept.pop(_QUERY, "")
    return (f"{url}?{query}" if query else url), kept


class _Plain(HTTPConnection):
    def request(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, Any] | None = None, **options: Any
    ) -> None:
        target, kept = _rejoin(url, headers)
        super().request(method, target, body, kept, **options)


class _Secure(HTTPSConnection):
    def request(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, Any] | None = None, **options: Any
    ) -> None:
        target, kept = _rejoin(url, headers)
        super().request(method, target, body, kept, **options)


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
