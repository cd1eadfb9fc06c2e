from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integration_logs.bucket.landing import PREFIX, encode, fetched_at, land
from integration_logs.errors import TryLater
from tests.fakes.memory_store import MemoryStore

NOON = datetime(2026, 11, 22, 12, 0, 0, 5, tzinfo=UTC)


def landed(store: MemoryStore, *rows: dict[str, Any], at: datetime = NOON, account: str = "main") -> str:
    return land(store, list(map(encode, rows)), account=account, stream="integration-7", fetched_at=at)


def test_the_object() -> None:
    """Rows land as gzip'd NDJSON, one row a line, in their order and in UTF-8."""
    store = MemoryStore()
    key = landed(store, {"id": 2, "exception": "é\n"}, {"id": 1, "exception": None})
    lines = gzip.decompress(store.objects[key]).split(b"\n")
    assert lines.pop() == b""
    assert [json.loads(line) for line in lines] == [{"id": 2, "exception": "é\n"}, {"id": 1, "exception": None}]
    assert "é".encode() in lines[0]


def test_the_key() -> None:
    """The key says when, which account and which stream; keys sort by time."""
    store = MemoryStore()
    first, second = landed(store, {"id": 1}), landed(store, {"id": 0}, at=NOON + timedelta(microseconds=1))
    assert re.fullmatch(r"landing/2026-11-22T12-00-00\.000005Z-main-integration-7-[0-9a-f]{16}\.ndjson\.gz", first)
    assert [entry.key for entry in store.entries(PREFIX, limit=10)] == [first, second]


def test_the_same_rows_twice() -> None:
    """Landing the same rows again is no error and changes nothing: the key is of the content, and so are the bytes."""
    store, other = MemoryStore(), MemoryStore()
    key = landed(store, {"id": 1})
    before = dict(store.objects)
    assert landed(store, {"id": 1}) == key
    assert store.objects == before
    landed(other, {"id": 1})
    assert other.objects == before


def test_other_rows() -> None:
    """Other rows of the same moment land beside the first ones, and never in their place."""
    store = MemoryStore()
    keys = {landed(store, {"id": 1}), landed(store, {"id": 2}), landed(store, {"id": 1}, account="nl")}
    assert set(store.objects) == keys
    assert len(keys) == 3


def test_nothing_is_overwritten() -> None:
    """Whatever stands under a key already stays."""
    store = MemoryStore()
    key = landed(store, {"id": 1})
    store.set(key, b"there before")
    landed(store, {"id": 1})
    assert store.objects == {key: b"there before"}


def test_when_it_was_fetched() -> None:
    """The key says to the microsecond when its rows were fetched; another object's key says nothing."""
    assert fetched_at(landed(MemoryStore(), {"id": 1})) == NOON
    others = ("landing/", "landing/notes.txt", "landing/2026-13-01T00-00-00.000000Z")
    assert [fetched_at(key) for key in others] == [None, None, None]


def test_a_store_that_fails() -> None:
    """The store's failure is the caller's to know."""
    store = MemoryStore()
    store.fail(verb="put")
    with pytest.raises(TryLater):
        landed(store, {"id": 1})
