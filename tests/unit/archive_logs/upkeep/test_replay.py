from __future__ import annotations

import logging
from dataclasses import replace as changed
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from archive_logs.merging import backlog
from archive_logs.merging.backlog import Archived, work_off
from archive_logs.orders import Order
from archive_logs.upkeep.replay import Replayed, replay
from integration_logs.bucket.landing import encode, land
from integration_logs.errors import NeedsOperator, TryLater
from tests.fakes.memory_store import MemoryStore
from tests.unit.archive_logs.archive_rows import FETCHED, archive, archived_ids, keys, packed, row

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration_logs.records.rows import Row

DAY = date(2026, 11, 20)
"""Of ``row`` unless it says otherwise."""
EARLIEST = "2026-11-22T12:00:00.000000Z"
KEY = "logs/dt=2026-11-20/integration-7.parquet"
YESTERDAY = "2026-11-19T10:00:00Z"


def an_hour() -> float:
    return 3600.0


def no_time() -> float:
    return 0.0


def these(first: date = DAY, last: date | None = None) -> Order:
    return Order("replay", (first, last or first))


def landed(store: MemoryStore, *rows: Row, at: datetime = FETCHED) -> str:
    """Land the rows as the fetcher does."""
    return land(store, [encode(each) for each in rows], account="main", stream="account", fetched_at=at)


@pytest.fixture
def store() -> MemoryStore:
    """Two pages that were archived: three records of one day, one of the day before, and one that is in quarantine."""
    store = MemoryStore()
    landed(store, row(1), row(2), row(None))
    landed(store, row(3), row(4, created_at=YESTERDAY), at=FETCHED + timedelta(minutes=1))
    work_off(store, an_hour)
    assert keys(store, "landing/") == []
    return store


def damage(store: MemoryStore, *rows: Row, key: str = KEY) -> None:
    """Put an object with just these rows in the archive's place, as somebody may by hand."""
    other = MemoryStore()
    landed(other, *rows)
    work_off(other, an_hour)
    store.set(key, other.objects[key])


def exceptions(store: MemoryStore) -> dict[int, str]:
    return {each["id"]: each["exception"] for rows in archive(store).values() for each in rows}


# --- what comes back -------------------------------------------------------------------------------------------------


def test_what_was_lost_is_archived_again(store: MemoryStore) -> None:
    """Records that the archive has lost are there again, from landing objects that were deleted long ago."""
    damage(store, row(1))
    assert archived_ids(store) == [1, 4]
    assert replay(store, these(), an_hour) == Replayed(objects=2, rows=2, partitions=1, earliest=EARLIEST, after="")
    assert archived_ids(store) == [1, 2, 3, 4]
    assert keys(store, "landing/") == []


def test_a_lost_object_is_archived_again(store: MemoryStore) -> None:
    """An object that is gone from the archive altogether is made anew."""
    before = archive(store)
    del store.objects[KEY]
    assert replay(store, these(), an_hour).rows == 3
    assert archive(store) == before


def test_a_damaged_row_is_written_as_it_landed(store: MemoryStore) -> None:
    """Of a record that is archived and that landed, the row that landed stays."""
    damage(store, row(1, exception="damaged"), row(2), row(3, fetched_at=FETCHED))
    assert replay(store, these(), an_hour) == Replayed(2, 0, 1, EARLIEST, "")
    assert exceptions(store)[1] is None


def test_what_cannot_be_recovered_stays(store: MemoryStore) -> None:
    """Archived rows of which no landing object is left stay: an object is replaced by a superset of its ids."""
    for key in keys_of_versions(store):
        store.forget(key)
    landed(store, row(5), at=FETCHED + timedelta(minutes=2))
    replay(store, these(), an_hour)
    assert archived_ids(store) == [1, 2, 3, 4, 5]


def test_a_whole_archive_is_not_written(store: MemoryStore) -> None:
    """Where nothing is missing nothing is written, in the archive, in landing or in quarantine."""
    store.calls.clear()
    assert replay(store, these(), an_hour) == Replayed(2, 0, 0, EARLIEST, "")
    assert store.writes == []


def test_only_the_days_that_were_asked_for(store: MemoryStore) -> None:
    """Other days' objects are not touched, though their rows landed in the same objects."""
    damage(store, row(1))
    before = store.objects["logs/dt=2026-11-19/integration-7.parquet"]
    store.set("logs/dt=2026-11-19/integration-7.parquet", b"another day's")
    replay(store, these(), an_hour)
    assert store.objects["logs/dt=2026-11-19/integration-7.parquet"] == b"another day's"
    store.set("logs/dt=2026-11-19/integration-7.parquet", before)
    assert archived_ids(store) == [1, 2, 3, 4]


def test_a_range_of_days(store: MemoryStore) -> None:
    """From the first day to the last, both included."""
    for key in keys(store, "logs/"):
        del store.objects[key]
    assert replay(store, these(date(2026, 11, 19), DAY), an_hour).rows == 4


