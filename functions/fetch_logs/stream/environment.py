"""What is walked, with what, and how it went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from fetch_logs.stream.late_redactor import LateRedactor
    from fetch_logs.stream.ledger import Ledger
    from integration_logs.bucket.objects import ObjectStore
    from integration_logs.redaction.redactor import Redactor
    from integration_logs.upstream.sendcloud import Page


class Fetches(Protocol):
    """Fetches a page of one stream; see ``integration_logs.upstream.sendcloud.Sendcloud.page``."""

    def __call__(self, query: str | None, *, named: Callable[[str | None], None] | None = None) -> Page:
        """Fetch the page of that query, ``None`` for the first; ``named`` is told early the query of the next one."""


@dataclass(frozen=True)
class Stream:
    """What is walked: the account's whole stream (``integration_id`` is ``None``) or one integration's."""

    account: str
    integration_id: int | None = None

    @property
    def name(self) -> str:
        """Names its checkpoint and its landing objects."""
        return "account" if self.integration_id is None else f"integration-{self.integration_id}"


@dataclass(frozen=True)
class Environment:
    """What a walk works with; the clock gives UTC, ``time_left`` the seconds left for walking."""

    store: ObjectStore
    redactor: Redactor | LateRedactor
    ledger: Ledger
    overlap: timedelta
    clock: Callable[[], datetime]
    time_left: Callable[[], float]
