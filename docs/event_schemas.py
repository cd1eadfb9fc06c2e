"""The events' contract, and the page about it: ``docs/events/*.schema.json`` and ``docs/events.md``.

``python -m docs.generate`` writes them. The schemas stand here by hand; a test holds what check_status sends to them,
and the page's examples are what it sends.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from check_status.happenings import Happening

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT / "layers" / "shared")]

from check_status.telling import messages  # noqa: E402  # no installed package
from check_status.verdicts.names import NAMES  # noqa: E402
from docs.event_examples import happened  # noqa: E402

FOLDER, PAGE = "docs/events", "docs/events.md"

type Schema = dict[str, Any]


def _object(properties: Schema, description: str = "", *, optional: tuple[str, ...] = ()) -> Schema:
    made: Schema = {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }
    return {"description": description, **made} if description else made


def _text(description: str, longest: int = 600) -> Schema:
    return {"type": "string", "maxLength": longest, "description": description}


def _time(description: str) -> Schema:
    return {"type": "string", "format": "date-time", "description": description}


def _count(description: str, least: int = 0) -> Schema:
    return {"type": "integer", "minimum": least, "description": description}


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


def _list(of: Schema, most: int, description: str) -> Schema:
    return {"type": "array", "items": of, "maxItems": most, "description": description}


_BOTH = _object({"en": {"type": "string"}, "nl": {"type": "string"}})
_FRAME: Schema = {
    "version": {
        "const": messages.VERSION,
        "description": "The version of this format. Fields are only added within a version.",
    },
    "id": {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "The same each time this event is sent."},
    "account": _text("The account's name in AccountNames.", 40),
    "integration_id": _or_null(_count("Sendcloud's id of the integration; null: the account as a whole.", 1)),
    "at": _time("When the check ran that found it."),
    "shop_name": _or_null(_text("The shop's name in Sendcloud; null if unknown, or if the account is meant.")),
    "shop_url": _or_null(_text("The shop's address without user-info and query; null if none, or if not well-formed.")),
}
_SENTENCE: Schema = {"sentence": {**_BOTH, "description": "What happened and what to do, in English and Dutch."}}
_REMEDY = _or_null(
    _object(
        {
            "code": _text("An entry of docs/remedies.md."),
            "confidence": {"type": "number", "minimum": 0, "maximum": 1, "description": "How often this is the cause."},
            "who": {"enum": ["shop", "host", "operator"], "description": "Who acts."},
            "text": {**_BOTH, "description": "What to do."},
        },
        "What usually fixes it; null if nothing is known.",
    )
)
_LAST_HOUR = _object(
    {
        "records": _count("Records in the last full hour.", 1),
        "usual": {"type": "number", "minimum": 0, "description": "Records an hour in the day before it, on average."},
    },
    "How much worse it has become; null except in Problem Escalated.",
)
_PROBLEM: Schema = {
    "fingerprint": _text("Equal to the archive's column fingerprint."),
    "is_open": {"type": "boolean", "description": "Whether the problem is currently open."},
    "since": _time("The first record of this episode; for a problem that came back, the hour in which it did."),
    "opened_at": _time("When the check ran that found this episode."),
    "resolved_at": _or_null(_time("When the check ran that found it resolved; null while it is open.")),
    "solved_at": _or_null(_time("When the check ran that found the episode before this one resolved.")),
    "first_at": _time("The first record ever counted."),
    "last_at": _time("The last record counted."),
    "records": _count("How many records there are, over all episodes."),
    "episodes": _count("How many episodes there were, this one included. At most 20 are kept.", 1),
    "exception_type": _or_null(_text("The last record's, as are the next four fields.")),
    "method": _or_null(_text("HTTP method.")),
    "host": _or_null(_text("The host that was called.")),
    "response_code": _or_null(_count("HTTP status of the shop's answer.")),
    "path": _or_null(_text("The path, with placeholders for ids and the like.")),
    "paths": _list({"type": "string", "maxLength": 600}, 5, "The paths that were called, without query, redacted."),
    "sample_ids": _list({"type": "integer"}, 5, "The newest records' ids in the archive."),
    "remedy": _REMEDY,
    "last_hour": {"type": "null"},
}


def _problem(**differs: Schema) -> Schema:
    return {"problem": _object({**_PROBLEM, **differs}, "The problem: every exception of one fingerprint.")}


_TRUE, _FALSE = ({"const": truth, "description": "Whether the problem is currently open."} for truth in (True, False))
KINDS: dict[str, tuple[str, Schema]] = {
    "Integration Status Changed": (
        "The status of an integration, or of the access to an account, has changed, and enough checks in a row saw it.",
        {
            "verdict": {"enum": list(NAMES), "description": "The new status."},
            "previous": {"enum": [*NAMES, None], "description": "The status before it; null if there was none."},
            "since": _time("Since when checks see the new status."),
            "apis": _list(
                {"enum": ["Sendcloud", "WeMaSy"]}, 2, "For an account, the APIs that gave cause for the new status."
            ),
        },
    ),
    "Problem Opened": ("A kind of failure that was not known, or not tracked, before.", _problem(is_open=_TRUE)),
    "Problem Escalated": (
        "An open problem has become much worse. It is reported again only if it has calmed down meanwhile.",
        _problem(is_open=_TRUE, last_hour=_LAST_HOUR),
    ),
    "Problem Resolved": (
        "An open problem is over. It did not recur, Sendcloud has fetched since, and WeMaSy is connected.",
        _problem(is_open=_FALSE, resolved_at=_time("When the check ran that found it resolved.")),
    ),
    "Problem Regressed": (
        "A resolved problem has come back: it has new records.",
        _problem(is_open=_TRUE, solved_at=_time("When the check ran that had found it resolved.")),
    ),
    "Archive At Risk": (
        "A stream cannot be fetched, and Sendcloud will soon delete its records.",
        {
            "since": _time("Since when it cannot be fetched."),
            "deleted_from": _time("When Sendcloud begins to delete unseen records."),
            "reason": _text("Why: the message of the last failure."),
        },
    ),
}


def file_of(kind: str) -> str:
    """Where the schema of a kind is."""
    return f"{FOLDER}/{kind.lower().replace(' ', '-')}.schema.json"


def schema(kind: str) -> Schema:
    """The schema of an event's detail."""
    description, properties = KINDS[kind]
    detail = _object({**_FRAME, **properties, **_SENTENCE})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind,
        "description": description,
        **detail,
    }


