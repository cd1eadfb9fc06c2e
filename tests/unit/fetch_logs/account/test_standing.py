from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fetch_logs.account.outcome import AccountResult
from fetch_logs.account.standing import Behind, Pause, Standing, after_walk, digest, load, save
from fetch_logs.stream.result import WalkResult
from integration_logs.errors import ContractBroken, CredentialsRejected, IntegrationLogsError, NeedsOperator, TryLater
from tests.fakes.memory_store import MemoryStore

NOW = datetime(2026, 11, 22, 2, 41, 22, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEY = "state/fetch/main/standing.json"
REFUSED = CredentialsRejected("Sendcloud refused the credentials.")
PAUSED = Standing(paused=Pause("keys", NOW - HOUR, "Refused before."))

times = st.datetimes(timezones=st.just(UTC))
standings = st.builds(
    Standing,
    streams=st.sampled_from([None, "account", "integration"]),
    paused=st.none() | st.builds(Pause, st.text(), times, st.text(), st.text()),
    behind=st.dictionaries(
        st.text(), st.builds(Behind, times, st.integers(1, 10_000), st.text(), st.text()), max_size=4
    ),
)


def walk(
    *reached: str, pages: int = 0, present: set[str] | None = None, **failures: IntegrationLogsError
) -> AccountResult:
    """A walk that came to these ends."""
    return AccountResult(
        WalkResult(pages=pages, complete=True),
        failures,
        frozenset({*reached, *failures}),
        present=None if present is None else frozenset(present),
    )


def after(standing: Standing, outcome: AccountResult, *, credentials: str = "keys", now: datetime = NOW) -> Standing:
    return after_walk(standing, outcome, credentials=credentials, now=now)


# --- the pause --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["account", "integrations"])
def test_refused_credentials_pause(where: str) -> None:
    """Where Sendcloud refuses the credentials and gives nothing, the account is paused, for those credentials."""
    paused = after(Standing(), walk(**{where: REFUSED})).paused
    assert paused == Pause("keys", NOW, str(REFUSED), "CredentialsRejected")


@pytest.mark.parametrize(
    "outcome",
    [
        walk("a", pages=1, b=REFUSED),
        walk("integrations", b=REFUSED),
        walk(account=TryLater("503")),
        walk(account=NeedsOperator("A certificate.")),
        walk(account=ContractBroken("Not a list.")),
        walk(),
    ],
)
def test_anything_else_does_not_pause(outcome: AccountResult) -> None:
    """One stream that is forbidden, or any other failure, holds up nothing."""
    assert after(Standing(), outcome).paused is None


@pytest.mark.parametrize("outcome", [walk("account", pages=1), walk("integrations"), walk("integrations", b=REFUSED)])
@pytest.mark.parametrize("credentials", ["keys", "others"])
def test_an_answer_ends_the_pause(outcome: AccountResult, credentials: str) -> None:
    """As soon as Sendcloud gives anything, for whichever credentials, the account goes on."""
    assert after(PAUSED, outcome, credentials=credentials).paused is None


@pytest.mark.parametrize("outcome", [walk(account=TryLater("503")), walk(credentials=TryLater("No secret.")), walk()])
def test_no_answer_does_not_end_the_pause(outcome: AccountResult) -> None:
    """A walk that did not get as far as an answer changes nothing: the pause is told once."""
    assert after(PAUSED, outcome).paused == PAUSED.paused


def test_refused_again() -> None:
    """The same credentials, refused again, are paused since the first time; others since now."""
    assert after(PAUSED, walk(account=REFUSED)).paused == PAUSED.paused
    assert after(PAUSED, walk(account=REFUSED), credentials="others").paused == Pause(
        "others", NOW, str(REFUSED), "CredentialsRejected"
    )


def test_a_digest() -> None:
    """Each change of a key changes the digest, which tells nothing of them."""
    keys = [("public", "secret"), ("public", "secret", "token"), ("publi", "csecret"), ("public", "secret2"), ()]
    assert len(set(map(digest, keys))) == len(keys)
    assert digest(keys[0]) == digest(("public", "secret"))
    assert not any(part in digest(keys[0]) for part in keys[0])


# --- what falls behind ------------------------------------------------------------------------------------------------


def test_failures_in_a_row() -> None:
    """Each failure counts, since the first of them, with the reason of the last."""
    standing = after(Standing(), walk(a=TryLater("one")))
    standing = after(standing, walk(a=ContractBroken("two")), now=NOW + HOUR)
    assert standing.behind == {"a": Behind(NOW, 2, "two", "ContractBroken")}
    assert standing.stale(3) == {}
    assert standing.stale(2) == standing.behind


def test_only_what_was_reached_is_cleared() -> None:
    """A stream that came to its end is up to date; of one that was not come to nothing is known."""
    standing = Standing(behind={name: Behind(NOW, 4, "x") for name in ("a", "b", "c")})
    assert after(standing, walk("a", c=TryLater("y"))).behind == {
        "b": Behind(NOW, 4, "x"),
        "c": Behind(NOW, 5, "y", "TryLater"),
    }


def test_what_is_gone_is_not_behind() -> None:
    """A stream that no longer exists falls behind no longer; where it is unknown what there is, it stays."""
    standing = Standing(behind={name: Behind(NOW, 4, "x") for name in ("a", "b")})
    assert set(after(standing, walk("c", present={"b", "c"})).behind) == {"b"}
    assert set(after(standing, walk("c")).behind) == {"a", "b"}


@pytest.mark.parametrize(("days", "at_risk"), [(0, False), (19.99, False), (20, True), (29, True), (31, True)])
def test_at_risk(days: float, at_risk: bool) -> None:
    """Ten days before Sendcloud deletes what happened since, the stream is at risk, and when that is is known."""
    behind = Behind(NOW - timedelta(days=days), 1, "x")
    assert (Standing(behind={"a": behind}).at_risk(NOW) == {"a": behind}) is at_risk
    assert behind.deleted_in(NOW) == timedelta(days=30 - days)


@given(standings)
def test_a_good_walk_changes_nothing(standing: Standing) -> None:
    """A walk without failure over an account that is well leaves all as it is: an idle tick writes nothing."""
    well = replace(standing, paused=None, behind={})
    assert after(well, walk("account", pages=1)) == well


@pytest.mark.parametrize(("found", "remembered"), [(None, "account"), ("integration", "integration")])
def test_the_streams_are_remembered(found: Any, remembered: str) -> None:
    """What the account turned out to have is remembered until a walk finds something else."""
    assert after(Standing("account"), replace(walk("a", pages=1), streams=found)).streams == remembered


# --- the object -------------------------------------------------------------------------------------------------------


@given(standings, standings)
def test_round_trip(first: Standing, second: Standing) -> None:
    """What was saved is loaded, also after it was replaced."""
    store = MemoryStore()
    for standing in (first, second):
        save(store, "main", load(store, "main"), standing)
        assert load(store, "main") == standing


def test_a_person_can_read_it() -> None:
    """The object is indented JSON with UTC times."""
    store = MemoryStore()
    standing = Standing(
        "account", Pause("5d41", NOW, "Geweigerd – ü", "x"), {"integration-7": Behind(NOW, 3, "503", "y")}
    )
    save(store, "main", Standing(), standing)
    time = "2026-11-22T02:41:22.123456Z"
    assert json.loads(store.objects[KEY]) == {
        "version": 1,
        "streams": "account",
        "paused": {"credentials": "5d41", "since": time, "reason": "Geweigerd – ü", "cause": "x"},
        "behind": {"integration-7": {"since": time, "ticks": 3, "reason": "503", "cause": "y"}},
        "under_way": None,
    }
    assert "Geweigerd – ü".encode() in store.objects[KEY]


def test_no_change_is_not_written() -> None:
    """What is as before costs no write."""
    store = MemoryStore()
    save(store, "main", PAUSED, replace(PAUSED, etag="other"))
    assert store.calls == []


def test_another_walk_was_first() -> None:
    """Where another walk has written meanwhile, its word stands, and that is no failure."""
    store = MemoryStore()
    before = load(store, "main")
    save(store, "main", before, Standing("account"))
    save(store, "main", before, PAUSED)
    assert load(store, "main") == Standing("account")


GOOD: dict[str, Any] = {"version": 1, "streams": None, "paused": None, "behind": {}}


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({**GOOD, "version": 2}),
        json.dumps({"version": 1}),
        json.dumps({**GOOD, "behind": []}),
        json.dumps({**GOOD, "behind": {"a": 1}}),
        json.dumps({**GOOD, "behind": {"a": {"since": None, "ticks": 1, "reason": ""}}}),
        json.dumps({**GOOD, "behind": {"a": {"since": "2026-01-01", "ticks": "x", "reason": ""}}}),
        '{"version": 1, "streams": null, "paused": null, "behind": {"a": {"since": "2026-01-01", "ticks": 1e999}}}',
        json.dumps({**GOOD, "paused": "yes"}),
        json.dumps({**GOOD, "paused": {"credentials": "x", "since": "yesterday", "reason": ""}}),
        json.dumps({**GOOD, "streams": []}),
        "[]",
        "null",
        "",
        b"\xff\xfe",
    ],
)
def test_what_cannot_be_read(body: str | bytes) -> None:
    """An object that is none of ours counts as no knowledge, and is replaced by what the next walk finds."""
    store = MemoryStore()
    store.set(KEY, body if isinstance(body, bytes) else body.encode())
    before = load(store, "main")
    assert before == Standing()
    save(store, "main", before, PAUSED)
    assert load(store, "main") == PAUSED
