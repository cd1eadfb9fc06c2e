"""A run once more, with invocations that are cut off at moments drawn from those of the uncut one."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from bench.scale.clock import Clock

if TYPE_CHECKING:
    from bench.scale.run import Run


def cut_short(
    once: Callable[[Clock], Run], memory: int, limits: Callable[[int], dict[str, int]], drawn: list[str]
) -> Run:
    """Make the run, ``drawn`` saying how many cuts there are and the seed; it is wrong where these repeat too much.

    ``limits`` says of which calls there may be how many beyond those of the uncut run.
    """
    clock = Clock(memory)
    uncut = once(clock)
    cuts, seed = map(int, drawn or ["0", "0"])
    if not cuts or not uncut.ended:
        return uncut
    moments = Random(seed).sample(range(1, clock.moments + 1), cuts)  # noqa: S311  # no secret
    run = once(Clock(memory, moments))
    run.run += f", {cuts} cuts"
    for name, most in limits(cuts).items():
        more = max(0, run.calls.get(name, 0) - uncut.calls.get(name, 0))
        run.repeats |= {name: more} if name in uncut.calls else {}
        if more > most:
            run.wrong += f" {more} {name} repeated, more than {most}"
    return run
