"""Where a page begins and ends. Pure.

A position lies between records, not on one: "those below" and "those from here on" share no record and leave none out,
however many arrive meanwhile. A cursor is a position and the direction to read in. It holds no key and no secret, so it
means the same after a redeploy, and a forged one leads to nothing but another page of what the caller may read anyway.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal, NamedTuple

from archive_logs.merging.partitions import EPOCH
from integration_logs.answers.opaque import opaque, plain

type Direction = Literal["next", "prev"]

UNDATED = -(2**62)
"""The microseconds of what has no usable ``created_at``: behind everything that has one."""

_1970 = date(1970, 1, 1)
_MICROS = range(-(2**63), 2**63)
_IDS = range(2**63 + 1)
"""One beyond the highest id: a position may lie above the last record of all."""

_DIRECTIONS: dict[str, Direction] = {"n": "next", "p": "prev"}


def micros(day: date) -> int:
    """When the UTC day begins, in microseconds since 1970."""
    return (day - _1970) // timedelta(microseconds=1)


class Position(NamedTuple):
    """A place in the archive's order, right above the records that come before it in it.

    The order is that of time (microseconds since 1970, UTC), then ``id``, then integration.
    """

    micros: int
    id: int = 0
    integration_id: int = 0

    def above(self) -> Position:
        """Right above the record that is at this position."""
        return self._replace(integration_id=self.integration_id + 1)

    def day_below(self) -> date:
        """The day of the archive that the nearest record below may be in."""
        return _day(self.micros if self.id or self.integration_id else self.micros - 1)

    def day_from(self) -> date:
        """The day of the archive that the nearest record from here on may be in, other than an undated one."""
        return _day(self.micros)


def _day(at: int) -> date:
    if at < micros(EPOCH):
        return EPOCH
    return date.max if at > micros(date.max) else _1970 + timedelta(microseconds=at)


class Cursor(NamedTuple):
    """What a ``Link`` leads to: from the position on, to the older (``next``) or to the newer records (``prev``)."""

    direction: Direction
    position: Position

    def text(self) -> str:
        """The cursor as opaque text.

        >>> Cursor("next", Position(7, 9, 101)).text()
        'bjcsOSwxMDE'
        """
        return opaque(f"{self.direction[0]}{','.join(map(str, self.position))}")

    @classmethod
    def of(cls, text: str) -> Cursor:
        """The cursor that is written so; raises ``ValueError`` where it is not one of ours.

        >>> Cursor.of("bjcsOSwxMDE").position
        Position(micros=7, id=9, integration_id=101)
        """
        said = plain(text)
        direction = _DIRECTIONS.get(said[:1])
        numbers = [int(number) for number in said[1:].split(",")]
        if direction is None or len(numbers) != len(Position._fields):
            raise ValueError("not a cursor that was given out")
        cursor = cls(direction, Position(*numbers))
        at, *ids = cursor.position
        if cursor.text() != text or at not in _MICROS or any(each not in _IDS for each in ids):
            raise ValueError("not a cursor that was given out")
        return cursor
