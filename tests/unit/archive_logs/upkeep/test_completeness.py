from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_logs.merging.partitions import EPOCH
from archive_logs.upkeep.completeness import (
    DELETED,
    NO_SUMMARY,
    ArchivedObjects,
    Counts,
    Fetched,
    counts,
    known,
    manifest,
    read,
)
from integration_logs.bucket.sweeps import RETENTION, Listed, Sweep, Swept
from integration_logs.errors import ContractBroken
from integration_logs.times import timestamp

DAY = date(2026, 11, 20)
START = datetime(2026, 11, 20, tzinfo=UTC)
END = START + timedelta(days=1)
SECOND = timedelta(seconds=1)
LONG_AGO = START - timedelta(days=100)
OVER = END + RETENTION
"""From when on Sendcloud has nothing of the day any more."""


def sweep(began: datetime, *, minutes: float = 0, since: datetime = LONG_AGO) -> Sweep:
    return Sweep("sweep", began, began + timedelta(minutes=minutes), since)


def one_stream(began: datetime, *, waiting: datetime | None = None) -> dict[str, Fetched]:
    """The account ``main``, swept as one stream."""
    return {"main": Fetched(Swept({"account": sweep(began)}), waiting)}


def own_streams(listed: datetime, **began: datetime) -> dict[str, Fetched]:
    """The account ``main``, swept by its integrations."""
    ids = tuple(int(name.removeprefix("i")) for name in began)
    streams = {f"integration-{id_}": sweep(each) for id_, each in zip(ids, began.values(), strict=True)}
    return {"main": Fetched(Swept(streams, Listed(listed, ids)))}


def held(
    id_: int = 101, *, etags: tuple[str, ...] = ('"a"',), records: int | None = 3, account: str = "main"
) -> ArchivedObjects:
    return ArchivedObjects(id_, etags, None if records is None else (Counts(account, records, 10 * id_, 10 * id_ + 9),))


def made(
    fetched: Mapping[str, Fetched],
    *holds: ArchivedObjects,
    now: datetime,
    previous: dict[str, Any] | None = None,
    day: date = DAY,
) -> dict[str, Any]:
    document = manifest(day, previous, holds, fetched, now=now)
    assert document is not None
    assert read("key", json.dumps(document).encode()) == document
    return document


# --- open, complete, incomplete --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("swept", "now", "state", "swept_at"),
    [
        (START + 5 * SECOND, START + 9 * SECOND, "open", START + 5 * SECOND),  # the day is not over
        (END - SECOND, OVER - SECOND, "open", END - SECOND),  # Sendcloud has the end of it still
        (END, OVER - SECOND, "open", END),
        (END, OVER, "complete", END),  # swept the moment it was over
        (END - SECOND, OVER, "incomplete", END - SECOND),  # what happened in the last second was never looked for
        (START + RETENTION, OVER, "complete", START + RETENTION),  # the last sweep that has the day whole
        (START + RETENTION + SECOND, OVER, "incomplete", None),  # the day's first second was gone
        (START, OVER, "incomplete", None),  # the day had not begun
        (START - SECOND, OVER, "incomplete", None),
    ],
)
def test_a_sweep_and_a_day(swept: datetime, now: datetime, state: str, swept_at: datetime | None) -> None:
    """A day is complete where a sweep that began after it went through all of it, and not before it cannot change."""
    document = made(one_stream(swept), held(), now=now)
    at = None if swept_at is None else timestamp(swept_at)
    assert (document["state"], document["swept_at"], document["day"]) == (state, at, "2026-11-20")
    assert [(each["state"], each["swept_at"]) for each in document["accounts"]] == [(state, at)]
    assert [(each["state"], each["swept_at"]) for each in document["integrations"]] == [(state, at)]


def test_a_sweep_that_took_long() -> None:
    """What Sendcloud deleted while a sweep was under way does not count as swept."""
    began = START + RETENTION - timedelta(minutes=10)
    fetched = {"main": Fetched(Swept({"account": sweep(began, minutes=9)}))}
    assert made(fetched, now=OVER)["state"] == "complete"
    fetched = {"main": Fetched(Swept({"account": sweep(began, minutes=11)}))}
    assert made(fetched, now=OVER)["state"] == "incomplete"


def test_what_still_waits_in_landing_is_not_archived() -> None:
    """A sweep does not count while an object waits that was fetched before it ended."""
    ended = END + timedelta(hours=1)
    assert made(one_stream(ended, waiting=ended + SECOND), now=OVER)["state"] == "complete"
    assert made(one_stream(ended, waiting=ended), now=OVER)["swept_at"] is None
    assert made(one_stream(ended, waiting=END), now=OVER)["state"] == "incomplete"


