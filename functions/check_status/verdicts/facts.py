"""The answers of both APIs about one account, read as their documentation defines them. Pure.

Three things are kept apart: that an API said so, that it said "none" (``None``), and that it did not say
(``UNKNOWN``): a field that is missing or that nobody can read is never taken for a "no".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from integration_logs.json_types import JsonObject, JsonValue
from integration_logs.times import moment, timestamp, written

if TYPE_CHECKING:
    from integration_logs.upstream.wemasy import IntegrationStatus

_LARGEST_ID = 2**63 - 1
_LONGEST_NAME, _LONGEST_URL = 120, 300
_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]+")


class Unknown(Enum):
    """The type of ``UNKNOWN``."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
"""It is missing or unreadable."""

type Told = datetime | Literal[Unknown.UNKNOWN] | None
"""A time, ``None`` where the API says that there is none, or ``UNKNOWN``."""


@dataclass(frozen=True)
class Integration:
    """One integration as ``GET /integrations`` lists it; texts are redacted, without line breaks, and not long.

    ``started_failing_at``: since when Sendcloud fails to fetch orders or to send feedback. ``last_fetched_at``: when it
    last fetched orders. ``listed_at``: the last check that found it in the list.
    """

    id: int
    shop_name: str | None
    shop_url: str | None
    type: str | None
    started_failing_at: Told
    last_fetched_at: Told
    listed_at: datetime

    def document(self) -> JsonObject:
        """The JSON form; what is not known is null there."""
        return {
            "integration_id": self.id,
            "shop_name": self.shop_name,
            "shop_url": self.shop_url,
            "type": self.type,
            "started_failing_at": _text(self.started_failing_at),
            "last_fetched_at": _text(self.last_fetched_at),
            "listed_at": timestamp(self.listed_at),
        }

    @classmethod
    def of(cls, document: Mapping[str, JsonValue]) -> Integration:
        """Read ``document()`` back; a null time is then not known. Raises ``KeyError`` or ``ValueError``."""
        return cls(
            id=whole(document["integration_id"]),
            shop_name=words(document["shop_name"]),
            shop_url=words(document["shop_url"], _LONGEST_URL),
            type=words(document["type"]),
            started_failing_at=moment(document["started_failing_at"]) or UNKNOWN,
            last_fetched_at=moment(document["last_fetched_at"]) or UNKNOWN,
            listed_at=written(document["listed_at"]),
        )


@dataclass(frozen=True)
class WemasyAnswer:
    """What WeMaSy answered about the account's webshop, and when. ``None`` is "not known", which is not "no"."""

    answered_at: datetime
    integration_id: str | None
    is_active: bool | None
    is_connected: bool | None
    has_credentials: bool
    created_at: str | None
    updated_at: str | None

    def document(self) -> JsonObject:
        """The JSON form, which ``of`` reads."""
        return asdict(self) | {"answered_at": timestamp(self.answered_at)}

    @classmethod
    def of(cls, document: Mapping[str, JsonValue]) -> WemasyAnswer:
        """Raises ``KeyError`` or ``ValueError`` where the document is none."""
        return cls(
            answered_at=written(document["answered_at"]),
            integration_id=words(document["integration_id"]),
            is_active=_flag(document["is_active"]),
            is_connected=_flag(document["is_connected"]),
            has_credentials=document["has_credentials"] is True,
            created_at=words(document["created_at"]),
            updated_at=words(document["updated_at"]),
        )


def listing(
    items: Iterable[Mapping[str, JsonValue]], *, at: datetime, redact: Callable[[str], str]
) -> list[Integration]:
    """Every integration that can be told from others, by its id; of two with one id the first."""
    found: dict[int, Integration] = {}
    for item in items:
        try:
            id_ = whole(item.get("id"))
        except ValueError:
            continue
        found.setdefault(id_, _integration(id_, item, at, redact))
    return list(found.values())


def answer(status: IntegrationStatus, *, at: datetime, redact: Callable[[str], str]) -> WemasyAnswer:
    """WeMaSy's answer as it may be kept."""

    def kept(text: str | None) -> str | None:
        return words(redact(text)) if text else None

    return WemasyAnswer(
        answered_at=at,
        integration_id=kept(status.integration_id),
        is_active=status.is_active,
        is_connected=status.is_connected,
        has_credentials=status.has_credentials,
        created_at=kept(status.created_at),
        updated_at=kept(status.updated_at),
    )


def concerned(named: int | None, integrations: Iterable[Integration]) -> frozenset[int]:
    """The integrations that WeMaSy's answer is about.

    The one that the secret names; else the only one; else those whose type is wemasy; else all of them.
    """
    if named is not None:
        return frozenset({named})
    all_ = list(integrations)
    own = [each for each in all_ if (each.type or "").casefold() == "wemasy"]
    return frozenset(each.id for each in (own if own and len(all_) > 1 else all_))


def words(value: JsonValue, longest: int = _LONGEST_NAME) -> str | None:
    """A text on one line and not longer than that; ``None`` where it is none."""
    if not isinstance(value, str):
        return None
    line = _BLANK.sub(" ", value[: 4 * longest]).strip()
    return (line if len(line) <= longest else f"{line[: longest - 1]}…") or None


def address(value: JsonValue) -> str | None:
    """A shop's URL without user-info, query and fragment; ``None`` where it is none."""
    if not isinstance(value, str):
        return None
    text = value.strip()[: 4 * _LONGEST_URL]
    try:
        parts = urlsplit(text if "//" in text else f"https://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or _BLANK.search(host):
        return None
    host = f"[{host}]" if ":" in host else host
    return words(f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}", _LONGEST_URL)


def whole(value: JsonValue) -> int:
    """An id; Sendcloud's may come as text. Raises ``ValueError`` where it is none."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _LARGEST_ID:
        return value
    raise ValueError("no id")


def _integration(id_: int, item: Mapping[str, JsonValue], at: datetime, redact: Callable[[str], str]) -> Integration:
    name, url, kind = item.get("shop_name"), address(item.get("shop_url")), item.get("type")
    return Integration(
        id=id_,
        shop_name=words(redact(name)) if isinstance(name, str) else None,
        shop_url=words(redact(url), _LONGEST_URL) if url else None,
        type=words(redact(kind)) if isinstance(kind, str) else None,
        started_failing_at=_told(item, "started_failing_at"),
        last_fetched_at=_told(item, "last_fetched_at"),
        listed_at=at,
    )


def _told(item: Mapping[str, JsonValue], name: str) -> Told:
    if name in item and item[name] is None:
        return None
    return moment(item.get(name)) or UNKNOWN


def _text(told: Told) -> str | None:
    return timestamp(told) if isinstance(told, datetime) else None


def _flag(value: JsonValue) -> bool | None:
    return value if isinstance(value, bool) else None
