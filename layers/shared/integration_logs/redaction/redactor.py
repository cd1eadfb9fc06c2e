"""Takes credentials and personal data out of a log record before anything of it is stored or logged.

What goes: values by the name beside them (JSON keys, headers, query parameters, form fields, XML elements; see
``redaction_keys``), values by their own form (see ``redaction_forms``), and this stack's own keys by value. A string
that holds a document (JSON, also nested in JSON; a form) is redacted as that document; any other as text. What stays is
what an operator needs: URLs, status and error codes, ids, order numbers, SKUs, quantities, countries. What stands in a
secret's place is made by ``redaction_marks``.

Redaction is idempotent and never raises on anything that ``json.loads`` can return. Pure: no IO, no clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache, partial
from typing import Final, Literal

from integration_logs.json_types import JsonValue
from integration_logs.redaction.forms import is_card_number
from integration_logs.redaction.harmless import Harmless
from integration_logs.redaction.keys import kind_of
from integration_logs.redaction.marks import CARD, CREDENTIAL, KINDS, TOO_DEEP, Marks, OwnKeys, Pseudonyms
from integration_logs.redaction.shapes import Field, Shape, Shapes, numbered
from integration_logs.redaction.text import Texts, redact_form

type Policy = Literal["mask", "drop-bodies", "keep"]

POLICIES: Final[tuple[Policy, ...]] = ("mask", "drop-bodies", "keep")
"""``mask`` masks all that is found; ``drop-bodies`` also drops payloads, bodies and ``additional_data`` whole; ``keep``
leaves personal data and masks credentials and card numbers alone."""

_DEEPEST = 64  # levels of arrays and objects
# Documents in strings in documents, and the level at which each begins to count: what they nest adds up on one stack.
_DOCUMENT_LEVELS = (0, 32, 48, 56, 60)
_DEEPEST_DOCUMENT = len(_DOCUMENT_LEVELS) - 1
_SHORTEST_TEXT = 5  # nothing that is looked for is shorter
_SHORT, _MOST_SHORT = 512, 4096
_LONG, _MOST_LONG = 16384, 128  # an error page comes back thousands of times

_UNTOUCHED = frozenset({"id", "integration_id", "response_code", "protected", "created_at"})
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[0-9T:+\-.Z ]{0,30}")
# Members that name what the "value" beside them is: WooCommerce meta data, Shopify note attributes, Magento custom
# attributes, a list of headers.
_NAMING = ("key", "name", "attribute_code", "field", "code", "label", "display_key")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_-]*")
_BODIES: Final = {"request": "payload", "response": "body"}
_DROPPED = re.compile(r"\[redacted:dropped(?: \d+ bytes)?\]")
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Redactor:
    """Redacts records and texts. ``secrets`` are keys to be masked by value wherever they occur, in any usual encoding.

    Keep one instance per process: it remembers what it made of texts, which recur from record to record. It may be used
    by several threads. Without ``pseudonyms`` a marker says the kind alone. Raises what their key raises, and no more.
    """

    def __init__(
        self, secrets: Iterable[str] = (), *, pseudonyms: Pseudonyms | None = None, policy: Policy = "mask"
    ) -> None:
        kept = KINDS - {CREDENTIAL, CARD} if policy == "keep" else frozenset[str]()
        self._drops = policy == "drop-bodies"
        self._marks = Marks(OwnKeys(secrets), pseudonyms, kept)
        self._texts = Texts(self._marks)
        self._harmless = Harmless(self._marks.own)
        # As text, never as a document: a key that holds JSON keeps its layout.
        self._shapes = Shapes(lambda key: self._texts.redact(key) if len(key) >= _SHORTEST_TEXT else key, kept)
        levels = range(_DEEPEST_DOCUMENT + 1)
        self._short: list[dict[str, str]] = [{} for _ in levels]  # what was made of short texts
        self._long = [lru_cache(_MOST_LONG)(partial(self._redact_string, nested=nested)) for nested in levels]

    def record(self, record: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """A raw record as Sendcloud returns it, redacted: the same fields, none of them left out.

        The ids, ``response_code``, ``protected`` and ``created_at`` stay as they are; so does ``record``, with which
        the result may share the parts that hold nothing secret. Fields that are not known are redacted like the rest.
        """
        if self._drops:
            record = _without_bodies(record)
        short = self._short[0]
        redacted: dict[str, JsonValue] = {}
        fields = self._shapes.of(record, is_thing=False).fields
        for (key, value), field in zip(record.items(), fields, strict=True):
            if key in _UNTOUCHED and _stays(key, value):
                redacted[key] = value
            elif field.kind is None and isinstance(value, str) and (found := short.get(value)):
                redacted[field.name] = found
            else:
                redacted[field.name] = self._member(field, value, 1, 0)
        return redacted

    def text(self, text: str) -> str:
        """A string of any content, redacted: JSON and forms as documents, all else as text."""
        return self._string(text, 0)

    def url(self, url: str) -> str:
        """A URL without user-info and without secrets in its query; it stays parseable."""
        return self._texts.redact(url)

    def value(self, value: JsonValue, key: str | None = None) -> JsonValue:
        """Any JSON value, redacted; ``key`` is the name it stands under, where it has one."""
        if key is None:
            return self._walk(value, 0, 0)
        (field,) = self._shapes.of({key: value}, is_thing=False).fields
        return self._member(field, value, 0, 0)

    def _member(self, field: Field, value: JsonValue, level: int, nested: int) -> JsonValue:
        if field.kind is None:
            return self._walk(value, level, nested, is_thing=field.holds_things)
        return self._secret(value, field.kind, level, nested)

    def _walk(self, value: JsonValue, level: int, nested: int, *, is_thing: bool = False) -> JsonValue:
        """The value, redacted; the same object where nothing was found."""
        if isinstance(value, str):
            return self._string(value, nested)
        if isinstance(value, dict):
            return self._object(value, level + 1, nested, is_thing=is_thing) if level < _DEEPEST else TOO_DEEP
        if isinstance(value, list):
            return self._array(value, level + 1, nested, is_thing=is_thing) if level < _DEEPEST else TOO_DEEP
        if isinstance(value, int) and value > 10**14 and is_card_number(value):
            return self._marks.mark(CARD, str(value))
        return value

    def _object(self, value: dict[str, JsonValue], level: int, nested: int, *, is_thing: bool) -> JsonValue:
        shape = self._shapes.of(value, is_thing=is_thing)
        fields = self._named_by_a_member(value, shape, nested) if shape.has_value else shape.fields
        is_changed = shape.is_renamed
        short = self._short[nested]
        redacted: dict[str, JsonValue] = {}
        for (name, kind, _, holds_things), member in zip(fields, value.values(), strict=True):
            if isinstance(member, str):  # without a further call where that can be: this is the innermost loop
                if kind is None:
                    found = short.get(member) or self._string(member, nested)
                else:
                    found = self._marks.mark(kind, member) if member else member
                if found is not member and found != member:
                    is_changed = True
                redacted[name] = found
            elif member is None or member is True or member is False:
                redacted[name] = member
            else:
                redacted[name] = other = (
                    self._walk(member, level, nested, is_thing=holds_things)
                    if kind is None
                    else self._secret(member, kind, level, nested)
                )
                if other is not member:
                    is_changed = True
        return redacted if is_changed else value

    def _named_by_a_member(self, value: Mapping[str, JsonValue], shape: Shape, nested: int) -> list[Field]:
        """The fields, of which one may say what stands under "value": {"key": "_billing_email", "value": "…"}."""
        fields = {field.name: field for field in shape.fields}
        naming = next((name for name in _NAMING if isinstance(value.get(name), str)), None)
        if naming is not None and naming in fields:
            named = self._string(str(value[naming]), nested)
            kind = kind_of(named)
            if kind is not None or _IDENTIFIER.fullmatch(named):
                fields[naming] = fields[naming]._replace(kind=None)
            if kind is not None and kind not in self._marks.kept:
                fields["value"] = fields["value"]._replace(kind=kind)
        return list(fields.values())

    def _array(self, value: list[JsonValue], level: int, nested: int, *, is_thing: bool) -> JsonValue:
        redacted = [self._walk(item, level, nested, is_thing=is_thing) for item in value]
        if len(value) == 2 and isinstance(value[1], str):
            name = redacted[0]
            if isinstance(name, str) and kind_of(name) == CREDENTIAL:  # a header or a field as a pair
                redacted[1] = self._secret(value[1], CREDENTIAL, level, nested)
        return value if all(new is old for new, old in zip(redacted, value, strict=True)) else redacted

    def _secret(self, value: JsonValue, kind: str, level: int, nested: int) -> JsonValue:
        """What stands under a secret name: all of a credential goes, and of a person all but countries and ids."""
        if isinstance(value, str):
            return self._marks.mark(kind, value) if value else value
        if value is None or isinstance(value, bool) or value in ([], {}):
            return value
        if isinstance(value, (list, dict)):
            if kind == CREDENTIAL:
                return self._marks.mark(kind, "")
            return self._secret_members(value, kind, level + 1, nested) if level < _DEEPEST else TOO_DEEP
        return self._marks.mark(kind, str(value))

    def _secret_members(
        self, value: list[JsonValue] | dict[str, JsonValue], kind: str, level: int, nested: int
    ) -> JsonValue:
        if isinstance(value, list):
            items = [self._secret(item, kind, level, nested) for item in value]
            return value if all(new is old for new, old in zip(items, value, strict=True)) else items
        shape = self._shapes.of(value, is_thing=False)
        redacted = {
            field.name: (
                self._walk(member, level, nested, is_thing=field.holds_things)
                if field.is_kept
                else self._secret(member, field.kind or kind, level, nested)
            )
            for field, member in zip(shape.fields, value.values(), strict=True)
        }
        return value if all(value.get(name) is member for name, member in redacted.items()) else redacted

    def _string(self, text: str, nested: int) -> str:
        if len(text) <= _SHORT:
            short = self._short[nested]
            redacted = short.get(text)
            if redacted is None:
                redacted = self._redact_string(text, nested)
                if len(short) >= _MOST_SHORT:
                    short.clear()  # all at once: what comes back is soon met again, and most of it never does
                short[text] = redacted
        elif len(text) <= _LONG:
            redacted = self._long[nested](text)
        else:
            redacted = self._redact_string(text, nested)
        return text if redacted == text else redacted

    def _redact_string(self, text: str, nested: int) -> str:
        if len(text) < _SHORTEST_TEXT or self._harmless.knows(text):
            return text
        redacted = self._searched(text, nested)
        if redacted == text and not nested:  # within a document less of a text may be read as one
            self._harmless.learn(text)
        return redacted

    def _searched(self, text: str, nested: int) -> str:
        if nested < _DEEPEST_DOCUMENT:
            document = self._document(text, nested + 1)
            if document is not None:
                return document
            if "=" in text:
                form = redact_form(text, lambda field: self._string(field, nested + 1), self._marks)
                if form is not None:
                    text = form  # and on: a field's name and value can make up a secret that neither is alone
        return self._texts.redact(text)

    def _document(self, text: str, nested: int) -> str | None:
        """The JSON document in the text, redacted, and written anew where that changed it; ``None`` if it is none."""
        bare = text.strip()
        if bare[:1] + bare[-1:] not in {"{}", "[]", '""'}:
            return None
        repeated = False

        def members(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
            nonlocal repeated
            unique = dict(pairs)
            if len(unique) != len(pairs):
                # A reader that keeps only the last of two equal keys must not hide the first from redaction.
                repeated = True
                unique = {}
                for key, value in pairs:
                    unique[numbered(key, unique)] = value
            return unique

        try:
            document = json.loads(bare, object_pairs_hook=members)
        except (ValueError, RecursionError):
            return None
        redacted = self._walk(document, _DOCUMENT_LEVELS[nested], nested)
        if redacted is document and not repeated:
            return text
        return _ENCODER.encode(redacted)


def _stays(key: str, value: JsonValue) -> bool:
    """Whether a field that identifies or counts holds what it should."""
    if key == "created_at":
        return isinstance(value, str) and _TIME.fullmatch(value) is not None
    return not isinstance(value, (str, list, dict))


def _without_bodies(record: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The record with a note of its size in the place of each payload, body and ``additional_data``."""
    kept = dict(record)
    for name in (*_BODIES, "additional_data"):
        part = kept.get(name)
        if name in _BODIES and isinstance(part, dict):
            kept[name] = part | {body: _dropped(part[body]) for body in _BODIES.values() if body in part}
        elif part is not None:
            kept[name] = _dropped(part)
    return kept


def _dropped(value: JsonValue) -> JsonValue:
    if value is None or value == "" or (isinstance(value, str) and _DROPPED.fullmatch(value)):
        return value
    try:
        text = value if isinstance(value, str) else _ENCODER.encode(value)
    except RecursionError:
        return "[redacted:dropped]"
    return f"[redacted:dropped {len(text.encode('utf-8', errors='surrogatepass'))} bytes]"
