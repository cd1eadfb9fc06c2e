from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from check_status.check.observation import Observation
from check_status.check.state import State, UnreadableStateError, decoded, encoded, key, load, save
from check_status.check.step import step
from check_status.happenings import Happening
from check_status.problems.at_risk import Behind
from check_status.problems.summaries import Look
from check_status.telling.outbox import added, claimed
from integration_logs.errors import NeedsOperator, TryLater
from tests.fakes.memory_store import MemoryStore
from tests.unit.check_status.check.test_step import exceptions, said, shop
from tests.unit.check_status.checks import NOON, RULES

VERSION_1 = {
    "account": "main",
    "checked_at": "2026-11-22T02:41:22.000000Z",
    "verdict": "disconnected",
    "sentence": "WeMaSy is not connected to Sendcloud.",
    "wemasy": {"integration_id": "12", "is_active": True, "is_connected": False, "has_credentials": True},
}


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def full() -> State:
    """A state in which every part holds something."""
    observed = Observation(
        "main", NOON, [shop(101, NOON)], said(NOON), behind={"account": Behind(NOON - timedelta(days=25), "Refused.")}
    )
    state, happened = step(State("main", watching_since=NOON), observed, exceptions(101, NOON), RULES)
    return replace(state, outbox=claimed(added((), happened, noticed=lambda _: True), "run", NOON))


def test_every_part_survives() -> None:
    """What is written is read back the same, in every part."""
    store, state = MemoryStore(), full()
    assert save(store, state)
    found = load(store, "main")
    assert found == state
    assert all([found.checks, found.subjects, found.problems, found.seen, found.at_risk, found.outbox, found.wemasy])


def test_no_state_yet(store: MemoryStore) -> None:
    """Before an account's first check there is none."""
    assert load(store, "main") is None


def test_only_what_was_read_is_replaced(store: MemoryStore) -> None:
    """A state takes the place of the one that it was made from, and of no other."""
    assert save(store, full())
    assert save(store, full()) is None
    first, second = load(store, "main"), load(store, "main")
    assert first is not None
    assert second is not None
    assert save(store, replace(first, checked_at=NOON + timedelta(minutes=5)))
    assert save(store, second) is None


def test_the_first_version_is_taken_over(store: MemoryStore) -> None:
    """What an earlier version wrote is the time since when the account is watched, and nothing that was announced."""
    store.set(key("main"), json.dumps(VERSION_1).encode())
    state = load(store, "main")
    assert state is not None
    assert (state.watching_since.isoformat(), state.checked_at) == ("2026-11-22T02:41:22+00:00", None)
    observed = Observation("main", NOON, [shop(101, NOON)], said(NOON))
    after, happened = step(state, observed, Look(frozenset(), {}), RULES)
    assert happened == []
    assert save(store, after)
    assert load(store, "main") == after


def test_what_was_over_before_it_was_watched_is_not_told_after_the_upgrade(store: MemoryStore) -> None:
    """A problem from before the first version's last check is kept, and nobody is told of it."""
    store.set(key("main"), json.dumps(VERSION_1).encode())
    state = load(store, "main")
    assert state is not None
    old = exceptions(101, NOON - timedelta(days=3))
    after, happened = step(state, Observation("main", NOON, [shop(101, NOON)], None), old, RULES)
    assert (happened, len(after.problems)) == ([], 1)


def broken() -> list[bytes]:
    """Documents that are no state."""
    document: dict[str, Any] = json.loads(encoded(full()))
    wrong: list[Any] = [
        {name: value for name, value in document.items() if name != missing}
        for missing in document
        if missing != "version"
    ]
    account, shop_ = document["checks"]["account"], document["checks"]["integration-101"]
    wrong += [
        {**document, "checks": {"account": account, "integration-101": each}}
        for each in ({**shop_, "integration_id": "x"}, {**shop_, "listed_at": None}, {**shop_, "checked_at": None}, "x")
    ]
    wrong += [{**document, name: "x"} for name in document if name not in {"version", "account"}]
    wrong += [{**document, "version": 3}, {**document, "version": "2"}, {**document, "account": "second"}]
    wrong += [{**VERSION_1, "checked_at": 7}, {**VERSION_1, "checked_at": "soon"}, {"account": "main"}]
    wrong += [[], None, 7, {}, "main"]
    return [b"", b"{", b"\xff", b"[" * 100_000, *(json.dumps(each).encode() for each in wrong)]


@pytest.mark.parametrize("body", broken())
def test_what_is_no_state_stops_the_check(store: MemoryStore, body: bytes) -> None:
    """What cannot be read is neither forgotten nor replaced; the sentence says what to bring back."""
    store.set(key("main"), body)
    with pytest.raises(NeedsOperator, match=r"^state/status/main\.json is no state .*restore its last good version"):
        load(store, "main")
    assert store.objects[key("main")] == body


def test_columns_may_be_added() -> None:
    """A state that was written before a column was added is read, with null in it."""
    document: dict[str, Any] = json.loads(encoded(full()))
    del document["checks"]["account"]["open_problems"]
    assert decoded(document, "main", None).checks["account"]["open_problems"] is None


def test_a_store_that_fails_is_no_broken_state(store: MemoryStore) -> None:
    """What may pass is told apart from what a person must mend."""
    store.fail(error=TryLater("S3."))
    with pytest.raises(TryLater):
        load(store, "main")
    store.fail(error=NeedsOperator("Policy."))
    with pytest.raises(NeedsOperator) as caught:
        load(store, "main")
    assert not isinstance(caught.value, UnreadableStateError)


def test_a_state_holds_happenings_until_they_are_told() -> None:
    """The outbox is part of the state that the happenings come from."""
    document = json.loads(encoded(full()))
    kinds = [Happening.of(entry["happening"]).kind for entry in document["outbox"]]
    assert kinds == ["Problem Opened", "Archive At Risk"]
