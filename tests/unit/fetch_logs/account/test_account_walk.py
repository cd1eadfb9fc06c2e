from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from fetch_logs.account import account_walk as accounts
from fetch_logs.account.account_walk import StreamMode, Walking, walk_account
from fetch_logs.plan import Mode, WalkOrder
from fetch_logs.stream import batch
from fetch_logs.stream.result import WalkResult
from integration_logs.errors import ContractBroken, NeedsOperator, TryLater
from integration_logs.redaction.redactor import Redactor
from tests.unit.fetch_logs.walking import PLENTY, Surroundings, checkpoint, landed_ids, rows, surroundings

MODES: list[StreamMode] = ["auto", "account", "integration"]


def paths(requests: list[str]) -> list[str]:
    return [request.partition("?")[0] for request in requests]


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_lands_everything_once(here: Surroundings, mode: StreamMode) -> None:
    """Each way to walk an account lands every record once, under its own integration, and then has nothing to do."""
    walk = here.walk(mode)
    assert walk.walked.complete
    assert not walk.failures
    assert landed_ids(here.store) == here.truth()
    assert {row["integration_id"] for row in rows(here.store)} <= set(here.ids)
    assert not any(row["rejected"] for row in rows(here.store))
    here.store.calls.clear()
    assert here.walk(mode).walked.landed == 0
    assert here.store.writes == []


def test_auto_asks_one_stream(here: Surroundings) -> None:
    """As long as records name their integration, the account's one stream is all that is asked for."""
    assert set(paths(here.requests(lambda: here.walk("auto")))) == {"/integrations/logs"}


def test_auto_falls_back(here: Surroundings) -> None:
    """Records that do not name their integration are fetched from each integration's own stream, which does."""
    here.sandbox.modes(omit_integration_id=True)
    walk = here.walk("auto")
    assert not walk.failures
    assert landed_ids(here.store) == here.truth()
    found = {row["id"]: row["integration_id"] for row in rows(here.store)}
    for integration, days in here.sandbox.truth()["main"].items():
        assert all(found[id_] == int(integration) for ids in days.values() for id_ in ids)


def test_a_fallback_is_complete(here: Surroundings) -> None:
    """A walk that fell back and did it all is complete: going on at once would be an endless round."""
    here.sandbox.modes(omit_integration_id=True)
    assert here.walk("auto").walked.complete
    here.store.calls.clear()
    assert here.walk("auto").walked.complete
    assert here.store.writes == []


def test_auto_falls_back_half_way(here: Surroundings) -> None:
    """One record that does not name its integration, pages down, is enough; what came before is not lost."""
    (nameless,) = here.plant({"created_at": here.time.ago(days=20), "integration_id": None}, integration=2)
    for _ in range(2):
        walk = here.walk("auto")
        assert walk.walked.complete
        assert not walk.failures
        assert sorted(set(landed_ids(here.store))) == here.truth()
    assert [row["integration_id"] for row in rows(here.store) if row["id"] == nameless] == [here.ids[2]]
    here.store.calls.clear()
    here.walk("auto")
    assert here.store.writes == []


def test_account_mode_takes_what_it_gets(here: Surroundings) -> None:
    """Told to use the account's stream, the walk lands nameless records as rejected rather than not at all."""
    here.sandbox.modes(omit_integration_id=True)
    assert here.walk("account").walked.complete
    assert landed_ids(here.store) == here.truth()
    assert all(row["rejected"] for row in rows(here.store))