def test_a_late_record(store: MemoryStore) -> None:
    """A record of the day that landed weeks later is replayed too."""
    landed(store, row(9), at=FETCHED + timedelta(days=25))
    work_off(store, an_hour)
    del store.objects[KEY]
    replay(store, these(), an_hour)
    assert archived_ids(store) == [1, 2, 3, 4, 9]


def test_what_was_fetched_before_the_days_is_not_read(store: MemoryStore) -> None:
    """Objects that were fetched before the first day hold none of its records; a day is left for clocks that differ."""
    later = these(date(2026, 11, 24))
    assert replay(store, later, an_hour).objects == 0
    assert not [call for call in store.calls if call[0] == "recover"]
    assert replay(store, these(date(2026, 11, 23)), an_hour).objects == 2


def test_records_without_a_day(store: MemoryStore) -> None:
    """The archive's first day stands for what has none, whenever it was fetched."""
    landed(store, row(5, created_at=None))
    work_off(store, an_hour)
    del store.objects["logs/dt=2020-01-01/integration-7.parquet"]
    assert replay(store, these(date(2020, 1, 1)), an_hour).rows == 1


def test_quarantine_is_left_alone(store: MemoryStore) -> None:
    """What is in quarantine, rows and whole objects, is not put there again, and holds up nothing."""
    store.set("landing/2026-12-broken.ndjson.gz", b"no gzip")
    work_off(store, an_hour)
    for key in keys(store, "quarantine/"):
        del store.objects[key]
    damage(store, row(1))
    replay(store, these(), an_hour)
    assert keys(store, "quarantine/") == []
    assert archived_ids(store) == [1, 2, 3, 4]


def test_what_waits_in_landing_may_be_in_it(store: MemoryStore) -> None:
    """Landing objects that wait for the archiver are merged like the others, and stay for it."""
    waiting = landed(store, row(5), at=FETCHED + timedelta(minutes=5))
    assert replay(store, these(), an_hour).rows == 1
    assert keys(store, "landing/") == [waiting]
    assert work_off(store, an_hour) == Archived(objects=1)


# --- what it says ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("day", "warned"), [(DAY, True), (date(2026, 11, 22), False), (date(2026, 11, 23), False)])
def test_a_range_before_what_is_recoverable(
    store: MemoryStore, caplog: pytest.LogCaptureFixture, day: date, warned: bool
) -> None:
    """Where the oldest landing object left was fetched after the first day, the log says so; the answer says when."""
    with caplog.at_level(logging.WARNING):
        assert replay(store, these(day), an_hour).earliest == EARLIEST
    assert [each.levelname for each in caplog.records] == ["WARNING"] * warned


def test_nothing_is_recoverable(caplog: pytest.LogCaptureFixture) -> None:
    """Without any landing object the answer is empty, and the log says why."""
    assert replay(MemoryStore(), these(), an_hour) == Replayed(0, 0, 0, None, "")
    assert "begins before" in caplog.text


def test_a_folder_is_no_landing_object(store: MemoryStore) -> None:
    """What a console leaves behind for a folder does not pass for the earliest object."""
    store.set("landing/", b"")
    assert replay(store, these(), an_hour).earliest == EARLIEST


