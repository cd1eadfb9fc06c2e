from __future__ import annotations

import gzip
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from archive_logs.merging import backlog, part_writer
from archive_logs.merging.backlog import Archived, work_off
from archive_logs.merging.partitions import Part
from integration_logs.bucket import side_by_side
from integration_logs.bucket.landing import encode, land
from integration_logs.errors import NeedsOperator, TryLater
from tests.crash.watched import check_summaries
from tests.fakes.memory_store import MemoryStore
from tests.unit.archive_logs.archive_rows import FETCHED, archive, archived_ids, keys, packed, quarantined, row

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration_logs.records.rows import Row


def an_hour() -> float:
    return 3600.0


def no_time() -> float:
    return 0.0


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def landed(store: MemoryStore, *rows: Row, minute: int = 0) -> str:
    """Land the rows as the fetcher does."""
    at = FETCHED + timedelta(minutes=minute)
    return land(store, [encode(each) for each in rows], account="main", stream="account", fetched_at=at)


def a_mixed_backlog() -> MemoryStore:
    """Two pages that overlap, over two days and two integrations, a rejected row, and an object that is no gzip."""
    store = MemoryStore()
    landed(store, row(1), row(2, created_at="2026-11-21T10:00:00Z"), row(None, exception="no id"), minute=0)
    landed(store, row(2, created_at="2026-11-21T10:00:00Z"), row(3, integration_id=8), minute=1)
    store.set("landing/2026-broken.ndjson.gz", b"no gzip")
    return store


def settled(store: MemoryStore) -> None:
    """Every record of the mixed backlog is in the archive once, the rest is in quarantine, and nothing waits."""
    assert archived_ids(store) == [1, 2, 3]
    assert [each["reason"] for each in quarantined(store)] == ["the record has no usable id"]
    assert [store.objects[key] for key in keys(store, "quarantine/objects/")] == [b"no gzip"]
    assert keys(store, "landing/") == []


def only_landing_goes(store: MemoryStore, rows: int) -> None:
    """Whatever the moment, each row is in landing, the archive or quarantine."""
    waiting = {key: gzip.decompress(store.objects[key]) for key in keys(store, "landing/") if "broken" not in key}
    ids = {id_ for id_ in (1, 2, 3) if any(f'"id":{id_},'.encode() in body for body in waiting.values())}
    assert ids | set(archived_ids(store)) == set(range(1, rows + 1))
    assert quarantined(store) or any(b'"id":null' in body for body in waiting.values())
    assert keys(store, "landing/2026-broken") or keys(store, "quarantine/objects/")


# --- the way of a backlog --------------------------------------------------------------------------------------------


def test_a_backlog_is_worked_off() -> None:
    """Rows go to their partitions or to quarantine, and the answer counts each of them once."""
    store = a_mixed_backlog()
    assert work_off(store, an_hour) == Archived(objects=3, rows=3, partitions=3, quarantined=2, more=False)
    settled(store)
    assert [part.key for part in archive(store)] == [
        "logs/dt=2026-11-20/integration-7.parquet",
        "logs/dt=2026-11-20/integration-8.parquet",
        "logs/dt=2026-11-21/integration-7.parquet",
    ]


def test_where_a_rejected_row_came_from(store: MemoryStore) -> None:
    """A row in quarantine says why it is there and where it had landed."""
    key = landed(store, row(None, exception="what happened"))
    work_off(store, an_hour)
    (kept,) = quarantined(store)
    assert (kept["reason"], kept["landed_as"]) == ("the record has no usable id", key)
    assert kept["row"]["exception"] == "what happened"
    assert keys(store, "quarantine/") == [f"quarantine/rows/{key.removeprefix('landing/')}"]


def test_nothing_waits(store: MemoryStore) -> None:
    """An idle run lists once and writes nothing."""
    assert work_off(store, an_hour) == Archived()
    assert store.calls == [("entries", "landing/")]


def test_what_is_known_is_not_written_again(store: MemoryStore) -> None:
    """Landing the same rows again replaces no object of the archive."""
    for minute in (0, 1):
        landed(store, row(1), row(2), minute=minute)
        done = work_off(store, an_hour)
    assert done == Archived(objects=1, rows=0, partitions=0)
    assert [call for call in store.writes if call[1].startswith("logs/")] == [
        ("put", "logs/dt=2026-11-20/integration-7.parquet")
    ]


