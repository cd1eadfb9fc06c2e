from __future__ import annotations

import json
import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from check_status.check.state import key, load
from check_status.problems.summaries import PREFIX
from integration_logs.errors import NeedsOperator, TryLater
from sandbox.upstreams import Sandbox, running
from sandbox.upstreams.wemasy import CREDENTIALS
from tests.fakes.memory_store import MemoryStore
from tests.unit.check_status.checks import NOON, Channels, Ticking, put_together, vault
from tests.unit.check_status.summarised import body, found, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from check_status.composition_root import Checker

STANDING = "state/fetch/main/standing.json"
SHOP = 400001


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Both APIs on a clock that stands at noon; nothing is the matter in any shop."""
    monkeypatch.setattr(
        "integration_logs.upstream.http._BACKOFF_BASE", 0.0
    )  # what is asked again is asked again at once
    integrations = {"main": 1, "second": 1, "third": 1}
    with running(integrations=integrations, records={}, clock=lambda: NOON) as sandbox:
        sandbox.integration("main", SHOP, started_failing_at=None, last_fetched_at=NOON.isoformat())
        yield sandbox


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def channels() -> Channels:
    return Channels()


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def checking(sandbox: Sandbox, store: MemoryStore, channels: Channels, clock: Ticking) -> Checker:
    return put_together(store, vault(sandbox), sandbox, "main", channels=channels, now=clock)


def soon() -> float:
    """Seconds left that suffice for an answer and not for waiting as long as an API asks for."""
    return 17.5


def hour() -> float:
    return 3600.0


def check(checking: Checker, left: Callable[[], float] = hour) -> dict[str, Any]:
    """One check of the one account; raises what went wrong."""
    (found,) = run(checking, left)
    return found


def run(checking: Checker, left: Callable[[], float] = hour) -> list[Any]:
    """One check of every account, in their order; raises what went wrong first."""
    found, failures = checking.run(left)
    for error in failures.values():
        raise error
    return list(found)


def failing(sandbox: Sandbox, *, since: str | None = NOON.isoformat()) -> None:
    sandbox.integration("main", SHOP, started_failing_at=since)


def history(store: MemoryStore) -> list[dict[str, Any]]:
    """Every line of every check that was kept, in order."""
    kept = [body for name, body in sorted(store.objects.items()) if name.startswith("status/")]
    return [json.loads(line) for body in kept for line in body.splitlines()]


# --- what the two say ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flags", ["strings", "integers", "booleans"])
@pytest.mark.parametrize(
    ("active", "connected", "verdict"),
    [(True, True, "healthy"), (True, False, "disconnected"), (False, True, "inactive"), (False, False, "inactive")],
)
def test_flags(checking: Checker, sandbox: Sandbox, flags: str, active: bool, connected: bool, verdict: str) -> None:
    """However WeMaSy writes its flags, the verdict is that of the table and the flags are kept as yes or no."""
    sandbox.modes(wemasy_flags=flags, wemasy_active=active, wemasy_connected=connected)
    found = check(checking)
    assert (found["verdict"], found["integrations"][0]["verdict"]) == ("healthy", verdict)
    wemasy = found["wemasy"]
    assert (wemasy["is_active"], wemasy["is_connected"], wemasy["has_credentials"]) == (active, connected, True)


@pytest.mark.parametrize("flags", ["null", "garbage"])
def test_flags_that_say_nothing(checking: Checker, sandbox: Sandbox, flags: str) -> None:
    """Flags that nobody can read are unknown, never a no; WeMaSy let itself be asked all the same."""
    sandbox.modes(wemasy_flags=flags)
    found = check(checking)
    assert (found["verdict"], found["integrations"][0]["verdict"]) == ("healthy", "unknown")


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "unauthorized"}, "credentials_rejected"),
    ({"kind": "forbidden"}, "credentials_rejected"),
    ({"kind": "500"}, "unreachable"),
    ({"kind": "503", "retry_after": 3}, "unreachable"),
    ({"kind": "429", "retry_after": 60}, "unreachable"),
    ({"kind": "cut"}, "unreachable"),
    ({"kind": "redirect"}, "unknown"),
]
SIDES = {"Sendcloud": "/api/v3/", "WeMaSy": "/api/services/"}


@pytest.mark.parametrize(("fault", "verdict"), FAULTS)
@pytest.mark.parametrize("side", SIDES)
def test_faults(checking: Checker, sandbox: Sandbox, side: str, fault: dict[str, Any], verdict: str) -> None:
    """A failure to ask is the account's, with its own word, in a sentence that names the side that failed."""
    sandbox.fault(**fault, path=SIDES[side])
    found = check(checking, soon)
    assert found["verdict"] == verdict
    assert found["sentence"].startswith(f"{side} refused the credentials" if "cred" in verdict else f"{side}: ")
    assert found["integrations"] == []
    assert (found["wemasy"] is None) == (side == "WeMaSy")


