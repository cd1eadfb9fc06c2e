from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from fetch_logs.stream.ahead import Ahead
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


def of(source: Source) -> Ahead[int]:
    """One chain."""
    return Ahead(lambda _: iter(source))


def take(ahead: Ahead[int]) -> int | None:
    ahead.fetch(0)
    assert ahead.soonest() == 0
    return ahead.take(0)


def test_items_in_their_order() -> None:
    """Each item comes once, whether it was fetched in advance or not, and after the last there is none."""
    with of(Source(4)) as ahead:
        taken = [take(ahead)]
        ahead.fetch(0)
        taken += [take(ahead), take(ahead)]
        ahead.fetch(0)
        assert [*taken, take(ahead)] == [0, 1, 2, 3]
        assert take(ahead) is None
        assert take(ahead) is None


def test_chains_begin_where_they_are_asked_to() -> None:
    """Each chain begins once, at its own query."""
    begun: list[str | None] = []
    with Ahead(lambda query: iter([begun.append(query), query]), 2) as ahead:
        for chain, query in ((7, "a"), (8, None)):
            for _ in range(2):
                ahead.fetch(chain, query)
                assert ahead.soonest() == chain
                last = ahead.take(chain)
            assert last == query
    assert begun == ["a", None]


def test_the_one_that_is_there_comes_first() -> None:
    """Of several chains the one whose item has come is next, whichever was asked for before; without any, none is."""
    slow = Source(held=0)
    sources = {"slow": slow, "quick": Source()}
    with Ahead(lambda query: iter(sources[query or ""]), 2) as ahead:
        assert ahead.soonest() is None
        ahead.fetch(0, "slow")
        assert slow.reached.wait(SOON)
        ahead.fetch(1, "quick")
        assert ahead.soonest() == 1
        assert ahead.take(1) == 0
        slow.let_go.set()
        assert ahead.soonest() == 0


def test_no_more_at_once_than_allowed() -> None:
    """However many chains are asked for, no more items are on their way at once than allowed."""
    slow = Source(held=0)
    other = Source()
    with Ahead(lambda query: iter(slow if query else other), 1) as ahead:
        ahead.fetch(0, "slow")
        ahead.fetch(1)
        assert slow.reached.wait(SOON)
        assert other.asked == []
        slow.let_go.set()


def test_nothing_is_asked_for_unwanted() -> None:
    """Without a wish for more, no more than what is taken is asked for."""
    source = Source()
    with of(source) as ahead:
        assert source.asked == []
        take(ahead)
        assert source.asked == [0]
    assert source.asked == [0]


def test_one_in_advance() -> None:
    """However often it is wished for, one item is fetched in advance and no more."""
    source = Source()
    with of(source) as ahead:
        take(ahead)
        for _ in range(5):
            ahead.fetch(0)
        assert take(ahead) == 1
    assert source.asked == [0, 1]


def test_the_next_is_under_way_meanwhile() -> None:
    """The next item is being fetched while the one before it is worked on."""
    source = Source(held=1)
    with of(source) as ahead:
        assert take(ahead) == 0
        ahead.fetch(0)
        assert source.reached.wait(SOON)  # under way, and this thread is free to work
        source.let_go.set()
        assert take(ahead) == 1


def test_an_error_comes_when_its_item_is_taken() -> None:
    """That the next item cannot be had is heard after this one was worked on, and what it was raised as."""
    with of(Source(failing=1)) as ahead:
        assert take(ahead) == 0
        ahead.fetch(0)
        with pytest.raises(TryLater, match=r"Not now\."):
            take(ahead)


def test_leaving_early_waits() -> None:
    """Who leaves, by an error too, leaves no thread behind; what was under way is waited for."""
    before = threading.active_count()
    source = Source(held=1)

    def leave() -> None:
        with of(source) as ahead:
            take(ahead)
            ahead.fetch(0)
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
    with of(Source(failing=1)) as ahead:
        assert take(ahead) == 0
        ahead.fetch(0)


def test_who_leaves_closes_the_chains() -> None:
    """A chain ends with the walk, also where an error that somebody keeps still knows of it."""
    closed = threading.Event()

    def chain(_: str | None) -> Iterator[int]:
        try:
            yield from range(9)
        finally:
            closed.set()

    def leave() -> None:
        with Ahead(chain) as ahead:
            take(ahead)
            raise KeyError

    with pytest.raises(KeyError) as kept:
        leave()
    assert closed.is_set()
    assert kept.tb
