"""Sendcloud's API v3: the integrations of an account and their exception logs, page by page.

Credentials go to the configured endpoint and nowhere else: of a ``Link`` to the next page only the query is used,
put back as it came. A walk ends where no next link is; an empty page is not the end of it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from integration_logs.endpoint import checked_base_url
from integration_logs.errors import ContractBroken, NeedsOperator
from integration_logs.http import Answer, HttpSession, TimeLeft, Unreadable
from integration_logs.json_types import JsonObject, JsonValue
from integration_logs.links import next_target

log = logging.getLogger(__name__)

BASE_URL = "https://panel.sendcloud.sc/api/v3"

_UNSENDABLE = re.compile(r"[^!-~]+")  # what a request line cannot carry
_CONTROL = re.compile(r"[^\x20-\x7e]+")


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


class Sendcloud:
    """A client of one account."""

    def __init__(self, session: HttpSession, *, base_url: str = BASE_URL) -> None:
        self._session = session
        self._base_url = checked_base_url(base_url, api="Sendcloud")
        self._told: set[str] = set()

    def integrations(self, *, time_left: TimeLeft) -> list[JsonObject]:
        """Return every integration of the account. No paging is documented; a next link would be followed."""
        found: list[JsonObject] = []
        for page in self._walk("/integrations", None, None, time_left):
            if page.unread is not None:
                raise page.unread
            for item in page.records:
                if not isinstance(item, dict):
                    raise ContractBroken("Sendcloud listed an integration that is no JSON object.")
                found.append(item)
        return found

    def page(self, *, integration_id: int | None, query: str | None, page_size: int, time_left: TimeLeft) -> Page:
        """Fetch one page of an integration's logs, or of the account's whole stream for ``None``.

        A ``query`` is the ``next_query`` of an earlier page and goes out as it came, its own page size included.
        """
        page = self._page(_path(integration_id), query or _first(page_size), time_left, integration_id)
        if page.broken is not None:
            raise page.broken
        return page

    def pages(
        self, *, integration_id: int | None, query: str | None = None, page_size: int, time_left: TimeLeft
    ) -> Iterator[Page]:
        """Walk the pages, from the first or from ``query`` on. After an error, go on from the last ``next_query``."""
        return self._walk(_path(integration_id), query or _first(page_size), integration_id, time_left)

    def _walk(self, path: str, query: str | None, integration_id: int | None, time_left: TimeLeft) -> Iterator[Page]:
        seen = {query}
        while True:
            page = self._page(path, query, time_left, integration_id)
            yield page  # before its next link is judged: its records are good in any case
            if page.broken is not None:
                raise page.broken
            query = page.next_query
            if query is None:
                return
            if query in seen:
                raise ContractBroken(f"Sendcloud's pages of {path} lead back to one that was already read.")
            seen.add(query)

    def _page(self, path: str, query: str | None, time_left: TimeLeft, integration_id: int | None = None) -> Page:
        if query and (_UNSENDABLE.search(query) or "#" in query):
            raise ValueError("a query is the next_query of an earlier page, as it was")
        endpoint = f"{self._base_url}{path}"
        try:
            answer = self._session.get(f"{endpoint}?{query}" if query else endpoint, time_left=time_left)
            records = _records(answer, integration_id)
        except Unreadable as unread:
            next_query = self._next_query(endpoint, unread.answer)
            if next_query is None:
                raise
            return Page([], next_query, unread=unread)
        try:
            return Page(records, self._next_query(endpoint, answer))
        except ContractBroken as error:
            return Page(records, None, error)

    def _next_query(self, endpoint: str, answer: Answer) -> str | None:
        target = next_target(answer.headers.get("Link", ""))
        if target is None:
            return None
        self._compare(endpoint, target)
        query = target.partition("#")[0].partition("?")[2]
        if not query:
            raise ContractBroken(f"Sendcloud: the next link of {answer.where} has no query.")
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


def _place(url: SplitResult) -> tuple[str, str | None, int | None, str]:
    return url.scheme, url.hostname, url.port or {"https": 443, "http": 80}.get(url.scheme), url.path.rstrip("/")


def _path(integration_id: int | None) -> str:
    return "/integrations/logs" if integration_id is None else f"/integrations/{int(integration_id)}/logs"


def _first(page_size: int) -> str:
    if not 1 <= page_size <= 100:
        raise ValueError("page_size must be 1 to 100")
    return f"page_size={page_size}"


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
            f"Integration {integration_id} is unknown to Sendcloud: take it out of the settings, or check that the "
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
