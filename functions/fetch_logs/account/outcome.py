"""How the walk of an account went. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from fetch_logs.plan import WalkOrder
    from fetch_logs.stream.result import WalkResult
    from integration_logs.errors import IntegrationLogsError

type Streams = Literal["account", "integration"]
"""What an account has: one stream for all of it, or one for each of its integrations."""


@dataclass(frozen=True)
class AccountResult:
    """How the walk of an account went: its streams together, and the error of each that failed.

    ``walked.complete`` is false only where time ran out: to go on at once is of use, from ``cut_at`` on where that
    names an integration. ``reached`` names what came to an end, good or bad: streams and the list of integrations.
    ``streams`` is what the account turned out to have, ``present`` every name that there is; ``None`` where that did
    not show.
    """

    walked: WalkResult
    failures: Mapping[str, IntegrationLogsError] = field(default_factory=dict)
    reached: frozenset[str] = frozenset()
    streams: Streams | None = None
    present: frozenset[str] | None = None
    cut_at: int | None = None

    @property
    def answered(self) -> bool:
        """Whether Sendcloud gave anything for the credentials: a page of a stream, or the list of integrations."""
        listed = "integrations" in self.reached - self.failures.keys()
        return self.walked.pages > 0 or self.walked.unnamed or listed

    def rest(self, order: WalkOrder) -> WalkOrder | None:
        """The order for what is left of ``order``; ``None`` where nothing is."""
        return None if self.walked.complete else replace(order, begin_with=self.cut_at, hops=order.hops + 1)
