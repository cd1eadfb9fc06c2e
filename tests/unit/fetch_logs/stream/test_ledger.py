from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import batched

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetch_logs.stream import ledger as ledgers
from fetch_logs.stream.ledger import DAYS_IN_MEMORY, Ledger
from integration_logs.errors import NeedsOperator, TryLater
from tests.fakes.memory_store import MemoryStore

DAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = "state/landed/main/2026-11-22.json.gz"

ids = st.integers(-(2**63), 2**63 - 1)
times = st.none() | st.datetimes(timezones=st.just(UTC))
entries = st.dictionaries(ids, times, max_size=30)


def opened(store: MemoryStore) -> Ledger:
    """The ledger as another invocation finds it."""
    return Ledger(store, "main")


def written(store: MemoryStore, key: str = KEY) -> list[int]:
    document = json.loads(gzip.decompress(store.objects[key]))
    assert document["version"] == 1
    found: list[int] = document["ids"]
    return found


def put(store: MemoryStore, *found: int) -> None:
    store.set(KEY, gzip.compress(json.dumps({"version": 1, "ids": found}).encode()))


@given(entries, entries)
def test_round_trip(first: dict[int, datetime | None], second: dict[int, datetime | None]) -> None:
    """What was entered is there before and after it is saved, in the same run and in the next, and nothing else is."""
    store = MemoryStore()
    ledger = opened(store)
    for landed in (first, second):
        ledger.enter(landed.items())
        assert all(ledger.has(id_, time) for id_, time in landed.items())
        ledger.save()
    assert all(ledger.has(id_, time) for id_, time in (first | second).items())
    again = opened(store)
    assert all(again.has(id_, time) for landed in (first, second) for id_, time in landed.items())
    assert not again.has(1, DAY + timedelta(days=400_000))


def test_by_id_and_day() -> None:
    """A record is known by its id on its UTC day; one without a time by its id alone, apart from the others."""
    ledger = opened(MemoryStore())
    ledger.enter([(7, DAY), (8, None)])
    assert ledger.has(7, DAY.replace(hour=0))
    assert not ledger.has(7, DAY - timedelta(days=1))
    assert not ledger.has(7, None)
    assert ledger.has(8, None)


def test_a_person_can_read_it() -> None:
    """Each day is one object of sorted ids."""
    store = MemoryStore()
    ledger = opened(store)
    ledger.enter([(9, DAY), (7, DAY), (8, None)])
    ledger.save()
    assert written(store) == [7, 9]
    assert written(store, "state/landed/main/undated.json.gz") == [8]
    assert len(store.objects) == 2


def test_nothing_new_is_not_written() -> None:
    """Without new ids, or with such as are there already, nothing is written."""
    store = MemoryStore()
    put(store, 7)
    ledger = opened(store)
    ledger.has(7, DAY)
    ledger.save()
    ledger.enter([(7, DAY)])
    ledger.save()
    assert store.writes == []


def test_another_writer_is_first() -> None:
    """What another walk entered meanwhile stays, together with what this one did."""
    store = MemoryStore()
    put(store, 1, 2)
    ledger = opened(store)
    assert not ledger.has(3, DAY)
    ledger.enter([(3, DAY)])
    for nth in (1, 2):
        body = gzip.compress(json.dumps({"version": 1, "ids": [1, 2, 10 + nth]}).encode())
        store.lose(nth, to=body, prefix=KEY)
    ledger.save()
    assert written(store) == [1, 2, 3, 12]
    assert ledger.has(12, DAY)


def test_other_writers_are_always_first() -> None:
    """A day that cannot be won is given up for later; what was entered is still known, and is written then."""
    store = MemoryStore()
    ledger = opened(store)
    ledger.enter([(3, DAY)])
    for nth in range(1, 10):
        body = gzip.compress(json.dumps({"version": 1, "ids": [10 + nth]}).encode())
        store.lose(nth, to=body, prefix=KEY)
    with pytest.raises(TryLater):
        ledger.save()
    assert ledger.has(3, DAY)
    store.calm()
    ledger.save()
    assert 3 in written(store)


