"""What is walked, with what, and how it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime, timedelta

    from fetch_logs.stream.ledger import Ledger
    from integration_logs.bucket.objects import ObjectStore
    from integration_logs.json_types import JsonValue
    from integration_logs.upstream.sendcloud import Page


class Pages(Protocol):
    """Sendcloud's pages of one stream, from ``query`` on or from the first."""

    def __call__(self, query: str | None, *, to_the_end: bool) -> Iterator[Page]:
        """Fetch them lazily, one request a page; if ``to_the_end``, all will be wanted and some may come early."""


class Redacts(Protocol):
    """Takes credentials and personal data out of a record; see ``integration_logs.redaction.redactor.Redactor``."""

    def record(self, record: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        """A record, redacted."""

    def value(self, value: JsonValue) -> JsonValue:
        """Any JSON value, redacted: what stands where a record should."""


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
    redactor: Redacts
    ledger: Ledger
    overlap: timedelta
    clock: Callable[[], datetime]
    time_left: Callable[[], float]


@dataclass(frozen=True)
class Walked:
    """How a walk went: pages and records that were fetched, rows that were landed, whether it came to its end.

    ``late`` counts the landed records whose time a complete walk had passed already, ``latest`` is how long after its
    ``created_at`` the latest of them was fetched, in seconds. ``unnamed`` says that the walk was given up because a
    record does not name its integration. ``slices`` is how many were walked side by side at most, 0 where the walk was
    one; ``serial`` says why it was, or became, one although it was to be cut.
    """

    pages: int = 0
    records: int = 0
    landed: int = 0
    late: int = 0
    latest: float = 0.0
    complete: bool = False
    unnamed: bool = False
    slices: int = 0
    serial: str = ""

    def __add__(self, other: Walked) -> Walked:
        """Both together: complete where both are."""
        return Walked(
            self.pages + other.pages,
            self.records + other.records,
            self.landed + other.landed,
            self.late + other.late,
            max(self.latest, other.latest),
            self.complete and other.complete,
            self.unnamed or other.unnamed,
            max(self.slices, other.slices),
            self.serial or other.serial,
        )


@dataclass
class Tally:
    """How a walk goes so far: what holds although the walk may fail."""

    walked: Walked = Walked()
