"""What check_status reads of archive_logs' summaries."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from archive_logs.merging.partitions import EPOCH
from check_status.problems.listing import Listing
from check_status.problems.summaries import PREFIX, UNDATED, day, first_day
from integration_logs.errors import TryLater
from tests.fakes.memory_store import MemoryStore
from tests.unit.check_status.summarised import DAY, NOON, TODAY, body, found, summary

SSL = summary(ssl=found(NOON))


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def put(store: MemoryStore, rest: str, content: bytes | None = None) -> None:
    store.set(f"{PREFIX}{rest}.json", body(SSL) if content is None else content)


def look(store: MemoryStore, seen: dict[str, str] | None = None, account: str = "main") -> Any:
    return Listing.of(store, NOON, {}).look(account, seen or {})


def test_what_is_new_is_read_as_it_was_written(store: MemoryStore) -> None:
    """A summary is taken in whole, under its name, once: with its etag seen it is not read again."""
    put(store, TODAY)
    first = look(store)
    assert first.changed[TODAY].problems == SSL.problems
    assert (first.changed[TODAY].account, first.changed[TODAY].integration_id) == ("main", 101)
    seen = first.taken_in({})
    assert look(store, seen).changed == {}
    put(store, TODAY, body(summary(ssl=found(NOON, NOON))))
    again = look(store, seen)
    assert again.changed[TODAY].problems["ssl"].records == 2
    assert look(store, again.taken_in(seen)).changed == {}


def test_an_idle_look_reads_nothing(store: MemoryStore) -> None:
    """Where nothing has changed a check costs two listings, and no read once the owners are known."""
    put(store, TODAY)
    seen, owners = look(store).taken_in({}), {101: "main"}
    store.calls.clear()
    Listing.of(store, NOON, owners).look("main", seen)
    assert [verb for verb, _ in store.calls] == ["entries", "entries"]


def test_the_window(store: MemoryStore) -> None:
    """The last 31 days, days to come, parts and the undated count; older days, and what is no summary, do not."""
    counted = [
        TODAY,
        "dt=2026-10-22/integration-101",
        "dt=2026-11-30/integration-101",
        "dt=2026-11-22/integration-101.ids-5-9",
        "dt=2020-01-01/integration-101",
    ]
    for rest in (*counted, "dt=2026-10-21/integration-101", "dt=2025-11-22/integration-101", "dt=2026-11-22/other"):
        put(store, rest)
    assert look(store).rests == set(counted)


def test_the_days_of_names() -> None:
    """A name tells its day; the undated partition has none and is the archive's."""
    assert day("dt=2026-11-22/integration-101.ids-5-9") == date(2026, 11, 22)
    assert day("dt=2020-01-01/integration-101") is None
    assert f"dt={EPOCH}/" == UNDATED
    assert first_day(NOON) == (NOON - 31 * DAY).date()


def test_each_account_has_its_own(store: MemoryStore) -> None:
    """An integration is whose newest summary says; nobody reads another account's summaries again and again."""
    put(store, "dt=2026-11-21/integration-101", body(summary(account="old name")))
    put(store, TODAY)
    put(store, "dt=2026-11-22/integration-102", body(summary(102, account="second")))
    listing = Listing.of(store, NOON, {})
    assert listing.look("main", {}).rests == {TODAY, "dt=2026-11-21/integration-101"}
    assert listing.look("second", {}).rests == {"dt=2026-11-22/integration-102"}
    assert listing.look("old name", {}).rests == set()
    assert listing.owners == {101: "main", 102: "second"}


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        body(SSL).replace(b'"version": 1', b'"version": 2'),
        body(SSL).replace(b"2026-11-22T12:00:00", b"never"),
        body(SSL).replace(b'"records": 1,', b'"records": null,'),
    ],
)
def test_a_summary_that_cannot_be_read(store: MemoryStore, broken: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """It is told of, hides no other, and is tried again at the next look: it has not been seen."""
    put(store, TODAY, broken)
    put(store, "dt=2026-11-21/integration-101")
    found_ = look(store)
    assert set(found_.changed) == {"dt=2026-11-21/integration-101"}
    assert f"{TODAY}.json is not a summary" in caplog.text
    put(store, TODAY)
    assert TODAY in look(store, found_.taken_in({})).changed


def test_what_is_gone_is_no_longer_seen(store: MemoryStore) -> None:
    """What vanished, or left the window, does not stay in the state for ever."""
    put(store, TODAY)
    assert look(store).taken_in({"dt=2026-10-01/integration-101": "x"}).keys() == {TODAY}


def test_a_summary_that_vanishes_while_it_is_read(store: MemoryStore) -> None:
    """Between listing and reading an object may go: that is no failure."""
    put(store, TODAY)
    listing = Listing.of(store, NOON, {101: "main"})
    store.objects.clear()
    assert listing.look("main", {}).changed == {}


def test_a_store_that_fails_is_no_silence(store: MemoryStore) -> None:
    """Where the store fails the look fails: nothing is taken for absent."""
    put(store, TODAY)
    listing = Listing.of(store, NOON, {101: "main"})
    store.fail(verb="get")
    with pytest.raises(TryLater):
        listing.look("main", {})


def test_the_fields_are_the_contracts() -> None:
    """What the tests read is what the archive writes: every field of a problem is known here."""
    (problem,) = json.loads(body(SSL))["problems"].values()
    assert set(problem) == set(SSL.problems["ssl"].__dataclass_fields__)
