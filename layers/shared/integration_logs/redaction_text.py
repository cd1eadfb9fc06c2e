"""Secrets that show by the name beside them, in text that is not (or no longer) a document.

``name=value`` and ``name: value`` in URLs, header lines, exception texts and Python, PHP or cut-off JSON; XML elements
and HTML inputs; all of them also percent-encoded or written as character references. What is left is searched for the
forms of ``redaction_forms``. Every step is linear in the length of the text. Pure.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from integration_logs.redaction_forms import mark, mask_forms
from integration_logs.redaction_keys import (
    CREDENTIAL,
    PERSONAL,
    kind_in_prose,
    kind_of,
    kind_of_parameter,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_DEEPEST_ENCODING: Final = 4
_MOST_ROUNDS: Final = 6

# A name, what closes it (quote, bracket) and what separates it from its value. "=>" is PHP and Ruby; ";s:3:" is a
# string in PHP's serialisation; a comma is that of a pair of quoted strings. A marker's own "redacted:" is no name.
_NAME = re.compile(
    r"(?P<name>[^\W\d](?<![\w%-].)(?<!redacted:.)[\w%-]*+(?:\[[\w%-]*+\]){0,4})"
    r"(?P<close>\\*[\"']\]?|\])?(?P<gap>[ \t]{0,4}(?:=>|[=:]|;s:\d{1,9}:|%3[AaDd]|,(?=\s{0,4}\\*[\"']))\s{0,4})"
)
_MARKED_VALUE = r"\[redacted:[a-z-]+\]"
_PARAMETER_VALUE = re.compile(rf"(?:{_MARKED_VALUE}|[^\s&\"'<>#\\])*+")
_PERSONAL_VALUE = re.compile(rf"(?:{_MARKED_VALUE}|[^\r\n,;&\"'<>|{{}}\\])*+")
# Up to the end of a header line, with the lines that continue it.
_HEADER_VALUE = re.compile(r"[^\r\n]*+(?:\r?\n[ \t]+[^\r\n]*+)*+")
_LIST_VALUE = re.compile(r"\[(?!redacted:)[^\[\]{}]*+(?:\[redacted:[a-z-]+\][^\[\]{}]*+)*+\]?")
_OPENING_QUOTE = re.compile(r"\\*[\"']")
_PLAIN_QUOTED: Final = {
    '"': re.compile(r"(?:[^\"\\]|\\.)*+", re.DOTALL),
    "'": re.compile(r"(?:[^'\\]|\\.)*+", re.DOTALL),
}
_WHOLE_LINE_HEADERS = re.compile(r"authori[sz]ation|cookie|forwarded", re.IGNORECASE)

_PERCENT_RUN = re.compile(r"(?<![\w.~+@\[\]:/%-])[\w.~+@\[\]:/-]*+%[0-9A-Fa-f]{2}[\w.~+@\[\]:/%-]*+")
_PERCENT_SIGN = re.compile(r"%[0-9A-Fa-f]{2}")
# However often it was encoded: "%25253D" is "%3D". Taken off in one go, or each level would cost a pass.
_REPEATED_PERCENT = re.compile(r"%(?:25)++(?=[0-9A-Fa-f]{2})")
_ENTITY_RUN = re.compile(r"(?<![^\s<>\"'])[^\s<>\"'&]*+&(?:#|quot;|colon;|equals;|commat;|lbrace;)[^\s<>\"']*+")
_ELEMENT = re.compile(
    r"<(?P<name>[^\W\d][\w.:-]{0,80})(?P<attributes>(?:\s[^<>]*+)?>)(?P<text>[^<>]++|<!\[CDATA\[[^\]]*+\]\]>)(?=</)"
)
_INPUT = re.compile(r"<(?:input|meta|option|param|textarea)\s[^<>]*+", re.IGNORECASE)
_INPUT_NAME = re.compile(r"\s(?:name|id|property)\s{0,3}=\s{0,3}[\"']?([\w\[\].:-]+)", re.IGNORECASE)
_INPUT_VALUE = re.compile(
    r"(?P<start>\s(?:value|content)\s{0,3}=\s{0,3})(?:\"[^\"<>]*+\"?|'[^'<>]*+'?|[^\s\"'<>]++)", re.IGNORECASE
)

_FORM_NAME = re.compile(r"[\w.%\[\]+*~-]+")


def redact_text(text: str, mask_own: Callable[[str], str]) -> str:
    """The text without its secrets. ``mask_own`` masks the secrets that are known by value, and runs before all else.

    A replacement can bring another secret to light (what stood between two words is gone), so it repeats until
    nothing is found: redacting the result again changes nothing.
    """
    for _ in range(_MOST_ROUNDS):
        found = _one_round(text, mask_own, 0)
        if found == text:
            return text
        text = found
    return mark(PERSONAL)


def redact_form(text: str, redact: Callable[[str], str]) -> str | None:
    """``a=b&c=d`` with its secret fields replaced and ``redact`` applied to the others; ``None`` if it is none."""
    if "=" not in text or text.startswith(("{", "[", "<")) or any(c in text for c in " \n\t<\"'"):
        return None
    fields = [field.partition("=") for field in text.split("&")]
    if not all(_FORM_NAME.fullmatch(name) for name, _, _ in fields):
        return None
    return "&".join(
        f"{_encoded(name, redact)}{equals}{_redacted_field(unquote_plus(name), value, redact)}"
        for name, equals, value in fields
    )


def _redacted_field(name: str, value: str, redact: Callable[[str], str]) -> str:
    kind = kind_of_parameter(name)
    if kind is not None and value:
        return mark(kind)
    return _encoded(value, redact)


def _encoded(text: str, redact: Callable[[str], str]) -> str:
    """The form-encoded text with ``redact`` applied to what it stands for; as it was where that changes nothing."""
    plain = unquote_plus(text)
    redacted = redact(plain)
    return text if redacted == plain else quote_plus(redacted, safe="[]:/@", errors="replace")


def _one_round(text: str, mask_own: Callable[[str], str], depth: int) -> str:
    text = mask_own(text)
    if depth < _DEEPEST_ENCODING:
        if "%" in text and _PERCENT_SIGN.search(text):
            text = _PERCENT_RUN.sub(lambda run: _decoded(run[0], _unquoted, _quoted, mask_own, depth), text)
        if "&" in text and ";" in text:
            text = _ENTITY_RUN.sub(lambda run: _decoded(run[0], html.unescape, html.escape, mask_own, depth), text)
    if "</" in text:
        text = _ELEMENT.sub(_mask_element, text)
    if "<" in text:
        text = _INPUT.sub(_mask_input, text)
    if "=" in text or ":" in text or "'," in text or '",' in text:
        text = _mask_named(text)
    return mask_forms(text)


def _unquoted(text: str) -> str:
    return unquote(_REPEATED_PERCENT.sub("%", text) if "%25" in text else text)


def _quoted(text: str) -> str:
    return quote(text, safe="[]:/@+~", errors="replace")


def _decoded(
    run: str, decode: Callable[[str], str], encode: Callable[[str], str], mask_own: Callable[[str], str], depth: int
) -> str:
    plain = decode(run)
    if plain == run:
        return run
    redacted = _one_round(plain, mask_own, depth + 1)
    return run if redacted == plain else encode(redacted)


def _mask_element(match: re.Match[str]) -> str:
    name = match["name"].rpartition(":")[2]
    kind = kind_of(name)
    if kind is None or not match["text"].strip():
        return match[0]
    return f"<{match['name']}{match['attributes']}{mark(kind)}"


def _mask_input(match: re.Match[str]) -> str:
    tag = match[0]
    name = _INPUT_NAME.search(tag)
    kind = kind_in_prose(name[1]) if name else None
    if kind is None:
        return tag
    return _INPUT_VALUE.sub(lambda value: f'{value["start"]}"{mark(kind)}"', tag)


def _mask_named(text: str) -> str:
    """The text with the value after each secret name replaced; names without a value and empty values stay."""
    parts: list[str] = []
    done = position = 0
    while (match := _NAME.search(text, position)) is not None:
        position = match.end()
        name = match["name"]
        if kind_of_parameter(name) is None and "%" not in name:
            continue  # the quick way out: no other reading of the name is stricter
        kind = _kind_of_match(text, match)
        if kind is None:
            continue
        start, end = _extent(text, match, kind)
        if start < end:
            parts += (text[done:start], mark(kind))
            done = end
        position = max(position, end)
    if not parts:
        return text
    parts.append(text[done:])
    return "".join(parts)


def _kind_of_match(text: str, match: re.Match[str]) -> str | None:
    name, close, gap = match["name"], match["close"], match["gap"]
    if "%" in name:
        name = unquote(name)
    before = text[match.start() - 1 : match.start()] if match.start() else ""
    is_escaped_parameter = before == ";" and text.endswith(("&amp;", "&#38;"), 0, match.start())
    if is_escaped_parameter or ("=" in gap and before in {"?", "&", "#"}):
        return kind_of_parameter(name)
    if "," in gap:
        return CREDENTIAL if close and kind_of(name) == CREDENTIAL else None
    is_quoted = close is not None and close != "]"
    is_member = close == "]" and before == "[" and "=>" in gap
    if is_quoted or is_member or (":" in gap and _starts_line(text, match.start())):
        return kind_of(name)
    return kind_in_prose(name)


def _starts_line(text: str, position: int) -> bool:
    """Whether a line of several starts here: "City: Delft" is a field there, and prose elsewhere."""
    return text[position - 1] in "\r\n" if position else "\n" in text


def _extent(text: str, match: re.Match[str], kind: str) -> tuple[int, int]:
    """Where the value after the name starts and ends."""
    start = match.end()
    is_field = ":" in match["gap"] and not match["close"]
    opening = _OPENING_QUOTE.match(text, start)
    before = text[match.start() - 1 : match.start()] if match.start() else "\n"
    if is_field and _starts_line(text, match.start()):
        value = _HEADER_VALUE
    elif opening is not None:
        return opening.end(), _end_of_quoted(text, opening.end(), opening[0])
    elif match["close"] and (listed := _LIST_VALUE.match(text, start)) is not None:
        return start, listed.end()
    elif before in {"?", "&", ";", "#"} and "=" in match["gap"]:
        value = _PARAMETER_VALUE
    elif kind == CREDENTIAL:
        whole = is_field and (before == "\n" or _WHOLE_LINE_HEADERS.search(match["name"]))
        value = _HEADER_VALUE if whole else _PARAMETER_VALUE
    else:
        value = _PERSONAL_VALUE
    found = value.match(text, start)
    return start, found.end() if found else start


def _end_of_quoted(text: str, start: int, opening: str) -> int:
    """Where the quoted value ends: before the closing quote, or at the end of a text that was cut off."""
    plain = _PLAIN_QUOTED.get(opening)
    if plain is not None:
        found = plain.match(text, start)
        return found.end() if found else start
    end = text.find(opening, start)
    while end > start and text[end - 1] == "\\":
        end = text.find(opening, end + 1)
    return len(text) if end < 0 else end
