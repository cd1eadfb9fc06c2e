"""Finds what usually helps against an exception, in the catalogue ``remedies.toml``.

The catalogue is data: its head says how an entry matches, and that the first one that does wins. It is read once, on
first use. Apart from that read this is pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache, lru_cache, reduce
from itertools import islice
from operator import or_
from typing import Any, Final, NamedTuple

from integration_logs.json_types import JsonValue

VERSION: Final = 2
"""The version of the catalogue's form that this code reads."""

WHO: Final = frozenset({"shop", "host", "operator"})
_MOST_TEXT: Final = 64 * 1024  # characters of each text that are searched: an error page says what it is at its start
_MOST_PIECES: Final = 2048
_LONGEST_REMEMBERED: Final = 8 * 1024
_LONGEST_KIND: Final = 256


@dataclass(frozen=True, slots=True)
class Signal:
    """One way to recognise a failure: every part that is given must hold; texts are in small letters."""

    exception_types: tuple[str, ...] = ()
    response_codes: tuple[range, ...] = ()
    exception: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    url: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remedy:
    """One entry of the catalogue: ``code`` names it for good; ``en`` and ``nl`` are sentences for people."""

    code: str
    confidence: float
    who: str
    en: str
    nl: str
    when: tuple[Signal, ...]


SIGNALS: Final = tuple(field.name for field in fields(Signal))
_SEARCHED: Final = {
    "exception": ("exception", "text"),
    "body": ("body", "text"),
    "headers": ("headers",),
    "url": ("url",),
}


class _Rule(NamedTuple):
    """A signal, compiled: of each of ``words``, which are sets of words as bits, one must have been found."""

    code: str
    signal: Signal
    words: tuple[int, ...]


class _Index(NamedTuple):
    """The catalogue, compiled: a word that is looked for has one bit, wherever it may stand."""

    rules: tuple[_Rule, ...]
    words: dict[str, tuple[tuple[str, int], ...]]  # by the text they are looked for in: the word and its bit


@dataclass(frozen=True, slots=True, eq=False)
class _Sought:
    """Words to look for, each with its bit; compared by being the same, which takes no time."""

    words: tuple[tuple[str, int], ...]


class _Plan(NamedTuple):
    """What is left to try for one exception type and status: the rules that ask for words, and the code without any."""

    rules: tuple[_Rule, ...]
    otherwise: str | None
    sought: Mapping[str, _Sought]  # by the text: the words that any of these rules asks for


@cache
def load() -> tuple[Remedy, ...]:
    """The catalogue in the order in which it is tried. Raises ``ValueError`` where it is malformed."""
    from importlib.resources import files  # noqa: PLC0415  # an idle tick finds no remedy

    return read(files("integration_logs.records").joinpath("remedies.toml").read_text(encoding="utf-8"))


@cache
def by_code() -> Mapping[str, Remedy]:
    """The catalogue by code. An archived code of an older version may be missing."""
    return {remedy.code: remedy for remedy in load()}


def read(text: str) -> tuple[Remedy, ...]:
    """The remedies of a catalogue's text. Raises ``ValueError``, which names the entry and what is wrong with it."""
    import tomllib  # noqa: PLC0415  # an idle tick finds no remedy

    document = tomllib.loads(text)
    if document.get("version") != VERSION:
        raise ValueError(f"the catalogue has version {document.get('version')}; this code reads version {VERSION}")
    entries = document.get("remedy", [])
    remedies = tuple(_remedy(number, entry) for number, entry in enumerate(entries, start=1))
    codes = [remedy.code for remedy in remedies]
    for code in codes:
        if codes.count(code) > 1:
            raise ValueError(f"remedy {code!r} is there twice")
    return remedies


def match(
    *,
    exception_type: str | None,
    response_code: int | None,
    exception: str | None,
    response: JsonValue,
    url: str | None = None,
) -> str | None:
    """The code of the first remedy whose signals are there, or ``None`` where none is known.

    ``response`` is the record's response: an object of ``headers`` and ``body``; anything else is taken for a body. Of
    each text only the first 64 Ki characters count. Redacted and raw values give the same, as no signal is a value that
    redaction takes out.
    """
    plan = _plan((exception_type or "")[:_LONGEST_KIND].lower(), response_code)
    if not plan.rules:
        return plan.otherwise
    found = 0
    body, headers = (response.get("body"), response.get("headers")) if isinstance(response, dict) else (response, None)
    if exception:
        # The address differs from record to record: without it, the same text comes again and is remembered.
        found = _found(plan, "exception", exception.replace(url, " ") if url and "://" in url else exception)
    if body:
        found |= _found(plan, "body", body if isinstance(body, str) else _flat(body))
    if headers:
        found |= _found(plan, "headers", headers if isinstance(headers, str) else _flat(headers))
    if url:
        found |= _found(plan, "url", url)
    if found:
        for code, _, words in plan.rules:
            if all(map(found.__and__, words)):
                return code
    return plan.otherwise


@lru_cache(1024)
def _plan(kind: str, response_code: int | None) -> _Plan:
    """The plan for an exception type, in small letters, and a status; nothing after a rule without words is tried."""
    left: list[_Rule] = []
    for rule in _index().rules:
        signal = rule.signal
        if signal.exception_types and not any(known in kind for known in signal.exception_types):
            continue
        if signal.response_codes and not any(response_code in codes for codes in signal.response_codes):
            continue
        if not rule.words:
            return _plan_of(left, rule.code)
        left.append(rule)
    return _plan_of(left, None)