@pytest.mark.parametrize("answer", ["error-in-200", "no-integration"])
def test_a_breach_of_wemasys_contract(checking: Checker, sandbox: Sandbox, answer: str) -> None:
    """A 200 that is no status is a breach of contract and not a status."""
    sandbox.modes(wemasy_answer=answer)
    found = check(checking)
    assert (found["verdict"], found["wemasy"]) == ("unknown", None)


def test_a_breach_of_sendclouds_contract(checking: Checker, sandbox: Sandbox) -> None:
    """A list that is none is a breach of contract and not an empty list."""
    sandbox.fault("not-a-list")
    found = check(checking)
    assert (found["verdict"], found["integrations"]) == ("unknown", [])
    assert "without a list of data" in found["sentence"]


def test_both_sides_fail(checking: Checker, sandbox: Sandbox) -> None:
    """Of two failures the one that somebody must act on is the verdict; the sentence has both."""
    sandbox.fault("500", path=SIDES["Sendcloud"])
    sandbox.fault("unauthorized", path=SIDES["WeMaSy"])
    found = check(checking, soon)
    assert found["verdict"] == "credentials_rejected"
    assert "WeMaSy refused" in found["sentence"]
    assert "Sendcloud: " in found["sentence"]


def test_a_fault_that_passes(sandbox: Sandbox, checking: Checker) -> None:
    """A bad answer in between is asked for again and leaves no trace in the verdict."""
    sandbox.fault("503", count=3)
    assert check(checking)["verdict"] == "healthy"


# --- secrets ---------------------------------------------------------------------------------------------------------


def test_a_refused_token(sandbox: Sandbox, store: MemoryStore) -> None:
    """The operator hears which secret to renew, and not what is in it."""
    secrets = vault(sandbox, main=sandbox.accounts["main"] | {"wemasy_token": "canary-wrong-token"})
    found = check(put_together(store, secrets, sandbox, "main"))
    assert (found["verdict"], "integration-logs/main" in found["sentence"]) == ("credentials_rejected", True)
    assert "canary" not in json.dumps(found)


def test_a_missing_secret_was_refused_by_nobody(sandbox: Sandbox, store: MemoryStore) -> None:
    """A secret that is missing or damaged is unknown, with a sentence that says what to create, and nobody is asked."""
    secrets = vault(sandbox, empty={})
    found = run(put_together(store, secrets, sandbox, "absent", "empty"))
    assert [(each["verdict"], "integration-logs/" in str(each["sentence"])) for each in found] == [
        ("unknown", True)
    ] * 2
    assert sandbox.requests()["total"] == 0


@pytest.mark.parametrize(
    ("named", "verdicts"),
    [
        (SHOP, ("healthy", "disconnected")),
        (f" {SHOP} ", ("healthy", "disconnected")),
        (7, ("unknown", "healthy")),
        ("canary", ("unknown", "healthy")),
        ([SHOP], ("unknown", "healthy")),
    ],
)
def test_the_integration_that_the_secret_names(
    sandbox: Sandbox, store: MemoryStore, named: object, verdicts: tuple[str, str]
) -> None:
    """WeMaSy's word is about the one that the secret names; a name that nobody has is said, without quoting it."""
    sandbox.modes(wemasy_connected=False)
    secrets = vault(sandbox, main=sandbox.accounts["main"] | {"wemasy_integration_id": named})
    found = check(put_together(store, secrets, sandbox, "main"))
    assert (found["verdict"], found["integrations"][0]["verdict"]) == verdicts
    assert "canary" not in json.dumps(found)


