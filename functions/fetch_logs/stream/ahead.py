"""The next pages on their way while the last ones are worked on."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Ahead[T]:
    """Takes items from chains, which ``begin`` at a query, one of each in advance where it is asked to.

    Use it as a context manager. Nothing is asked for that was not wanted: an idle tick stays one request.
    """

    def __init__(self, begin: Callable[[str | None], Iterator[T]], most: int = 1) -> None:
        self._begin = begin
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="next-page")
        self._chains: dict[int, Iterator[T]] = {}
        self._coming: dict[int, Future[T | None]] = {}

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is under way; its outcome no longer matters."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        for chain in self._chains.values():
            if isinstance(chain, Generator):
                chain.close()  # not some time: an error that is kept keeps it, and what it has under way

    def fetch(self, chain: int, query: str | None = None) -> None:
        """Let a chain's next item be fetched meanwhile, its first one at ``query``."""
        if chain in self._coming:
            return
        if chain not in self._chains:
            self._chains[chain] = self._begin(query)
        self._coming[chain] = self._threads.submit(next, self._chains[chain], None)

    def soonest(self) -> int | None:
        """The chain whose item is there first, as soon as one is; ``None`` where none is on its way."""
        if self._coming:
            wait(self._coming.values(), return_when=FIRST_COMPLETED)
        return next((chain for chain, item in self._coming.items() if item.done()), None)

    def take(self, chain: int) -> T | None:
        """The item that was fetched, ``None`` after the last; raises what getting it raised."""
        return self._coming.pop(chain).result()
