from __future__ import annotations

from base64 import urlsafe_b64encode
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_logs.merging.partitions import EPOCH, LARGEST_ID
from archive_logs.reading.cursor import UNDATED, Cursor, Position, micros

IDS = st.integers(0, LARGEST_ID)
POSITIONS = st.builds(Position, st.integers(-(2**63), 2**63 - 1), IDS, IDS)
CURSORS = st.builds(Cursor, st.sampled_from(["next", "prev"]), POSITIONS)


@given(CURSORS)
def test_a_cursor_stands_for_its_position(cursor: Cursor) -> None:
    """A cursor is read back to the same direction and position, is short, and needs no escaping in a query."""
    text = cursor.text()
    assert Cursor.of(text) == cursor
    assert len(text) <= 100
    assert text.replace("-", "").replace("_", "").isalnum()


@given(POSITIONS)
def test_right_above_a_record_is_nothing_between(at: Position) -> None:
    """The position above a record is a cursor like any other, and the next one in the order."""
    assert at < at.above()
    assert Cursor.of(Cursor("prev", at.above()).text()).position == at.above()
    assert not at < at._replace(integration_id=at.integration_id) < at.above()


@given(POSITIONS)
def test_the_days_around_a_position(at: Position) -> None:
    """Where to read below a position and from it on: the same day, or two that meet at it."""
    assert EPOCH <= at.day_below() <= at.day_from() <= date.max
    if at.day_below() != at.day_from():
        assert at == Position(micros(at.day_from()))


def test_an_old_and_an_undated_position_are_of_the_first_day() -> None:
    """What the archive keeps in its first partition is looked for there."""
    for at in (Position(UNDATED), Position(micros(date(1999, 1, 1)), 7), Position(-(2**63))):
        assert at.day_below() == at.day_from() == EPOCH


def encoded(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


GARBAGE = [
    "x", "!!!!", "é", "\0", "AAAA", "=", " ", "%00", "2023-03-01T02:02:00+01:00", encoded("7"), encoded("n"),
    encoded("n7,9"), encoded("n,7,9"), encoded("na,b,c"), encoded("n7,9,1,2"), encoded("n 7,9,1"), encoded("n+7,9,1"),
    encoded("n7_0,9,1"), encoded("n07,9,1"), encoded("n1.5,9,1"), encoded("n٧,9,1"), encoded("n1e9,1,1"),
    encoded(f"n{2**63},1,1"), encoded(f"n1,{2**64},1"), encoded("n1,-1,1"), encoded("n1,1,-1"), encoded("n1,-0,1"),
    encoded("n" + "9" * 70 + ",1,1"), encoded("x7,9,1"), encoded("7,9,1"), encoded("N7,9,1"),
    Cursor("next", Position(7, 9)).text() + "=", Cursor("next", Position(7, 9)).text() + "!",
]  # fmt: skip


@pytest.mark.parametrize("text", GARBAGE)
def test_a_forged_cursor_is_refused(text: str) -> None:
    """What this API did not give out is a ValueError, never another exception and never some other position."""
    with pytest.raises(ValueError, match=r"."):
        Cursor.of(text)


@given(st.text(max_size=100))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    """There is no text that breaks the reader of cursors."""
    with suppress(ValueError):
        assert Cursor.of(text).text() == text
