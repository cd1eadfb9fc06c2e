"""Walks one account: its one stream, or each of its integrations', side by side."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from fetch_logs.account.outcome import AccountResult, Streams
from fetch_logs.stream.environment import Environment, Stream
from fetch_logs.stream.result import Progress, WalkResult
from fetch_logs.stream.stream_walk import LEAST_SECONDS, walk_stream
from integration_logs.bucket import sweeps
from integration_logs.errors import ContractBroken, IntegrationLogsError
from integration_logs.upstream.sendcloud import NeedsRoom, Page, Sendcloud, first_query

if TYPE_CHECKING:
    from fetch_logs.plan import WalkOrder

log = logging.getLogger(__name__)

type StreamMode = Literal["auto", "account", "integration"]

SIDE_BY_SIDE = 8
"""Streams that are walked at once; the request budget is shared by all."""


@dataclass(frozen=True)
class Walking:
    """How an account is walked: how streams are chosen, what was chosen before, which integrations are wanted (none
    named: all that Sendcloud lists), how many records a page has, and into how many slices the walks that are under way
    at the same time may be cut."""

    stream_mode: StreamMode = "auto"
    remembered: Streams | None = None
    integration_ids: tuple[int, ...] = ()
    page_size: int = 100
    slices: int = 1


def walk_account(order: WalkOrder, sendcloud: Sendcloud, environment: Environment, walking: Walking) -> AccountResult:
    """Carry out the order. One stream's failure never delays another; each is in the result."""
    walk = _Account(order, sendcloud, environment, walking)
    if order.integration_id is not None:
        return walk.one(order.integration_id)
    forced = walking.stream_mode == "integration" or walking.integration_ids or order.begin_with is not None
    # What was found out before is looked at again once a day.
    remembered = walking.stream_mode == "auto" and walking.remembered == "integration" and order.mode == "tick"
    if forced or remembered:
        return walk.each()
    whole = walk.stream(None, must_name=walking.stream_mode == "auto")
    if not whole.walked.unnamed:
        covered = frozenset({"account"}) if "account" in whole.reached - whole.failures.keys() else None
        return replace(whole, streams="account" if whole.walked.records else None, present=covered)
    log.info("The account's stream does not name the integrations: walking each of them", extra={"order": order.body()})
    named = replace(whole.walked, complete=True)  # the rest of the account's stream is in the integrations' own
    each = walk.each()
    return replace(_together([replace(whole, walked=named), each]), streams="integration", present=each.present)