def test_a_manifest_remembers() -> None:
    """``swept_at`` never goes back: later sweeps no longer reach the day, and it is complete all the same."""
    first = made(one_stream(END), held(), now=END + SECOND)
    later = made(one_stream(OVER - SECOND), held(), now=OVER - SECOND, previous=first)
    assert (later["state"], later["swept_at"]) == ("open", timestamp(END))
    final = made(one_stream(OVER), held(), now=OVER, previous=later)
    assert (final["state"], final["swept_at"]) == ("complete", timestamp(END))
    assert [each["streams"] for each in final["accounts"]] == ["account"]


@pytest.mark.parametrize("swept", [END, END - SECOND])
def test_what_is_final_stays(swept: datetime) -> None:
    """A complete or incomplete manifest is not touched, whatever becomes of the archive's objects."""
    final = made(one_stream(swept), held(), now=OVER)
    assert manifest(DAY, final, [held(102)], one_stream(OVER), now=OVER + RETENTION) == final


# --- accounts --------------------------------------------------------------------------------------------------------


def test_the_account_swept_least_decides() -> None:
    """The day is as complete as its least complete account, and swept when the first of them was last swept."""
    fetched = one_stream(END + SECOND) | {"second": one_stream(END - SECOND)["main"]}
    document = made(fetched, now=OVER)
    assert [(each["account"], each["state"]) for each in document["accounts"]] == [
        ("main", "complete"),
        ("second", "incomplete"),
    ]
    assert (document["state"], document["swept_at"]) == ("incomplete", timestamp(END - SECOND))


def test_an_account_that_was_never_swept() -> None:
    """It owes the whole day: the day is not swept, and incomplete in the end."""
    document = made(one_stream(END) | {"second": Fetched(Swept())}, now=OVER)
    assert (document["state"], document["swept_at"]) == ("incomplete", None)


def test_an_account_that_was_added_later() -> None:
    """An account whose first sweep did not reach the day owes nothing of it."""
    young = Fetched(Swept({"account": sweep(OVER, since=START + SECOND)}))
    document = made(one_stream(END) | {"second": young}, now=OVER)
    assert ([each["account"] for each in document["accounts"]], document["state"]) == (["main"], "complete")
    before = made(one_stream(END) | {"second": Fetched(Swept())}, now=OVER - SECOND)
    document = made(one_stream(END) | {"second": young}, now=OVER, previous=before)
    assert ([each["account"] for each in document["accounts"]], document["state"]) == (["main"], "complete")


def test_an_account_that_was_taken_away() -> None:
    """What was known of it stays known; what was not swept before that stays unswept."""
    before = made(one_stream(END) | {"second": one_stream(END - SECOND)["main"]}, now=END)
    document = made(one_stream(END), now=OVER, previous=before)
    assert [(each["account"], each["state"]) for each in document["accounts"]] == [
        ("main", "complete"),
        ("second", "incomplete"),
    ]


def test_an_account_that_was_never_swept_and_taken_away() -> None:
    """It owed the whole day as long as it was there, and nobody can sweep it now: the day is incomplete."""
    before = made(one_stream(END) | {"second": Fetched(Swept())}, now=END)
    document = made(one_stream(END), now=OVER, previous=before)
    assert [(each["account"], each["swept_at"], each["state"]) for each in document["accounts"]] == [
        ("main", timestamp(END), "complete"),
        ("second", None, "incomplete"),
    ]
    assert (document["state"], document["swept_at"]) == ("incomplete", None)


def test_an_account_swept_by_its_integrations() -> None:
    """All integrations of the list were swept after it was made: that is when the account was swept."""
    document = made(own_streams(END, i101=END, i102=END + SECOND), held(102), now=OVER)
    assert document["accounts"] == [
        {"account": "main", "streams": "integration", "swept_at": timestamp(END), "state": "complete"}
    ]
    (entry,) = document["integrations"]
    assert entry["swept_at"] == timestamp(END + SECOND)


@pytest.mark.parametrize(
    "fetched",
    [
        own_streams(END, i101=END, i102=END - SECOND),  # one was last swept before the list
        own_streams(END, i101=END, i102=OVER),  # one was swept too late
        {"main": Fetched(Swept({"integration-101": sweep(END)}, Listed(END, (101, 102))))},  # one was never swept
        {"main": Fetched(Swept({"integration-101": sweep(END)}))},  # nobody knows which there are
        {"main": Fetched(Swept({"integration-101": sweep(END)}, Listed(END, ())))},
    ],
)
def test_an_account_of_which_an_integration_is_missing(fetched: Mapping[str, Fetched]) -> None:
    """As long as one integration's own stream is not swept, the account is not; the swept one is."""
    document = made(fetched, held(101), now=OVER)
    assert [each["swept_at"] for each in document["accounts"]] == [None]
    assert [each["state"] for each in document["integrations"]] == ["complete"]
    assert document["state"] == "incomplete"


