"""The archiver's ``Landed`` and ``Merger`` with a memory: the same rows into the same object a thousand times cost one
merge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from archive_logs.landed import Landed
from archive_logs.merge import Merger

_KNOWN: dict[tuple[object, ...], Any] = {}
_MOST = 20_000


class RememberingLanded:
    """Taking rows in is pure, so what was in the same bytes before is in them now."""

    def __init__(self, _: Path) -> None:
        self.taken: tuple[bytes, ...] = ()
        self._files: list[Path] = []
        self._landed: Landed | None = None
        self._own: TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._landed is not None and self._own is not None:
            self._landed.__exit__(None, None, None)
            self._own.cleanup()

    def take(self, files: list[Path]) -> list[Path]:
        self._files = files
        self.taken = tuple(file.read_bytes() for file in files)
        return [files[place] for place in remember((self.taken, "take"), lambda: self._places(self.real()[1]))]

    def partitions(self, days: Any = None) -> Any:
        return remember((self.taken, "partitions", days), lambda: self.real()[0].partitions(days))

    def has(self, partition: Any, ids: Any) -> Any:
        return remember((self.taken, "has", partition, ids), lambda: self.real()[0].has(partition, ids))

    def rejected(self, without: Any = ()) -> Any:
        left_out = tuple(sorted(self._files.index(file) for file in without))

        def count() -> int:
            landed, _ = self.real()
            return landed.rejected({self._real_file(place) for place in left_out})

        return remember((self.taken, "rejected", left_out), count)

    def files_of(self, partitions: Any) -> set[Path]:
        wanted = tuple(partitions)
        places = remember((self.taken, "files", wanted), lambda: self._places(self.real()[0].files_of(wanted)))
        return {self._files[place] for place in places}

    def real(self) -> tuple[Landed, list[Path]]:
        """The rows that are remembered for, and which files could not be read."""
        if self._landed is None:
            self._own = TemporaryDirectory(prefix="landed-")
            files = [self._real_file(place) for place in range(len(self.taken))]
            for file, content in zip(files, self.taken, strict=True):
                file.write_bytes(content)
            self._landed = Landed(Path(self._own.name))
            self._unreadable = self._landed.take(files)
        return self._landed, self._unreadable

    def _real_file(self, place: int) -> Path:
        assert self._own is not None
        return Path(self._own.name) / f"{place}.landed"

    @staticmethod
    def _places(files: Any) -> list[int]:
        return [int(file.stem) for file in files]


class RememberingMerger:
    """So is merging, and summarising."""

    def __init__(self, landed: RememberingLanded, *, prefer_landed: bool = False) -> None:
        self._landed, self._prefer_landed = landed, prefer_landed
        self._merger: Merger | None = None

    def merge(self, part: Any, existing: Path | None, target: Path, *, part_bytes: int, sealed: Any = None) -> Any:
        def merge() -> tuple[Any, bytes | None]:
            target.unlink(missing_ok=True)
            merged = self._real().merge(part, existing, target, part_bytes=part_bytes, sealed=sealed)
            return merged, target.read_bytes() if target.exists() else None

        content = existing.read_bytes() if existing else None
        key = (self._landed.taken, self._prefer_landed, "merge", part, content, part_bytes, sealed)
        merged, written = remember(key, merge)
        if written is not None:
            target.write_bytes(written)
        return merged

    def summarise(self, part: Any, path: Path) -> Any:
        return remember((path.read_bytes(), "summary"), lambda: self._real().summarise(part, path))

    def _real(self) -> Merger:
        if self._merger is None:
            self._merger = Merger(self._landed.real()[0], prefer_landed=self._prefer_landed)
        return self._merger


def remember[T](key: tuple[object, ...], work: Callable[[], T]) -> T:
    """What ``work`` has made of the same before."""
    if len(_KNOWN) > _MOST:
        _KNOWN.clear()
    if key not in _KNOWN:
        _KNOWN[key] = work()
    found: T = _KNOWN[key]
    return found
