"""Walks one account: its one stream, or each of its integrations'."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from fetch_logs.stream import LEAST_SECONDS, Environment, Stream, Walked, walk_stream
from integration_logs.errors import ContractBroken, IntegrationLogsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fetch_logs.plan import WalkOrder
    from integration_logs.sendcloud import Sendcloud

log = logging.getLogger(__name__)

type StreamMode = Literal["auto", "account", "integration"]


@dataclass(frozen=True)
class AccountWalk:
    """How the walk of an account went: the streams that did not fail, together, and the error of each that did.

    So ``walked.complete`` is false only where time ran out: to go on at once is of use, from ``cut_at`` on where that
    names an integration.
    """

    walked: Walked
    failures: dict[str, IntegrationLogsError] = field(default_factory=dict)
    cut_at: int | None = None

    def rest(self, order: WalkOrder) -> WalkOrder | None:
        """The order for what is left of ``order``; ``None`` where nothing is."""
        return None if self.walked.complete else replace(order, begin_with=self.cut_at)


def walk_account(
    order: WalkOrder, sendcloud: Sendcloud, environment: Environment, *, stream_mode: StreamMode, page_size: int
) -> AccountWalk:
    """Carry out the order. One stream's failure never holds up another; each is in the answer."""
    walk = _Account(order.account, sendcloud, environment, page_size)
    if order.integration_id is not None:
        return walk.one(order.integration_id)
    if stream_mode == "integration" or order.begin_with is not None:
        return walk.each(begin_with=order.begin_with or 0)
    whole = walk.stream(None, must_name=stream_mode == "auto")
    if not whole.walked.unnamed:
        return whole
    log.info("The account's stream does not name the integrations: walking each of them", extra={"order": order.body()})
    named = replace(whole.walked, complete=True)  # the rest of the account's stream is in the integrations' own
    return _together([AccountWalk(named), walk.each()])


@dataclass(frozen=True)
class _Account:
    name: str
    sendcloud: Sendcloud
    environment: Environment
    page_size: int

    def one(self, integration_id: int) -> AccountWalk:
        """Walk one integration's stream, if it is one of this account's."""
        try:
            owned = self._listed()
        except IntegrationLogsError as error:
            return AccountWalk(Walked(complete=True), {"integrations": error})
        if integration_id in owned:
            return self.stream(integration_id)
        log.info("Integration %s is not one of account %s", integration_id, self.name)
        return AccountWalk(Walked(complete=True))

    def each(self, *, begin_with: int = 0) -> AccountWalk:
        """Walk the streams of all integrations that Sendcloud lists, by rising id, as far as the time allows."""
        try:
            listed = self._listed()
        except IntegrationLogsError as error:
            return AccountWalk(Walked(complete=True), {"integrations": error})
        walks: list[AccountWalk] = []
        if None in listed:
            unnamed = ContractBroken("Sendcloud listed an integration without an id.")
            walks.append(AccountWalk(Walked(complete=True), {"integrations": unnamed}))
        for integration_id in sorted(id_ for id_ in listed if id_ is not None and id_ >= begin_with):
            if self.environment.time_left() <= LEAST_SECONDS:
                walks.append(AccountWalk(Walked(), cut_at=integration_id))
                break
            walk = self.stream(integration_id)
            walks.append(walk)
            if not walk.walked.complete:
                break
        return _together(walks)

    def _listed(self) -> set[int | None]:
        return {_id(item) for item in self.sendcloud.integrations(time_left=self.environment.time_left)}

    def stream(self, integration_id: int | None, *, must_name: bool = False) -> AccountWalk:
        """Walk one stream; a failure is an answer, not an exception."""
        stream = Stream(self.name, integration_id)
        pages = partial(
            self.sendcloud.pages,
            integration_id=integration_id,
            page_size=self.page_size,
            time_left=self.environment.time_left,
        )
        try:
            walked = walk_stream(stream, lambda query: pages(query=query), self.environment, must_name=must_name)
        except IntegrationLogsError as error:
            return AccountWalk(Walked(complete=True), {stream.name: error})
        return AccountWalk(walked, cut_at=None if walked.complete else integration_id)


def _together(walks: list[AccountWalk]) -> AccountWalk:
    failures: dict[str, IntegrationLogsError] = {}
    for walk in walks:
        failures |= walk.failures
    cut_at = next((walk.cut_at for walk in walks if walk.cut_at is not None), None)
    return AccountWalk(sum((walk.walked for walk in walks), Walked(complete=True)), failures, cut_at)


def _id(integration: Mapping[str, object]) -> int | None:
    id_ = integration.get("id")
    return id_ if isinstance(id_, int) and not isinstance(id_, bool) and id_ > 0 else None
