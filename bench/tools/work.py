"""What a work of the bench is: what is measured, by whom it is done, and what must come out.

A work is opened once, carried out round by round, its contestants in turns within each round, and closed. Each round
gives measurements; a goal is a figure made of all of them, and a bound. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

WALL, CPU, PEAK = "wall time, s", "CPU, s", "peak memory, MB"
"""What most works measure of a process; other values have names of their own, each with its unit."""


@dataclass(frozen=True)
class Measurement:
    """One contestant's doing of one case, in one round; ``wrong`` says what is wrong with its answer, if anything is.

    A value that cannot be had is left out of ``values``.
    """

    case: str
    contestant: str
    values: Mapping[str, float]
    wrong: str = ""
    round: int = 0


class Found:
    """All measurements of one work."""

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self.measurements = list(measurements)

    def values(self, value: str, case: str, contestant: str) -> dict[int, float]:
        """The value in each round in which there is one."""
        return {
            each.round: each.values[value]
            for each in self.measurements
            if (each.case, each.contestant) == (case, contestant) and value in each.values
        }

    def median(self, value: str, case: str, contestant: str) -> float | None:
        """The median of the rounds; ``None`` where it was not measured."""
        found = self.values(value, case, contestant)
        return median(found.values()) if found else None

    def ratio(self, value: str, one: tuple[str, str], other: tuple[str, str]) -> float | None:
        """The median of the rounds' ratios of one (case, contestant) to the other, each of the same round."""
        upper, lower = self.values(value, *one), self.values(value, *other)
        ratios = [upper[each] / lower[each] for each in upper.keys() & lower.keys() if lower[each]]
        return median(ratios) if ratios else None

    def wrong(self, case: str, contestant: str) -> str:
        """What was wrong in the first round in which something was."""
        of_it = (each for each in self.measurements if (each.case, each.contestant) == (case, contestant))
        return next((each.wrong for each in of_it if each.wrong), "")


@dataclass(frozen=True)
class Goal:
    """What must come out: ``figure`` is ``None`` where what it needs was not measured."""

    text: str
    sense: Literal["at most", "at least"]
    bound: float
    figure: Callable[[Found], float | None]
    unit: str = "×"

    def reached(self, figure: float) -> bool:
        """Whether that figure is within the bound."""
        return figure <= self.bound if self.sense == "at most" else figure >= self.bound


@dataclass(frozen=True)
class Given:
    """What the runner gives a work: a folder of its own while it is open, how much is wanted, and who takes part."""

    folder: Path
    tell: Callable[[str], None]
    quick: bool = False
    contestants: frozenset[str] = frozenset()
    """The names that were asked for; empty: all."""
    rounds: int = 1

    def wants(self, contestant: str) -> bool:
        """Whether the contestant takes part."""
        return not self.contestants or contestant in self.contestants


type Round = Callable[[], Iterator[Measurement]]
"""Carries out one round and gives each measurement as soon as there is one."""


@dataclass(frozen=True)
class Work:
    """One work: ``letter`` and ``title`` name it, ``text`` (Markdown) says what is measured, and how.

    ``note`` may add Markdown that is made of the measurements, below the tables. ``reference`` is the contestant to
    whose first value the others' is set in relation. ``asked_for`` says that it runs only where it is named.
    """

    letter: str
    title: str
    text: str
    open: Callable[[Given], AbstractContextManager[Round]]
    goals: tuple[Goal, ...] = ()
    reference: str = ""
    note: Callable[[Found], str] = field(default=lambda _: "")
    asked_for: bool = False
