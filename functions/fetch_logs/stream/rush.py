"""The pages of a stream that is walked to its end: each is asked for as soon as the one before has named it."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Protocol

from integration_logs.upstream.sendcloud import way_on

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Set

    from integration_logs.upstream.sendcloud import Page


HEAD_START = 0.001
"""Seconds that the thread which asks for a page leaves to the one that sends the request, before it goes on to decode
its own page: that keeps the interpreter for two milliseconds, and the connection would idle as long."""


class Fetches(Protocol):
    """Fetches the page of a query; see ``integration_logs.upstream.sendcloud.Sendcloud.page``."""

    def __call__(self, query: str, *, named: Callable[[str | None], None]) -> Page:
        """Fetch it; ``named`` is told the query of the page after it early."""


def rush(fetch: Fetches, query: str) -> Generator[Page]:
    """The pages from that query on, as they are wanted.

    While the body of a page that is wanted still comes in and is decoded, the next one is on its way, over another
    connection. Of a walk that is cut short one page was asked for in vain.
    """
    seen: set[str | None] = {query}
    early = _Early(fetch, seen)
    try:
        while True:
            page = early.want(query).result()
            yield page
            if (following := way_on(page, seen)) is None:
                return
            query = following
    finally:
        early.end()


class _Early:
    """Has the page that is wanted fetched, and the one after it, if it is none of those ``seen``, once it is named.

    That is asked for by the thread that hears of it: one that had to be woken would wait until the page is decoded.
    """

    def __init__(self, fetch: Fetches, seen: Set[str | None]) -> None:
        self._fetch, self._seen = fetch, seen
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="page")
        self._lock = RLock()
        self._coming: dict[str, Future[Page]] = {}
        self._named: dict[str, str | None] = {}
        self._wanted = ""

    def want(self, query: str) -> Future[Page]:
        """The page of that query; from now on the one after it may be asked for."""
        with self._lock:
            coming = self._coming.get(query) or self._ask(query)
            self._coming = {query: coming}  # any other was named in error
            self._wanted = query
            self._go_on()
            return coming

    def end(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown(cancel_futures=True)

    def _ask(self, query: str) -> Future[Page]:
        self._coming[query] = self._pool.submit(self._fetch, query, named=partial(self._hear, query))
        return self._coming[query]

    def _hear(self, query: str, following: str | None) -> None:
        with self._lock:
            self._named[query] = following
            asked = self._go_on()
        if asked:
            time.sleep(HEAD_START)

    def _go_on(self) -> bool:
        following = self._named.pop(self._wanted, None)
        if following is None or following in self._seen or following in self._coming:
            return False
        self._ask(following)
        return True
