from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive_logs.merging import summary
from archive_logs.merging.database import connect
from integration_logs.records.fingerprint import url_template
from tests.fakes.memory_store import MemoryStore
from tests.unit.archive_logs.archive_rows import FETCHED, keys, packed, rewritten, row
from tests.unit.archive_logs.merging.test_part_writer import ROOT, run

if TYPE_CHECKING:
    from integration_logs.records.rows import Row

SUMMARY = "state/summaries/dt=2026-11-20/integration-7.json"


def archived(*rows: Row, store: MemoryStore | None = None) -> MemoryStore:
    store = store or MemoryStore()
    store.set("landing/a.ndjson.gz", packed(rows))
    run(store)
    return store


def says(store: MemoryStore, key: str = SUMMARY) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(store.objects[key])
    return document


def summarised(*rows: Row) -> dict[str, Any]:
    store = archived(*rows)
    (key,) = keys(store, "state/summaries/")
    return says(store, key)


# --- what it says ----------------------------------------------------------------------------------------------------


def test_a_summary() -> None:
    """What is documented, of a small object: counts, times, hours, what the problem is, paths and samples."""
    failing = {"exception_type": "SSLError", "method": "GET", "response_code": 495}
    rows = [
        row(
            id_,
            created_at=f"2026-11-20T{hour}:30:00Z",
            full_url=f"https://SHOP.example:443/orders/{id_ % 2}?page={id_}",
            **failing,
        )
        for id_, hour in enumerate(("13", "13", "14", "09", "15", "12", "11"), 3)
    ]
    store = archived(*rows, row(412, created_at="2026-11-20T23:00:00Z", base_url=None))
    (failing_at, odd) = (str(rows[0]["fingerprint"]), str(row(412, base_url=None)["fingerprint"]))
    found = says(store)
    (entry,) = store.entries("logs/", limit=10)
    assert {name: found[name] for name in found if name != "problems"} == {
        "version": 1,
        "etag": entry.etag,
        "account": "main",
        "integration_id": 7,
        "records": 8,
        "first_id": 3,
        "last_id": 412,
        "problems_left_out": 0,
    }
    assert list(found["problems"]) == [failing_at, odd]
    assert found["problems"][failing_at] == {
        "records": 7,
        "first_at": "2026-11-20T09:30:00.000000Z",
        "last_at": "2026-11-20T15:30:00.000000Z",
        "hours": {f"2026-11-20T{hour}": count for hour, count in
                  (("09", 1), ("11", 1), ("12", 1), ("13", 2), ("14", 1), ("15", 1))},
        "exception_type": "SSLError",
        "method": "GET",
        "host": "shop.example",
        "response_code": 495,
        "path": "/orders/{id}",
        "paths": ["/orders/1", "/orders/0"],
        "remedy": "certificate-invalid",
        "sample_ids": [3, 4, 5, 7, 8],
    }  # fmt: skip
    assert found["problems"][odd] | {"hours": {}, "first_at": "", "last_at": ""} == {
        "records": 1, "first_at": "", "last_at": "", "hours": {}, "exception_type": None, "method": None, "host": None,
        "response_code": None, "path": None, "paths": [], "remedy": None, "sample_ids": [412],
    }  # fmt: skip


def test_the_documented_example_has_this_form() -> None:
    """Every member of a summary is in the documentation's example, and no other, in the same order."""
    page = (Path(__file__).parents[4] / "docs/archive-format.md").read_text().partition("## Summaries")[2]
    example = json.loads(page.partition("```json\n")[2].partition("```")[0])
    found = summarised(row(1))
    (problem,), (documented,) = found["problems"].values(), example["problems"].values()
    assert list(found) == list(example)
    assert list(problem) == list(documented)


def test_the_time_of_a_record() -> None:
    """A record's time is when it was created, unless that is unknown or in the future: then when it was fetched."""
    found = summarised(
        row(1, created_at=None),
        row(2, created_at="9999-12-31T23:59:59Z"),
        row(3, created_at="0001-01-01T00:00:00Z"),
    )
    (problem,) = found["problems"].values()
    assert (problem["first_at"], problem["last_at"]) == ("0001-01-01T00:00:00.000000Z", "2026-11-22T12:00:00.000000Z")
    assert problem["hours"] == {"0001-01-01T00": 1, "2026-11-22T12": 2}


def test_the_account_is_the_newest_fetched_rows() -> None:
    """Where an integration changed accounts, the summary names the one that fetched last."""
    moved = row(1, fetched_at=FETCHED + timedelta(days=1)) | {"account": "second"}
    assert summarised(row(2), moved, row(3))["account"] == "second"


URLS = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.sampled_from(
        [
            "https://shop.example", "https://shop.example/", "https://u:p@shop.example:8443/a//b/?q#f",
            "//shop.example/x", "/only/a/path", "no/scheme", "https:\\/\\/shop.example\\/api\\/1", "https://[::1]:80/v3/7",
            "https://[broken/x", "shop.example/x", "https://shop.example/?rest_route=/wc/v3/orders/7",
            "https://shop.example/\N{PILE OF POO}/%C3%A9/%2525", "https://shop.example/" + "x/" * 3000,
            "  https://a.b/c ",
            "https://shop.example/[redacted:email]/orders/7", "?only=query", "#", "https://shop.example\\evil/x",
        ]
    ),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(URLS, st.sampled_from([None, 401, 500]), st.integers(0, 200)), min_size=1, max_size=12))