def _plan_of(rules: list[_Rule], otherwise: str | None) -> _Plan:
    asked_for = reduce(or_, (words for rule in rules for words in rule.words), 0)
    sought = {
        place: _sought(tuple((word, bit) for word, bit in words if bit & asked_for))
        for place, words in _index().words.items()
    }
    return _Plan(tuple(rules), otherwise, sought)


_sought = lru_cache(256)(_Sought)  # many plans seek the same


@cache
def _index() -> _Index:
    bits: dict[tuple[str, str], int] = {}
    rules: list[_Rule] = []
    for remedy in load():
        for signal in remedy.when:
            sets = [(part, getattr(signal, part)) for part in ("exception", "body", "text", "headers", "url")]
            words = tuple(
                sum(bits.setdefault((part, word), 1 << len(bits)) for word in set(its)) for part, its in sets if its
            )
            rules.append(_Rule(remedy.code, signal, words))
    searched = {
        place: tuple((word, bit) for (part, word), bit in bits.items() if part in parts)
        for place, parts in _SEARCHED.items()
    }
    return _Index(tuple(rules), searched)


def _found(plan: _Plan, place: str, text: str) -> int:
    sought = plan.sought[place]
    if not sought.words:
        return 0
    return _remembered_words(sought, text) if len(text) <= _LONGEST_REMEMBERED else _words(sought, text)


def _words(sought: _Sought, text: str) -> int:
    """The bits of the words that are looked for and are in the text."""
    found = 0
    small = text[:_MOST_TEXT].lower()
    for word, bit in sought.words:
        if word in small:
            found |= bit
    return found


_remembered_words = lru_cache(512)(_words)  # the same error page comes thousands of times


def _flat(value: JsonValue) -> str:
    """A JSON value as lines of ``name: text``, in order, as far as is searched; not recursive, so never too deep."""
    if isinstance(value, dict) and len(value) < _MOST_PIECES and all(isinstance(item, str) for item in value.values()):
        return "\n".join([f"{name}: {item}" for name, item in value.items()])
    lines: list[str] = []
    waiting: list[tuple[str, JsonValue]] = [("", value)]
    size = 0
    while waiting and size < _MOST_TEXT and len(lines) < _MOST_PIECES:
        name, item = waiting.pop()
        if isinstance(item, dict):
            first = list(islice(item.items(), _MOST_PIECES))
            waiting.extend((str(key), member) for key, member in reversed(first))
        elif isinstance(item, list):
            waiting.extend((name, member) for member in reversed(item[:_MOST_PIECES]))
        elif isinstance(item, str):
            line = f"{name}: {item[:_MOST_TEXT]}"
            lines.append(line)
            size += len(line)
    return "\n".join(lines)


def _remedy(number: int, entry: Mapping[str, Any]) -> Remedy:
    code = entry.get("code")
    name = f"remedy {number} ({code})"
    if not isinstance(code, str) or not re.fullmatch(r"[a-z]+(?:-[a-z]+)*", code):
        raise ValueError(f"{name}: its code is {code!r}, which is not in kebab-case")
    _check_names(name, entry, {field.name for field in fields(Remedy)}, every=True)
    confidence = entry["confidence"]
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 < confidence <= 1:
        raise ValueError(f"{name}: its confidence is {confidence!r}, which is not above 0 and at most 1")
    if entry["who"] not in WHO:
        raise ValueError(f"{name}: its who is {entry['who']!r}, not one of {', '.join(sorted(WHO))}")
    for language in ("en", "nl"):
        if not isinstance(entry[language], str) or not entry[language].strip():
            raise ValueError(f"{name}: its text in {language!r} is missing")
    if not isinstance(entry["when"], list) or not entry["when"]:
        raise ValueError(f"{name}: it has no signal, so nothing would ever match it")
    when = tuple(_signal(f"{name}, signal {place}", signal) for place, signal in enumerate(entry["when"], start=1))
    return Remedy(code, float(confidence), entry["who"], entry["en"], entry["nl"], when)


def _signal(name: str, entry: Mapping[str, Any]) -> Signal:
    _check_names(name, entry, set(SIGNALS), every=False)
    parts: dict[str, tuple[Any, ...]] = {}
    for part, values in entry.items():
        if not isinstance(values, list) or not values:
            raise ValueError(f"{name}: its {part} is no list with something in it")
        read_one = _codes if part == "response_codes" else _text
        parts[part] = tuple(read_one(f"{name}: its {part}", value) for value in values)
    return Signal(**parts)


def _check_names(name: str, entry: Mapping[str, Any], known: set[str], *, every: bool) -> None:
    if unknown := entry.keys() - known:
        raise ValueError(f"{name}: it has unknown fields: {_listed(unknown)}")
    if (missing := known - entry.keys()) and (every or not entry):
        raise ValueError(f"{name}: it lacks {_listed(missing)}")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _codes(name: str, codes: object) -> range:
    found = re.fullmatch(r"(\d{3})(?:-(\d{3}))?", str(codes))
    if found is None or int(found[1]) > int(found[2] or found[1]):
        raise ValueError(f"{name} hold {codes!r}, which is neither a status nor a range of them")
    return range(int(found[1]), int(found[2] or found[1]) + 1)


def _text(name: str, text: object) -> str:
    if not isinstance(text, str) or not text.strip() or "\n" in text:
        raise ValueError(f"{name} holds {text!r}, which is no text of one line")
    return text.lower()
