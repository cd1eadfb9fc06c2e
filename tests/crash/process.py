"""A process that can fail, or be made to wait, at each of its calls to Sendcloud, the bucket and the queue."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from integration_logs.bucket.objects import Entry, Stored, Version
from integration_logs.errors import TryLater
from integration_logs.upstream.http import Answer, Arrived
from tests.fakes.memory_store import MemoryStore
from tests.fakes.sendcloud import FakeSendcloud

type Fault = Literal[
    "dies before", "dies after", "time-out", "5xx", "throttled", "reset", "lost", "done, then refused as there already"
]
type Call = tuple[str, str]
"""What is asked (get, put, ask, …) of what (a key or a path)."""

_DEATHS: tuple[Fault, ...] = ("dies before", "dies after")
_REFUSALS: tuple[Fault, ...] = ("time-out", "5xx", "throttled", "reset")
_DONE_ALL_THE_SAME = frozenset({"dies after", "time-out", "reset"})


def faults(call: Call) -> tuple[Fault, ...]:
    """What can happen at a call."""
    if call[0] == "send":
        return _DEATHS
    return _DEATHS + _REFUSALS + (("lost", "done, then refused as there already") if call[0] == "put" else ())


class DiedError(BaseException):
    """The process is no more: nothing of ours may catch this."""


class Process:
    """Counts its calls in ``calls``; ``fault`` happens at the one numbered ``at``. ``before`` is told of each."""

    def __init__(
        self, *, at: int = -1, fault: Fault | None = None, before: Callable[[Call], None] = lambda _: None
    ) -> None:
        self.calls: list[Call] = []
        self.dead = False
        self._at, self._fault, self._before = at, fault, before

    def call[T](self, call: Call, act: Callable[[], T], *, lost: Callable[[], T] | None = None) -> T:
        """Do it, or what the fault makes of it. ``lost`` is how another writer comes first."""
        self._before(call)
        if self.dead:
            raise DiedError  # also in whatever thread is left of it
        self.calls.append(call)
        fault = self._fault if len(self.calls) - 1 == self._at else None
        if fault is None:
            return act()
        if fault == "lost" and lost is not None:
            return lost()
        if fault in _DONE_ALL_THE_SAME or fault == "done, then refused as there already":
            act()
        if fault in _DEATHS:
            self.dead = True
            raise DiedError
        if fault == "done, then refused as there already":
            return None  # type: ignore[return-value]  # a put that the client tried twice by itself
        raise TryLater(f"{call[0]}: {fault}", retry_after=2.0 if fault == "throttled" else None)


class ProcessStore:
    """``ObjectStore`` as one process sees it."""

    def __init__(self, store: MemoryStore, process: Process) -> None:
        self._store, self._process = store, process

    def get(self, key: str) -> Stored | None:
        return self._process.call(("get", key), lambda: self._store.get(key))

    def download(self, key: str, path: Path) -> str | None:
        return self._process.call(("download", key), lambda: self._store.download(key, path))

    def put(self, key: str, body: bytes | Path, *, replaces: str | None) -> str | None:
        def write() -> str | None:
            before = self._store.objects.get(key)
            etag = self._store.put(key, body, replaces=replaces)
            if before is not None and etag is not None and isinstance(body, bytes):
                _check_replaced(key, before, body)
            return etag

        def lost() -> None:
            """Another run has done the same: created it, or touched what was to be replaced."""
            if replaces is None:
                write()
            elif key.endswith(".json"):
                self._store.set(key, self._store.objects[key] + b" ")

        return self._process.call(("put", key), write, lost=lost)

    def entries(self, prefix: str, *, limit: int, after: str = "") -> list[Entry]:
        return self._process.call(("entries", prefix), lambda: self._store.entries(prefix, limit=limit, after=after))

    def folders(self, prefix: str) -> list[str]:
        return self._process.call(("folders", prefix), lambda: self._store.folders(prefix))

    def delete(self, key: str) -> None:
        self._process.call(("delete", key), lambda: self._store.delete(key))

    def versions(self, prefix: str, *, limit: int, after: str = "") -> list[Version]:
        return self._process.call(("versions", prefix), lambda: self._store.versions(prefix, limit=limit, after=after))

    def recover(self, version: Version, path: Path) -> bool:
        return self._process.call(("recover", version.key), lambda: self._store.recover(version, path))


def _check_replaced(key: str, before: bytes, after: bytes) -> None:
    """No run undoes what another has written: a checkpoint never goes back, a ledger never forgets."""
    if key.startswith("state/landed/"):
        old, new = (set(json.loads(gzip.decompress(body))["ids"]) for body in (before, after))
        assert old <= new, f"{key} forgot {sorted(old - new)[:5]}"
    elif key.startswith("state/fetch/") and not key.endswith(("/standing.json", "/listed.json")):
        time = "began_at" if "/sweeps/" in key else "watermark"
        old, new = (json.loads(body)[time] or "" for body in (before, after))
        assert old <= new, f"{key} went back from {old} to {new or 'nothing'}"


class ProcessHttp:
    """``HttpSession`` as one process sees it, after its own retries."""

    def __init__(self, upstream: FakeSendcloud, process: Process) -> None:
        self._upstream, self._process = upstream, process
        self.asked = 0

    def get(self, url: str, *, time_left: Callable[[], float], arrived: Arrived, **_: bool) -> Answer:
        if time_left() <= 2:
            raise TryLater("no time")
        self.asked += 1
        answer = self._process.call(("ask", url.partition("/v3")[2]), lambda: self._upstream.get(url))
        arrived(answer.headers)
        return answer


class Inline:
    """A pool whose work is done at once, in order, by whoever asks: every run makes the same calls in the same order.

    ``LATE`` does it only when its result is wanted, which is the other extreme of what a thread may do.
    """

    LATE = False

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def map[A, T](self, work: Callable[[A], T], items: Iterable[A]) -> Iterator[T]:
        return iter([work(item) for item in items])

    def submit(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> Future[Any]:
        future = _Lazy(lambda: work(*arguments, **named))
        if not self.LATE:
            future.settle()
        return future

    def shutdown(self, **_: object) -> None:
        pass


class Late(Inline):
    LATE = True


def settle_first(futures: Iterable[Future[Any]], **_: object) -> None:
    """Wait for one of them, which is the one that was submitted first."""
    for future in futures:
        if isinstance(future, _Lazy):
            future.settle()
        return


class _Lazy(Future[Any]):
    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self._work = work

    def settle(self) -> None:
        if not self.done():
            try:
                self.set_result(self._work())
            except BaseException as error:  # noqa: BLE001  # as a pool does
                self.set_exception(error)

    def result(self, timeout: float | None = None) -> Any:
        self.settle()
        return super().result(timeout)
