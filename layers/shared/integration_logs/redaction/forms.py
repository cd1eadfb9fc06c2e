"""Secrets that show by their own form, wherever they stand in a text.

Credentials (URL user-info, Basic and Bearer values, vendors' key formats, JWTs, private keys) and personal data
(e-mail, phone numbers in international form, IBANs and card numbers with valid check digits). Each pattern runs only
where a cheap substring check finds its sign, and each is linear: it starts at a fixed character or a word's first
letter, and its repetitions are bounded or possessive. Pure.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from integration_logs.redaction.marks import CARD, CREDENTIAL, EMAIL, IBAN, PERSONAL, PHONE, Marks
from integration_logs.redaction.words import word_set

_CREDENTIAL_MARK: Final = f"[redacted:{CREDENTIAL}]"
# No brackets here: in the authority of a URL they announce an IPv6 address.
_USERINFO_MARK = "redacted:credential@"

# User-info stands in the same pattern as e-mail, before it: "user:pass@shop.nl" in a URL is not an address.
_AT = re.compile(
    r"(?P<slashes>//|\\/\\/)[^\s/\"'<>?#\\]*@"
    r"|(?<![\w.+%~-])[\w.+%~-]++@(?!\dx\.(?:png|jpe?g|gif|webp|svg|avif))(?:[\w-]++\.)+[^\W\d_]{2,}"
)
# What both have in common, which a search finds sooner: CSS and mentions are full of at-signs.
_AT_SIGN = re.compile(r"@(?=[\w-]++\.)|(?://|\\/\\/)[^\s/\"'<>?#\\@]*+@")

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)

_SCHEME = re.compile(
    r"\b(?P<scheme>bearer|basic|negotiate|digest)(?P<gap>[ +]{1,8})(?P<value>[\w+/=.~-]{4,})", re.IGNORECASE
)
_SCHEME_SIGNS = ("bearer", "basic", "negotiate", "digest")
_SCHEME_PROSE = word_set("""
    auth authentication authorization authorisation credentials access token tokens realm scheme header headers
    missing invalid required expired failed failure rejected unauthorized disabled enabled unsupported supported
    method methods username password string security support shipping subscription version settings because please
    should cannot without instead request requests response responses service server schema format keyword prefix
