"""The record parser against what the sandbox serves: every type variant that Sendcloud's contract leaves open."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import requests

from integration_logs.json_types import JsonObject, JsonValue
from integration_logs.records.rows import COLUMNS, parse
from integration_logs.times import moment
from sandbox.upstreams import running

DOCUMENTS = ("request", "response", "additional_data")


def served() -> list[JsonObject]:
    """The whole history of one account, as it comes over HTTP."""
    records: list[JsonObject] = []
    with running(seed=5, records={"main": 3000}) as sandbox:
        keys = sandbox.accounts["main"]
        url = f"{sandbox.url}/api/v3/integrations/logs?page_size=100"
        with requests.Session() as session:
            session.auth = (keys["sendcloud_public_key"], keys["sendcloud_secret_key"])
            while url:
                answer = session.get(url, timeout=10)
                records += answer.json()["data"]
                url = answer.links.get("next", {}).get("url", "")
    return records


def restored(row: dict[str, JsonValue]) -> JsonObject:
    """The record that a row was made of, as far as its columns and ``extra`` say."""
    made = {"account", "fetched_at", "host", "fingerprint", "remedy", "rejected", "extra"}
    record = {name: value for name, value in row.items() if name not in made and value is not None}
    record |= {name: json.loads(str(row[name])) for name in DOCUMENTS if row[name] is not None}
    return record | (json.loads(str(row["extra"])) if row["extra"] is not None else {})


def said(record: JsonObject) -> JsonObject:
    """What a record says, nulls left out, its time as a time."""
    found = {name: value for name, value in record.items() if value is not None}
    time = moment(found.get("created_at"))
    return found | ({"created_at": time.isoformat()} if time else {})


def test_every_record_of_the_sandbox_survives_the_way_into_a_row() -> None:
    """A row has every column, rejects nothing that has an id, and gives back all that its record said."""
    records = served()
    assert len(records) > 2500
    variants = {(name, type(value).__name__) for record in records for name, value in record.items()}
    assert {("created_at", "NoneType"), ("full_url", "NoneType"), ("additional_data", "dict")} <= variants
    for record in records:
        row = parse(record, account="main", integration_id=None, fetched_at=datetime(2026, 11, 22, tzinfo=UTC))
        assert {column.name for column in COLUMNS} | {"rejected"} == set(row)
        assert row["rejected"] is None, record
        assert said(restored(row)) == said(record)
