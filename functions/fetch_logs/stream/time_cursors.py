"""Cursors that are plain times: learns their form from one of Sendcloud's, and makes others like it.

This is the one place where a query is not the verbatim ``next_query`` of a page: a slice of a walk begins at a time
that no page ended with (``slices.py``). Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from urllib.parse import quote, unquote

from integration_logs.times import moment

_CURSOR = re.compile(r"(?:^|(?<=&))cursor=([^&]+)")
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-][01]\d:[0-5]\d)?")
_EPOCH = {10: timedelta(seconds=1), 13: timedelta(milliseconds=1), 16: timedelta(microseconds=1)}
"""The unit of a time since 1970 with so many digits."""

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class TimeCursor:
    """How a time looks as a cursor, and the query around it.

    ``unit`` is that of a time since 1970; ``None``: a date-time of ``zone``, with ``digits`` of a second and
    ``suffix``. ``plain`` are the characters that stand as they are where others would escape them.
    """

    before: str
    after: str
    unit: timedelta | None = None
    zone: tzinfo = UTC
    separator: str = "T"
    digits: int = 0
    suffix: str = ""
    plain: str = ""

    def query(self, time: datetime) -> str:
        """The query for the page that begins at ``time``; what the form has no digits for is cut off."""
        if self.unit is not None:
            return f"{self.before}{(time - _BEGINNING) // self.unit}{self.after}"
        text = time.astimezone(self.zone).replace(tzinfo=None).isoformat(self.separator, "microseconds")
        text = text[: -7 + self.digits + bool(self.digits)] if self.digits < 6 else text
        return f"{self.before}{quote(text + self.suffix, safe=self.plain)}{self.after}"


def seen(next_query: str, created_at: str) -> TimeCursor | None:
    """How cursors look where this one is the time of the record before it, as that says it; ``None`` where it is not.

    >>> form = seen("cursor=2023-03-01T02:02:00&page_size=25", "2023-03-01T02:02:00+01:00")
    >>> form.query(datetime(2023, 2, 1, tzinfo=UTC))
    'cursor=2023-02-01T01:00:00&page_size=25'
    >>> seen("cursor=cD0xMjM=&page_size=25", "2023-03-01T02:02:00+01:00")
    """
    found, time = _CURSOR.search(next_query), moment(created_at)
    if found is None or time is None:
        return None
    around = next_query[: found.start(1)], next_query[found.end(1) :]
    return next((form for form in _forms(found[1], created_at, *around) if form.query(time) == next_query), None)


def _forms(raw: str, created_at: str, before: str, after: str) -> Iterator[TimeCursor]:
    """The forms that the cursor could have."""
    text = unquote(raw)
    if text.isascii() and text.isdigit() and len(text) in _EPOCH:
        yield TimeCursor(before, after, _EPOCH[len(text)])
    if shown := _DATE_TIME.fullmatch(text):
        separator, fraction, suffix = shown[1], shown[2] or "", shown[3] or ""
        own = datetime.fromisoformat(f"2000-01-01T00:00:00{suffix}" if suffix else created_at.strip()).tzinfo
        for zone in (own or UTC,) if suffix else (UTC, own or UTC):
            plain = "".join(character for character in ":+" if character in raw)
            yield TimeCursor(before, after, None, zone, separator, max(0, len(fraction) - 1), suffix, plain)
