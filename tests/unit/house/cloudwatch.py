"""How CloudWatch judges an alarm, as AWS documents it ("Alarm evaluation", "How missing data is treated"). Pure.

An alarm looks at its last N periods and at a few before them; AWS does not say how many (five in all where N is three).
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

type State = Literal["INSUFFICIENT_DATA", "OK", "ALARM"]

SIGNS = {">=": operator.ge, "<": operator.lt}


def judged(points: Sequence[bool | None], *, periods: int, needed: int, missing: str, before: State) -> State:
    """The state for what the periods of the range hold, the oldest first: breaching or not, or ``None`` for no data.

    What is missing is filled in only where fewer than ``periods`` are there; ``needed`` breaching ones are an alarm.
    """
    there = [point for point in points if point is not None]
    if len(there) >= periods:
        return "ALARM" if sum(there[-periods:]) >= needed else "OK"
    breaching, filled = sum(there), periods - len(there)
    if missing == "breaching":
        return "ALARM" if breaching + filled >= needed else "OK"
    if missing == "notBreaching" or breaching >= needed:
        return "ALARM" if breaching >= needed else "OK"
    if breaching < len(there):
        return "OK"
    if missing == "ignore":
        return before
    return "ALARM" if there else "INSUFFICIENT_DATA"


@dataclass
class Alarm:
    """One alarm in the words of template.toml, and the data of its metric by period."""

    row: dict[str, str | int]
    more: int
    """How many periods beyond its own it looks at."""
    state: State = "INSUFFICIENT_DATA"
    data: dict[int, float] = field(default_factory=dict)

    def count(self, second: int, value: float) -> None:
        """Take in one value of the metric."""
        period = second // int(self.row["seconds"])
        known = self.data.get(period)
        if known is not None:
            value = known + value if str(self.row["when"]).startswith("Sum") else max(known, value)
        self.data[period] = value

    def look(self, second: int) -> State | None:
        """The new state, where it changes now."""
        _, sign, threshold = str(self.row["when"]).split()
        periods, last = int(self.row.get("periods", 1)), second // int(self.row["seconds"])
        known = [self.data.get(period) for period in range(last - periods - self.more + 1, last + 1)]
        points = [None if value is None else SIGNS[sign](value, float(threshold)) for value in known]
        before, missing = self.state, str(self.row["missing"])
        self.state = judged(points, periods=periods, needed=periods, missing=missing, before=before)
        return None if self.state == before else self.state

    def tells(self, state: State) -> bool:
        """Whether a mail goes out on the way into that state."""
        return state != "INSUFFICIENT_DATA" or bool(self.row.get("no_data_rings"))
