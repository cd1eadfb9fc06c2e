"""The next page on its way while the last one is worked on."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator


class Ahead[T]:
    """Takes items from an iterator, one of them in advance where it is asked to; use it as a context manager.

    Nothing is asked for that was not wanted: an idle tick stays one request.
    """

    def __init__(self, items: Iterator[T]) -> None:
        self._items = items
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="next-page")
        self._coming: Future[T | None] | None = None

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is under way; its outcome no longer matters."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def fetch(self) -> None:
        """Let the next item be fetched meanwhile."""
        if self._coming is None:
            self._coming = self._thread.submit(next, self._items, None)

    def take(self) -> T | None:
        """The next item, as soon as it is there, ``None`` after the last; raises what getting it raised."""
        self.fetch()
        coming, self._coming = self._coming, None
        assert coming is not None  # noqa: S101  # fetch has just set it
        return coming.result()
