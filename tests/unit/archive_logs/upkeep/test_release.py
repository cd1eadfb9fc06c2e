from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from archive_logs.merging import quarantine
from archive_logs.merging.backlog import work_off
from archive_logs.upkeep import release as releasing
from archive_logs.upkeep.release import Released, release
from integration_logs.bucket.landing import encode, land
from integration_logs.errors import TryLater
from tests.fakes.memory_store import MemoryStore
from tests.unit.archive_logs.archive_rows import FETCHED, archive, archived_ids, keys, packed, quarantined, row

if TYPE_CHECKING:
    from integration_logs.records.rows import Row


def an_hour() -> float:
    return 3600.0


def no_time() -> float:
    return 0.0


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def landed(store: MemoryStore, *rows: Row, minute: int = 0) -> str:
    """Land the rows as the fetcher does."""
    at = FETCHED + timedelta(minutes=minute)
    return land(store, [encode(each) for each in rows], account="main", stream="account", fetched_at=at)


def once_rejected(id_: int, **fields: Any) -> Row:
    """The row that an older parser made of a good record: it did not take the id for one."""
    return row(None, **fields) | {"extra": json.dumps({"id": str(id_)}), "rejected": "the record has no usable id"}


def reasons(store: MemoryStore) -> list[str]:
    return [each["reason"] for each in quarantined(store)]


def a_quarantine() -> MemoryStore:
    """Two pages with a row each that is good by now, beside a good one and one that is bad for ever; an object that is
    no gzip, and one that was not readable once."""
    store = MemoryStore()
    landed(store, row(1), once_rejected(2), row(None))
    landed(store, once_rejected(3, created_at="2026-11-21T10:00:00Z"), minute=1)
    work_off(store, an_hour)
    store.set("quarantine/objects/2026-broken.ndjson.gz", b"no gzip")
    store.set("quarantine/objects/2026-readable.ndjson.gz", packed([row(4)]))
    return store


def settled(store: MemoryStore) -> None:
    """What is good is archived once; what is bad is in quarantine once; nothing waits."""
    assert archived_ids(store) == [1, 2, 3, 4]
    assert reasons(store) == ["the record has no usable id"]
    assert [store.objects[key] for key in keys(store, "quarantine/objects/")] == [b"no gzip"]
    assert keys(store, "landing/") == []


def nothing_is_lost(store: MemoryStore) -> None:
    """Whatever the moment, each record is in quarantine, in landing or in the archive."""
    kept = b"".join(
        gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        for key, body in store.objects.items()
        if key.startswith(("quarantine/", "landing/"))
    )
    there = {id_ for id_ in (2, 3) if f'\\"id\\": \\"{id_}\\"'.encode() in kept or f'"id":{id_},'.encode() in kept}
    assert there | set(archived_ids(store)) >= {1, 2, 3}
    assert b"no gzip" in kept
    assert b'"id": 4' in kept or 4 in archived_ids(store)
    assert b'"id":null' in kept


# --- what is released ------------------------------------------------------------------------------------------------


def test_a_release(store: MemoryStore) -> None:
    """What the parser accepts by now is archived; what is still bad is back in quarantine, alone."""
    store = a_quarantine()
    assert release(store, an_hour) == Released(objects=4, rows=3)
    assert keys(store, "quarantine/") == []
    work_off(store, an_hour)
    settled(store)


def test_a_released_row_is_that_of_its_record(store: MemoryStore) -> None:
    """A record that is released is archived as if today's parser had met it when it was fetched."""
    fields: dict[str, Any] = {
        "full_url": "https://shop.example/wp-json/orders/7?x=1",
        "method": "GET",
        "response_code": 401,
        "exception_type": "requests.exceptions.HTTPError",
        "request": {"headers": {"a": "b"}, "payload": None},
        "additional_data": "",
        "unknown": [1, "é"],
    }
    good = row(5, fetched_at=FETCHED + timedelta(minutes=3), **fields)
    bad = good | {"id": None, "fingerprint": "old", "remedy": None, "rejected": "the record has no usable id"}
    bad["extra"] = json.dumps({"unknown": [1, "é"], "id": 5})
    landed(store, bad)
    work_off(store, an_hour)
    release(store, an_hour)
    work_off(store, an_hour)
    other = MemoryStore()
    landed(other, good)
    work_off(other, an_hour)
    assert archive(store) == archive(other)


