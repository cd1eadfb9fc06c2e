from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive_logs.merging import database
from archive_logs.merging.backlog import work_off
from archive_logs.reading import search as reading
from archive_logs.reading.cursor import UNDATED, Cursor, Position, micros
from archive_logs.reading.filters import Filters
from archive_logs.reading.search import Page, Search, search
from integration_logs.errors import NeedsOperator
from integration_logs.times import moment
from tests.fakes.memory_store import MemoryStore
from tests.unit.archive_logs.archive_rows import packed, rewritten, row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from archive_logs.reading.cursor import Direction
    from integration_logs.bucket.objects import Entry
    from integration_logs.records.rows import Row


def archived(*rows: Row, part_bytes: int = 128 << 20) -> MemoryStore:
    store = MemoryStore()
    land(store, rows, part_bytes)
    store.calls.clear()
    return store


def land(store: MemoryStore, rows: Sequence[Row], part_bytes: int = 128 << 20) -> None:
    store.set("landing/a.ndjson.gz", packed(rows))
    work_off(store, lambda: 3600.0, part_bytes=part_bytes)


def copied(store: MemoryStore) -> MemoryStore:
    another = MemoryStore()
    another.objects = dict(store.objects)
    return another


def page(store: MemoryStore, wanted: Search, clock: Callable[[], float] = lambda: 0.0) -> Page:
    return search(store, wanted, clock)


def pages(store: MemoryStore, wanted: Search, direction: Direction = "next", **more: Any) -> list[Page]:
    """Every page from there on; each cursor as text, as a client has it."""
    found = []
    while True:
        found.append(page(store, wanted, **more))
        assert len(found[-1].records) <= wanted.page_size
        following = found[-1].next if direction == "next" else found[-1].prev
        if following is None:
            return found
        wanted = Search(wanted.integration_id, wanted.filters, wanted.page_size, Cursor.of(following.text()))


def walk(store: MemoryStore, page_size: int, integration_id: int | None = 7, **filters: Any) -> list[dict[str, Any]]:
    """Every record, over as many pages as it takes."""
    wanted = Search(integration_id, Filters(**filters), page_size)
    return [record for each in pages(store, wanted) for record in each.records]


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
        *(row(id_, integration_id=70) for id_ in (201, 202)),
    )


def _micros(text: str | None) -> int:
    time = moment(text)
    if time is None or time >= datetime(2100, 1, 1, tzinfo=UTC):
        return UNDATED
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
    """Each integration has its own records; one that has none has an empty last page; all together have all."""
    assert [record["id"] for record in walk(store, 25, integration_id=8)] == [102, 101]
    for empty in (page(store, Search(9)), page(MemoryStore(), Search(7)), page(MemoryStore(), Search())):
        assert (empty.records, empty.next, empty.prev) == ([], None, None)
    assert sorted(record["id"] for record in walk(store, 3, integration_id=None)) == [
        *range(1, len(TIMES) + 1), 101, 102, 201, 202,
    ]  # fmt: skip


# --- any archive, any filters, any page size -------------------------------------------------------------------------