def test_a_list_of_integrations_from_before_the_days_end() -> None:
    """One that came in the day's last second is on no list: later sweeps of those that are do not make up for it."""
    document = made(own_streams(END - SECOND, i101=END, i102=END + SECOND), held(101), now=OVER)
    assert (document["state"], document["swept_at"]) == ("incomplete", timestamp(END - SECOND))
    assert [each["state"] for each in document["integrations"]] == ["complete"]


def test_the_later_of_both_ways_counts() -> None:
    """An account that changed from one stream to its integrations' own was swept by either."""
    both = Swept({"account": sweep(END), "integration-101": sweep(END + SECOND)}, Listed(END + SECOND, (101,)))
    (entry,) = made({"main": Fetched(both)}, now=OVER)["accounts"]
    assert (entry["streams"], entry["swept_at"]) == ("integration", timestamp(END + SECOND))


# --- integrations ----------------------------------------------------------------------------------------------------


def test_what_an_integration_has() -> None:
    """Its counts are those of all its objects together."""
    parts = ArchivedObjects(101, ('"a"', '"b"'), (Counts("main", 3, 5, 9), Counts("main", 2, 11, 12)))
    document = made(one_stream(END), held(102), parts, now=END + SECOND)
    assert [each["integration_id"] for each in document["integrations"]] == [101, 102]
    assert document["integrations"][0] == {
        "account": "main",
        "integration_id": 101,
        "records": 5,
        "first_id": 5,
        "last_id": 12,
        "objects": 2,
        "etags": ['"a"', '"b"'],
        "swept_at": timestamp(END),
        "state": "open",
    }


def test_without_a_summary_nothing_is_counted() -> None:
    """An object whose summary is missing makes its integration and the day open, with a note and no count."""
    document = made(one_stream(END), held(101), held(102, records=None), now=OVER)
    entry = document["integrations"][1]
    assert (entry["records"], entry["first_id"], entry["last_id"], entry["note"]) == (None, None, None, NO_SUMMARY)
    assert (entry["state"], document["state"], document["swept_at"]) == ("open", "open", timestamp(END))
    mended = made(one_stream(OVER), held(101), held(102), now=OVER, previous=document)
    assert (mended["state"], "note" in mended["integrations"][1]) == ("complete", False)


def test_a_missing_summary_beside_an_incomplete_account() -> None:
    """The day stays open even so: were it final, what its objects hold would never be counted."""
    document = made(one_stream(END - SECOND), held(101, records=None), now=OVER)
    assert (document["accounts"][0]["state"], document["state"]) == ("incomplete", "open")
    mended = made(one_stream(OVER), held(101), now=OVER, previous=document)
    assert (mended["state"], mended["integrations"][0]["records"]) == ("incomplete", 3)


def test_what_the_lifecycle_has_deleted_is_remembered() -> None:
    """An object that is there no more leaves its counts of before, with a note; the day is completed all the same."""
    before = made(one_stream(END), held(101), now=END + SECOND)
    document = made(one_stream(OVER), now=OVER, previous=before)
    (entry,) = document["integrations"]
    assert (entry["records"], entry["objects"], entry["etags"], entry["note"]) == (3, 0, [], DELETED)
    assert (entry["state"], document["state"]) == ("complete", "complete")


def test_an_integration_asked_for_by_itself() -> None:
    """A sweep of its own makes one integration complete, for good; the others are not."""
    fetched = {"main": Fetched(Swept({"account": sweep(END - SECOND), "integration-101": sweep(END)}))}
    before = made(fetched, held(101), held(102), now=END)
    document = made(one_stream(OVER), held(101), held(102), now=OVER, previous=before)
    assert [each["state"] for each in document["integrations"]] == ["complete", "incomplete"]


def test_known_again_by_its_etags() -> None:
    """Counts of the manifest of before are those of these very objects, or none."""
    document = made(one_stream(END), held(101), held(102, records=None), now=OVER - SECOND)
    assert known(document, 101, ('"a"',)) == (Counts("main", 3, 1010, 1019),)
    assert known(document, 101, ('"b"',)) is None
    assert known(document, 101, ('"a"', '"b"')) is None
    assert known(document, 102, ('"a"',)) is None
    assert known(document, 103, ('"a"',)) is None
    assert known(None, 101, ('"a"',)) is None


# --- which days have one ---------------------------------------------------------------------------------------------


