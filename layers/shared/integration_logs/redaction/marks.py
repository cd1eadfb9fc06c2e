"""What stands in a secret's place: a marker that says its kind and, of personal data, a keyed pseudonym.

``[redacted:email:c2c4e1a7b0]``: equal values have equal pseudonyms, in whatever field, record and spelling, so they can
still be joined and counted. Without the key nobody can find the value by trying all that it might be, as one could with
a plain digest of a phone number. Credentials have none: nothing is to be joined on a password. Pure: the key is handed
in, and asked for when the first pseudonym is needed.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Final
from urllib.parse import quote, quote_plus, unquote

from integration_logs.redaction.words import is_complaint

CREDENTIAL: Final = "credential"
PERSONAL: Final = "personal"
EMAIL: Final = "email"
PHONE: Final = "phone"
IBAN: Final = "iban"
CARD: Final = "card"
TOO_DEEP: Final = "[redacted:too-deep]"

KINDS: Final = frozenset({CREDENTIAL, PERSONAL, EMAIL, PHONE, IBAN, CARD})
PSEUDONYMOUS: Final = KINDS - {CREDENTIAL}

MARKER: Final = rf"\[redacted:(?:{'|'.join(sorted(KINDS))}|too-deep)(?::[a-f][0-9a-f]{{9}})?\]"
"""A marker as a regular expression. A pseudonym begins with a letter, so that no marker holds a number of any kind."""

_WHOLE_MARKER = re.compile(MARKER)
_FIRST: Final = dict(zip("0123456789abcdef", "abcdefabcdefabcd", strict=True))
_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})")
_NO_DIGITS = re.compile(r"\D+")
_NO_CODE = re.compile(r"[\W_]+")
_LONGEST_REMEMBERED = 512
_SIGN = 8  # characters of a key's spelling by which it is looked for; many begin alike
_SHORTEST_KEY = 4  # a shorter "key" would blank out ordinary words


class Pseudonyms:
    """Pseudonyms under one key, which ``key`` gives when it is first needed; what that raises, every use raises.

    They are ten hexadecimal digits that stay the same for as long as the key does: a BLAKE2b of the value as
    ``normal`` has it, keyed with the SHA-256 of the key. Among 100,000 different values the chance that any two have
    the same pseudonym is about 1 in 80.
    """

    def __init__(self, key: Callable[[], str]) -> None:
        self._ask = key
        self._keyed: hashlib.blake2b | None = None

    def of(self, kind: str, value: str) -> str:
        """The value's pseudonym. The kind only says which spellings of a value are the same value."""
        if self._keyed is None:
            self._keyed = hashlib.blake2b(digest_size=5, key=hashlib.sha256(self._ask().encode()).digest())
        keyed = self._keyed.copy()
        keyed.update(normal(kind, value).encode("utf-8", errors="surrogatepass"))
        digest = keyed.hexdigest()
        return _FIRST[digest[0]] + digest[1:]


class OwnKeys:
    """This stack's own keys, masked by value in any usual encoding; keys of fewer than four characters are not."""

    def __init__(self, keys: Iterable[str]) -> None:
        spellings = _spellings(sorted({key for key in keys if len(key) >= _SHORTEST_KEY}))
        longest_first = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
        self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
        self._signs = sorted({spelling[:_SIGN].lower() for spelling in spellings})
        self._shortest = min(map(len, spellings), default=0)

    def mask(self, text: str) -> str:
        """The text without any of the keys."""
        return self._pattern.sub(f"[redacted:{CREDENTIAL}]", text) if self.may_be_in(text) else text

    def may_be_in(self, text: str) -> bool:
        """Whether a key's beginning is in the text: many times as fast as the pattern, which hardly ever finds one."""
        if len(text) < self._shortest:
            return False
        lower = text.lower()
        for sign in self._signs:  # noqa: SIM110  # a generator would take as long as the search
            if sign in lower:
                return True
        return False


class Marks:
    """What is masked, and with what: every kind but those in ``kept``, the keys in ``own`` by their value."""

    def __init__(
        self,
        own: OwnKeys | None = None,
        pseudonyms: Pseudonyms | None = None,
        kept: frozenset[str] = frozenset(),
    ) -> None:
        self.own = own or OwnKeys(())
        self.kept = kept
        self._pseudonyms = pseudonyms
        self._remembered = {kind: lru_cache(maxsize=4096)(partial(self._make, kind)) for kind in KINDS}

    def mark(self, kind: str, value: str) -> str:
        """What stands in the value's place; a value that is a marker already stays as it is."""
        return self._remembered[kind](value) if len(value) <= _LONGEST_REMEMBERED else self._make(kind, value)

    def _make(self, kind: str, value: str) -> str:
        if "redacted" in value and _WHOLE_MARKER.fullmatch(unquote(value.strip())):
            return value
        if is_complaint(value):
            return value
        if self._pseudonyms is None or kind not in PSEUDONYMOUS:
            return f"[redacted:{kind}]"
        return f"[redacted:{kind}:{self._pseudonyms.of(kind, value)}]"


def _spellings(keys: list[str]) -> set[str]:
    """Each key as it stands in text, in URLs, in JSON and in hexadecimal, and as Basic credentials, alone and with each
    other; in one case of several, for they are looked for in any."""
    spellings: set[str] = set()
    for key in keys:
        spellings |= {key, quote(key, safe="", errors="replace"), quote_plus(key, errors="replace")}
        spellings |= {json.dumps(key)[1:-1], json.dumps(key, ensure_ascii=False)[1:-1]}
        spellings.add(key.encode(errors="replace").hex())
    for plain in [*keys, *(f"{user}:{password}" for user in keys for password in keys)]:
        code = base64.b64encode(plain.encode(errors="replace")).decode().rstrip("=")
        spellings |= {code, code.replace("+", "-").replace("/", "_")}
    spellings |= {spelling.replace("/", "\\/") for spelling in spellings}
    return {spelling for spelling in spellings if len(spelling) >= _SHORTEST_KEY}


def normal(kind: str, value: str) -> str:
    """What is hashed: the same for the spellings of a value that people would call the same.

    Case and blanks do not count, nor do percent-encoding, character references and JSON's escapes; of phone numbers
    only the digits do, without the zeros of the international prefix or a "(0)".

    >>> normal("phone", "+31 (0)6 1234 5678"), normal("phone", "0031-612345678"), normal("email", " Jan%40X.nl")
    ('31612345678', '31612345678', 'jan@x.nl')
    """
    text = _plain(value)
    if kind == PHONE:
        digits = _NO_DIGITS.sub("", text.replace("(0)", ""))
        if digits:
            return digits.removeprefix("00")
    if kind in {IBAN, CARD}:
        return _NO_CODE.sub("", text).upper()
    text = "".join(text.casefold().split())
    # In a query a plus is a blank; in an address for e-mail it is a plus.
    return text if "@" in text else text.replace("+", "")


def _plain(value: str) -> str:
    if "\\u" in value:
        value = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    if "%" in value:
        value = unquote(value)
    if "&" in value:
        value = html.unescape(value)
    return value if value.isascii() else unicodedata.normalize("NFKC", value)
