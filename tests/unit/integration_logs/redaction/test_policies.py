"""The three policies: what each keeps, and that none keeps a credential."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from integration_logs.records.rows import Row, parse
from integration_logs.redaction.marks import Pseudonyms
from integration_logs.redaction.redactor import POLICIES, Policy, Redactor
from tests.unit.integration_logs.redaction.test_properties import JSON_VALUES, written
from tests.unit.integration_logs.redaction.test_redactor import CANARIES, MUST_MASK

SECRET = "kN4rwZ8q"
OWN = "90f7/3bde+41a94d22b1c0aa9e7d5f612"
RECORD: dict[str, Any] = {
    "id": 123,
    "integration_id": 77,
    "full_url": f"https://u:{SECRET}@shop.example/a?consumer_secret={SECRET}&email=jan%40example.nl",
    "request": {
        "headers": {"Authorization": f"Basic {SECRET}", "X-Email": "jan@example.nl"},
        "payload": {"billing": {"first_name": "Jan", "phone": "+31612345678"}, "card": "4111 1111 1111 1111"},
    },
    "response": {"headers": {"Set-Cookie": SECRET}, "body": json.dumps({"password": SECRET, "city": "Delft"})},
    "exception": f"jan@example.nl was refused with {OWN}, IBAN NL91ABNA0417164300",
    "additional_data": {"token": SECRET, "first_name": "Jan"},
    "created_at": "2023-03-01T02:02:00+01:00",
    "protected": True,
}
PERSONAL = ("jan", "delft", "+31612345678", "nl91abna")

every_policy = pytest.mark.parametrize("policy", POLICIES)


def redactor(policy: Policy) -> Redactor:
    return Redactor([OWN], pseudonyms=Pseudonyms(lambda: "k" * 32), policy=policy)


@every_policy
def test_no_policy_keeps_a_credential(policy: Policy) -> None:
    """Credentials, the stack's own keys and card numbers go under every policy, and redacting again changes nothing."""
    redacted = redactor(policy).record(RECORD)
    stored = json.dumps(redacted)
    assert SECRET not in stored
    assert OWN not in stored
    assert "4111" not in stored
    assert redactor(policy).record(redacted) == redacted
    assert len(redacted) == len(RECORD)


@every_policy
def test_no_policy_keeps_what_is_called_a_card_number(policy: Policy) -> None:
    """Under a card's name goes what is no valid number too: a mistyped one is still most of one."""
    assert "4111" not in json.dumps(redactor(policy).value({"card_number": "4111 1111 1111 1112", "cvc": "4111"}))


@every_policy
@pytest.mark.parametrize("secret", [secret for secret, kind in MUST_MASK if kind in {"credential", "card"}])
def test_no_policy_keeps_a_credentials_form(policy: Policy, secret: str) -> None:
    """A key of a known form is masked in any text, under any personal name."""
    for value in (secret, f"x {secret} ", {"first_name": secret}, {"note": json.dumps({"city": secret})}):
        assert secret not in json.dumps(redactor(policy).value(value))


CREDENTIALS = {
    name: case for name, case in CANARIES.items() if "[redacted:credential]" in json.dumps(Redactor().record(case))
}


@pytest.mark.parametrize("record", CREDENTIALS.values(), ids=CREDENTIALS.keys())
def test_keep_masks_as_many_credentials(record: dict[str, Any]) -> None:
    """Wherever ``mask`` finds a credential, ``keep`` finds it too."""
    marker = "[redacted:credential]"
    masked, kept = (json.dumps(redactor(policy).record(record)) for policy in ("mask", "keep"))
    assert kept.count(marker) >= masked.count(marker) > 0


def test_mask() -> None:
    """Nothing personal is legible, headers and bodies stay in their shape."""
    redacted = redactor("mask").record(RECORD)
    assert not any(word in json.dumps(redacted).lower() for word in PERSONAL)
    assert isinstance(redacted["request"], dict)
    assert set(redacted["request"]["payload"]) == {"billing", "card"}  # type: ignore[arg-type]


