"""Archive objects whose columns are odd: what they hold stays, or an error names the object; others go on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from archive_logs import api
from archive_logs.composition_root import Archiver
from archive_logs.merging import merge
from archive_logs.merging.backlog import work_off
from archive_logs.merging.columns import _TAKEN
from archive_logs.merging.sql import identifier
from archive_logs.reading.search import Search, search
from integration_logs.errors import NeedsOperator
from tests.fakes.api_event import ask
from tests.fakes.memory_store import MemoryStore
from tests.unit.archive_logs.archive_rows import FETCHED, archived_ids, content, keys, packed, row

if TYPE_CHECKING:
    from collections.abc import Collection

KEY = "logs/dt=2026-11-20/integration-7.parquet"
WORDS = set(re.findall(r"[a-z_]{2,}", Path(merge.__file__).read_text(encoding="utf-8"))) - _TAKEN
"""Of the merge's own SQL, among others."""


def odd(select: str, tmp_path: Path, *, nameless: bool = False) -> MemoryStore:
    """An archive of one record each of three integrations, of which one object was written by somebody else."""
    store = MemoryStore()
    rows = [row(id_, integration_id=integration_id) for id_, integration_id in ((1, 7), (2, 8), (3, 9))]
    store.set("landing/2026-a.ndjson.gz", packed(rows))
    work_off(store, lambda: 3600.0)
    source, target = tmp_path / "source.parquet", tmp_path / "target.parquet"
    source.write_bytes(store.objects[KEY])
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        database.execute(f"COPY (SELECT {select} FROM read_parquet('{source}')) TO '{target}' (FORMAT parquet)")
    store.set(KEY, without_name(target.read_bytes()) if nameless else target.read_bytes())
    return store


def without_name(parquet: bytes) -> bytes:
    """The object with a column called nothing in place of ``qq``, which DuckDB does not write."""
    assert parquet.count(b"\x02qq") == parquet.count(b"qq") == 2
    length = int.from_bytes(parquet[-8:-4], "little") - 4
    return parquet[:-8].replace(b"\x02qq", b"\0") + length.to_bytes(4, "little") + parquet[-4:]


def land(store: MemoryStore) -> str:
    """A new record for each of the three, each in a landing object of its own; the key of the odd object's."""
    for id_, integration_id in ((4, 7), (5, 8), (6, 9)):
        body = packed([row(id_, integration_id=integration_id, created_at="2026-11-20T10:00:00+01:00")])
        store.set(f"landing/2026-{id_}.ndjson.gz", body)
    return "landing/2026-4.ndjson.gz"


REFUSED = {
    "a name in another case": ('* EXCLUDE (id), id AS "ID"', "'ID'"),
    "two names but for their case": ('id AS "ID", id AS id_, * EXCLUDE (id), id AS "iD_2"', "'ID'"),
    "a name of the merge": ("*, 1 AS place", "'place'"),
    "a name of the merge in another case": ("*, 1 AS Is_New", "'Is_New'"),
    "a name of the reader": ("*, 1 AS file_row_number", "BinderException"),
    "a number as text": (
        "* REPLACE (response_code::VARCHAR AS response_code)",
        "response_code is VARCHAR, not INTEGER",
    ),
    "a time without a zone": (
        "* REPLACE (created_at::TIMESTAMP AS created_at)",
        "created_at is TIMESTAMP, not TIMESTAMP WITH TIME ZONE",
    ),
    "a text as a structure": ("* REPLACE ({'a': 1} AS extra)", "extra is STRUCT"),
    "an id as a list": ("* REPLACE ([id] AS id)", r"id is BIGINT\[\], not BIGINT"),
    "an id as bytes": ("* REPLACE ('1'::BLOB AS id)", "id is BLOB, not BIGINT"),
}
KEPT = {
    "quotes": 'a"b""',
    "an end of a statement": '"; DROP TABLE landed; --',
    "dots": "request.headers",
    "spaces": " ",
    "a line break": "a\nb",
    "a bracket": "$param {x}",
    "much": "x" * 5000,
    "letters of other lands": "é\U0001f4a9",
    "like the new ones": "id_1",
}


