"""What is sent: an event for programs, a notice for people. Pure.

``docs/events.md`` and ``docs/events/*.schema.json`` describe each event's detail, which has a sentence in both
languages. A notice bundles what one check found in one integration. Texts from outside are redacted already; here they
become one bounded line each, without the characters that a template gives a meaning. Sentences and notices are
``inert``; an event's other fields are data.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from check_status.problems import lifecycle
from check_status.telling import inert
from check_status.verdicts.facts import words
from check_status.wording import CAUSES, HEADLINES, LANGUAGES, SENTENCES, VERDICTS, Language, remedy, when
from integration_logs.json_types import JsonObject, JsonValue
from integration_logs.records.remedies import by_code
from integration_logs.times import timestamp, written

if TYPE_CHECKING:
    from check_status.happenings import Happening

VERSION = 1
"""Of the events' form: fields are only ever added."""

SOURCE = "integration-logs"
MOST_IN_FULL = 10
"""Happenings that a notice reports in full; it counts the rest."""

_ONE_STORY = timedelta(hours=1)
"""A problem that was resolved this shortly before a change of status is the same story."""

_LONGEST = 300
_LONGEST_VERDICT = 1000  # with a remedy
_LONGEST_SUBJECT = 100
_FOR_TEXTS = frozenset({"remedy", "cause"})  # the sentence has them in words
_CALM = frozenset({"healthy", "failing", None})
_NOT_TEXT = str.maketrans({"<": "‹", ">": "›", '"': "'", "\\": "/", "`": "'"})


@dataclass(frozen=True)
class Notice:
    """A message for people; ``id`` is the same each time it is sent."""

    id: str
    subject: str
    text: str


def is_noticed(happening: Happening, problems: lifecycle.Problems) -> bool:
    """Whether people get a notice of it: always, but for a change to or from ``failing`` that a problem reports."""
    if happening.kind != "Integration Status Changed" or happening.integration_id is None:
        return True
    verdict, previous = happening.detail["verdict"], happening.detail["previous"]
    if not {verdict, previous} <= _CALM:
        return True
    since = written(happening.detail["since"]) - _ONE_STORY
    return not lifecycle.told_of(problems, happening.integration_id, since)


def event(happening: Happening) -> JsonObject:
    """The event's detail."""
    detail = {name: each for name, each in happening.detail.items() if name not in _FOR_TEXTS}
    if happening.kind == "Integration Status Changed":
        detail.setdefault("apis", [])
    if happening.kind.startswith("Problem"):
        detail["problem"] = _problem(cast("dict[str, Any]", detail["problem"]))
    return {
        "version": VERSION,
        "id": happening.id,
        "account": happening.account,
        "integration_id": happening.integration_id,
        "at": timestamp(happening.at),
        "shop_name": None,
        **{name: _clean(value) for name, value in detail.items()},
        "shop_url": inert.address(detail.get("shop_url")),
        "sentence": {language: sentence(happening, language) for language in LANGUAGES},
    }


def notice(happenings: Sequence[Happening], language: Language) -> Notice:
    """One message that reports them all, the most urgent first."""
    order = list(HEADLINES[language])
    ranked = sorted(happenings, key=lambda each: order.index(_headline(each)))
    id_ = hashlib.sha256("\0".join(each.id for each in happenings).encode()).hexdigest()[:32]
    parts = [_paragraph(each, language) for each in ranked[:MOST_IN_FULL]]
    if more := len(ranked) - len(parts):
        parts.append(SENTENCES[language]["more"].format(more=more))
    parts.append(SENTENCES[language]["id"].format(id=id_))
    return Notice(id_, _subject(ranked, language), "\n\n".join(parts))


def sentence(happening: Happening, language: Language) -> str:
    """What has happened and what to do about it, in a few sentences."""
    return inert.text(" ".join(filter(None, _said(happening, language))))


def _said(happening: Happening, language: Language) -> tuple[str, str]:
    """What has happened; and what to do, or since when."""
    detail: Mapping[str, Any] = happening.detail
    said, shop, apis = SENTENCES[language], _shop(happening, language), _apis(happening, language)
    match happening.kind:
        case "Integration Status Changed":
            since = _when(detail["since"], language)
            if language == "en":
                return _line(detail["sentence"], _LONGEST_VERDICT), said["since"].format(since=since)
            to_do, why = remedy(detail.get("remedy"), language), _cause(detail, apis)
            return VERDICTS[detail["verdict"]].format(shop=shop, since=since, apis=apis, remedy=to_do, cause=why), ""
        case "Archive At Risk":
            filled = said[happening.kind].format(
                shop=shop,
                since=_when(detail["since"], language),
                deleted_from=_when(detail["deleted_from"], language),
                reason=_line(detail["reason"]) if language == "en" else _cause(detail, "Sendcloud"),
            )
            return filled, said["read again"]
    problem = detail["problem"]
    last_hour = problem["last_hour"] or {}
    once = f"{happening.kind} once"
    filled = said[once if problem["records"] == 1 and once in said else happening.kind].format(
        shop=shop,
        what=_what(problem, language),
        records=problem["records"],
        since=_when(problem["since"], language),
        last_at=_when(problem["last_at"], language),
        solved_at=_when(problem["solved_at"], language),
        last_hour=last_hour.get("records"),
        usual=str(last_hour.get("usual")).replace(".", "," if language == "nl" else "."),
    )
    over = happening.kind == "Problem Resolved"
    return filled, said["nothing to do"] if over else remedy(problem["remedy"], language)


