"""Pseudonyms: equal for equal values wherever they stand, guessed by nobody without the key."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_logs.redaction.marks import MARKER, PSEUDONYMOUS, Pseudonyms, normal
from integration_logs.redaction.redactor import Redactor

KEY = "canary-key-of-the-pseudonyms-5b1d"
FOUND = re.compile(r"\[redacted:([a-z-]+):([0-9a-f]{10})\]")


def redactor(key: str = KEY, **options: Any) -> Redactor:
    return Redactor(pseudonyms=Pseudonyms(lambda: key), **options)


REDACTOR = redactor()


def pseudonyms(value: Any) -> set[str]:
    """The pseudonyms in what becomes of the value."""
    return {pseudonym for _, pseudonym in FOUND.findall(json.dumps(REDACTOR.value(value), ensure_ascii=False))}


MAIL = "Jan.Jürgen+shop@mail.example.nl"
EMAILS = [
    MAIL,
    MAIL.upper(),
    f"unknown customer {MAIL}, order 12",
    {"email": f" {MAIL}\n"},
    {"customer": {"billing": {"email_address": MAIL}}},
    {"username": MAIL},
    {"X-Customer-Email": MAIL},
    [{"name": "email", "value": MAIL}],
    json.dumps({"email": MAIL}),
    json.dumps({"email": MAIL})[:-1],
    json.dumps({"data": json.dumps({"email": MAIL})}),
    "order=1&email=" + quote_plus(MAIL),
    "https://shop.example/?page=1&email=" + quote(MAIL),
    "https://shop.example/?page=1&email=" + quote(MAIL, safe="+@"),
    f"https://shop.example/customers/{quote(MAIL)}/orders",
    "https://a.example/?to=" + quote(f"https://b.example/?email={quote(MAIL)}", safe=""),
    f"<customer><email>{MAIL}</email></customer>",
    f"<email><![CDATA[{MAIL}]]></email>",
    f'<input name="email" value="{MAIL}">',
    f"<p>{MAIL.replace('@', '&#64;')}</p>",
    f"Accept: */*\r\nX-Email: {MAIL}\r\nHost: a",
    f"[email] => {MAIL}\n",
]


@pytest.mark.parametrize("value", EMAILS, ids=range(len(EMAILS)))
def test_equal_values_are_equal_everywhere(value: Any) -> None:
    """An e-mail address has one pseudonym in a query, a body, a header, a key's value and a text, however written."""
    (expected,) = pseudonyms(MAIL)
    assert pseudonyms(value) == {expected}
    assert "jan" not in json.dumps(REDACTOR.value(value)).lower()


@pytest.mark.parametrize(
    ("kind", "spellings"),
    [
        ("phone", ["+31 (0)6 1234 5678", "0031612345678", "+31-612345678", "31612345678"]),
        ("iban", ["NL91 ABNA 0417 1643 00", "nl91abna0417164300", "NL91-ABNA-0417-1643-00"]),
        ("card", ["4111 1111 1111 1111", "4111-1111-1111-1111"]),
        ("personal", ["Jürgen de  Vries", "JÜRGEN DE VRIES", "J\\u00fcrgen+de+Vries", "J%C3%BCrgen%20de%20Vries"]),
        ("personal", ["Ju\u0308rgen", "J\u00fcrgen", "J&uuml;rgen"]),
    ],
)
def test_spellings_of_one_value(kind: str, spellings: list[str]) -> None:
    """Case, blanks, separators and encodings make no other value of it."""
    assert len({normal(kind, each) for each in spellings}) == 1
    assert len({REDACTOR.value(each, {"personal": "name"}.get(kind, kind)) for each in spellings}) == 1


def test_a_number_is_its_digits() -> None:
    """A phone number has the same pseudonym as a number, as a text and in a text."""
    expected = pseudonyms("+31612345678")
    assert pseudonyms({"phone": 31612345678}) == pseudonyms({"mobile": "0031 6 12345678"}) == expected
    assert pseudonyms("bel +31 6 1234 5678 of mail") == expected
    assert pseudonyms(4111111111111111) == pseudonyms("kaart 4111 1111 1111 1111 geweigerd")


def test_other_values_are_others() -> None:
    """A thousand addresses have a thousand pseudonyms."""
    assert len({pseudonym for number in range(1000) for pseudonym in pseudonyms(f"a{number}@example.org")}) == 1000


def test_another_key_gives_other_pseudonyms() -> None:
    """Nothing is equal under two keys, and the same key gives the same in another process: no salt, no chance."""
    values = [f"a{number}@example.org" for number in range(200)]
    mine, others = ([each.text(value) for value in values] for each in (REDACTOR, redactor("another key, as long")))
    assert set(mine).isdisjoint(others)
    assert mine == [redactor().text(value) for value in values]
    assert REDACTOR.text("jan@example.nl") == "[redacted:email:a7f624c212]"


def test_what_has_none() -> None:
    """Credentials of every form, private keys and what lies too deep get no pseudonym, nor does all without a key."""
    deep: Any = "jan@example.org"
    for _ in range(100):
        deep = [deep]
    for secret in (
        {"password": "hunter2"},
        {"auth": {"user": "jan"}},
        "https://u:p@shop.example/?consumer_key=ck_x",
        "Bearer abcdefgh",
        "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
        deep,
    ):
        assert pseudonyms(secret) == set()
    assert Redactor().value({"email": "jan@example.nl", "name": "Jan"}) == {
        "email": "[redacted:email]",
        "name": "[redacted:personal]",
    }


def test_the_key_is_asked_for_when_it_is_needed() -> None:
    """Once, at the first pseudonym; and again after a failure, which passes through as it is."""
    asked: list[int] = []

    def key() -> str:
        asked.append(1)
        if len(asked) == 1:
            raise TimeoutError("not now")
        return KEY

    late = Redactor(pseudonyms=Pseudonyms(key))
    late.record({"id": 1, "full_url": "https://shop.example/?consumer_key=ck_x", "exception": "401"})
    assert asked == []
    with pytest.raises(TimeoutError):
        late.text("a@example.org")
    assert [late.text("a@example.org") for _ in range(3)] == [REDACTOR.text("a@example.org")] * 3
    assert len(asked) == 2


@given(st.sampled_from(sorted(PSEUDONYMOUS)), st.text(max_size=40))
def test_markers_pass(kind: str, value: str) -> None:
    """A marker is left as it is, whatever is around it: in a text, under any key, in a query, in JSON in a string."""
    marker = f"[redacted:{kind}:{Pseudonyms(lambda: KEY).of(kind, value)}]"
    assert re.fullmatch(MARKER, marker)
    for frame in (
        marker,
        f"of {marker}, {marker}",
        {"email": marker, "name": f" {marker}", "note": marker, marker: 1, "customer": {"city": [marker]}},
        json.dumps({"phone": marker}),
        f"https://shop.example/{marker}?email={marker}&a={quote(marker)}",
        f"email={marker}&b=1",
        f"<email>{marker}</email>",
        f"City: {marker}\nName: {marker}",
    ):
        assert REDACTOR.value(frame) == frame


def test_a_likeness_of_a_marker_is_no_marker() -> None:
    """Only what this makes passes: nobody hides a name in brackets."""
    for likeness in (
        "[redacted:jan-jansen]",
        "[redacted:email:0612345678]",
        "[redacted:email:c2c4e1a7b0ff]",
        "[redacted]",
        "[redacted:email] Jan",
    ):
        assert REDACTOR.value({"name": likeness}) != {"name": likeness}