def test_drop_bodies() -> None:
    """Payload, body and additional data say only how large they were; headers and texts are masked as ever."""
    redacted: Any = redactor("drop-bodies").record(RECORD)
    sizes = {
        "payload": len(json.dumps(RECORD["request"]["payload"], separators=(",", ":"))),
        "body": len(RECORD["response"]["body"]),
        "additional": len(json.dumps(RECORD["additional_data"], separators=(",", ":"))),
    }
    assert redacted["request"]["payload"] == f"[redacted:dropped {sizes['payload']} bytes]"
    assert redacted["response"]["body"] == f"[redacted:dropped {sizes['body']} bytes]"
    assert redacted["additional_data"] == f"[redacted:dropped {sizes['additional']} bytes]"
    masked: Any = redactor("mask").record(RECORD)
    assert redacted["request"]["headers"] == masked["request"]["headers"]
    assert redacted["exception"] == masked["exception"]
    assert RECORD["request"]["payload"]["card"] == "4111 1111 1111 1111"


@pytest.mark.parametrize(
    ("record", "stored"),
    [
        ({"request": None, "response": {"body": None}, "additional_data": ""}, ...),
        ({"request": {"payload": ""}, "response": {"headers": {"A": "b"}}}, ...),
        ({"request": "Jürgen"}, {"request": "[redacted:dropped 7 bytes]"}),
        ({"response": ["Jan"]}, {"response": "[redacted:dropped 7 bytes]"}),
        ({"request": {"body": "Jan"}}, {"request": {"body": "[redacted:dropped 3 bytes]"}}),
        ({"additional_data": "\ud800"}, {"additional_data": "[redacted:dropped 3 bytes]"}),
    ],
)
def test_drop_bodies_of_odd_shapes(record: dict[str, Any], stored: Any) -> None:
    """Where request or response is no object it goes whole; what is empty stays as it is."""
    assert redactor("drop-bodies").record(record) == (record if stored is ... else stored)


def test_drop_bodies_keeps_the_remedy() -> None:
    """What usually helps is found by the body that was dropped, and the row holds nothing of the body."""
    body = "<html><title>Just a moment...</title><p>Jan</p></html>"
    raw: Any = {"id": 1, "response_code": 403, "response": {"headers": {}, "body": body}}

    def parsed(policy: Policy) -> Row:
        redacted = redactor(policy).record(raw)
        return parse(
            redacted, account="main", integration_id=7, fetched_at=datetime(2026, 1, 1, tzinfo=UTC), original=raw
        )

    assert parsed("drop-bodies")["remedy"] == parsed("mask")["remedy"] is not None
    assert "moment" not in json.dumps(parsed("drop-bodies"))


def test_drop_bodies_of_any_depth() -> None:
    """What is nested too deep to be measured is dropped all the same."""
    deep: Any = "Jan"
    for _ in range(100_000):
        deep = [deep]
    assert redactor("drop-bodies").record({"additional_data": deep}) == {"additional_data": "[redacted:dropped]"}


def test_keep() -> None:
    """Personal data stays letter for letter; the layout of JSON in a string does too where nothing is masked in it."""
    redacted = redactor("keep").record(RECORD)
    stored = json.dumps(redacted).lower()
    assert all(word in stored for word in (*PERSONAL, "jan@example.nl"))
    text = '{"first_name":  "Jan", "phone": "+31612345678"}'
    assert redactor("keep").text(text) == text


def test_the_pages_examples_hold() -> None:
    """Each policy stores the page's examples as the page says, pseudonyms included."""
    page = (Path(__file__).parents[4] / "docs/redaction.md").read_text()
    table = page.partition("## Policies")[2].partition("Given were")
    text, body = re.findall("`([^`]+)`", table[2])[:2]
    shown = re.findall(r"^\| `([a-z-]+)`[^|]*\| `([^`]+)` \| `([^`]+)` \|$", table[0], re.MULTILINE)
    assert [policy for policy, *_ in shown] == list(POLICIES)
    for policy, *stored in shown:
        redactor = Redactor(pseudonyms=Pseudonyms(lambda: "the key of docs/redaction.md"), policy=policy)  # type: ignore[arg-type]
        record = redactor.record({"exception": text, "response": {"body": json.loads(body)}})
        assert record == {"exception": stored[0], "response": {"body": _as_json(stored[1])}}


def _as_json(text: str) -> Any:
    return json.loads(text) if text.startswith("{") else text


@given(JSON_VALUES)
def test_every_policy_is_idempotent(value: Any) -> None:
    """redact(redact(record)) == redact(record) under each policy."""
    record = {"id": 1, "request": {"payload": value, "headers": value}, "response": value, "additional_data": value}
    for policy in POLICIES:
        once = redactor(policy).record(record)
        assert written(redactor(policy).record(once)) == written(once)
