"""Finds what usually helps against an exception, in the catalogue ``remedies.toml``.

The catalogue is data: its head says how an entry matches, and that the first one that does wins. It is read once, on
first use. Apart from that read this is pure.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from integration_logs.json_types import JsonValue

VERSION: Final = 1
"""The version of the catalogue's form that this code reads."""

WHO: Final = frozenset({"shop", "host", "operator"})
_MOST_TEXT: Final = 64 * 1024  # characters of each text that are searched: an error page says what it is at its start
_MOST_PIECES: Final = 2048


@dataclass(frozen=True, slots=True)
class Signal:
    """One way to recognise a failure: every part that is given must hold; texts are in small letters."""

    exception_types: tuple[str, ...] = ()
    response_codes: tuple[range, ...] = ()
    text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remedy:
    """One entry of the catalogue: ``code`` names it for good; ``en`` and ``nl`` are sentences for people."""

    code: str
    confidence: float
    who: str
    en: str
    nl: str
    when: tuple[Signal, ...]


@cache
def load() -> tuple[Remedy, ...]:
    """The catalogue in the order in which it is tried. Raises ``ValueError`` or ``KeyError`` where it is malformed."""
    text = files("integration_logs").joinpath("remedies.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    if document["version"] != VERSION:
        raise ValueError(f"remedies.toml has version {document['version']}; this code reads version {VERSION}")
    return tuple(_remedy(entry) for entry in document["remedy"])


def match(
    *, exception_type: str | None, response_code: int | None, exception: str | None, response: JsonValue
) -> str | None:
    """The code of the first remedy whose signals are there, or ``None`` where none is known.

    ``response`` is the record's response: an object of ``headers`` and ``body``, or anything else, of which the text is
    searched. Of the exception and of the body only the first 64 Ki characters count. Redacted and raw values give the
    same, as no signal is a value that redaction takes out.
    """
    kind = (exception_type or "").lower()
    texts: list[str] | None = None
    for remedy in load():
        for signal in remedy.when:
            if signal.exception_types and not any(known in kind for known in signal.exception_types):
                continue
            if signal.response_codes and not any(response_code in codes for codes in signal.response_codes):
                continue
            if signal.text:
                if texts is None:
                    texts = _texts(exception, response)
                if not any(known in text for text in texts for known in signal.text):
                    continue
            return remedy.code
    return None


def _remedy(entry: Mapping[str, Any]) -> Remedy:
    remedy = Remedy(
        code=entry["code"],
        confidence=float(entry["confidence"]),
        who=entry["who"],
        en=entry["en"],
        nl=entry["nl"],
        when=tuple(_signal(signal) for signal in entry["when"]),
    )
    if not re.fullmatch(r"[a-z]+(?:-[a-z]+)*", remedy.code):
        raise ValueError(f"the remedy's code {remedy.code!r} is not in kebab-case")
    if not (
        remedy.who in WHO and 0 <= remedy.confidence <= 1 and remedy.when and remedy.en.strip() and remedy.nl.strip()
    ):
        raise ValueError(f"the remedy {remedy.code!r} lacks a field or has one out of range")
    return remedy


def _signal(entry: Mapping[str, Any]) -> Signal:
    unknown = entry.keys() - {"exception_types", "response_codes", "text"}
    if unknown or not entry:
        raise ValueError(f"a signal has the unknown fields {sorted(unknown)}, or no field at all")
    return Signal(
        exception_types=tuple(kind.lower() for kind in entry.get("exception_types", ())),
        response_codes=tuple(_codes(codes) for codes in entry.get("response_codes", ())),
        text=tuple(text.lower() for text in entry.get("text", ())),
    )


def _codes(codes: int | str) -> range:
    first, _, last = str(codes).partition("-")
    return range(int(first), int(last or first) + 1)


def _texts(exception: str | None, response: JsonValue) -> list[str]:
    """The texts to search, in small letters."""
    pieces = [exception or ""]
    if isinstance(response, dict):
        body = response.get("body")
        pieces.append(body if isinstance(body, str) else _flat(body))
        headers = response.get("headers")
        pieces.append(headers if isinstance(headers, str) else _flat(headers))
    else:
        pieces.append(_flat(response))
    return [piece[:_MOST_TEXT].lower() for piece in pieces if piece]


def _flat(value: JsonValue) -> str:
    """A JSON value as lines of ``name: text``, in order, as far as is searched; not recursive, so never too deep."""
    lines: list[str] = []
    waiting: list[tuple[str, JsonValue]] = [("", value)]
    size = 0
    while waiting and size < _MOST_TEXT and len(lines) < _MOST_PIECES:
        name, item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend((str(key), member) for key, member in reversed(item.items()))
        elif isinstance(item, list):
            waiting.extend((name, member) for member in reversed(item[:_MOST_PIECES]))
        elif isinstance(item, str):
            line = f"{name}: {item[:_MOST_TEXT]}"
            lines.append(line)
            size += len(line)
    return "\n".join(lines)