def test_an_integration_that_only_the_request_named(store: MemoryStore) -> None:
    """What was known of a record beside its own fields is not forgotten on the way."""
    bad = row({"no": "id"}, integration_id=9) | {"extra": '{"integration_id": "abc", "id": 5}'}
    landed(store, bad)
    work_off(store, an_hour)
    release(store, an_hour)
    work_off(store, an_hour)
    assert keys(store, "logs/") == ["logs/dt=2026-11-20/integration-9.parquet"]


def test_an_empty_quarantine(store: MemoryStore) -> None:
    """Where nothing is in quarantine a release lists once and writes nothing."""
    assert release(store, an_hour) == Released()
    assert store.calls == [("entries", "quarantine/")]


def test_what_is_bad_for_ever_comes_back_each_time(store: MemoryStore) -> None:
    """However often it is released, a bad row is in quarantine once, with its reason, and the row stays the same."""
    landed(store, row(None, exception="what happened"))
    work_off(store, an_hour)
    (before,) = quarantined(store)
    names = set(keys(store, "quarantine/"))
    for _ in range(3):
        assert release(store, an_hour) == Released(objects=1, rows=1)
        work_off(store, an_hour)
        (after,) = quarantined(store)
        assert (after["reason"], after["row"]) == (before["reason"], before["row"])
        names |= {*keys(store, "quarantine/")}
    assert len(names) == 4


@pytest.mark.parametrize("key", ["quarantine/", "quarantine/notes.txt", "quarantine/rowsx"])
def test_what_the_archiver_did_not_put_there_stays(store: MemoryStore, key: str) -> None:
    """A foreign object in quarantine stays where it is, and holds up nothing."""
    store = a_quarantine()
    store.set(key, b"hello")
    assert release(store, an_hour) == Released(objects=4, rows=3, stayed=1)
    assert store.objects[key] == b"hello"


@pytest.mark.parametrize(
    "body", [b"no gzip", b"", gzip.compress(b"no json\n"), gzip.compress(b'{"reason": "x"}\n'), gzip.compress(b"1\n")]
)
def test_rows_that_cannot_be_read_stay(store: MemoryStore, body: bytes) -> None:
    """An object of rows that somebody has broken stays where it is, and holds up nothing."""
    store = a_quarantine()
    store.set("quarantine/rows/2026-edited.ndjson.gz", body or b"\x1f\x8b")
    assert release(store, an_hour) == Released(objects=4, rows=3, stayed=1)
    assert "quarantine/rows/2026-edited.ndjson.gz" in store.objects


def test_rows_that_are_none_of_the_parsers(store: MemoryStore) -> None:
    """Foreign rows are released as they were, so that a fix of the archiver is enough to have them."""
    lines = b'{"id": 7, "integration_id": 0}\nnull\n' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"\n"
    store.set("landing/foreign.ndjson.gz", gzip.compress(lines))
    work_off(store, an_hour)
    before = [each["row"] for each in quarantined(store)]
    assert len(before) == 3
    release(store, an_hour)
    work_off(store, an_hour)
    assert [each["row"] for each in quarantined(store)] == before
    assert keys(store, "quarantine/objects/") == []


# --- bounds ----------------------------------------------------------------------------------------------------------


def test_what_the_time_cuts_short_goes_on() -> None:
    """Without time one object is released, and the answer's key is where the next run goes on, until all is done."""
    store = a_quarantine()
    after, runs = "", []
    while not runs or after:
        runs.append(release(store, no_time, after=after))
        after = runs[-1].after
        work_off(store, an_hour)
    assert [run.objects for run in runs] == [1, 1, 1, 1, 0]
    settled(store)


