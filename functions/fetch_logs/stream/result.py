"""How the walk of a stream went. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WalkResult:
    """How a walk went: pages and records that were fetched, rows that were landed, whether it came to its end.

    ``late`` counts the landed records whose time a complete walk had passed already, ``latest`` is how long after its
    ``created_at`` the latest of them was fetched, in seconds. ``unnamed`` says that the walk was given up because a
    record does not name its integration. ``slices`` is how many were walked side by side at most, 0 where the walk was
    one; ``serial`` says why it was, or became, one although it was to be cut.
    """

    pages: int = 0
    records: int = 0
    landed: int = 0
    late: int = 0
    latest: float = 0.0
    complete: bool = False
    unnamed: bool = False
    slices: int = 0
    serial: str = ""

    def __add__(self, other: WalkResult) -> WalkResult:
        """Both together: complete where both are."""
        return WalkResult(
            self.pages + other.pages,
            self.records + other.records,
            self.landed + other.landed,
            self.late + other.late,
            max(self.latest, other.latest),
            self.complete and other.complete,
            self.unnamed or other.unnamed,
            max(self.slices, other.slices),
            self.serial or other.serial,
        )


@dataclass
class Progress:
    """How a walk goes so far: what holds although the walk may fail."""

    walked: WalkResult = WalkResult()
