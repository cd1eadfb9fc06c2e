from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from check_status.verdicts.facts import UNKNOWN, Integration, WemasyAnswer, address, answer, concerned, listing, words
from integration_logs.redaction.redactor import Redactor
from integration_logs.upstream.wemasy import IntegrationStatus

if TYPE_CHECKING:
    from integration_logs.json_types import JsonObject

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ODD: list[Any] = [7, True, "", "soon", "2026-13-01T00:00:00Z", [], {}, 1732276800]


def read(**fields: Any) -> Integration:
    """One integration as it is understood."""
    (found,) = listing([{"id": 101, **fields}], at=NOON, redact=Redactor().text)
    return found


def integration(id_: int, kind: str | None = None) -> Integration:
    return Integration(id_, None, None, kind, None, None, NOON)


@pytest.mark.parametrize("field", ["started_failing_at", "last_fetched_at"])
@pytest.mark.parametrize("odd", ODD)
def test_a_time_that_nobody_can_read_is_not_known(field: str, odd: object) -> None:
    """An odd time is not known, and neither the time that it might mean nor "none"."""
    assert getattr(read(**{field: odd}), field) is UNKNOWN


@pytest.mark.parametrize("field", ["started_failing_at", "last_fetched_at"])
def test_missing_is_not_none(field: str) -> None:
    """A field that is left out is not known; null is Sendcloud's own word for "none"; a time is that time in UTC."""
    assert getattr(read(), field) is UNKNOWN
    assert getattr(read(**{field: None}), field) is None
    assert getattr(read(**{field: "2026-11-22T13:00:00+01:00"}), field) == NOON


@pytest.mark.parametrize("field", ["shop_name", "shop_url", "type"])
@pytest.mark.parametrize("odd", [None, 7, True, [], {}, "", " \n\t "])
def test_a_text_that_is_none(field: str, odd: object) -> None:
    """A text that is missing, empty or of another type is not known, and costs nothing else."""
    found = read(**{field: odd})
    assert getattr(found, field) is None
    assert found.id == 101


@pytest.mark.parametrize("id_", [None, 0, -1, True, 1.0, "", "x", "1 ", "-1", 2**63, "9" * 20, [], {}])
def test_what_has_no_id_is_left_out(id_: object) -> None:
    """An entry that cannot be told from others is left out; those beside it are read."""
    items: list[JsonObject] = [{"id": id_}, {"id": 7}]  # type: ignore[dict-item]
    assert [each.id for each in listing(items, at=NOON, redact=str)] == [7]
    assert [each.id for each in listing([{}, {"id": "8"}], at=NOON, redact=str)] == [8]


def test_of_two_with_one_id_the_first() -> None:
    """An id that is listed twice is one integration."""
    items: list[JsonObject] = [{"id": 7, "shop_name": "A"}, {"id": "7", "shop_name": "B"}]
    assert [each.shop_name for each in listing(items, at=NOON, redact=str)] == ["A"]


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://shop.example", "https://shop.example"),
        ("https://Shop.Example:8443/nl/", "https://shop.example:8443/nl"),
        ("https://ck_abc:cs_def@shop.example/?consumer_key=ck_1#top", "https://shop.example"),
        ("shop.example/winkel", "https://shop.example/winkel"),
        ("http://[2001:db8::1]/x", "http://[2001:db8::1]/x"),
        ("javascript:alert(1)", None),
        ("ftp://shop.example", None),
        ("https://", None),
        ("https://shop.example:port", None),
        ("https://[", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_addresses(url: Any, kept: str | None) -> None:
    """Of a shop's URL scheme, host, port and path are kept; user-info, query and fragment are not."""
    assert address(url) == kept


def test_texts_are_one_line_and_bounded() -> None:
    """Line breaks, control characters and lone surrogates become a blank; a long text is cut and shows it."""
    assert words("A\r\nB\x00\x1b[31m\u2028C\ud800D") == "A B [31m C D"
    assert words("x" * 1_000_000) == "x" * 119 + "…"
    assert len(address("https://shop.example/" + "a" * 1_000_000) or "") == 300


def test_nothing_secret_is_kept() -> None:
    """Own keys, an e-mail address and credentials in any text are masked before they are facts."""
    redact = Redactor(["canary-key-1"]).text
    item: JsonObject = {
        "id": 1,
        "shop_name": "Shop of jan@shop.example, canary-key-1",
        "shop_url": "https://canary-key-1@shop.example/canary-key-1?x=canary-key-1",
        "type": "canary-key-1",
        "credentials": {"public_key": "canary-key-1"},
    }
    (found,) = listing([item], at=NOON, redact=redact)
    status = IntegrationStatus("canary-key-1", True, True, True, "canary-key-1", "canary-key-1\n", 3)
    kept = json.dumps([found.document(), answer(status, at=NOON, redact=redact).document()])
    assert "canary" not in kept
    assert "jan@" not in kept


@pytest.mark.parametrize(
    ("named", "types", "expected"),
    [
        (None, [], set()),
        (None, ["shopify"], {1}),
        (None, [None], {1}),
        (None, ["shopify", "WeMaSy", "wemasy"], {2, 3}),
        (None, ["shopify", None, "magento"], {1, 2, 3}),
        (2, ["wemasy", "shopify"], {2}),
        (9, ["wemasy", "shopify"], {9}),
    ],
)
def test_whom_wemasy_speaks_of(named: int | None, types: list[str | None], expected: set[int]) -> None:
    """Of the one that the secret names; else of the only one; else of those of its type; else of all."""
    assert concerned(named, [integration(index, kind) for index, kind in enumerate(types, 1)]) == expected


def test_facts_survive_their_json() -> None:
    """What is read back says the same, but that a time of null is then not known."""
    found = read(
        shop_name="Kaas & Zo", shop_url="https://kaas.example", type="api", started_failing_at="2026-11-22T01:00:00Z"
    )
    assert Integration.of(json.loads(json.dumps(found.document()))) == found
    assert Integration.of(read(last_fetched_at=None).document()).last_fetched_at is UNKNOWN
    said = WemasyAnswer(NOON - timedelta(days=1), "12", True, None, False, None, "2026-01-01 10:00:00")
    assert WemasyAnswer.of(json.loads(json.dumps(said.document()))) == said
