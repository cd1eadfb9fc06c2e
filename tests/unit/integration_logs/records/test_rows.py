from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from integration_logs.records.rows import (
    COLUMNS,
    host,
    json_text,
    moment,
    names_integration,
    parse,
    plain_text,
    timestamp,
)

FETCHED = datetime(2026, 11, 22, 12, tzinfo=UTC)

SAMPLE: dict[str, Any] = {  # the documented one, in all its fields
    "id": 123,
    "base_url": "https://example.com",
    "full_url": "https://example.com/order-note.json",
    "method": "POST",
    "response_code": 495,
    "response": {
        "headers": {
            "Cache-Control": "max-age=3600",
            "Content-Type": "text/html; charset=utf-8",
            "Connection": "keep-alive",
        },
        "body": "<html><title>SSL Certificate Error</title></html>",
    },
    "request": {"headers": {}, "payload": {"order_note": {"note": "Success"}}},
    "created_at": "2023-03-01T02:02:00+01:00",
    "exception_type": "requests.exceptions.SSLError",
    "exception": "An SSL error occurred",
    "protected": False,
    "additional_data": "",
}


def row(record: Any, integration_id: int | None = 7) -> dict[str, Any]:
    return dict(parse(record, account="main", integration_id=integration_id, fetched_at=FETCHED))


def test_the_documented_sample() -> None:
    """Every documented field goes into its own column, and the path names the integration that the sample does not."""
    parsed = row(SAMPLE)
    assert {name: parsed[name] for name in ("id", "integration_id", "account", "host", "method")} == {
        "id": 123,
        "integration_id": 7,
        "account": "main",
        "host": "example.com",
        "method": "POST",
    }
    assert parsed["created_at"] == "2023-03-01T01:02:00.000000Z"
    assert parsed["fetched_at"] == "2026-11-22T12:00:00.000000Z"
    assert parsed["base_url"] == SAMPLE["base_url"]
    assert parsed["full_url"] == SAMPLE["full_url"]
    assert parsed["response_code"] == 495
    assert parsed["exception_type"] == SAMPLE["exception_type"]
    assert parsed["exception"] == SAMPLE["exception"]
    assert parsed["protected"] is False
    assert json.loads(parsed["request"]) == SAMPLE["request"]
    assert json.loads(parsed["response"]) == SAMPLE["response"]
    assert json.loads(parsed["additional_data"]) == ""
    assert parsed["fingerprint"]
    assert parsed["remedy"]
    assert parsed["extra"] is None
    assert parsed["rejected"] is None
    assert list(parsed) == [*(column.name for column in COLUMNS), "rejected"]


def test_the_least_record() -> None:
    """Only base_url is promised: all else may be missing, and is null then, not invented."""
    parsed = row({"id": 1, "base_url": "https://example.com"})
    empty = {name for name, value in parsed.items() if value is None}
    assert {column.name for column in COLUMNS} - empty == {
        "id",
        "integration_id",
        "account",
        "fetched_at",
        "base_url",
        "host",
        "fingerprint",
    }
    assert parsed["rejected"] is None


@pytest.mark.parametrize("name", [name for name in SAMPLE if name not in {"id", "base_url"}])
def test_a_null(name: str) -> None:
    """A null is a null in the column, and nothing extra."""
    parsed = row({**SAMPLE, name: None})
    assert parsed[name] is None
    assert parsed["extra"] is None
    assert parsed["rejected"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("response", {"headers": None, "body": None}),
        ("response", {"headers": {"A": "b"}, "body": {"code": "woocommerce_rest_cannot_view"}}),
        ("response", {"headers": {}, "body": "text"}),
        ("response", "text"),
        ("request", {"headers": "A: b\r\nC: d\r\n", "payload": "a=b"}),
        ("request", {"headers": None, "payload": None}),
        ("request", {"headers": {"A": "b"}, "payload": {"order": [1, 2.5, None, True]}}),
        ("request", [1]),
        ("additional_data", "scheduled retry"),
        ("additional_data", {"order_number": "1", "attempt": 2}),
        ("additional_data", False),
    ],
)
def test_what_varies_is_json(name: str, value: Any) -> None:
    """A field that comes in several types is kept as JSON text, whatever it is."""
    parsed = row({**SAMPLE, name: value})
    assert json.loads(parsed[name]) == value
    assert parsed["extra"] is None


