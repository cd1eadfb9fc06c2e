from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from check_status.verdicts.names import Name
from check_status.verdicts.transitions import MEMORY, MOST, Subject, step

if TYPE_CHECKING:
    from check_status.verdicts.transitions import Change

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIVE = timedelta(minutes=5)

names = st.sampled_from(get_args(Name.__value__))
ordinary = st.sampled_from([name for name in get_args(Name.__value__) if name != "credentials_rejected"])


def play(
    seen: list[Name], *, confirm: int = 2, every: timedelta = FIVE, subject: Subject | None = None
) -> tuple[Subject, dict[int, Change]]:
    """Run the checks, through JSON after each; what was announced, by the number of its check (from 0)."""
    announced = {}
    for number, name in enumerate(seen):
        subject, change = step(subject, name, NOON + number * every, confirm=confirm)
        subject = Subject.of(json.loads(json.dumps(subject.document())))
        if change:
            announced[number] = change
    assert subject is not None
    return subject, announced


def told(seen: list[Name], confirm: int = 2, every: timedelta = FIVE) -> list[tuple[int, Name | None, Name]]:
    """What is announced: at which check, from what, to what."""
    _, announced = play(seen, confirm=confirm, every=every)
    return [(number, change.previous, change.verdict) for number, change in announced.items()]


H: Name = "healthy"
F: Name = "failing"
D: Name = "disconnected"
R: Name = "credentials_rejected"


@pytest.mark.parametrize(
    ("seen", "announced"),
    [
        ([H], []),
        ([H, H, H], []),
        ([H, F], []),
        ([H, F, F], [(2, H, F)]),
        ([H, F, F, F, F], [(2, H, F)]),
        ([H, F, H, F, H], []),
        ([H, F, D], []),
        ([H, F, D, D], []),  # a change within the hour before: two more are needed
        ([H, F, D, D, D, D], [(5, H, D)]),
        ([F], []),
        ([F, F], [(1, None, F)]),
        ([F, H, H], []),
        ([F, H, H, F, F, F, F, F, F], [(6, H, F)]),
        ([H, R], [(1, H, R)]),
        ([R], [(0, None, R)]),
        ([R, H], [(0, None, R)]),
        ([R, H, H], [(0, None, R), (2, R, H)]),
        ([R, H, R, H, R], [(0, None, R)]),
    ],
)
def test_what_is_announced(seen: list[Name], announced: list[tuple[int, Name | None, Name]]) -> None:
    """A change counts after two equal checks, refused credentials at once; the first verdict only if it is not good."""
    assert told(seen) == announced


@pytest.mark.parametrize("confirm", [1, 2, 3, 5, 20])
def test_as_many_checks_as_are_asked_for(confirm: int) -> None:
    """The N-th equal check announces the change, and the N-th good one the recovery, when nothing flapped."""
    seen: list[Name] = [H, *[F] * (confirm + 20), *[H] * confirm]
    assert told(seen, confirm) == [(confirm, H, F), (len(seen) - 1, F, H)]


def test_since_is_when_it_was_first_seen() -> None:
    """A change holds since the first of its checks; one check that saw something else does not begin it anew."""
    subject, announced = play([H, H, F, F, F])
    assert announced[3].since == subject.since == subject.holds_since == NOON + 2 * FIVE
    subject, _ = play([H, H, F, F, H, F])
    assert subject.holds_since == NOON + 2 * FIVE
    subject, _ = play([H, H, F, F, H])
    assert (subject.seen, subject.announced, subject.holds_since) == (H, F, NOON + 4 * FIVE)


def test_flapping_in_pairs_is_damped() -> None:
    """What changes every other check is announced once and not again while it goes on so."""
    assert len(told([H, H, *[F, F, H, H] * 50])) == 1


def test_what_stays_is_announced() -> None:
    """After however much flapping, what stays for an hour is announced, and then at once what is new."""
    seen: list[Name] = [H, *[F, H] * 30, *[F] * 13]
    (last,) = told(seen)
    assert last[1:] == (H, F)
    assert last[0] <= 61 + MEMORY // FIVE
    assert told([*seen, H, H])[-1] == (len(seen) + 1, F, H)


def test_a_slow_schedule_forgets_flapping() -> None:
    """Where checks are hours apart nothing is flapping, and two equal checks are enough."""
    assert told([H, F, H, F, F], every=timedelta(hours=2)) == [(4, H, F)]


def test_flapping_is_forgotten_while_it_is_steady() -> None:
    """A change stops counting an hour after it was seen, also within the run of equal checks that follows it."""
    assert told([H, F, H, F, F, F, F, F, F], every=timedelta(minutes=20)) == [(5, H, F)]


@given(name=ordinary, other=ordinary, length=st.integers(1, 200), confirm=st.integers(2, 6))
def test_what_alternates_is_never_announced(name: Name, other: Name, length: int, confirm: int) -> None:
    """A verdict that alternates with each check is never announced."""
    if name != other:
        assert told([(name, other)[number % 2] for number in range(length)], confirm) == []


@given(seen=st.lists(names, min_size=1, max_size=80), confirm=st.integers(1, 5), minutes=st.integers(1, 90))
def test_laws(seen: list[Name], confirm: int, minutes: int) -> None:
    """Whatever is seen: what is announced was seen N times in a row or is refused credentials, is never what was
    announced last, names that as its previous one, is numbered, and good news is never the first."""
    subject, announced = play(seen, confirm=confirm, every=timedelta(minutes=minutes))
    for number, change in announced.items():
        run = seen[max(0, number - confirm + 1) : number + 1]
        assert change.verdict == "credentials_rejected" or run == [change.verdict] * confirm
    changes = list(announced.values())
    assert all(later.previous == earlier.verdict != later.verdict for earlier, later in pairwise(changes))
    assert [change.ordinal for change in changes] == list(range(1, len(changes) + 1))
    assert not changes or (changes[0].previous, changes[0].verdict) != (None, "healthy")
    assert not changes or subject.announced == changes[-1].verdict
    assert len(subject.changes) <= MOST


@given(first=st.lists(names, max_size=40), last=ordinary, confirm=st.integers(1, 5))
def test_whatever_was_before_what_stays_is_what_counts(first: list[Name], last: Name, confirm: int) -> None:
    """After enough equal checks the verdict that counts is theirs, whatever came before."""
    subject, _ = play([*first, *[last] * max(confirm, MOST)], confirm=confirm)
    assert subject.announced == last


@given(seen=st.lists(names, min_size=2, max_size=40), at=st.integers(1, 39))
def test_one_check_twice_in_a_row_of_state_is_the_same_step(seen: list[Name], at: int) -> None:
    """A step is a function of the state and the check alone: made again from the same state it gives the same."""
    before, _ = play(seen[: min(at, len(seen) - 1)])
    moment = NOON + 100 * FIVE
    assert step(before, seen[-1], moment, confirm=2) == step(before, seen[-1], moment, confirm=2)


@pytest.mark.parametrize(
    "broken",
    [
        {"announced": "ill"},
        {"seen": None},
        {"since": None},
        {"since": "soon"},
        {"times": -1},
        {"times": True},
        {"changes": None},
        {"changes": ["soon"]},
        {"ordinal": "1"},
    ],
)
def test_a_state_that_is_none(broken: dict[str, object]) -> None:
    """What cannot be read as a subject's state is refused, not guessed."""
    subject, _ = play([H, F])
    with pytest.raises((ValueError, TypeError)):
        Subject.of({**subject.document(), **broken})  # type: ignore[dict-item]
