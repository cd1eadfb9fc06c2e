"""Fingerprints and remedies over the labelled set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from integration_logs.records.remedies import SIGNALS, Remedy, load
from tests.problems.labelled import REDACTOR, Family, families, faults, known, outcome

if TYPE_CHECKING:
    from integration_logs.json_types import JsonValue


def test_the_set_is_large_enough() -> None:
    """At least 500 records in 40 families of ten or more; no two records of a family are alike, nor two names."""
    every = families()
    large = [family for family in every if len(family.records) >= 10]
    assert len(large) >= 40
    assert sum(len(family.records) for family in large) >= 500
    names = [(family.platform, family.name) for family in every]
    assert len(names) == len(set(names))
    for family in every:
        alike = [record for place, record in enumerate(family.records) if record in family.records[:place]]
        assert not alike, f"{family.platform}, {family.name}"


def test_the_set_has_no_fault_but_the_known() -> None:
    """Families are neither split nor merged and get their remedy; what is listed as known is still so."""
    assert set(faults(families())) == set(known())


def test_every_remedy_has_a_sample() -> None:
    """Each remedy of the catalogue comes with a family of records that shows it; no family names another remedy."""
    codes = {remedy.code for remedy in load()}
    assert {family.remedy for family in families()} - {None} == codes


@pytest.mark.parametrize("remedy", load(), ids=lambda remedy: remedy.code)
def test_every_signal_has_a_sample(remedy: Remedy) -> None:
    """Each status and each word that a remedy looks for is in a record of its own, where it is looked for."""
    records = [record for family in families() if family.remedy == remedy.code for record in family.records]
    shown = [_texts(record) for record in records]
    for signal in remedy.when:
        for codes in signal.response_codes:
            assert any(record["response_code"] in codes for record in records), codes
        for part in SIGNALS:
            for word in () if part == "response_codes" else getattr(signal, part):
                assert any(word in texts[part] for texts in shown), (part, word)


def _texts(record: dict[str, Any]) -> dict[str, str]:
    """What each kind of signal looks at in a record, as JSON text without its quotes, in small letters."""
    redacted = REDACTOR.record(record)
    response = redacted.get("response")
    of = {
        "exception": redacted["exception"],
        "exception_types": redacted["exception_type"],
        "url": redacted["full_url"],
    }
    of |= {part: response.get(part) if isinstance(response, dict) else None for part in ("body", "headers")}
    texts = {part: (value if isinstance(value, str) else _plain(value)).lower() for part, value in of.items()}
    return texts | {"text": f"{texts['exception']}\n{texts['body']}"}


def _plain(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False).replace('"', "") if value else ""


def test_redaction_makes_no_difference() -> None:
    """A record has the remedy that it would have unredacted and, unless it is a known fault, the fingerprint too."""
    split = {(fault.platform, fault.family) for fault in known() if fault.kind == "split"}
    for family in families():
        for record in family.records:
            redacted, raw = outcome(record), outcome(record, redacted=False)
            assert redacted.remedy == raw.remedy
            if (family.platform, family.name) not in split:
                assert redacted == raw, record["full_url"]


def _family(integration_id: int, *paths: str, name: str = "one", remedy: str | None = "host-down") -> Family:
    records = tuple(
        {"id": 1, "integration_id": integration_id, "full_url": f"https://shop.example{path}", "response_code": 502}
        for path in paths
    )
    return Family("shop", name, "the path", integration_id, remedy, records)


def test_the_check_sees_a_split_family() -> None:
    """Two addresses in one family are a fault."""
    (fault,) = faults([_family(1, "/orders/1", "/orders/2", "/returns/1")])
    assert (fault.kind, fault.count) == ("split", 2)


def test_the_check_sees_merged_families() -> None:
    """One address in two families of an integration is a fault; of two integrations it is none."""
    (fault,) = faults([_family(1, "/orders/1"), _family(1, "/orders/2", name="other")])
    assert (fault.kind, fault.what) == ("merged", "with other")
    assert not faults([_family(1, "/orders/1"), _family(2, "/orders/2", name="other")])


def test_the_check_sees_a_wrong_remedy() -> None:
    """Another remedy than the one wanted, or one where none is wanted, is a fault."""
    for remedy in ("host-slow", None):
        (fault,) = faults([_family(1, "/orders/1", "/orders/2", remedy=remedy)])
        assert (fault.kind, fault.count) == ("remedy", 2)
        assert fault.what == f"{remedy} wanted, host-down found"
