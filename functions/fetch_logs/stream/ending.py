"""When the pages seen show that a walk is complete. Pure. Time limits and errors end one in ``stream_walk.py``.

Sendcloud does not document the order of its pages, so the walk observes it: it may end before the last page only while
records run from newest to oldest, and only below its floor: for a tick the watermark of the last complete walk minus
the overlap, for a sweep the end of the 30 days that Sendcloud keeps. A full walk has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from integration_logs.bucket.sweeps import RETENTION

if TYPE_CHECKING:
    from fetch_logs.plan import Mode

KEPT_BELOW = 200
"""How many ids below the overlap are kept as known: what is left of a walk's last page, and as much again."""

KEPT_AT_MOST = 20_000
"""How many ids are kept as known in all: about a megabyte of checkpoint."""


@dataclass
class Walk:
    """What one walk over a stream has seen so far.

    ``watermark`` is the newest ``created_at`` of the last complete walk (``None``: there was none), ``floor`` the time
    below which this walk need not go, ``None`` where it goes to the last page in any case. ``newest`` is the newest
    ``created_at`` seen, the next watermark; ``last`` is the last one seen.
    """

    watermark: datetime | None
    floor: datetime | None
    newest: datetime | None = None
    last: datetime | None = None
    newest_first: bool = True

    def see(self, times: Sequence[datetime | None], *, last_page: bool) -> bool:
        """Take in one page's ``created_at`` times, in the order served; whether the walk is complete.

        A missing time says nothing about the order.
        """
        known = [time for time in times if time is not None]
        for time in known:
            if self.last is not None and time > self.last:
                self.newest_first = False
            self.last = time
            if self.newest is None or time > self.newest:
                self.newest = time
        return last_page or (bool(known) and self._below_floor(known[-1]))

    def _below_floor(self, oldest: datetime) -> bool:
        """Whether what follows was walked before.

        A stream in another order could open with old records: without having met the watermark again, nothing shows
        that newer ones came first.
        """
        if self.watermark is None or self.floor is None or self.newest is None:
            return False
        return self.newest_first and self.newest >= self.watermark and oldest < min(self.floor, self.watermark)


def floor(mode: Mode, *, watermark: datetime | None, overlap: timedelta, now: datetime) -> datetime | None:
    """The time below which a walk of that mode need not go; ``None``: it goes to the last page."""
    if watermark is None or mode == "full":
        return None
    return watermark - overlap if mode == "tick" else min(watermark, now - RETENTION) - overlap


@dataclass
class KnownRecords:
    """The records that later walks need not land again, by name, with their times: bounded, whatever the stream.

    A record's name is its id as text; of one without a usable id, something that tells its content.
    """

    overlap: timedelta
    times: dict[str, datetime | None] = field(default_factory=dict)

    def prune(self, newest: datetime | None, *, newest_first: bool) -> None:
        """Forget what the next walk will not meet; ``newest`` is its watermark.

        A walk over a stream that is not newest first meets everything: of that as much is kept as there is room for.
        """
        dated = sorted(((time, name) for name, time in self.times.items() if time is not None), reverse=True)
        undated = [name for name, time in self.times.items() if time is None]
        room = KEPT_AT_MOST
        if newest_first and newest is not None:
            floor = newest - self.overlap
            room = min(room, sum(time >= floor for time, _ in dated) + KEPT_BELOW)
        self.times = {name: time for time, name in dated[:room]} | dict.fromkeys(undated[-KEPT_BELOW:])
