"""Walks one account: its one stream, or each of its integrations'."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

from fetch_logs.stream import Environment, Stream, Walked, walk_stream
from integration_logs.errors import ContractBroken, IntegrationLogsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fetch_logs.plan import WalkOrder
    from integration_logs.sendcloud import Sendcloud

log = logging.getLogger(__name__)

type StreamMode = Literal["auto", "account", "integration"]


@dataclass(frozen=True)
class AccountWalk:
    """How the walk of an account went: all its streams together, and the error of each stream that failed."""

    walked: Walked
    failures: dict[str, IntegrationLogsError] = field(default_factory=dict)


def walk_account(
    order: WalkOrder, sendcloud: Sendcloud, environment: Environment, *, stream_mode: StreamMode, page_size: int
) -> AccountWalk:
    """Carry out the order. One stream's failure never holds up another; each is in the answer."""
    walk = _Account(order.account, sendcloud, environment, page_size)
    if order.integration_id is not None:
        return walk.streams([order.integration_id], owned_only=True)
    if stream_mode == "integration":
        return walk.streams(None)
    whole = walk.stream(None, must_name=stream_mode == "auto")
    if not whole.walked.unnamed:
        return whole
    log.info("The account's stream does not name the integrations: walking each of them", extra={"order": order.body()})
    return _together([whole, walk.streams(None)])


@dataclass(frozen=True)
class _Account:
    name: str
    sendcloud: Sendcloud
    environment: Environment
    page_size: int

    def streams(self, wanted: list[int] | None, *, owned_only: bool = False) -> AccountWalk:
        """Walk the wanted integrations' streams, or, for ``None``, those of all that Sendcloud lists."""
        try:
            owned = [_id(item) for item in self.sendcloud.integrations(time_left=self.environment.time_left)]
        except IntegrationLogsError as error:
            return AccountWalk(Walked(), {"integrations": error})
        if wanted is not None and owned_only and not set(wanted) <= set(owned):
            log.info("Integration %s is not one of account %s", wanted[0], self.name)
            return AccountWalk(Walked(complete=True))
        walks: list[AccountWalk] = []
        for integration_id in owned if wanted is None else wanted:
            if self.environment.time_left() <= 0:
                walks.append(AccountWalk(Walked(complete=False)))
                break
            walks.append(self.stream(integration_id))
        return _together(walks)

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
            return AccountWalk(Walked(), {stream.name: error})
        return AccountWalk(walked)


def _together(walks: list[AccountWalk]) -> AccountWalk:
    failures: dict[str, IntegrationLogsError] = {}
    for walk in walks:
        failures |= walk.failures
    return AccountWalk(sum((walk.walked for walk in walks), Walked(complete=True)), failures)


def _id(integration: Mapping[str, object]) -> int:
    id_ = integration.get("id")
    if not isinstance(id_, int) or isinstance(id_, bool):
        raise ContractBroken("Sendcloud listed an integration without an id.")
    return id_