def _paragraph(happening: Happening, language: Language) -> str:
    lines = list(filter(None, _said(happening, language)))
    if happening.kind.startswith("Problem") and happening.kind != "Problem Resolved":
        problem, said = cast("dict[str, Any]", happening.detail["problem"]), SENTENCES[language]
        if problem["paths"]:
            lines.append(said["paths"].format(paths=", ".join(map(_line, problem["paths"]))))
        lines.append(said["samples"].format(samples=", ".join(map(str, problem["sample_ids"]))))
    return "\n".join(map(inert.text, lines))


def _subject(ranked: Sequence[Happening], language: Language) -> str:
    """At most 100 characters of ASCII on one line, as SNS asks for; a long name is cut, not what has happened."""
    headline = HEADLINES[language][_headline(ranked[0])].format(apis=_apis(ranked[0], language))
    if len(ranked) > 1:
        headline += f", {HEADLINES[language]['more'].format(more=len(ranked) - 1)}"
    named = inert.unlinked(_ascii(_shop(ranked[0], language)))
    if not any(sign.isalnum() for sign in named):  # a name in another script
        named = SENTENCES[language]["shop"].format(integration_id=ranked[0].integration_id)
    return f"{named[: _LONGEST_SUBJECT - len(headline) - 2].strip()}: {headline}"


def _headline(happening: Happening) -> str:
    verdict = happening.detail.get("verdict")
    return verdict if isinstance(verdict, str) else happening.kind


def _apis(happening: Happening, language: Language) -> str:
    """Which of the two APIs a verdict on the account is about; earlier versions did not say."""
    apis = cast("list[str]", happening.detail.get("apis") or [SENTENCES[language]["either"]])
    return SENTENCES[language]["and"].join(apis)


def _cause(detail: Mapping[str, Any], apis: str) -> str:
    """Why, in Dutch: what an error or Sendcloud said itself is English."""
    return CAUSES.get(detail.get("cause") or "", CAUSES[""]).format(apis=apis)


def _shop(happening: Happening, language: Language) -> str:
    name = happening.detail.get("shop_name")
    if isinstance(name, str) and name.strip():
        return _line(name, 60)
    known = "account" if happening.integration_id is None else "shop"
    return SENTENCES[language][known].format(account=happening.account, integration_id=happening.integration_id)


def _what(problem: Mapping[str, Any], language: Language) -> str:
    """Which request failed, and how."""
    said = SENTENCES[language]
    address = "".join(_line(part) for part in (problem["host"], problem["path"]) if part)
    request = " ".join(filter(None, (_line(problem["method"] or "", 20), address))) or said["any request"]
    kind, code = _line(problem["exception_type"] or "").rpartition(".")[2], problem["response_code"]
    if kind and code is not None:
        error = said["answer"].format(exception_type=kind, response_code=code)
    elif code is not None:
        error = said["only answer"].format(response_code=code)
    else:
        error = kind or said["no answer"]
    return said["what"].format(request=request, error=error)


def _problem(problem: Mapping[str, Any]) -> JsonObject:
    """A problem as events have it: its remedy in full, or null."""
    known = by_code().get(problem["remedy"] or "")
    texts: JsonObject | None = None
    if known is not None:
        texts = {
            "code": known.code,
            "confidence": known.confidence,
            "who": known.who,
            "text": {"en": known.en, "nl": known.nl},
        }
    return {**problem, "remedy": texts}


def _when(text: str | None, language: Language) -> str:
    """A time for people: ``2 Nov 2026 09:05 UTC``."""
    return "?" if text is None else when(written(text), language)


def _clean(value: JsonValue) -> JsonValue:
    """Every text of it as ``_line`` gives it."""
    if isinstance(value, str):
        return _line(value, 2 * _LONGEST)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {name: _clean(item) for name, item in value.items()}
    return value


def _line(text: str, longest: int = _LONGEST) -> str:
    line = words(text, longest) or ""
    return "".join(filter(str.isprintable, line)).translate(_NOT_TEXT)  # nothing that turns the direction of a text


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return " ".join(plain.split())