def examples() -> dict[str, Happening]:
    """One of each kind, in the order of the page."""
    told = happened()
    return {kind: told[kind] for kind in KINDS}


_HEAD = f"""\
# Events and messages

Generated from `docs/event_schemas.py` by `make docs`: edit that file.

When something changes, the stack sends two messages:

- An **event** is for programs. It goes to the stack's own EventBridge bus (output `EventBusName`), with the source
  `{messages.SOURCE}` and one of the detail types below.
- A **notice** is for people. It goes to the SNS topic in the output `NoticeTopicArn`. The parameter `NoticeEmail`
  subscribes an address to the topic, and `NoticeLanguage` sets the language.

## What you can rely on

- **Each change is reported once.** It is stored before it is sent. If sending is interrupted, it is sent again with the
  same `id`. If acting twice would do harm, remember the ids for a day. See
  [the decision](decisions/0026-an-outbox-in-the-state.md).
- **Events of one subject are sent in order**; a subject is an integration or a problem. EventBridge itself promises no
  order between two events.
- **Texts are redacted** like the archive. Each is one line of limited length, without `<`, `>`, `"`, `\\` and
  backticks.
- **Nothing in a message links or mentions anybody.** A shop chooses its own name, and errors quote the shop. In
  `sentence`, in notices and in their subjects, what a mail client or a chat would act on is written so that people can
  still read it: `https(:)//shop(.)example`, `(at)channel`. It has no Markdown or Slack markup either. Every other field
  is data: escape it before you show it. `shop_url` is the shop's true address, and null unless it is a plain `http` or
  `https` URL of a host and a path. See [the decision](decisions/0042-texts-from-outside-are-inert.md).
- **Times are UTC**, as `2026-11-22T12:00:00.000000Z`.
- **Fields are only added**, never renamed or removed, while `version` is {messages.VERSION}. Ignore fields that you do
  not know.

## Notices

A notice has everything that one check found about one integration. Its subject is ASCII. Its text says what failed, in
which shop, since when, who should act and what to do. For filters, it has the message attributes `id` (the same if it
is sent again), `account`, and `integration_id` (`none` for the account itself).

A change of status between `healthy` and `failing` is an event only, if a problem says the same: one that is open, or
was resolved within the hour before.

To send each shop's owner the notices of that shop, see
[Notify each shop's owner](operations.md#notify-each-shops-owner).

## Rules of your own

An EventBridge rule on the stack's bus takes a pattern such as:

```json
{{"source": ["{messages.SOURCE}"], "detail-type": ["Problem Opened"], "detail": {{"account": ["main"]}}}}
```

`sentence` has the text in English and Dutch. A rule's input transformer picks one of them, such as
`$.detail.sentence.nl`. `consumers/chat-webhook.yaml` is a stack with such a rule: it posts the sentence of every event
to a chat's webhook.
"""


def page() -> str:
    """``docs/events.md``."""
    parts = [_HEAD]
    for kind, happening in examples().items():
        description, properties = KINDS[kind]
        example = json.dumps(messages.event(happening), indent=1, ensure_ascii=False)
        rows = "\n".join(
            f"| `{name}` | {each.get('description', '').replace('|', '/')} |" for name, each in _flat(properties)
        )
        parts.append(
            f"\n## {kind}\n\n{description} Schema: [`{file_of(kind)}`]({file_of(kind).removeprefix('docs/')}).\n\n"
            f"| field of `detail` | meaning |\n|---|---|\n{rows}\n\n```json\n{example}\n```\n"
        )
    parts.append("\n## In every event\n\n| field of `detail` | meaning |\n|---|---|\n")
    parts += [f"| `{name}` | {each['description']} |\n" for name, each in _flat({**_FRAME, **_SENTENCE})]
    return "".join(parts)


def _flat(properties: Schema) -> list[tuple[str, Schema]]:
    """The fields, those of a problem by name."""
    if "problem" in properties:
        return [(f"problem.{name}", each) for name, each in properties["problem"]["properties"].items()]
    return list(properties.items())


def files() -> dict[str, str]:
    """Every file of the contract, with what it holds."""
    schemas = {file_of(kind): json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n" for kind in KINDS}
    return {**schemas, PAGE: page()}
