"""Sendcloud's API v3: the integrations of an account and their exception logs, page by page.

Credentials go to the configured endpoint and nowhere else: of a ``Link`` to the next page only the query is used,
put back as it came. A walk ends where no next link is; an empty page is not the end of it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from integration_logs.errors import ContractBroken, NeedsOperator, TryLater
from integration_logs.json_types import JsonObject, JsonValue
from integration_logs.records.undecoded import is_undecoded, undecoded
from integration_logs.upstream.decode_cost import PAGE, decode_cost
from integration_logs.upstream.endpoint import checked_base_url
from integration_logs.upstream.http import Answer, HttpSession, TimeLeft, TooLarge, Unreadable
from integration_logs.upstream.links import next_target
from integration_logs.upstream.page_size import TENTH, narrower, place, wider

log = logging.getLogger(__name__)

BASE_URL = "https://panel.sendcloud.sc/api/v3"

_UNSENDABLE = re.compile(r"[^!-~]+")  # what a request line cannot carry
_CONTROL = re.compile(r"[^\x20-\x7e]+")
_LARGE_LENGTH = len("1000000")  # of a page of 1 MB or more there is none beside it that need not be


@dataclass(frozen=True)
class Page:
    """One page. ``records`` are as they came, whatever they are; ``next_query`` asks for the page after it.

    ``broken`` says why there is no way on although there is a next link: the records are good all the same. ``unread``
    says why there are none although there may be some: what follows is good all the same.
    """

    records: list[JsonValue]
    next_query: str | None
    broken: ContractBroken | None = None
    unread: ContractBroken | None = None

    @property
    def last(self) -> bool:
        """Whether the stream ends with this page."""
        return self.next_query is None and self.broken is None


@dataclass(frozen=True)
class _Asked:
    """What pages are asked of: a path, whose records (``None``: the account's), by when, and how many at most."""

    path: str
    integration_id: int | None
    time_left: TimeLeft
    page_size: int = 0
    beside: bool = False


class NeedsRoom(TryLater):
    """A page that takes more memory than it may while others are worked on: to be asked for when none is."""


class Sendcloud:
    """A client of one account."""

    def __init__(self, session: HttpSession, *, base_url: str = BASE_URL) -> None:
        self._session = session
        self._base_url = checked_base_url(base_url, api="Sendcloud")
        self._told: set[str] = set()

    def integrations(self, *, time_left: TimeLeft) -> list[JsonObject]:
        """Return every integration of the account. No paging is documented; a next link would be followed."""
        found: list[JsonObject] = []
        asked = _Asked("/integrations", None, time_left)
        query: str | None = None
        seen = {query}
        while True:
            page = self._page(asked, query)
            if page.unread is not None:
                raise page.unread
            for item in page.records:
                if not isinstance(item, dict):
                    raise ContractBroken("Sendcloud listed an integration that is not a JSON object.")
                found.append(item)
            if (query := way_on(page, seen)) is None:
                return found

    def page(  # noqa: PLR0913  # what it may take, beside whose it is
        self,
        query: str,
        *,
        integration_id: int | None,
        time_left: TimeLeft,
        named: Callable[[str | None], None] | None = None,
        page_size: int = 0,
        beside: bool = False,
    ) -> Page:
        """Fetch the page of that query of an integration's logs, or of the account's whole stream for ``None``.

        A query is ``first_query``'s, or the ``next_query`` of an earlier page, and goes out as it came. ``named`` is
        told that of the page after it as soon as the headers are here, while the body still comes in: more than once
        where the page is asked for again, not at all where it cannot be had, or is so large that memory counts.

        What memory is not enough for is asked for in smaller pages from the same place; a single record that it is not
        enough for comes as ``integration_logs.records.undecoded`` has it. Behind it pages grow again up to
        ``page_size`` records. With ``beside`` other pages are worked on at the same time: what costs much raises
        ``NeedsRoom`` instead.
        """
        try:
            return self._page(_Asked(_path(integration_id), integration_id, time_left, page_size, beside), query, named)
        except TooLarge:
            if not beside:
                raise
        raise NeedsRoom("Sendcloud: a page takes more memory than there is beside other streams.")

    def _page(self, asked: _Asked, query: str | None, named: Callable[[str | None], None] | None = None) -> Page:
        if query and (_UNSENDABLE.search(query) or "#" in query):
            raise ValueError("a query is the next_query of an earlier page, as it was")
        endpoint = f"{self._base_url}{asked.path}"
        url = f"{endpoint}?{query}" if query else endpoint

        def arrived(headers: Mapping[str, str]) -> None:
            if named and len(headers.get("Content-Length", "")) < _LARGE_LENGTH:
                named(self._named(endpoint, headers))

        smaller = narrower(query) if query else None
        try:
            alone = query is not None and smaller is None and not asked.beside
            answer = self._session.get(
                url, time_left=asked.time_left, arrived=arrived, alone=alone, beside=asked.beside
            )
            records = _records(answer, asked.integration_id)
        except TooLarge as large:
            if query is None or asked.beside or not 200 <= large.answer.status < 300:
                raise
            if smaller is not None:
                return self._unless_in_vain(self._page(asked, smaller), query, endpoint, large)
            log.warning("A record is too large to be decoded: what is known of it goes into quarantine")
            answer, records = large.answer, [undecoded(large.size, large.sha256, large.begins)]
        except Unreadable as unread:
            return self._passed_over(endpoint, unread)
        try:
            next_query = self._next_query(endpoint, answer.headers)
        except ContractBroken as error:
            return Page(records, None, error)
        if next_query is not None and decode_cost(answer.body) * TENTH <= PAGE:
            next_query = wider(next_query, asked.page_size)
        return Page(records, next_query)

    def _passed_over(self, endpoint: str, unread: Unreadable) -> Page:
        next_query = self._next_query(endpoint, unread.answer.headers)
        if next_query is None:
            raise unread
        return Page([], next_query, unread=unread)

    def _unless_in_vain(self, page: Page, query: str, endpoint: str, large: TooLarge) -> Page:
        """The smaller page, unless it is none, as the server takes no size, or does not lead on; then it is as lost as
        any that cannot be read."""
        following = place(page.next_query or "")
        alone = len(page.records) == 1 and is_undecoded(page.records[0])
        after = self._named(endpoint, large.answer.headers)
        if following and following == place(query):
            return replace(self._passed_over(endpoint, large), records=page.records)
        if following and alone and after is not None and following == place(after):
            return self._passed_over(endpoint, large)
        return page

    def _named(self, endpoint: str, headers: Mapping[str, str]) -> str | None:
        try:
            return self._next_query(endpoint, headers)
        except ContractBroken:  # it is told with the page, whose records may be good
            return None

    def _next_query(self, endpoint: str, headers: Mapping[str, str]) -> str | None:
        target = next_target(headers.get("Link", ""))
        if target is None:
            return None
        self._compare(endpoint, target)
        query = target.partition("#")[0].partition("?")[2]
        if not query:
            asked = urlsplit(endpoint)
            raise ContractBroken(f"Sendcloud: the next link of {asked.hostname}{asked.path} has no query.")
        return _UNSENDABLE.sub(lambda match: quote(match[0].encode("latin-1", "replace"), safe=""), query)

    def _compare(self, endpoint: str, target: str) -> None:
        """Tell once about a next link that leads elsewhere. It is never contacted."""
        try:
            there = urlsplit(urljoin(endpoint, target))
            origin = f"{there.scheme}://{there.hostname}" + (f":{there.port}" if there.port else "")
            same = _place(there) == _place(urlsplit(endpoint))
        except ValueError:
            origin, same = "an unreadable address", False
        origin = _CONTROL.sub("", origin)[:100]
        if not same and origin not in self._told:
            self._told.add(origin)
            log.warning("Sendcloud names a next page elsewhere, at %s: not contacted, only its query is used", origin)


def first_query(page_size: int) -> str:
    """The query of a stream's first page, of so many records (1 to 100)."""
    if not 1 <= page_size <= 100:
        raise ValueError("page_size must be 1 to 100")
    return f"page_size={page_size}"


def way_on(page: Page, seen: set[str | None]) -> str | None:
    """The query of the page after it, which joins those ``seen``; ``None`` after the last.

    Raises ``ContractBroken`` where the way on is lost, or leads back.
    """
    if page.broken is not None:
        raise page.broken
    if page.next_query is not None and page.next_query in seen:
        raise ContractBroken("Sendcloud's pages lead back to one that was already read.")
    seen.add(page.next_query)
    return page.next_query


def _place(url: SplitResult) -> tuple[str, str | None, int | None, str]:
    return url.scheme, url.hostname, url.port or {"https": 443, "http": 80}.get(url.scheme), url.path.rstrip("/")


def _path(integration_id: int | None) -> str:
    return "/integrations/logs" if integration_id is None else f"/integrations/{int(integration_id)}/logs"


def _records(answer: Answer, integration_id: int | None) -> list[JsonValue]:
    if not 200 <= answer.status < 300:
        raise _refused(answer, integration_id)
    document = answer.json()
    records = document.get("data") if isinstance(document, dict) else None
    if not isinstance(records, list):
        raise Unreadable(f"Sendcloud: {answer.where} answered {answer.status} without a list of data.", answer)
    return records


def _refused(answer: Answer, integration_id: int | None) -> ContractBroken | NeedsOperator:
    if answer.status == 404 and integration_id is not None:
        return NeedsOperator(
            f"Integration {integration_id} is unknown to Sendcloud: remove it from the settings, or check that the "
            "keys belong to its account."
        )
    said = _said(answer)
    return ContractBroken(f"Sendcloud: {answer.where} answered {answer.status}{f' ({said})' if said else ''}.")


def _said(answer: Answer) -> str:
    """Return the code and title of a documented error body; ``detail`` can quote what was sent."""
    try:
        document = answer.json()
    except ContractBroken:
        return ""
    errors = document.get("errors") if isinstance(document, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else errors
    if not isinstance(first, dict):
        return ""
    words = [
        _CONTROL.sub(" ", text).strip()[:80] for name in ("code", "title") if isinstance(text := first.get(name), str)
    ]
    return ": ".join(word for word in words if word)
