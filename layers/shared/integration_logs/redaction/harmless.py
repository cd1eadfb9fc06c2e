r"""Texts in which nothing was found, and in which nothing would be with any other digits in the place of theirs.

Dates, prices, ids and addresses with a number in them differ from record to record, yet look alike. Redaction judges
by the classes of characters: where it found nothing in "Thu, 12 Sep 2024 20:59:27 GMT", it finds nothing in any text
that differs from it only by its digits. The exceptions are what digits alone make a secret (this stack's own keys,
card, phone and account numbers) and what decodes to something else (percent-encoding, character references, JSON,
Basic credentials): no text with such is ever learnt.

A hexadecimal id is one more such class where it can be neither a number nor part of a name. It is groups of ``0-9a-f``
joined by hyphens, as of a UUID. Why nothing depends on which of these characters stand there:

- Each group has a letter, so no card or phone number runs through it, and none ends in it, for a word would go on. Of
  two groups that follow each other one may be up to four digits alone, too few for either, between two with a letter.
- No group begins with two letters and two digits, as an IBAN does. One that begins before the id has to cross what
  stands before it: the beginning of the text, ">" or "/", which no IBAN has.
- No prefix of a vendor's key, no scheme and no word of a validator is of the letters a to f alone; what follows such
  a prefix is of letters and digits alike. (``a`` and ``be`` a validator says, but among other words.)
- A name is of words that may well end in them ("fax", "code"), so an id is in none: it is the whole text; or it is
  all that stands between two tags, and no known name is of the letters a to f alone; or it is a step of the path in a
  text of one line without tags, with "/" before it, and "/", "?" or the end behind it.
- A mailbox's domain, a form's field and the first line of a CSV need other characters around it than these.

This stack's own keys are looked for in each text, whatever was learnt. Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from integration_logs.redaction.marks import OwnKeys

_LONGEST: Final = 1024
_MOST: Final = 4096
_ZEROS: Final = bytes.maketrans(b"123456789", b"000000000")
# What decodes, in the first line; then the patterns of phones, cards and accounts with any digit for each of theirs,
# and with a plus where they have a blank: in a form it is one.
_DIGITS_DECIDE = re.compile(
    rb"%|&#|&[a-z0-9]++;|\A[\s\x1c-\x1f]*+[\[{\"]|\b(?:bearer|basic|negotiate|digest)[ +]"
    rb"|\+0(?:[ ().+\-/]{0,2}0){7}|(?<!\w)0(?:0{3}(?:[ .+-]?0){7}|0[ .+-]{0,2}0(?:[ +]?0){7})"
    rb"|(?<![a-z0-9])[a-z]{2}00(?:[ +-]?[a-z0-9]){11}",
    re.IGNORECASE,
)
# Beyond ASCII, all but the letters and signs of Europe: what may be a digit, a blank, or an ASCII letter's other case.
_FOREIGN = re.compile("[^\x00-\x7f\u00a1-\u012f\u0132-\u017e\u2010-\u2027\u20ac]")

_GROUP = r"(?![a-f]{2}[0-9]{2})(?=[0-9]*+[a-f])[0-9a-f]++"
_FEW = r"[0-9]{1,4}"  # digits alone
_ID = rf"{_GROUP}(?:-(?:{_FEW}-)?{_GROUP})*+(?:-{_FEW})?"
# A card's number has 14 digits or more, and a phone's begins with a zero or a plus. "-AMS" is where Cloudflare was met.
_AT_ONCE = re.compile(rf"[1-9][0-9]{{0,12}}|(?:{_FEW}-)?{_ID}(?:-[A-Z]{{3}})?")
_LONG_ID = rf"(?=[0-9a-f-]{{16}}){_ID}"
_ID_BETWEEN_TAGS = re.compile(rf">{_LONG_ID}(?=<)".encode())
_ID_IN_PATH = re.compile(rf"/{_LONG_ID}(?=[/?]|\Z)".encode())
_AS: Final = bytes.maketrans(b"0bcdef", b"aaaaaa")


class Harmless:
    """Remembers such texts by what they are without their digits; may be used by several threads."""

    def __init__(self, own: OwnKeys) -> None:
        self._own = own
        self._known: set[bytes] = set()

    def knows(self, text: str) -> bool:
        """Whether it is certain that nothing is to be found in the text."""
        if len(text) > _LONGEST:
            return False
        if _AT_ONCE.fullmatch(text) is None:
            alike = _without_digits(text)
            if alike not in self._known and _without_ids(alike) not in self._known:
                return False
        return not self._own.may_be_in(text)

    def learn(self, text: str) -> None:
        """Take in a text in which nothing was found."""
        if len(text) > _LONGEST or (not text.isascii() and _FOREIGN.search(text)):
            return
        alike = _without_ids(_without_digits(text))
        if alike not in self._known and _DIGITS_DECIDE.search(alike) is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known.add(alike)


def _without_digits(text: str) -> bytes:
    """The text with a zero for each ASCII digit."""
    return text.encode(errors="surrogatepass").translate(_ZEROS)


def _without_ids(alike: bytes) -> bytes:
    """The text, which has zeros for its digits, with an "a" for each character of its hexadecimal ids but the hyphens.

    Lengths stay, which patterns count. A text with parts, as a multipart body has, stays: their names may be anything.
    """
    if b"<" not in alike and b"\n" not in alike:
        return _ID_IN_PATH.sub(_as, alike)
    return alike if b"\n--" in alike else _ID_BETWEEN_TAGS.sub(_as, alike)


def _as(found: re.Match[bytes]) -> bytes:
    return found[0].translate(_AS)
