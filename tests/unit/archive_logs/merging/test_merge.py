from __future__ import annotations

import gzip
import json
import os
import resource
import sys
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive_logs.merging.choice import Merged
from archive_logs.merging.landed import Landed
from archive_logs.merging.merge import Merger
from archive_logs.merging.partitions import EPOCH, Part, Partition
from integration_logs.errors import NeedsOperator, TryLater
from integration_logs.records.rows import COLUMNS, SCHEMA_VERSION, Row
from tests.unit.archive_logs.archive_rows import FETCHED, NAMES, content, packed, rewritten, row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DAY = Part(Partition(date(2026, 11, 20), 7))


def merge(rows: Sequence[object], existing: Path | None, target: Path, part: Part = DAY) -> Merged:
    """Merge one batch, each time in a database of its own, as runs do."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "0.gz").write_bytes(packed(rows))
        with Landed(folder) as batch:
            assert batch.take([folder / "0.gz"]) == []
            if existing:
                copyfile(existing, folder / "existing.parquet")
            merged = Merger(batch).merge(part, existing and folder / "existing.parquet", folder / "target.parquet")
            if merged.written:
                copyfile(folder / "target.parquet", target)
            return merged


def merged(*batches: Sequence[Row]) -> list[dict[str, Any]]:
    """What the partition holds after these batches, one run each."""
    with TemporaryDirectory() as name:
        existing: Path | None = None
        for number, batch in enumerate(batches):
            target = Path(name) / f"{number}.parquet"
            if merge(batch, existing, target).written:
                existing = target
        return content(existing) if existing else []


@pytest.fixture
def batch(tmp_path: Path) -> Iterator[Landed]:
    with Landed(tmp_path) as batch:
        yield batch


def landed(tmp_path: Path, body: bytes, name: str = "landed.gz") -> Path:
    path = tmp_path / name
    path.write_bytes(body)
    return path


# --- the union -------------------------------------------------------------------------------------------------------

TEXTS = st.sampled_from([None, "", "a", "b", "é", "\N{PILE OF POO}", "a\0b", "\ud800", "x" * 500])


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Rows that meet in one partition, many with the same id and the same time of fetching."""
    minute = draw(st.integers(0, 3))
    return row(
        draw(st.integers(1, 5)),
        fetched_at=FETCHED + timedelta(minutes=draw(st.integers(0, 2))),
        created_at=f"2026-11-20T10:0{minute}:00Z",
        exception=draw(TEXTS),
        method=draw(TEXTS),
        response_code=draw(st.sampled_from([None, 495])),
        request={"payload": draw(TEXTS)},
        unheard_of=draw(TEXTS),
    )


batches = st.lists(rows(), min_size=1, max_size=6)


@settings(max_examples=8, deadline=None)
@given(batches, batches, batches)
def test_any_order_and_any_grouping_converge(one: list[Row], two: list[Row], three: list[Row]) -> None:
    """The merge is commutative, associative and idempotent: each way to archive the same rows ends the same."""
    whole = merged([*one, *two, *three])
    assert merged(one, two, three) == whole
    assert merged(three, one, two) == whole
    assert merged([*two, *reversed(three)], one) == whole
    assert merged(one, two, three, two, one) == whole


@settings(max_examples=15, deadline=None)
@given(batches, batches)
def test_the_row_that_was_fetched_first_stays(one: list[Row], two: list[Row]) -> None:
    """Each id is there once, with a row that landed, and none of its rows was fetched before that one."""
    landed_rows = [*one, *two]
    found = merged(one, two)
    assert [each["id"] for each in found] == [each["id"] for each in sorted(found, key=_sorting)]
    assert sorted(each["id"] for each in found) == sorted({int(str(each["id"])) for each in landed_rows})
    for kept in found:
        rivals = [each for each in landed_rows if each["id"] == kept["id"]]
        first = min(str(each["fetched_at"]) for each in rivals)
        likely = [each for each in rivals if each["fetched_at"] == first]
        assert any(all(kept[name] == each[name] for name in NAMES if not name.endswith("_at")) for each in likely)


def _sorting(found: dict[str, Any]) -> tuple[str, int]:
    return found["created_at"], found["id"]