def test_each_batch_is_counted(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever counts is told of each batch when it is done."""
    monkeypatch.setattr(backlog, "BATCH_OBJECTS", 1)
    monkeypatch.setattr("archive_logs.upkeep.replay.BATCH_OBJECTS", 1)
    damage(store, row(9))
    counted: list[Archived] = []
    replay(store, these(), an_hour, count=counted.append)
    assert [(each.objects, each.rows) for each in counted] == [(1, 2), (1, 1)]


# --- bounds ----------------------------------------------------------------------------------------------------------


def test_what_the_time_cuts_short_goes_on(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without time there is one batch, and the answer's key is where the next run goes on; together they do it all."""
    monkeypatch.setattr(backlog, "BATCH_OBJECTS", 1)
    monkeypatch.setattr("archive_logs.upkeep.replay.BATCH_OBJECTS", 1)
    first, second = keys_of_versions(store)
    damage(store, row(9))
    cut = replay(store, these(), no_time)
    assert cut == Replayed(1, 2, 1, EARLIEST, after=first)
    assert archived_ids(store) == [1, 2, 4, 9]
    assert replay(store, changed(these(), after=cut.after), no_time) == Replayed(1, 1, 1, EARLIEST, after="")
    assert archived_ids(store) == [1, 2, 3, 4, 9]
    assert second > first


def test_what_the_time_cuts_short_within_a_batch(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay goes on before the first object that has still rows to be merged, however many behind it are done."""
    monkeypatch.setattr("archive_logs.merging.part_writer.AT_A_TIME", 1)
    first, second = keys_of_versions(store)
    landed(store, row(5, created_at=YESTERDAY), at=FETCHED + timedelta(minutes=2))
    work_off(store, an_hour)
    damage(store, row(9))
    damage(store, row(9, created_at=YESTERDAY), key="logs/dt=2026-11-19/integration-7.parquet")
    cut = replay(store, these(DAY - timedelta(days=1), DAY), no_time)
    assert (cut.rows, cut.after < first) == (2, True)
    assert archived_ids(store) == [4, 5, 9, 9]
    replay(store, changed(these(DAY - timedelta(days=1), DAY), after=cut.after), no_time)
    assert archived_ids(store) == [1, 2, 3, 4, 5, 9, 9]
    assert second > first


def test_a_batch_is_bounded_by_bytes(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects are read in batches that fit; one that is larger alone is a batch of its own."""
    monkeypatch.setattr(backlog, "BATCH_BYTES", 1)
    assert replay(store, these(), no_time).objects == 1


def test_a_version_that_has_just_expired(store: MemoryStore) -> None:
    """What the lifecycle ends between the listing and the reading is passed by."""
    gone, _ = keys_of_versions(store)
    damage(store, row(9))
    store.at(verb="recover", before=lambda _: store.forget(gone))
    assert replay(store, these(), an_hour) == Replayed(1, 1, 1, EARLIEST, "")
    assert archived_ids(store) == [3, 4, 9]


# --- two at once, and crashes ----------------------------------------------------------------------------------------


def a_damaged_store() -> MemoryStore:
    """As the fixture's, with a record lost, a row damaged, and a page that waits."""
    store = MemoryStore()
    landed(store, row(1), row(2))
    landed(store, row(3), row(4, created_at=YESTERDAY), at=FETCHED + timedelta(minutes=1))
    work_off(store, an_hour)
    damage(store, row(1, exception="damaged"), row(2))
    landed(store, row(3), row(5), at=FETCHED + timedelta(minutes=2))
    return store


WHOLE = {1: None, 2: None, 3: None, 4: None, 5: None}


def _calls(run: Callable[[MemoryStore], object]) -> int:
    store = a_damaged_store()
    store.calls.clear()
    run(store)
    return len(store.calls)


CALLS = _calls(lambda store: replay(store, these(), an_hour))
CALLS_OF_THE_ARCHIVER = _calls(lambda store: work_off(store, an_hour))


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("took_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("nth", range(1, CALLS + 1))
def test_a_crash_at_any_call(nth: int, took_effect: bool) -> None:
    """Wherever a replay dies, no record is gone, and the next one makes the archive whole."""
    store = a_damaged_store()
    store.fail(nth, took_effect=took_effect)
    with pytest.raises(TryLater):
        replay(store, these(), an_hour)
    assert {1, 2, 4} <= set(archived_ids(store))
    store.calm()
    replay(store, these(), an_hour)
    assert exceptions(store) == WHOLE


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("nth", range(1, CALLS + 1))
def test_an_archiver_at_any_call(nth: int, moment: str) -> None:
    """The archiver does all its work between two steps of a replay: the archive is whole, and nothing is doubled."""
    store = a_damaged_store()
    store.at(nth, **{moment: lambda _: work_off(store, an_hour)})
    replay(store, these(), an_hour)
    work_off(store, an_hour)
    assert archived_ids(store) == [1, 2, 3, 4, 5]
    assert exceptions(store) == WHOLE


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("nth", range(1, CALLS_OF_THE_ARCHIVER + 1))
def test_a_replay_at_any_call_of_the_archiver(nth: int, moment: str) -> None:
    """The same the other way round."""
    store = a_damaged_store()
    store.at(nth, **{moment: lambda _: replay(store, these(), an_hour)})
    work_off(store, an_hour)
    replay(store, these(), an_hour)
    assert archived_ids(store) == [1, 2, 3, 4, 5]
    assert exceptions(store) == WHOLE


def test_a_partition_that_cannot_be_read(store: MemoryStore) -> None:
    """It is left as it is; the others are replayed before the failure is told."""
    store.set(KEY, b"damaged beyond reading")
    other = "logs/dt=2026-11-19/integration-7.parquet"
    del store.objects[other]
    with pytest.raises(NeedsOperator, match="integration-7"):
        replay(store, these(date(2026, 11, 19), DAY), an_hour)
    assert store.objects[KEY] == b"damaged beyond reading"
    assert other in store.objects


def test_foreign_objects_in_landing(store: MemoryStore) -> None:
    """Something in landing that the fetcher did not put there holds up nothing."""
    store.set("landing/notes.txt", b"hello")
    store.set("landing/x/rows.gz", packed([row(6)]))
    damage(store, row(1))
    replay(store, these(), an_hour)
    assert archived_ids(store) == [1, 2, 3, 4, 6]


def keys_of_versions(store: MemoryStore) -> list[str]:
    return [version.key for version in store.versions("landing/", limit=100)]
