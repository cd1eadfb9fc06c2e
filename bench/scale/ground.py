"""A ground that is as slow as AWS: each S3 call takes 25 ms, a function has its share of a processor, and is cut off.

Time is simulated: what a function waits for is added up, and so is the processor time that it takes, by its share. So a
run of minutes is measured in seconds, whatever else the machine does. Calls that are made side by side wait together
(``Lanes``); what the processor does between them is added up as if nobody waited meanwhile, which is on the slow side.
The bucket's own work is not counted. What boto3 takes for a call is not in it: nothing is sent.

It needs nothing of the functions but the shapes of ``integration_logs``' objects, so it runs below earlier commits too.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from time import process_time
from typing import Any, Self

LATENCY = 0.025
"""Seconds of an S3 call."""

SHARES = {1024: 0.58, 512: 0.29}
"""Of a processor, by a function's memory in MB."""

_PUT, _GET = 0.005 / 1000, 0.0004 / 1000
_REQUESTS = {"get": _GET, "download": _GET, "recover": _GET, "delete": 0.0}
_GB_SECOND, _INVOCATION = 0.0000133334, 0.20 / 1_000_000


class CutOffError(BaseException):
    """The invocation's time is up: Lambda ends the process, and nothing of ours may catch this."""


@dataclass(frozen=True)
class Invocation:
    """One invocation: its seconds, whether it came to its end, and what was left to do behind it."""

    seconds: float
    ended: bool
    left: int


@dataclass
class Run:
    """What a run took, as it is printed: a line of JSON from the process that made it."""

    run: str
    timeout: float
    memory: int
    invocations: list[Invocation] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    ended: bool = False
    wrong: str = ""

    @property
    def seconds(self) -> float:
        """Of all invocations."""
        return sum(each.seconds for each in self.invocations)

    @property
    def dollars(self) -> float:
        """At list prices in us-east-1, without what is free: requests and the function's time."""
        requests = sum(_REQUESTS.get(verb, _PUT) * count for verb, count in self.calls.items())
        return requests + self.seconds * self.memory / 1024 * _GB_SECOND + len(self.invocations) * _INVOCATION

    def line(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "seconds": self.seconds, "dollars": self.dollars}


class Clock:
    """The simulated time of one function with so much memory."""

    def __init__(self, memory: int) -> None:
        self.calls: Counter[str] = Counter()
        self._share = SHARES[memory]
        self._waited = 0.0
        self._began = process_time()
        self._aside = 0.0
        self._lane: list[float] | None = None
        self._until = float("inf")

    def __call__(self) -> float:
        """Seconds since the beginning."""
        return self._waited + (process_time() - self._began - self._aside) / self._share

    @contextmanager
    def aside(self) -> Iterator[None]:
        """What is done meanwhile takes no time: it is not the function's."""
        began = process_time()
        try:
            yield
        finally:
            self._aside += process_time() - began

    def wait(self, seconds: float = LATENCY) -> None:
        """Wait, in a lane beside others where there is one. Raises ``CutOffError`` when the time is up."""
        if self._lane is None:
            self._waited += seconds
            self.check()
        else:
            self._lane[0] += seconds

    @contextmanager
    def in_lane(self, lane: list[float]) -> Iterator[None]:
        """Whatever is waited for meanwhile is added to the lane."""
        outer, self._lane = self._lane, lane
        try:
            yield
        finally:
            self._lane = outer

    def check(self) -> None:
        """Raise ``CutOffError`` where the time is up."""
        if self() >= self._until:
            raise CutOffError

    @contextmanager
    def invocation(self, run: Run, left: Callable[[], int]) -> Iterator[Callable[[], float]]:
        """One invocation, added to the run with what is ``left`` behind it; how many seconds it still has."""
        began = self()
        self._until, ended = began + run.timeout, True
        try:
            yield lambda: self._until - self()
            self.check()
        except CutOffError:
            ended = False
        finally:
            took = min(self() - began, run.timeout)
            self._until = float("inf")
            run.invocations.append(Invocation(round(took, 2), ended, left()))
            run.calls = dict(self.calls)

    def lanes(self, at_once: int, *_: object, **__: object) -> Lanes:
        """In place of ``ThreadPoolExecutor``."""
        return Lanes(self, at_once)


