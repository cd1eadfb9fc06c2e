"""Looks at an archive of which there is no time to read everything at once; time goes by reads."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from check_status.check.observation import Observation
from check_status.check.state import State, decoded, encoded
from check_status.check.step import answer, step
from check_status.problems import listing as listing_module
from check_status.problems.listing import AT_ONCE, Listing, Reader
from check_status.problems.summaries import PREFIX, Look
from integration_logs.errors import NeedsOperator, TryLater
from tests.fakes.memory_store import MemoryStore
from tests.unit.check_status.check.test_step import said, shop
from tests.unit.check_status.checks import RULES
from tests.unit.check_status.summarised import DAY, HOUR, NOON, body, found, summary

LATENCY = 0.025
"""Seconds that S3 takes for a read, in simulated time."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is looked at after every second read."""
    monkeypatch.setattr(listing_module, "_BATCH", 2)


def archive(days: int = 5, *integrations: int, account: str = "main") -> MemoryStore:
    """A summary for each of the days up to today; a problem that goes on, and one that is of the oldest day alone."""
    store = MemoryStore()
    for id_ in integrations or (101, 102, 103):
        for ago in range(days):
            at = NOON - ago * DAY - HOUR / 2
            problems = {f"goes-on-{id_}": found(at, paths=(f"/orders/{ago}",), sample_ids=(100 - ago,))}
            if ago == days - 1:
                problems[f"old-{id_}"] = found(at)
            put(store, f"dt={at:%Y-%m-%d}/integration-{id_}", body(summary(id_, account, **problems)))
    return store


def put(store: MemoryStore, rest: str, content: bytes) -> None:
    store.set(f"{PREFIX}{rest}.json", content)


def gets(store: MemoryStore) -> list[str]:
    return [key.removeprefix(PREFIX) for verb, key in store.calls if verb == "get"]


@dataclass
class Checks:
    """Checks of one account, each with time for so many reads; the state goes through JSON each time."""

    store: MemoryStore
    ids: tuple[int, ...] = (101, 102, 103)
    state: State = field(default_factory=lambda: State("main", watching_since=NOON))
    told: list[tuple[str, str]] = field(default_factory=list)
    owners: dict[int, str] = field(default_factory=dict)
    now: Any = NOON

    def check(self, reads: int = 1_000_000) -> Look:
        until = len(gets(self.store)) + reads
        reader = Reader(self.store.get, goes_on=lambda: len(gets(self.store)) < until)
        listing = Listing.of(self.store, self.now, self.owners, reader)
        if listing.has_strangers:
            listing.claim("main", self.state.seen)
        look = listing.look("main", self.state.seen, self.state.first_look.next if self.state.first_look else 0)
        reader.close()
        observed = Observation("main", self.now, [shop(id_, self.now) for id_ in self.ids], said(self.now))
        after, happened = step(self.state, observed, look, RULES)
        self.state = decoded(json.loads(encoded(after)), "main", None)
        assert self.state == after
        self.told += [(each.kind, each.subject) for each in happened if each.kind.startswith("Problem")]
        return look


def known(state: State) -> Any:
    """What is known of the problems, apart from when it was found out."""
    return {
        name: replace(each, episodes=tuple(replace(episode, opened_at=NOON) for episode in each.episodes))
        for name, each in state.problems.items()
    }


# --- what a look that is cut says, and keeps -------------------------------------------------------------------------


def test_nothing_is_told_of_what_is_not_wholly_read() -> None:
    """While a summary of an integration is unread it has no first verdict and no problem begins or ends."""
    checks = Checks(archive(5, 101), (101,), State("main", watching_since=NOON - 20 * DAY))
    look = checks.check(reads=3)
    assert (len(look.changed), look.unread) == (2, {101})
    assert (checks.told, set(checks.state.checks)) == ([], {"account"})
    assert answer(checks.state)["first_look"] == {"read": 2, "of": 5}
    checks.check()
    assert sorted(checks.told) == [("Problem Opened", "goes-on-101"), ("Problem Opened", "old-101")]
    assert answer(checks.state)["first_look"] is None
    assert "integration-101" in checks.state.checks


def test_one_integration_waits_for_no_other() -> None:
    """What is wholly read is judged and told at once, whatever is still to be read of others."""
    checks = Checks(archive(5, 101, 102), (101, 102))
    look = checks.check(reads=8)
    assert look.unread == {102}
    assert checks.told == [("Problem Opened", "goes-on-101")]
    assert set(checks.state.checks) == {"account", "integration-101"}


def test_nothing_is_solved_on_half_an_archive() -> None:
    """An open problem whose newest summary has not been read is not over, and a known integration is judged on."""
    store = archive(3, 101)
    checks = Checks(store, (101,))
    checks.check()
    checks.now = NOON + DAY
    again = {"goes-on-101": found(checks.now)}
    put(store, f"dt={checks.now:%Y-%m-%d}/integration-101", body(summary(101, **again)))
    checks.check(reads=0)
    checks.check(reads=0)
    assert [kind for kind, _ in checks.told] == ["Problem Opened"]
    assert checks.state.checks["integration-101"]["checked_at"] == "2026-11-23T12:00:00.000000Z"
    checks.check()
    assert [kind for kind, _ in checks.told] == ["Problem Opened"]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 7), max_size=12))