def test_between_equals_the_columns_order_decides() -> None:
    """Of rows that were fetched at the same time, the first by the columns stays; a value goes before none."""
    codes = [row(1, response_code=503), row(1, response_code=500), row(1, response_code=None)]
    texts = [row(1, method=None), row(1, method="GET")]
    for batch, name, kept in ((codes, "response_code", 500), (texts, "method", "GET")):
        for ordered in (batch, batch[::-1]):
            assert [each[name] for each in merged(ordered)] == [kept]
            assert [each[name] for each in merged(*([each] for each in ordered))] == [kept]


def test_an_earlier_fetch_replaces_yet_is_no_new_record(tmp_path: Path) -> None:
    """A late batch with an earlier version is written, and counted as replaced, not as new."""
    first, second, third = (tmp_path / f"{number}.parquet" for number in range(3))
    assert merge([row(1, exception="later")], None, first) == Merged(new=1, replaced=0)
    earlier = row(1, exception="earlier", fetched_at=FETCHED - timedelta(days=1))
    assert merge([earlier, row(2)], first, second) == Merged(new=1, replaced=1)
    assert [each["exception"] for each in content(second)] == ["earlier", None]
    assert merge([row(1, exception="later")], second, third) == Merged(new=0, replaced=0)


def test_new_rows_are_woven_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New rows come before, between and behind archived ones, of one time by id; columns may be unknown or missing.

    Nothing is sorted for it.
    """
    first, target = tmp_path / "first.parquet", tmp_path / "target.parquet"
    merge([row(id_, created_at=f"2026-11-20T10:0{id_ // 10}:00Z") for id_ in (20, 21, 25, 30, 40)], None, first)
    other = rewritten(first, tmp_path / "other.parquet", "* EXCLUDE (remedy), 'kept' AS unknown", SCHEMA_VERSION)
    late = [row(id_, created_at=f"2026-11-20T10:0{id_ // 10}:00Z") for id_ in (11, 22, 28, 41, 55)]
    earlier = row(40, created_at="2026-11-20T10:02:00Z", fetched_at=FETCHED - timedelta(days=1))
    monkeypatch.delattr(Merger, "_in_order")
    assert merge([*late, earlier], other, target) == Merged(5, 1)
    assert [each["id"] for each in content(target)] == [11, 20, 21, 22, 25, 28, 40, 30, 41, 55]
    kept = [each["id"] for each in content(target) if each["unknown"] == "kept"]
    assert kept == [20, 21, 25, 30]


def test_rows_that_replace_all_that_are_there(tmp_path: Path) -> None:
    """Where no archived row stays, the new ones are there all the same."""
    first, target = tmp_path / "first.parquet", tmp_path / "target.parquet"
    merge([row(1), row(2)], None, first)
    earlier = [row(id_, fetched_at=FETCHED - timedelta(days=1), method="GET") for id_ in (1, 2)]
    assert merge(earlier, first, target) == Merged(0, 2)
    assert [each["method"] for each in content(target)] == ["GET", "GET"]


def test_an_object_out_of_order_is_sorted(tmp_path: Path) -> None:
    """Where the archived rows are not in their order, a merge puts them into it."""
    first, target = tmp_path / "first.parquet", tmp_path / "target.parquet"
    merge([row(id_, created_at=f"2026-11-20T10:00:{id_:02}Z") for id_ in range(1, 40)], None, first)
    disorderly = tmp_path / "disorderly.parquet"
    with duckdb.connect() as database:
        database.execute(f"COPY (FROM read_parquet('{first}') ORDER BY id <> 2, id) TO '{disorderly}' (FORMAT parquet)")
    assert merge([row(40, created_at="2026-11-20T10:00:40Z")], disorderly, target) == Merged(1, 0)
    assert [each["id"] for each in content(target)] == list(range(1, 41))


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    """Where each row is archived already, no object is written."""
    first, second = tmp_path / "1.parquet", tmp_path / "2.parquet"
    merge([row(1), row(2)], None, first)
    assert merge([row(2), row(1), row(1)], first, second) == Merged(0, 0)
    assert not second.exists()


def test_the_same_path_read_twice_is_read_anew(batch: Landed, tmp_path: Path) -> None:
    """What another run has put at the same path meanwhile is what the next try merges with."""
    batch.take([landed(tmp_path, packed([row(1)]))])
    existing, target = tmp_path / "existing.parquet", tmp_path / "target.parquet"
    for id_ in (2, 3):
        merge([row(id_)], None, existing)
        os.utime(existing, (1, 1))
        assert Merger(batch).merge(DAY, existing, target) == Merged(1, 0)
        assert [each["id"] for each in content(target)] == [1, id_]


# --- the object's form -----------------------------------------------------------------------------------------------


def test_the_form_of_an_object(tmp_path: Path) -> None:
    """Columns and types are the contract's, in its order; zstd; the schema's version is in the metadata."""
    target = tmp_path / "target.parquet"
    merge([row(2), row(1)], None, target)
    with duckdb.connect() as database:
        described = database.execute("DESCRIBE FROM read_parquet(?)", [str(target)]).fetchall()
        wanted = [(column.name, column.duckdb.replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE")) for column in COLUMNS]
        assert [each[:2] for each in described] == wanted
        values = database.execute("SELECT key, value FROM parquet_kv_metadata(?)", [str(target)]).fetchall()
        assert (b"schema_version", str(SCHEMA_VERSION).encode()) in values
        codecs = database.execute("SELECT DISTINCT compression FROM parquet_metadata(?)", [str(target)]).fetchall()
        assert codecs == [("ZSTD",)]


def test_every_column_may_be_null_in_every_object(tmp_path: Path) -> None:
    """Whether a column may be null never depends on what an object holds, so one object's schema is every object's."""
    target = tmp_path / "target.parquet"
    for landed_rows in ([row(1)], [row(1), row(2, method=None, exception="x")]):
        merge(landed_rows, None, target)
        with duckdb.connect() as database:
            schema = "SELECT name, repetition_type FROM parquet_schema(?) WHERE num_children IS NULL"
            assert dict(database.execute(schema, [str(target)]).fetchall()) == dict.fromkeys(NAMES, "OPTIONAL")


def test_an_object_of_an_older_schema(tmp_path: Path) -> None:
    """A column that an object does not have yet is null in its rows, and has a value in the next ones."""
    merge([row(1, new_field=1)], None, tmp_path / "now.parquet")
    old = rewritten(tmp_path / "now.parquet", tmp_path / "old.parquet", "* EXCLUDE (extra, remedy)", 0)
    assert merge([row(2, new_field=2)], old, tmp_path / "both.parquet").new == 1
    found = content(tmp_path / "both.parquet")
    assert [(each["id"], each["extra"]) for each in found] == [(1, None), (2, '{"new_field":2}')]
    assert list(found[0]) == NAMES


def test_objects_of_several_schemas_in_one_query(tmp_path: Path) -> None:
    """Readers ask objects of an older, this and a newer schema together: what one does not have is null."""
    for id_ in (1, 2, 3):
        merge([row(id_, response_code=495)], None, tmp_path / f"{id_}.parquet")
    rewritten(tmp_path / "1.parquet", tmp_path / "old.parquet", "* EXCLUDE (remedy)", 0)
    rewritten(tmp_path / "2.parquet", tmp_path / "new.parquet", "*, 'high' AS severity", SCHEMA_VERSION + 1)
    files = [str(tmp_path / name) for name in ("old.parquet", "3.parquet", "new.parquet")]
    with duckdb.connect() as database:
        found = database.execute(
            "SELECT id, remedy, severity FROM read_parquet(?, union_by_name = true) ORDER BY id", [files]
        ).fetchall()
    assert found == [(1, None, None), (2, "certificate-invalid", "high"), (3, "certificate-invalid", None)]


def test_an_object_of_a_newer_schema(tmp_path: Path) -> None:
    """After a step back to this version, a column it does not know stays in the object, and so does the version."""
    merge([row(1)], None, tmp_path / "now.parquet")
    new = rewritten(tmp_path / "now.parquet", tmp_path / "new.parquet", "*, 'kept' AS severity", SCHEMA_VERSION + 1)
    merge([row(2)], new, tmp_path / "both.parquet")
    assert [each["severity"] for each in content(tmp_path / "both.parquet")] == ["kept", None]
    with duckdb.connect() as database:
        values = database.execute("SELECT value FROM parquet_kv_metadata(?)", [str(tmp_path / "both.parquet")])
        assert (str(SCHEMA_VERSION + 1).encode(),) in values.fetchall()


@pytest.mark.parametrize("damage", [b"not parquet at all", b"", b"PAR1" + bytes(40) + b"PAR1"])
def test_a_damaged_object_is_never_replaced(tmp_path: Path, damage: bytes) -> None:
    """What cannot be read is an operator's to bring back: nothing is written over it."""
    existing = landed(tmp_path, damage, "existing.parquet")
    with pytest.raises(NeedsOperator, match=r"integration-7\.parquet"):
        merge([row(1)], existing, tmp_path / "target.parquet")
    assert not (tmp_path / "target.parquet").exists()


