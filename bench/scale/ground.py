"""A ground that is as slow as AWS: a bucket each of whose calls takes 25 ms of simulated time (``clock.py``).

Its own work is not counted, that of boto3 by what it was measured to take. It needs nothing of the functions but the
shapes of ``integration_logs``' objects, so it runs below earlier commits too.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right, insort
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from bench.scale.clock import Clock

LATENCY = 0.025
"""Seconds of an S3 call."""

BOTO = 0.002
"""Seconds of a whole processor that boto3 takes for a call: 1.9 ms for a GET or a PUT of 8 KB, 2.3 into a file."""


class Bucket:
    """``ObjectStore`` in memory; each call takes its time. What stands in ``objects`` was put there before.

    What is deleted of ``landing/`` can be recovered; of other objects there is no other version.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shapes = _shapes()
        self.objects: dict[str, tuple[bytes, str]] = {}
        self._keys: list[str] = []
        self.deleted: dict[str, bytes] = {}

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
            self.unset(key)

    def versions(self, prefix: str, *, limit: int, after: str = "") -> list[Any]:
        """See ``ObjectStore``; a page of S3's has a thousand, and a deleted object is two of them."""
        with self._call("list"):
            there = self._below(prefix, after, limit)
            gone = [key for key in self.deleted if key.startswith(prefix) and key > after]
            found = sorted({*there, *gone})[:limit]
        for _ in range((2 * len(found) - 1) // 1000):
            with self._call("list"):
                pass
        return [self._shapes.Version(key, "1", len(self._body(key))) for key in found]

    def recover(self, version: Any, path: Path) -> bool:
        """See ``ObjectStore``."""
        with self._call("recover"):
            path.write_bytes(self._body(version.key))
            return True

    def unset(self, key: str) -> None:
        """Remove an object, in no time."""
        body, _ = self.objects.pop(key, (b"", ""))
        if body:
            self._keys.pop(bisect_left(self._keys, key))
            if key.startswith("landing/"):
                self.deleted[key] = body

    def _body(self, key: str) -> bytes:
        return self.objects[key][0] if key in self.objects else self.deleted[key]

    def _below(self, prefix: str, after: str, limit: int) -> list[str]:
        """The first keys with that prefix, from the first one behind ``after`` on."""
        start = bisect_left(self._keys, prefix) if after < prefix else bisect_right(self._keys, after)
        found: list[str] = []
        while len(found) < limit and start < len(self._keys) and self._keys[start].startswith(prefix):
            found.append(self._keys[start])
            start += 1
        return found

    def _call(self, verb: str) -> AbstractContextManager[None]:
        return self._clock.call(verb, LATENCY, BOTO)


def _shapes() -> Any:
    """What the functions' store answers with, wherever this commit has it."""
    for name in ("integration_logs.bucket.objects", "integration_logs.objects"):
        try:
            return import_module(name)
        except ModuleNotFoundError:
            continue
    raise ModuleNotFoundError("integration_logs has no objects")
