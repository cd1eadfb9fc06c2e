from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integration_logs.records.rows import parse
from integration_logs.records.undecoded import REASON, is_undecoded, undecoded
from integration_logs.redaction.redactor import POLICIES, Redactor

DIGEST = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"


@pytest.mark.parametrize(
    ("begins", "ids"),
    [
        (b'{"data":[{"id":7,"integration_id":8,"x":1', (7, 8)),
        (b' {"data" : [ {"integration_id" : 8 , "id" : 7 , ', (7, 8)),
        (b'{"data":[{"id":7,"x":1,"integration_id":8,', (7, None)),
        (b'{"data":[{"x":{"id":7,', (None, None)),
        (b'{"more":[],"data":[{"id":7,', (None, None)),
        (b'{"data":[{"id":"7",', (None, None)),
        (b'{"data":[{"id":7', (None, None)),
        (b'{"data":[{"id":1234567890123456789,', (None, None)),
        (b"", (None, None)),
    ],
)
def test_ids_where_they_come_first(begins: bytes, ids: tuple[int | None, int | None]) -> None:
    """Ids are known only where nothing else can have been before them; nothing else is taken over."""
    record = undecoded(1 << 24, DIGEST, begins)
    known = record["undecoded"]
    assert isinstance(known, dict)
    assert (known.get("id"), record.get("integration_id")) == ids
    assert set(known) <= {"bytes", "sha256", "id"}
    assert set(record) <= {"undecoded", "integration_id"}


@pytest.mark.parametrize("policy", POLICIES)
def test_its_row(policy: str) -> None:
    """The archiver puts it into quarantine, with a reason of its own; redaction leaves what is known as it is."""
    record = undecoded(1 << 24, DIGEST, b'{"data":[{"id":7,"integration_id":8,')
    redacted = Redactor(("canary-secret",), policy=policy).record(record)  # type: ignore[arg-type]
    row = parse(redacted, account="main", integration_id=None, fetched_at=datetime.now(UTC))
    assert (row["id"], row["integration_id"], row["rejected"]) == (None, 8, REASON)
    assert row["extra"] == f'{{"undecoded":{{"bytes":16777216,"sha256":"{DIGEST}","id":7}}}}'


def test_a_record_that_only_looks_like_it() -> None:
    """What has an id is archived, whatever else it says; what is no object is no such record."""
    assert (
        parse({"id": 1, "undecoded": 1}, account="a", integration_id=2, fetched_at=datetime.now(UTC))["rejected"]
        is None
    )
    assert not is_undecoded(["undecoded"])
    assert is_undecoded(undecoded(1, "", b""))
