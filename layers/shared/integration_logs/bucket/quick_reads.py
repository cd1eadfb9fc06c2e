"""Reads many small objects for a quarter of the processor that botocore's ``get_object`` takes for each.

A function has a fraction of a processor, and that is where most of the time of many small reads side by side goes. A
signature and a connection that is kept open do without the rest: parameters, rules for endpoints, the answer's model.
Whatever is no plain answer goes the ordinary way, with its tries and the errors that it names.
"""

from __future__ import annotations

import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import get_cert_path

from integration_logs.bucket.objects import Stored

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration_logs.bucket.objects import ObjectStore

_SECONDS = 5.0
"""To connect, and to wait for an answer."""

_ANY = "any"


class QuickReads:
    """An ``ObjectStore``'s ``get``, for threads to share; ``sign`` puts the signature of S3 on a request.

    ``ca_bundle`` names a file of authorities to trust, in place of the usual ones.
    """

    def __init__(
        self, store: ObjectStore, sign: Callable[[AWSRequest], object], *, ca_bundle: str | None = None
    ) -> None:
        self._store = store
        self._sign = sign
        self._bucket = store.link(_ANY, seconds=1).partition("?")[0].removesuffix(_ANY)
        self._ca_bundle = ca_bundle
        self._context: ssl.SSLContext | None = None
        self._lock = Lock()
        self._idle: list[HTTPConnection] = []

    def get(self, key: str) -> Stored | None:
        """See ``ObjectStore``."""
        return self._quickly(key) or self._store.get(key)

    def close(self) -> None:
        """Close the connections that are kept."""
        while self._idle:
            self._idle.pop().close()

    def _quickly(self, key: str) -> Stored | None:
        """The object, where the answer is plain."""
        url = self._bucket + quote(key, safe="/-_.~")
        request = AWSRequest("GET", url)
        connection = self._connection()
        try:
            self._sign(request)
            connection.request("GET", urlsplit(url).path, headers=dict(request.headers.items()))
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, HTTPException, BotoCoreError):
            connection.close()  # it opens itself again
            return None
        finally:
            self._idle.append(connection)
        etag = answer.getheader("ETag")
        return Stored(body, etag) if answer.status == 200 and etag else None

    def _connection(self) -> HTTPConnection:
        """One that nobody uses now, or a new one; each thread has one at a time."""
        with self._lock:
            if self._idle:
                return self._idle.pop()
            url = urlsplit(self._bucket)
            if url.scheme == "http":
                return HTTPConnection(url.netloc, timeout=_SECONDS)
            if self._context is None:  # not at a cold start: it takes long
                trusted: Any = self._ca_bundle or True
                self._context = ssl.create_default_context(cafile=get_cert_path(trusted))
            return HTTPSConnection(url.netloc, timeout=_SECONDS, context=self._context)