def test_a_quiet_day_has_a_manifest() -> None:
    """That nothing happened is a fact worth proving."""
    document = made(one_stream(END), now=OVER)
    assert (document["state"], document["integrations"]) == ("complete", [])


def test_a_day_of_which_nothing_can_be_said_has_none() -> None:
    """Neither one before the archive began nor one to come, unless something of it is archived."""
    young = {"main": Fetched(Swept({"account": sweep(OVER, since=START + SECOND)}))}
    assert manifest(DAY, None, [], young, now=OVER) is None
    assert made(young, held(), now=OVER)["state"] == "incomplete"
    assert manifest(DAY, None, [], one_stream(START - SECOND), now=START - SECOND) is None
    assert made(one_stream(START - SECOND), held(), now=START - SECOND)["swept_at"] is None
    assert manifest(DAY, None, [], {"main": Fetched(Swept())}, now=OVER) is None


def test_a_day_that_no_sweep_reached_has_a_manifest_once_the_archive_has_begun() -> None:
    """An outage leaves no hole: its days are there, and incomplete."""
    document = made(one_stream(OVER + RETENTION), now=OVER + RETENTION)
    assert (document["state"], document["swept_at"]) == ("incomplete", None)


def test_what_has_no_day_is_never_over() -> None:
    """The partition of undated records is open for good; no account is judged by it."""
    document = made(one_stream(END), held(), now=OVER, day=EPOCH)
    assert (document["state"], document["accounts"], document["swept_at"]) == ("open", [], None)
    assert document["integrations"][0]["records"] == 3


# --- reading ---------------------------------------------------------------------------------------------------------


SUMMARY = {"version": 1, "etag": '"a"', "account": "main", "records": 2, "first_id": 3, "last_id": 9, "problems": {}}


def test_what_a_summary_says() -> None:
    """Its counts, where it is of the object that is there."""
    assert counts(json.dumps(SUMMARY).encode(), '"a"') == Counts("main", 2, 3, 9)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        json.dumps(SUMMARY | {"etag": '"b"'}).encode(),
        json.dumps(SUMMARY | {"version": 2}).encode(),
        json.dumps(SUMMARY | {"records": "2"}).encode(),
        json.dumps(SUMMARY | {"first_id": None}).encode(),
        json.dumps({name: value for name, value in SUMMARY.items() if name != "last_id"}).encode(),
    ],
)
def test_what_is_no_summary_of_the_object(body: bytes) -> None:
    """A summary of another state of the object, or of another version, counts for nothing."""
    assert counts(body, '"a"') is None


@pytest.mark.parametrize("change", [{"version": 2}, {"state": "fine"}, {"accounts": [{}]}, {"integrations": [1]}])
def test_what_is_no_manifest(change: dict[str, Any]) -> None:
    """A manifest of another version is refused, with what to do: its memory is not to be overwritten."""
    document = made(one_stream(END), held(), now=OVER) | change
    with pytest.raises(ContractBroken, match=r"manifests/x\.json is no manifest of version 1: .*delete it"):
        read("manifests/x.json", json.dumps(document).encode())
    with pytest.raises(ContractBroken):
        read("manifests/x.json", b"\xff")


# --- whatever happens ------------------------------------------------------------------------------------------------

hours = st.integers(-30 * 24, 64 * 24)
runs = st.lists(st.tuples(hours, st.none() | st.integers(0, 48), st.none() | st.integers(0, 96)), max_size=12)


@given(runs)
def test_it_never_claims_more_than_the_sweeps_that_there_were(steps: list[tuple[int, int | None, int | None]]) -> None:
    """Whatever the order of sweeps and runs: complete means a sweep after the day, of the whole day, all archived."""
    document: dict[str, Any] | None = None
    last: Sweep | None = None
    proofs: set[datetime] = set()
    for hour, took, waits in sorted(steps, key=lambda step: step[0]):
        now = START + timedelta(hours=hour)
        if took is not None:
            last = Sweep("sweep", now - timedelta(hours=took), now, LONG_AGO)
        waiting = None if waits is None else now - timedelta(hours=waits)
        if last and last.ended_at - RETENTION <= START and not (waiting and waiting <= last.ended_at):
            proofs.add(last.began_at)
        streams = {"account": last} if last else {}
        before, document = (
            document,
            manifest(DAY, document, [held()], {"main": Fetched(Swept(streams), waiting)}, now=now),
        )
        assert document is not None
        assert document["state"] == "open" or now >= OVER
        assert document["state"] != "complete" or any(proof >= END for proof in proofs)
        assert document["swept_at"] in {None, *map(timestamp, proofs)}
        assert before is None or (before["swept_at"] or "") <= (document["swept_at"] or "")