def test_a_wrong_address_is_a_verdict(sandbox: Sandbox, store: MemoryStore) -> None:
    """A base URL that no request may go to is said in the verdict, not thrown; the other side is asked."""
    checking = put_together(store, vault(sandbox), sandbox, "main", wemasy_url="http://wemasy.example/api")
    found = check(checking)
    assert found["verdict"] == "unknown"
    assert "https://" in found["sentence"]
    assert sandbox.requests()["total"] == 1


def test_credentials_are_nowhere(sandbox: Sandbox, store: MemoryStore, caplog: pytest.LogCaptureFixture) -> None:
    """Neither WeMaSy's copy of the shop's keys nor our own secrets are in any object, answer, message or log line."""
    caplog.set_level(logging.DEBUG)
    channels = Channels()
    own = sandbox.accounts["main"]
    sandbox.integration(
        "main", SHOP, shop_name=f"Shop {own['sendcloud_secret_key']}", credentials=CREDENTIALS,
        shop_url=f"https://u:{own['sendcloud_secret_key']}@shop.example/?k={own['sendcloud_public_key']}",
        started_failing_at=NOON.isoformat(), type=own["sendcloud_public_key"],
    )  # fmt: skip
    secrets = vault(sandbox, wrong=own | {"wemasy_token": "canary-wrong-token"})
    checking = put_together(store, secrets, sandbox, "main", "second", "third", "wrong", channels=channels)
    answers = [*run(checking), *checking.status(), *run(checking)]
    sandbox.modes(wemasy_answer="error-in-200")
    answers += run(checking)
    everything = json.dumps([answers, channels.events, channels.notices], default=str) + caplog.text
    everything += b"".join(store.objects.values()).decode() + "".join(store.objects)
    keys = [key for account in sandbox.accounts.values() for key in account.values()]
    assert channels.notices
    assert answers[0]["wemasy"]["has_credentials"] is True  # type: ignore[index,call-overload]
    assert [each for each in (*CREDENTIALS.values(), *keys, "canary", "Bearer") if each in everything] == []


# --- every account ---------------------------------------------------------------------------------------------------


def test_every_account_is_checked(sandbox: Sandbox, store: MemoryStore) -> None:
    """Each account has its check, in the order of the settings; what was answered is what the status says later."""
    checking = put_together(store, vault(sandbox), sandbox, "main", "second", "third")
    found = run(checking)
    assert [(each["account"], each["verdict"]) for each in found] == [
        ("main", "healthy"),
        ("second", "healthy"),
        ("third", "healthy"),
    ]
    assert "no wemasy_token" in str(found[1]["sentence"])
    requests = sandbox.requests()["total"]
    assert checking.status() == found
    assert sandbox.requests()["total"] == requests == 5


def test_one_accounts_failure_never_hides_anothers(sandbox: Sandbox, store: MemoryStore) -> None:
    """A missing secret, a refused token and a failing API are each their own account's; the others are healthy."""
    sandbox.fault("429", account="third", retry_after=3600)
    secrets = vault(sandbox, wrong=sandbox.accounts["main"] | {"wemasy_token": "wrong"}, empty={})
    found = run(put_together(store, secrets, sandbox, "absent", "empty", "wrong", "third", "main"), hour)
    assert {each["account"]: each["verdict"] for each in found} == {
        "absent": "unknown",
        "empty": "unknown",
        "wrong": "credentials_rejected",
        "third": "unreachable",
        "main": "healthy",
    }
    assert {line["account"] for line in history(store)} == {"absent", "empty", "wrong", "third", "main"}