""")

_VENDOR_KEY = re.compile(
    r"(?<![A-Za-z0-9])c[ks]_[0-9a-fA-F]{12,}|c[ks]_[0-9a-fA-F]{32,}"
    r"|shp[a-z]{2,3}_[0-9a-zA-Z]{16,}"
    r"|(?:sk|rk|pk|cs)_(?:live|test)_[0-9a-zA-Z]{8,}|whsec_[0-9a-zA-Z+/=]{12,}"
    r"|gh[oprsu]_[0-9a-zA-Z]{20,}|github_pat_\w{20,}"
    r"|(?<![A-Za-z0-9])(?:live|test)_[0-9a-zA-Z]{28,}"
)
_VENDOR_SIGN = re.compile(
    r"_(?:(?<=c[ks]_)|(?<=shp[a-z]{2}_)|(?<=shp[a-z]{3}_)|(?<=gh[oprsu]_)|(?<=(?:live|test)_)|(?<=hsec_|thub_))"
)
_DASHED_KEY = re.compile(r"xox[a-z]-[\w-]{10,}|glpat-[\w-]{16,}|(?<![A-Za-z0-9])sk-[\w-]{20,}")
_AWS_KEY = re.compile(r"(?:AKIA|ASIA)(?<![A-Z0-9].{4})[A-Z0-9]{16}(?![A-Z0-9])")
_GOOGLE_KEY = re.compile(r"AIza[\w-]{30,}")
# Base64 of '{"': a JWT, with or without its dots, or any other encoded JSON object.
_JWT = re.compile(
    r"eyJ(?:(?<![\w-].{3})|(?<=\\n.{3}))(?:[\w-]{8,}+\.[\w-]{8,}+\.[\w-]++|[\w+/-]{8,}+(?:[.=]++[\w+/-]*+)*+)"
)
_SENDGRID_KEY = re.compile(r"(?<![\w.-])SG\.[\w-]{16,}+\.[\w-]{16,}+")
# curl -u user:password
_USER_OPTION = re.compile(r"(?<!\S)(?P<option>(?:-u|--user)[ =]{0,3}[\"']?)[^\s:\"'\[]+:[^\s\"']+")
# "Jan Jansen" <jan@example.nl>
_DISPLAY_NAME = re.compile(r"(?<=\")[^\"<>\r\n]{1,80}(?=\" {0,2}<[^\s<>@\"]{1,80}@)")

_PHONE = re.compile(
    r"\+(?<!\w\+)[1-9](?:[ ().\-/\u00a0]{0,2}\d){7,14}(?![\w])"
    r"|0(?<![\w.,+-]0)0(?:3[0-469]|4[013-9]|35\d|42[01])(?:[ .-]?\d){7,11}(?![\w])"
    r"|0(?<![\w.,+-]0)6[ .-]{0,2}[1-9](?:[ ]?\d){7}(?![\w-])"
)

_CARD = re.compile(
    r"(?:4\d{3}(?<!\w\d{4})|5[1-5]\d\d(?<!\w\d{4})|2[2-7]\d\d(?<!\w\d{4})|3[47]\d\d(?<!\w\d{4})|6(?:011|[45]\d\d)(?<!\w\d{4}))"
    r"(?:[ -]?\d){10,15}"
)
_CARD_LENGTHS = (19, 16, 15)

# Where an IBAN ends depends on its country.
_IBAN_LENGTHS: Final = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "NL DK FI", 19: "SI MK", 20: "LU AT EE LT BA", 21: "CH HR LV LI",
        22: "DE GB IE BG RS ME", 23: "GI IL AE", 24: "ES SE CZ SK RO AD SA", 25: "PT", 26: "IS TR",
        27: "FR IT GR MC SM", 28: "PL HU CY AL", 29: "UA", 31: "MT",
    }.items()
    for country in countries.split()
}  # fmt: skip
# Digits first: a search that starts at a letter would try nearly every character of an ordinary text.
_IBAN_SIGN = re.compile(r"\d\d(?<=[A-Za-z]{2}\d\d)(?=[ -]?[A-Za-z0-9]{4})")
_IBAN = re.compile(
    rf"(?<![A-Za-z0-9])(?=[A-Za-z]{{2}}\d\d)(?:{'|'.join(_IBAN_LENGTHS)})\d\d(?:[ -]?[A-Za-z0-9]){{11,30}}",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d(?:[ ().\-/\u00a0]{0,2}\d){7}")
_ASCII_DIGITS = re.compile(r"[0-9](?:[ ().\-/\u00a0]{0,2}[0-9]){7}")  # the same, in half the time
# Every other digit of Unicode is among these, and no letter or sign of Western Europe.
_OTHER_DIGIT = re.compile("[\u0660-\u1c59\ua620-\U0010ffff]")
_SEPARATORS = str.maketrans("", "", " -")
_SHORTEST_FORM = 6  # a@b.nl
_BY_SIGN: Final = (
    ("eyJ", _JWT),
    ("AKIA", _AWS_KEY),
    ("ASIA", _AWS_KEY),
    ("AIza", _GOOGLE_KEY),
    ("SG.", _SENDGRID_KEY),
    ("xox", _DASHED_KEY),
    ("glpat-", _DASHED_KEY),
    ("sk-", _DASHED_KEY),
)


def mask_forms(text: str, marks: Marks) -> str:
    """The text with every secret of a known form replaced by its marker; the same object where there is none."""
    if len(text) < _SHORTEST_FORM:
        return text
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub(_CREDENTIAL_MARK, text)
    if "@" in text and _AT_SIGN.search(text):
        if '" <' in text and PERSONAL not in marks.kept:
            text = _DISPLAY_NAME.sub(lambda found: marks.mark(PERSONAL, found[0]), text)
        text = _AT.sub(lambda found: _mask_at(found, marks), text)
    text = _mask_credentials(text)
    digits = _DIGITS if not text.isascii() and _OTHER_DIGIT.search(text) else _ASCII_DIGITS
    return _mask_numbers(text, marks) if digits.search(text) else text


def _mask_credentials(text: str) -> str:
    if "_" in text and _VENDOR_SIGN.search(text):
        text = _VENDOR_KEY.sub(_CREDENTIAL_MARK, text)
    for sign, pattern in _BY_SIGN:
        if sign in text:
            text = pattern.sub(_CREDENTIAL_MARK, text)
    if "-u" in text:
        text = _USER_OPTION.sub(lambda found: found["option"] + _CREDENTIAL_MARK, text)
    lower = text.lower()
    for sign in _SCHEME_SIGNS:
        if sign in lower:
            return _SCHEME.sub(_mask_scheme, text)
    return text


def is_card_number(number: int) -> bool:
    """Whether an integer has a card issuer's prefix and length and a valid Luhn check digit."""
    return 10**14 <= number < 10**19 and _CARD.fullmatch(str(number)) is not None and _card_length(str(number)) > 0