ROWS: list[Row] = [
    row(
        id_,
        integration_id=7 + id_ % 3,
        created_at=(TIMES * 3)[id_],
        full_url=f"https://{('Shop.example', 'other.example')[id_ % 2]}/orders/{id_}",
        method=("GET", "post", "", None)[id_ % 4],
        response_code=(None, 0, 495, 500)[id_ // 2 % 4],
        exception_type=("requests.exceptions.SSLError", None, "Timeout")[id_ // 3 % 3],
        exception=("It failed", "100% of_it", "\\ and 'quotes'", None)[id_ // 5 % 4],
        request={"payload": {"note": ("plain", 'say "hi"', "ÜBER")[id_ % 3]}},
    )
    for id_ in range(1, 56)
] + [row(5, integration_id=7, created_at=TIMES[5])]  # the same id and time in two integrations

FILTERS = st.builds(
    Filters,
    first=st.sampled_from([None, None, "2026-11-21", "2026-11-21T11:00:00Z", "2018-01-01", "2027-01-01"]),
    last=st.sampled_from([None, None, "2026-11-21", "2026-11-22T00:00:00+02:00", "2020-01-01", "9999-12-31"]),
    exception_type=st.sampled_from([None, None, "Timeout", "requests.exceptions.SSLError", "ssl", "' OR 1=1 --"]),
    response_code=st.sampled_from([None, None, None, 0, 495, 7]),
    method=st.sampled_from([None, None, None, "GET", "Post", "PUT"]),
    host=st.sampled_from([None, None, "shop.example", "OTHER.example", "example"]),
    fingerprint=st.sampled_from([None, None, None, "0" * 16, *sorted({str(each["fingerprint"]) for each in ROWS})[:4]]),
    q=st.sampled_from(
        [None, None, "FAILED", "%", "_", "'", 'say "HI"', "über", '"note":"plain"', "\\", "orders/1", "x" * 99]
    ),
)


def matches(each: Row, of: Filters) -> bool:
    """Whether a row matches, said once more without a database."""
    at = moment(each["created_at"])  # type: ignore[arg-type]
    if of.first or of.last:
        if at is None or at.year >= 2100:
            return False
        low, high = of.span()
        here = Position(_micros(str(each["created_at"])))
        if (low and here < low) or (high and here >= high):
            return False
    texts = [str(each[name] or "") for name in ("exception", "full_url", "request", "response")]
    plain = of.q and of.q.lower()
    escaped = of.q and json.dumps(of.q.lower(), ensure_ascii=False)[1:-1]
    return (
        (of.exception_type is None or each["exception_type"] == of.exception_type)
        and (of.response_code is None or each["response_code"] == of.response_code)
        and (of.method is None or (each["method"] is not None and str(each["method"]).upper() == of.method.upper()))
        and (of.host is None or each["host"] == of.host.lower())
        and (of.fingerprint is None or each["fingerprint"] == of.fingerprint)
        and (
            plain is None
            or any(plain in text.lower() for text in texts)
            or any(str(escaped) in text.lower() for text in texts[2:])
        )
    )


def place(each: Row) -> tuple[int, int, int]:
    return _micros(each["created_at"]), each["id"], each["integration_id"]  # type: ignore[arg-type,return-value]


def named(records: Sequence[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(record["id"], record["integration_id"]) for record in records]


@pytest.fixture(scope="module", params=[128 << 20, 1], ids=["days", "parts"])
def every(request: pytest.FixtureRequest) -> MemoryStore:
    store = MemoryStore()
    for some in (ROWS[::2], ROWS[1::2]):
        land(store, some, request.param)
    return store


@given(FILTERS, st.sampled_from([None, 7, 8, 9, 10]), st.sampled_from([5, 7, 20, 100]))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_walk_there_and_back(every: MemoryStore, filters: Filters, integration_id: int | None, size: int) -> None:
    """The next links give exactly what matches, newest first, once; the prev links give the same pages back."""
    if (filters.first or "") == "2027-01-01" or (filters.last or "") == "2020-01-01":
        filters = replace(filters, first=None)  # not after the end
    wanted = [each for each in ROWS if matches(each, filters) and integration_id in {None, each["integration_id"]}]
    there = pages(every, Search(integration_id, filters, size))
    found = [record for each in there for record in each.records]
    assert named(found) == [(key[1], key[2]) for key in sorted(map(place, wanted), reverse=True)]
    assert there[0].prev is None
    if there[-1].prev:
        back = pages(every, Search(integration_id, filters, size, there[-1].prev), "prev")
        assert [each.records for each in back] == [each.records for each in there[-2::-1]]
        forth = page(every, Search(integration_id, filters, size, back[-1].next))
        assert forth.records == there[1].records


@given(st.data())
@settings(max_examples=7, deadline=None)
def test_records_that_arrive_neither_shift_nor_repeat_a_page(data: st.DataObject) -> None:
    """A walk gives each record that was there when it began, once, in order, whatever arrives while it goes on."""
    ids = data.draw(st.permutations(range(1, 13)))
    times = st.sampled_from(["2026-11-19T12:00:00Z", "2026-11-20T12:00:00Z", "2026-11-20T12:00:01Z", None])
    rows = [row(id_, integration_id=7 + id_ % 2, created_at=data.draw(times)) for id_ in ids]
    store = archived(*rows[:6], part_bytes=data.draw(st.sampled_from([1, 128 << 20])))
    arriving = iter([rows[6:9], rows[9:]])
    direction: Direction = data.draw(st.sampled_from(["next", "prev"]))
    cursor = None if direction == "next" else Cursor("prev", Position(-(2**63)))
    found: list[tuple[int, int]] = []
    wanted: Search | None = Search(None, Filters(), data.draw(st.integers(1, 3)), cursor)
    while wanted:
        here = page(store, wanted)
        found += named(here.records if direction == "next" else here.records[::-1])
        following = here.next if direction == "next" else here.prev
        wanted = Search(None, Filters(), wanted.page_size, following) if following else None
        if some := next(arriving, None):
            land(store, some)
    order = [(key[1], key[2]) for key in sorted(map(place, rows), reverse=direction == "next")]
    assert found == [each for each in order if each in set(found)]
    assert {(each["id"], each["integration_id"]) for each in rows[:6]} <= set(found)


def test_what_is_newer_is_behind_prev(store: MemoryStore) -> None:
    """The way back from an older page leads to what has arrived since, too; and forward again to that very page."""
    mine = copied(store)
    first = page(mine, Search(8, page_size=1))
    second = page(mine, Search(8, page_size=1, cursor=first.next))
    land(mine, [row(103, integration_id=8, created_at="2026-11-23T00:00:00Z")])
    back = pages(mine, Search(8, page_size=1, cursor=second.prev), "prev")
    assert [named(each.records) for each in back] == [[(102, 8)], [(103, 8)]]
    again = page(mine, Search(8, page_size=1, cursor=back[0].next))
    assert again.records == second.records


@pytest.mark.parametrize("direction", ["next", "prev"])
@pytest.mark.parametrize("at", [-(2**63), UNDATED - 1, UNDATED, -1, 0, 2**62, 2**63 - 1])
def test_a_position_far_out(store: MemoryStore, at: int, direction: Direction) -> None:
    """Positions before and beyond all time give what lies behind them, if anything."""
    found = page(store, Search(7, page_size=100, cursor=Cursor(direction, Position(at, 2**63, 2**63)))).records
    assert len(found) == sum((_micros(time) <= at) == (direction == "next") for time in TIMES)


# --- the shape of a record -------------------------------------------------------------------------------------------


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
    found = walk(store, 25)
    when = "2023-03-01T01:02:00.000000+00:00"
    assert found == [record | {"id": 123, "integration_id": 7, "created_at": when}]


def test_missing_fields_come_back_as_null() -> None:
    """What a record did not have is null, and a value that did not fit its column comes back as it was."""
    store = archived(row(1, response_code="none", created_at="last Tuesday", protected="no"))
    (found,) = walk(store, 25)
    assert (found["response_code"], found["created_at"], found["protected"]) == ("none", "last Tuesday", "no")
    assert {found[name] for name in ("request", "response", "additional_data", "method", "exception")} == {None}
    json.dumps(found, allow_nan=False)


def test_large_records_make_short_pages() -> None:
    """A page stays below what a function may answer, and the walk still gives every record, in both directions."""
    body = os.urandom(600_000).hex()
    store = archived(*(row(id_, response={"body": body}) for id_ in range(1, 8)))
    there = pages(store, Search(7, page_size=100))
    assert [[record["id"] for record in each.records] for each in there] == [[7, 6, 5, 4], [3, 2, 1]]
    assert all(len(json.dumps(json.dumps(each.records))) < 6_000_000 for each in there)
    back = page(store, Search(7, page_size=100, cursor=Cursor("prev", Position(UNDATED))))
    assert [record["id"] for record in back.records] == [4, 3, 2, 1]
    assert back.cut == ()


@pytest.mark.parametrize("character", ["x", "\\", "\x01"])
def test_a_record_too_large_for_any_page_is_cut(character: str) -> None:
    """It is answered all the same, with marks and by name, between whole records."""
    store = archived(row(1), row(2, exception=character * 3_000_000, response={"body": character * 3_000_000}), row(3))
    there = pages(store, Search(7, page_size=100))
    assert [[record["id"] for record in each.records] for each in there] == [[3], [2], [1]]
    assert [each.cut for each in there] == [(), (2,), ()]
    assert all(len(json.dumps(json.dumps(each.records))) < 6_000_000 for each in there)
    assert str(there[1].records[0]["exception"]).endswith("[cut: 3000000 characters in the archive]")


def test_a_record_that_only_its_escaping_makes_too_large_is_cut() -> None:
    """What counts is how much the answer takes, not how long the text is."""
    store = archived(row(1), row(2, exception="\x01" * 1_500_000))
    found = page(store, Search(7, page_size=100))
    assert ([record["id"] for record in found.records], found.cut) == ([2], (2,))
    assert len(json.dumps(json.dumps(found.records))) < 6_000_000


# --- partitions of several parts, and older objects ------------------------------------------------------------------


def in_parts(times: Sequence[tuple[int, str | None]], part_bytes: int = 1) -> MemoryStore:
    """These records (id, created_at), landed one by one, so that days have many parts."""
    store = MemoryStore()
    for id_, time in times:
        store.set("landing/a.ndjson.gz", packed([row(id_, created_at=time)]))
        work_off(store, lambda: 3600.0, part_bytes=part_bytes)
    return store


def test_the_parts_of_a_day_are_one() -> None:
    """A day in many parts, whose times overlap, comes in the order of time like any other."""
    order = [7, 3, 9, 1, 8, 2]
    times = [(id_, f"2026-11-2{id_ % 2}T{(id_ * 5) % 7:02}:00:00+00:00") for id_ in order]
    store = in_parts([*times, (4, None), (6, None)])
    assert len([key for key in store.objects if key.startswith("logs/")]) == 8
    wanted = sorted([*times, (4, None), (6, None)], key=lambda each: (_micros(each[1]), each[0]), reverse=True)
    for page_size in (1, 2, 3, 100):
        assert [record["id"] for record in walk(store, page_size)] == [id_ for id_, _ in wanted]


def test_parts_of_days_that_are_not_needed_are_not_read() -> None:
    """A page reads every part of its own days, and none of the days behind them."""
    store = in_parts([(id_, f"2026-11-{20 + id_ // 3}T10:00:00Z") for id_ in range(9)][1:])
    calls = asked(store, Search(7, page_size=2))
    assert len(calls["download"]) == 3
    assert {key[8:18] for key in calls["download"]} == {"2026-11-22"}


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


def test_a_damaged_object_is_never_an_empty_page(store: MemoryStore) -> None:
    """An object that cannot be read is an operator's to mend, by name; so is one whose texts are damaged."""
    mine = copied(store)
    mine.set("logs/dt=2026-11-21/integration-7.parquet", b"damaged")
    kept = database._kept()
    with pytest.raises(NeedsOperator, match=r"^logs/dt=2026-11-21/integration-7\.parquet cannot be"):
        walk(mine, 100)
    assert database._kept() is not kept, "for a fatal error would end it for good"
    kept = database._kept()
    walk(store, 100)
    assert database._kept() is kept


def test_an_object_that_was_deleted_meanwhile(store: MemoryStore) -> None:
    """What the archive's retention deletes between the listing and the reading is passed by."""
    mine = copied(store)
    key = "logs/dt=2026-11-21/integration-7.parquet"
    mine.at(verb="download", prefix=key, before=lambda _: mine.objects.pop(key))
    assert len(walk(mine, 100)) == len(
        [time for time in TIMES if not str(time).startswith("2026-11-21")]
    )  # and one of each day is of the UTC day before


# --- what it costs ---------------------------------------------------------------------------------------------------


def asked(store: MemoryStore, wanted: Search) -> dict[str, list[str]]:
    store.calls.clear()
    page(store, wanted)
    found: dict[str, list[str]] = {}
    for verb, key in store.calls:
        found.setdefault(verb, []).append(key)
    return {verb: sorted(keys, reverse=True) for verb, keys in found.items()}


@pytest.fixture(scope="module")
def a_year() -> MemoryStore:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in (*range(30, 65), *range(350, 365))]
    return archived(
        *(
            row(10 * n + id_, integration_id=id_, created_at=f"{day}T10:00:00Z", exception_type=("A", "B")[n == 3])
            for n, day in enumerate(days, 1)
            for id_ in ((7, 8) if day.day in {10, 11, 28, 30} else (7,))
        )
    )


def test_the_newest_page_reads_its_days(a_year: MemoryStore) -> None:
    """The first page lists the archive's days and those that it looks at, and reads no other integration's objects."""
    calls = asked(a_year, Search(7, page_size=6))
    assert calls["folders"] == ["logs/"]
    wanted = [f"logs/dt=2026-12-{day}/integration-7" for day in (31, 30, 29, 28, 27, 26, 25)]
    assert calls["download"] == [f"{each}.parquet" for each in wanted]
    assert calls["entries"] == [f"{each}." for each in wanted]
    assert set(calls) == {"folders", "entries", "download"}


@pytest.mark.parametrize("page_size", [1, 2, 5, 20, 40])
def test_little_is_read_in_vain(a_year: MemoryStore, page_size: int) -> None:
    """At most about as much is read ahead as was needed; and the page says how much it was."""
    found = page(a_year, Search(7, page_size=page_size))
    needed = page_size + 1
    assert needed <= found.objects <= 2 * needed + 1
    calls = asked(a_year, Search(7, page_size=page_size))
    assert found.objects == len(calls["download"])
    assert found.bytes == sum(len(a_year.objects[key]) for key in calls["download"])


def test_a_later_page_begins_where_the_one_before_it_ended(a_year: MemoryStore) -> None:
    """A cursor skips the days above it unread, in both directions."""
    at = Position(micros(date(2026, 3, 2)) + 1, 10**6)
    assert [key[8:18] for key in asked(a_year, Search(7, page_size=1, cursor=Cursor("next", at)))["download"]] == [
        "2026-03-02", "2026-03-01", "2026-02-28",
    ]  # fmt: skip
    assert [key[8:18] for key in asked(a_year, Search(7, page_size=1, cursor=Cursor("prev", at)))["download"]] == [
        "2026-03-04", "2026-03-03", "2026-03-02",
    ]  # fmt: skip


def test_a_span_of_days_reads_those(a_year: MemoryStore) -> None:
    """With from and to nothing outside of them is listed or read."""
    calls = asked(a_year, Search(8, Filters(first="2026-02-10", last="2026-02-11"), 100))
    assert [key[8:18] for key in calls["download"]] == [key[8:18] for key in calls["entries"]]
    assert [key[8:18] for key in calls["download"]] == ["2026-02-11", "2026-02-10"]


def test_objects_are_ruled_out_by_their_summaries(a_year: MemoryStore) -> None:
    """Where a summary shows that nothing matches, its object is not read; the page says how many summaries it took."""
    wanted = Search(7, Filters(exception_type="B"), 100)
    found = page(a_year, wanted)
    assert [record["id"] for record in found.records] == [37]
    assert (found.objects, found.summaries, found.next) == (1, 50, None)
    assert asked(a_year, wanted)["download"] == ["logs/dt=2026-02-02/integration-7.parquet"]


def _without_summary(store: MemoryStore, key: str) -> None:
    del store.objects[key]


def _stale(store: MemoryStore, key: str) -> None:
    document = json.loads(store.objects[key])
    store.set(key, json.dumps(document | {"etag": '"another"', "problems": {}, "records": 0}).encode())


def _no_json(store: MemoryStore, key: str) -> None:
    store.set(key, b"{")


def _left_out(store: MemoryStore, key: str) -> None:
    document = json.loads(store.objects[key])
    store.set(key, json.dumps(document | {"problems_left_out": 1, "problems": {}, "records": 0}).encode())


@pytest.mark.parametrize("change", [_without_summary, _stale, _no_json, _left_out])
def test_a_summary_that_cannot_tell_rules_nothing_out(a_year: MemoryStore, change: Any) -> None:
    """Without a summary of the very object, or where it leaves problems out, the object is read."""
    mine = copied(a_year)
    change(mine, "state/summaries/dt=2026-02-02/integration-7.json")
    found = page(mine, Search(7, Filters(exception_type="B"), 100))
    assert ([record["id"] for record in found.records], found.objects) == ([37], 1)


def ticking(seconds: float) -> Callable[[], float]:
    """A clock that goes on by so much each time that somebody looks."""
    times = iter(range(10**6))
    return lambda: next(times) * seconds


@pytest.mark.parametrize("filters", [{"q": "nowhere"}, {"exception_type": "B"}, {}])
@pytest.mark.parametrize("direction", ["next", "prev"])
def test_when_the_time_is_up_a_page_ends(a_year: MemoryStore, filters: dict[str, str], direction: Direction) -> None:
    """However little time there is, each page goes on behind the one before it, and the walk gives all that matches."""
    start = None if direction == "next" else Cursor("prev", Position(-(2**63)))
    found = pages(a_year, Search(7, Filters(**filters), 10, start), direction, clock=ticking(10**3))  # type: ignore[arg-type]
    assert len(found) == 50
    ids = [record["id"] for each in found for record in each.records]
    assert sorted(ids) == sorted(record["id"] for record in walk(a_year, 100, **filters))


def test_when_much_was_read_a_page_ends(a_year: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """So does one that has read as many bytes as it may, and a batch of large days is a short one."""
    monkeypatch.setattr(reading, "MOST_READ", 1)
    assert len(pages(a_year, Search(7, Filters(q="nowhere"), 10))) == 50
    monkeypatch.setattr(reading, "MOST_READ", 10**9)
    monkeypatch.setattr(reading, "_BATCH_BYTES", 1)
    assert len(pages(a_year, Search(7, Filters(q="nowhere"), 10))) == 1
    monkeypatch.setattr(reading, "_BATCH_BYTES", 10**9)
    monkeypatch.setattr(reading, "_BATCH_OBJECTS", 1)
    assert len(pages(a_year, Search(7, Filters(q="nowhere"), 10), clock=ticking(3.0))) == 17


@pytest.mark.parametrize("direction", ["next", "prev"])
def test_a_foreign_folder_is_passed_by(a_year: MemoryStore, direction: Direction) -> None:
    """What somebody else put beside the archive's days is no day of its, also where the time is up right before it."""
    mine = copied(a_year)
    for folder in ("dt=9999-12-31", "dt=0001-01-01", "dt=x", "other"):
        mine.set(f"logs/{folder}/integration-7.parquet", b"foreign")
    start = None if direction == "next" else Cursor("prev", Position(-(2**63)))
    found = pages(mine, Search(7, page_size=100, cursor=start), direction, clock=ticking(1000.0))
    assert sum(len(each.records) for each in found) == 50


def test_listings_are_bounded(a_year: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each listing asks for a bounded number of objects, and foreign ones under logs/ are passed by."""
    mine = copied(a_year)
    limits: list[int] = []
    entries = mine.entries

    def watched(prefix: str, *, limit: int, after: str = "") -> list[Entry]:
        limits.append(limit)
        return entries(prefix, limit=limit, after=after)

    monkeypatch.setattr(mine, "entries", watched)
    for key in ("logs/dt=2026-12-99/integration-7.parquet", "logs/readme", "logs/dt=2026-12-31/integration-x.parquet"):
        mine.set(key, b"")
    assert len(page(mine, Search(None, page_size=50)).records) == 50
    assert limits
    assert max(limits) <= 1_000_000
