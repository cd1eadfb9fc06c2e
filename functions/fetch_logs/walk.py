"""When a walk over the pages may end. Pure: pages in, a decision out.

Sendcloud does not document the order of its pages. So the order is observed: only while the records seen run from
the newest to the oldest may a walk end before the last page, and only below the floor (the watermark of the last
complete walk, minus the overlap).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

KEPT_AT_LEAST = 200
"""How many of the newest ids are kept as known, however old: two of the largest pages."""

_PRUNE_ABOVE = 5_000


@dataclass
class Walk:
    """What one walk over a stream has seen so far.

    ``watermark`` is the newest ``created_at`` of the last complete walk (``None``: this is the first), ``overlap`` how
    far below it to look again. ``newest`` is the newest ``created_at`` seen, the next watermark.
    """

    watermark: datetime | None
    overlap: timedelta
    newest: datetime | None = None
    newest_first: bool = True
    descended: bool = False
    _last: datetime | None = field(default=None, repr=False)

    def see(self, times: Sequence[datetime | None], *, last_page: bool) -> bool:
        """Take in one page's ``created_at`` times, in the order served; whether the walk is complete.

        A missing time says nothing about the order.
        """
        known = [time for time in times if time is not None]
        for time in known:
            if self._last is not None and time != self._last:
                if time > self._last:
                    self.newest_first = False
                else:
                    self.descended = True
            self._last = time
            if self.newest is None or time > self.newest:
                self.newest = time
        return last_page or (bool(known) and self._below_floor(known[-1]))

    def _below_floor(self, oldest: datetime) -> bool:
        """Whether what follows was walked before.

        A stream in another order could open with one old time stamp after another: without a descent, and without
        having met the watermark again, nothing shows that newer records came first.
        """
        if self.watermark is None or self.newest is None:
            return False
        in_order = self.newest_first and self.descended and self.newest >= self.watermark
        return in_order and oldest < self.watermark - self.overlap


@dataclass
class Known:
    """The ids that later walks need not land again, with their times: bounded, whatever the stream's length."""

    overlap: timedelta
    times: dict[int, datetime | None] = field(default_factory=dict)
    _prune_above: int = field(default=_PRUNE_ABOVE, repr=False)

    def add(self, id_: int, created_at: datetime | None) -> None:
        """Take in an id that lands with this walk."""
        self.times[id_] = created_at
        if len(self.times) > self._prune_above:
            self.prune()
            self._prune_above = max(_PRUNE_ABOVE, 2 * len(self.times))

    def prune(self) -> None:
        """Forget what the next walk will not meet: all but the overlap below the newest, and the newest few."""
        dated = sorted(((time, id_) for id_, time in self.times.items() if time is not None), reverse=True)
        if not dated:
            return
        floor = dated[0][0] - self.overlap
        undated = [id_ for id_, time in self.times.items() if time is None][-KEPT_AT_LEAST:]
        kept = {id_: time for rank, (time, id_) in enumerate(dated) if rank < KEPT_AT_LEAST or time >= floor}
        self.times = kept | dict.fromkeys(undated, None)
