"""Redaction as laws: idempotent, of the same shape, never failing, in linear time."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration_logs.redaction.redactor import TOO_DEEP, Redactor

OWN = "90f7/3bde+41a94d22b1c0aa9e7d5f612"
REDACTOR = Redactor(["f2b9a1c4d7e84c0fa5b6d3e2c1907788", OWN])
FIELDS = [
    "id",
    "integration_id",
    "base_url",
    "full_url",
    "response_code",
    "request",
    "created_at",
    "protected",
    "exception",
]


def test_nesting_without_end_neither_fails_nor_leaks() -> None:
    """Beyond 64 levels a marker stands for the rest, in objects, in JSON text and in text that is no JSON."""
    deep: Any = "leaf@example.org"
    for _ in range(5000):
        deep = [deep]
    assert TOO_DEEP in json.dumps(REDACTOR.value(deep))
    packed: Any = "a@b.nl"
    for _ in range(14):
        packed = json.dumps({"data": packed})
    for text in (
        "[" * 90_000 + "]" * 90_000,
        '{"a":' * 20_000 + '"x@example.org"' + "}" * 20_000,
        packed,
    ):
        assert "example.org" not in REDACTOR.text(text)
        assert "a@b.nl" not in REDACTOR.text(text)


def test_nesting_in_every_way_fits_the_stack() -> None:
    """Arrays as deep as they go, in JSON text in arrays and so on, in a caller that is deep itself: no failure."""
    packed: Any = "a@b.nl"
    for _ in range(8):
        for _ in range(100):
            packed = {"address": [packed]}
        packed = json.dumps(packed)

    def deep(levels: int) -> str:
        return deep(levels - 1) if levels else REDACTOR.text(packed)

    assert "a@b.nl" not in deep(150)


def test_odd_values_pass() -> None:
    """Lone surrogates, NaN, infinities and huge numbers neither fail nor change."""
    odd: Any = {"a": float("inf"), "b": 10**6000, "c": "\ud800 \udfff", "d": -(10**15), "\ud800": "x", "e": True}
    assert REDACTOR.value(odd) == odd
    assert REDACTOR.text("9" * 6000) == "9" * 6000
    assert "\ud800" in REDACTOR.text("\ud800%20\ud800 a@b.nl \ud800")
    assert REDACTOR.text('[NaN, "a@b.nl"]') == '[NaN,"[redacted:email]"]'
    assert Redactor(["\ud800abcd"]).text("x\ud800abcd") == "x[redacted:credential]"


FORMS = r"""ck_0123456789abcdef0123456789abcdef01234567 shpat_0123456789abcdef0123456789abcdef AKIAIOSFODNN7EXAMPLE
eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk sk_live_0123456789abcdefghij
jan.de-vries+shop@mail.example.nl +31612345678 NL91ABNA0417164300 4111111111111111 378282246310005"""
SPACED = [
    "Basic dXNlcjpwYXNzd29yZA==",
    "bearer abcdefgh",
    "+31 6 1234 5678",
    "NL91 ABNA 0417 1643 00",
    "4111 1111 1111 1111",
]
SECRETS = st.sampled_from([*FORMS.split(), *SPACED, OWN])
WORDS = r"""= & ? : ; , . / // @ % %3D %40 %26 %25 %253D [ ] { } ( ) " ' \ \" \\" < > => | + - _ # &amp; &#64; password
token name email first_name Authorization Cookie key code https:// shop.nl x@y.nl jan 1 06 12345678 +31 eyJ ck_ Bearer
Basic [redacted:email] [redacted:credential] redacted:credential@ redacted </name> <name> <input value="x" NL91
4111 ;s:3: true null {} [] "" ":" {" "}
"""
PIECES = st.sampled_from([*WORDS.split(), " ", "\n", "\r\n ", "\t"])
TEXTS = st.one_of(st.lists(PIECES, max_size=14).map("".join), st.text(max_size=30))
KEYS = st.one_of(st.sampled_from(["name", "value", "key", "email", "token", "address", "id", "sku", "note"]), TEXTS)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(KEYS, inner, max_size=4),
        inner.map(json.dumps),
    ),
    max_leaves=10,
)
HARD = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


def written(value: object) -> str:
    return json.dumps(value, sort_keys=True)


@HARD
@given(TEXTS)
def test_redacting_a_text_again_changes_nothing(text: str) -> None:
    """redact(redact(text)) == redact(text)."""
    once = REDACTOR.text(text)
    assert REDACTOR.text(once) == once
    assert REDACTOR.url(REDACTOR.url(text)) == REDACTOR.url(text)


@HARD
@given(JSON_VALUES)
def test_redacting_a_value_again_changes_nothing(value: Any) -> None:
    """redact(redact(value)) == redact(value), and the value itself is left alone."""
    before = written(value)
    once = REDACTOR.value(value)
    assert written(REDACTOR.value(once)) == written(once)
    assert written(value) == before


@HARD
@given(st.dictionaries(st.one_of(st.sampled_from(FIELDS), KEYS), JSON_VALUES, max_size=6))
def test_a_record_keeps_its_shape(record: dict[str, Any]) -> None:
    """As many fields come out as went in, and what identifies the record is among them."""
    redacted = REDACTOR.record(record)
    assert len(redacted) == len(record)
    for key in ("id", "integration_id", "response_code", "protected"):
        if not isinstance(record.get(key, ""), (str, list, dict)):
            assert redacted[key] is record[key]


@HARD
@given(
    secret=SECRETS,
    where=st.sampled_from(
        [
            "{}",
            "text {} text",
            "https://shop.example/a?b=1&token={}&c=2",
            "a=1&note={}",
            "<p>{}</p>",
            "'{}'",
            "[{}]",
            "note: {}\nnext",
        ]
    ),
    wrap=st.lists(st.sampled_from(["object", "list", "json", "quoted", "key"]), max_size=5),
)
def test_no_planted_secret_survives(secret: str, where: str, wrap: list[str]) -> None:
    """A secret of a known form is gone, whatever frame it stands in and however that is packed."""
    value: Any = where.replace("{}", quote(secret, safe="") if "=" in where else secret)
    for way in wrap:
        if way == "object":
            value = {"note": value, "id": 1}
        elif way == "list":
            value = [1, value]
        elif way == "json":
            value = json.dumps(value)
        elif way == "quoted":
            value = {"url": "https://shop.example/?data=" + quote(json.dumps(value), safe="")}
        elif isinstance(value, str):
            value = {value: 1}
    stored = json.dumps(REDACTOR.value(value), ensure_ascii=False)
    assert secret not in stored
    assert quote(secret, safe="") not in stored


SIZE = 250_000
ADVERSARIES = r"""a@ - %3D %253D %25 eyJ eyJ. \" " ' { [ {"a": ["a", a= a:a: // //a a@a.a. 1 4111 06 00316 +31 NL91
ck_ [redacted: & &# &#64; &amp;a= <a <a> <input <![CDATA[ -----BEGIN Bearer a[ a[] a.a \ \\" token= token:[
"token":" 'token':'x Cookie: => x-a-key: Set-Cookie:a; ;s:1: ="=' -----BEGINPRIVATE<KEY----- {"a":1,"a":1, basic=
a%40 %40a. a@a &quot;token&quot; [email] a=b& &lt;a&gt; &lt;name&gt;a&lt;/ <th>a</th><td> <th>name</th><td>a</ <dt>a
"a"< SG.a SG.aaaaaaaaaaaaaaaa. a[b][c] ]] [redacted:email:a123456789] =[redacted:email:a123456789]& =[redacted
%5Bredacted%3A ;a= ?a= ;s:1 =>string(1) a;b;c; ://"""
WITH_SPACES = [" ", "token ", "Bearer ", "4 1 ", "-----BEGIN PRIVATE KEY-----", "Cookie:\n ", "token: ", "<a b"]
LINES = ["\n--", "name\n--", "a;b;c\n", 'name;b;c\n"a";', 'Content-Disposition: form-data; name="name"\r\n', "a\n\n"]
LINES += [
    "\n--name=\n\n",
    'Content-Disposition: name="email"\n\na\n--',
    '"a" <a',
    '" <a@',
    " -u a",
    " -u a:b",
    " --user ",
]


@pytest.mark.parametrize("piece", [*ADVERSARIES.split(), *WITH_SPACES, *LINES])
def test_time_is_linear(piece: str) -> None:
    """A quarter of a megabyte of what is worst for a pattern costs seconds at most; a quadratic step costs hours."""
    text = piece * (SIZE // len(piece))
    start = time.process_time()
    REDACTOR.text(text)
    REDACTOR.text("a" + text + "@")
    REDACTOR.text('{"a":"' + text.replace("\\", "").replace('"', "'").replace("\n", " ") + '"}')
    assert time.process_time() - start < 15


def test_many_equal_keys_take_linear_time() -> None:
    """Keys that all become the same marker do not search for a free name one by one."""
    start = time.process_time()
    value: Any = {f"a{number}@example.org": number for number in range(50_000)}
    redacted = REDACTOR.value(value)
    assert isinstance(redacted, dict)
    assert len(redacted) == 50_000
    assert time.process_time() - start < 15
