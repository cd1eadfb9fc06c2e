"""Cursors in the three styles that the documentation allows to expect. None of them is for a client to read or build.

`opaque`       a base64 token, as the general pagination page describes; names one record, so nothing is skipped.
`time`         a plain date-time, as the logs endpoint documents; *skips* records that share one at a page boundary.
`offset-time`  a date-time with an unescaped `+` that must come back to the letter; anything else is refused.
"""

import base64
import binascii
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from threading import Lock
from typing import Literal
from urllib.parse import unquote

from sandbox.upstreams.streams import START, Mark, Order, Page

type CursorStyle = Literal["opaque", "time", "offset-time"]

AMSTERDAM = timezone(timedelta(hours=1))
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadCursorError(Exception):
    """This cursor was never handed out, or did not come back as it was."""


class Cursors:
    """Writes and reads cursors; remembers the `offset-time` ones that it has written."""

    def __init__(self) -> None:
        self._written: dict[Mark, str] = {}
        self._marks: dict[str, Mark] = {}
        self._turn = count(1)
        self._lock = Lock()

    def write(self, style: CursorStyle, mark: Mark, *, fresh: bool = False) -> str:
        """The cursor of a mark, the same each time; `fresh` asks for one that was not seen before (not for `time`)."""
        if style == "time":
            return _moment(mark.at).replace(tzinfo=None).isoformat()
        if style == "opaque":
            text = f"p={mark.at}|{'' if mark.key is None else mark.key}|{next(self._turn) if fresh else 0}"
            return base64.b64encode(text.encode()).decode()
        with self._lock:
            return self._write_once(mark, fresh=fresh)

    def _write_once(self, mark: Mark, *, fresh: bool) -> str:
        if fresh or mark not in self._written:
            moment = _moment(mark.at) if mark != START else datetime.now(UTC).replace(microsecond=0)
            while (text := moment.astimezone(AMSTERDAM).isoformat()) in self._marks:
                moment += MICROSECOND
            self._marks[text] = mark
            self._written.setdefault(mark, text)
            return text
        return self._written[mark]

    def read(self, style: CursorStyle, raw: str) -> Mark:
        """The mark of a cursor as it stood in the request, undecoded; raises `BadCursorError`."""
        try:
            if style == "offset-time":
                return self._marks[raw]
            return _read_time(unquote(raw)) if style == "time" else _read_token(unquote(raw))
        except (ValueError, KeyError, OverflowError, binascii.Error) as fault:
            raise BadCursorError(raw) from fault


def twin(page: Page, after: Mark, order: Order) -> Mark:
    """Another time from which a `time` cursor gives this very page: for an empty page before it."""
    if not page.places:
        return after if after != START else Mark(0 if order == "oldest" else 1 << 50)
    first = page.places[0][0]
    if order == "oldest":
        return Mark(first - 1 if after in {START, Mark(first - 1)} else (after.at + first) // 2)
    return Mark(first + 1_000_000 if after == START else (after.at + first + 1) // 2)


def microseconds(moment: datetime) -> int:
    """A time in Unix microseconds; one without an offset is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) // MICROSECOND


def _moment(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def _read_time(text: str) -> Mark:
    return Mark(microseconds(datetime.fromisoformat(text)))


def _read_token(text: str) -> Mark:
    head, key, _ = base64.b64decode(text, validate=True).decode().split("|")
    return Mark(int(head.removeprefix("p=")), int(key) if key else None)
