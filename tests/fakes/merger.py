"""The archive's ``Merger`` with a memory: the same rows merged into the same object a thousand times cost one merge."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from archive_logs.merge import Merger

_KNOWN: dict[tuple[object, ...], Any] = {}
_MOST = 20_000


class RememberingMerger:
    """Merging is pure, so what it made of the same bytes before is what it would make of them now."""

    def __init__(self, _: Path) -> None:
        self._taken: tuple[bytes, ...] = ()
        self._merger: Merger | None = None
        self._own: TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._merger is not None and self._own is not None:
            self._merger.__exit__(None, None, None)
            self._own.cleanup()

    def take(self, files: list[Path]) -> list[Path]:
        self._taken = tuple(file.read_bytes() for file in files)
        unreadable = self._remember("take", (), lambda: None)
        return [files[place] for place in unreadable]

    def partitions(self) -> Any:
        return self._remember("partitions", (), lambda: self._real().partitions())

    def rejected(self) -> Any:
        return self._remember("rejected", (), lambda: self._real().rejected())

    def merge(self, partition: Any, existing: Path | None, target: Path) -> Any:
        def merge() -> tuple[Any, bytes | None]:
            target.unlink(missing_ok=True)
            merged = self._real().merge(partition, existing, target)
            return merged, target.read_bytes() if target.exists() else None

        content = existing.read_bytes() if existing else None
        merged, written = self._remember("merge", (partition, content), merge)
        if written is not None:
            target.write_bytes(written)
        return merged

    def _remember(self, verb: str, what: tuple[object, ...], work: Any) -> Any:
        if len(_KNOWN) > _MOST:
            _KNOWN.clear()
        key = (self._taken, verb, *what)
        if key not in _KNOWN:
            self._real()  # which remembers what cannot be read
            if verb != "take":
                _KNOWN[key] = work()
        return _KNOWN[key]

    def _real(self) -> Merger:
        """The merger that is remembered for, holding the same rows."""
        if self._merger is None:
            self._own = TemporaryDirectory(prefix="merger-")
            folder = Path(self._own.name)
            files = [folder / f"{place}.landed" for place in range(len(self._taken))]
            for file, content in zip(files, self._taken, strict=True):
                file.write_bytes(content)
            self._merger = Merger(folder)
            unreadable = self._merger.take(files) if files else []
            _KNOWN[self._taken, "take"] = [files.index(file) for file in unreadable]
        return self._merger
