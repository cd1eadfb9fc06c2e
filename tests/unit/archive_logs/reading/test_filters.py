from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from archive_logs.reading.cursor import UNDATED, Position
from archive_logs.reading.filters import Filters

PROBLEM: dict[str, Any] = {
    "records": 2, "exception_type": "Timeout", "method": "GET", "host": "shop.example", "response_code": 495,
}  # fmt: skip


def summary(*problems: dict[str, Any], **more: Any) -> bytes:
    found = {f"{number:016x}": PROBLEM | each for number, each in enumerate(problems)}
    records = sum(each["records"] for each in found.values())
    document = {"version": 1, "etag": '"e"', "records": records, "problems_left_out": 0, "problems": found}
    return json.dumps(document | more).encode()


@pytest.mark.parametrize(
    ("filters", "problems", "may"),
    [
        (Filters(exception_type="Timeout"), [{}], True),
        (Filters(exception_type="timeout"), [{}], False),
        (Filters(exception_type="Timeout"), [{"exception_type": " Timeout\n"}], True),
        (Filters(exception_type="Timeout"), [{"exception_type": None}], False),
        (Filters(exception_type="T" * 501), [{"exception_type": "T" * 500}], True),
        (Filters(method="get"), [{"method": " Get"}], True),
        (Filters(method="POST"), [{}], False),
        (Filters(host="Shop.example."), [{}], True),
        (Filters(host="shop.example\\"), [{}], True),
        (Filters(host="shop.example"), [{"host": None}], True),
        (Filters(host="example"), [{}], False),
        (Filters(response_code=495), [{}], True),
        (Filters(response_code=0), [{"response_code": None}], False),
        (Filters(fingerprint="0" * 16), [{}], True),
        (Filters(fingerprint="f" * 16), [{}], False),
        (Filters(method="GET", response_code=500), [{}, {"method": "POST", "response_code": 500}], False),
        (Filters(method="GET", response_code=500), [{}, {"response_code": 500}], True),
        (Filters(q="anything"), [{}], True),
    ],
)
def test_what_a_summary_can_tell(filters: Filters, problems: list[dict[str, Any]], may: bool) -> None:
    """An object is ruled out only where none of its problems can have a record that matches all filters at once."""
    assert filters.may_match(summary(*problems), '"e"') is may


@pytest.mark.parametrize(
    "body",
    [
        summary({}, version=2), summary({}, etag='"other"'), summary({}, problems_left_out=1), summary({}, records=3),
        b"", b"[]", b"null", b"\xff", b'{"version": 1}', b"{}",
    ],
)  # fmt: skip
def test_a_summary_that_is_not_the_objects_tells_nothing(body: bytes) -> None:
    """Another version, another object's, one that leaves records out, or none at all: the object is read."""
    assert Filters(exception_type="nowhere").may_match(body, '"e"')


def at(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("first", "last", "low", "high"),
    [
        ("2026-11-21", "2026-11-21", at(2026, 11, 21), at(2026, 11, 22)),
        ("2026-11-21T01:00:00+01:00", "2026-11-21T00:00:01Z", at(2026, 11, 21), at(2026, 11, 21, 0, 0, 1)),
        ("2026-11-21T00:00", None, at(2026, 11, 21), None),
        (None, "2026-11-21T00:00:00Z", UNDATED + 1, at(2026, 11, 21)),
        ("0001-01-01", "9999-12-31", -62135596800000000, 253402300800000000),
        (None, None, None, None),
    ],
)
def test_spans(first: str | None, last: str | None, low: int | None, high: int | None) -> None:
    """A day as its end belongs to a span, a moment does not; what has no time is in none that has an end."""
    found = Filters(first=first, last=last).span()
    assert found == tuple(None if each is None else Position(each) for each in (low, high))


@pytest.mark.parametrize("text", ["", "x", "2026-02-30", "2026-11-2", "20261121", "٢٠٢٦-11-21", "2026-11-21 ", "1e9"])
def test_what_is_no_time_is_refused_by_name(text: str) -> None:
    """What cannot be read as a day or a moment is refused, with the parameter's name and what to write."""
    for name, filters in (("from", Filters(first=text)), ("to", Filters(last=text))):
        with pytest.raises(ValueError, match="2026-11-22") as refused:
            filters.span()
        assert refused.value.args[0] == name
