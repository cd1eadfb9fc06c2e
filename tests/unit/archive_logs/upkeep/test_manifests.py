from __future__ import annotations

import json
import logging
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from archive_logs.merging import summary
from archive_logs.merging.partitions import EPOCH, Part, Partition
from archive_logs.upkeep.manifests import BACK, key, write_manifests
from integration_logs.bucket import sweeps
from integration_logs.bucket.landing import land
from integration_logs.bucket.sweeps import RETENTION, Sweep
from integration_logs.errors import ContractBroken, TryLater
from tests.crash.process import Inline
from tests.fakes.memory_store import MemoryStore

NOW = datetime(2026, 11, 22, 4, 47, tzinfo=UTC)
TODAY = NOW.date()
SWEPT = NOW - timedelta(minutes=90)
DAY = timedelta(days=1)


def archive(
    store: MemoryStore, day: date, integration_id: int, *ids: int, ids_of: tuple[int, int] | None = None
) -> str:
    """Put an object there with its summary; the object's key."""
    partition = Partition(day, integration_id)
    part = Part(partition, ids_of) if ids_of else Part(partition)
    body = f"Parquet of {ids}".encode()
    store.set(part.key, body)
    etag = next(entry.etag for entry in store.entries(part.key, limit=1))
    document = {
        "version": 1,
        "etag": etag,
        "account": "main",
        "integration_id": integration_id,
        "records": len(ids),
        "first_id": min(ids),
        "last_id": max(ids),
    }
    store.set(summary.key(part.key), json.dumps(document).encode())
    return part.key


def sweep(store: MemoryStore, began: datetime = SWEPT, *, account: str = "main", since: timedelta = RETENTION) -> None:
    """Record a sweep of the account's one stream."""
    ended = began + timedelta(minutes=3)
    sweeps.record(store, account, "account", Sweep("sweep", began, ended, ended - since))


def manifest(store: MemoryStore, day: date) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(store.objects[key(day)])
    return document


def days(store: MemoryStore) -> list[str]:
    """The days that have a manifest."""
    names = sorted(name for name in store.objects if name.startswith("manifests/"))
    return [name.removeprefix("manifests/dt=").removesuffix(".json") for name in names]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """One thread alone: what a test lets happen at a call may ask the store itself."""
    monkeypatch.setattr("archive_logs.upkeep.manifests.ThreadPoolExecutor", Inline)
    return MemoryStore()


# --- what is written -------------------------------------------------------------------------------------------------


def test_a_day_with_all_its_parts(store: MemoryStore) -> None:
    """Each integration of each day is counted over all its objects, and read from their summaries."""
    archive(store, TODAY - DAY, 101, 5, 7, 9)
    archive(store, TODAY - DAY, 101, 11, 12, ids_of=(10, 2**63 - 1))
    archive(store, TODAY - DAY, 102, 6)
    archive(store, EPOCH, 101, 1)
    sweep(store)
    done = write_manifests(store, ["main"], NOW)
    entries = manifest(store, TODAY - DAY)["integrations"]
    assert [(each["integration_id"], each["records"], each["first_id"], each["last_id"]) for each in entries] == [
        (101, 5, 5, 12),
        (102, 1, 6, 6),
    ]
    assert manifest(store, EPOCH)["integrations"][0]["records"] == 1
    assert manifest(store, EPOCH)["state"] == "open"
    assert done.written == len(days(store))
    assert done.incomplete == ()


def test_a_person_can_read_it(store: MemoryStore) -> None:
    """The object is JSON with a line for each integration."""
    archive(store, TODAY, 101, 5)
    archive(store, TODAY, 102, 6)
    sweep(store)
    write_manifests(store, ["main"], NOW)
    text = store.objects[key(TODAY)].decode()
    assert len([line for line in text.splitlines() if '"integration_id"' in line]) == 2
    assert json.loads(text)["accounts"][0]["swept_at"] == "2026-11-22T03:17:00.000000Z"


def test_which_days_are_looked_at(store: MemoryStore) -> None:
    """A first run goes over what Sendcloud has; a quiet day that was swept has a manifest, one to come has none."""
    sweep(store)
    write_manifests(store, ["main"], NOW)
    first = TODAY - RETENTION + DAY  # of the day before it, the sweep had the end only
    assert days(store) == [(first + n * DAY).isoformat() for n in range(30)]
    assert {manifest(store, first + n * DAY)["state"] for n in range(30)} == {"open"}
    archive(store, TODAY + DAY, 101, 5)
    archive(store, TODAY - BACK, 101, 3)
    archive(store, TODAY - BACK - DAY, 101, 2)
    write_manifests(store, ["main"], NOW)
    assert days(store)[0] == (TODAY - BACK).isoformat()
    assert days(store)[-1] == (TODAY + DAY).isoformat()


def test_nothing_new_writes_nothing(store: MemoryStore) -> None:
    """A run that finds what the last one found writes no manifest and reads no summary."""
    archive(store, TODAY, 101, 5)
    sweep(store)
    write_manifests(store, ["main"], NOW)
    store.calls.clear()
    assert write_manifests(store, ["main"], NOW + timedelta(hours=1)).written == 0
    assert store.writes == []
    assert not [name for verb, name in store.calls if verb == "get" and name.startswith("state/summaries/")]


