"""Names that would act in a mail or a chat, through every channel's renderer: they are read, and do nothing."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from math import ceil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from check_status.happenings import KINDS, Happening
from check_status.telling import inert
from check_status.telling.messages import event, notice
from check_status.wording import HEADLINES, LANGUAGES, SENTENCES, VERDICTS, WHO
from docs import event_schemas
from integration_logs.records.remedies import by_code

NAMES: list[dict[str, str]] = tomllib.loads(Path(__file__).with_name("names.toml").read_text())["names"]
EXAMPLES = event_schemas.examples()

ACTS = {
    "an address": r"[a-z][a-z0-9+.-]*://?[^\s/]",
    "another address": r"\b(mailto|tel|sms|sip|callto|javascript|data):\S",
    "a domain": r"[^\s.(){}]\.[^\W\d_]{2}",
    "a mention or an e-mail address": r"@",
    "Slack's or HTML's tag": r"<|>",
    "Markdown's link or code": r"[\[\]`]",
    "an entity": r"&#?\w+;",
}
"""What mail clients, Slack, Mattermost, Teams, Google Chat and GitHub's Markdown act on, in the widest reading."""
EMPHASIS = {"emphasis": r"[*~#]|(?<!\w)_|_(?!\w)"}


def assert_inert(text: str, acts: dict[str, str]) -> None:
    """As the text is, and as a reader that folds look-alikes sees it."""
    for read in (text, unicodedata.normalize("NFKC", text)):
        assert {name: found[0] for name, each in acts.items() if (found := re.search(each, read, re.IGNORECASE))} == {}
    assert text.isprintable()


def told(kind: str, text: str) -> Happening:
    """The example of a kind, with this for every text that comes from outside."""
    example_ = EXAMPLES[kind]
    detail: dict[str, Any] = {**example_.detail, "shop_name": text, "shop_url": text}
    if "problem" in detail:
        fields = dict.fromkeys(("exception_type", "method", "host", "path"), text)
        detail["problem"] = {**detail["problem"], **fields, "paths": [text] * 5}
    detail |= {name: f"{text} ({text}): {text}." for name in ("sentence", "reason") if name in detail}
    return Happening(**(vars(example_) | {"detail": detail}))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES, ids=lambda each: each["is"])
def test_a_name_does_nothing_in_any_channel(name: dict[str, str], kind: str) -> None:
    """Neither a chat, a mail nor its subject has a link, a mention, markup or a line that somebody outside wrote."""
    happening = told(kind, name["name"])
    said: Any = event(happening)["sentence"]
    for language in LANGUAGES:
        assert_inert(said[language], ACTS | EMPHASIS)
        message, plain = notice([happening] * 3, language), notice([told(kind, "Shop")] * 3, language)
        assert_inert(message.subject, ACTS)
        assert message.text.count("\n") == plain.text.count("\n")
        for line in message.text.split("\n"):
            assert_inert(line, ACTS | EMPHASIS)


@pytest.mark.parametrize("name", NAMES, ids=lambda each: each["is"])
def test_a_name_can_still_be_read(name: dict[str, str]) -> None:
    """People see what the shop is called, and that it was changed."""
    message = notice([told("Archive At Risk", name["name"])], "en")
    assert message.text.startswith(f"{name['text']}: Sendcloud's exception logs")
    assert message.subject == f"{name.get('subject', name['text'])}: logs will be lost"


def test_an_account_does_nothing_either() -> None:
    """An account's name is from outside too, where the account itself is meant."""
    happening = told("Integration Status Changed", "")
    happening = Happening(**(vars(happening) | {"integration_id": None, "account": "www.evil.example"}))
    for language in LANGUAGES:
        message = notice([happening], language)
        assert message.subject.startswith("Account www(.)evil(.)example: ")
        for line in message.text.split("\n"):
            assert_inert(line, ACTS | EMPHASIS)


@given(st.text(max_size=60))
@example("evil.\ufe0f\u0301example")
@example("a:@:@.b&#1;")
@example("0._")
@example("@")
def test_whatever_a_name_is_it_does_nothing(name: str) -> None:
    """Any text at all is inert, is so after one pass, and does not grow without limit."""
    said = inert.text(name)
    assert_inert(said, {each: ACTS[each] for each in ACTS if each != "a domain"} | EMPHASIS)
    assert inert.text(said) == said
    assert len(said) <= ceil(3.5 * len(name))
    assert inert.unlinked("".join(filter(str.isascii, name))).isascii()


@pytest.mark.parametrize("language", LANGUAGES)
def test_own_words_stay_as_they_are(language: str) -> None:
    """Nothing that this project says itself is taken for somebody else's."""
    own = [words.strip() for table in (SENTENCES, HEADLINES, WHO) for words in table[language].values()]  # type: ignore[index]
    own += [*VERDICTS.values(), *(each.en if language == "en" else each.nl for each in by_code().values())]
    assert [words for words in own if inert.text(words) != words.replace(">", "›")] == []


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://shop.example", True),
        ("http://bücher.example:8080/nl/my_shop", True),
        ("ftp://shop.example", False),
        ("javascript:alert(1)", False),
        ("https://user@shop.example", False),
        ("https://shop.example/?next=https://evil.example", False),
        ("https://shop.example/[x](https://evil.example)", False),
        ("https://shop.example/<!here>", False),
        ("https://shop.example and more", False),
        ("https://shop.example\n", False),
        ("https://localhost", False),
        (None, False),
    ],
)
def test_an_event_has_the_shops_true_address_or_none(url: str | None, is_one: bool) -> None:
    """``shop_url`` is for programs to link: a well-formed address to the letter, or null."""
    happening = EXAMPLES["Problem Opened"]
    happening = Happening(**(vars(happening) | {"detail": {**happening.detail, "shop_url": url}}))
    assert event(happening)["shop_url"] == (url if is_one else None)
