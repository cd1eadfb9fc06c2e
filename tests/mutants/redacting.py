"""Mutants of what redaction leaves out to save time: each lets something through that a careful search finds."""

from __future__ import annotations

from tests.mutants.mutant import SHARED, Mutant

HARMLESS = f"{SHARED}/redaction_harmless.py"
TESTS = "tests/unit/test_redaction_harmless.py"
DECIDES = (f"{TESTS}::test_digits_that_decide",)


def _without(name: str, pattern: str) -> Mutant:
    """Texts in which this pattern is found are taken for harmless whatever their digits are."""
    return Mutant(f"digits-do-not-decide-{name}", HARMLESS, ((pattern, "(?!)"),), DECIDES)


REDACTING = (
    _without("percent-encoding", "%"),
    _without("numeric-references", "&#"),
    _without("named-references", "&[a-z0-9]++;"),
    _without("documents", r"\A[\s\x1c-\x1f]*+[\[{\"]"),
    _without("basic-credentials", r"\b(?:bearer|basic|negotiate|digest)[ +]"),
    _without("phones-with-a-plus", r"\+0(?:[ ().+\-/]{0,2}0){7}"),
    _without("cards", "0{3}(?:[ .+-]?0){7}"),
    _without("phones", "0[ .+-]{0,2}0(?:[ +]?0){7}"),
    _without("accounts", "(?<![a-z0-9])[a-z]{2}00(?:[ +-]?[a-z0-9]){11}"),
    Mutant(
        "a-known-text-may-hold-an-own-key",
        HARMLESS,
        ((" in self._known and not self._own.may_be_in(text)", " in self._known"),),
        DECIDES,
    ),
    Mutant(
        "a-number-may-be-an-own-key",
        HARMLESS,
        (("            return not self._own.may_be_in(text)\n", "            return True\n"),),
        (f"{TESTS}::test_an_own_key_of_digits_alone",),
    ),
    Mutant(
        "a-number-may-be-a-card",
        HARMLESS,
        (("_LONGEST_NUMBER: Final = 13 ", "_LONGEST_NUMBER: Final = 16 "),),
        DECIDES,
    ),
    Mutant(
        "a-number-may-be-a-phone",
        HARMLESS,
        ((' and text[0] != "0"', ""),),
        (f"{TESTS}::test_a_number_is_known_at_once",),
    ),
    Mutant(
        "what-is-harmless-in-a-document-is-so-anywhere",
        f"{SHARED}/redaction.py",
        ((" and not nested:", ":"),),
        (f"{TESTS}::test_what_is_harmless_deep_in_documents",),
    ),
    Mutant(
        "harmless-texts-are-kept-for-good",
        HARMLESS,
        (("                self._known.clear()\n", "                pass\n"),),
        (f"{TESTS}::test_what_is_learnt_is_bounded",),
    ),
    Mutant(
        "only-western-digits-are-digits",
        f"{SHARED}/redaction_forms.py",
        (("_DIGITS if not text.isascii() and _OTHER_DIGIT.search(text) else _ASCII_DIGITS", "_ASCII_DIGITS"),),
        (f"{TESTS}::test_digits_of_every_script",),
    ),
)
