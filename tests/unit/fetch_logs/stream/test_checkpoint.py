from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetch_logs.stream.checkpoint import Checkpoint, Unfinished, key, load, save
from fetch_logs.stream.slices import Head, Resting
from integration_logs.errors import ContractBroken, TryLater
from tests.fakes.memory_store import MemoryStore

TIME = datetime(2026, 11, 22, 2, 41, 22, 123456, tzinfo=UTC)
KEY = "state/fetch/main/account.json"

dated = st.datetimes(timezones=st.just(UTC))
times = st.none() | dated
heads = st.builds(Head, st.frozensets(st.integers(1, 2**63), min_size=1, max_size=4), dated, dated)
slices = st.lists(st.builds(Resting, st.none() | st.text(min_size=1), dated, dated, heads), max_size=3).map(tuple)
unfinished = st.builds(
    Unfinished,
    query=st.text(min_size=1),
    newest=times,
    last=times,
    newest_first=st.booleans(),
    began_at=times,
    slices=slices,
)
checkpoints = st.builds(
    Checkpoint,
    watermark=times,
    completed_at=times,
    known=st.dictionaries(st.integers(1, 2**63).map(str), times, max_size=5),
    unfinished=st.none() | unfinished,
    newest_first=st.booleans(),
)


@given(checkpoints, checkpoints)
def test_round_trip(first: Checkpoint, second: Checkpoint) -> None:
    """What was saved is loaded, to the microsecond, also after it was replaced."""
    store = MemoryStore()
    saved = save(store, "main", "account", first)
    assert load(store, "main", "account") == saved == first
    again = save(store, "main", "account", Checkpoint(second.watermark, etag=saved.etag))
    assert load(store, "main", "account").etag == again.etag
    assert load(store, "main", "account").watermark == second.watermark


def test_a_person_can_read_it() -> None:
    """The object is indented JSON with UTC times, the query verbatim, and the ids in order."""
    store = MemoryStore()
    query = "cursor=2026-11-22T02:02:00+01:00&page_size=100"
    below = Resting("cursor=x", TIME, TIME, Head(frozenset({9, 8}), TIME, TIME))
    save(
        store,
        "main",
        "account",
        Checkpoint(TIME, None, {"9": TIME, "10": None}, Unfinished(query, TIME, None, True, TIME, slices=(below,))),
    )
    assert json.loads(store.objects[KEY]) == {
        "version": 1,
        "watermark": "2026-11-22T02:41:22.123456Z",
        "completed_at": None,
        "unfinished": {
            "query": query,
            "newest": "2026-11-22T02:41:22.123456Z",
            "last": None,
            "newest_first": True,
            "began_at": "2026-11-22T02:41:22.123456Z",
            "unread": False,
            "slices": [
                {
                    "query": "cursor=x",
                    "edge": "2026-11-22T02:41:22.123456Z",
                    "last": "2026-11-22T02:41:22.123456Z",
                    "ids": [8, 9],
                    "newest": "2026-11-22T02:41:22.123456Z",
                    "oldest": "2026-11-22T02:41:22.123456Z",
                }
            ],
        },
        "newest_first": True,
        "known": {"10": None, "9": "2026-11-22T02:41:22.123456Z"},
    }
    assert store.objects[KEY].startswith(b'{\n "version": 1,\n')


def test_before_the_first_walk() -> None:
    """A stream without a checkpoint starts from nothing, under a name that tells account and stream."""
    assert load(MemoryStore(), "main", "integration-7") == Checkpoint()
    assert key("main", "integration-7") == "state/fetch/main/integration-7.json"


def test_two_first_walks() -> None:
    """Of two walks that both found no checkpoint, one saves and the other is told to try later."""
    store = MemoryStore()
    save(store, "main", "account", Checkpoint(TIME))
    with pytest.raises(TryLater):
        save(store, "main", "account", Checkpoint())
    assert load(store, "main", "account").watermark == TIME


def test_a_lost_race() -> None:
    """A checkpoint that has moved since it was loaded is not overwritten."""
    store = MemoryStore()
    save(store, "main", "account", Checkpoint())
    mine, theirs = load(store, "main", "account"), load(store, "main", "account")
    save(store, "main", "account", Checkpoint(TIME, etag=theirs.etag))
    with pytest.raises(TryLater):
        save(store, "main", "account", Checkpoint(None, TIME, etag=mine.etag))
    assert load(store, "main", "account") == Checkpoint(TIME)


def test_deleted_meanwhile() -> None:
    """A checkpoint that somebody deleted to start over is not brought back."""
    store = MemoryStore()
    saved = save(store, "main", "account", Checkpoint(TIME))
    store.delete(KEY)
    with pytest.raises(TryLater):
        save(store, "main", "account", saved)
    assert store.objects == {}


def test_a_checkpoint_of_before() -> None:
    """One that was written before the order was remembered is read as newest first."""
    store = MemoryStore()
    store.set(KEY, json.dumps(GOOD).encode())
    assert load(store, "main", "account") == Checkpoint()


def test_an_unfinished_walk_of_before() -> None:
    """One that was cut short before its beginning was remembered goes on, and its beginning is not known."""
    store = MemoryStore()
    store.set(KEY, json.dumps({**GOOD, "unfinished": CUT}).encode())
    assert load(store, "main", "account").unfinished == Unfinished("cursor=a", None, None, True, None)


GOOD = {"version": 1, "watermark": None, "completed_at": None, "known": {}, "unfinished": None}
CUT = {"query": "cursor=a", "newest": None, "last": None, "newest_first": True}


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({**GOOD, "version": 2}),
        json.dumps({**GOOD, "version": "1"}),
        json.dumps({name: value for name, value in GOOD.items() if name != "known"}),
        json.dumps({**GOOD, "known": []}),
        json.dumps({**GOOD, "known": {"1": "yesterday"}}),
        json.dumps({**GOOD, "unfinished": "cursor=a"}),
        json.dumps({**GOOD, "unfinished": {"query": "cursor=a"}}),
        json.dumps({**GOOD, "unfinished": {**CUT, "slices": [{"query": "cursor=a"}]}}),
        json.dumps({**GOOD, "unfinished": {**CUT, "slices": 7}}),
        json.dumps({**GOOD, "watermark": 17}),
        "[]",
        "null",
        "canary-not-json",
        "",
        b"\xff\xfe\xfd",
    ],
)
def test_what_is_no_checkpoint(body: str | bytes) -> None:
    """A newer version, or something else under that key, is refused with what to do, and is not quoted."""
    store = MemoryStore()
    store.set(KEY, body if isinstance(body, bytes) else body.encode())
    with pytest.raises(ContractBroken, match=KEY) as caught:
        load(store, "main", "account")
    assert "delete it" in str(caught.value)
    assert "canary" not in str(caught.value)
    assert store.writes == []
