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

from integration_logs.redaction_keys import CARD, CREDENTIAL, EMAIL, IBAN, PHONE, word_set

MARKED: Final = "[redacted:"


def mark(kind: str) -> str:
    """What stands in the place of a secret of this kind, such as ``[redacted:email]``."""
    return f"[redacted:{kind}]"


_CREDENTIAL_MARK = mark(CREDENTIAL)
_EMAIL_MARK = mark(EMAIL)
_PHONE_MARK = mark(PHONE)
# No brackets here: in the authority of a URL they announce an IPv6 address.
_USERINFO_MARK = "redacted:credential@"

# User-info stands in the same pattern as e-mail, before it: "user:pass@shop.nl" in a URL is not an address.
_AT = re.compile(
    r"(?P<slashes>//|\\/\\/)[^\s/\"'<>?#\\]*@"
    r"|(?<![\w.+%~-])[\w.+%~-]++@(?!\dx\.(?:png|jpe?g|gif|webp|svg|avif))(?:[\w-]++\.)+[^\W\d_]{2,}"
)

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?"
    r"(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)

_SCHEME = re.compile(
    r"\b(?P<scheme>bearer|basic|negotiate|digest)(?P<gap>[ +]{1,8})(?P<value>[\w+/=.~-]{4,})", re.IGNORECASE
)
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
_VENDOR_SIGNS = ("ck_", "cs_", "shp", "live_", "test_", "whsec_", "ghp_", "gho_", "ghs_", "ghu_", "ghr_", "github_")
_DASHED_KEY = re.compile(r"xox[a-z]-[\w-]{10,}|glpat-[\w-]{16,}|(?<![A-Za-z0-9])sk-[\w-]{20,}")
_AWS_KEY = re.compile(r"(?:AKIA|ASIA)(?<![A-Z0-9].{4})[A-Z0-9]{16}(?![A-Z0-9])")
_GOOGLE_KEY = re.compile(r"AIza[\w-]{30,}")
# Base64 of '{"': a JWT, with or without its dots, or any other encoded JSON object.
_JWT = re.compile(r"eyJ(?:(?<![\w-].{3})|(?<=\\n.{3}))[\w+/-]{8,}+(?:[.=]++[\w+/-]*+)*+")

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
_IBAN = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(_IBAN_LENGTHS)})\d\d(?:[ -]?[A-Za-z0-9]){{11,30}}", re.IGNORECASE)
_DIGITS = re.compile(r"\d(?:[ ().\-/\u00a0]{0,2}\d){7}")
_SEPARATORS = str.maketrans("", "", " -")


def mask_forms(text: str) -> str:
    """The text with every secret of a known form replaced by its marker; the same object where there is none."""
    if "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub(_CREDENTIAL_MARK, text)
    if "@" in text:
        text = _AT.sub(_mask_at, text)
    if "_" in text and any(sign in text for sign in _VENDOR_SIGNS):
        text = _VENDOR_KEY.sub(_CREDENTIAL_MARK, text)
    if "eyJ" in text:
        text = _JWT.sub(_CREDENTIAL_MARK, text)
    if "AKIA" in text or "ASIA" in text:
        text = _AWS_KEY.sub(_CREDENTIAL_MARK, text)
    if "AIza" in text:
        text = _GOOGLE_KEY.sub(_CREDENTIAL_MARK, text)
    if "xox" in text or "glpat-" in text or "sk-" in text:
        text = _DASHED_KEY.sub(_CREDENTIAL_MARK, text)
    if _has_scheme(text):
        text = _SCHEME.sub(_mask_scheme, text)
    return _mask_numbers(text) if _DIGITS.search(text) else text


def is_card_number(number: int) -> bool:
    """Whether an integer has a card issuer's prefix and length and a valid Luhn check digit."""
    return 10**14 <= number < 10**19 and _CARD.fullmatch(str(number)) is not None and _card_length(str(number)) > 0


def _has_scheme(text: str) -> bool:
    if len(text) < 10:
        return False
    lower = text.lower()
    return "bearer" in lower or "basic" in lower or "negotiate" in lower or "digest" in lower


def _mask_at(match: re.Match[str]) -> str:
    slashes = match["slashes"]
    return _EMAIL_MARK if slashes is None else f"{slashes}{_USERINFO_MARK}"


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


def _mask_numbers(text: str) -> str:
    if _IBAN_SIGN.search(text):
        text = _IBAN.sub(_mask_iban, text)
    text = _CARD.sub(_mask_card, text)
    return _PHONE.sub(_PHONE_MARK, text)


def _mask_iban(match: re.Match[str]) -> str:
    found = match[0]
    length = _IBAN_LENGTHS[found[:2].upper()]
    end = _end_of(found, length)
    if end and _has_valid_iban_check(found[:end].translate(_SEPARATORS)) and not found[end : end + 1].isalnum():
        return mark(IBAN) + _IBAN.sub(_mask_iban, found[end:])
    return found[:4] + _IBAN.sub(_mask_iban, found[4:])


def _mask_card(match: re.Match[str]) -> str:
    found = match[0]
    after = match.string[match.end() : match.end() + 1]
    if after.isalnum():
        return found
    length = _card_length(found)
    return mark(CARD) + found[length:] if length else found


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
