from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_logs.reading import catalogue
from archive_logs.reading.catalogue import Wanted, after, cursor, days, objects
from archive_logs.upkeep import manifests
from integration_logs.errors import ContractBroken
from tests.fakes.memory_store import MemoryStore, etag

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALWAYS = (date.min, date.max)
DAYS = [f"2026-11-{day:02}" for day in range(1, 6)]


@pytest.fixture
def store() -> MemoryStore:
    """Five days of three integrations, one of which is in two parts on one day, and what is not the archive's."""
    store = MemoryStore()
    for day in DAYS:
        for id_ in (7, 70, 8):
            key = f"logs/dt={day}/integration-{id_}.parquet"
            store.set(key, f"{day} {id_}".encode())
            kept = {"version": 1, "etag": etag(store.objects[key]), "account": "main", "records": 3, "first_id": 1}
            store.set(f"state/summaries/dt={day}/integration-{id_}.json", json.dumps(kept | {"last_id": 9}).encode())
    store.set("logs/dt=2026-11-03/integration-7.ids-1-99.parquet", b"part")
    for foreign in ("logs/readme", "logs/dt=2026-11-02/notes.txt", "logs/dt=2026-11-02/integration-x.parquet"):
        store.set(foreign, b"")
    return store


def every(store: MemoryStore, clock: Any = lambda: 0.0, **wanted: Any) -> list[str]:
    """The keys of all pages."""
    found: list[str] = []
    while True:
        page = objects(store, Wanted(**{"days": ALWAYS} | wanted), seconds=900, now=NOW, clock=clock)
        found += [str(each["key"]) for each in page.entries]
        if page.next is None:
            return found
        wanted["after"] = after(page.next)


@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("integration_id", [None, 7, 70, 9])
def test_each_object_once(store: MemoryStore, page_size: int, integration_id: int | None) -> None:
    """The pages give every object of the archive, or of the integration, once, the oldest day first."""
    own = sorted(key for key in store.objects if key.startswith("logs/") and "/integration-" in key and "-x" not in key)
    kept = [key for key in own if integration_id is None or f"integration-{integration_id}." in key]
    assert every(store, page_size=page_size, integration_id=integration_id) == kept


@pytest.mark.parametrize("listed", [1, 2, 1000])
def test_the_days_that_are_asked_for(store: MemoryStore, listed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both days belong to what is asked for, and nothing beyond them is, however long a listing is."""
    monkeypatch.setattr(catalogue, "_LISTED", listed)
    span = (date(2026, 11, 2), date(2026, 11, 3))
    found = every(store, days=span, integration_id=7)
    assert [key[8:18] for key in found] == ["2026-11-02", "2026-11-03", "2026-11-03"]
    assert every(store, days=(date(2027, 1, 1), date.max)) == []


def test_when_the_time_is_up_a_page_ends(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """However little time there is, each page goes on behind the one before it, and all objects are given."""
    monkeypatch.setattr(catalogue, "_LISTED", 1)
    times = count()
    assert len(every(store, clock=lambda: next(times) * 1000.0, integration_id=70)) == len(DAYS)


def test_what_is_said_of_an_object(store: MemoryStore) -> None:
    """Its count of records only where its summary was made from that very object; and its link ends when it says."""
    store.set("logs/dt=2026-11-01/integration-7.parquet", b"newer")
    first, second = objects(store, Wanted(ALWAYS, page_size=2), seconds=60, now=NOW, clock=lambda: 0.0).entries
    assert (first["integration_id"], first["records"], first["bytes"]) == (7, None, 5)
    assert (second["integration_id"], second["records"]) == (70, 3)
    assert second["url"] == f"https://bucket.test/{second['key']}?expires=60"
    assert second["expires_at"] == "2026-11-22T12:01:00.000000Z"


@given(st.text(max_size=60))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    """A cursor leads into the archive, or it is a ValueError; nothing else can be listed by one."""
    with suppress(ValueError):
        assert after(text).startswith("logs/dt=")


@pytest.mark.parametrize(
    "key", ["logs/../state/x", "logs/", "state/status/main.json", "logs/dt=2026-11-01/integration-7.parquet.bak"]
)
def test_a_cursor_of_another_key_is_refused(key: str) -> None:
    """A forged cursor cannot name anything but an object of the archive."""
    with pytest.raises(ValueError, match=r"."):
        after(cursor(key))


def manifest(day: str, integrations: int = 1) -> bytes:
    entry = {"account": "main", "integration_id": 7, "records": 1, "first_id": 1, "last_id": 1, "objects": 1}
    entry |= {"etags": ['"e"'], "swept_at": None, "state": "open"}
    return json.dumps(
        {
            "version": 1, "day": day, "state": "open", "as_of": "2026-11-22T00:00:00.000000Z", "swept_at": None,
            "accounts": [], "integrations": [entry | {"integration_id": id_} for id_ in range(1, integrations + 1)],
        }
    ).encode()  # fmt: skip


@pytest.fixture
def told(store: MemoryStore) -> MemoryStore:
    for day in (*DAYS, "2020-01-01"):
        store.set(manifests.key(date.fromisoformat(day)), manifest(day))
    return store


@pytest.mark.parametrize("page_size", [1, 2, 4, 100])
@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (ALWAYS, ["2020-01-01", *DAYS]),
        ((date(2026, 11, 2), date(2026, 11, 4)), DAYS[1:4]),
        ((date(2026, 12, 1), date.max), []),
    ],
)
def test_each_day_once(told: MemoryStore, page_size: int, span: tuple[date, date], expected: list[str]) -> None:
    """The pages give every day of the span that has a manifest once, the last one first."""
    found: list[str] = []
    before: date | None = None
    while True:
        page = days(told, span, page_size=page_size, before=before)
        found += [str(each["day"]) for each in page.entries]
        if page.next is None:
            break
        before = date.fromisoformat(page.next)
    assert found == expected[::-1]


def test_days_of_many_integrations_make_short_pages(told: MemoryStore) -> None:
    """A page of days stays below what a function may answer."""
    for day in DAYS:
        told.set(manifests.key(date.fromisoformat(day)), manifest(day, integrations=15_000))
    page = days(told, ALWAYS, page_size=100, before=None)
    assert 1 <= len(page.entries) < len(DAYS)
    assert page.next == page.entries[-1]["day"]


def test_a_manifest_that_cannot_be_read_is_no_missing_day(told: MemoryStore) -> None:
    """A damaged manifest is told, not left out."""
    told.set(manifests.key(date(2026, 11, 3)), b"{")
    with pytest.raises(ContractBroken):
        days(told, ALWAYS, page_size=100, before=None)
