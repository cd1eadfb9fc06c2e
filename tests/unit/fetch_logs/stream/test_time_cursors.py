from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetch_logs.stream import time_cursors

CREATED = "2026-03-01T02:02:00+01:00"
OTHER = datetime(2026, 2, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "created_at", "other"),
    [
        ("cursor=2026-03-01T02:02:00&page_size=25", CREATED, "cursor=2026-02-01T13:30:00&page_size=25"),
        ("cursor=2026-03-01T01:02:00&page_size=25", CREATED, "cursor=2026-02-01T12:30:00&page_size=25"),
        ("page_size=25&cursor=2026-03-01T01%3A02%3A00Z", CREATED, "page_size=25&cursor=2026-02-01T12%3A30%3A00Z"),
        ("cursor=2026-03-01T02:02:00+01:00", CREATED, "cursor=2026-02-01T13:30:00+01:00"),
        ("cursor=2026-03-01T02:02:00%2B01:00", CREATED, "cursor=2026-02-01T13:30:00%2B01:00"),
        ("cursor=2026-03-01%2001:02:00.000", CREATED, "cursor=2026-02-01%2012:30:00.000"),
        ("a=b&cursor=2026-03-01T01:02:00.123456Z&c=%20", "2026-03-01T01:02:00.123456Z",
         "a=b&cursor=2026-02-01T12:30:00.000000Z&c=%20"),
        ("cursor=2026-03-01T01:02:00.12Z", "2026-03-01T01:02:00.123456Z", "cursor=2026-02-01T12:30:00.00Z"),
        ("cursor=2026-03-01T01:02:00", "2026-03-01T01:02:00", "cursor=2026-02-01T12:30:00"),
        ("cursor=1772326920", CREATED, "cursor=1769949000"),
        ("cursor=1772326920000&page_size=9", CREATED, "cursor=1769949000000&page_size=9"),
        ("cursor=1772326920000000", CREATED, "cursor=1769949000000000"),
    ],
)  # fmt: skip
def test_a_cursor_that_is_a_time(query: str, created_at: str, other: str) -> None:
    """Another time is written just as Sendcloud wrote this one: zone, digits, escapes, and the query around it."""
    form = time_cursors.seen(query, created_at)
    assert form is not None
    assert form.query(OTHER) == other


@pytest.mark.parametrize(
    "query",
    [
        "page_size=25",
        "cursor=&page_size=25",
        "cursor=cD0xMjM=",
        "cursor=2026-03-01T02:03:00",
        "cursor=2026-03-01T00:02:00Z",
        "cursor=2026-03-01T02:02:00+02:00",
        "cursor=2026-03-01",
        "cursor=2026-13-41T25:61:00",
        "cursor=1772326921",
        "cursor=17723269",
        "cursor=1772326920.5",
        "cursor=\u0661\u0667\u0667\u0662\u0663\u0662\u0666\u0669\u0662\u0660",
        "cursor=2026-03-01T02%3a02%3a00",
        "precursor=2026-03-01T02:02:00",
        "cursor=2026-03-01T02:02:00+99:99",
    ],
)
def test_what_is_no_time_of_the_record_before(query: str) -> None:
    """What is no time, or not the record's, or would be written otherwise, is not taken for one."""
    assert time_cursors.seen(query, CREATED) is None


@pytest.mark.parametrize("created_at", ["None", "", "yesterday", "2026-03-01T02:02:00+99:00"])
def test_a_record_without_a_time(created_at: str) -> None:
    """Without a time of the record before it, a cursor shows nothing."""
    assert time_cursors.seen("cursor=2026-03-01T02:02:00", created_at) is None


zones = st.integers(-12 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
times = st.datetimes(datetime(2000, 1, 2), datetime(2099, 1, 1), timezones=zones)  # noqa: DTZ001  # the strategy adds it


@given(times, times, st.sampled_from(("seconds", "milliseconds", "microseconds")))
def test_round_trip(first: datetime, second: datetime, digits: str) -> None:
    """Whatever the zone and the digits: what is made for a record's time is what Sendcloud would write there."""
    query = f"cursor={first.isoformat(timespec=digits)}"
    form = time_cursors.seen(query, first.isoformat())
    assert form is not None
    there = second.astimezone(first.tzinfo).isoformat(timespec=digits)
    assert form.query(second) == f"cursor={there}"
