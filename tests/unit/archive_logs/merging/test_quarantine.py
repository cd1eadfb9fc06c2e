from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_logs.merging import quarantine
from integration_logs.bucket.landing import encode
from integration_logs.records.rows import COLUMNS as TYPED
from integration_logs.records.rows import parse
from tests.unit.archive_logs.archive_rows import FETCHED

COLUMNS = [column.name for column in TYPED]
KEY = "landing/2026-a.ndjson.gz"


def rejected(*rows: Any) -> list[dict[str, Any]]:
    lines = [row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows]
    return [json.loads(line) for line in quarantine.rejected_rows(lines, KEY)]


def test_a_rejected_row_is_kept_with_its_reason() -> None:
    """The reason, where it had landed, and the row as it was; the good rows around it are not there."""
    good = {"id": 1, "integration_id": 2, "rejected": None}
    bad = {"id": None, "integration_id": 2, "rejected": "the record has no usable id", "extra": "\N{PILE OF POO}"}
    assert rejected(good, bad, good) == [{"reason": bad["rejected"], "landed_as": KEY, "row": bad}]


@pytest.mark.parametrize(
    "row",
    [
        {},
        None,
        {"id": 1},
        {"id": 1, "integration_id": 0},
        {"id": -1, "integration_id": 1},
        {"id": "7", "integration_id": 1},
        {"id": True, "integration_id": 1},
        {"id": 1, "integration_id": 1, "rejected": ""},
    ],
)
def test_a_row_without_a_name_is_kept(row: Any) -> None:
    """A row that names no record or no integration is kept, rejected by the fetcher or not."""
    (found,) = rejected(row)
    assert found["row"] == row
    assert isinstance(found["reason"], str)


@pytest.mark.parametrize("line", [b"\xff\xfe", b"oops", b"[" * 100_000])
def test_a_line_that_is_not_understood_is_kept_as_text(line: bytes) -> None:
    """Nothing that a line may hold stops the others from being put aside."""
    found = rejected(line, {})
    assert [each["row"] for each in found] == [line.decode("utf-8", "replace"), {}]


@pytest.mark.parametrize(
    "line", [b'{"id": null, "exception": "\\ud800"}', b'{"id": NaN}', b'{"id": 1e999, "a": "\\u0000"}']
)
def test_a_row_that_is_no_utf8_or_no_number_is_kept(line: bytes) -> None:
    """What JSON may say and text may not hold becomes U+FFFD; it stops nothing."""
    (found,) = quarantine.rejected_rows([line], KEY)
    assert set(json.loads(found.decode())["row"]) == set(json.loads(line))


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
records = values | st.dictionaries(st.sampled_from([*COLUMNS, "webhook_id"]), values)


def unordered(parsed: dict[str, Any]) -> dict[str, Any]:
    """The row with what is in ``extra`` in no order."""
    return parsed | {"extra": json.loads(parsed["extra"]) if parsed["extra"] else None}


@given(records, st.none() | st.integers(1, 2**63 - 1))
def test_a_release_undoes_a_rejection(record: Any, integration_id: int | None) -> None:
    """A row that is put aside and released is the row that the parser makes of its record, whatever the record was."""
    parsed = parse(record, account="main", integration_id=integration_id, fetched_at=FETCHED)
    kept = quarantine.rejected_rows([encode(parsed | {"rejected": "once"})], KEY)
    (released,) = [json.loads(line) for line in quarantine.released_rows(kept)]
    assert unordered(released) == unordered(parsed)


@given(values)
def test_a_foreign_row_is_released_as_it_was(row: Any) -> None:
    """A row that the parser did not make goes through quarantine unchanged, as often as it must."""
    if isinstance(row, dict):
        (once,) = quarantine.rejected_rows([json.dumps(row).encode()], KEY)
        (released,) = quarantine.released_rows([once])
        assert list(quarantine.rejected_rows([released], KEY)) == [once]


@given(st.lists(st.sampled_from([b"", b" \r\n", b"{}\n"])))
def test_blank_lines_are_no_rows(lines: list[bytes]) -> None:
    """Each line that is not blank is one row, on a line of its own."""
    found = list(quarantine.rejected_rows(lines, KEY))
    assert len(found) == sum(line == b"{}\n" for line in lines)
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in found)


def test_two_landing_objects_never_meet_in_quarantine() -> None:
    """Objects of the same name in different folders are kept apart."""
    keys = ["landing/a", "landing/x/a", "landing/y/a"]
    places = {place(key) for key in keys for place in (quarantine.rows_key, quarantine.object_key)}
    assert len(places) == 6
    assert all(place.startswith("quarantine/") for place in places)