def _mask_at(match: re.Match[str], marks: Marks) -> str:
    slashes = match["slashes"]
    if slashes is not None:
        return f"{slashes}{_USERINFO_MARK}"
    return match[0] if EMAIL in marks.kept else marks.mark(EMAIL, match[0])


def _mask_scheme(match: re.Match[str]) -> str:
    value = match["value"]
    word = value.strip(".-=").lower()
    is_bearer = match["scheme"].lower() == "bearer"
    if word in _SCHEME_PROSE or not (len(value) >= 6 if is_bearer else _is_basic_value(value)):
        return match[0]
    return f"{match['scheme']}{match['gap']}{_CREDENTIAL_MARK}"


def _is_basic_value(value: str) -> bool:
    if len(value) >= 16 or (any(c.isdigit() for c in value) and any(c.isupper() for c in value)):
        return True
    try:
        return b":" in base64.b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4))
    except (binascii.Error, ValueError):
        return False


def _mask_numbers(text: str, marks: Marks) -> str:
    if IBAN not in marks.kept and _IBAN_SIGN.search(text):
        text = _mask_ibans(text, marks)
    text = _CARD.sub(lambda found: _mask_card(found, marks), text)
    return text if PHONE in marks.kept else _PHONE.sub(lambda found: marks.mark(PHONE, found[0]), text)


def _mask_ibans(text: str, marks: Marks) -> str:
    return _IBAN.sub(lambda found: _mask_iban(found[0], marks), text)


def _mask_iban(found: str, marks: Marks) -> str:
    length = _IBAN_LENGTHS[found[:2].upper()]
    end = _end_of(found, length)
    if end and _has_valid_iban_check(found[:end].translate(_SEPARATORS)) and not found[end : end + 1].isalnum():
        return marks.mark(IBAN, found[:end]) + _mask_ibans(found[end:], marks)
    return found[:4] + _mask_ibans(found[4:], marks)


def _mask_card(match: re.Match[str], marks: Marks) -> str:
    found = match[0]
    after = match.string[match.end() : match.end() + 1]
    if after.isalnum():
        return found
    length = _card_length(found)
    return marks.mark(CARD, found[:length]) + found[length:] if length else found


def _card_length(found: str) -> int:
    """Where in the text a valid card number that starts it ends, or 0."""
    digits = found.translate(_SEPARATORS)
    for count in _CARD_LENGTHS:
        if (
            count <= len(digits)
            and (count == 15) == digits.startswith(("34", "37"))
            and _has_valid_luhn(digits[:count])
        ):
            end = _end_of(found, count)
            if not found[end : end + 1].isdigit():
                return end
    return 0


def _end_of(text: str, count: int) -> int:
    """The position after the ``count``-th character that is not a separator, or 0 where there are fewer."""
    seen = 0
    for position, character in enumerate(text):
        seen += character not in " -"
        if seen == count:
            return position + 1
    return 0


def _has_valid_luhn(digits: str) -> bool:
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in digits[-1::-2])) % 10 == 0


def _has_valid_iban_check(iban: str) -> bool:
    if not iban.isascii() or not iban.isalnum():
        return False
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97 == 1
