"""Mutants of what redaction leaves out to save time: each lets something through that a careful search finds."""

from __future__ import annotations

from tests.mutants.mutant import SHARED, Mutant

HARMLESS = f"{SHARED}/redaction/harmless.py"
TESTS = "tests/unit/integration_logs/redaction/test_harmless.py"
IDS = "tests/unit/integration_logs/redaction/test_ids.py"
DECIDES = (f"{TESTS}::test_digits_that_decide",)


def _without(name: str, pattern: str) -> Mutant:
    """Texts in which this pattern is found are taken for harmless whatever their digits are."""
    return Mutant(f"digits-do-not-decide-{name}", HARMLESS, ((pattern, "(?!)"),), DECIDES)


def _id(name: str, *edits: tuple[str, str]) -> Mutant:
    """An id is taken for harmless where what it is made of decides."""
    return Mutant(f"ids-may-be-{name}", HARMLESS, edits, (f"{IDS}::test_hexadecimal_digits_that_decide",))


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
        (("        return not self._own.may_be_in(text)\n", "        return True\n"),),
        DECIDES,
    ),
    Mutant(
        "a-number-may-be-an-own-key",
        HARMLESS,
        (("_AT_ONCE.fullmatch(text) is None:", "_AT_ONCE.fullmatch(text):\n            return True\n        else:"),),
        (f"{TESTS}::test_an_own_key_of_digits_alone",),
    ),
    Mutant(
        "a-number-may-be-a-card",
        HARMLESS,
        (("{{0,12}}", "{{0,15}}"),),
        DECIDES,
    ),
    Mutant(
        "a-number-may-be-a-phone",
        HARMLESS,
        (("[1-9][0-9]{{0,12}}", "[0-9]{{1,13}}"),),
        (f"{TESTS}::test_a_number_is_known_at_once",),
    ),
    Mutant("what-is-foreign-may-be-a-blank", HARMLESS, ((" and _FOREIGN.search(text)", " and False"),), DECIDES),
    _id("accounts", ("(?![a-f]{2}[0-9]{2})", "")),
    _id("numbers", ("(?=[0-9]*+[a-f])", "")),
    _id("phones", ("[0-9]{1,4}", "[0-9]{1,14}")),
    _id("cards-in-groups", ("(?:-(?:{_FEW}-)?", "(?:-(?:{_FEW}-)*"), ("*+(?:-{_FEW})?", "*+(?:-{_FEW})*")),
    _id("the-end-of-a-phone", ('rf"/{_LONG_ID}', 'rf"/(?:{_FEW}-)?{_LONG_ID}')),
    _id("the-beginning-of-a-name", ("(?=<)", "")),
    _id("the-end-of-a-name", ('rf">{_LONG_ID}', 'rf"[ >]{_LONG_ID}')),
    _id("a-name-in-a-path", (r"(?=[/?]|\Z)", "")),
    _id("a-label-with-a-slash", ('b"<" not in alike and ', "")),
    _id("a-part-with-a-slash", (r' and b"\n" not in alike', "")),
    _id("a-part-with-a-tag", (r'alike if b"\n--" in alike else ', "")),
    _id("the-beginning-of-a-field", ('rf"/{_LONG_ID}', 'rf"[/=]{_LONG_ID}')),
    _id(
        "a-column", ('rf"/{_LONG_ID}', r'rf"(?:/|\A){_LONG_ID}'), (r"(?=[/?]|\Z)", ""), (r' and b"\n" not in alike', "")
    ),
    _id("the-end-of-an-address", ('rf"/{_LONG_ID}', 'rf"[./]{_LONG_ID}')),
    _id("what-a-private-key-is-called", ('rf"/{_LONG_ID}', 'rf"[/ ]{_LONG_ID}'), (r"(?=[/?]|\Z)", "")),
    Mutant(
        "what-is-harmless-in-a-document-is-so-anywhere",
        f"{SHARED}/redaction/redactor.py",
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
        "what-was-made-of-texts-is-kept-for-good",
        f"{SHARED}/redaction/redactor.py",
        (("                    short.clear()", "                    pass"),),
        (f"{TESTS}::test_what_was_made_of_texts_is_bounded",),
    ),
    Mutant(
        "only-western-digits-are-digits",
        f"{SHARED}/redaction/forms.py",
        (("_DIGITS if not text.isascii() and _OTHER_DIGIT.search(text) else _ASCII_DIGITS", "_ASCII_DIGITS"),),
        (f"{TESTS}::test_digits_of_every_script",),
    ),
)
