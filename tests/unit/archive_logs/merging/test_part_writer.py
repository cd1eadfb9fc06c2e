from __future__ import annotations

import json
import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive_logs.merging import summary
from archive_logs.merging.backlog import work_off
from archive_logs.merging.partitions import Part
from integration_logs.bucket.landing import encode, land
from integration_logs.errors import TryLater
from tests.fakes import merger
from tests.fakes.memory_store import MemoryStore
from tests.unit.archive_logs.archive_rows import FETCHED, archived_ids, content, keys, row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = "logs/dt=2026-11-20/integration-7.parquet"
TEXT = 3000
"""Bytes of a row that do not compress."""
PART_BYTES = 20_000
"""About four rows."""


@pytest.fixture(autouse=True, scope="module")
def remembering() -> Iterator[None]:
    """The same merges, a hundred times over, are done once."""
    with merger.remembering():
        yield


@cache
def text(id_: int) -> str:
    return random.Random(id_).randbytes(TEXT // 2).hex()


def lands(store: MemoryStore, *ids: int, number: int = 0, **fields: Any) -> None:
    rows = [row(id_, exception=text(id_), **fields) for id_ in ids]
    at = FETCHED + timedelta(seconds=number)
    land(store, [encode(each) for each in rows], account="main", stream="account", fetched_at=at)


def run(store: MemoryStore, part_bytes: int = PART_BYTES) -> None:
    work_off(store, lambda: 3600.0, part_bytes=part_bytes)


@cache
def ids_of(parquet: bytes) -> tuple[int, ...]:
    """An object's ids, in its own order."""
    return tuple(each["id"] for each in content(parquet))


def parts(store: MemoryStore) -> dict[str, tuple[int, ...]]:
    return {key: ids_of(store.objects[key]) for key in keys(store, "logs/")}


class Watch:
    """Looks at the archive after every write, as a reader would."""

    def __init__(self, store: MemoryStore) -> None:
        self._store, self._seen = store, set[int]()
        self._at_next_write()

    def _at_next_write(self) -> None:
        self._store.at(verb="put", after=self._look)

    def _look(self, _: str) -> None:
        self._at_next_write()
        found = parts(self._store)
        counts = Counter(id_ for ids in found.values() for id_ in ids)
        assert max(counts.values(), default=1) == 1, f"twice: {found}"
        assert self._seen <= counts.keys(), f"gone: {self._seen - counts.keys()}"
        for key, ids in found.items():
            part = Part.of(key)
            assert part is not None
            assert all(part.ids[0] <= id_ <= part.ids[1] for id_ in ids), f"{key} has {ids}"
        self._seen |= counts.keys()


def summaries_fit(store: MemoryStore) -> None:
    """Each object has a summary that was made from it as it is; seen past what the test has in store for the store."""
    there = MemoryStore()
    there.objects = store.objects
    for entry in there.entries("logs/", limit=1000):
        says = json.loads(store.objects[summary.key(entry.key)])
        assert (says["etag"], says["records"]) == (entry.etag, len(ids_of(store.objects[entry.key])))
    assert len(keys(store, "state/summaries/")) == len(keys(store, "logs/"))


# --- the parts of a partition ----------------------------------------------------------------------------------------


def test_a_partition_that_outgrows_the_limit(store: MemoryStore) -> None:
    """What outgrows the limit is sealed by that write; what comes then, below, above or within, has its own place."""
    lands(store, 100, 200, *range(110, 120))
    run(store)
    assert list(parts(store)) == [ROOT]
    lands(store, 50, 150, 250, 100, number=1)
    run(store)
    below, above = Part(Part.of(ROOT).partition, (1, 99)).key, Part(Part.of(ROOT).partition, (201, 2**63 - 1)).key
    assert {key: set(ids) for key, ids in parts(store).items()} == {
        ROOT: {100, *range(110, 120), 150, 200},
        below: {50},
        above: {250},
    }
    summaries_fit(store)


def test_what_is_in_a_part_is_not_written_again(store: MemoryStore) -> None:
    """Landing the rows of all parts again writes nothing of the archive."""
    for number, id_ in enumerate((5, 9, 1)):
        lands(store, id_, number=number)
        run(store, part_bytes=1)
    before = dict(store.objects)
    lands(store, 9, 1, 5, number=5)
    run(store, part_bytes=1)
    assert len(parts(store)) == 3
    assert store.objects == before


def test_a_sealed_object_is_left_alone_while_nothing_landed_for_it(store: MemoryStore) -> None:
    """The summary says which ids a sealed object takes in: it is not downloaded for others."""
    lands(store, 5)
    run(store, part_bytes=1)
    store.calls.clear()
    lands(store, 9, number=1)
    run(store, part_bytes=1)
    assert ("download", ROOT) not in store.calls
    assert archived_ids(store) == [5, 9]


@pytest.mark.parametrize("lost", [True, False])
def test_sealed_once_is_sealed_for_good(store: MemoryStore, lost: bool) -> None:
    """Where an object's earlier version is brought back, or it is gone, no row gets into two parts."""
    lands(store, 5)
    run(store)
    unsealed = store.objects[ROOT]
    lands(store, 6, number=1)
    run(store, part_bytes=1)
    lands(store, 9, number=2)
    run(store, part_bytes=1)
    if lost:
        del store.objects[ROOT]
    else:
        store.set(ROOT, unsealed)
    lands(store, 5, 6, 9, number=3)
    run(store)
    assert archived_ids(store) == [5, 6, 9]
    lands(store, 10, number=4)
    run(store)
    assert archived_ids(store) == [5, 6, 9, 10]
    summaries_fit(store)


batches = st.lists(st.lists(st.integers(1, 60), min_size=1, max_size=6), min_size=1, max_size=6)


@settings(max_examples=15, deadline=None)
@given(
    batches,
    batches,
    st.sampled_from(["download", "put", "get", "entries", "delete"]),
    st.integers(1, 12),
    st.booleans(),
    st.sampled_from([1, 8_000, PART_BYTES, 1 << 20]),
)
def test_any_order_batching_and_concurrency(
    mine: list[list[int]], others: list[list[int]], verb: str, nth: int, before: bool, part_bytes: int
) -> None:
    """However ids come, alone or beside another archiver: each is there once, in order, in its part, at any moment."""
    store = MemoryStore()
    Watch(store)

    def another(_: str) -> None:
        for number, ids in enumerate(others):
            lands(store, *ids, number=100 + number)
            with suppress(TryLater):
                run(store, part_bytes)

    store.at(nth, verb=verb, **{"before" if before else "after": another})
    for number, ids in enumerate(mine):
        lands(store, *ids, number=number)
        with suppress(TryLater):
            run(store, part_bytes)
    run(store, part_bytes)
    landed = {id_ for ids in mine for id_ in ids}
    found = {id_ for ids in parts(store).values() for id_ in ids}
    assert landed <= found <= landed | {id_ for ids in others for id_ in ids}
    assert all(list(ids) == sorted(ids) for ids in parts(store).values())  # all at one time
    assert sum(map(len, parts(store).values())) == len(found)
    summaries_fit(store)


def sizes(orders: Iterable[list[int]], part_bytes: int) -> list[int]:
    store = MemoryStore()
    Watch(store)
    landed = set()
    for number, ids in enumerate(orders):
        lands(store, *ids, number=number)
        landed |= {*ids}
        run(store, part_bytes)
    assert archived_ids(store) == sorted(landed)
    return [len(store.objects[key]) for key in keys(store, "logs/")]


@settings(max_examples=10, deadline=None)
@given(st.booleans(), st.lists(st.integers(1, 5), min_size=1, max_size=9))
def test_no_part_is_larger_than_the_limit_and_one_batch(newest_first: bool, counts: list[int]) -> None:
    """Ids that rise, as they do day by day, or fall, as in a backfill: a part ends with the batch that fills it."""
    ids = iter(range(1, 100))
    orders = [[next(ids) for _ in range(count)] for count in counts]
    found = sizes([each[::-1] for each in orders[::-1]] if newest_first else orders, PART_BYTES)
    assert max(found) <= PART_BYTES + max(counts) * TEXT
    assert len(found) >= sum(counts) * TEXT // (2 * (PART_BYTES + max(counts) * TEXT))


# --- two archivers at once -------------------------------------------------------------------------------------------


def beside(store: MemoryStore) -> None:
    """What the other one does: ids below, within and above what there is."""
    lands(store, 1, 15, 60, number=50)
    run(store, part_bytes=1)


def situation() -> MemoryStore:
    store = MemoryStore()
    lands(store, 10, 20)
    run(store, part_bytes=1)
    lands(store, 30, number=1)
    run(store, part_bytes=1)
    lands(store, 2, 15, 40, 70, number=2)
    store.calls.clear()
    return store


def _calls() -> int:
    store = situation()
    run(store, part_bytes=1)
    return len(store.calls)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("nth", range(1, _calls() + 1))
def test_another_archiver_at_any_call(nth: int, moment: str) -> None:
    """A second run between any two calls of the first, over three parts and their summaries: both come through."""
    store = situation()
    Watch(store)
    store.at(nth, **{moment: lambda _: beside(store)})
    run(store, part_bytes=1)
    assert archived_ids(store) == [1, 2, 10, 15, 20, 30, 40, 60, 70]
    assert keys(store, "landing/") == []
    summaries_fit(store)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("nth", range(1, 21))
def test_another_archiver_at_any_call_for_small_partitions(nth: int, moment: str) -> None:
    """The same where partitions are merged many at once: an object that is there, and one that is new."""
    store = MemoryStore()
    lands(store, 10, 20)
    run(store, 1 << 20)
    lands(store, 2, 15, number=2)
    lands(store, 5, 6, number=3, integration_id=8)

    def other(_: str) -> None:
        lands(store, 1, 15, number=50)
        lands(store, 6, 7, number=51, integration_id=8)
        run(store, 1 << 20)

    Watch(store)
    store.at(nth, **{moment: other})
    run(store, 1 << 20)
    run(store, 1 << 20)  # where the other one was never there
    assert {2, 5, 6, 10, 15, 20} <= set(archived_ids(store))
    assert len(archived_ids(store)) in {6, 8}
    assert keys(store, "landing/") == []
    summaries_fit(store)


@pytest.mark.parametrize("took_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("nth", range(1, _calls() + 1))
def test_a_crash_at_any_call(nth: int, took_effect: bool) -> None:
    """Wherever a run dies, the next one makes parts and summaries whole."""
    store = situation()
    Watch(store)
    store.fail(nth, took_effect=took_effect)
    with suppress(TryLater):
        run(store, part_bytes=1)
    run(store, part_bytes=1)
    assert archived_ids(store) == [2, 10, 15, 20, 30, 40, 70]
    assert keys(store, "landing/") == []
    summaries_fit(store)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()
