from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_logs import quarantine

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
