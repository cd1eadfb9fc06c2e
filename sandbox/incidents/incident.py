"""An incident as a data file: what happens upstream, step by step, and which messages that must lead to.

::

    title = "The certificate expires and is renewed"
    story = "A sentence or two."
    wemasy = 400003                 the integration that WeMaSy is about; that is the default
    begins = "02:00"                UTC; default 08:00
    watched_days = 10               how long before that the first check was; default 0
    ends = "4:00"                   after the beginning, as are all times below; until then nothing else may be sent

    [[step]]
    at = "0:12"
    every = "0:10"                  repeated,
    until = "2:02"                  up to this time
    records = {integration = 400004, kind = "ssl_expired", count = 3, before = "168:00", method = "GET", …}
    shop = {integration = 400004, state = "fails"}
    modes = {wemasy_connected = false}
    keys = "revoked"
    fault = {kind = "500", path = "/api/v3"}
    clear_faults = true

    [[message]]                     in order, all of them
    at = "0:15"
    kind = "Problem Opened"
    verdict = "failing"             only for "Integration Status Changed"
    integration = 400004            left out: about the account
    says = ["495", "renews"]        in the event's English sentence, and in the notice's text
    notice = "…: new problem"       the notice's subject; left out: only an event is sent

A step has one action or several. ``records``: ``kind`` is one of ``sandbox/upstreams/failures.py``; the newest of
``count`` is dated so long ``before`` the step, each other one a second earlier; other names are fields of the record.
A shop ``works`` (Sendcloud fetches at each check), ``stops`` (Sendcloud fetches no more, and reports nothing) or
``fails`` (Sendcloud fetches no more, and sets ``started_failing_at``). The account's ``keys`` are ``revoked`` in
Sendcloud, or new ones are ``entered`` into its secret. ``modes`` and ``fault`` are the sandbox's own.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = Path(__file__).parent
ACCOUNT = "main"
EVERY = timedelta(minutes=5)
"""Between two ticks and between two checks, as in the template."""
SWEEP = time(3, 17)
"""When the nightly sweep runs, as in the template."""

_DAY = datetime(2026, 11, 23, tzinfo=UTC)
_TIME = re.compile(r"(\d{1,3}):([0-5]\d)")
_ACTIONS = frozenset({"records", "shop", "modes", "fault", "clear_faults", "keys"})
_STATES = ("works", "stops", "fails")
_KEYS = ("revoked", "entered")


class IncidentError(Exception):
    """The file is not a valid incident; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class Step:
    """Something that happens upstream at these times; ``actions`` as in the file."""

    times: tuple[timedelta, ...]
    actions: Mapping[str, Any]


@dataclass(frozen=True)
class Expected:
    """A message that must be sent."""

    at: timedelta
    kind: str
    integration: int | None
    verdict: str | None
    says: tuple[str, ...]
    notice: str | None

    @property
    def what(self) -> str:
        """The kind, and for a change of status the verdict."""
        return f"{self.kind}: {self.verdict}" if self.verdict else self.kind


@dataclass(frozen=True)
class Incident:
    """One file; see the module."""

    name: str
    title: str
    story: str
    begins: datetime
    ends: timedelta
    steps: tuple[Step, ...]
    messages: tuple[Expected, ...]
    wemasy: int = 400003
    watched: timedelta = field(default_factory=timedelta)

    def happenings(self) -> list[tuple[timedelta, Mapping[str, Any]]]:
        """Every action upstream, in order of time."""
        return sorted(((at, step.actions) for step in self.steps for at in step.times), key=lambda each: each[0])

    def checks(self) -> Iterator[timedelta]:
        """When ticks and checks run."""
        return (n * EVERY for n in range(self.ends // EVERY + 1))

    def is_swept(self, at: timedelta) -> bool:
        """Whether the sweep is due at this check."""
        now = self.begins + at
        return timedelta() <= now - datetime.combine(now, SWEEP, UTC) < EVERY


def names() -> list[str]:
    """All incidents."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name: str, folder: Path = FOLDER) -> Incident:
    """Read one. Raises ``IncidentError``."""
    path = folder / f"{name}.toml"
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        return _incident(name, document)
    except FileNotFoundError:
        raise IncidentError(f"There is no incident {name}. Choose one of {', '.join(names())}.") from None
    except KeyError as error:
        raise IncidentError(f"{path.name}: {error.args[0]} is missing.") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise IncidentError(f"{path.name}: {error}.") from None


def clock(at: timedelta) -> str:
    """A time after the beginning, as the files write it.

    >>> clock(timedelta(minutes=75))
    '1:15'
    """
    return f"{at // timedelta(hours=1)}:{at // timedelta(minutes=1) % 60:02}"


def duration(text: str) -> timedelta:
    """Read a time, or a duration, as the files write it. Raises ``ValueError``.

    >>> duration("168:00").days
    7
    """
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no time such as 1:05")
    return timedelta(hours=int(found[1]), minutes=int(found[2]))


def _incident(name: str, document: dict[str, Any]) -> Incident:
    _only(document, "title", "story", "begins", "ends", "wemasy", "watched_days", "step", "message")
    incident = Incident(
        name=name,
        title=str(document["title"]),
        story=" ".join(str(document["story"]).split()),
        begins=datetime.combine(_DAY, time.fromisoformat(document.get("begins", "08:00")), UTC),
        ends=duration(document["ends"]),
        steps=tuple(map(_step, document["step"])),
        messages=tuple(map(_expected, document.get("message", []))),
        wemasy=int(document.get("wemasy", 400003)),
        watched=timedelta(days=document.get("watched_days", 0)),
    )
    if any(at > incident.ends for at, _ in incident.happenings()):
        raise ValueError("a step is after the end")
    return incident


def _step(document: dict[str, Any]) -> Step:
    _only(document, "at", "every", "until", *_ACTIONS)
    at, actions = duration(document["at"]), {name: document[name] for name in document if name in _ACTIONS}
    if not actions:
        raise ValueError(f"the step at {clock(at)} has none of {', '.join(sorted(_ACTIONS))}")
    if "shop" in actions and actions["shop"]["state"] not in _STATES:
        raise ValueError(f"the state of a shop is one of {', '.join(_STATES)}")
    if actions.get("keys", "revoked") not in _KEYS:
        raise ValueError(f"keys are one of {', '.join(_KEYS)}")
    if "every" not in document:
        return Step((at,), actions)
    every, until = duration(document["every"]), duration(document["until"])
    if not every:
        raise ValueError("every is 0:01 or more")
    return Step(tuple(at + n * every for n in range((until - at) // every + 1)), actions)


def _expected(document: dict[str, Any]) -> Expected:
    _only(document, "at", "kind", "verdict", "integration", "says", "notice")
    return Expected(
        at=duration(document["at"]),
        kind=str(document["kind"]),
        integration=document.get("integration"),
        verdict=document["verdict"] if document["kind"] == "Integration Status Changed" else None,
        says=tuple(map(str, document["says"])),
        notice=document.get("notice"),
    )


def _only(document: Mapping[str, Any], *known: str) -> None:
    if unknown := set(document) - set(known):
        raise ValueError(f"unknown: {', '.join(sorted(unknown))} (known are {', '.join(known)})")
