from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive_logs.merging import batch as batching
from archive_logs.merging import part_writer
from archive_logs.merging.backlog import work_off
from archive_logs.merging.batch import Outcome
from archive_logs.merging.batch import archive as put_into_archive
from integration_logs.errors import ObjectUnreadable
from tests.fakes.memory_store import MemoryStore
from tests.unit.archive_logs.archive_rows import FETCHED, archive, archived_ids, keys, packed, rewritten, row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from integration_logs.records.rows import Row

LATER, EARLIER = FETCHED + timedelta(hours=1), FETCHED - timedelta(hours=1)
EVER = date.min, date.max
OBJECT = "logs/dt=2026-11-20/integration-7.parquet"


def archived(*rows: Row) -> MemoryStore:
    store = MemoryStore()
    store.set("landing/a.ndjson.gz", packed(rows))
    work_off(store, lambda: 3600.0)
    return store


def replay(store: MemoryStore, rows: Sequence[object], days: tuple[date, date] = EVER) -> Outcome:
    with TemporaryDirectory() as name:
        path = Path(name) / "0"
        path.write_bytes(packed(rows))
        return put_into_archive(store, {path: "landing/a"}, replayed=days)


def told(store: MemoryStore) -> dict[int, Any]:
    """What the archive says happened, by id."""
    return {each["id"]: each["exception"] for rows in archive(store).values() for each in rows}


def test_a_row_of_the_archive_that_is_not_as_it_landed() -> None:
    """In a replay the landed row stays, also where the archived one was fetched at the same time or seems later."""
    store = archived(row(1, exception="a"), row(2, exception="a", fetched_at=LATER), row(3, exception="as it was"))
    assert replay(store, [row(1, exception="landed"), row(2, exception="landed")]).objects == 1
    assert told(store) == {1: "landed", 2: "landed", 3: "as it was"}


def test_what_was_fetched_first_stays_in_a_replay_too() -> None:
    """So a replay ends the same, whichever landing objects it meets first, and however often it is done."""
    store = archived(row(1, exception="first", fetched_at=EARLIER))
    assert replay(store, [row(1, exception="second")]) == Outcome(settled=("landing/a",))
    assert told(store) == {1: "first"}


def test_a_replay_of_what_is_archived_writes_nothing() -> None:
    """Only where something differs is an object written."""
    rows = [row(1, exception="a", request={"payload": "x"}), row(2, new_field=1), row(3, created_at=None)]
    store = archived(*rows)
    before = dict(store.objects)
    assert replay(store, [*rows, row(1, exception="b", fetched_at=LATER)]) == Outcome(settled=("landing/a",))
    assert store.objects == before


def test_a_replay_brings_back_what_is_lost() -> None:
    """A record that the archive lost is there again, and counts as new; what did not land again stays."""
    store = archived(row(1), row(3))
    assert replay(store, [row(1), row(2)]).rows == 1
    assert archived_ids(store) == [1, 2, 3]


def test_only_the_days_that_are_asked_for() -> None:
    """Rows of other days' partitions are left alone."""
    store = MemoryStore()
    rows = [row(day, created_at=f"2026-11-{day}T10:00:00Z") for day in range(18, 24)] + [row(1, created_at=None)]
    assert replay(store, rows, (date(2026, 11, 19), date(2026, 11, 21))).rows == 3
    assert archived_ids(store) == [19, 20, 21]
    assert replay(store, rows, (date(2020, 1, 1), date(2020, 1, 1))).rows == 1


def test_a_replay_puts_nothing_into_quarantine() -> None:
    """What the archive cannot hold is there already."""
    store = MemoryStore()
    assert replay(store, [row(None), row(1)]) == Outcome(settled=("landing/a",), rows=1, objects=1)
    assert keys(store, "quarantine/") == []


