"""Texts in which nothing was found, and in which nothing would be with any other digits in the place of theirs.

Dates, prices, ids and addresses with a number in them differ from record to record, yet look alike. Redaction judges
by the classes of characters: where it found nothing in "Thu, 12 Sep 2024 20:59:27 GMT", it finds nothing in any text
that differs from it only by its digits. The exceptions are what digits alone make a secret (this stack's own keys,
card, phone and account numbers) and what decodes to something else (percent-encoding, character references, JSON,
Basic credentials): no text with such is ever learnt. Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from integration_logs.redaction_marks import OwnKeys

_LONGEST: Final = 1024
_MOST: Final = 4096
_LONGEST_NUMBER: Final = 13  # a card's has 14 digits or more, and a phone's begins with a zero or a plus
_ZEROS: Final = bytes.maketrans(b"123456789", b"000000000")
# What decodes, in the first line; then the patterns of phones, cards and accounts with any digit for each of theirs,
# and with a plus where they have a blank: in a form it is one.
_DIGITS_DECIDE = re.compile(
    rb"%|&#|&[a-z0-9]++;|\A[\s\x1c-\x1f]*+[\[{\"]|\b(?:bearer|basic|negotiate|digest)[ +]"
    rb"|\+0(?:[ ().+\-/]{0,2}0){7}|(?<!\w)0(?:0{3}(?:[ .+-]?0){7}|0[ .+-]{0,2}0(?:[ +]?0){7})"
    rb"|(?<![a-z0-9])[a-z]{2}00(?:[ +-]?[a-z0-9]){11}",
    re.IGNORECASE,
)


class Harmless:
    """Remembers such texts by what they are without their digits; may be used by several threads."""

    def __init__(self, own: OwnKeys) -> None:
        self._own = own
        self._known: set[bytes] = set()

    def knows(self, text: str) -> bool:
        """Whether it is certain that nothing is to be found in the text."""
        if not text.isascii() or len(text) > _LONGEST:
            return False
        if text.isdigit() and text[0] != "0" and len(text) <= _LONGEST_NUMBER:
            return not self._own.may_be_in(text)
        return text.encode().translate(_ZEROS) in self._known and not self._own.may_be_in(text)

    def learn(self, text: str) -> None:
        """Take in a text in which nothing was found."""
        if not text.isascii() or len(text) > _LONGEST:
            return
        alike = text.encode().translate(_ZEROS)
        if alike not in self._known and _DIGITS_DECIDE.search(alike) is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known.add(alike)
