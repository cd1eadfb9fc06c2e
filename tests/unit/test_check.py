from __future__ import annotations

import json
import logging
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from check_status.check import check, document, keep, last
from check_status.verdict import NO_TOKEN, Verdict
from integration_logs.endpoint import BearerAuth
from integration_logs.errors import TryLater
from integration_logs.wemasy import Wemasy
from sandbox.upstreams import Sandbox, running
from sandbox.upstreams.wemasy import CREDENTIALS
from tests.fakes.memory_store import MemoryStore
from tests.unit.checks import put_together, vault
from tests.unit.transport import Clock, session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from integration_logs.json_types import JsonObject

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LAST = "state/status/main.json"


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    integrations = {"main": 1, "second": 1, "third": 1}
    with running(integrations=integrations, records={}) as sandbox:
        yield sandbox


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def checked(sandbox: Sandbox, token: str | None = None) -> JsonObject:
    """One check of account main, on a clock that only waiting moves."""
    clock = Clock()
    auth = BearerAuth(token or sandbox.accounts["main"]["wemasy_token"], secret="the test's secret")
    with closing(session(clock, auth=auth, api="WeMaSy")) as http:
        return check("main", Wemasy(http, base_url=sandbox.url), time_left=clock.time_left, at=NOON)


def plain(verdict: str, at: datetime) -> JsonObject:
    name: Any = verdict
    return document("main", at, Verdict(name, "Because."))


def one_hour() -> float:
    return 3600.0


# --- what WeMaSy says ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", ["strings", "integers", "booleans"])
@pytest.mark.parametrize(
    ("active", "connected", "verdict"),
    [(True, True, "healthy"), (True, False, "disconnected"), (False, True, "inactive"), (False, False, "inactive")],
)
def test_flags(sandbox: Sandbox, flags: str, active: bool, connected: bool, verdict: str) -> None:
    """However WeMaSy writes its flags, the verdict is that of the table and the flags are kept as yes or no."""
    sandbox.modes(wemasy_flags=flags, wemasy_active=active, wemasy_connected=connected)
    found = checked(sandbox)
    assert found["verdict"] == verdict
    wemasy = found["wemasy"]
    assert isinstance(wemasy, dict)
    assert (wemasy["is_active"], wemasy["is_connected"], wemasy["has_credentials"]) == (active, connected, True)


@pytest.mark.parametrize(
    "modes",
    [
        {"wemasy_flags": "null"},
        {"wemasy_flags": "garbage"},
        {"wemasy_answer": "error-in-200"},
        {"wemasy_answer": "no-integration"},
    ],
)
def test_what_is_not_known(sandbox: Sandbox, modes: dict[str, str]) -> None:
    """An answer that says nothing is unknown, never a no."""
    sandbox.modes(**modes)
    assert checked(sandbox)["verdict"] == "unknown"


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [
        ({"kind": "unauthorized"}, "credentials_rejected"),
        ({"kind": "forbidden"}, "credentials_rejected"),
        ({"kind": "500"}, "unreachable"),
        ({"kind": "503", "retry_after": 3}, "unreachable"),
        ({"kind": "429", "retry_after": 60}, "unreachable"),
        ({"kind": "cut"}, "unreachable"),
        ({"kind": "html"}, "unknown"),
        ({"kind": "redirect"}, "unknown"),
    ],
)
def test_faults(sandbox: Sandbox, fault: dict[str, Any], verdict: str) -> None:
    """A failure to ask is an outcome with its own word, and has nothing of WeMaSy's in it."""
    sandbox.fault(**fault)
    found = checked(sandbox)
    assert (found["verdict"], found["wemasy"]) == (verdict, None)
    assert str(found["sentence"]).startswith("WeMaSy")


def test_a_fault_that_passes(sandbox: Sandbox) -> None:
    """One bad answer in between is tried again and leaves no trace in the verdict."""
    sandbox.fault("503", count=2)
    assert checked(sandbox)["verdict"] == "healthy"