@pytest.mark.parametrize("name", ["id", "integration_id", "response_code"])
def test_a_number_in_quotes(name: str) -> None:
    """A number that comes as its digits is that number."""
    parsed = row({**SAMPLE, name: "456"})
    assert parsed[name] == 456
    assert parsed["extra"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("integration_id", "seven"),
        ("integration_id", 0),
        ("integration_id", -7),
        ("integration_id", True),
        ("integration_id", 2**63),
        ("integration_id", [7]),
        ("response_code", -1),
        ("response_code", 2**31),
        ("response_code", 404.5),
        ("response_code", "٤٠٤"),
        ("response_code", "9" * 5000),
        ("created_at", "yesterday"),
        ("created_at", 1_677_632_520),
        ("created_at", ""),
        ("created_at", "0001-01-01T00:00:00+01:00"),
        ("created_at", "9999-12-31T23:59:59-01:00"),
        ("created_at", {"date": "2023-03-01"}),
        ("protected", "yes"),
        ("protected", 1),
        ("method", 5),
        ("full_url", ["https://example.com"]),
        ("exception", {"message": "An SSL error occurred"}),
        ("exception_type", False),
        ("severity", "high"),
        ("a_new_field", {"with": [None, {"depth": 1.5}]}),
        ("unknown_null", None),
    ],
)
def test_nothing_is_lost(name: str, value: Any) -> None:
    """What does not fit its column, and every field that is not known, is kept in ``extra`` as it came."""
    parsed = row({**SAMPLE, name: value})
    assert json.loads(parsed["extra"]) == {name: value}
    assert parsed["rejected"] is None
    assert parsed["id"] == 123


@pytest.mark.parametrize("id_", [None, 0, -1, 1.0, True, "x", "", 2**63, [1], "9" * 30])
def test_no_usable_id(id_: Any) -> None:
    """A record that cannot be told from another is rejected with the reason, and what it says is kept."""
    parsed = row({**SAMPLE, "id": id_})
    assert parsed["id"] is None
    assert parsed["rejected"] == "the record has no usable id"
    assert parsed["exception"] == SAMPLE["exception"]
    assert parsed["extra"] is None if id_ is None else json.loads(parsed["extra"]) == {"id": id_}


@pytest.mark.parametrize("record", [None, True, 1, 1.5, "text", [], [{"id": 1}]])
def test_no_object(record: Any) -> None:
    """What is no object at all is rejected and kept whole."""
    parsed = row(record)
    assert parsed["rejected"] == "the record is no JSON object"
    assert json.loads(parsed["extra"]) == record
    assert parsed["account"] == "main"


def test_which_integration() -> None:
    """The record's own word goes before the path's; without either, the row is rejected."""
    assert row({**SAMPLE, "integration_id": 9})["integration_id"] == 9
    assert row({**SAMPLE, "integration_id": None})["integration_id"] == 7
    assert row({**SAMPLE, "integration_id": 9}, None)["rejected"] is None
    assert "integration" in row(SAMPLE, None)["rejected"]


@given(st.dictionaries(st.just("integration_id"), st.none() | st.integers() | st.text() | st.booleans()))
@example({"integration_id": "7"})
def test_names_integration(record: dict[str, Any]) -> None:
    """A record names its integration exactly where its row has one without the path's help."""
    assert names_integration(record) is (row(record, None)["integration_id"] is not None)


