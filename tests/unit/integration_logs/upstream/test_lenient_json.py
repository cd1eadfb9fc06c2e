from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_logs.upstream.lenient_json import DEEPEST, loads

if TYPE_CHECKING:
    from integration_logs.json_types import JsonValue

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def page(*records: str) -> str:
    return f'{{"meta": [1, "x,]"], "data": [{",".join(records)}], "more": {{"list": [1]}}}}'


def data(text: str) -> list[Any]:
    document: Any = loads(text)
    assert (document["meta"], document["more"]) == ([1, "x,]"], {"list": [1]})
    return list(document["data"])


def deep(levels: int, within: str = "1") -> str:
    return "[" * levels + within + "]" * levels


@given(DOCUMENTS)
def test_what_is_json_is_read_as_ever(document: JsonValue) -> None:
    """A document that Python's reader takes is what that reader makes of it."""
    assert loads(json.dumps(document)) == document
    assert loads(json.dumps(document, ensure_ascii=False, indent=1)) == document


@given(st.lists(DOCUMENTS, max_size=4), st.integers(min_value=0))
def test_a_bad_record_changes_no_other(records: list[JsonValue], place: int) -> None:
    """A record that is no JSON is the string of its text, and its neighbours are what they were."""
    texts = [json.dumps(record) for record in records]
    place = min(place, len(texts))
    bad = '{"id": 1, "note": nonsense, "list": ["],[", "\\""]}'
    assert data(page(*texts[:place], bad, *texts[place:])) == [*records[:place], bad, *records[place:]]


@pytest.mark.parametrize("levels", [DEEPEST + 1, 10_000, 200_000])
def test_too_deep(levels: int) -> None:
    """What lies too deep for Python's reader is a string of its text below the deepest level that is read."""
    (bad, good) = data(page(f'{{"id": 1, "body": {deep(levels, chr(34) + "]}" + chr(34))}}}', '{"id": 2}'))
    assert (bad["id"], good) == (1, {"id": 2})
    level, body = 3, bad["body"]
    while isinstance(body, list):
        level, body = level + 1, body[0]
    if levels > 9_000:
        assert level == DEEPEST
        assert body == deep(levels - (DEEPEST - 3), '"]}"')


def test_two_deep_values_in_a_record() -> None:
    """Each value that lies too deep is replaced by itself, and what stands between them stays."""
    (record,) = data(page(f'{{"a": {deep(10_000)}, "b": "}}]", "c": {deep(10_000)}, "d": 4}}'))
    assert (record["b"], record["d"]) == ("}]", 4)
    assert record["a"] == record["c"]


def test_too_many_digits() -> None:
    """An integer too long for Python is the string of its digits; shorter ones stay numbers."""
    digits = "9" * 5000
    assert data(page(f'{{"id": {digits}, "n": -{digits}, "m": {"9" * 4000}, "x": 7}}')) == [
        {"id": digits, "n": f"-{digits}", "m": int("9" * 4000), "x": 7}
    ]


@pytest.mark.parametrize("control", [chr(code) for code in range(0x20)])
def test_control_characters(control: str) -> None:
    """A control character that a string may not hold stays in it."""
    assert data(page(f'{{"note": "a{control}b"}}')) == [{"note": f"a{control}b"}]


@pytest.mark.parametrize(
    "bad",
    [
        '{"a": undefined}',
        "{'a': 1}",
        '{"a": 1,}',
        '{"a": "\\x41"}',
        '{"a": 01}',
        '{"a": "\\ud8"}',
        '{"say": "so "called" name"}',
        "nonsense",
        '{"a": 1} {"b": 2}',
        '{"a" 1}',
    ],
)
def test_broken_records(bad: str) -> None:
    """Whatever is wrong within a record, it is a string and the others are read."""
    assert data(page('{"id": 1}', bad, '{"id": 2}')) == [{"id": 1}, bad, {"id": 2}]


@pytest.mark.parametrize("records", [[""], ['{"id": 1}', ""], ["", '{"id": 1}'], ['{"id": 1}', " ", '{"id": 2}']])
def test_needless_commas(records: list[str]) -> None:
    """A comma too many adds no record."""
    assert data(page(*records)) == [json.loads(each) for each in records if each.strip()]


@pytest.mark.parametrize(
    "text",
    ["", " ", "<html>", '{"data": [', '{"data": [{"id": 1}', '{"data": [{"id": 1]}', '{"data": [1]} x', '{"a": "', "}"],
)
def test_no_document(text: str) -> None:
    """What has no end, or no document around the damage, is not guessed at."""
    with pytest.raises(ValueError):  # noqa: PT011  # whatever it says: it is never shown
        loads(text)


@pytest.mark.parametrize(
    "text",
    ['"\\"' * 700_000, '{"a' * 500_000, "[" * 2_000_000, "]" * 2_000_000, '{"data": [' + ",".join(["x"] * 300_000),
     '{"data": ["' + '\\"' * 1_000_000, "\\" * 2_000_000, '{"data": [' + "[]," * 500_000 + "nonsense]}"],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_linear(text: str) -> None:
    """No text of two megabytes takes longer than a few seconds of the processor."""
    begun = time.process_time()
    with suppress(ValueError):
        loads(text)
    assert time.process_time() - begun < 5