@pytest.mark.parametrize(
    ("kind", "error"), [("503", TryLater), ("unauthorized", NeedsOperator), ("not-a-list", ContractBroken)]
)
def test_one_failing_integration_holds_up_no_other(here: Surroundings, kind: str, error: type[Exception]) -> None:
    """The other integrations' records land; the failure is in the answer by its stream, and heals at the next tick."""
    failing = here.ids[1]
    here.sandbox.fault(kind, path=f"/api/v3/integrations/{failing}/logs")
    walk = here.walk("integration")
    assert list(walk.failures) == [f"integration-{failing}"]
    assert isinstance(walk.failures[f"integration-{failing}"], error)
    theirs = [id_ for ids in here.sandbox.truth()["main"][str(failing)].values() for id_ in ids]
    assert landed_ids(here.store) == sorted(set(here.truth()) - set(theirs))
    here.sandbox.clear_faults()
    assert not here.walk("integration").failures
    assert landed_ids(here.store) == here.truth()


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("pages", [3, 5])
def test_time_runs_out(here: Surroundings, mode: StreamMode, named: bool, pages: int) -> None:
    """However little time each invocation has, the continuations come to the end, with everything landed."""
    here.sandbox.modes(omit_integration_id=not named)
    order: WalkOrder | None = WalkOrder("main")
    for _ in range(40):
        walk = here.walk(mode, pages=pages, order=order)
        assert not walk.failures
        order = walk.rest(order)
        if order is None:
            break
    assert order is None
    assert landed_ids(here.store) == here.truth()


def test_a_continuation_begins_where_time_ran_out(here: Surroundings) -> None:
    """Integrations that are done are not asked for again."""
    walk = here.walk("integration", pages=1)
    assert walk.cut_at == here.ids[0]
    rest = WalkOrder("main", begin_with=here.ids[3])
    asked = here.requests(lambda: here.walk("auto", order=rest))
    assert set(paths(asked)) == {"/integrations", *(f"/integrations/{id_}/logs" for id_ in here.ids[3:])}


def test_time_runs_out_beside_a_failure(here: Surroundings) -> None:
    """A failing integration does not hide that time cut another one short."""
    here.sandbox.fault("503", path=f"/api/v3/integrations/{here.ids[0]}/logs")
    walk = here.walk("integration", pages=3)
    assert walk.failures
    assert not walk.walked.complete


def test_a_failure_alone_is_not_cut_short(here: Surroundings) -> None:
    """Where all that is left has failed, to go on at once is of no use."""
    here.sandbox.fault("503")
    for mode in MODES:
        walk = here.walk(mode)
        assert walk.failures
        assert walk.walked.complete


def test_no_list_of_integrations(here: Surroundings) -> None:
    """Without the list there is nothing to walk, and the answer says so."""
    here.sandbox.fault("not-a-list", path="/api/v3/integrations")
    walk = here.walk("integration")
    assert list(walk.failures) == ["integrations"]
    assert walk.walked == WalkResult(complete=True)


@pytest.mark.parametrize("id_", [None, "x", True, 0])
def test_an_integration_without_an_id(here: Surroundings, id_: object) -> None:
    """One odd entry in the list of integrations is told and holds up no other."""
    here.sandbox.integration("main", here.ids[1], id=id_)
    walk = here.walk("integration")
    assert list(walk.failures) == ["integrations"]
    assert isinstance(walk.failures["integrations"], ContractBroken)
    assert checkpoint(here.store, f"integration-{here.ids[4]}").completed_at is not None


def test_one_integration_on_demand(here: Surroundings) -> None:
    """An order for one integration walks that one alone."""
    wanted = here.ids[0]
    asked = here.requests(lambda: here.walk("auto", integration_id=wanted))
    assert set(paths(asked)) == {"/integrations", f"/integrations/{wanted}/logs"}
    theirs = [id_ for ids in here.sandbox.truth()["main"][str(wanted)].values() for id_ in ids]
    assert landed_ids(here.store) == sorted(theirs)


def test_an_integration_of_another_account(here: Surroundings) -> None:
    """An order for an integration that the account does not have asks for no logs, and is no failure."""
    stranger = here.sandbox.integration_ids["second"][0]
    asked = here.requests(lambda: here.walk("auto", integration_id=stranger))
    assert paths(asked) == ["/integrations"]
    walk = here.walk("auto", integration_id=stranger)
    assert walk.walked.complete
    assert not walk.failures