def test_only_what_changed_is_read(store: MemoryStore) -> None:
    """A run asks for the summaries of those objects that are others than before, and for nothing twice."""
    for integration in range(1, 21):
        archive(store, TODAY, integration, integration)
    sweep(store)
    write_manifests(store, ["main"], NOW)
    changed = archive(store, TODAY, 7, 7, 8)
    store.calls.clear()
    write_manifests(store, ["main"], NOW)
    asked = Counter(name for verb, name in store.calls if verb == "get")
    assert [name for name in asked if name.startswith("state/summaries/")] == [summary.key(changed)]
    assert max(asked.values()) == 1
    assert Counter(verb for verb, _ in store.calls) == {"entries": 5, "get": 1 + 35 + 1, "put": 1}
    assert manifest(store, TODAY)["integrations"][6]["records"] == 2


# --- what it takes to be complete ------------------------------------------------------------------------------------


def test_day_by_day_until_it_is_complete(store: MemoryStore) -> None:
    """With a sweep a day, a day is open until Sendcloud has forgotten it, and then complete."""
    day = date(2026, 10, 1)
    start = datetime(2026, 10, 1, 3, 17, tzinfo=UTC)
    states = []
    for number in range(33):
        sweep(store, start + number * DAY)
        done = write_manifests(store, ["main"], start + number * DAY + timedelta(minutes=90))
        states.append(manifest(store, day)["state"])
        assert done.incomplete == ()
    assert states == ["open"] * 31 + ["complete"] * 2
    assert manifest(store, day)["swept_at"] == "2026-10-30T03:17:00.000000Z"
    assert set(days(store)) >= {(day + n * DAY).isoformat() for n in range(-2, 32)}


def test_days_that_no_sweep_reached(store: MemoryStore, caplog: pytest.LogCaptureFixture) -> None:
    """After sweeps have failed for longer than Sendcloud remembers, the days between are there and incomplete."""
    sweep(store)
    write_manifests(store, ["main"], NOW)
    later = NOW + 50 * DAY
    sweep(store, later - timedelta(minutes=90))
    with caplog.at_level(logging.ERROR):
        done = write_manifests(store, ["main"], later)
    lost = [(TODAY + n * DAY).isoformat() for n in range(20)]
    assert list(done.incomplete) == lost
    assert {manifest(store, date.fromisoformat(day))["state"] for day in lost} == {"incomplete"}
    assert f"Day {lost[0]} is incomplete: it was not completely swept in time for main" in caplog.text
    assert manifest(store, TODAY - DAY)["state"] == "complete"
    assert manifest(store, TODAY + 20 * DAY)["state"] == "open"


def test_a_new_archive_is_not_to_blame_for_the_time_before_it(store: MemoryStore) -> None:
    """The day that the first sweep reached in part is incomplete, and nobody is alarmed."""
    border = TODAY - RETENTION
    archive(store, border, 101, 5)
    sweep(store)
    for number in range(3):
        done = write_manifests(store, ["main"], NOW + number * DAY)
        assert done.incomplete == ()
    assert manifest(store, border)["state"] == "incomplete"


@pytest.mark.parametrize(
    ("account", "fetched_at", "counts"),
    [
        ("main", SWEPT, False),
        ("main", SWEPT + timedelta(minutes=3), False),
        ("main", SWEPT + timedelta(minutes=4), True),
        ("second", SWEPT - DAY, True),
    ],
)
def test_what_waits_in_landing(store: MemoryStore, account: str, fetched_at: datetime, counts: bool) -> None:
    """A sweep counts once all of the account that was fetched until its end is archived; others' do not matter."""
    sweep(store)
    land(store, [b"{}\n"], account=account, stream="account", fetched_at=fetched_at)
    write_manifests(store, ["main"], NOW)
    found = manifest(store, TODAY)["swept_at"] if key(TODAY) in store.objects else None
    assert (found is not None) is counts