def test_an_earlier_fetch_is_written_and_not_counted_as_new(store: MemoryStore) -> None:
    """A row that was fetched before the archived one replaces it, whichever of them lands first."""
    landed(store, row(1, exception="second"))
    work_off(store, an_hour)
    landed(store, row(1, exception="first", fetched_at=FETCHED - timedelta(hours=1)))
    assert work_off(store, an_hour) == Archived(objects=1, rows=0, partitions=1)
    assert [each["exception"] for rows in archive(store).values() for each in rows] == ["first"]


@pytest.mark.parametrize("key", ["landing/", "landing/notes.txt", "landing/x/a.gz", "landing/é \N{PILE OF POO}"])
def test_foreign_objects_are_put_aside(store: MemoryStore, key: str) -> None:
    """What the fetcher did not land goes to quarantine whole, and holds nothing up."""
    store.set(key, b"hello")
    landed(store, row(1))
    assert work_off(store, an_hour) == Archived(objects=2, rows=1, partitions=1, quarantined=1)
    assert store.objects[f"quarantine/objects/{key.removeprefix('landing/')}"] == b"hello"
    assert keys(store, "landing/") == []


def test_foreign_objects_of_the_same_name(store: MemoryStore) -> None:
    """Two objects of one name in different folders are both kept."""
    store.set("landing/x/a.gz", b"one")
    store.set("landing/y/a.gz", b"two")
    store.set("landing/x/rows.gz", packed([{"id": None, "exception": "one"}]))
    store.set("landing/y/rows.gz", packed([{"id": None, "exception": "two"}]))
    work_off(store, an_hour)
    assert sorted(store.objects[key] for key in keys(store, "quarantine/objects/")) == [b"one", b"two"]
    assert sorted(each["row"]["exception"] for each in quarantined(store)) == ["one", "two"]


# --- batches ---------------------------------------------------------------------------------------------------------


def test_batch_by_batch(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A backlog larger than a batch is worked off oldest first, and the counts are those of all batches."""
    monkeypatch.setattr(backlog, "BATCH_OBJECTS", 2)
    landing = [landed(store, row(id_), minute=id_) for id_ in range(1, 6)]
    assert work_off(store, an_hour) == Archived(objects=5, rows=5, partitions=3)
    assert [key for verb, key in store.calls if verb == "delete"] == landing
    assert archived_ids(store) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("objects", "more"), [(2, False), (3, True)])
def test_the_time_is_up(store: MemoryStore, monkeypatch: pytest.MonkeyPatch, objects: int, more: bool) -> None:
    """Without time there is one batch, so that a run gets somewhere, and the answer says whether others wait."""
    monkeypatch.setattr(backlog, "BATCH_OBJECTS", 2)
    for minute in range(objects):
        landed(store, row(minute + 1), minute=minute)
    assert work_off(store, no_time) == Archived(objects=2, rows=2, partitions=1, more=more)
    assert len(keys(store, "landing/")) == objects - 2


def test_a_batch_is_bounded_by_bytes(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects go into a batch as long as they fit; one that is larger alone is a batch of its own."""
    body = [landed(store, row(id_, exception=os.urandom(500).hex()), minute=id_) for id_ in (1, 2, 3)]
    monkeypatch.setattr(backlog, "BATCH_BYTES", 2 * max(len(store.objects[key]) for key in body))
    assert work_off(store, no_time) == Archived(objects=2, rows=2, partitions=1, more=True)
    monkeypatch.setattr(backlog, "BATCH_BYTES", 1)
    assert work_off(store, no_time) == Archived(objects=1, rows=1, partitions=1, more=False)


def test_what_lands_meanwhile_is_the_next_runs(store: MemoryStore) -> None:
    """A run ends although something lands during each of its batches: its own event brings the next run."""
    landed(store, row(1))
    store.at(verb="delete", after=lambda _: landed(store, row(2), minute=1))
    assert work_off(store, an_hour).objects == 1
    assert work_off(store, an_hour).objects == 1
    assert archived_ids(store) == [1, 2]


# --- two at once -----------------------------------------------------------------------------------------------------


def test_an_object_that_another_run_has_removed(store: MemoryStore) -> None:
    """What is gone between the listing and the download was archived by another run: it is passed by."""
    gone = landed(store, row(1))
    landed(store, row(2), minute=1)
    store.at(verb="download", prefix="landing/", before=lambda _: store.objects.pop(gone))
    assert work_off(store, an_hour) == Archived(objects=1, rows=1, partitions=1)
    assert ("delete", gone) not in store.calls


def test_everything_another_run_has_removed(store: MemoryStore) -> None:
    """A run that comes too late for its whole batch ends in peace."""
    gone = landed(store, row(1))
    store.at(verb="download", before=lambda _: store.objects.pop(gone))
    assert work_off(store, an_hour) == Archived()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("verb", "prefix"), [("download", "logs/"), ("put", "logs/"), ("delete", "landing/")])
