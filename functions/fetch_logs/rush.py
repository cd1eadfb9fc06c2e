"""The pages of a stream that is walked to its end: each is asked for as soon as the one before has named it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Protocol

from integration_logs.sendcloud import way_on

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from integration_logs.sendcloud import Page


class Fetches(Protocol):
    """Fetches the page of a query; see ``integration_logs.sendcloud.Sendcloud.page``."""

    def __call__(self, query: str, *, named: Callable[[str | None], None]) -> Page:
        """Fetch it; ``named`` is told the query of the page after it early."""


def rush(fetch: Fetches, query: str) -> Generator[Page]:
    """The pages from that query on, as they are wanted.

    While a page's body still comes in and is decoded, the next one is on its way, over another connection. Of a walk
    that is cut short one page was asked for in vain.
    """
    seen: set[str | None] = {query}
    pool = ThreadPoolExecutor(2, thread_name_prefix="page")

    def ask(query: str) -> tuple[Future[Page], SimpleQueue[str | None]]:
        named: SimpleQueue[str | None] = SimpleQueue()
        page = pool.submit(fetch, query, named=named.put)
        page.add_done_callback(lambda _: named.put(None))  # nothing more will be named
        return page, named

    try:
        coming, named = ask(query)
        while True:
            early = named.get()
            ahead = None if early is None or early in seen else ask(early)
            page = coming.result()
            yield page
            if (following := way_on(page, seen)) is None:
                return
            coming, named = ahead if ahead and early == following else ask(following)
    finally:
        pool.shutdown(cancel_futures=True)
