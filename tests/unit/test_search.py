from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_logs.backlog import work_off
from archive_logs.partitions import EPOCH
from archive_logs.search import Position, newest
from integration_logs.records import moment
from tests.fakes.memory_store import MemoryStore
from tests.unit.archive_rows import packed, rewritten, row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from integration_logs.objects import Entry
    from integration_logs.records import Row


def archived(*rows: Row) -> MemoryStore:
    store = MemoryStore()
    store.set("landing/a.ndjson.gz", packed(rows))
    work_off(store, lambda: 3600.0)
    store.calls.clear()
    return store


def walk(store: MemoryStore, page_size: int, integration_id: int = 7) -> list[dict[str, Any]]:
    """Every record, over as many pages as it takes; each cursor as text, as a client has it."""
    found: list[dict[str, Any]] = []
    after: Position | None = None
    while True:
        records, following = newest(store, integration_id, page_size=page_size, after=after)
        assert len(records) <= page_size
        found += records
        if following is None:
            return found
        assert records, "an empty page that has a next one"
        after = Position.of(following.cursor())


TIMES = (
    [f"2026-11-{day}T{hour}:00:00+01:00" for day in (20, 21, 22) for hour in ("00", "12", "23")]
    + ["2026-11-21T12:00:00+01:00"] * 4  # as many as a page, at one moment
    + ["2026-09-01T00:00:00Z", "2019-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]
    + [None, None, "no time"]
)


@pytest.fixture(scope="module")
def store() -> MemoryStore:
    return archived(
        *(row(id_, created_at=time) for id_, time in enumerate(TIMES, 1)),
        *(row(id_, integration_id=8) for id_ in (101, 102)),
    )


def _micros(text: str | None) -> int:
    time = moment(text)
    if time is None or time >= datetime(2100, 1, 1, tzinfo=UTC):
        return -(2**62)
    return (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


@pytest.mark.parametrize("page_size", [1, 2, 3, 4, 5, 7, 100])
def test_a_walk_gives_every_record_once_newest_first(store: MemoryStore, page_size: int) -> None:
    """Page after page, each record once, the newest first over all days, those without a usable time last."""
    found = walk(store, page_size)
    wanted = sorted(enumerate(TIMES, 1), key=lambda each: (_micros(each[1]), each[0]), reverse=True)
    assert [record["id"] for record in found] == [id_ for id_, _ in wanted]


def test_undated_records_are_last(store: MemoryStore) -> None:
    """A record without a time, or of one that no reader would look for, is behind one of the year 1."""
    assert [record["created_at"] for record in walk(store, 100)][-5:] == [
        "0001-01-01T00:00:00.000000+00:00", "no time", None, None, "9999-12-31T23:59:59.999999+00:00",
    ]  # fmt: skip


def test_integrations_are_kept_apart(store: MemoryStore) -> None:
    """Each integration has its own records; one that has none has an empty last page."""
    assert [record["id"] for record in walk(store, 25, integration_id=8)] == [102, 101]
    assert newest(store, 9, page_size=25, after=None) == ([], None)
    assert newest(MemoryStore(), 7, page_size=25, after=None) == ([], None)


def test_a_record_comes_back_as_sendcloud_gave_it() -> None:
    """Fields, types, documents and what this version does not know: the answer has Sendcloud's own shape."""
    record: dict[str, Any] = {
        "base_url": "https://example.com",
        "full_url": "https://example.com/order-note.json",
        "method": "POST",
        "response_code": 495,
        "response": {"headers": {"Cache-Control": "max-age=3600"}, "body": "<html>\N{PILE OF POO}</html>"},
        "request": {"headers": None, "payload": {"order_note": {"note": "Success", "lines": [1, 2.5, True, None]}}},
        "exception_type": "requests.exceptions.SSLError",
        "exception": "An SSL error occurred",
        "protected": False,
        "additional_data": "",
        "severity": {"level": 3},
    }
    store = archived(row(123, created_at="2023-03-01T02:02:00+01:00", **record))
    found, following = newest(store, 7, page_size=25, after=None)
    assert following is None
    when = "2023-03-01T01:02:00.000000+00:00"
    assert found == [record | {"id": 123, "integration_id": 7, "created_at": when}]


def test_missing_fields_come_back_as_null() -> None:
    """What a record did not have is null, and a value that did not fit its column comes back as it was."""
    store = archived(row(1, response_code="none", created_at="last Tuesday", protected="no"))
    (found,), _ = newest(store, 7, page_size=25, after=None)
    assert (found["response_code"], found["created_at"], found["protected"]) == ("none", "last Tuesday", "no")
    assert {found[name] for name in ("request", "response", "additional_data", "method", "exception")} == {None}
    json.dumps(found, allow_nan=False)


def test_large_records_make_short_pages() -> None:
    """A page stays below what a function may answer, and the walk still gives every record."""
    body = os.urandom(400_000).hex()
    store = archived(*(row(id_, response={"body": body}) for id_ in range(1, 8)))
    records, following = newest(store, 7, page_size=100, after=None)
    assert len(json.dumps(json.dumps(records))) < 6_000_000
    assert following
    assert [record["id"] for record in walk(store, 100)] == [7, 6, 5, 4, 3, 2, 1]


def test_one_record_beyond_the_bound_is_a_page() -> None:
    """The bound never makes an empty page."""
    store = archived(*(row(id_, exception=os.urandom(1_500_000).hex()) for id_ in (1, 2)))
    assert [record["id"] for record in walk(store, 100)] == [2, 1]


# --- partitions of several parts, and older objects ------------------------------------------------------------------


def in_parts(times: Sequence[tuple[int, str | None]], part_bytes: int = 1) -> MemoryStore:
    """These records (id, created_at), landed one by one, so that days have many parts."""
    store = MemoryStore()
    for id_, time in times:
        store.set("landing/a.ndjson.gz", packed([row(id_, created_at=time)]))
        work_off(store, lambda: 3600.0, part_bytes=part_bytes)
    return store


@pytest.mark.parametrize("page_size", [1, 2, 3, 100])
def test_the_parts_of_a_day_are_one(page_size: int) -> None:
    """A day in many parts, whose times overlap, comes in the order of time like any other."""
    order = [7, 3, 9, 1, 8, 2]
    times = [(id_, f"2026-11-2{id_ % 2}T{(id_ * 5) % 7:02}:00:00+00:00") for id_ in order]
    store = in_parts([*times, (4, None), (6, None)])
    assert len([key for key in store.objects if key.startswith("logs/")]) == 8
    wanted = sorted([*times, (4, None), (6, None)], key=lambda each: (_micros(each[1]), each[0]), reverse=True)
    assert [record["id"] for record in walk(store, page_size)] == [id_ for id_, _ in wanted]


def test_parts_of_days_that_are_not_needed_are_not_read() -> None:
    """A page reads every part of its own days, and none of the days behind them."""
    store = in_parts([(id_, f"2026-11-{20 + id_ // 3}T10:00:00Z") for id_ in range(9)][1:])
    assert len(asked(store, None, page_size=2)["download"]) == 3
    assert {key[8:18] for key in asked(store, None, page_size=2)["download"]} == {"2026-11-22"}


def test_an_object_of_an_older_schema_is_read(tmp_path: Path) -> None:
    """A column that an object does not have yet is null in the answer, beside objects that have it."""
    store = in_parts([(1, "2026-11-20T10:00:00Z"), (2, "2026-11-21T10:00:00Z")])
    key = "logs/dt=2026-11-20/integration-7.parquet"
    (tmp_path / "now.parquet").write_bytes(store.objects[key])
    old = rewritten(tmp_path / "now.parquet", tmp_path / "old.parquet", "* EXCLUDE (remedy, protected, extra)", 0)
    store.set(key, old.read_bytes())
    new, older = walk(store, 100)
    assert (older["id"], older["protected"], older["base_url"]) == (1, None, "https://shop.example")
    assert new.keys() == older.keys()


# --- what it costs ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def a_year() -> MemoryStore:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in (*range(30, 70), *range(330, 365))]
    return archived(*(row(n, created_at=f"{day}T10:00:00Z") for n, day in enumerate(days, 1)))


def asked(store: MemoryStore, after: Position | None, page_size: int = 5) -> dict[str, list[str]]:
    store.calls.clear()
    newest(store, 7, page_size=page_size, after=after)
    found: dict[str, list[str]] = {}
    for verb, key in store.calls:
        found.setdefault(verb, []).append(key)
    return found


def test_the_newest_page_lists_one_month(a_year: MemoryStore) -> None:
    """The first page lists the days' folders and the newest month, and reads no object that it does not need."""
    calls = asked(a_year, None)
    assert calls["folders"] == ["logs/"]
    assert calls["entries"] == ["logs/dt=2026-12"]
    assert calls["download"] == [f"logs/dt=2026-12-{day}/integration-7.parquet" for day in (31, 30, 29, 28, 27, 26)]


def test_a_later_page_begins_where_the_one_before_it_ended(a_year: MemoryStore) -> None:
    """A cursor skips the months and days above it unread."""
    after = Position(int(datetime(2026, 3, 2, 10, tzinfo=UTC).timestamp()) * 1_000_000, 31)
    calls = asked(a_year, after, page_size=1)
    assert calls["entries"] == ["logs/dt=2026-03", "logs/dt=2026-02"]
    assert [key[8:18] for key in calls["download"]] == ["2026-03-02", "2026-03-01", "2026-02-28"]


def test_listings_are_bounded(a_year: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each listing asks for a bounded number of objects, and foreign ones under logs/ are passed by."""
    limits: list[int] = []
    entries = a_year.entries

    def watched(prefix: str, *, limit: int, after: str = "") -> list[Entry]:
        limits.append(limit)
        return entries(prefix, limit=limit, after=after)

    monkeypatch.setattr(a_year, "entries", watched)
    for key in ("logs/dt=2026-12-99/integration-7.parquet", "logs/readme", "logs/dt=2026-12-31/integration-x.parquet"):
        a_year.set(key, b"")
    newest(a_year, 7, page_size=100, after=None)
    assert limits
    assert max(limits) <= 1_000_000


# --- cursors ---------------------------------------------------------------------------------------------------------


@given(st.integers(-(2**63), 2**63 - 1), st.integers(1, 2**63 - 1))
def test_a_cursor_stands_for_its_position(micros: int, id_: int) -> None:
    """A cursor is read back to the same position, and needs no escaping in a query."""
    cursor = Position(micros, id_).cursor()
    assert Position.of(cursor) == Position(micros, id_)
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert EPOCH <= Position(micros, id_).day() <= date.max


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


GARBAGE = [
    "x", "!!!!", "é", "\0", "AAAA", "=", " ", "%00", "2023-03-01T02:02:00+01:00", encoded("7"),
    encoded("7,"), encoded(",7"), encoded("a,b"), encoded("7,9,1"), encoded(" 7,9"), encoded("+7,9"), encoded("7_0,9"),
    encoded("07,9"), encoded("1.5,9"), encoded("٧,9"), encoded("1e9,1"), encoded(f"{2**63},1"), encoded(f"1,{2**64}"),
    encoded("9" * 70 + ",1"), Position(7, 9).cursor() + "=", Position(7, 9).cursor() + "!",
]  # fmt: skip


@pytest.mark.parametrize("cursor", GARBAGE)
def test_a_forged_cursor_is_refused(cursor: str) -> None:
    """What this API did not give out is a ValueError, never another exception and never some other position."""
    with pytest.raises(ValueError, match=r"."):
        Position.of(cursor)


@given(st.text(max_size=100))
def test_any_text_is_a_cursor_or_refused(cursor: str) -> None:
    """There is no text that breaks the reader of cursors."""
    with suppress(ValueError):
        assert Position.of(cursor).cursor() == cursor


@pytest.mark.parametrize("micros", [-(2**63), -(2**62), -1, 0, 2**62, 2**63 - 1])
def test_a_position_far_out(store: MemoryStore, micros: int) -> None:
    """Positions before and beyond all time give what lies behind them, if anything."""
    records, _ = newest(store, 7, page_size=100, after=Position(micros, 2**63 - 1))
    assert len(records) == sum((_micros(time) <= micros) for time in TIMES)