@pytest.mark.parametrize("nth", [1, 2])
def test_two_archivers_at_once(verb: str, prefix: str, nth: int, moment: str) -> None:
    """A second run that does everything between two steps of the first: both end, and nothing is lost or doubled."""
    store = a_mixed_backlog()

    def second(_: str) -> None:
        landed(store, row(1), row(9, created_at="2026-11-21T09:00:00Z"), row(10), minute=5)
        work_off(store, an_hour)

    store.at(nth, verb=verb, prefix=prefix, **{moment: second})
    work_off(store, an_hour)
    work_off(store, an_hour)
    assert archived_ids(store) == [1, 2, 3, 9, 10]
    assert keys(store, "landing/") == []
    assert len(quarantined(store)) == 1


def test_who_lost_merges_with_what_the_other_wrote(store: MemoryStore) -> None:
    """A lost compare-and-swap is tried again on what is there now."""
    other = MemoryStore()
    landed(other, row(2))
    work_off(other, an_hour)
    landed(store, row(1))
    store.lose(to=other.objects["logs/dt=2026-11-20/integration-7.parquet"], prefix="logs/")
    assert work_off(store, an_hour) == Archived(objects=1, rows=1, partitions=1)
    assert archived_ids(store) == [1, 2]


def test_who_always_loses_gives_up_and_loses_nothing(store: MemoryStore) -> None:
    """Where others keep being first, the run ends with TryLater and what landed stays."""
    others: list[bytes] = []
    for id_ in range(2, 12):
        other = MemoryStore()
        landed(other, row(id_))
        work_off(other, an_hour)
        others += [other.objects[key] for key in keys(other, "logs/")]
    key = landed(store, row(1))
    for nth, body in enumerate(others, 1):
        store.lose(nth, to=body, prefix="logs/")
    with pytest.raises(TryLater, match="integration-7"):
        work_off(store, an_hour)
    assert keys(store, "landing/") == [key]


# --- crashes ---------------------------------------------------------------------------------------------------------


def _calls() -> int:
    store = a_mixed_backlog()
    store.calls.clear()
    work_off(store, an_hour)
    return len(store.calls)


