"""What a contestant has stored, whatever its form, and what is wrong with it."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb

from sandbox.upstreams.orders import canaries

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Stored:
    """How often each record's id is there, and which marks of personal data and credentials are."""

    ids: Counter[int] = field(default_factory=Counter)
    leaked: frozenset[str] = frozenset()


def together(parts: Iterable[Stored]) -> Stored:
    """All of them as one."""
    ids: Counter[int] = Counter()
    leaked: set[str] = set()
    for part in parts:
        ids.update(part.ids)
        leaked |= part.leaked
    return Stored(ids, frozenset(leaked))


def read(content: bytes) -> Stored:
    """The records in an object: Parquet, or lines of JSON, gzip'd or not; those without an id are none."""
    lines = _lines(content)
    ids = (record.get("id") for record in map(json.loads, lines.splitlines()))
    leaked = frozenset(mark for mark in canaries() if mark.encode() in lines)
    return Stored(Counter(id_ for id_ in ids if id_ is not None), leaked)


def wrong(ids: Mapping[int, int], truth: Iterable[int], back_dated: Iterable[int] = ()) -> str:
    """What is wrong with what is stored, in a few words; empty where nothing is.

    >>> wrong({1: 1, 2: 2, 9: 1}, [1, 2, 3, 4], [4])
    '2 lost (1 of them back-dated), 1 doubled, 1 that never was'
    """
    wanted, late = set(truth), set(back_dated)
    lost = wanted - ids.keys()
    doubled = sum(times - 1 for times in ids.values())
    of_them = f" ({len(lost & late)} of them back-dated)" if lost & late else ""
    said = [f"{len(lost)} lost{of_them}"] * bool(lost)
    said += [f"{doubled} doubled"] * bool(doubled)
    said += [f"{len(ids.keys() - wanted)} that never was"] * bool(ids.keys() - wanted)
    return ", ".join(said)


def _lines(content: bytes) -> bytes:
    """As lines of JSON."""
    if content.startswith(b"PAR1"):
        with TemporaryDirectory(prefix="bench-") as name, duckdb.connect() as database:
            parquet, lines = Path(name, "rows.parquet"), Path(name, "rows.ndjson")
            parquet.write_bytes(content)
            database.execute(f"COPY (FROM read_parquet('{parquet}')) TO '{lines}' (FORMAT json)")
            return lines.read_bytes()
    if content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    return content