def test_a_refused_token(sandbox: Sandbox) -> None:
    """The operator hears which secret to renew, and not what is in it."""
    found = checked(sandbox, token="canary-wrong-token")
    assert found["verdict"] == "credentials_rejected"
    assert "secret" in str(found["sentence"])
    assert "canary" not in json.dumps(found)


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_a_check_is_kept_for_good_and_as_the_last(store: MemoryStore) -> None:
    """Each check is an object of its own, named by its time; the last one is found without a search."""
    for minute, verdict in enumerate(["healthy", "disconnected"]):
        at = NOON + timedelta(minutes=minute)
        keep(store, plain(verdict, at), at)
    assert sorted(store.objects) == [
        LAST,
        "status/dt=2026-11-22/12-00-00.000000Z-main.json",
        "status/dt=2026-11-22/12-01-00.000000Z-main.json",
    ]
    assert last(store, "main") == plain("disconnected", NOON + timedelta(minutes=1))
    assert all(body.endswith(b"}\n") and body.count(b"\n") == 1 for body in store.objects.values())


def test_the_last_check_is_the_newest(store: MemoryStore) -> None:
    """A check that began earlier and is stored later is kept, and is not the last one."""
    keep(store, plain("healthy", NOON), NOON)
    earlier = NOON - timedelta(seconds=30)
    keep(store, plain("unreachable", earlier), earlier)
    assert last(store, "main") == plain("healthy", NOON)
    assert "status/dt=2026-11-22/11-59-30.000000Z-main.json" in store.objects


def test_the_newest_wins_whoever_writes_first(store: MemoryStore) -> None:
    """Where an older check gets in between, the newer one is put after all."""
    earlier = NOON - timedelta(seconds=30)
    between = json.dumps(plain("unreachable", earlier)).encode()
    store.lose(1, to=between, prefix="state/")
    store.lose(2, to=between + b"\n", prefix="state/")
    keep(store, plain("healthy", NOON), NOON)
    assert last(store, "main") == plain("healthy", NOON)


def test_a_newer_check_in_between_stays(store: MemoryStore) -> None:
    """Where a newer check gets in between, it stays the last one."""
    later = NOON + timedelta(seconds=30)
    store.lose(to=json.dumps(plain("healthy", later)).encode(), prefix="state/")
    keep(store, plain("unreachable", NOON), NOON)
    assert last(store, "main") == plain("healthy", later)


def test_who_always_loses_says_so(store: MemoryStore) -> None:
    """A last status that cannot be kept is an error, and the check itself is there all the same."""
    for nth in range(1, 10):
        store.lose(nth, to=b"%d" % nth, prefix="state/")
    with pytest.raises(TryLater, match=LAST):
        keep(store, plain("healthy", NOON), NOON)
    assert "status/dt=2026-11-22/12-00-00.000000Z-main.json" in store.objects


@pytest.mark.parametrize(
    "broken", [b"", b"{", b"[]", b"null", b"7", b"{}", b'{"checked_at": 7}', b"\xff", b"[" * 100_000]
)
def test_a_last_status_that_is_none(store: MemoryStore, caplog: pytest.LogCaptureFixture, broken: bytes) -> None:
    """A broken object is told of, taken for none, and mended by the next check."""
    store.set(LAST, broken)
    assert last(store, "main") is None
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    keep(store, plain("healthy", NOON), NOON)
    assert last(store, "main") == plain("healthy", NOON)


# --- every account ---------------------------------------------------------------------------------------------------


def test_every_account_is_checked(sandbox: Sandbox, store: MemoryStore) -> None:
    """Each account has its check, in the order of the settings, kept and answered."""
    checking = put_together(store, vault(sandbox), sandbox, "main", "second", "third")
    found = checking.run(one_hour)
    assert [(each["account"], each["verdict"]) for each in found] == [
        ("main", "healthy"),
        ("second", "unknown"),
        ("third", "healthy"),
    ]
    assert checking.last() == found


def test_an_account_without_a_token_is_not_asked_about(sandbox: Sandbox, store: MemoryStore) -> None:
    """Without a token no request goes out, and the verdict says what to add."""
    (found,) = put_together(store, vault(sandbox), sandbox, "second").run(one_hour)
    assert (found["verdict"], found["sentence"], found["wemasy"]) == ("unknown", NO_TOKEN.sentence, None)
    assert sandbox.requests()["total"] == 0


