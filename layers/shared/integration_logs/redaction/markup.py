"""Secrets that show by the markup around them: XML elements, HTML inputs and tables, parts of a multipart body, CSV.

Every step is linear in the length of the text. Pure.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Final

from integration_logs.redaction.keys import kind_in_prose, kind_of, kind_of_parameter

if TYPE_CHECKING:
    from integration_logs.redaction.marks import Marks

_ELEMENT = re.compile(
    r"<(?P<name>[^\W\d][\w.:-]{0,80})(?P<attributes>(?:\s[^<>]*+)?>)(?P<text>[^<>]++|<!\[CDATA\[[^\]]*+\]\]>)(?=</)"
)
# The same, escaped: XML in XML.
_ESCAPED_ELEMENT = re.compile(
    r"&lt;(?P<name>[^\W\d][\w.:-]{0,80})(?P<attributes>(?: [^&<>]{0,200})?&gt;)(?P<text>[^&<>]++)(?=&lt;/)"
)
# A label and its value: a row of a table, a list of definitions.
_LABELLED = re.compile(
    r"(?P<label><(?:th|dt)(?:\s[^<>]*+)?>(?P<name>[^<>]{2,60})</(?:th|dt)>\s{0,40}<(?:td|dd)(?:\s[^<>]*+)?>)"
    r"(?P<value>[^<>]++)(?=</)",
    re.IGNORECASE,
)
_INPUT = re.compile(r"<(?:input|meta|option|param|textarea)\s[^<>]*+", re.IGNORECASE)
_INPUT_NAME = re.compile(r"\s(?:name|id|property)\s{0,3}=\s{0,3}[\"']?([\w\[\].:-]+)", re.IGNORECASE)
_INPUT_VALUE = re.compile(
    r"(?P<start>\s(?:value|content)\s{0,3}=\s{0,3})(?P<value>\"[^\"<>]*+\"?|'[^'<>]*+'?|[^\s\"'<>]++)", re.IGNORECASE
)
_QUOTES: Final = "\"'"

# A part of a multipart body: its headers, of which one names it, an empty line, and its value up to the next boundary.
_PART = re.compile(
    r"(?P<head>^Content-Disposition:[^\r\n]*?\bname=\"?(?P<name>[^\"\r\n;]+)[^\r\n]*+(?:\r?\n[^\r\n]++){0,8}\r?\n\r?\n)"
    r"(?P<value>.*?)(?=\r?\n--|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_DELIMITERS = ";\t,|"
_LONGEST_HEAD = 2000  # characters of a CSV's first line
_COLUMN = re.compile(r"\s*\"?[\w .-]{1,40}\"?\s*")


def mask_markup(text: str, marks: Marks) -> str:
    """The text with what stands in elements, inputs and parts of a secret name replaced."""
    if "<" in text:
        if "</" in text:
            text = _ELEMENT.sub(lambda found: _mask_element(found, marks), text)
            text = _LABELLED.sub(lambda found: _mask_labelled(found, marks), text)
        text = _INPUT.sub(lambda found: _mask_input(found[0], marks), text)
    if "&lt;/" in text:
        text = _ESCAPED_ELEMENT.sub(lambda found: _mask_element(found, marks), text)
    if "\n--" in text and "name=" in text:
        text = _PART.sub(lambda found: _mask_part(found, marks), text)
    return _mask_columns(text, marks) if "\n" in text else text


def _mask_labelled(match: re.Match[str], marks: Marks) -> str:
    kind = kind_of(match["name"])
    if kind is None or kind in marks.kept or not match["value"].strip():
        return match[0]
    return match["label"] + marks.mark(kind, match["value"])


def _mask_part(match: re.Match[str], marks: Marks) -> str:
    kind = kind_of_parameter(match["name"])
    if kind is None or kind in marks.kept or not match["value"].strip():
        return match[0]
    return match["head"] + marks.mark(kind, match["value"])


def _mask_element(match: re.Match[str], marks: Marks) -> str:
    kind = kind_of(match["name"].rpartition(":")[2])
    text = match["text"]
    if kind is None or kind in marks.kept or not text.strip():
        return match[0]
    return match[0][: match.start("text") - match.start()] + marks.mark(kind, _character_data(text))


def _mask_columns(text: str, marks: Marks) -> str:
    """CSV with the columns of secret names replaced; any text whose first line does not name three columns stays."""
    head, _, rest = text.partition("\n")
    delimiter = next((each for each in _DELIMITERS if head.count(each) > 1), None)
    if delimiter is None or len(head) > _LONGEST_HEAD:
        return text
    names = head.split(delimiter)
    if not all(map(_COLUMN.fullmatch, names)):
        return text
    kinds = [kind_of(name) for name in names]
    masked = {number: kind for number, kind in enumerate(kinds) if kind is not None and kind not in marks.kept}
    if not masked:
        return text
    return "\n".join([head, *(_mask_row(line, delimiter, len(names), masked, marks) for line in rest.split("\n"))])


def _mask_row(line: str, delimiter: str, columns: int, masked: dict[int, str], marks: Marks) -> str:
    bare = line.rstrip("\r")
    try:
        cells = next(csv.reader([bare], delimiter=delimiter), [])
    except csv.Error:
        return line
    if len(cells) != columns:
        return line
    found = [marks.mark(masked[at], cell) if at in masked and cell.strip() else cell for at, cell in enumerate(cells)]
    if found == cells:
        return line
    quoted = ['"' + cell.replace('"', '""') + '"' if delimiter in cell or '"' in cell else cell for cell in found]
    return delimiter.join(quoted) + line[len(bare) :]


def _character_data(text: str) -> str:
    """What an element's text stands for, where it is quoted as a whole."""
    return text[9:-3] if text.startswith("<![CDATA[") else text


def _mask_input(tag: str, marks: Marks) -> str:
    name = _INPUT_NAME.search(tag)
    kind = kind_in_prose(name[1]) if name else None
    if kind is None or kind in marks.kept:
        return tag
    return _INPUT_VALUE.sub(lambda value: f'{value["start"]}"{marks.mark(kind, value["value"].strip(_QUOTES))}"', tag)