def test_streams_keep_their_own_checkpoints(here: Surroundings) -> None:
    """Each stream has a checkpoint by its name."""
    here.walk("account")
    here.walk("integration")
    names = {key for key in here.store.objects if key.startswith("state/fetch/") and "/sweeps/" not in key}
    stream_names = ["account", *(f"integration-{id_}" for id_ in here.ids)]
    assert names <= {f"state/fetch/main/{name}.json" for name in stream_names}
    assert "state/fetch/main/account.json" in names


# --- how the streams are chosen ---------------------------------------------------------------------------------------


def test_what_was_found_is_remembered(here: Surroundings) -> None:
    """Where the account's stream names no integration, the next ticks do not ask for it; a sweep looks again."""
    here.sandbox.modes(omit_integration_id=True)
    first = here.walk("auto")
    assert first.streams == "integration"
    asked = here.requests(lambda: here.walk("auto", remembered=first.streams))
    assert sorted(paths(asked)) == sorted(["/integrations", *(f"/integrations/{id_}/logs" for id_ in here.ids)])
    asked = here.requests(lambda: here.walk("auto", remembered=first.streams, task="sweep"))
    assert paths(asked)[0] == "/integrations/logs"
    here.sandbox.modes(omit_integration_id=False)
    again = here.walk("auto", remembered=first.streams, task="sweep")
    assert again.streams == "account"
    assert paths(here.requests(lambda: here.walk("auto", remembered="account")))[-1] == "/integrations/logs"
    assert landed_ids(here.store) == here.truth()


def test_a_forced_mode_looks_no_further(here: Surroundings) -> None:
    """Told which streams to use, the walk uses those, whatever was found before."""
    asked = here.requests(lambda: here.walk("account", remembered="integration"))
    assert set(paths(asked)) == {"/integrations/logs"}
    asked = here.requests(lambda: here.walk("integration", remembered="account"))
    assert "/integrations/logs" not in paths(asked)


@pytest.mark.parametrize("mode", MODES)
def test_named_integrations(here: Surroundings, mode: StreamMode) -> None:
    """Where the settings name integrations, those are walked, and nothing else is asked for, not even the list."""
    named = (here.ids[3], here.ids[1])
    asked = here.requests(lambda: here.walk(mode, named=named))
    assert set(paths(asked)) == {f"/integrations/{id_}/logs" for id_ in named}
    found = here.sandbox.truth()["main"]
    assert landed_ids(here.store) == sorted(
        id_ for integration in named for ids in found[str(integration)].values() for id_ in ids
    )


@pytest.mark.parametrize("task", ["sweep", "full"])
@pytest.mark.parametrize("mode", MODES)
def test_a_sweep_in_every_mode(here: Surroundings, mode: StreamMode, task: Mode) -> None:
    """In each mode a sweep finds what came late, lands nothing twice, and asks for pages of another size."""
    here.walk(mode)
    here.time.forward(minutes=5)
    here.plant({"created_at": here.time.ago(days=5)}, integration=4)
    asked = here.requests(lambda: here.walk(mode, task=task))
    assert {request.partition("page_size=")[2] for request in asked} <= {"17", ""}
    assert landed_ids(here.store) == here.truth()


# --- side by side -----------------------------------------------------------------------------------------------------


