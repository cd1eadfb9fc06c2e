"""Fetches the next pages while others are processed: for ticks, walks to the end, and parallel slices."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Self

from integration_logs.errors import ContractBroken
from integration_logs.upstream.sendcloud import Page, way_on

if TYPE_CHECKING:
    from fetch_logs.stream.environment import Fetches

HEAD_START = 0.001
"""Seconds that the thread which asks for a page leaves to the one that sends the request, before it goes on to decode
its own page: that keeps the interpreter for two milliseconds, and the connection would idle as long."""


@dataclass
class _Chain:
    """Pages of which each names the next; ``seen`` are the queries so far, ``last`` leads on from the last one."""

    query: str | None
    last: Page | None = None
    over: bool = False
    seen: set[str | None] = field(init=False)

    def __post_init__(self) -> None:
        self.seen = {self.query}

    def go_on(self) -> None:
        """Move on to the next page's query. Raises ``ContractBroken`` where the way on is lost, or leads back."""
        if self.last is not None:
            self.query = way_on(self.last, self.seen)
            self.over = self.query is None


class Prefetcher:
    """Fetches the pages of chains, one of each in advance where it is asked to. Use it as a context manager.

    Nothing is asked for that was not wanted: an idle tick stays one request. For a walk to the end, which has one
    chain, the page after a wanted one may come ``early``: it is asked for as soon as the headers have named it, while
    the body still comes in. The thread that hears of it asks; one that had to be woken would wait for the decoding.
    """

    def __init__(self, fetch: Fetches, most: int = 1, *, early: bool = False) -> None:
        self._fetch, self._is_early = fetch, early
        self._threads = ThreadPoolExecutor(most + early, thread_name_prefix="page")
        self._chains: dict[int, _Chain] = {}
        self._coming: dict[int, Future[Page]] = {}
        self._lock = RLock()
        self._early: dict[str | None, Future[Page]] = {}
        self._named: dict[str | None, str | None] = {}
        self._wanted = _Chain(None)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is under way; its outcome no longer matters."""
        self._threads.shutdown(cancel_futures=True)

    def fetch(self, number: int, query: str | None = None) -> None:
        """Let a chain's next page be fetched meanwhile, its first one at ``query``."""
        if number in self._coming:
            return
        chain = self._chains.setdefault(number, _Chain(query))
        with self._lock:
            try:
                if not chain.over:
                    chain.go_on()
                if chain.over:
                    raise ContractBroken("The walk's pages ended before the last one.")
            except ContractBroken as error:  # heard of when the page is taken
                self._coming[number] = Future()
                self._coming[number].set_exception(error)
                return
            self._coming[number] = self._early.get(chain.query) or self._ask(chain.query)
            self._early.clear()  # any other was named in error
            self._wanted = chain
            self._ask_early()

    def soonest(self) -> int | None:
        """The chain whose page is there first, as soon as one is; ``None`` where none is on its way."""
        if self._coming:
            wait(self._coming.values(), return_when=FIRST_COMPLETED)
        return next((number for number, page in self._coming.items() if page.done()), None)

    def take(self, number: int) -> Page:
        """The page that was fetched; raises what getting it raised, and then its chain is over."""
        chain = self._chains[number]
        chain.over = True
        page = self._coming.pop(number).result()
        chain.over, chain.last = False, replace(page, records=[])  # memory is for the records at hand
        return page

    def _ask(self, query: str | None) -> Future[Page]:
        named = partial(self._hear, query) if self._is_early else None
        return self._threads.submit(self._fetch, query, named=named)

    def _hear(self, query: str | None, following: str | None) -> None:
        with self._lock:
            self._named[query] = following
            asked = self._ask_early()
        if asked:
            time.sleep(HEAD_START)

    def _ask_early(self) -> bool:
        """Ask for the page that the wanted one has named, unless that was asked for before."""
        following = self._named.pop(self._wanted.query, None)
        if following is None or following in self._wanted.seen or following in self._early:
            return False
        self._early[following] = self._ask(following)
        return True