# --- where rows go ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("created_at", "day"),
    [
        (None, EPOCH),
        ("last Tuesday", EPOCH),
        ("0001-01-01T00:00:00Z", EPOCH),
        ("1999-12-31T23:59:59Z", EPOCH),
        ("2019-12-31T23:59:59.999999Z", EPOCH),
        ("2020-01-01T00:30:00+01:00", EPOCH),
        ("2026-11-21T00:30:00+01:00", date(2026, 11, 20)),
        ("2026-11-20T23:30:00-01:00", date(2026, 11, 21)),
        ("2099-12-31T23:59:59.999999Z", date(2099, 12, 31)),
        ("2100-01-01T00:00:00Z", EPOCH),
        ("2100-01-01T00:30:00+01:00", date(2099, 12, 31)),
        ("2150-06-01T00:00:00Z", EPOCH),
        ("9999-12-31T23:59:59.999999Z", EPOCH),
    ],
)
def test_the_day_of_a_row(batch: Landed, tmp_path: Path, created_at: str | None, day: date) -> None:
    """A row is in its UTC day; without a time, or of before the archive began, in the archive's first day."""
    parsed = row(1, created_at=created_at)
    batch.take([landed(tmp_path, packed([parsed]))])
    assert batch.partitions() == [Partition(day, 7)]
    Merger(batch).merge(Part(Partition(day, 7)), None, tmp_path / "target.parquet")
    (found,) = content(tmp_path / "target.parquet")
    stored = parsed["created_at"]
    assert (found["created_at"] is None) == (stored is None)
    if isinstance(stored, str):
        assert datetime.fromisoformat(found["created_at"]) == datetime.fromisoformat(stored)