def test_accounts_are_asked_side_by_side(sandbox: Sandbox, store: MemoryStore) -> None:
    """An account that hangs costs the others no time: twenty that wait for each other all get their turn."""
    names = [f"shop-{number}" for number in range(20)]
    secrets = vault(sandbox, **dict.fromkeys(names, sandbox.accounts["third"]))
    every = threading.Barrier(len(names), timeout=20)
    secrets.before = lambda _: every.wait()
    found = run(put_together(store, secrets, sandbox, *names), hour)
    assert {each["verdict"] for each in found} == {"healthy"}


def test_the_two_sides_are_asked_side_by_side(checking: Checker, sandbox: Sandbox) -> None:
    """One API that hangs takes no time from the other: both requests are on their way at once."""
    both = threading.Barrier(2, timeout=10)
    answered = sandbox.world.claimed

    def waiting(request: Any) -> str | None:
        both.wait()
        return answered(request)

    sandbox.world.claimed = waiting  # type: ignore[method-assign]
    assert check(checking)["verdict"] == "healthy"


def test_no_time_left(sandbox: Sandbox, store: MemoryStore) -> None:
    """A run without time asks nobody and says so in each verdict."""
    found = run(put_together(store, vault(sandbox), sandbox, "main", "third"), lambda: 15.0)
    assert [each["verdict"] for each in found] == ["unreachable", "unreachable"]
    assert "no time is left" in str(found[0]["sentence"])
    assert sandbox.requests()["total"] == 0


# --- what is kept ----------------------------------------------------------------------------------------------------


def test_each_check_is_kept_for_good(checking: Checker, store: MemoryStore, clock: Ticking) -> None:
    """Each check is an object of its own, named by its time, with one line for each subject."""
    check(checking)
    clock.tick()
    check(checking)
    names = [name for name in sorted(store.objects) if name.startswith("status/")]
    assert [name[:27] for name in names] == ["status/dt=2026-11-22/12-00-", "status/dt=2026-11-22/12-05-"]
    assert names[0].endswith("Z-main.json")
    assert [(line["subject"], line["verdict"]) for line in history(store)] == [
        ("account", "healthy"),
        (f"integration-{SHOP}", "healthy"),
    ] * 2


def test_what_a_check_costs_while_nothing_happens(checking: Checker, store: MemoryStore, sandbox: Sandbox) -> None:
    """A check asks each side once, lists the summaries, reads two objects and writes two."""
    check(checking)
    store.calls.clear()
    before = sandbox.requests()["total"]
    check(checking)
    assert [(verb, place.partition("202")[0]) for verb, place in store.calls] == [
        ("entries", "state/summaries/dt="),
        ("entries", "state/summaries/"),
        ("get", STANDING),
        ("get", key("main")),
        ("put", key("main")),
        ("put", "status/dt="),
    ]
    assert sandbox.requests()["total"] - before == 2


@pytest.mark.parametrize("prefix", ["status/", "state/status/"])
def test_a_check_that_cannot_be_kept(sandbox: Sandbox, store: MemoryStore, prefix: str) -> None:
    """Where the store fails for one account, the others have their turn first, and then the run fails."""
    store.fail(verb="put", prefix=prefix)
    with pytest.raises(TryLater):
        run(put_together(store, vault(sandbox), sandbox, "main", "third"), hour)
    assert len([name for name in store.objects if name.startswith("status/")]) == 1


def test_what_is_told_does_not_hang_on_the_history(
    checking: Checker, sandbox: Sandbox, store: MemoryStore, channels: Channels
) -> None:
    """Where the line of a check cannot be kept, what the check found is told all the same."""
    failing(sandbox)
    check(checking)
    store.fail(verb="put", prefix="status/", error=NeedsOperator("Policy."))
    with pytest.raises(NeedsOperator, match="Policy"):
        check(checking)
    assert channels.changes == [(str(SHOP), None, "failing")]


