"""A bucket that is a folder on this disk, for one process at a time: what it holds takes none of that one's memory."""

from __future__ import annotations

import shutil
from pathlib import Path

from integration_logs.bucket.objects import Entry, Stored, Version


class DirectoryStore:
    """``ObjectStore`` over a folder. It keeps no versions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> Stored | None:
        """See ``ObjectStore``."""
        etag = self._etag(key)
        return Stored((self._folder / key).read_bytes(), etag) if etag else None

    def download(self, key: str, path: Path) -> str | None:
        """See ``ObjectStore``."""
        etag = self._etag(key)
        if etag:
            shutil.copyfile(self._folder / key, path)
        return etag

    def put(self, key: str, body: bytes | Path, *, replaces: str | None) -> str | None:
        """See ``ObjectStore``."""
        if self._etag(key) != replaces:
            return None
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(body, Path):
            shutil.copyfile(body, path)
        else:
            path.write_bytes(body)
        return self._etag(key)

    def entries(self, prefix: str, *, limit: int, after: str = "") -> list[Entry]:
        """See ``ObjectStore``."""
        below = self._folder / prefix.rpartition("/")[0]
        keys = (path.relative_to(self._folder).as_posix() for path in below.rglob("*") if path.is_file())
        found = sorted(key for key in keys if key.startswith(prefix) and key > after)[:limit]
        return [Entry(key, (self._folder / key).stat().st_size, self._etag(key) or "") for key in found]

    def folders(self, prefix: str) -> list[str]:
        """See ``ObjectStore``."""
        return sorted(f"{prefix}{path.name}/" for path in (self._folder / prefix).glob("*") if path.is_dir())

    def delete(self, key: str) -> None:
        """See ``ObjectStore``."""
        (self._folder / key).unlink(missing_ok=True)

    def versions(self, prefix: str, *, limit: int, after: str = "") -> list[Version]:  # noqa: ARG002
        """See ``ObjectStore``: nothing can be recovered."""
        return []

    def recover(self, version: Version, path: Path) -> bool:  # noqa: ARG002
        """See ``ObjectStore``: nothing can be recovered."""
        return False

    def _etag(self, key: str) -> str | None:
        try:
            said = (self._folder / key).stat()
        except FileNotFoundError:
            return None
        return f'"{said.st_mtime_ns:x}-{said.st_size:x}"'