def test_a_release_ends_although_everything_comes_back(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is put into quarantine again while a release goes on is not released by it once more."""
    monkeypatch.setattr(releasing, "LISTED_AT_ONCE", 1)
    for minute in range(3):
        landed(store, row(None), minute=minute)
    work_off(store, an_hour)
    for nth in range(1, 30):
        store.at(nth, verb="entries", prefix="quarantine/", before=lambda _: work_off(store, an_hour))
    assert release(store, an_hour) == Released(objects=3, rows=3)
    work_off(store, an_hour)
    assert len(quarantined(store)) == 3


# --- two at once, and crashes ----------------------------------------------------------------------------------------


def _calls() -> int:
    store = a_quarantine()
    store.calls.clear()
    release(store, an_hour)
    return len(store.calls)


CALLS = _calls()


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("took_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("nth", range(1, CALLS + 1))
def test_a_crash_at_any_call(nth: int, took_effect: bool) -> None:
    """Wherever a release dies, nothing is gone at that moment, and the next one does it all, with nothing doubled."""
    store = a_quarantine()
    store.fail(nth, took_effect=took_effect)
    with pytest.raises(TryLater):
        release(store, an_hour)
    nothing_is_lost(store)
    store.calm()
    release(store, an_hour)
    work_off(store, an_hour)
    settled(store)


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("took_effect", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("nth", range(1, CALLS + 1))
def test_a_crash_and_an_archiver(nth: int, took_effect: bool) -> None:
    """The same where the archiver has worked off what the dead release had landed, before the next one comes."""
    store = a_quarantine()
    store.fail(nth, took_effect=took_effect)
    with pytest.raises(TryLater):
        release(store, an_hour)
    store.calm()
    work_off(store, an_hour)
    nothing_is_lost(store)
    release(store, an_hour)
    work_off(store, an_hour)
    nothing_is_lost(store)
    assert archived_ids(store) == [1, 2, 3, 4]
    assert {*reasons(store)} == {"the record has no usable id"}
    assert {store.objects[key] for key in keys(store, "quarantine/objects/")} == {b"no gzip"}


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("nth", range(1, CALLS + 1))
def test_an_archiver_at_any_call(nth: int, moment: str) -> None:
    """The archiver works off what landed between two steps of a release: nothing is lost or doubled."""
    store = a_quarantine()

    def archiver(_: str) -> None:
        work_off(store, an_hour)
        nothing_is_lost(store)

    store.at(nth, **{moment: archiver})
    release(store, an_hour)
    work_off(store, an_hour)
    nothing_is_lost(store)
    settled(store)


@pytest.mark.usefixtures("remembering")
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("nth", range(1, CALLS + 1))
def test_two_releases_at_once(nth: int, moment: str) -> None:
    """A second release and an archiver that do everything between two steps of the first: nothing is lost."""
    store = a_quarantine()

    def second(_: str) -> None:
        release(store, an_hour)
        work_off(store, an_hour)

    store.at(nth, **{moment: second})
    release(store, an_hour)
    work_off(store, an_hour)
    nothing_is_lost(store)
    assert archived_ids(store) == [1, 2, 3, 4]


def test_another_object_waits_under_the_name() -> None:
    """Where something else waits in landing under the name, what is in quarantine stays until that is archived."""
    store = a_quarantine()
    (first, _) = keys(store, "quarantine/rows/")
    taken = quarantine.released_key(first)
    store.set(taken, packed([row(8)]))
    assert release(store, an_hour) == Released(objects=3, rows=1, stayed=1)
    assert first in store.objects
    work_off(store, an_hour)
    assert release(store, an_hour).objects == 2  # it, and the object that is no gzip for ever
    work_off(store, an_hour)
    assert archived_ids(store) == [1, 2, 3, 4, 8]


def test_released_names() -> None:
    """The name follows from the one in quarantine alone, rows and objects differ, and each sorts before its origin."""
    name = "2026-11-22T12-00-00.000000Z-main-account-0123456789abcdef"
    rows, objects = f"quarantine/rows/{name}.ndjson.gz", f"quarantine/objects/{name}.ndjson.gz"
    again = quarantine.released_key(rows)
    assert again == f"landing/{name}-r.ndjson.gz"
    assert quarantine.released_key(objects) == f"landing/{name}-o.ndjson.gz"
    assert quarantine.released_key(quarantine.rows_key(again)) == f"landing/{name}-r-r.ndjson.gz"
    assert quarantine.rows_key(again) < rows
    assert quarantine.released_key("quarantine/objects/x/notes") == "landing/x/notes-o"
