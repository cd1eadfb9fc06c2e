from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from fetch_logs.plan import Mode, WalkOrder
from fetch_logs.stream import batch
from integration_logs.bucket.sweeps import RETENTION, Listed, Sweep, Swept, prefix, read, record, record_listed
from integration_logs.errors import TryLater
from tests.fakes.memory_store import MemoryStore
from tests.unit.fetch_logs.walking import NOON, Surroundings, checkpoint, landed_ids, surroundings

BEGAN = datetime(2026, 11, 22, 3, 17, tzinfo=UTC)
ENDED = BEGAN + timedelta(minutes=3)
SWEEP = Sweep("sweep", BEGAN, ENDED, ENDED - RETENTION)
KEY = "state/fetch/main/sweeps/account.json"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Surroundings]:
    monkeypatch.setattr(batch, "BATCH_ROWS", 30)
    with surroundings() as here:
        yield here


def swept(store: MemoryStore, account: str = "main") -> Swept:
    """What the store says of the account's sweeps."""
    found = {key: body for key, body in store.objects.items() if key.startswith(prefix(account))}
    return read(account, found)


# --- the record ------------------------------------------------------------------------------------------------------


def test_a_person_can_read_it() -> None:
    """A record is JSON that names the stream, the mode and the times, and is read back as it was."""
    store = MemoryStore()
    record(store, "main", "account", SWEEP)
    assert json.loads(store.objects[KEY]) == {
        "version": 1,
        "stream": "account",
        "mode": "sweep",
        "began_at": "2026-11-22T03:17:00.000000Z",
        "ended_at": "2026-11-22T03:20:00.000000Z",
        "since": "2026-10-23T03:20:00.000000Z",
    }
    assert swept(store) == Swept({"account": SWEEP})


def test_the_last_sweep_and_the_first_ones_reach_stay() -> None:
    """A sweep that began later replaces the record, one that began before it does not; the first one's reach stays."""
    store = MemoryStore()
    later = Sweep("full", BEGAN + timedelta(days=1), ENDED + timedelta(days=1), SWEEP.since + timedelta(days=1))
    record(store, "main", "account", SWEEP)
    record(store, "main", "account", later)
    expected = Sweep("full", later.began_at, later.ended_at, SWEEP.since)
    assert swept(store).streams["account"] == expected
    record(store, "main", "account", Sweep("sweep", BEGAN + timedelta(hours=1), later.ended_at, SWEEP.since))
    assert swept(store).streams["account"] == expected


@pytest.mark.parametrize("theirs", [BEGAN - timedelta(hours=1), BEGAN + timedelta(hours=1)])
def test_two_sweeps_record_at_once(theirs: datetime) -> None:
    """Whoever writes first, the sweep that began later is the one that is on record."""
    other = MemoryStore()
    record(other, "main", "account", Sweep("sweep", theirs, ENDED, SWEEP.since))
    store = MemoryStore()
    store.lose(to=other.objects[KEY])
    record(store, "main", "account", SWEEP)
    assert swept(store).streams["account"].began_at == max(theirs, BEGAN)


def test_a_race_without_end() -> None:
    """A record that others keep replacing is given up with an error, not in silence."""
    store = MemoryStore()
    for number in range(1, 10):
        store.lose(number, to=b"%d" % number)
    with pytest.raises(TryLater, match=KEY):
        record(store, "main", "account", SWEEP)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b'{"version": 2}', b"\xff"])
def test_what_cannot_be_read_says_nothing(body: bytes) -> None:
    """An unreadable record is no sweep, and is written anew by the next one; so is an unreadable list."""
    store = MemoryStore()
    store.set(KEY, body)
    store.set(f"{prefix('main')}listed.json", body)
    assert swept(store) == Swept()
    record(store, "main", "account", SWEEP)
    record_listed(store, "main", [7, 3], at=BEGAN)
    assert swept(store) == Swept({"account": SWEEP}, Listed(BEGAN, (3, 7)))


def test_a_sweep_reaches_as_far_back_as_sendcloud_did_when_it_ended() -> None:
    """What Sendcloud deleted while the sweep was under way, it may not have met."""
    assert SWEEP.reaches(ENDED - RETENTION)
    assert not SWEEP.reaches(BEGAN - RETENTION)