def test_a_state_that_cannot_be_read_stops_its_account_alone(
    sandbox: Sandbox, store: MemoryStore, channels: Channels
) -> None:
    """A broken state is neither replaced nor told about anew; the other account is checked, and the run fails."""
    store.set(key("main"), b"{broken")
    checking = put_together(store, vault(sandbox), sandbox, "main", "third", channels=channels)
    with pytest.raises(NeedsOperator, match=r"state/status/main\.json"):
        run(checking)
    assert store.objects[key("main")] == b"{broken"
    broken, third = checking.status()
    assert (broken["account"], broken["verdict"], third["verdict"]) == ("main", "unknown", "healthy")
    assert "restore its last good version" in str(broken["sentence"])
    assert channels.events == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{broken", b'{"behind": 7, "paused": null}', b'{"behind": {"account": {}}, "paused": null}']
)
def test_a_standing_that_cannot_be_read(checking: Checker, store: MemoryStore, body: bytes) -> None:
    """How fetching stands may be unreadable: the check goes on without it."""
    store.set(STANDING, body)
    assert check(checking)["verdict"] == "healthy"


def test_a_stream_at_risk_is_told(checking: Checker, store: MemoryStore, channels: Channels) -> None:
    """What fetch_logs wrote down as behind for so long that records will be deleted is told, once."""
    since = (NOON - timedelta(days=25)).isoformat()
    behind = {"account": {"since": since, "ticks": 9, "reason": "429"}}
    store.set(STANDING, json.dumps({"version": 1, "behind": behind, "paused": None}).encode())
    check(checking)
    check(checking)
    assert [each["DetailType"] for each in channels.events] == ["Archive At Risk"]


# --- what is told ----------------------------------------------------------------------------------------------------


def test_a_change_is_told_once(checking: Checker, sandbox: Sandbox, clock: Ticking, channels: Channels) -> None:
    """A failure that two checks saw is told once, on both channels, and so is its end."""
    check(checking)
    failing(sandbox)
    for _ in range(4):
        check(checking)
        clock.tick()
    failing(sandbox, since=None)
    clock.tick(60)
    sandbox.integration("main", SHOP, last_fetched_at=clock.at.isoformat())
    for _ in range(4):
        check(checking)
        clock.tick()
    assert channels.changes == [(str(SHOP), "healthy", "failing"), (str(SHOP), "failing", "healthy")]
    assert len(channels.notices) == 2


