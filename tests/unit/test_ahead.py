from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from fetch_logs.ahead import Ahead
from integration_logs.errors import TryLater

SOON = 10.0


class Source:
    """Numbers; says which have been asked for, and holds one back until it is let go."""

    def __init__(self, count: int = 9, *, held: int | None = None, failing: int | None = None) -> None:
        self.asked: list[int] = []
        self.held, self.failing = held, failing
        self.reached, self.let_go = threading.Event(), threading.Event()
        self._count = count

    def __iter__(self) -> Iterator[int]:
        for number in range(self._count):
            self.asked.append(number)
            if number == self.held:
                self.reached.set()
                assert self.let_go.wait(SOON)
            if number == self.failing:
                raise TryLater("Not now.")
            yield number


def test_items_in_their_order() -> None:
    """Each item comes once, whether it was fetched in advance or not, and after the last there is none."""
    with Ahead(iter(Source(4))) as ahead:
        taken = [ahead.take()]
        ahead.fetch()
        taken += [ahead.take(), ahead.take()]
        ahead.fetch()
        assert [*taken, ahead.take()] == [0, 1, 2, 3]
        assert ahead.take() is None
        assert ahead.take() is None


def test_nothing_is_asked_for_unwanted() -> None:
    """Without a wish for more, no more than what is taken is asked for."""
    source = Source()
    with Ahead(iter(source)) as ahead:
        assert source.asked == []
        ahead.take()
        assert source.asked == [0]
    assert source.asked == [0]


def test_one_in_advance() -> None:
    """However often it is wished for, one item is fetched in advance and no more."""
    source = Source()
    with Ahead(iter(source)) as ahead:
        ahead.take()
        for _ in range(5):
            ahead.fetch()
        assert ahead.take() == 1
    assert source.asked == [0, 1]


def test_the_next_is_under_way_meanwhile() -> None:
    """The next item is being fetched while the one before it is worked on."""
    source = Source(held=1)
    with Ahead(iter(source)) as ahead:
        assert ahead.take() == 0
        ahead.fetch()
        assert source.reached.wait(SOON)  # under way, and this thread is free to work
        source.let_go.set()
        assert ahead.take() == 1


def test_an_error_comes_when_its_item_is_taken() -> None:
    """That the next item cannot be had is heard after this one was worked on, and what it was raised as."""
    with Ahead(iter(Source(failing=1))) as ahead:
        assert ahead.take() == 0
        ahead.fetch()
        with pytest.raises(TryLater, match=r"Not now\."):
            ahead.take()


def test_leaving_early_waits() -> None:
    """Who leaves, by an error too, leaves no thread behind; what was under way is waited for."""
    before = threading.active_count()
    source = Source(held=1)

    def leave() -> None:
        with Ahead(iter(source)) as ahead:
            ahead.take()
            ahead.fetch()
            assert source.reached.wait(SOON)
            threading.Timer(0.0, source.let_go.set).start()
            raise KeyError

    with pytest.raises(KeyError):
        leave()
    assert source.let_go.is_set()
    assert source.asked == [0, 1]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("next-page")]
    assert threading.active_count() <= before + 1  # the timer's may still be ending


def test_an_error_that_nobody_takes() -> None:
    """The failure of an item that is not wanted any more is of no account."""
    with Ahead(iter(Source(failing=1))) as ahead:
        assert ahead.take() == 0
        ahead.fetch()