def fails(store: MemoryStore, why: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """The object is named wherever it is read, stays, and so does what landed for it; others go on."""
    before, waiting = store.objects[KEY], land(store)
    named = rf"^{re.escape(KEY)} cannot be merged into \(.*{why}.*\)"
    with pytest.raises(NeedsOperator, match=named):
        work_off(store, lambda: 3600.0)
    assert (store.objects[KEY], keys(store, "landing/")) == (before, [waiting])
    with pytest.raises(NeedsOperator, match=named):
        search(store, Search(7), lambda: 0.0)
    assert [each["id"] for each in search(store, Search(8), lambda: 0.0).records] == [5, 2]
    client: Any = None
    parts = Archiver(store=store, queue=client, queue_url="https://queue.test", clock=lambda: FETCHED)
    monkeypatch.setattr(api, "compose", lambda: parts)
    caplog.clear()
    replies = [ask(api.app, "GET", f"/integrations/{each}/logs") for each in (7, 8, 9)]
    assert [each.status for each in replies] == [502, 200, 200]
    assert replies[0].refusal()["detail"] == f"{KEY} cannot be read: restore its last good version."
    (told,) = [each for each in caplog.records if each.levelname == "ERROR"]
    assert re.match(named, told.getMessage())
    assert vars(told)["kind"] == "ObjectUnreadable"


@pytest.mark.parametrize(("select", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_an_object_that_is_none_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, select: str, why: str
) -> None:
    """Where a column takes the place of one of ours, or is not what it should be, nothing is guessed."""
    fails(odd(select, tmp_path), why, monkeypatch, caplog)


def test_a_column_without_a_name(tmp_path: Path) -> None:
    """It stays, under the name that DuckDB gives it: SQL has none for it."""
    kept(odd("*, 'kept' AS qq", tmp_path, nameless=True), [f"C{len(merge._COLUMNS)}"])


@pytest.mark.parametrize("broken", [b"\xff" * 8, b"\0" * 8], ids=["ones", "zeros"])
def test_a_footer_that_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: bytes
) -> None:
    """Where DuckDB has no words of its own for what is wrong, either."""
    store = odd("*", tmp_path)
    parquet = store.objects[KEY]
    begins = len(parquet) - 8 - int.from_bytes(parquet[-8:-4], "little")
    store.set(KEY, parquet[:begins] + broken + parquet[begins + 8 :])
    fails(store, "", monkeypatch, caplog)


@pytest.mark.parametrize("name", KEPT.values(), ids=KEPT.keys())
def test_a_name_that_is_odd(tmp_path: Path, name: str) -> None:
    """A column that this version does not know stays, whatever it is called."""
    kept(odd(f"*, 'kept' AS {identifier(name)}", tmp_path), [name])


@pytest.mark.parametrize("slices", [False, True])
def test_no_name_of_the_merge_takes_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, slices: bool
) -> None:
    """Every word of the merge as a column, but those that it refuses: all stay, and so do the rows."""
    if slices:  # in place of weaving
        monkeypatch.setattr(merge, "_SLICE", 1)
    assert {"anchor", "slice", "incoming"} < WORDS
    kept(odd("*, " + ", ".join(f"'kept' AS {identifier(word)}" for word in WORDS), tmp_path), WORDS)


def test_a_name_of_a_reader_is_no_column_of_its_rows(tmp_path: Path) -> None:
    """Pages and summaries have columns of their own, which those that this version does not know do not shadow."""
    store = odd("*, 'kept' AS micros, 'kept' AS records, 'kept' AS first_at", tmp_path)
    kept(store, ["micros", "records", "first_at"])
    assert json.loads(store.objects["state/summaries/dt=2026-11-20/integration-7.json"])["records"] == 2


def kept(store: MemoryStore, names: Collection[str]) -> None:
    land(store)
    work_off(store, lambda: 3600.0)
    assert archived_ids(store) == [1, 2, 3, 4, 5, 6]
    old, new = content(store.objects[KEY])
    assert ({old[name] for name in names}, {new[name] for name in names}) == ({"kept"}, {None})
    assert (old["id"], new["id"]) == (1, 4)
    assert [each["id"] for each in search(store, Search(7), lambda: 0.0).records] == [4, 1]