def test_partitions_are_kept_apart(batch: Landed, tmp_path: Path) -> None:
    """Each integration and each day gets its own rows and no other."""
    rows_ = [row(1), row(2, integration_id=8), row(3, created_at="2026-11-21T10:00:00Z")]
    batch.take([landed(tmp_path, packed(rows_))])
    found = {}
    for partition in batch.partitions():
        Merger(batch).merge(Part(partition), None, tmp_path / "target.parquet")
        found[partition.key] = [each["id"] for each in content(tmp_path / "target.parquet")]
    assert found == {
        "logs/dt=2026-11-20/integration-7.parquet": [1],
        "logs/dt=2026-11-20/integration-8.parquet": [2],
        "logs/dt=2026-11-21/integration-7.parquet": [3],
    }


@pytest.mark.parametrize(
    "landed_row",
    [
        row(None),
        row(1, integration_id=None),
        {**row(1), "id": -5},
        {**row(1), "integration_id": -5},
        {**row(1), "integration_id": 0},
        {**row(1), "rejected": ""},
        {},
        None,
    ],
)
def test_rows_that_the_archive_cannot_hold(batch: Landed, tmp_path: Path, landed_row: object) -> None:
    """A rejected row, or one without a record or an integration, is counted and in no partition."""
    batch.take([landed(tmp_path, packed([landed_row, row(9)]))])
    assert (batch.rows(), batch.rejected(), batch.partitions()) == (2, 1, [DAY.partition])
    Merger(batch).merge(DAY, None, tmp_path / "target.parquet")
    assert [each["id"] for each in content(tmp_path / "target.parquet")] == [9]


