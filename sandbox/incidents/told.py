"""What was sent, and where it differs from what an incident's file expects. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from sandbox.incidents.incident import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import timedelta

    from sandbox.incidents.incident import Expected


@dataclass(frozen=True)
class Event:
    """An event on the bus."""

    at: timedelta
    id: str
    what: str
    integration: int | None
    sentence: str

    @classmethod
    def of(cls, at: timedelta, kind: str, detail: Mapping[str, Any], language: str = "en") -> Event:
        """From an event's detail type and detail, with the sentence in that language."""
        what = f"{kind}: {detail['verdict']}" if "verdict" in detail else kind
        return cls(at, detail["id"], what, detail["integration_id"], detail["sentence"][language])


@dataclass(frozen=True)
class Notice:
    """A notice that the topic received."""

    at: timedelta
    id: str
    subject: str
    text: str


def differences(
    expected: Sequence[Expected], events: Sequence[Event], notices: Sequence[Notice], *, timed: bool = True
) -> list[str]:
    """Messages that are missing, not expected, or worded otherwise; empty if all is as expected.

    If the times are not the incident's own (``timed`` is false), only the order counts.
    """

    def at(time: timedelta) -> str:
        return f"{clock(time)} " if timed else ""

    noticed = [each for each in expected if each.notice is not None]
    bus = _compared(
        "event",
        [(f"{at(each.at)}{each.what}, {_about(each.integration)}", each.says) for each in expected],
        [(f"{at(each.at)}{each.what}, {_about(each.integration)}", each.sentence) for each in events],
    )
    topic = _compared(
        "notice",
        [(f"{at(each.at)}{each.notice}", each.says) for each in noticed],
        [(f"{at(each.at)}{each.subject}", each.text) for each in notices],
    )
    ids = Counter([each.id for each in events] + [each.id for each in notices])
    return [*bus, *topic, *(f"told twice: the message {id_}" for id_, times in ids.items() if times > 1)]


def _compared(
    what: str, expected: Sequence[tuple[str, tuple[str, ...]]], told: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """Compare in order."""
    wanted, had = [key for key, _ in expected], [key for key, _ in told]
    for _, begin, end, first, last in SequenceMatcher(None, wanted, had, autojunk=False).get_opcodes():
        if wanted[begin:end] != had[first:last]:
            yield from (f"missing: the {what} {key}" for key in wanted[begin:end])
            yield from (f"not expected: the {what} {key}: {text}" for key, text in told[first:last])
            continue
        for (key, words), (_, text) in zip(expected[begin:end], told[first:last], strict=True):
            yield from (f"the {what} {key} does not say {word!r}: {text}" for word in words if word not in text)


def _about(integration: int | None) -> str:
    return "the account" if integration is None else f"integration {integration}"