versions = st.lists(
    st.builds(
        lambda id_, minute, exception: row(id_, fetched_at=FETCHED + timedelta(minutes=minute), exception=exception),
        st.integers(1, 3),
        st.integers(0, 2),
        st.sampled_from(["a", "b", "c"]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=12, deadline=None)
@given(versions, versions)
def test_a_replay_converges(one: list[Row], two: list[Row]) -> None:
    """A replay of everything that ever landed settles, and what it settles on was fetched first of what landed."""
    store = archived(*one, *two)
    replay(store, two)
    replay(store, one)
    replay(store, [*one, *two])
    before = dict(store.objects)
    replay(store, [*one, *two])
    assert store.objects == before
    for rows in archive(store).values():
        for each in rows:
            first = min(str(landed["fetched_at"]) for landed in [*one, *two] if landed["id"] == each["id"])
            assert each["fetched_at"][11:16] == first[11:16]


def test_columns_of_a_newer_version_stay(tmp_path: Path) -> None:
    """A replay that changes nothing in the columns that it knows leaves an object of a newer version as it is."""
    store = archived(row(1), row(2))
    (tmp_path / "now.parquet").write_bytes(store.objects[OBJECT])
    newer = rewritten(tmp_path / "now.parquet", tmp_path / "newer.parquet", "*, 'kept' AS severity", 2)
    store.set(OBJECT, newer.read_bytes())
    replay(store, [row(1), row(2), row(3)])
    found = {each["id"]: each["severity"] for rows in archive(store).values() for each in rows}
    assert found == {1: "kept", 2: "kept", 3: None}


# --- a batch that is cut short ---------------------------------------------------------------------------------------


def batch(store: MemoryStore, *objects: Sequence[Row], seconds: Sequence[float] = ()) -> Outcome:
    """Archive these landing objects, ``landing/0`` and so on; the time that is left, whenever it is asked for."""
    left = [*seconds]
    with TemporaryDirectory() as name:
        files = {Path(name) / f"{number}": f"landing/{number}" for number in range(len(objects))}
        for path, rows in zip(files, objects, strict=True):
            path.write_bytes(packed(rows))
        return put_into_archive(store, files, time_left=lambda: left.pop(0) if left else 3600.0)


def of_shops(*shops: int, id_: int = 1) -> list[Row]:
    """A row of each."""
    return [row(id_, integration_id=shop) for shop in shops]


def test_a_batch_that_time_cuts_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done is settled, the rest is met again; nothing of it is an error."""
    monkeypatch.setattr(part_writer, "AT_A_TIME", 2)
    store = MemoryStore()
    cut = batch(store, of_shops(1, 2), of_shops(1, 5), of_shops(3, 4, id_=2), seconds=[3600.0, 0.0])
    assert (cut.settled, cut.held_up, cut.errors) == (("landing/0", "landing/2"), (), ())
    assert (cut.rows, cut.objects) == (4, 4)
    assert sorted(part.partition.integration_id for part in archive(store)) == [1, 2, 3, 4]
    assert batch(store, of_shops(1, 5)).settled == ("landing/0",)


def test_a_batch_is_bounded_by_its_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects are taken in until there are so many partitions; then up to the next one that brings in a further one."""
    monkeypatch.setattr(batching, "BATCH_PARTITIONS", 3)
    outcome = batch(MemoryStore(), of_shops(1, 2, 3), of_shops(3, 1, id_=2), of_shops(4), of_shops(1, id_=3))
    assert outcome.settled == ("landing/0", "landing/1", "landing/2")
    assert (outcome.held_up, outcome.errors) == ((), ())
    assert batch(MemoryStore(), of_shops(*range(1, 9)), of_shops(9)).settled == ("landing/0", "landing/1")


def test_one_partition_fails_and_time_cuts_another_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each object is where it belongs: settled, held up, or still to be met."""
    monkeypatch.setattr(part_writer, "AT_A_TIME", 1)
    store = MemoryStore()
    store.set("logs/dt=2026-11-20/integration-1.parquet", b"no Parquet")
    cut = batch(store, of_shops(1), of_shops(2), of_shops(3), seconds=[9.0, 9.0, 0.0])
    assert (cut.settled, cut.held_up) == (("landing/1",), ("landing/0",))
    assert [type(error) for error in cut.errors] == [ObjectUnreadable]