CALLS = _calls()


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("took_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("nth", range(1, CALLS + 1))
def test_a_crash_at_any_call(nth: int, took_effect: bool) -> None:
    """Wherever a run dies, no row is gone at that moment, and the next run makes the archive whole."""
    store = a_mixed_backlog()
    store.fail(nth, took_effect=took_effect)
    with pytest.raises(TryLater):
        work_off(store, an_hour)
    only_landing_goes(store, rows=3)
    store.calm()
    work_off(store, an_hour)
    settled(store)


@pytest.mark.parametrize("damage", [lambda body: body[: len(body) // 2], lambda _: b"", lambda _: b"garbage"])
def test_a_damaged_archive_object(store: MemoryStore, damage: Callable[[bytes], bytes]) -> None:
    """An object of the archive that cannot be read is left as it is, and so is what landed for it."""
    landed(store, row(1))
    work_off(store, an_hour)
    (key,) = keys(store, "logs/")
    store.set(key, damage(store.objects[key]))
    before = dict(store.objects)
    waiting = landed(store, row(2))
    with pytest.raises((NeedsOperator, TryLater)):
        work_off(store, an_hour)
    assert store.objects == before | {waiting: store.objects[waiting]}


def damaged(store: MemoryStore) -> str:
    """An archive object of 2026-11-20 that cannot be read; its key."""
    key = "logs/dt=2026-11-20/integration-7.parquet"
    store.set(key, b"PAR1 no more")
    return key


def test_a_partition_that_cannot_be_merged_holds_up_no_other(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What landed for other partitions is archived and removed, in this batch and those behind it; then it is told."""
    monkeypatch.setattr(backlog, "BATCH_OBJECTS", 2)
    before = store.objects[damaged(store)]
    stuck = [
        landed(store, row(1), row(2, integration_id=8), row(None, exception="held up"), minute=0),
        landed(store, row(3), minute=2),
        landed(store, row(None), row(4), minute=3),
    ]
    landed(store, row(5, integration_id=9), row(None, exception="not held up"), minute=1)
    for minute, id_ in ((4, 6), (5, 7)):
        landed(store, row(id_, integration_id=9), minute=minute)
    counted: list[Archived] = []
    with pytest.raises(NeedsOperator, match=r"integration-7\.parquet"):
        work_off(store, an_hour, count=counted.append)
    assert keys(store, "landing/") == stuck
    assert store.objects[damaged(store)] == before
    assert [each["row"]["exception"] for each in quarantined(store)] == ["not held up"]
    del store.objects[damaged(store)]
    assert archived_ids(store) == [2, 5, 6, 7]
    assert sum(counted, Archived()) == Archived(objects=3, rows=4, partitions=3, quarantined=1)
    assert work_off(store, an_hour) == Archived(objects=3, rows=3, partitions=2, quarantined=2)
    assert archived_ids(store) == [1, 2, 3, 4, 5, 6, 7]
    assert keys(store, "landing/") == []


def test_what_is_held_up_is_met_once_a_run(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many batches follow the one that holds it up, a run never goes back to a landing object."""
    monkeypatch.setattr(backlog, "BATCH_OBJECTS", 1)
    damaged(store)
    stuck = landed(store, row(1), minute=0)
    for minute in (1, 2, 3):
        landed(store, row(minute + 1, integration_id=9), minute=minute)
    with pytest.raises(NeedsOperator):
        work_off(store, an_hour)
    assert store.calls.count(("download", stuck)) == 1
    assert keys(store, "landing/") == [stuck]


def test_a_partition_that_others_keep_winning_holds_up_no_other(store: MemoryStore) -> None:
    """Where compare-and-swap is lost again and again, the other partitions are written all the same."""
    contested = "logs/dt=2026-11-20/integration-7.parquet"
    versions = []
    for exception in "abcdef":  # merged with others, then five times by itself
        other = MemoryStore()
        landed(other, row(9, exception=exception))
        work_off(other, an_hour)
        versions.append(other.objects[contested])
    for nth, body in enumerate(versions, 1):
        store.lose(nth, to=body, prefix=contested)
    stuck = landed(store, row(1), minute=0)
    landed(store, row(2, integration_id=8), minute=1)
    with pytest.raises(TryLater, match="integration-7"):
        work_off(store, an_hour)
    assert keys(store, "landing/") == [stuck]
    assert archived_ids(store) == [2, 9]


def test_what_needs_a_person_is_told_first(store: MemoryStore) -> None:
    """Of several partitions that are held up, the one that time will not mend is what the run ends with."""
    damaged(store)
    store.fail(verb="put", prefix="logs/dt=2026-11-19/")
    landed(store, row(1, created_at="2026-11-19T10:00:00Z"), row(2))
    with pytest.raises(NeedsOperator):
        work_off(store, an_hour)


def test_the_time_is_up_while_something_is_held_up(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that has to stop tells what holds it up, too."""
    monkeypatch.setattr(backlog, "BATCH_OBJECTS", 1)
    damaged(store)
    stuck = [landed(store, row(id_), minute=id_) for id_ in (1, 2)]
    with pytest.raises(NeedsOperator):
        work_off(store, no_time)
    assert keys(store, "landing/") == stuck
    assert [call for call in store.calls if call[0] == "entries"] == [("entries", "landing/")]


# --- fields that the archive has no column for -----------------------------------------------------------------------


@pytest.mark.parametrize("small", [part_writer.SMALL_LANDED, 0], ids=["many-at-once", "alone"])
def test_unknown_fields_are_counted_and_named_once_a_run(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, small: int
) -> None:
    """New records with fields that have no column are counted, and one line names some of the fields."""
    monkeypatch.setattr(part_writer, "SMALL_LANDED", small)
    monkeypatch.setattr(backlog, "BATCH_OBJECTS", 1)
    landed(store, row(1, webhook_id=1), row(2), row(3, webhook_id=2, **{"x" * 300: 1}), minute=0)
    landed(store, row(4, **{f"field{number:02}": 1 for number in range(30)}), minute=1)
    assert work_off(store, an_hour) == Archived(objects=2, rows=4, partitions=2, extra=3)
    (line,) = [record for record in caplog.records if record.levelname == "WARNING"]
    assert vars(line)["fields"] == [*(f"field{number:02}" for number in range(20))]
    caplog.clear()
    landed(store, row(1, webhook_id=1), row(5), minute=2)
    assert work_off(store, an_hour) == Archived(objects=1, rows=1, partitions=1, extra=0)
    landed(store, row(1, webhook_id=3, fetched_at=FETCHED - timedelta(hours=1)), minute=3)  # replaces the archived one
    assert work_off(store, an_hour) == Archived(objects=1, rows=0, partitions=1, extra=0)
    assert caplog.records == []


def test_an_extra_that_is_no_json(store: MemoryStore) -> None:
    """What stands in extra, if it is not what the parser writes, holds nothing up."""
    store.set("landing/a.ndjson.gz", packed([{**row(1), "extra": "{"}, {**row(2), "extra": "[1]"}]))
    assert work_off(store, an_hour) == Archived(objects=1, rows=2, partitions=1, extra=2)


def test_too_little_memory_puts_nothing_aside(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the archiver cannot hold for now stays in landing: only broken data goes into quarantine."""
    monkeypatch.setattr("archive_logs.merging.database.MEMORY_LIMIT", "16MB")
    key = landed(store, *(row(id_, exception=os.urandom(30_000).hex()) for id_ in range(1, 300)))
    with pytest.raises(TryLater):
        work_off(store, an_hour)
    assert list(store.objects) == [key]


def test_the_parts_of_a_run_add_up() -> None:
    """Counts are sums; whether more waits, the later part knows."""
    parts: list[dict[str, Any]] = [{"objects": 1, "rows": 2, "more": True}, {"partitions": 3, "quarantined": 4}]
    assert Archived(**parts[0]) + Archived(**parts[1]) == Archived(1, 2, 3, 4, more=False)
    assert (Archived(**parts[1]) + Archived(**parts[0])).more


def test_records_outside_of_the_archives_time(store: MemoryStore) -> None:
    """A record without a time, of before the archive or after its end, is found under the archive's first day."""
    times = (None, "1999-01-01T00:00:00Z", "2100-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z")
    landed(store, *(row(id_, created_at=time) for id_, time in enumerate(times, 1)))
    work_off(store, an_hour)
    assert list(archive(store)) == [Part.of("logs/dt=2020-01-01/integration-7.parquet")]


# --- many partitions -------------------------------------------------------------------------------------------------


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four partitions, two at a time."""
    monkeypatch.setattr("archive_logs.merging.batch.BATCH_PARTITIONS", 4)
    monkeypatch.setattr("archive_logs.merging.part_writer.AT_A_TIME", 2)


def many_shops(store: MemoryStore, shops: int = 10) -> None:
    """Objects of two shops each, of which the next one has the second, too."""
    for shop in range(1, shops):
        landed(store, row(shop, integration_id=shop), row(100 + shop, integration_id=shop + 1), minute=shop)


@pytest.mark.usefixtures("small_batches")
def test_runs_without_time_come_to_an_end(store: MemoryStore) -> None:
    """However little time there is, each run writes something and settles what is whole."""
    many_shops(store)
    landed(store, *(row(200 + shop, integration_id=shop) for shop in range(1, 7)))  # more than are merged at a time
    runs = 1
    while work_off(store, no_time).more:
        runs += 1
        assert runs <= 20
    assert archived_ids(store) == [*range(1, 10), *range(101, 110), *range(201, 207)]
    assert keys(store, "landing/") == []


@pytest.mark.usefixtures("small_batches", "remembering")
@pytest.mark.parametrize("nth", range(1, 11))
def test_a_cut_repeats_less_than_one_batch(store: MemoryStore, nth: int) -> None:
    """A run that is cut off at any object of the archive has settled every batch before that."""
    many_shops(store)
    store.fail(nth, verb="put", prefix="logs/", error=KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        work_off(store, an_hour)
    before = set(keys(store, "logs/"))
    store.calls.clear()
    work_off(store, an_hour)
    again = [key for verb, key in store.calls if verb == "download" and key in before]
    assert len(again) <= 5  # a batch's, and the shop that the first object of the next one shares with it
    assert archived_ids(store) == [*range(1, 10), *range(101, 110)]
    assert keys(store, "landing/") == []


def test_threads_beside_another_archiver(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """With real threads, two runs at once archive everything once; whoever is second at an object merges again."""
    monkeypatch.setattr(side_by_side, "ThreadPoolExecutor", ThreadPoolExecutor)
    many_shops(store, 70)
    with ThreadPoolExecutor(2) as both:
        assert sum(part.result().rows for part in [both.submit(work_off, store, an_hour) for _ in range(2)]) == 138
    assert archived_ids(store) == [*range(1, 70), *range(101, 170)]
    assert keys(store, "landing/") == []
    check_summaries(store)