def test_the_record_stays_as_it_is() -> None:
    """Parsing takes nothing away from the record it was given."""
    record = json.loads(json.dumps(SAMPLE))
    row(record)
    assert record == SAMPLE


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2023-03-01T02:02:00+01:00", "2023-03-01T01:02:00.000000Z"),
        ("2023-03-01T02:02:00Z", "2023-03-01T02:02:00.000000Z"),
        ("2023-03-01T02:02:00", "2023-03-01T02:02:00.000000Z"),
        ("2023-03-01 02:02:00.123456-05:30", "2023-03-01T07:32:00.123456Z"),
        (" 2023-03-01T02:02:00Z ", "2023-03-01T02:02:00.000000Z"),
        ("2023-03-01", "2023-03-01T00:00:00.000000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
        ("0999-12-31T23:59:59Z", "0999-12-31T23:59:59.000000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_times(text: str, utc: str) -> None:
    """A date-time is turned to UTC; one without an offset is UTC already."""
    time = moment(text)
    assert time is not None
    assert timestamp(time) == utc
    assert moment(utc) == time


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_timestamps_sort(first: datetime, second: datetime) -> None:
    """Timestamps sort as texts as their times do, from the first year to the last, and are read back."""
    assert (timestamp(first) < timestamp(second)) is (first < second)
    assert moment(timestamp(first)) == first


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://Shop.Example:8443/x?y", "shop.example"),
        ("https://user:password@shop.example/", "shop.example"),
        ("https://[::1]:8080/", "::1"),
        ("https://[::1", None),
        ("shop.example/x", None),
        ("https:///x", None),
        ("", None),
    ],
)
def test_host(url: str, found: str | None) -> None:
    """The host is the URL's, in small letters, without user and port."""
    assert host(url) == found


PARTS = st.sampled_from(
    [*"/?#:@[]\\\t\n\0 %;.", "//", "http", "HTTPS:", "://", "u:p@", "a.NL", "é.nl", "[::1]", "80", "x" * 300]
)


@given(st.lists(PARTS, max_size=9).map("".join), st.sampled_from(["", "/", "?q", "#f", "/[", "?:@"]))
def test_host_of_any_url(url: str, rest: str) -> None:
    """What stands behind the host never changes it, and it is the one that the standard library reads."""

    def read(url: str) -> str | None:
        try:
            return urlsplit(url).hostname or None
        except ValueError:
            return None

    assert host(url) == read(url)
    assert host(url + rest) == read(url + rest)


numbers = st.integers(-(10**400), 10**400) | st.floats() | st.sampled_from([10**4000, 1e308])
texts = st.text() | st.text(st.characters(codec=None), max_size=10) | st.sampled_from(["\0", "\ud800", "\udc00\ud800"])
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
fields = st.sampled_from([*SAMPLE, "integration_id", "unknown"]) | texts
records = st.dictionaries(fields, values | st.datetimes().map(datetime.isoformat), max_size=12)


@given(values | records, st.none() | st.integers(1, 2**63 - 1))
@example({"id": 1, "base_url": "https://\ud800/", "exception": "a\0b", "x": float("nan"), "\0": float("-inf")}, 1)
@example({"id": 1, "full_url": "http://[", "created_at": "9999-12-31T23:59:59-23:59"}, None)
def test_any_record(record: Any, integration_id: int | None) -> None:
    """Whatever JSON a record is, it becomes a row of plain values that every reader takes: UTF-8, no NaN, no NUL."""
    parsed = row(record, integration_id)
    assert list(parsed) == [*(column.name for column in COLUMNS), "rejected"]
    line = json.dumps(parsed, ensure_ascii=False, allow_nan=False).encode()
    assert json.loads(line) == parsed
    for name, value in parsed.items():
        assert value is None or isinstance(value, str | int)
        assert not isinstance(value, str) or "\0" not in value
        if name in {"request", "response", "additional_data", "extra"} and isinstance(value, str):
            assert "\\u0000" not in value.replace("\\\\", "")
            json.loads(value, parse_constant=pytest.fail)


@given(records)
def test_every_field_is_somewhere(record: dict[str, Any]) -> None:
    """Each field that says something is in a column or in ``extra``."""
    parsed = row(record)
    extra = json.loads(parsed["extra"] or "{}")
    columns = {column.name for column in COLUMNS}
    for name, value in record.items():
        if value is not None:
            assert plain_text(name) in extra or (name in columns and parsed[name] is not None)


clean = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
sound = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | clean,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(clean, inner, max_size=4),
    max_leaves=8,
)


@given(sound)
@example({"a": "\\u0000"})
def test_json_text_keeps_values(value: Any) -> None:
    """A value that every reader takes comes back from its JSON text as it was."""
    assert json.loads(json_text(value)) == value


@given(texts)
def test_plain_text(text: str) -> None:
    """Text is as it was but for NUL and half characters, which are replaced one for one."""
    plain = plain_text(text)
    plain.encode()
    assert "\0" not in plain
    if "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text):
        assert plain == text