def test_two_checks_at_once_tell_once(
    checking: Checker, sandbox: Sandbox, store: MemoryStore, channels: Channels
) -> None:
    """Two runs that saw the same at the same moment, whoever stores first, tell it once and lose nothing."""
    check(checking)
    failing(sandbox)
    check(checking)
    both = threading.Barrier(2, timeout=10)
    seen = checking.asking.observe

    def together(*arguments: Any, **named: Any) -> Any:
        found = seen(*arguments, **named)
        both.wait()
        return found

    object.__setattr__(checking.asking, "observe", together)
    runs = [threading.Thread(target=check, args=(checking,)) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert channels.changes == [(str(SHOP), "healthy", "failing")]
    state = load(store, "main")
    assert state is not None
    assert state.outbox == ()


def test_who_lost_looks_again(checking: Checker, sandbox: Sandbox, store: MemoryStore, channels: Channels) -> None:
    """Where another run stored its state in between, the step is made anew from that one."""
    check(checking)
    failing(sandbox)
    between = store.objects[key("main")]
    check(checking)
    after_one = store.objects[key("main")]
    store.set(key("main"), between)
    store.lose(1, to=after_one, prefix="state/status/")
    check(checking)
    assert channels.changes == [(str(SHOP), "healthy", "failing")]


def test_who_always_loses_says_so(checking: Checker, store: MemoryStore) -> None:
    """A state that cannot be put is an error that passes."""
    check(checking)
    states = [store.objects[key("main")] + b" " * number for number in range(1, 10)]
    for nth, state in enumerate(states, 1):
        store.lose(nth, to=state, prefix="state/status/")
    with pytest.raises(TryLater, match="keep replacing state/status/main"):
        check(checking)


def test_a_check_that_was_overtaken_adds_nothing(
    checking: Checker, store: MemoryStore, sandbox: Sandbox, clock: Ticking
) -> None:
    """A check that began before the last one and comes after it changes neither the state nor the history."""
    check(checking)
    clock.at -= timedelta(minutes=1)
    failing(sandbox)
    before = dict(store.objects)
    assert check(checking)["integrations"][0]["verdict"] == "healthy"
    assert store.objects == before


def test_a_clock_that_was_wrong_stops_nothing(checking: Checker, clock: Ticking) -> None:
    """A check that a wrong clock dated far ahead does not silence those after it."""
    clock.at += timedelta(days=400)
    check(checking)
    clock.at -= timedelta(days=400)
    assert check(checking)["checked_at"].startswith("2026-11-22")


def test_what_a_dead_run_left_is_told(
    checking: Checker, sandbox: Sandbox, store: MemoryStore, channels: Channels, clock: Ticking
) -> None:
    """A run that dies between storing and telling leaves it to the next check, under the same id, and never again."""
    failing(sandbox)
    check(checking)
    store.fail(verb="put", prefix="status/", error=KeyboardInterrupt())
    telling, checking.telling = checking.telling, lambda: pytest.fail("the run is dead")
    with pytest.raises((KeyboardInterrupt, pytest.fail.Exception)):
        check(checking)
    checking.telling = telling
    check(checking)
    assert channels.changes == []
    for _ in range(3):
        clock.tick()
        check(checking)
    assert channels.changes == [(str(SHOP), None, "failing")]


# --- a first look at a large archive ---------------------------------------------------------------------------------


def summarised(store: MemoryStore, *integrations: int, days: int = 31, records: int = 1) -> None:
    """Summaries of one problem for each integration and day."""
    for id_ in integrations:
        for ago in range(days):
            at = NOON - timedelta(days=ago, minutes=30)
            made = summary(id_, **{f"problem-{id_}": found(*[at] * records)})
            store.set(f"{PREFIX}dt={at:%Y-%m-%d}/integration-{id_}.json", body(made))


def slow(store: MemoryStore, *, seconds: float) -> Callable[[], float]:
    """Seconds left of an invocation in which nothing takes time but each read of a summary."""
    began = len(store.calls)
    return lambda: 60 - seconds * sum(key.startswith(PREFIX) for verb, key in store.calls[began:] if verb == "get")


def test_a_first_look_takes_as_many_checks_as_it_needs(
    checking: Checker, store: MemoryStore, channels: Channels
) -> None:
    """A check reads for as long as it has time, stores what it read, and says how far it has come; the next goes on."""
    summarised(store, SHOP, 101, 102, 103, 104, 105, 106, 107, 108, 109)
    looks = []
    for _ in range(5):
        checking.owners.clear()
        checked = check(checking, slow(store, seconds=0.34))
        looks.append(checked["first_look"])
    of = 10 * 31
    read = [look["read"] for look in looks if look]
    assert read == sorted(read)
    assert 100 <= read[0] < 200
    assert {look["of"] for look in looks if look} == {of}
    assert looks[-1] is None
    opened = [each["DetailType"] for each in channels.events].count("Problem Opened")
    assert opened == 10


def test_a_look_goes_on_where_it_stopped(checking: Checker, store: MemoryStore, clock: Ticking) -> None:
    """Where each check has time for some of what changes each time, every integration has its turn."""
    ids = range(101, 701)
    summarised(store, *ids, days=1)
    while check(checking, hour)["first_look"]:
        pass
    for nth in range(4):
        clock.tick()
        summarised(store, *ids, days=1, records=nth + 2)
        check(checking, slow(store, seconds=0.2))
    state = load(store, "main")
    assert state is not None
    assert {problem.records > 1 for problem in state.problems.values()} == {True}


def test_an_account_whose_state_cannot_be_read_claims_nothing(
    sandbox: Sandbox, store: MemoryStore, channels: Channels
) -> None:
    """Whose an integration is does not hang on a broken state of another account."""
    store.set(key("third"), b"{broken")
    summarised(store, SHOP, days=2)
    checking = put_together(store, vault(sandbox), sandbox, "third", "main", channels=channels)
    checks, failures = checking.run(hour)
    assert [each["account"] for each in checks] == ["main"]
    assert set(failures) == {"third"}
    assert checking.owners == {SHOP: "main"}
