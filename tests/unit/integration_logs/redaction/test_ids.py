"""Hexadecimal ids are let through by their form, and whatever they are made of never changes what redaction makes."""

from __future__ import annotations

import random as randoms
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration_logs.redaction import keys, words
from integration_logs.redaction.harmless import Harmless
from integration_logs.redaction.marks import OwnKeys
from integration_logs.redaction.redactor import Redactor

if TYPE_CHECKING:
    from random import Random

OWN = "key-83b1f0927d55"
WARM = Redactor([OWN])
HARD = settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))

SHAPES = (
    *((length,) for length in (8, 15, 16, 19, 20, 22, 23, 24, 32)),
    (8, 4, 4, 4, 12),
    (2, 32, 16, 2),
    (4, 4, 4, 4),
    (4, 12),
    (4, 16),
    (10, 6),
    (2, 8, 6),
    (13, 4),
)
ACCOUNTS = {16: "be", 20: "ee", 22: "de", 23: "ae", 24: "ad"}
ID = "\0"
AROUND = r"""> < / ? = : ; , . - _ + # & @ @a. " ' ( ) [ ] { \ => | é · %41 &lt; </ <code> </code> <th> </th><td> </td>
<dt> </dt><dd> </dd> to= id x -x nonc- co- token fax name a;b;c NL91 NL91-ABNA BE68 0612 06 0031 +316 +31612 123 4111
4111-1111-1111 sk- xoxb- ck_ eyJ AKIA -AMS https://shop.example/ //a -u Basic bearer -----BEGIN PRIVATE"""
PIECES = st.sampled_from(
    [*AROUND.split(), " ", "\n", "\n--", " KEY-----", 'Content-Disposition: form-data; name="', *[ID] * 30]
)
FRAMES = st.sampled_from(
    ["{}", "/{}", "https://shop.example/{}?page=1", "<p>{}</p>", "<th>{}</th><td>612</td>", "a {}"]
)
TEXTS = st.tuples(FRAMES, st.lists(PIECES, max_size=6).map("".join)).map(lambda each: each[0].replace("{}", each[1]))


def luhn(digits: str) -> str:
    """The digits, the last of them such that it is a card's check digit."""
    doubled = "".join(str(int(each) * 2) if place % 2 == 0 else each for place, each in enumerate(digits[-2::-1]))
    return digits[:-1] + str(-sum(map(int, doubled)) % 10)


def account(country: str, rest: str) -> str:
    """An account number with valid check digits."""
    number = int("".join(str(int(each, 36)) for each in f"{rest}{country}00"))
    return f"{country}{98 - number % 97:02}{rest}"


def characters(random: Random, length: int) -> str:
    """So many hexadecimal digits: of a random id, or of what the rules for numbers look for."""

    def some(alphabet: str, count: int) -> str:
        return "".join(random.choices(alphabet, k=max(count, 0)))

    digits, letters = "0123456789", "abcdef"
    found = random.choice((
        some(digits + letters, length),
        some(digits * 9 + letters, length),
        some(digits, length),
        some(letters, length),
        some(digits + letters, length - 2) + "fa",
        some(digits, length - 1) + "e",
        luhn("4" + some(digits, length - 1)),
        account(ACCOUNTS.get(length, "be"), some(digits, length - 4)),
        account("be", some(digits, 12)) + some(digits + letters, length - 16),
        random.choice(("0031", "06", "0049")) + some(digits, length),
        OWN.encode().hex(),
    ))  # fmt: skip
    return (found + some(digits, length))[:length]


def filled(text: str, shapes: list[tuple[int, ...]], random: Random) -> str:
    """The text with an id of the next shape in each place of one."""
    for shape in shapes:
        whole = characters(random, sum(shape))
        groups = [whole[start:end] for start, end in pairwise((0, *accumulate(shape)))]
        if random.random() < 0.3:
            groups = [characters(random, length) for length in shape]
        text = text.replace(ID, "-".join(groups), 1)
    return text


@HARD
@given(TEXTS, st.integers(0, 2**32))
def test_what_ids_are_made_of_changes_nothing(text: str, seed: int) -> None:
    """A redactor that has met texts with other ids makes the same of a text as one that meets it first."""
    random = randoms.Random(seed)
    shapes = random.choices(SHAPES, k=text.count(ID))
    for each in [filled(text, shapes, random) for _ in range(8)]:
        assert WARM.text(each) == Redactor([OWN]).text(each)


def test_the_ids_of_the_laws_are_what_they_should_be() -> None:
    """Accounts and cards of the generators above have valid check digits, and a redactor masks them."""
    random = randoms.Random(7)
    for _ in range(50):
        number = "4" + "".join(random.choices("0123456789", k=15))
        assert Redactor().text(luhn(number)) == "[redacted:card]"
        for length, country in ACCOUNTS.items():
            rest = "".join(random.choices("0123456789", k=length - 4))
            assert Redactor().text(account(country, rest)) == "[redacted:iban]"