def test_one_accounts_failure_never_hides_anothers(sandbox: Sandbox, store: MemoryStore) -> None:
    """A missing secret, a refused token and a failing WeMaSy are each their own account's; the others are healthy."""
    sandbox.fault("429", account="third", retry_after=3600)
    secrets = vault(sandbox, wrong=sandbox.accounts["main"] | {"wemasy_token": "wrong"}, empty={})
    found = put_together(store, secrets, sandbox, "absent", "empty", "wrong", "third", "main").run(one_hour)
    assert {each["account"]: each["verdict"] for each in found} == {
        "absent": "credentials_rejected",
        "empty": "credentials_rejected",
        "wrong": "credentials_rejected",
        "third": "unreachable",
        "main": "healthy",
    }
    assert len([key for key in store.objects if key.startswith("status/")]) == 5


def test_a_wrong_address_is_a_verdict(sandbox: Sandbox, store: MemoryStore) -> None:
    """A base URL that no request may go to is said in each account's verdict, not thrown."""
    checking = put_together(store, vault(sandbox), sandbox, "main", base_url="http://wemasy.example/api")
    (found,) = checking.run(one_hour)
    assert found["verdict"] == "credentials_rejected"
    assert sandbox.requests()["total"] == 0


@pytest.mark.parametrize("prefix", ["status/", "state/"])
def test_a_check_that_cannot_be_kept(sandbox: Sandbox, store: MemoryStore, prefix: str) -> None:
    """Where the store fails for one account, the others are kept first, and then the run fails."""
    store.fail(verb="put", prefix=prefix)
    with pytest.raises(TryLater):
        put_together(store, vault(sandbox), sandbox, "main", "third").run(one_hour)
    assert len([key for key in store.objects if key.startswith("state/")]) == 1


def test_accounts_are_asked_side_by_side(sandbox: Sandbox, store: MemoryStore) -> None:
    """An account that hangs costs the others no time: it is still waiting while the next is asked."""
    secrets = vault(sandbox)
    both = threading.Barrier(2, timeout=10)
    secrets.before = lambda _: both.wait()
    found = put_together(store, secrets, sandbox, "main", "third").run(one_hour)
    assert [each["verdict"] for each in found] == ["healthy", "healthy"]


def test_no_time_left(sandbox: Sandbox, store: MemoryStore) -> None:
    """A run without time asks nobody and says so in each verdict."""
    found = put_together(store, vault(sandbox), sandbox, "main", "third").run(lambda: 5.0)
    assert [each["verdict"] for each in found] == ["unreachable", "unreachable"]
    assert sandbox.requests()["total"] == 0


def test_a_broken_last_status_does_not_stop_the_check(sandbox: Sandbox, store: MemoryStore) -> None:
    """The check goes on over whatever is stored in its place, and mends it."""
    store.set(LAST, b"{broken")
    checking = put_together(store, vault(sandbox), sandbox, "main")
    assert checking.last() == []
    assert checking.last() != checking.run(one_hour) == checking.last()


def test_credentials_are_nowhere(sandbox: Sandbox, store: MemoryStore, caplog: pytest.LogCaptureFixture) -> None:
    """Neither WeMaSy's copy of the shop's keys nor our own secrets are in any object, answer or log line."""
    caplog.set_level(logging.DEBUG)
    secrets = vault(sandbox, wrong=sandbox.accounts["main"] | {"wemasy_token": "canary-wrong-token"})
    checking = put_together(store, secrets, sandbox, "main", "second", "third", "wrong")
    answers = [*checking.run(one_hour), *checking.last()]
    sandbox.modes(wemasy_answer="error-in-200")
    answers += checking.run(one_hour)
    everything = json.dumps(answers) + caplog.text + b"".join(store.objects.values()).decode() + "".join(store.objects)
    keys = [key for account in sandbox.accounts.values() for key in account.values()]
    assert answers[0]["wemasy"]["has_credentials"] is True  # type: ignore[index,call-overload]
    assert [each for each in (*CREDENTIALS.values(), *keys, "canary", "Bearer") if each in everything] == []
