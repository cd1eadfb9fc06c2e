"""Takes credentials and personal data out of a log record before anything of it is stored or logged.

What goes: values by the name beside them (JSON keys, headers, query parameters, form fields, XML elements; see
``redaction_keys``), values by their own form (see ``redaction_forms``), and this stack's own keys by value. A string
that holds a document (JSON, also nested in JSON; a form) is redacted as that document; any other as text. What stays is
what an operator needs: URLs, status and error codes, ids, order numbers, SKUs, quantities, countries.

Redaction is idempotent and never raises on anything that ``json.loads`` can return. Pure: no IO, no clock.
"""

from __future__ import annotations

import base64
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, quote_plus

from integration_logs.redaction_forms import is_card_number, mark
from integration_logs.redaction_keys import (
    CARD,
    CREDENTIAL,
    THING_SIGNS,
    is_kept_in_personal,
    is_name_only,
    kind_of,
    names_things,
)
from integration_logs.redaction_text import redact_form, redact_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from integration_logs.json_types import JsonValue

TOO_DEEP: Final = mark("too-deep")
_DEEPEST = 64  # levels of arrays and objects
# Documents in strings in documents, and the level at which each begins to count: what they nest adds up on one stack.
_DOCUMENT_LEVELS = (0, 32, 48, 56, 60)
_DEEPEST_DOCUMENT = len(_DOCUMENT_LEVELS) - 1
_SHORTEST_SECRET = 4  # a shorter "secret" would blank out ordinary words
_SHORTEST_TEXT = 5  # nothing that is looked for is shorter
_LONGEST_REMEMBERED = 256

_UNTOUCHED = frozenset({"id", "integration_id", "response_code", "protected"})
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[0-9T:+\-.Z ]{0,30}")
# Members that name what the "value" beside them is: WooCommerce meta data, Shopify note attributes, Magento custom
# attributes, a list of headers.
_NAMING = ("key", "name", "attribute_code", "field", "code", "label", "display_key")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_-]*")


class _Around(NamedTuple):
    """What an object says about its own members."""

    is_thing: bool  # its "name" is that of a product, a carrier, a country
    naming: str | None  # the member that names its "value"
    value_kind: str | None  # the kind of secret that "value" then is


