from __future__ import annotations

import json
import tracemalloc
from datetime import UTC, datetime

import pytest

from integration_logs.bucket.landing import encode
from integration_logs.records.rows import parse
from integration_logs.redaction.marks import Pseudonyms
from integration_logs.redaction.redactor import Redactor
from integration_logs.upstream import decode_cost as module
from integration_logs.upstream import lenient_json
from integration_logs.upstream.decode_cost import MEGABYTE, PAGE, RECORD, decode_cost

SIZE = MEGABYTE // 8
REDACTOR = Redactor(("hostile-public",), pseudonyms=Pseudonyms(lambda: "k" * 32))
REMEMBERED = 8
"""Bytes for each that redaction keeps of keys, as many as it keeps at most."""

OFF = 1.35
"""A weight may be too low by a third: the budget has room for it."""


def units(unit: str, between: str = ",", size: int = SIZE) -> str:
    """As many as fit; ``#`` is another number in each."""
    one = len(unit.replace("#", "00000") + between)
    return between.join(unit.replace("#", str(number)) for number in range(size // one))


def members(text: str) -> str:
    return f'"additional_data": {text}'


def body(text: str) -> str:
    return f'"response": {{"body": {text}}}'


def document(text: str) -> str:
    return body(json.dumps(text, ensure_ascii=False))


SHAPES = {
    "lists": body(f"[{units('[]')}]"),
    "lists in lists": body(f"[{units('[[]]')}]"),
    "lists 40 deep": body(f"[{units('[' * 40 + ']' * 40)}]"),
    "lists 600 deep": body(f"[{units('[' * 600 + ']' * 600)}]"),
    "objects": body(f"[{units('{}')}]"),
    "objects in objects": body("[" + units('{"a":{}}') + "]"),
    "objects 40 deep": body("[" + units('{"a":' * 40 + "1" + "}" * 40) + "]"),
    "numbers": members(f"[{units('1#')}]"),
    "floats": members(f"[{units('#.5')}]"),
    "short texts": members("[" + units('"s#"') + "]"),
    "emoji": members("[" + units('"💥"') + "]"),
    "many keys": members("{" + units('"k#":1#', size=2 * SIZE) + "}"),
    "addresses as keys": members("{" + units('"#@b.nl":1', size=2 * SIZE) + "}"),
    "addresses": members("[" + units('"#@b.nl"') + "]"),
    "secret numbers": members("[" + units('{"pin":#}') + "]"),
    "names": members("[" + units('{"name":"x#"}') + "]"),
    "JSON in a string": document("[" + units('{"a":1}') + "]"),
    "keys of JSON in a string": document("{" + units('"k#":#', size=2 * SIZE) + "}"),
    "text": document("x" * SIZE),
    "text and an emoji": document("💥" + "x" * SIZE),
    "text and an escaped emoji": body('"\\ud83d\\ude00' + "x" * SIZE + '"'),
    "quotes": document('"' * (SIZE // 2)),
    "raw control characters": body('"' + "\x01" * SIZE + '"'),
    "addresses in a text": document(units("a@b.nl", " ")),
    "addresses beside an emoji": document("💥" + units("a@b.nl", " ")),
    "secrets": document(units("password=a1", " ")),
    "XML": document(units("<name>x</name>", "")),
    "a form": document(units("a=1", "&")),
    "a form of secrets": document(units("pw=#", "&")),
    "users in URLs": document(units("//u:p@a", " ")),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.usefixtures("looked_at")
def test_it_takes_no_more(shape: str) -> None:
    """What a record takes on its way to its line, with pseudonyms, is not above what its bytes say."""
    line(b'{"data": [{"response": {"body": "<a>password=x&a=1"}}]}')  # what is there from then on
    raw = f'{{"data": [{{"id": 1, "base_url": "https://shop.example", {shape}}}]}}'.encode()
    tracemalloc.start()
    try:
        line(raw)
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert taken < OFF * decode_cost(raw) + REMEMBERED * len(raw)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is small is looked at as well."""
    monkeypatch.setattr(module, "_WORST", PAGE)


def line(raw: bytes) -> bytes:
    """The line of a page's one record."""
    answer = lenient_json.loads(raw.decode())
    (record,) = answer["data"]  # type: ignore[call-overload,index]
    redacted = REDACTOR.record(record)
    return encode(parse(redacted, account="main", integration_id=7, fetched_at=datetime.now(UTC), original=record))


@pytest.mark.usefixtures("looked_at")
def test_what_is_no_utf_8() -> None:
    """A stray byte becomes a character of two bytes; of UTF-16 the signs count as in any other."""
    assert decode_cost(b'{"a":"' + b"\x80" * SIZE + b'"}') > 9 * SIZE
    nested = "[" + units("[]") + "]"
    assert decode_cost(nested.encode("utf-16")) >= decode_cost(nested.encode())


def test_an_ordinary_page_is_far_from_it() -> None:
    """100 records of 20 KB are no large page, and a record of 8 MB is none that is too large."""
    record = {"id": 1, "base_url": "https://shop.example", "request": {"payload": {"lines": [
        {"sku": f"AB-{number}", "quantity": number, "price": "12.95", "name": "Thing"} for number in range(300)
    ]}}}  # fmt: skip
    page = json.dumps({"data": [record] * 100}).encode()
    assert len(page) > 2 * MEGABYTE
    assert decode_cost(page) < PAGE
    assert decode_cost(b'{"body": "' + b"<td class='x'>a, b: c</td> " * (8 * MEGABYTE // 27) + b'"}') < RECORD


@pytest.mark.parametrize("size", [0, 1, PAGE // 100])
def test_what_is_small_is_not_looked_at(size: int) -> None:
    """Whatever it is, it fits."""
    assert decode_cost(b"{" * size) <= PAGE
