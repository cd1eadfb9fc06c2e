"""What a redactor has learnt of harmless texts saves time and never changes what it makes of a text."""

from __future__ import annotations

import json
import sys
import tracemalloc
import unicodedata
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration_logs.redaction.harmless import Harmless
from integration_logs.redaction.marks import OwnKeys
from integration_logs.redaction.redactor import Redactor
from tests.redaction.labelled import OWN_SECRETS, cases

OWN = "key-83b1f0927d55"
WARM = Redactor([OWN])
HARD = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
WORDS = r"""= & ? : ; , . / // @ % %3D %40 %2B &#64; &#x40; &sup1; &quot; [ ] { } ( ) " ' \ < > + ++ - _ # password
token x order id Basic Bearer [redacted:email] key- b1f 4 06 00 0031 +31 1234 12345678 4111 1111 NL91 ABNA 0417 1643
;s:3: 2x.png eyJ AKIA ck_ sk_live_ a1@b2.nl 2026-11-22 12:00:00 1x227902 é · … € ²"""
PIECES = st.sampled_from([*WORDS.split(), " ", "\n", "\r\n", "\xa0", "\u2003", "ba\u017fic ", "d\u0131gest ", "\u0663"])
TEXTS = st.lists(PIECES, max_size=12).map("".join)


def other_digits(text: str, random: Random) -> str:
    """The text with any digit in the place of each that it has."""
    return "".join(random.choice("0123456789") if "0" <= each <= "9" else each for each in text)


@HARD
@given(TEXTS, st.randoms(use_true_random=False))
def test_what_was_learnt_changes_nothing(text: str, random: Random) -> None:
    """A redactor that has met texts with other digits makes the same of a text as one that meets it first."""
    for _ in range(4):
        WARM.text(other_digits(text, random))
    for each in (text, other_digits(text, random)):
        assert WARM.text(each) == Redactor([OWN]).text(each)


def test_what_was_learnt_misses_no_labelled_secret() -> None:
    """Of each labelled case, met before with other digits, comes what a redactor makes that has met nothing."""
    random, warm = Random(7), Redactor(OWN_SECRETS)
    for case in cases():
        said = json.dumps(case.record(), ensure_ascii=False)
        for _ in range(4):
            warm.record(json.loads(other_digits(said, random).replace('": 0', '": 1')))
        assert warm.record(case.record()) == Redactor(OWN_SECRETS).record(case.record()), case.key


@pytest.mark.parametrize(
    ("harmless", "secret"),
    [
        ("call 55 12345678 now", "call 06 12345678 now"),
        ("call +01612345678 now", "call +31612345678 now"),
        ("call 0055612345678 now", "call 0031612345678 now"),
        ("call +01 (6) 1234-5678 now", "call +31 (6) 1234-5678 now"),
        ("x=55+1234+5678", "x=06+1234+5678"),
        ("x=5512345+678", "x=0612345+678"),
        ("x=0055.612.34+567", "x=0031.612.34+567"),
        ("paid with 4111-1111-1111-1112", "paid with 4111-1111-1111-1111"),
        ("4111111111111112", "4111111111111111"),
        ("x=4111+1111+1111+1112", "x=4111+1111+1111+1111"),
        ("[4111111111111112]", "[4111111111111111]"),
        ("to NL92ABNA0417164300", "to NL91ABNA0417164300"),
        ("x=NL92ABNA04+17164300", "x=NL91ABNA04+17164300"),
        ("jan%41x.nl", "jan%40x.nl"),
        ("jan&#63;x.nl", "jan&#64;x.nl"),
        ("&quot;a&sup9;@x.nl", "&quot;a&sup1;@x.nl"),
        ('{"t": "jan\\u0041x.nl"}', '{"t": "jan\\u0040x.nl"}'),
        ("sent Basic 1x227902", "sent Basic 7x352106"),
        ("with key-83b1f0927d54", f"with {OWN}"),
        ("call +01\xa0612345678", "call +31\xa0612345678"),
        ("basic: ba\u017fic 1x227902", "basic: ba\u017fic 7x352106"),
    ],
)
def test_digits_that_decide(harmless: str, secret: str) -> None:
    """Where only the digits make a text secret, one that was met before with others hides nothing."""
    redactor = Redactor([OWN])
    assert redactor.text(harmless) == harmless
    assert redactor.text(secret) == Redactor([OWN]).text(secret) != secret


def test_what_is_harmless_deep_in_documents() -> None:
    """So deep in JSON in JSON that a form is read as text, one may pass; it does not for that pass elsewhere."""
    redactor, packed = Redactor(), "code=abc12"
    for _ in range(4):
        packed = json.dumps({"data": packed})
    assert redactor.text(packed) == packed
    assert redactor.text("code=abc12") == "code=[redacted:credential]"


def test_an_own_key_of_digits_alone() -> None:
    """A key that is a number is masked like any other, short as it may be."""
    redactor = Redactor(["90125"])
    assert redactor.text("90124") == "90124"
    assert redactor.text("90125") == "[redacted:credential]"


@pytest.mark.parametrize(
    ("met", "alike"),
    [
        ("Thu, 12 Sep 2024 20:59:27 GMT", "Thu, 19 Sep 2024 01:02:03 GMT"),
        ("https://shop.example/wp-json/wc/v3/orders/81?page=2", "https://shop.example/wp-json/wc/v3/orders/97?page=1"),
        ("2026-11-22 12:00", "2025-01-31 23:59"),
        ("349.99", "120.50"),
        ("Größe 42 · 12,50 €", "Größe 38 · 99,95 €"),
        ("Read timed out; gave up on attempt 4 after 22.17 s", "Read timed out; gave up on attempt 1 after 30.02 s"),
    ],
)
def test_what_looks_alike_is_known(met: str, alike: str) -> None:
    """A date, an address, a price or an exception's text is known once one that differs by its digits was learnt."""
    harmless = Harmless(OwnKeys([OWN]))
    assert not harmless.knows(alike)
    harmless.learn(met)
    assert harmless.knows(alike)
    assert not harmless.knows(alike + " x")


def test_a_number_is_known_at_once() -> None:
    """A number is harmless unless it is as long as a card's or begins as a phone's does."""
    harmless = Harmless(OwnKeys([OWN]))
    assert all(map(harmless.knows, ("8762726487831", "12345")))
    assert not any(map(harmless.knows, ("0612345678", "41111111111111", "٤١١١١")))


def test_what_is_learnt_is_bounded() -> None:
    """Texts without end take no memory without end: the first is forgotten, and long ones are never kept."""
    harmless = Harmless(OwnKeys([]))
    harmless.learn("the first")
    assert harmless.knows("the first")
    tracemalloc.start()
    try:
        for number in range(5000):
            harmless.learn("a" * (number // 26) + chr(97 + number % 26))
            harmless.learn("long" * 10_000 + chr(97 + number % 26))
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < 1 << 20
    assert not harmless.knows("the first")


def test_what_was_made_of_texts_is_bounded() -> None:
    """A redactor that meets ever new texts, of none of which another is the likeness, takes no more memory for each."""
    redactor = Redactor()
    letters = str.maketrans("0123456789", "ghijklmnop")
    tracemalloc.start()
    try:
        for number in range(20_000):
            redactor.text(str(number).translate(letters) * 100)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < 8 << 20


def test_digits_of_every_script() -> None:
    """A card number in any script's digits behind its first four is masked, as is a phone number."""
    digits = [chr(code) for code in range(128, sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Nd"]
    assert len(digits) > 600
    assert [digit for digit in digits if Redactor().text("+3" + 9 * digit) != "[redacted:phone]"] == []