class Redactor:
    """Redacts records and texts. ``secrets`` are keys to be masked by value wherever they occur, in any usual encoding.

    Keep one instance per process: it remembers what it made of short texts, which recur from record to record.
    Secrets of fewer than four characters are not looked for.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings = _spellings(sorted({secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}))
        longest_first = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
        self._own = re.compile("|".join(map(re.escape, longest_first))) if spellings else None
        self._remembered = lru_cache(maxsize=8192)(self._redact_string)
        self._known_keys = lru_cache(maxsize=8192)(self._judge_key)

    def record(self, record: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """A raw record as Sendcloud returns it, redacted: the same fields, none of them left out.

        The ids, ``response_code``, ``protected`` and ``created_at`` stay as they are; so does ``record``, with which
        the result may share the parts that hold nothing secret. Fields that are not known are redacted like the rest.
        """
        redacted: dict[str, JsonValue] = {}
        for key, value in record.items():
            if _stays(key, value):
                redacted[key] = value
            else:
                name, kind = self._named(key)
                redacted[_numbered(name, redacted)] = self._member(name, kind, value, 1)
        return redacted

    def text(self, text: str) -> str:
        """A string of any content, redacted: JSON and forms as documents, all else as text."""
        return self._string(text, 0)

    def url(self, url: str) -> str:
        """A URL without user-info and without secrets in its query; it stays parseable."""
        return redact_text(url, self._mask_own)

    def value(self, value: JsonValue, key: str | None = None) -> JsonValue:
        """Any JSON value, redacted; ``key`` is the name it stands under, where it has one."""
        return self._walk(value, None, 0, 0) if key is None else self._member(key, kind_of(key), value, 0)

    def _member(self, name: str, kind: str | None, value: JsonValue, level: int) -> JsonValue:
        return self._walk(value, name, level, 0) if kind is None else self._secret(value, kind, level, 0)

    def _walk(self, value: JsonValue, parent: str | None, level: int, nested: int) -> JsonValue:
        """The value, redacted; the same object where nothing was found."""
        if isinstance(value, str):
            return self._string(value, nested)
        if isinstance(value, dict):
            return self._object(value, parent, level + 1, nested) if level < _DEEPEST else TOO_DEEP
        if isinstance(value, list):
            return self._array(value, parent, level + 1, nested) if level < _DEEPEST else TOO_DEEP
        if isinstance(value, int) and value > 10**14 and is_card_number(value):
            return mark(CARD)
        return value

    def _object(self, value: dict[str, JsonValue], parent: str | None, level: int, nested: int) -> JsonValue:
        around = self._around(value, parent, nested)
        changed = False
        redacted: dict[str, JsonValue] = {}
        for key, member in value.items():
            name, kind = self._named(key)
            found = self._of_object(name, kind, member, around, (level, nested))
            redacted[name if name not in redacted else _numbered(name, redacted)] = found
            changed = changed or found is not member or name is not key
        return redacted if changed else value

    def _around(self, value: Mapping[str, JsonValue], parent: str | None, nested: int) -> _Around:
        naming = value_kind = None
        if "value" in value:
            naming = next((name for name in _NAMING if isinstance(value.get(name), str)), None)
        if naming is not None:
            named = self._string(str(value[naming]), nested)
            value_kind = kind_of(named)
            if value_kind is None and not _IDENTIFIER.fullmatch(named):
                naming = None
        is_thing = not THING_SIGNS.isdisjoint(value) or (parent is not None and names_things(parent))
        return _Around(is_thing, naming, value_kind)

    def _of_object(
        self, name: str, kind: str | None, member: JsonValue, around: _Around, at: tuple[int, int]
    ) -> JsonValue:
        if name == "value" and around.value_kind is not None:
            return self._secret(member, around.value_kind, *at)
        if kind is None or name == around.naming or (around.is_thing and is_name_only(name)):
            return self._walk(member, name, *at)
        return self._secret(member, kind, *at)

    def _array(self, value: list[JsonValue], parent: str | None, level: int, nested: int) -> JsonValue:
        redacted = [self._walk(item, parent, level, nested) for item in value]
        if len(value) == 2 and isinstance(value[1], str):
            name = redacted[0]
            if isinstance(name, str) and kind_of(name) == CREDENTIAL:  # a header or a field as a pair
                redacted[1] = self._secret(value[1], CREDENTIAL, level, nested)
        return value if all(new is old for new, old in zip(redacted, value, strict=True)) else redacted

    def _secret(self, value: JsonValue, kind: str, level: int, nested: int) -> JsonValue:
        """What stands under a secret name: all of a credential goes, and of a person all but countries and ids."""
        if value is None or isinstance(value, bool) or value in ("", [], {}):
            return value
        if isinstance(value, (list, dict)) and kind != CREDENTIAL:
            return self._secret_members(value, kind, level + 1, nested) if level < _DEEPEST else TOO_DEEP
        marker = mark(kind)
        return value if value == marker else marker

    def _secret_members(
        self, value: list[JsonValue] | dict[str, JsonValue], kind: str, level: int, nested: int
    ) -> JsonValue:
        if isinstance(value, list):
            items = [self._secret(item, kind, level, nested) for item in value]
            return value if all(new is old for new, old in zip(items, value, strict=True)) else items
        redacted: dict[str, JsonValue] = {}
        for key, member in value.items():
            name, its_kind = self._named(key)
            redacted[_numbered(name, redacted)] = (
                self._walk(member, name, level, nested)
                if is_kept_in_personal(name)
                else self._secret(member, its_kind or kind, level, nested)
            )
        return value if all(value.get(name) is member for name, member in redacted.items()) else redacted

    def _judge_key(self, key: str) -> tuple[str, str | None]:
        """The key without what is itself a secret in it; and the kind of secret that stands under what is left."""
        if len(key) < _SHORTEST_TEXT:
            return key, kind_of(key)
        # As text, never as a document: a key that holds JSON keeps its layout.
        name = redact_text(key, self._mask_own)
        return (key if name == key else name), kind_of(name)

    def _named(self, key: str) -> tuple[str, str | None]:
        name, kind = self._known_keys(key) if len(key) <= _LONGEST_REMEMBERED else self._judge_key(key)
        return (key if name == key else name), kind

    def _string(self, text: str, nested: int) -> str:
        if len(text) < _SHORTEST_TEXT:
            return text
        if len(text) > _LONGEST_REMEMBERED:
            redacted = self._redact_string(text, nested)
        else:
            redacted = self._remembered(text, nested)
        return text if redacted == text else redacted

    def _redact_string(self, text: str, nested: int) -> str:
        if nested < _DEEPEST_DOCUMENT:
            document = self._document(text, nested + 1)
            if document is not None:
                return document
            form = redact_form(text, lambda field: self._string(field, nested + 1))
            if form is not None:
                text = form  # and on: a field's name and value can make up a secret that neither is alone
        return redact_text(text, self._mask_own)

    def _document(self, text: str, nested: int) -> str | None:
        """The JSON document in the text, redacted, and written anew where that changed it; ``None`` if it is none."""
        bare = text.strip()
        if not bare or bare[0] + bare[-1] not in {"{}", "[]", '""'}:
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
                    unique[_numbered(key, unique)] = value
            return unique

        try:
            document = json.loads(bare, object_pairs_hook=members)
        except (ValueError, RecursionError):
            return None
        redacted = self._walk(document, None, _DOCUMENT_LEVELS[nested], nested)
        if redacted is document and not repeated:
            return text
        return json.dumps(redacted, ensure_ascii=False, separators=(",", ":"))

    def _mask_own(self, text: str) -> str:
        return text if self._own is None else self._own.sub(mark(CREDENTIAL), text)


def _stays(key: str, value: JsonValue) -> bool:
    """Whether a top-level field is one that identifies or counts, and holds what it should."""
    if key == "created_at":
        return isinstance(value, str) and _TIME.fullmatch(value) is not None
    return key in _UNTOUCHED and not isinstance(value, (str, list, dict))


def _numbered(key: str, taken: Mapping[str, JsonValue]) -> str:
    """The key, with its place in the object after it where another has it already."""
    if key not in taken:
        return key
    # Starting at the place and not at 2 keeps an object of equal keys linear.
    number = len(taken) + 1
    while (free := f"{key} {number}") in taken:
        number += 1
    return free


def _spellings(secrets: list[str]) -> set[str]:
    """Each secret as it stands in text, in URLs and in JSON, and as Basic credentials, alone and with each other."""
    spellings: set[str] = set()
    for secret in secrets:
        encoded = quote(secret, safe="", errors="replace")
        spellings |= {secret, encoded, encoded.lower(), quote_plus(secret, errors="replace"), json.dumps(secret)[1:-1]}
        spellings |= {json.dumps(secret, ensure_ascii=False)[1:-1], secret.replace("/", "\\/")}
    for plain in [*secrets, *(f"{user}:{password}" for user in secrets for password in secrets)]:
        code = base64.b64encode(plain.encode(errors="replace")).decode().rstrip("=")
        spellings |= {code, code.replace("+", "-").replace("/", "_")}
    return {spelling for spelling in spellings if len(spelling) >= _SHORTEST_SECRET}