@pytest.mark.parametrize(
    "text", ["\N{PILE OF POO} ünïcödé \u202e", "a\0b", "\ud83d", "'; DROP TABLE landed; --", "\r\n\t\\"]
)
def test_texts_come_through(tmp_path: Path, text: str) -> None:
    """Any text is stored as the parser left it."""
    parsed = row(1, exception=text, request={"payload": text}, more=text)
    merge([parsed], None, tmp_path / "target.parquet")
    (found,) = content(tmp_path / "target.parquet")
    assert {name: found[name] for name in ("exception", "request", "extra")} == {
        name: parsed[name] for name in ("exception", "request", "extra")
    }


def test_a_body_of_ten_megabytes(tmp_path: Path) -> None:
    """A large body is archived whole, and merged into again."""
    body = os.urandom(5 << 20).hex()
    first, second = tmp_path / "1.parquet", tmp_path / "2.parquet"
    merge([row(1, response={"body": body})], None, first)
    assert merge([row(2, response={"body": body})], first, second) == Merged(1, 0)
    assert [json.loads(each["response"])["body"] == body for each in content(second)] == [True, True]


# --- what cannot be read ---------------------------------------------------------------------------------------------

GOOD = json.dumps(row(1)).encode() + b"\n"
MANY = packed(row(id_) for id_ in range(1, 200))
BROKEN = {
    "plain": GOOD,
    "garbage": os.urandom(200).replace(b"\x1f", b"\x1e"),
    "nothing": b"",
    "gzip of garbage": gzip.compress(b"\xff\xfe\x00" * 50),
    "cut short": MANY[:-200],
    "cut in the checksum": MANY[:-6],
    "wrong checksum": MANY[:-8] + b"\0\0\0\0" + MANY[-4:],
    "more behind the end": MANY + b"more",
    "a line that is no JSON": gzip.compress(GOOD + b"oops\n" + GOOD),
    "a line that is a list": gzip.compress(GOOD + b"[1]\n"),
    "a line that is a number": gzip.compress(GOOD + b"1\n"),
    "a record over two lines": gzip.compress(b'{"id": 1,\n"integration_id": 2}\n'),
    "an id that is a word": packed([row(1), {**row(2), "id": "two"}]),
    "an id beyond 64 bits": packed([{**row(2), "id": 2**64}]),
    "a time that is none": packed([{**row(2), "created_at": "yesterday"}]),
    "the same field twice": gzip.compress(b'{"id": 1, "id": 2}\n'),
    "bytes that are no UTF-8": gzip.compress(b'{"id": 1, "request": "\xff"}\n'),
}


@pytest.mark.parametrize("broken", list(BROKEN.values()), ids=list(BROKEN))
def test_an_unreadable_object_adds_nothing(batch: Landed, tmp_path: Path, broken: bytes) -> None:
    """What cannot be read is named and adds no row; what lies beside it is read in full."""
    files = [
        landed(tmp_path, packed([row(1)]), "a.gz"),
        landed(tmp_path, broken, "b.gz"),
        landed(tmp_path, packed([row(2)]), "c.gz"),
    ]
    assert batch.take(files) == [files[1]]
    assert batch.rows() == 2


@pytest.mark.parametrize(
    ("body", "count"),
    [(gzip.compress(b""), 0), (gzip.compress(b"\n" + GOOD + b"\r\n\n" + GOOD.strip()), 2), (MANY + MANY, 398)],
    ids=["no lines", "blank lines and no last newline", "two gzip members"],
)
def test_what_is_unusual_yet_readable(batch: Landed, tmp_path: Path, body: bytes, count: int) -> None:
    """What gzip and NDJSON allow is read."""
    assert batch.take([landed(tmp_path, body)]) == []
    assert batch.rows() == count


def test_too_large_a_row(batch: Landed, tmp_path: Path) -> None:
    """An object with a row beyond the limit is put aside whole."""
    body = gzip.compress(b'{"id": 1, "request": "' + b"x" * (70 << 20) + b'"}\n', 1)
    path = landed(tmp_path, body)
    assert batch.take([path]) == [path]


