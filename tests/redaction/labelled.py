"""The labelled set: records with what must not survive redaction, and what must, and what redaction makes of it.

``cases/*.toml`` hold the set, a theme a file. A case has a ``name``, ``at`` (where in the record its input stands),
the input as ``text`` or as ``json``, the substrings that must be ``gone`` by kind, and those that must be ``kept``.
They are looked for in the input's words: each string, key and ``key=value`` in it, also within JSON in a string; what
must be gone is looked for with its percent-encoding taken off too. ``known.toml`` lists the misses and false hits that
are accepted, with the reason.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from integration_logs.json_types import JsonObject, JsonValue
    from integration_logs.redaction.redactor import Redactor

CASES = Path(__file__).parent / "cases"
KNOWN = Path(__file__).parent / "known.toml"

OWN_SECRETS = ("own-public-3d5f7a", "own-secret-9c1e4b8d")
"""The account's keys in the cases that are about those."""

_RECORD: JsonObject = {
    "id": 123,
    "integration_id": 400001,
    "base_url": "https://shop.example",
    "method": "POST",
    "response_code": 500,
    "created_at": "2026-11-01T02:02:00+01:00",
    "protected": False,
}


@dataclass(frozen=True)
class Case:
    """One labelled input. ``gone`` maps a kind of secret to its substrings."""

    theme: str
    name: str
    at: tuple[str, ...]
    value: JsonValue
    gone: Mapping[str, list[str]]
    kept: list[str]

    @property
    def key(self) -> str:
        """The case's name in ``known.toml`` and in reports."""
        return f"{self.theme}: {self.name}"

    def record(self) -> JsonObject:
        """A record of Sendcloud's in which the input stands where the case has it."""
        value = self.value
        for name in reversed(self.at):
            value = {name: value}
        assert isinstance(value, dict)
        return _RECORD | value

    def words(self, record: Mapping[str, JsonValue]) -> str:
        """What is left of the input in a record, to look for words in."""
        value: JsonValue = dict(record)
        for name in self.at:
            assert isinstance(value, dict)
            value = value[name]
        return "\n".join(_words(value, "value"))


@dataclass(frozen=True)
class Outcome:
    """What redaction made of a case: the secrets that survived, with their kind, and the words that did not."""

    case: Case
    misses: dict[str, str]
    false_hits: list[str]


def cases() -> list[Case]:
    """The whole set, in the order of its files."""
    return [_case(path.stem, raw) for path in sorted(CASES.glob("*.toml")) for raw in _load(path)["case"]]


def known() -> dict[tuple[str, str, str], str]:
    """The accepted faults and why: the case's key, ``miss`` or ``false_hit``, and the substring."""
    return {
        (entry["case"], fault, word): entry["why"]
        for entry in _load(KNOWN).get("known", [])
        for fault in ("miss", "false_hit")
        for word in entry.get(fault, [])
    }


def judge(case: Case, redactor: Redactor) -> Outcome:
    """Redact the case's record and compare with its labels."""
    left = case.words(redactor.record(case.record()))
    return Outcome(
        case,
        {word: kind for kind, words in case.gone.items() for word in words if survives(word, left)},
        [word for word in case.kept if word not in left],
    )


def faults(outcome: Outcome) -> set[tuple[str, str, str]]:
    """The outcome's faults, named as in ``known.toml``."""
    misses = {(outcome.case.key, "miss", word) for word in outcome.misses}
    return misses | {(outcome.case.key, "false_hit", word) for word in outcome.false_hits}


def survives(secret: str, left: str) -> bool:
    """Whether the secret is in the words, as it is or percent-encoded."""
    return secret in left or secret in unquote_plus(left)


def _case(theme: str, raw: Mapping[str, Any]) -> Case:
    assert raw.keys() <= {"name", "at", "text", "json", "gone", "kept"}, raw
    value = json.loads(raw["json"]) if "json" in raw else raw["text"]
    at = tuple(raw["at"].split("."))
    return Case(theme, raw["name"], at, value, raw.get("gone", {}), raw.get("kept", []))


def _load(path: Path) -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _words(value: JsonValue, key: str) -> Iterator[str]:
    match value:
        case dict():
            for name, member in value.items():
                yield name
                yield from _words(member, name)
        case list():
            for member in value:
                yield from _words(member, key)
        case str():
            yield f"{key}={value}"
            if value.lstrip()[:1] in ("{", "["):
                yield from _inner(value)
        case _:
            yield f"{key}={json.dumps(value)}"


def _inner(text: str) -> Iterator[str]:
    try:
        document = json.loads(text)
    except ValueError:
        return
    yield from _words(document, "value")