def test_more_waits_than_is_looked_at(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a backlog of other accounts there may be more of this one: no sweep younger than that counts."""
    monkeypatch.setattr("archive_logs.upkeep.manifests._WAITING", 2)
    sweep(store)
    for number in range(3):
        land(store, [b"%d\n" % number], account="second", stream="account", fetched_at=SWEPT - DAY)
    write_manifests(store, ["main"], NOW)
    assert manifest(store, TODAY)["swept_at"] is None


def test_an_object_that_is_not_understood_may_be_anybodys(store: MemoryStore) -> None:
    """Where a landing object has no usable name, no sweep counts."""
    sweep(store)
    store.set("landing/odd", b"")
    write_manifests(store, ["main"], NOW)
    assert manifest(store, TODAY)["swept_at"] is None


def test_the_sweeps_are_read_first_and_the_archive_last(store: MemoryStore) -> None:
    """A sweep that ends while the manifest is made does not count yet, and what it landed is not missed."""
    yesterday = SWEPT - DAY
    sweep(store, yesterday)

    def meanwhile(_: str) -> None:
        sweep(store)
        land(store, [b"{}\n"], account="main", stream="account", fetched_at=SWEPT)

    store.at(verb="entries", prefix="landing/", before=meanwhile)
    store.at(verb="entries", prefix="logs/", before=lambda _: archive(store, TODAY, 101, 5))
    write_manifests(store, ["main"], NOW)
    document = manifest(store, TODAY - DAY)
    assert document["swept_at"] == "2026-11-21T03:17:00.000000Z"
    assert manifest(store, TODAY)["integrations"][0]["records"] == 1


def test_a_summary_of_before(store: MemoryStore) -> None:
    """Between an object and its new summary the integration is open, without a count."""
    name = archive(store, TODAY, 101, 5)
    sweep(store)
    store.set(name, b"a newer object")
    write_manifests(store, ["main"], NOW)
    (entry,) = manifest(store, TODAY)["integrations"]
    assert (entry["records"], entry["state"]) == (None, "open")
    assert "no summary" in entry["note"]


# --- faults ----------------------------------------------------------------------------------------------------------


def test_two_runs_at_once(store: MemoryStore) -> None:
    """A run that another one overtakes goes on from what that has written, and nothing goes back."""
    archive(store, TODAY, 101, 5)
    sweep(store, SWEPT - DAY)
    write_manifests(store, ["main"], NOW - DAY)
    sweep(store)

    def other(_: str) -> None:
        write_manifests(store, ["main"], NOW)

    store.at(verb="put", prefix="manifests/", before=other)
    write_manifests(store, ["main"], NOW)
    assert manifest(store, TODAY)["swept_at"] == "2026-11-22T03:17:00.000000Z"


def test_an_older_run_is_overtaken(store: MemoryStore) -> None:
    """A run that knows of an older sweep only does not undo what a younger one has written."""
    archive(store, TODAY, 101, 5)
    sweep(store, SWEPT - DAY)

    def other(_: str) -> None:
        sweep(store)
        write_manifests(store, ["main"], NOW)

    store.at(verb="put", prefix="manifests/", before=other)
    write_manifests(store, ["main"], NOW)
    assert manifest(store, TODAY)["swept_at"] == "2026-11-22T03:17:00.000000Z"
    assert {manifest(store, TODAY - n * DAY)["swept_at"] for n in range(25)} == {"2026-11-22T03:17:00.000000Z"}


def test_a_run_that_dies_is_made_good(store: MemoryStore) -> None:
    """Wherever a run stops, the next one writes what an undisturbed one would have."""
    archive(store, TODAY, 101, 5)
    sweep(store)
    undisturbed = MemoryStore()
    undisturbed.objects = dict(store.objects)
    write_manifests(undisturbed, ["main"], NOW)
    for verb, most in (("entries", 4), ("get", 40), ("put", 30)):
        for nth in range(1, most + 1):
            disturbed = MemoryStore()
            disturbed.objects = dict(store.objects)
            disturbed.fail(nth, verb=verb, took_effect=nth % 2 == 0)
            try:
                write_manifests(disturbed, ["main"], NOW)
            except TryLater:
                disturbed.calm()
                write_manifests(disturbed, ["main"], NOW)
            assert disturbed.objects == undisturbed.objects, (verb, nth)


def test_a_damaged_manifest_holds_up_no_other(store: MemoryStore) -> None:
    """A day whose manifest cannot be read is left as it is and named, after all the others were written."""
    sweep(store)
    store.set(key(TODAY - DAY), b"{")
    with pytest.raises(ContractBroken, match=f"{key(TODAY - DAY)} is no manifest"):
        write_manifests(store, ["main"], NOW)
    assert store.objects[key(TODAY - DAY)] == b"{"
    assert manifest(store, TODAY)["state"] == manifest(store, TODAY - 2 * DAY)["state"] == "open"
    later = NOW + 40 * DAY
    write_manifests(store, ["main"], later)  # by now it is none of the last days


def test_a_race_without_end(store: MemoryStore) -> None:
    """A manifest that others keep replacing is given up with an error, not in silence."""
    sweep(store)
    write_manifests(store, ["main"], NOW)
    sweep(store, NOW)
    theirs = store.objects[key(TODAY)]
    for number in range(1, 9):
        store.lose(number, to=theirs + b" " * number, prefix=key(TODAY))
    with pytest.raises(TryLater, match=key(TODAY)):
        write_manifests(store, ["main"], NOW + timedelta(hours=1))


def test_accounts_side_by_side(store: MemoryStore) -> None:
    """Each configured account is in it; one that was never swept keeps the day from being swept."""
    sweep(store)
    write_manifests(store, ["main", "second"], NOW)
    document = manifest(store, TODAY)
    assert [(each["account"], each["swept_at"]) for each in document["accounts"]] == [
        ("main", "2026-11-22T03:17:00.000000Z"),
        ("second", None),
    ]
    assert document["swept_at"] is None
