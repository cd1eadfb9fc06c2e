"""A bucket that is looked at after every write, as one who reads the archive at that moment would see it."""

from __future__ import annotations

import gzip
import json
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from archive_logs.merging import summary
from archive_logs.merging.partitions import PREFIX, Part
from tests.fakes.memory_store import MemoryStore, etag
from tests.unit.archive_logs.archive_rows import reader

type Token = int | str | bytes
"""What is known of a landed row: its id; of one without any, what it says happened. Of a torn object, its bytes."""


class Untrue(AssertionError):
    """A promise does not hold."""


class Archived(NamedTuple):
    """A row of the archive."""

    id: int
    exception: str | None


@lru_cache(20_000)
def rows(parquet: bytes) -> tuple[Archived, ...]:
    """An archive object's rows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "object.parquet"
        path.write_bytes(parquet)
        found = reader().execute("SELECT id, exception FROM read_parquet($path)", {"path": str(path)}).fetchall()
    return tuple(Archived(*row) for row in found)


@lru_cache(20_000)
def landed(body: bytes) -> tuple[dict[str, Any], ...] | None:
    """A landing object's rows; ``None`` where it is torn."""
    try:
        return tuple(json.loads(line) for line in gzip.decompress(body).splitlines())
    except (OSError, EOFError, zlib.error):
        return None


@lru_cache(20_000)
def tokens(body: bytes) -> frozenset[Token]:
    """What a landing object holds."""
    found = landed(body)
    return frozenset({body}) if found is None else frozenset(map(token, found))


@lru_cache(20_000)
def put_aside(body: bytes) -> tuple[Token, ...]:
    """What an object of rows in quarantine holds."""
    return tuple(token(json.loads(line)["row"]) for line in gzip.decompress(body).splitlines())


def token(row: dict[str, Any]) -> Token:
    """What a row is known by, whether an older parser could make sense of its id or not."""
    named = row["id"] if row["id"] is not None else json.loads(row["extra"] or "{}").get("id")
    try:
        return int(named)
    except (TypeError, ValueError):
        return str(row["exception"])


class WatchedStore(MemoryStore):
    """Raises ``Untrue`` at the write after which a reader would miss what was there, or meet it twice."""

    def __init__(self) -> None:
        super().__init__()
        self.archived: frozenset[int] = frozenset()
        self.kept: frozenset[Token] = frozenset()
        self.looks = 0

    def twin(self) -> Self:
        other = super().twin()
        other.archived, other.kept = self.archived, self.kept
        return other

    def damage(self, objects: dict[str, bytes], gone: Iterable[str] = ()) -> None:
        """Let somebody write and remove objects by hand; what there is from now on has to stay."""
        for key, body in objects.items():
            super()._keep(key, body)
        for key in gone:
            self.objects.pop(key)
        self.archived = self.kept = frozenset()
        self.look()

    def below(self, prefix: str) -> Iterator[bytes]:
        """The objects' contents."""
        return (body for key, body in self.objects.items() if key.startswith(prefix))

    def in_quarantine(self) -> Counter[Token]:
        """What the quarantine holds, how often."""
        of_rows = Counter(each for body in self.below("quarantine/rows/") for each in put_aside(body))
        return of_rows + Counter(each for body in self.below("quarantine/objects/") for each in tokens(body))

    def look(self) -> None:
        """Everything that was archived is there, once, in its part; and nothing that landed is nowhere."""
        self.looks += 1
        counts: Counter[int] = Counter()
        for key, body in self.objects.items():
            if key.startswith(PREFIX):
                ids = [row.id for row in rows(body)]
                check_part(key, ids)
                counts.update(ids)
        none("there twice", [id_ for id_, count in counts.items() if count > 1])
        none("not in the archive any more", self.archived - counts.keys())
        kept: frozenset[Token] = frozenset().union(
            counts, self.in_quarantine(), *(tokens(body) for body in self.below("landing/"))
        )
        none("nowhere any more", self.kept - kept)
        self.archived, self.kept = frozenset(counts), kept

    def _keep(self, key: str, body: bytes) -> None:
        super()._keep(key, body)
        self._look_after(key)

    def delete(self, key: str) -> None:
        super().delete(key)
        self._look_after(key)

    def _look_after(self, key: str) -> None:
        if key.startswith((PREFIX, "landing/", "quarantine/")):
            self.look()


def check_part(key: str, ids: Collection[int]) -> None:
    """The object's name says which ids it has."""
    part = Part.of(key)
    if part is None:
        raise Untrue(f"{key} is no name of the archive's")
    none(f"in {key}", [id_ for id_ in ids if not part.ids[0] <= id_ <= part.ids[1]])


def check_summaries(store: MemoryStore) -> None:
    """Each archive object has a summary, made from it as it is."""
    for key, body in store.objects.items():
        if key.startswith(PREFIX):
            says = json.loads(store.objects.get(summary.key(key), b"{}"))
            ids = [row.id for row in rows(body)]
            is_so = {"etag": etag(body), "records": len(ids), "first_id": min(ids), "last_id": max(ids)}
            if {name: says.get(name) for name in is_so} != is_so:
                raise Untrue(f"{key} has {'a stale' if says else 'no'} summary")


def none(what: str, found: Collection[Any], show: Callable[[Any], str] = lambda each: str(each)[:40]) -> None:
    """Raise ``Untrue`` unless there is none."""
    if found:
        raise Untrue(f"{len(found)} record(s) {what}: {sorted(map(show, found))[:5]}")