PART = 'Content-Disposition: form-data; name="{}"\n\n612\n--'


@pytest.mark.parametrize(
    ("harmless", "secret"),
    [
        ("/be69539007547034", "/be68539007547034"),
        ("be69539007547034", "be68539007547034"),
        ("0a-be69-5390-0754-7034", "0a-be68-5390-0754-7034"),
        ("/4111111111111112", "/4111111111111111"),
        ("4111111111111112-ab", "4111111111111111-ab"),
        ("ab-4111-1111-1111-1112", "ab-4111-1111-1111-1111"),
        ("0055612345678-ab", "0031612345678-ab"),
        ("+3161234/ab-0123456789abcdef", "+3161234/56-0123456789abcdef"),
        ("<th>11111111111111fb x</th><td>612</td>", "<th>11111111111111fa x</th><td>612</td>"),
        ("<dt>nonc 111111111111111f</dt><dd>612</dd>", "<dt>nonc 111111111111111e</dt><dd>612</dd>"),
        ("<th>/11111111111111fb?x</th><td>612</td>", "<th>/11111111111111fa?x</th><td>612</td>"),
        ("/11111111111111fb-x=612", "/11111111111111fa-x=612"),
        (PART.format("/11111111111111fb?x"), PART.format("/11111111111111fa?x")),
        (PART.format(">11111111111111fb<x"), PART.format(">11111111111111fa<x")),
        ("to=1f11111111111111", "to=afe1111111111111"),
        ("11111111111111fb x;b;c\n1;2;3", "11111111111111fa x;b;c\n1;2;3"),
        ("a@b.1f11111111111111", "a@b.dfe1111111111111"),
        ("-----BEGIN aa11111111111111 PRIVATE KEY-----", "-----BEGIN 1111111111111111 PRIVATE KEY-----"),
        ("/" + OWN.encode().hex()[:-1] + "4", "/" + OWN.encode().hex()),
        (OWN.encode().hex()[:-1] + "4", OWN.encode().hex()),
    ],
)
def test_hexadecimal_digits_that_decide(harmless: str, secret: str) -> None:
    """Where it is the digits of an id that make a text secret, one that was met before with others hides nothing."""
    redactor = Redactor([OWN])
    assert redactor.text(harmless) == harmless
    assert redactor.text(secret) == Redactor([OWN]).text(secret) != secret


@pytest.mark.parametrize(
    "text",
    [
        "df7d9d662519ff8757e10f7e760bbf22",
        "00-df7d9d662519ff8757e10f7e760bbf22-680add80f19a55d6-01",
        "1eacc078d3fa54cd-AMS",
        "6f1c2a9e-4b1d-4e7a-9c3f-0d5e8b7a1c2d",
        "6f1c2a9e-1234-4e7a-9123-0d5e8b7a1c2d",
    ],
)
def test_an_id_is_known_at_once(text: str) -> None:
    """A text that is an id and nothing else is harmless without having been met, unless it holds an own key."""
    assert Harmless(OwnKeys([OWN])).knows(text)
    assert not Harmless(OwnKeys([text[:12]])).knows(text)
    assert not Harmless(OwnKeys([OWN])).knows(f"{text}=")


@pytest.mark.parametrize(
    ("met", "alike"),
    [
        (
            "<p>Reference: <code>df7d9d662519ff87</code> · 12 ms</p>",
            "<p>Reference: <code>0680add80f19a55d</code> · 98 ms</p>",
        ),
        (
            "https://shop.example/carts/6f1c2a9e-4b1d-4e7a-9c3f-0d5e8b7a1c2d/lines?page=2",
            "https://shop.example/carts/0d5e8b7a-1234-4fff-8a2b-aaaaaaaaaaaa/lines?page=1",
        ),
    ],
)
def test_what_differs_by_an_id_is_known(met: str, alike: str) -> None:
    """A page with a reference and an address with an id are known once one that differs by it was learnt."""
    harmless = Harmless(OwnKeys([OWN]))
    assert not harmless.knows(alike)
    harmless.learn(met)
    assert harmless.knows(alike)


def test_no_known_name_or_word_is_hexadecimal() -> None:
    """What an id is made of names nothing and says nothing: no word that rules know is of the letters a to f alone."""
    known = {
        word
        for module in (keys, words)
        for words in vars(module).values()
        if isinstance(words, frozenset)
        for word in words
    }
    assert len(known) > 400
    assert {word for word in known if set(word) <= set("abcdef")} == {"a", "be"}