@pytest.mark.parametrize("nth", [1, 2, 3, 4])
@pytest.mark.parametrize("took_effect", [False, True])
def test_a_save_that_fails_is_made_up_for(nth: int, took_effect: bool) -> None:
    """After a failure at any call nothing that was entered is forgotten, and the next save writes all of it."""
    store = MemoryStore()
    ledger = opened(store)
    landed = [(1, DAY), (2, DAY - timedelta(days=1))]
    ledger.enter(landed)
    store.fail(nth, took_effect=took_effect)
    with pytest.raises(TryLater):
        ledger.save()
    assert all(ledger.has(*each) for each in landed)
    ledger.save()
    assert all(opened(store).has(*each) for each in landed)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no gzip",
        gzip.compress(b'{"version": 1, "ids": [1]}')[:-4],
        gzip.compress(b'{"version": 1, "ids": [1]}')[:10] + b"\xff" * 20,
        gzip.compress(b"no json"),
        gzip.compress(b"\xff\xfe"),
        gzip.compress(b"[]"),
        gzip.compress(b"null"),
        gzip.compress(b'{"version": 1}'),
        gzip.compress(b'{"version": 2, "ids": [1]}'),
        gzip.compress(b'{"version": 1, "ids": 1}'),
        gzip.compress(b'{"version": 1, "ids": ["1"]}'),
        gzip.compress(b'{"version": 1, "ids": [1.5]}'),
        gzip.compress(b'{"version": 1, "ids": [9223372036854775808]}'),
    ],
)
def test_an_unreadable_ledger(body: bytes) -> None:
    """What cannot be read is as good as none, which costs work and no records, and the next save replaces it."""
    store = MemoryStore()
    store.set(KEY, body)
    ledger = opened(store)
    assert not ledger.has(1, DAY)
    ledger.enter([(7, DAY)])
    ledger.save()
    assert written(store) == [7]


def test_a_store_that_fails() -> None:
    """That the ledger cannot be read is the caller's to know: it is not taken for an empty one."""
    store = MemoryStore()
    put(store, 1)
    store.fail(verb="get")
    ledger = opened(store)
    with pytest.raises(TryLater):
        ledger.has(1, DAY)
    assert ledger.has(1, DAY)


@pytest.mark.parametrize("read", [True, False])
@pytest.mark.parametrize("write", [True, False])
def test_memory_is_bounded(read: bool, write: bool) -> None:
    """However many days are read or written, no more than a fixed number of them are at hand."""
    ledger = opened(MemoryStore())
    for number in range(3 * DAYS_IN_MEMORY):
        day = DAY - timedelta(days=number)
        if read:
            ledger.has(1, day)
        if write:
            ledger.enter([(2, day)])
            ledger.save()
        assert len(ledger._saved) <= DAYS_IN_MEMORY
        assert ledger._new == {}


def test_the_days_in_use_stay_at_hand() -> None:
    """A day that is asked for all the time is read once, however many others come and go."""
    store = MemoryStore()
    ledger = opened(store)
    for number in range(3 * DAYS_IN_MEMORY):
        ledger.has(1, DAY)
        ledger.has(1, DAY - timedelta(days=number))
    assert store.calls.count(("get", KEY)) == 1


def test_days_are_read_once() -> None:
    """A stream in no order of time reads each of the days that Sendcloud keeps once."""
    store = MemoryStore()
    ledger = opened(store)
    for number in range(31 * 5):
        ledger.has(number, DAY - timedelta(days=(number * 7) % 31))
        ledger.has(number, None)
    assert len(store.calls) == 32


def test_what_was_read_is_not_read_again_to_be_saved() -> None:
    """A day that was asked for is saved, time and again, in one call each."""
    store = MemoryStore()
    put(store, 1)
    ledger = opened(store)
    assert ledger.has(1, DAY)
    store.calls.clear()
    for id_ in (2, 3):
        ledger.enter([(id_, DAY)])
        ledger.save()
    assert store.calls == [("put", KEY), ("put", KEY)]
    assert written(store) == [1, 2, 3]


def test_what_waits_is_saved_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long walk's ids are saved on the way; a store that cannot take them just then fails no walk."""
    monkeypatch.setattr(ledgers, "SAVE_ABOVE", 10)
    store = MemoryStore()
    ledger = opened(store)
    ledger.enter((id_, DAY) for id_ in range(1, 11))
    assert store.writes == []
    store.fail(verb="put")
    ledger.enter([(11, DAY)])
    assert KEY not in store.objects
    ledger.enter([(12, DAY)])
    assert written(store) == list(range(1, 13))


def test_a_store_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not pass by itself is not kept quiet."""
    monkeypatch.setattr(ledgers, "SAVE_ABOVE", 0)
    store = MemoryStore()
    store.fail(verb="put", error=NeedsOperator("S3 refuses."))
    with pytest.raises(NeedsOperator):
        opened(store).enter([(1, DAY)])


def test_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams side by side share one ledger; none of what they enter is lost."""
    monkeypatch.setattr(ledgers, "SAVE_ABOVE", 50)
    store = MemoryStore()
    ledger = opened(store)
    landed = [(number, DAY - timedelta(days=number % 5)) for number in range(1, 2001)]

    def work(part: tuple[tuple[int, datetime], ...]) -> bool:
        fresh = not any(ledger.has(*each) for each in part)
        ledger.enter(part)
        return fresh and all(ledger.has(*each) for each in part)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, batched(landed, 20, strict=True)))
    ledger.save()
    again = opened(store)
    assert all(again.has(*each) for each in landed)
    assert sum(len(written(store, key)) for key in store.objects) == len(landed)
