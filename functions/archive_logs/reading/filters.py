"""The filters of a query, as SQL conditions, and which objects a summary already rules out. Pure.

An object is left unread only where its summary, made from that very object, shows that no record in it can match. A
problem's records share its fingerprint, so what went into that is the same in all of them, but for spaces, capitals and
the like: where the summary cannot tell, the object is read.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from archive_logs.merging.summary import VERSION
from archive_logs.reading.cursor import UNDATED, Position, micros
from integration_logs.times import moment

_CUT = 500
"""Characters after which a summary's texts are cut: a text of that length may go on."""

_TEXTS = ("exception", "full_url", "request", "response")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(rf"{_DAY.pattern}[Tt][0-9:.]+(?:[Zz]|[+-][0-9:]+)?")
_MICROS_OF_A_DAY = 24 * 3600 * 10**6
_1970 = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Filters:
    """Each that is not ``None`` must hold. ``first`` and ``last`` are ``from`` and ``to`` as the caller wrote them."""

    first: str | None = None
    last: str | None = None
    exception_type: str | None = None
    response_code: int | None = None
    method: str | None = None
    host: str | None = None
    fingerprint: str | None = None
    q: str | None = None

    def query(self) -> dict[str, str | int]:
        """The filters as parameters of a query."""
        names = {"first": "from", "last": "to"}
        return {names.get(name, name): value for name, value in vars(self).items() if value is not None}

    def span(self) -> tuple[Position | None, Position | None]:
        """From which position on, and below which; raises ``ValueError`` with the parameter's name and what to give.

        What has no usable time is in no span that has an end.
        """
        low = None if self.first is None else _position("from", self.first, ends=False)
        high = None if self.last is None else _position("to", self.last, ends=True)
        if high is not None and low is None:
            low = Position(UNDATED + 1)
        if low is not None and high is not None and low >= high:
            raise ValueError("from", "must lie before to")
        return low, high

    def conditions(self) -> tuple[list[str], dict[str, Any]]:
        """The conditions on a row, and their parameters: no value of a caller's ever is SQL."""
        conditions: list[str] = []
        values: dict[str, Any] = {}
        for name in ("exception_type", "response_code", "fingerprint"):
            if getattr(self, name) is not None:
                conditions.append(f"{name} = ${name}")
                values[name] = getattr(self, name)
        if self.method is not None:
            conditions.append("upper(method) = $method")
            values["method"] = self.method.upper()
        if self.host is not None:
            conditions.append("host = $host")
            values["host"] = self.host.lower()
        if self.q is not None:
            values |= {"q": self.q, "q_in_json": json.dumps(self.q, ensure_ascii=False)[1:-1]}
            here = [f"contains(lower({name}), lower($q))" for name in _TEXTS]
            here += [f"contains(lower({name}), lower($q_in_json))" for name in ("request", "response")]
            conditions.append(f"({' OR '.join(here)})")
        return conditions, values

    @property
    def tell_by_summary(self) -> bool:
        """Whether a summary can tell anything about them."""
        narrowing = (self.exception_type, self.response_code, self.method, self.host, self.fingerprint)
        return any(each is not None for each in narrowing)

    def may_match(self, body: bytes, etag: str) -> bool:
        """Whether a record of the archive object with that etag may match, given what is kept as its summary."""
        try:
            summary = json.loads(body)
            if summary["version"] != VERSION or summary["etag"] != etag or summary["problems_left_out"]:
                return True
            problems = summary["problems"]
            if sum(problem["records"] for problem in problems.values()) != summary["records"]:
                return True
            return any(self._fits(name, problem) for name, problem in problems.items())
        except (ValueError, KeyError, TypeError, AttributeError):  # not ours, or of another version
            return True

    def _fits(self, fingerprint: str, problem: dict[str, Any]) -> bool:
        return (
            (self.fingerprint is None or fingerprint == self.fingerprint)
            and (self.response_code is None or problem["response_code"] == self.response_code)
            and _alike(self.exception_type, problem["exception_type"])
            and _alike(self.method and self.method.upper(), problem["method"] and problem["method"].upper())
            and (problem["host"] is None or _alike(self.host and _bare(self.host), _bare(problem["host"])))
        )


def _alike(wanted: str | None, there: str | None) -> bool:
    """Whether the wanted text may be there; spaces around it do not count in a fingerprint."""
    if wanted is None:
        return True
    return there is not None and (len(there) >= _CUT or there.strip() == wanted.strip())


def _bare(host: str) -> str:
    """The host as it counts in a fingerprint."""
    return host.lower().rstrip(".\\")


def _position(name: str, text: str, *, ends: bool) -> Position:
    """Where the day or the moment begins; for the end of a span, where the day ends."""
    try:
        if _DAY.fullmatch(text):
            day = micros(date.fromisoformat(text))
            return Position(day + _MICROS_OF_A_DAY if ends else day)
        at = moment(text) if _MOMENT.fullmatch(text) else None
    except ValueError:
        at = None
    if at is None:
        hint = "; write the + of an offset as %2B" if " " in text else ""
        raise ValueError(name, f"must be a day such as 2026-11-22 or a moment such as 2026-11-22T02:41:22Z{hint}")
    return Position((at - _1970) // timedelta(microseconds=1))