# --- which walks are recorded ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["newest", "oldest", "shuffled"])
@pytest.mark.parametrize("mode", ["sweep", "full"])
def test_a_sweep_that_came_to_its_end_is_recorded(here: Surroundings, mode: Mode, order: str) -> None:
    """A sweep and a full walk are on record with the time before their first page, in any order of pages."""
    here.walk()
    here.sandbox.modes(order=order)
    here.time.forward(hours=1)
    here.walk(task=mode)
    sweep = swept(here.store).streams["account"]
    assert (sweep.mode, sweep.began_at) == (mode, here.time.now)


def test_a_first_tick_is_recorded_and_later_ones_are_not(here: Surroundings) -> None:
    """A tick that had no watermark to stop at saw all that there was; one that had any saw only what is new."""
    here.walk()
    first = swept(here.store).streams["account"]
    assert (first.mode, first.began_at, first.since) == ("tick", NOON, NOON - RETENTION)
    here.time.forward(minutes=5)
    here.plant({"created_at": here.time.ago(minutes=1)})
    here.walk()
    assert swept(here.store).streams["account"] == first


def test_a_sweep_over_several_invocations_began_with_the_first(here: Surroundings) -> None:
    """What is recorded is when the first invocation asked for the first page, and only once the last one is done."""
    while not here.walk(task="sweep", pages=2).walked.complete:
        assert swept(here.store) == Swept()
        here.time.forward(minutes=10)
    sweep = swept(here.store).streams["account"]
    assert (sweep.began_at, sweep.ended_at) == (NOON, here.time.now)
    assert here.time.now > NOON
    assert sweep.since == sweep.ended_at - RETENTION  # what was deleted meanwhile it may have missed


def test_a_sweep_whose_beginning_is_not_known_is_not_recorded(here: Surroundings) -> None:
    """A walk that an older version has begun ends without a record: nobody knows from when on it holds."""
    here.walk(task="sweep", pages=2)
    key = "state/fetch/main/account.sweep.json"
    document = json.loads(here.store.objects[key])
    del document["unfinished"]["began_at"]
    here.store.set(key, json.dumps(document).encode())
    assert here.walk(task="sweep").walked.complete
    assert swept(here.store) == Swept()


def test_a_sweep_that_failed_is_not_recorded(here: Surroundings) -> None:
    """Neither a page that cannot be had nor rows that do not land make a sweep."""
    here.sandbox.fault("cut", every=3, count=1)
    assert here.walk(task="sweep").failures
    assert swept(here.store) == Swept()
    here.sandbox.clear_faults()
    here.store.fail(prefix="landing/", verb="put", nth=1)
    here.store.fail(prefix="landing/", verb="put", nth=2)
    assert here.walk(task="sweep").failures
    assert swept(here.store) == Swept()


def test_everything_has_landed_before_the_record(here: Surroundings) -> None:
    """At the moment of the record each record is in landing; the checkpoint moves after it."""
    missing: list[set[int]] = []

    def look(_: str) -> None:
        assert checkpoint(here.store, "account.sweep").completed_at is None
        missing.append({*here.truth()} - {*landed_ids(here.store)})

    here.store.at(verb="put", prefix=KEY, before=look)
    assert here.walk(task="sweep").walked.complete
    assert missing == [set()]


def test_a_record_that_was_not_written_is_written_by_the_next_sweep(here: Surroundings) -> None:
    """A store that fails at the record fails the walk, and the next one makes it good."""
    here.store.fail(prefix=KEY, verb="put")
    assert isinstance(here.walk(task="sweep").failures["account"], TryLater)
    assert swept(here.store) == Swept()
    assert not here.walk(task="sweep").failures
    assert "account" in swept(here.store).streams


def test_each_integrations_own_stream_is_recorded_and_which_there_were(here: Surroundings) -> None:
    """A sweep of an account by its integrations leaves a record of each, and of the list before any of them began."""
    here.walk("integration", task="sweep")
    found = swept(here.store)
    assert set(found.streams) == {f"integration-{id_}" for id_ in here.ids}
    assert found.listed == Listed(NOON, tuple(sorted(here.ids)))


def test_a_continued_sweep_keeps_the_list_that_it_began_with(here: Surroundings) -> None:
    """A later invocation does not list anew: what came in between may have an id that was passed already."""
    cut = here.walk("integration", task="sweep", pages=2)
    assert cut.cut_at is not None
    here.time.forward(minutes=1)
    rest = cut.rest(WalkOrder("main", "sweep"))
    here.walk("integration", order=rest)
    listed = swept(here.store).listed
    assert listed is not None
    assert listed.at == NOON


def test_a_tick_lists_nothing(here: Surroundings) -> None:
    """A tick over the integrations writes no list: an idle one writes nothing."""
    here.walk("integration")
    assert swept(here.store).listed is None
