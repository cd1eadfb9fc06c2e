"""Words that are no value: what a validator says of one. Pure."""

from __future__ import annotations

import re
from typing import Final


def word_set(text: str) -> frozenset[str]:
    """The words of the text."""
    return frozenset(text.split())


_COMPLAINTS: Final = word_set("""
    required invalid valid blank empty taken missing incorrect expired null undefined none yes no too
""")
_AROUND_THEM: Final = word_set("""
    this that the a an is are was be been has have must may might can cannot cant should not already or and of for in it
    field value entry enter please provide contain contains at least most more than characters character long short many
    few format email address phone telephone number postal code postcode zip city name street house country
""")
_LONGEST = 120
_OTHER_CHARACTERS = re.compile(r"[^A-Za-z .,:;!()\[\]\"']")
_PUNCTUATION = bytes.maketrans(b'.,:;!()[]"', b" " * 10)


def is_complaint(value: str) -> bool:
    """Whether it says what is wrong with a value instead of being one: every word of it is one of a validator's.

    >>> is_complaint("This field may not be blank."), is_complaint("Jan is missing")
    (True, False)
    """
    if len(value) > _LONGEST or _OTHER_CHARACTERS.search(value):
        return False
    words = value.lower().replace("'", "").encode().translate(_PUNCTUATION).decode().split()  # bytes: many times faster
    return not _COMPLAINTS.isdisjoint(words) and (_COMPLAINTS | _AROUND_THEM).issuperset(words)
