"""Secrets that show by a name before them in running text: ``name=value``, ``name: value``, ``"name" => "value"``.

In URLs, header lines, exception texts, and JSON, Python or PHP that is cut off or stands amid other text. Every step is
linear in the length of the text. Pure.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import unquote

from integration_logs.redaction.keys import kind_in_prose, kind_of, kind_of_parameter
from integration_logs.redaction.marks import CREDENTIAL, MARKER, Marks

# What separates a name from its value. "=>" is PHP and Ruby; ";s:3:" is a string in PHP's serialisation; a comma is
# that of a pair of quoted strings; "string(7)" is PHP's var_dump. A marker is passed over, with the colons in it.
# It begins with a set of characters, for which a search passes over all others at once.
_SEPARATOR = re.compile(
    rf"[=:;,%\[](?:(?P<marker>(?<==){MARKER}(?=[&#]|\Z)|(?<=\[){MARKER[2:]})"
    r"|(?:(?<==)>?|(?<=:)(?!//)|(?<=;)s:\d{1,9}:|(?<=%)(?<![\w%-].)3[AaDd]|(?<=,)(?=\s{0,4}\\*[\"']))"
    r"\s{0,4}(?:string\(\d{1,9}\) ?)?)"
)
# The name before a separator and what closes it (quote, bracket), read backwards: separators are far rarer than words,
# and from there on the name is a matter of one step. A marker's own kind is no name.
_BACKWARDS = re.compile(
    r"[ \t]{0,4}+(?P<close>\]?[\"']\\{0,9}+|\](?![\w%-]*+\[[\w%\]-]))?"
    r"(?P<name>(?:\][\w%-]*+\[){0,12}[\w%-]++)(?!:detcader)"
)
_PARAMETER_VALUE = re.compile(rf"(?:{MARKER}|[^\s&\"'<>#\\;?]|[;?](?![\w-]{{1,40}}=))*+")
_PERSONAL_VALUE = re.compile(rf"(?:{MARKER}|[^\r\n,;&\"'<>|{{}}\\])*+")
# Up to the end of a header line, with the lines that continue it.
_HEADER_VALUE = re.compile(r"[^\r\n]*+(?:\r?\n[ \t]+[^\r\n]*+)*+")
_LIST_VALUE = re.compile(rf"\[(?!redacted:)[^\[\]{{}}]*+(?:{MARKER}[^\[\]{{}}]*+)*+\]?")
_OPENING_QUOTE = re.compile(r"\\*[\"']")
_PLAIN_QUOTED: Final = {
    '"': re.compile(r"(?:[^\"\\]|\\.)*+", re.DOTALL),
    "'": re.compile(r"(?:[^'\\]|\\.)*+", re.DOTALL),
}
_LONGEST_REMEMBERED: Final = 120
_WHOLE_LINE_HEADERS = re.compile(r"authori[sz]ation|cookie|forwarded", re.IGNORECASE)


class _Named(NamedTuple):
    """A name in a text, and where its value begins."""

    name: str
    close: str  # the quote or bracket after it
    separator: str
    before: str  # the character before it
    start: int
    value: int


def mask_named(text: str, marks: Marks) -> str:
    """The text with the value after each secret name replaced; names without a value and empty values stay."""
    separator = _SEPARATOR.search(text)
    if separator is None:
        return text
    backwards, length = text[::-1], len(text)
    parts: list[str] = []
    done = 0
    while separator is not None:
        position = separator.end()
        match = None if separator["marker"] else _BACKWARDS.match(backwards, length - separator.start())
        if match is not None:
            name = match["name"]  # still backwards, which is how most are known to be harmless
            start = length - match.end()
            if (_remembered_suspect(name) if len(name) <= _LONGEST_REMEMBERED else _is_suspect(name)) and start >= done:
                kind, begin, end = _found(text, name[::-1], match, separator, start)
                if kind is not None and kind not in marks.kept:
                    if begin < end:
                        parts += (text[done:begin], marks.mark(kind, text[begin:end]))
                        done = end
                    position = max(position, end)
        separator = _SEPARATOR.search(text, position)
    if not parts:
        return text
    parts.append(text[done:])
    return "".join(parts)


def _is_suspect(backwards: str) -> bool:
    """Whether the name may be secret: no other reading of it is stricter than that as a parameter."""
    name = backwards[::-1]
    return "%" in name or kind_of_parameter(name) is not None


_remembered_suspect = lru_cache(4096)(_is_suspect)


def _found(
    text: str, name: str, match: re.Match[str], separator: re.Match[str], start: int
) -> tuple[str | None, int, int]:
    """The kind of what follows the name, and from where to where it goes."""
    position = separator.end()
    before = text[start - 1] if start else ""
    if before in {"?", "&"} and separator[0] == "=" and "%" not in name:
        value = _PARAMETER_VALUE.match(text, position)
        if value and value.end() > position:  # what nearly every name in a URL comes to
            return kind_of_parameter(name), position, value.end()
    found = _Named(name, (match["close"] or "")[::-1], separator[0], before, start, position)
    kind = _kind(text, found)
    return (None, 0, 0) if kind is None else (kind, *_extent(text, found, kind))


def _kind(text: str, found: _Named) -> str | None:
    name, close, separator = found.name, found.close, found.separator
    if "%" in name:
        name = unquote(name)
    is_escaped_parameter = found.before == ";" and text.endswith(("&amp;", "&#38;"), 0, found.start)
    if is_escaped_parameter or ("=" in separator and found.before and found.before in "?&#"):
        return kind_of_parameter(name)
    if "," in separator:
        return CREDENTIAL if close and kind_of(name) == CREDENTIAL else None
    is_quoted = close not in {"", "]"}
    is_member = close == "]" and found.before == "[" and "=>" in separator
    if is_quoted or is_member or (":" in separator and _starts_line(text, found.start)):
        return kind_of(name)
    return kind_in_prose(name)


def _starts_line(text: str, position: int) -> bool:
    """Whether a line of several starts here: "City: Delft" is a field there, and prose elsewhere."""
    return text[position - 1] in "\r\n" if position else "\n" in text


def _extent(text: str, found: _Named, kind: str) -> tuple[int, int]:
    """Where the value after the name starts and ends."""
    start = found.value
    is_field = ":" in found.separator and not found.close
    opening = _OPENING_QUOTE.match(text, start)
    before = found.before or "\n"
    if is_field and _starts_line(text, found.start):
        value = _HEADER_VALUE
    elif opening is not None:
        return opening.end(), _end_of_quoted(text, opening.end(), opening[0])
    elif found.close and (listed := _LIST_VALUE.match(text, start)) is not None:
        return start, listed.end()
    elif before in "?&;#" and "=" in found.separator:
        value = _PARAMETER_VALUE
    elif kind == CREDENTIAL:
        whole = is_field and (before == "\n" or _WHOLE_LINE_HEADERS.search(found.name))
        value = _HEADER_VALUE if whole else _PARAMETER_VALUE
    else:
        value = _PERSONAL_VALUE
    match = value.match(text, start)
    return start, match.end() if match else start


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