# --- memory and disk -------------------------------------------------------------------------------------------------


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """A disk that is full, as far as a process can tell: each file ends at ``size`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform == "win32", reason="has no limits on file size")
@pytest.mark.parametrize("limit", [1 << 19, 3 << 20])
def test_a_full_disk_is_no_fault_of_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """Where the disk is full, unpacking or gathering, the run ends with TryLater and calls no object unreadable."""
    monkeypatch.setattr("archive_logs.merging.merge._SLICE", 1 << 20)
    path = landed(tmp_path, packed(row(id_, exception=os.urandom(400).hex()) for id_ in range(1, 2000)))
    (tmp_path / "merger").mkdir()
    with files_no_larger_than(limit), Landed(tmp_path / "merger") as batch, pytest.raises(TryLater):
        Merger(batch).merge(DAY, None, tmp_path / "merger" / str(len(batch.take([path]))))


def test_too_little_memory_is_no_fault_of_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where memory does not suffice, the run ends with TryLater and calls no object unreadable."""
    monkeypatch.setattr("archive_logs.merging.database.MEMORY_LIMIT", "16MB")
    path = landed(tmp_path, packed(row(id_, exception=os.urandom(40_000).hex()) for id_ in range(1, 300)))
    (tmp_path / "merger").mkdir()
    with Landed(tmp_path / "merger") as batch, pytest.raises(TryLater):
        batch.take([path])


def test_a_large_partition_within_the_memory(tmp_path: Path) -> None:
    """150,000 rows, 0.3 GB of them, merge within the limit, in order, once each, and are summarised within it."""
    words = [os.urandom(300).hex() for _ in range(97)]

    def some(start: int, count: int) -> Iterator[bytes]:
        template = json.dumps(row(1) | {"id": "ID", "created_at": "TIME", "request": "REQ", "response": "RES"})
        start_time = datetime(2026, 11, 20, tzinfo=UTC)
        for id_ in range(start, start + count):
            time = start_time + timedelta(milliseconds=(id_ * 7919) % 86_400_000)
            line = template.replace('"ID"', str(id_)).replace("TIME", f"{time:%Y-%m-%dT%H:%M:%S.%fZ}")
            yield line.replace("REQ", words[id_ % 97]).replace("RES", words[id_ % 89]).encode() + b"\n"

    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    existing = None
    for folder, start, count in ((first, 1, 110_000), (second, 100_001, 50_000)):
        with gzip.open(folder / "0.gz", "wb", 1) as file:
            file.writelines(some(start, count))
        with Landed(folder) as batch:
            assert batch.take([folder / "0.gz"]) == []
            merged_ = Merger(batch).merge(DAY, existing, folder / "target.parquet")
            says, _ = Merger(batch).summarise(DAY, folder / "target.parquet")
        assert merged_ == Merged(110_000 if existing is None else 40_000, 0)
        existing = copyfile(folder / "target.parquet", second / "existing.parquet")
    assert (says["records"], says["last_id"]) == (150_000, 150_000)
    with duckdb.connect() as database:
        query = """
            SELECT count(*), count(DISTINCT id), count(*) FILTER (behind > here) FROM (
                SELECT id, (created_at, id) AS here, lag((created_at, id)) OVER (ORDER BY file_row_number) AS behind
                FROM read_parquet(?, file_row_number = true))
        """
        assert database.execute(query, [str(second / "target.parquet")]).fetchall() == [(150_000, 150_000, 0)]


def test_long_texts_within_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A partition of long texts, larger than the memory, is sorted slice by slice and written group by group."""
    monkeypatch.setattr("archive_logs.merging.database.MEMORY_LIMIT", "96MB")
    monkeypatch.setattr("archive_logs.merging.merge._SLICE", 8 << 20)
    texts = [os.urandom(3000).hex() for _ in range(61)]
    template = row(1)
    rows_ = (
        {
            **template,
            "id": id_,
            "created_at": f"2026-11-20T{id_ * 7 % 24:02}:00:00Z",
            "exception": texts[id_ % 61],
            "method": texts[id_ % 59],
        }
        for id_ in range(1, 9_001)
    )
    path, target = landed(tmp_path, packed(rows_)), tmp_path / "target.parquet"
    with Landed(tmp_path) as batch:
        assert batch.take([path]) == []
        assert Merger(batch).merge(DAY, None, target) == Merged(9_000, 0)
    with duckdb.connect() as database:
        groups = database.execute("SELECT count(DISTINCT row_group_id) FROM parquet_metadata(?)", [str(target)])
        assert groups.fetchall()[0][0] > 4