def test_a_summary_counts_what_is_there(records: list[tuple[str | None, int | None, int]]) -> None:
    """Whatever the URLs: counts, hours and samples add up, and the path is the one that the fingerprint has."""
    rows = [
        row(id_, full_url=url, response_code=code, created_at=None, fetched_at=FETCHED + timedelta(minutes=minute))
        for id_, (url, code, minute) in enumerate(records, 1)
    ]
    found = summarised(*rows)["problems"]
    assert {name: each["records"] for name, each in found.items()} == Counter(each["fingerprint"] for each in rows)
    for name, problem in found.items():
        own = [each for each in rows if each["fingerprint"] == name]
        assert sum(problem["hours"].values()) == len(own) == problem["records"]
        newest = sorted(own, key=lambda each: (str(each["fetched_at"]), int(str(each["id"]))))[-5:]
        assert problem["sample_ids"] == sorted(each["id"] for each in newest)
        assert (problem["first_at"], problem["last_at"]) == (
            min(str(each["fetched_at"]) for each in own),
            max(str(each["fetched_at"]) for each in own),
        )
        templates = {url_template(str(each["full_url"] or each["base_url"])) for each in own}
        assert {problem["path"]} == {template and template[:500] for template in templates}
        assert len({*problem["paths"]}) == len(problem["paths"]) <= 5


def test_problems_beyond_the_thousand_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of very many problems, those with the most records are kept, and the others are counted."""
    monkeypatch.setattr(summary, "_MOST_PROBLEMS", 3)
    found = summarised(*(row(id_, response_code=code) for id_, code in enumerate((1, 2, 2, 3, 3, 4, 4, 4, 5), 1)))
    assert sorted(each["response_code"] for each in found["problems"].values()) == [2, 3, 4]
    assert (found["problems_left_out"], found["records"]) == (2, 9)


def test_a_url_without_a_path() -> None:
    """The root of a shop is a path like any other; where there is no URL there is none."""
    found = summarised(row(1, full_url="https://shop.example"), row(2, full_url="https://shop.example/?a=1"))
    assert [each["paths"] for each in found["problems"].values()] == [["/"]]


def test_long_texts_are_cut() -> None:
    """No text of a record, however long, makes a summary long."""
    found = summarised(
        row(1, exception_type="x" * 100_000, method="y" * 100_000, full_url="https://a.b/" + "z" * 10**6)
    )
    assert len(json.dumps(found)) < 5_000


def test_an_object_of_an_older_schema(tmp_path: Path) -> None:
    """Columns that an object does not have yet are null in its summary."""
    store = archived(row(1, response_code=495))
    (tmp_path / "now.parquet").write_bytes(store.objects[ROOT])
    old = rewritten(tmp_path / "now.parquet", tmp_path / "old.parquet", "* EXCLUDE (remedy, method)", 0)
    with connect(tmp_path) as database:
        (problem,) = summary.summarise(database, old)["problems"].values()  # type: ignore[union-attr]
    assert isinstance(problem, dict)
    assert (problem["remedy"], problem["method"], problem["response_code"]) == (None, None, 495)


# --- how it is kept --------------------------------------------------------------------------------------------------


def test_it_follows_from_the_object_alone() -> None:
    """The same object, archived in one run or in three, has the same summary."""
    rows = [row(id_, response_code=id_ % 2) for id_ in range(1, 7)]
    store = MemoryStore()
    for number in (2, 0, 1, 0):
        archived(*rows[2 * number :], store=store)
    whole = archived(*rows)
    assert says(store) | {"etag": ""} == says(whole) | {"etag": ""}


@pytest.mark.parametrize("kept", [None, b"", b"{", b"[]", b'{"etag": "\\"old\\""}', b'{"etag": 1, "sealed": 7}'])
def test_a_stale_summary_is_made_anew(kept: bytes | None) -> None:
    """Where nothing is new, yet the summary is missing or not the object's, the next merge that meets it writes it."""
    store = archived(row(1))
    good = store.objects[SUMMARY]
    if kept is None:
        del store.objects[SUMMARY]
    else:
        store.set(SUMMARY, kept)
    archived(row(1), store=store)
    assert says(store) == json.loads(good)
    store.calls.clear()
    archived(row(1), store=store)
    assert store.writes == [("delete", "landing/a.ndjson.gz")]


def test_an_object_that_is_gone_meanwhile() -> None:
    """Where an object is deleted before its summary is written, the run ends all the same."""
    store = MemoryStore()
    store.at(verb="put", prefix="state/", after=lambda _: store.objects.pop(ROOT))
    archived(row(1), store=store)
    assert keys(store, "landing/") == []


def test_times_are_utc() -> None:
    """Hours are those of UTC, whatever the machine's clock says."""
    local = datetime(2026, 11, 20, 23, 30, tzinfo=UTC).astimezone().isoformat()
    (problem,) = summarised(row(1, created_at=local))["problems"].values()
    assert problem["hours"] == {"2026-11-20T23": 1}
