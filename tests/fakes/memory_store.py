"""``ObjectStore`` in memory, with S3's semantics; ``tests/contract/test_store.py`` holds both to the same tests.

A test can put something before or after a call of its choice: an error, or another writer who is first.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from integration_logs.bucket.objects import Entry, Stored, Version
from integration_logs.errors import TryLater

type Act = Callable[[str], object]
"""What happens around a call; is given the call's key."""

WRITES = frozenset({"put", "delete"})


@dataclass
class _Hook:
    """What happens around the n-th call that fits from now on; an empty ``verb`` or ``prefix`` fits any."""

    nth: int
    verb: str
    prefix: str
    before: Act
    after: Act
    seen: int = 0

    def due(self, verb: str, key: str) -> bool:
        if self.verb in {"", verb} and key.startswith(self.prefix):
            self.seen += 1
            return self.seen == self.nth
        return False


class MemoryStore:
    """A bucket. ``calls`` are the verbs and keys it was asked for; ``set`` and ``objects`` stand outside of that.

    ``history`` is what each key has ever held, oldest first.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.history: dict[str, list[bytes]] = {}
        self.calls: list[tuple[str, str]] = []
        self.now: Callable[[], float] = time.time
        self._links: dict[str, tuple[str, float]] = {}
        self._hooks: list[_Hook] = []
        self._lock = threading.RLock()

    # --- for tests ---------------------------------------------------------------------------------------------------

    def set(self, key: str, body: bytes) -> None:
        """Put an object there as another writer would."""
        with self._lock:
            self._keep(key, body)

    def twin(self) -> Self:
        """Another one with the same objects and versions."""
        other = type(self)()
        other.objects = dict(self.objects)
        other.history = {key: list(held) for key, held in self.history.items()}
        return other

    def forget(self, key: str) -> None:
        """Let the lifecycle end the versions that are not current."""
        with self._lock:
            self.history[key] = [self.objects[key]] if key in self.objects else []

    def follow(self, url: str) -> bytes | None:
        """What anybody is answered who opens a link; ``None`` where it is refused, or was never given out."""
        key, until = self._links.get(url, ("", 0.0))
        return self.objects.get(key) if self.now() < until else None

    def at(
        self,
        nth: int = 1,
        *,
        verb: str = "",
        prefix: str = "",
        before: Act = lambda _: None,
        after: Act = lambda _: None,
    ) -> None:
        """Let something happen right before, or right after, the n-th call that fits, counted from now."""
        self._hooks.append(_Hook(nth, verb, prefix, before, after))

    def fail(
        self,
        nth: int = 1,
        *,
        error: BaseException | None = None,
        verb: str = "",
        prefix: str = "",
        took_effect: bool = False,
    ) -> None:
        """Fail the n-th call that fits: before it does anything, or when all is done but the answer is lost."""

        def act(_: str) -> None:
            raise error or TryLater("The store failed.")

        self.at(nth, verb=verb, prefix=prefix, **({"after": act} if took_effect else {"before": act}))

    def lose(self, nth: int = 1, *, to: bytes, prefix: str = "") -> None:
        """Let another writer put the object ``to`` there right before the n-th put that fits."""
        self.at(nth, verb="put", prefix=prefix, before=lambda key: self.set(key, to))

    def calm(self) -> None:
        """From now on nothing happens."""
        self._hooks.clear()

    @property
    def writes(self) -> list[tuple[str, str]]:
        """The calls that change something, as asked for."""
        return [call for call in self.calls if call[0] in WRITES]

    @contextmanager
    def _call(self, verb: str, key: str) -> Iterator[None]:
        with self._lock:
            self.calls.append((verb, key))
            due = [hook for hook in self._hooks if hook.due(verb, key)]
            for hook in due:
                hook.before(key)
            yield
            for hook in due:
                hook.after(key)

    # --- ObjectStore -------------------------------------------------------------------------------------------------

    def get(self, key: str) -> Stored | None:
        with self._call("get", key):
            body = self.objects.get(key)
            return None if body is None else Stored(body, etag(body))

    def download(self, key: str, path: Path) -> str | None:
        with self._call("download", key):
            body = self.objects.get(key)
            if body is None:
                return None
            path.write_bytes(body)
            return etag(body)

    def put(self, key: str, body: bytes | Path, *, replaces: str | None) -> str | None:
        with self._call("put", key):
            there = self.objects.get(key)
            if replaces != (None if there is None else etag(there)):
                return None
            content = body if isinstance(body, bytes) else body.read_bytes()
            self._keep(key, content)
            return etag(content)

    def entries(self, prefix: str, *, limit: int, after: str = "") -> list[Entry]:
        with self._call("entries", prefix):
            found = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
            return [Entry(key, len(self.objects[key]), etag(self.objects[key])) for key in found[:limit]]

    def folders(self, prefix: str) -> list[str]:
        with self._call("folders", prefix):
            below = (key.removeprefix(prefix).partition("/") for key in self.objects if key.startswith(prefix))
            return sorted({f"{prefix}{name}/" for name, slash, _ in below if slash})

    def delete(self, key: str) -> None:
        with self._call("delete", key):
            self.objects.pop(key, None)

    def versions(self, prefix: str, *, limit: int, after: str = "") -> list[Version]:
        with self._call("versions", prefix):
            found = sorted(key for key, held in self.history.items() if held and key.startswith(prefix) and key > after)
            return [Version(key, etag(self.history[key][-1]), len(self.history[key][-1])) for key in found[:limit]]

    def recover(self, version: Version, path: Path) -> bool:
        with self._call("recover", version.key):
            held = {etag(body): body for body in self.history.get(version.key, [])}
            if version.id in held:
                path.write_bytes(held[version.id])
            return version.id in held

    def link(self, key: str, *, seconds: int) -> str:
        with self._call("link", key):
            url = f"https://bucket.test/{key}?expires={seconds}"
            self._links[url] = (key, self.now() + seconds)
            return url

    def _keep(self, key: str, body: bytes) -> None:
        self.objects[key] = body
        self.history.setdefault(key, []).append(body)


def etag(body: bytes) -> str:
    """As S3 makes it of an object that came in one piece."""
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'
