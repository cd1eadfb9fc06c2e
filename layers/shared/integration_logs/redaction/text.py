"""Secrets that show by the name beside them, in text that is not (or no longer) a document.

``name=value`` and ``name: value`` in URLs, header lines, exception texts and Python, PHP or cut-off JSON; XML elements
and HTML inputs; all of them also percent-encoded or written as character references. What is left is searched for the
forms of ``redaction_forms``. Every step is linear in the length of the text. Pure.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from integration_logs.redaction.forms import mask_forms
from integration_logs.redaction.keys import kind_of_parameter
from integration_logs.redaction.marks import PERSONAL, Marks
from integration_logs.redaction.markup import mask_markup
from integration_logs.redaction.named import mask_named

_DEEPEST_ENCODING: Final = 4
_MOST_ROUNDS: Final = 8
_SHORT: Final = 512

_PERCENT_RUN = re.compile(r"(?<![\w.~+@\[\]:/%-])[\w.~+@\[\]:/-]*+%[0-9A-Fa-f]{2}[\w.~+@\[\]:/%-]*+")
_PERCENT_SIGN = re.compile(r"%[0-9A-Fa-f]{2}")
# However often it was encoded: "%25253D" is "%3D". Taken off in one go, or each level would cost a pass.
_REPEATED_PERCENT = re.compile(r"%(?:25)++(?=[0-9A-Fa-f]{2})")
_ENTITY_RUN = re.compile(r"(?<![^\s<>\"'])[^\s<>\"'&]*+&(?:#|quot;|colon;|equals;|commat;|lbrace;)[^\s<>\"']*+")
_NO_FORM = re.compile(r"[ \n\t<\"']")
_FORM_START = re.compile(r"(?!\[)[\w.%\[\]+*~-]+=")
_FORM_NAME = re.compile(r"[\w.%\[\]+*~-]+")


class Texts:
    """Redacts running text. A text that one round leaves as it is, is remembered: most come back with other secrets."""

    def __init__(self, marks: Marks) -> None:
        self._round = partial(_one_round, marks=marks, depth=0)
        self._remembered_round = lru_cache(maxsize=4096)(self._round)
        self._marks = marks

    def redact(self, text: str) -> str:
        """The text without its secrets.

        A replacement can bring another secret to light (what stood between two words is gone), so it repeats until
        nothing is found: redacting the result again changes nothing.
        """
        found = self._round(text)
        for _ in range(_MOST_ROUNDS):
            if found == text:
                return text
            text, found = found, (self._remembered_round if len(found) <= _SHORT else self._round)(found)
        return text if found == text else self._marks.mark(PERSONAL, text)


def redact_form(text: str, redact: Callable[[str], str], marks: Marks) -> str | None:
    """``a=b&c=d`` with its secret fields replaced and ``redact`` applied to the others; ``None`` if it is none."""
    if not _FORM_START.match(text) or _NO_FORM.search(text):
        return None
    fields = [field.partition("=") for field in text.split("&")]
    if not all(_FORM_NAME.fullmatch(name) for name, _, _ in fields):
        return None
    return "&".join(
        f"{_encoded(name, redact)}{equals}{_redacted_field(unquote_plus(name), value, redact, marks)}"
        for name, equals, value in fields
    )


def _redacted_field(name: str, value: str, redact: Callable[[str], str], marks: Marks) -> str:
    kind = kind_of_parameter(name)
    if name == "to" and value[:1].isalpha():  # whom or where something goes; a time begins with a digit
        kind = PERSONAL
    if kind is not None and kind not in marks.kept and value:
        return marks.mark(kind, value)
    return _encoded(value, redact)


def _encoded(text: str, redact: Callable[[str], str]) -> str:
    """The form-encoded text with ``redact`` applied to what it stands for; as it was where that changes nothing."""
    plain = unquote_plus(text)
    redacted = redact(plain)
    return text if redacted == plain else quote_plus(redacted, safe="[]:/@", errors="replace")


def _one_round(text: str, marks: Marks, depth: int) -> str:
    text = marks.own.mask(text)
    if depth < _DEEPEST_ENCODING:
        if "%" in text and _PERCENT_SIGN.search(text):
            text = _PERCENT_RUN.sub(lambda run: _decoded(run[0], _unquoted, _quoted, marks, depth), text)
        if "&" in text and ";" in text:
            text = _ENTITY_RUN.sub(lambda run: _decoded(run[0], html.unescape, html.escape, marks, depth), text)
    if "<" in text or "&lt;/" in text or "\n" in text:
        text = mask_markup(text, marks)
    if "=" in text or ":" in text or "'," in text or '",' in text:
        named = mask_named(text, marks)
        if depth == 0 and named != text:
            return named  # the next round looks for the rest
        text = named
    return mask_forms(text, marks)


def _unquoted(text: str) -> str:
    return unquote(_REPEATED_PERCENT.sub("%", text) if "%25" in text else text)


def _quoted(text: str) -> str:
    return quote(text, safe="[]:/@+~", errors="replace")


def _decoded(run: str, decode: Callable[[str], str], encode: Callable[[str], str], marks: Marks, depth: int) -> str:
    plain = decode(run)
    if plain == run:
        return run
    redacted = _one_round(plain, marks, depth + 1)
    return run if redacted == plain else encode(redacted)
