"""A run: the invocations that a queue's messages make, one after the other, and what they took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.scale.clock import Clock

RECEIVES = 5
"""So often a queue hands a message out before it gives it up, in the template."""

_MOST = 200
"""Invocations after which a run is given up."""

_PUT, _GET = 0.005 / 1000, 0.0004 / 1000
_PRICES = {"get": _GET, "download": _GET, "recover": _GET, "delete": 0.0, "request": 0.0, "send": 0.0000004}
_NOT_S3 = ("request", "send")
_GB_SECOND, _INVOCATION = 0.0000133334, 0.20 / 1_000_000


@dataclass(frozen=True)
class Invocation:
    """One invocation: its seconds, whether it came to its end, what was left to do behind it, whether it was cut."""

    seconds: float
    ended: bool
    left: int
    cut: bool = False


@dataclass
class Run:
    """What a run took, as it is printed: a line of JSON from the process that made it.

    ``most`` is the share of the timeout that its longest invocation may take; ``repeats`` counts the calls beyond those
    of the run that was not cut.
    """

    run: str
    timeout: float
    memory: int
    most: float = 0.6
    invocations: list[Invocation] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    repeats: dict[str, int] = field(default_factory=dict)
    ended: bool = False
    wrong: str = ""
    note: str = ""

    @property
    def seconds(self) -> float:
        """Of all invocations."""
        return sum(each.seconds for each in self.invocations)

    @property
    def dollars(self) -> float:
        """At list prices in us-east-1, without what is free: requests and the function's time."""
        requests = sum(_PRICES.get(name, _PUT) * count for name, count in self.calls.items())
        return requests + self.seconds * self.memory / 1024 * _GB_SECOND + len(self.invocations) * _INVOCATION

    def line(self) -> dict[str, Any]:
        """As JSON."""
        s3 = sum(count for name, count in self.calls.items() if name not in _NOT_S3)
        return {**asdict(self), "seconds": self.seconds, "dollars": self.dollars, "s3": s3}


class Queue:
    """A function's queue: what is sent waits behind what is there."""

    def __init__(self, clock: Clock, message: Any) -> None:
        self._clock = clock
        self.messages = [message]

    def send_message(self, *, MessageBody: str, **_: object) -> None:  # noqa: N803  # as boto3 has it
        """As a client's."""
        with self._clock.call("send", 0.01):
            self.messages.append(MessageBody)

    def work_off(
        self, run: Run, carry_out: Callable[[Any, Callable[[], float]], object], left: Callable[[], int]
    ) -> None:
        """Hand out message after message until none is left, or one is given up.

        What was cut by a draw comes again however often: there is always another tick, or another event.
        """
        receives = 0
        while self.messages and receives < RECEIVES and len(run.invocations) < _MOST:
            with self._clock.invocation(run, left) as seconds_left:
                carry_out(self.messages[0], seconds_left)
            last = run.invocations[-1]
            if last.ended:
                del self.messages[0]
                receives = 0
            else:
                receives += not last.cut
        run.ended = not self.messages
