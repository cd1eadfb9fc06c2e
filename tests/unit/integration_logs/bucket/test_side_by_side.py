"""Calls side by side."""

from __future__ import annotations

from threading import Barrier, Event, get_ident

import pytest

from integration_logs.bucket.side_by_side import AT_ONCE, side_by_side


def test_calls_wait_together() -> None:
    """So many are under way at once, and what they answer comes in the items' order."""
    together = Barrier(AT_ONCE, timeout=30)

    def work(item: int) -> tuple[int, int]:
        together.wait()
        return item, get_ident()

    found = side_by_side(work, range(2 * AT_ONCE))
    assert [item for item, _ in found] == [*range(2 * AT_ONCE)]
    assert len({thread for _, thread in found}) == AT_ONCE
    assert side_by_side(work, []) == []


def test_the_first_error_when_all_have_ended() -> None:
    """What had begun is not left behind, what had not is not begun."""
    ended: list[int] = []
    others = Event()

    def work(item: int) -> None:
        if item == 0:
            others.wait(30)
            raise ValueError("the first")
        if item == 1:
            others.set()
            raise KeyError("the second")
        ended.append(item)

    with pytest.raises(ValueError, match="the first"):
        side_by_side(work, range(10 * AT_ONCE))
    before = len(ended)
    assert before <= 10 * AT_ONCE - 2
    assert len(ended) == before