@dataclass(frozen=True)
class _Account:
    order: WalkOrder
    sendcloud: Sendcloud
    environment: Environment
    walking: Walking

    def one(self, integration_id: int) -> AccountResult:
        """Walk one integration's stream, if it is one of this account's."""
        try:
            owned = self._listed()
        except IntegrationLogsError as error:
            return _failed("integrations", error)
        if integration_id in owned:
            return _together([_LISTED, self.stream(integration_id)])
        log.info("Integration %s is not one of account %s", integration_id, self.order.account)
        return _LISTED

    def each(self) -> AccountResult:
        """Walk the integrations' streams, by rising id and side by side, as far as the time allows."""
        walks: list[AccountResult] = []
        asked_at = self.environment.clock()
        wanted: set[int | None] = set(self.walking.integration_ids)
        if not wanted:
            try:
                wanted = self._listed()
            except IntegrationLogsError as error:
                return _failed("integrations", error)
            walks.append(_LISTED)
        if None in wanted:
            walks.append(_failed("integrations", ContractBroken("Sendcloud listed an integration without an id.")))
        elif self.order.mode != "tick" and self.order.begin_with is None:
            try:
                sweeps.record_listed(self.environment.store, self.order.account, filter(None, wanted), at=asked_at)
            except IntegrationLogsError as error:  # the streams need not wait for it
                walks.append(_failed("integrations", error))
        begin_with = self.order.begin_with or 0
        ids = sorted(filter(None, wanted))
        share = max(1, self.walking.slices // min(SIDE_BY_SIDE, max(1, len(ids))))
        with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="stream") as pool:
            under_way = {
                id_: pool.submit(self._stream_in_time, id_, share, beside=len(ids) > 1)
                for id_ in ids
                if id_ >= begin_with
            }
        # Only now: a stream that fails as nobody foresaw is raised when the others have come to their end. And for what
        # is large there is room now.
        walked = {id_: walk.result() for id_, walk in under_way.items()}
        walks += [self._with_room(each, id_) for id_, each in walked.items()]
        present = frozenset({"integrations", *(Stream(self.order.account, id_).name for id_ in ids)})
        return replace(_together(walks), present=present)

    def _stream_in_time(self, integration_id: int, slices: int, *, beside: bool) -> AccountResult:
        if self.environment.time_left() <= LEAST_SECONDS:
            return AccountResult(WalkResult(), cut_at=integration_id)
        return self.stream(integration_id, slices=slices, beside=beside)

    def _with_room(
        self, walked: AccountResult, integration_id: int | None, *, must_name: bool = False
    ) -> AccountResult:
        """With the rest of the stream, walked alone and page by page, where one of its pages needs that."""
        if not any(isinstance(error, NeedsRoom) for error in walked.failures.values()):
            return walked
        log.info("A stream has pages that are large and is walked alone", extra={"integration_id": integration_id})
        if self.environment.time_left() <= LEAST_SECONDS:
            rest = AccountResult(WalkResult(), cut_at=integration_id)
        else:
            rest = self._walk(integration_id, must_name=must_name, slices=1, beside=False)
        return _together([replace(walked, failures={}, reached=frozenset()), rest])

    def _listed(self) -> set[int | None]:
        return {_id(item) for item in self.sendcloud.integrations(time_left=self.environment.time_left)}

    def stream(
        self, integration_id: int | None, *, must_name: bool = False, slices: int | None = None, beside: bool = False
    ) -> AccountResult:
        """Walk one stream, in all the slices where it says nothing else; a failure is an answer, not an exception.

        With ``beside`` others are walked meanwhile: one that needs more memory than that leaves fails with
        ``NeedsRoom``.
        """
        slices = self.walking.slices if slices is None else slices
        walked = self._walk(integration_id, must_name=must_name, slices=slices, beside=beside or slices > 1)
        return walked if beside else self._with_room(walked, integration_id, must_name=must_name)

    def _walk(self, integration_id: int | None, *, must_name: bool, slices: int, beside: bool) -> AccountResult:
        stream = Stream(self.order.account, integration_id)
        page_size = self.walking.page_size if self.order.mode == "tick" else another(self.walking.page_size)
        time_left = self.environment.time_left

        def fetch(query: str | None, *, named: Callable[[str | None], None] | None = None) -> Page:
            begin = query or first_query(page_size)
            return self.sendcloud.page(
                begin,
                integration_id=integration_id,
                time_left=time_left,
                named=named,
                page_size=page_size,
                beside=beside,
            )

        progress = Progress()
        try:
            walked = walk_stream(
                stream,
                fetch,
                self.environment,
                mode=self.order.mode,
                must_name=must_name,
                slices=slices,
                progress=progress,
            )
        except IntegrationLogsError as error:
            traceback.clear_frames(error.__traceback__)  # else they keep the page at hand
            return replace(_failed(stream.name, error), walked=replace(progress.walked, complete=True))
        if not walked.complete:
            return AccountResult(walked, cut_at=integration_id)
        return AccountResult(walked, reached=frozenset({stream.name}))


_LISTED = AccountResult(WalkResult(complete=True), reached=frozenset({"integrations"}))


def another(page_size: int) -> int:
    """A page size that shares few page boundaries with this one: a cursor that is a time can skip records there."""
    return page_size - 3 if page_size > 6 else page_size + 1


def _failed(name: str, error: IntegrationLogsError) -> AccountResult:
    return AccountResult(WalkResult(complete=True), {name: error}, frozenset({name}))


def _together(walks: list[AccountResult]) -> AccountResult:
    failures: dict[str, IntegrationLogsError] = {}
    for walk in walks:
        failures |= walk.failures
    return AccountResult(
        walked=sum((walk.walked for walk in walks), WalkResult(complete=True)),
        failures=failures,
        reached=frozenset().union(*(walk.reached for walk in walks)),
        cut_at=min((walk.cut_at for walk in walks if walk.cut_at is not None), default=None),
    )


def _id(integration: Mapping[str, object]) -> int | None:
    id_ = integration.get("id")
    return id_ if isinstance(id_, int) and not isinstance(id_, bool) and id_ > 0 else None
