"""This stack's own keys go by their value, in every usual encoding."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from integration_logs.redaction.harmless import Harmless
from integration_logs.redaction.marks import OwnKeys

PUBLIC = "Pu>li?Key~~>7"
SECRET = 'S/c?+>é >>??~"Value'
OWN = OwnKeys([PUBLIC, SECRET])
MASKED = "[redacted:credential]"


def code(plain: str) -> str:
    return base64.b64encode(plain.encode()).decode().rstrip("=")


def url_code(plain: str) -> str:
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def mixed(text: str) -> str:
    """The text with every other character in the other case."""
    return "".join(each.swapcase() if at % 2 else each for at, each in enumerate(text))


SPELLINGS = {
    "plain": SECRET,
    "upper case": SECRET.upper(),
    "lower case": SECRET.lower(),
    "mixed case": mixed(SECRET),
    "percent-encoded": quote(SECRET, safe=""),
    "percent-encoded in lower case": quote(SECRET, safe="").lower(),
    "percent-encoded, its escapes in lower case": quote(SECRET, safe="").replace("%2F", "%2f").replace("%3E", "%3e"),
    "form-encoded": quote_plus(SECRET),
    "JSON": json.dumps(SECRET)[1:-1],
    "JSON in UTF-8": json.dumps(SECRET, ensure_ascii=False)[1:-1],
    "PHP's JSON": json.dumps(SECRET)[1:-1].replace("/", "\\/"),
    "hexadecimal": SECRET.encode().hex(),
    "hexadecimal in capitals": SECRET.encode().hex().upper(),
    "hexadecimal in both": mixed(SECRET.encode().hex()),
    "base64": code(SECRET),
    "base64 of the other key": code(PUBLIC),
    "base64url": url_code(SECRET),
    "Basic": code(f"{PUBLIC}:{SECRET}"),
    "Basic, the other way round": code(f"{SECRET}:{PUBLIC}"),
    "Basic in base64url": url_code(f"{PUBLIC}:{SECRET}"),
    "Basic in PHP's JSON": code(f"{PUBLIC}:{SECRET}").replace("/", "\\/"),
}


def test_the_keys_are_such_that_encodings_differ() -> None:
    """Each encoding below is another text, and base64 of the keys has both signs that base64url has others for."""
    assert len(set(SPELLINGS.values())) == len(SPELLINGS)
    for plain in (PUBLIC, SECRET, f"{PUBLIC}:{SECRET}"):
        assert {"+", "/"} <= set(code(plain))


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_a_key_goes_in_every_usual_encoding(spelling: str) -> None:
    """Whatever stands around it, which stays; and no likeness makes such a text harmless."""
    assert OWN.mask(spelling) == MASKED
    assert OWN.mask(f"x{spelling}=y {spelling}") == f"x{MASKED}=y {MASKED}"
    harmless = Harmless(OWN)
    harmless.learn(spelling)
    assert not harmless.knows(spelling)


def test_of_two_keys_the_longer_goes_whole() -> None:
    """A key that begins with another leaves nothing behind."""
    assert OwnKeys(["abcdef", "abcdefghij"]).mask("of abcdefghij.") == f"of {MASKED}."


def test_what_is_too_short_is_no_key() -> None:
    """A "key" of three characters would blank out ordinary words."""
    assert OwnKeys(["abc"]).mask("abc YWJj 616263") == "abc YWJj 616263"
    assert OwnKeys(["abcd"]).mask("abcd") == MASKED
    assert OwnKeys([]).mask("abc") == "abc"