def test_a_fault_of_ours_in_one_stream(here: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that fails as nobody foresaw is raised after the others have come to their end, each checkpointed."""
    failing, parse = here.ids[0], batch.parse

    def broken(*args: Any, **named: Any) -> Any:
        if named["integration_id"] == failing:
            raise RuntimeError("a fault of ours")
        return parse(*args, **named)

    monkeypatch.setattr(batch, "parse", broken)
    monkeypatch.setattr(accounts, "SIDE_BY_SIDE", 1)
    with pytest.raises(RuntimeError):
        here.walk("integration")
    theirs = [id_ for ids in here.sandbox.truth()["main"][str(failing)].values() for id_ in ids]
    assert landed_ids(here.store) == sorted(set(here.truth()) - set(theirs))
    assert all(checkpoint(here.store, f"integration-{id_}").completed_at for id_ in here.ids[1:])


def test_streams_run_side_by_side(here: Surroundings) -> None:
    """All the streams are under way at once: each redacts its first record only when every one has begun."""
    together = threading.Barrier(len(here.ids))

    class Meeting(Redactor):
        met = threading.local()

        def record(self, record: Any) -> Any:
            if not getattr(self.met, "done", False):
                self.met.done = True
                together.wait(10.0)
            return super().record(record)

    for integration in range(len(here.ids)):
        here.plant({}, integration=integration)
    environment = replace(here.environment(lambda: PLENTY), redactor=Meeting())
    walk = walk_account(WalkOrder("main"), here.sendcloud, environment, Walking("integration"))
    assert not walk.failures
    assert landed_ids(here.store) == here.truth()


# --- what came to its end ---------------------------------------------------------------------------------------------


def test_what_was_reached(here: Surroundings) -> None:
    """A stream is reached when it came to its end, good or bad; one that time cut was not."""
    here.sandbox.fault("not-a-list", path=f"/api/v3/integrations/{here.ids[1]}/logs")
    streams = {f"integration-{id_}" for id_ in here.ids}
    walk = here.walk("integration")
    assert walk.reached == walk.present == {"integrations", *streams}
    assert here.walk("account").reached == here.walk("account").present == {"account"}
    cut = surroundings()
    with cut as there:
        assert there.walk("account", pages=1).reached == frozenset()
        assert there.walk("account", pages=1).present is None
        assert there.walk("integration", pages=2).reached < {"integrations", *streams}


def test_a_failure_leaves_open_what_there_is(here: Surroundings) -> None:
    """Where neither the account's stream nor the list could be had, nothing is known of the other streams."""
    here.sandbox.fault("not-a-list")
    assert here.walk("auto").present is None
    assert here.walk("integration").present is None


def test_whether_sendcloud_answered(here: Surroundings) -> None:
    """One forbidden integration is no refusal of the account: its list was given."""
    here.sandbox.fault("forbidden", path=f"/api/v3/integrations/{here.ids[0]}/logs")
    assert here.walk("auto", integration_id=here.ids[0]).answered
    assert here.walk("integration").answered
    here.sandbox.clear_faults()
    here.sandbox.modes(omit_integration_id=True)
    here.sandbox.fault("forbidden", path="/api/v3/integrations", every=2)
    assert here.walk("auto").answered  # a page of records that do not name their integration
    here.sandbox.clear_faults()
    here.sandbox.fault("unauthorized")
    assert not here.walk("auto").answered
    assert not here.walk("integration").answered


def test_an_account_is_walked_in_slices() -> None:
    """Over the wire, in threads, with the sandbox's plain times as cursors: what there is lands, each record once."""
    with surroundings(records=0) as here:
        here.plant(*({"created_at": here.time.ago(hours=5 * number + 1)} for number in range(130)))
        here.sandbox.modes(cursor_style="time", latency_ms=5)
        here.slices, here.page_size = 4, 5
        walked = here.walk("account").walked
        assert (walked.complete, walked.slices, walked.serial) == (True, 4, "")
        assert landed_ids(here.store) == here.truth()
        assert len(here.truth()) == 130


def test_streams_share_the_slices(here: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is walked at the same time shares the slices: no more pages are on their way at once than were allowed."""
    given: list[int] = []
    walk = accounts.walk_stream
    monkeypatch.setattr(
        accounts,
        "walk_stream",
        lambda *args, slices, **rest: (given.append(slices), walk(*args, slices=slices, **rest))[1],
    )
    here.slices = 9
    here.walk("integration")
    assert given == [9 // len(here.ids)] * len(here.ids)
    here.slices = 1
    here.walk("integration")
    assert set(given[len(here.ids) :]) == {1}
