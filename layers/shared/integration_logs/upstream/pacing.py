"""One request budget for everything that is asked of an account, in however many threads.

Sendcloud allows 1000 GET requests a minute and answers 429 beyond (Sendcloud API v3, rate limiting).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from integration_logs.errors import TryLater

_BURST_SHARE = 30
_SPARE_SHARE = 100
_MARGIN = 2.0
"""Seconds of an invocation that are not slept away: the request itself wants them."""


class Pacer:
    """Gives turns so that no more than ``per_minute`` requests begin within any minute.

    A thirtieth of them may begin at once; the rest are spread evenly, so that a second process that takes over, and
    knows nothing of what this one has sent, exceeds the budget by no more than that thirtieth. A hundredth is left
    unused: some requests take longer to arrive than those behind them, and the other side counts by arrival.
    """

    def __init__(
        self,
        per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        burst = max(1, per_minute // _BURST_SHARE)
        self._interval = 60.0 / max(1, per_minute - burst - per_minute // _SPARE_SHARE)
        self._ahead = (burst - 1) * self._interval
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next = 0.0  # when the next request is due if all are spread evenly
        self._held_until = 0.0

    def turn(self, time_left: Callable[[], float]) -> None:
        """Wait for a turn; raises ``TryLater`` where it would not come within the time left (seconds)."""
        begins, wait = self._take(time_left)
        while wait > 0:
            self._sleep(wait)
            with self._lock:
                if self._held_until <= begins:
                    return
            begins, wait = self._take(time_left)  # held back meanwhile: the turn is void

    def _take(self, time_left: Callable[[], float]) -> tuple[float, float]:
        """When the next turn begins, and how long that is from now."""
        with self._lock:
            now = self._clock()
            due = max(self._next, now, self._held_until)
            begins = max(due - self._ahead, now, self._held_until)
            if begins > now and begins - now > time_left() - _MARGIN:
                raise TryLater("The request budget leaves no request before this run ends.", retry_after=begins - now)
            self._next = due + self._interval
            return begins, begins - now

    def hold(self, seconds: float) -> None:
        """Let no request through for so long, as the API asked."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + seconds)