class Lanes:
    """A pool whose work is done in order, at once; its waiting is shared out among so many, as threads would."""

    def __init__(self, clock: Clock, at_once: int) -> None:
        self._clock = clock
        self._lanes = [[0.0] for _ in range(at_once)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()

    def submit(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> Future[Any]:
        """As a pool's, by whoever asks."""
        future: Future[Any] = Future()
        with self._clock.in_lane(min(self._lanes)):
            try:
                future.set_result(work(*arguments, **named))
            except Exception as error:  # noqa: BLE001  # as a pool does
                future.set_exception(error)
        return future

    def map(self, work: Callable[..., Any], *items: Any) -> Iterator[Any]:
        """As a pool's."""
        return iter([self.submit(work, *each).result() for each in zip(*items, strict=False)])

    def shutdown(self, **_: object) -> None:
        """The pool has waited as long as the lane that waited longest."""
        longest = max(lane[0] for lane in self._lanes)
        self._lanes = [[0.0] for _ in self._lanes]
        self._clock.wait(longest)


class Bucket:
    """``ObjectStore`` in memory; each call takes its time. What stands in ``objects`` was put there before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shapes = _shapes()
        self.objects: dict[str, tuple[bytes, str]] = {}
        self._keys: list[str] = []

    def set(self, key: str, body: bytes) -> str:
        """Put an object there, in no time; its etag."""
        if key not in self.objects:
            insort(self._keys, key)
        made = f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
        self.objects[key] = body, made
        return made

    def below(self, prefix: str) -> list[str]:
        """The keys with that prefix, in order."""
        return self._below(prefix, "", len(self._keys))

    def get(self, key: str) -> Any:
        """See ``ObjectStore``."""
        with self._call("get"):
            found = self.objects.get(key)
            return self._shapes.Stored(*found) if found else None

    def download(self, key: str, path: Path) -> str | None:
        """See ``ObjectStore``."""
        with self._call("download"):
            body, etag = self.objects.get(key, (b"", None))
            if etag:
                path.write_bytes(body)
            return etag

    def put(self, key: str, body: bytes | Path, *, replaces: str | None) -> str | None:
        """See ``ObjectStore``."""
        with self._call("put"):
            _, there = self.objects.get(key, (b"", None))
            return self.set(key, body if isinstance(body, bytes) else body.read_bytes()) if there == replaces else None

    def entries(self, prefix: str, *, limit: int, after: str = "") -> list[Any]:
        """See ``ObjectStore``; a page of S3's has a thousand."""
        with self._call("list"):
            found = self._below(prefix, after, limit)
        for _ in range((len(found) - 1) // 1000):
            with self._call("list"):
                pass
        return [self._shapes.Entry(key, len(self.objects[key][0]), self.objects[key][1]) for key in found]

    def folders(self, prefix: str) -> list[str]:
        """See ``ObjectStore``."""
        with self._call("list"):
            below = (key.removeprefix(prefix).partition("/") for key in self.below(prefix))
            return sorted({f"{prefix}{name}/" for name, slash, _ in below if slash})

    def delete(self, key: str) -> None:
        """See ``ObjectStore``."""
        with self._call("delete"):
            if self.objects.pop(key, None):
                self._keys.remove(key)

    def _below(self, prefix: str, after: str, limit: int) -> list[str]:
        """The first keys with that prefix, from the first one behind ``after`` on."""
        start = bisect_left(self._keys, prefix) if after < prefix else bisect_right(self._keys, after)
        found: list[str] = []
        while len(found) < limit and start < len(self._keys) and self._keys[start].startswith(prefix):
            found.append(self._keys[start])
            start += 1
        return found

    @contextmanager
    def _call(self, verb: str) -> Iterator[None]:
        self._clock.calls[verb] += 1
        self._clock.wait()
        with self._clock.aside():
            yield


def _shapes() -> Any:
    """What the functions' store answers with, wherever this commit has it."""
    for name in ("integration_logs.bucket.objects", "integration_logs.objects"):
        try:
            return import_module(name)
        except ModuleNotFoundError:
            continue
    raise ModuleNotFoundError("integration_logs has no objects")
