"""Takes from a text what mail clients and chats act on: links, mentions, markup, a line of its own. Pure.

People still read it, and may copy it: what would act has parentheses around it, as in ``https(:)//shop(.)example`` and
``(at)channel``. Why so: ``docs/decisions/0042-texts-from-outside-are-inert.md``. Both functions leave alone what they
have made, so what is put together from inert texts goes through them once more.
"""

from __future__ import annotations

import re

_UNSEEN = re.compile(
    r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""What is printable by Unicode's categories, and yet nobody sees it."""

_SIGNS = str.maketrans({"<": "(", ">": ")", "[": "(", "]": ")", "`": "'", '"': "'", "\\": "/"})
_ACTS = (
    (re.compile("[@＠﹫]+"), "(at)"),
    (re.compile(r"(?<=[^\s)}])[.．。｡․](?=[^\W\d_ˍ])"), "(.)"),  # before a letter, as a host's last; ˍ was a _
    (re.compile(r"(?!(?<=\():\)|(?<=\d):\d)[:：](?=/*[^\s/])"), "(:)"),  # not in 09:05
    (re.compile(r"&(?=#?\w+;)"), "(&)"),
)
_MARKS = str.maketrans({"<": "‹", "＜": "‹", ">": "›", "＞": "›", "*": "∗", "~": "∼", "#": "♯"})  # look alike
_OUTER_UNDERSCORE = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])")

_ADDRESS = re.compile(r"https?://[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)+(:[0-9]{1,5})?(/[\w.~%-]+)*")


def unlinked(text: str) -> str:
    """One line without links, mentions and quotes; ASCII stays ASCII. At most 3.5 times as long, rounded up.

    >>> unlinked("[Sign in](https://evil.example) @channel, since 09:05")
    '(Sign in)(https(:)//evil(.)example) (at)channel, since 09:05'
    """
    seen = (sign for sign in _UNSEEN.sub("", text) if sign.isprintable() or sign.isspace())
    line = " ".join("".join(seen).split()).translate(_SIGNS)
    for acts, instead in _ACTS:
        line = acts.sub(instead, line)
    return line


def text(text: str) -> str:
    """``unlinked``, and without Markdown's emphasis, headings and struck-out words, hashtags and channels.

    >>> text("#1 *Free* _shop_ for wc_orders")
    '♯1 ∗Free∗ ˍshopˍ for wc_orders'
    """
    return _OUTER_UNDERSCORE.sub("ˍ", unlinked(text.translate(_MARKS)))


def address(url: object) -> str | None:
    """The URL as it is, if it is a well-formed one of http or https with a host and a path alone; or ``None``."""
    return url if isinstance(url, str) and _ADDRESS.fullmatch(url) else None
