from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_logs.reading.answer_size import LONGEST, MOST_BYTES, cut, fitting, weight
from integration_logs.records.rows import record_of
from tests.unit.archive_logs.archive_rows import row


@given(st.lists(st.integers(0, 100)), st.integers(0, 300))
def test_as_many_as_fit(weights: list[int], most: int) -> None:
    """The first ones that together are not too much, at least one, and one more would be too much."""
    count = fitting(weights, most)
    assert sum(weights[:count]) <= most or count == 1
    assert count == len(weights) or sum(weights[: count + 1]) > most


@given(
    st.recursive(
        st.text() | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_a_weight_is_what_the_answer_takes(value: Any) -> None:
    """Between others, a value adds no more to the function's answer than its weight."""

    def answer(values: list[Any]) -> int:
        return len(
            json.dumps({"body": json.dumps({"data": values}, ensure_ascii=False, separators=(",", ":"))}).encode()
        )

    assert answer([1, value, 1]) - answer([1, 1]) <= weight(value)


NASTY = ["x", '"', "\\", "\x01", "\N{PILE OF POO}", "é", "\n"]


@pytest.mark.parametrize("character", NASTY)
def test_a_cut_record_fits_a_page(character: str) -> None:
    """However large every field of a record is, and however much escaping it needs, cut it is a page."""
    long = character * 600_000
    whole = row(
        1, base_url=long, full_url=long, method=long, exception_type=long, exception=long, additional_data=long,
        request={"headers": {"a": long}, "payload": [long]}, response={"body": long}, unknown=[long], protected=True,
    )  # fmt: skip
    assert weight(record_of(whole)) > MOST_BYTES
    record = record_of(cut(whole))
    assert weight(record) <= MOST_BYTES
    assert (record["id"], record["integration_id"], record["protected"]) == (1, 7, True)
    assert record["exception"] == f"{character * LONGEST} [cut: 600000 characters in the archive]"
    assert isinstance(record["request"], dict)
    assert isinstance(record["response"], dict)
    for text in (record["request"]["payload"], record["response"]["body"], record["additional_data"]):
        assert isinstance(text, str)
        assert text.endswith(" characters in the archive]")
    assert "unknown" not in record


def test_what_is_short_stays_as_it_is() -> None:
    """Of a record that is cut, only what is long is touched."""
    whole = row(1, exception="x" * 10**6, request={"payload": {"a": 1}}, severity=3)
    short, was = record_of(cut(whole)), record_of(whole)
    assert {name for name in was if was[name] != short[name]} == {"exception"}