def test_a_cut_at_any_moment_loses_nothing(cuts: list[int]) -> None:
    """However looks are cut: the same problems are known and told as without a cut, the oldest too, none twice."""
    whole, cut = Checks(archive()), Checks(archive())
    whole.check()
    for reads in cuts:
        cut.owners.clear()  # each check is a cold start
        before = len(cut.state.seen)
        cut.check(reads)
        assert len(cut.state.seen) >= before
    cut.check()
    assert known(cut.state) == known(whole.state)
    assert cut.state.seen == whole.state.seen
    assert sorted(cut.told) == sorted(whole.told)


def test_each_summary_is_read_once() -> None:
    """Looks that go on where the last stopped read nothing again, but the summary that said whose an integration is."""
    store = archive(6)
    checks = Checks(store)
    while not checks.state.checks or checks.state.first_look:
        checks.check(reads=6)
    assert len(gets(store)) <= len(store.objects) + 3
    calls = len(gets(store))
    checks.check()
    assert len(gets(store)) == calls


def test_the_next_look_begins_where_the_last_one_stopped() -> None:
    """Where there is never time for all that changes, every integration has its turn."""
    ids = tuple(range(101, 109))
    store = archive(1, *ids)
    checks = Checks(store, ids)
    checks.check()
    turns = set()
    for nth in range(4):
        for id_ in ids:
            changed = {"goes-on": found(*[NOON] * (nth + 2))}
            put(store, f"dt=2026-11-22/integration-{id_}", body(summary(id_, **changed)))
        turns |= set(checks.check(reads=2).changed)
    assert len(turns) == len(ids)


def test_what_nobody_has_been_read_for_yet_is_kept() -> None:
    """While it is not known whose an integration is, what was seen of it stays seen, and it is judged by nobody."""
    checks = Checks(archive(3, 101, 102), (101, 102))
    checks.check(reads=4)
    seen = dict(checks.state.seen)
    assert seen
    checks.owners.clear()
    look = checks.check(reads=0)
    assert checks.state.seen == seen
    assert 102 in look.unread


# --- how it is read --------------------------------------------------------------------------------------------------


def test_reads_are_side_by_side() -> None:
    """As many reads as there are threads are on their way at once."""
    store = archive(31, 101, 102)
    every = threading.Barrier(AT_ONCE, timeout=20)
    entries = store.entries(PREFIX, limit=AT_ONCE)

    def get(key: str) -> Any:
        every.wait()
        return store.get(key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listing_module, "_BATCH", AT_ONCE)
        assert len(Reader(get).read(entries)) == AT_ONCE


def test_time_is_kept() -> None:
    """With S3's latency, in simulated time: a look ends within a batch of its time, however much there is to read."""
    store, clock = archive(31), [0.0]
    batch = 2 * LATENCY

    def get(key: str) -> Any:
        clock[0] += LATENCY
        return store.get(key)

    reader = Reader(get, goes_on=lambda: clock[0] < 1.0)
    look = Listing.of(store, NOON, {}, reader).look("main", {})
    assert 1.0 <= clock[0] <= 1.0 + batch
    assert look.waiting
    assert len(look.changed) + len(look.waiting) == len(store.objects)


def test_memory_is_kept() -> None:
    """A check reads so many bytes of summaries and no more."""
    store = archive(31, 101)
    size = max(map(len, store.objects.values()))
    reader = Reader(store.get, _bytes_left=10 * size)
    assert 10 <= len(Listing.of(store, NOON, {101: "main"}, reader).look("main", {}).changed) < 31


def test_a_failing_read_keeps_what_was_read() -> None:
    """Where the store fails in between, the rest waits for the next check; where it refuses, that is said."""
    store = archive(6, 101)
    store.fail(4, verb="get", error=TryLater("SlowDown"))
    listing = Listing.of(store, NOON, {101: "main"})
    look = listing.look("main", {})
    assert 2 <= len(look.changed) < 6
    assert look.unread == {101}
    store.fail(verb="get", error=NeedsOperator("Policy."))
    with pytest.raises(NeedsOperator):
        Listing.of(store, NOON, {101: "main"}).look("main", {})


def test_nothing_is_taken_in_before_what_is_older() -> None:
    """The newest summary, read to know whose the integration is, waits for an older one that could not be read."""
    store = archive(2, 101)
    store.fail(2, verb="get", error=TryLater("SlowDown"))
    look = Listing.of(store, NOON, {}).look("main", {})
    assert (look.changed, look.waiting) == ({}, ("dt=2026-11-21/integration-101", "dt=2026-11-22/integration-101"))


# --- whose it is -----------------------------------------------------------------------------------------------------


def test_a_cold_start_reads_nothing_to_know_whose_an_integration_is() -> None:
    """Whose newest summary an account has seen is its own."""
    store = archive()
    seen = Listing.of(store, NOON, {}).look("main", {}).taken_in({})
    store.calls.clear()
    listing = Listing.of(store, NOON, {})
    listing.claim("main", seen)
    assert not listing.has_strangers
    assert (listing.look("main", seen).changed, gets(store)) == ({}, [])


def test_an_integration_that_moves() -> None:
    """From the moment that its newest summary names another account it is that account's."""
    store, owners = archive(2, 101), {101: "main"}
    at = NOON + timedelta(minutes=1)
    put(store, f"dt={at:%Y-%m-%d}/integration-101", body(summary(101, "second", moved=found(at))))
    listing = Listing.of(store, NOON, owners)
    assert listing.look("main", {}) == Look(frozenset(), {})
    assert len(listing.look("second", {}).changed) == 2
