"""Releases objects from quarantine after a fix: they land again and are archived as if new.

An object leaves the quarantine only when what it holds has landed. What is rejected again comes back by the normal way,
under another name (see ``quarantine.py``), and is not met by the release that it comes from.
"""

from __future__ import annotations

import filecmp
import gzip
import logging
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from archive_logs.merging import quarantine
from integration_logs.bucket.landing import pack

if TYPE_CHECKING:
    from integration_logs.bucket.objects import ObjectStore

log = logging.getLogger(__name__)

LISTED_AT_ONCE = 200


@dataclass(frozen=True)
class Released:
    """How far a release came: objects that have left the quarantine, rows in those of them that hold rows, and objects
    that had to stay. ``after`` is the key behind which the release has to go on, empty where it is done."""

    objects: int = 0
    rows: int = 0
    stayed: int = 0
    after: str = ""


def release(store: ObjectStore, time_left: Callable[[], float], *, after: str = "") -> Released:
    """Release object after object, in the keys' order, until the time (seconds) is up.

    An object stays, and the log says so, where it cannot be read, or where something else waits to be archived under
    the name that it would get.
    """
    objects = rows = stayed = 0
    more = True
    while more:
        entries = store.entries(quarantine.PREFIX, limit=LISTED_AT_ONCE + 1, after=after)
        more = len(entries) > LISTED_AT_ONCE
        for entry in entries[:LISTED_AT_ONCE]:
            landed = _release(store, entry.key)
            objects += landed is not None
            rows += landed or 0
            stayed += landed is None
            after = entry.key
            if time_left() <= 0:
                return Released(objects, rows, stayed, after)
    return Released(objects, rows, stayed)


def _release(store: ObjectStore, key: str) -> int | None:
    """Land what the object holds and remove it; how many rows it had, ``None`` where it stays."""
    with TemporaryDirectory(prefix="release-") as name:
        kept, landing = Path(name) / "kept", Path(name) / "landing"
        if store.download(key, kept) is None:
            return 0  # another release was first
        try:
            lands_as = quarantine.released_key(key)
            rows = _rewrite(kept, landing) if quarantine.holds_rows(key) else 0
        except (gzip.BadGzipFile, EOFError, zlib.error, ValueError, RecursionError) as error:
            log.error(  # noqa: TRY400  # the trace would say no more
                "An object in quarantine cannot be read and stays", extra={"key": key, "error": type(error).__name__}
            )
            return None
        if not _land(store, lands_as, landing if rows else kept):
            log.error("An object stays in quarantine: archive what landed first", extra={"key": key})
            return None
        store.delete(key)
        log.info("Released from quarantine", extra={"key": key, "rows": rows})
        return rows


def _rewrite(kept: Path, landing: Path) -> int:
    """Write the landing object of an object of rows; how many there are."""
    with gzip.open(kept) as lines:
        return pack(quarantine.released_rows(lines), landing)


def _land(store: ObjectStore, key: str, content: Path) -> bool:
    """Create the landing object; whether it is there with this content."""
    if store.put(key, content, replaces=None):
        return True
    there = content.with_name("there")
    return store.download(key, there) is not None and filecmp.cmp(content, there, shallow=False)
