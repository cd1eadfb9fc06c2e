from __future__ import annotations

import json
import logging
import threading
from dataclasses import replace
from datetime import timedelta
from math import lcm
from typing import Any

import pytest

from fetch_logs.account.account_walk import another
from fetch_logs.plan import MODES, Mode
from fetch_logs.stream import batch
from fetch_logs.stream.environment import Fetches, Stream
from fetch_logs.stream.result import WalkResult
from fetch_logs.stream.stream_walk import walk_stream
from integration_logs.errors import ContractBroken, NeedsOperator, TryLater
from integration_logs.json_types import JsonValue
from integration_logs.redaction.redactor import Redactor
from integration_logs.times import moment
from integration_logs.upstream.sendcloud import Page, Sendcloud
from sandbox.upstreams.orders import canaries
from tests.fakes.memory_store import MemoryStore
from tests.unit.fetch_logs.walking import (
    NOON,
    PLENTY,
    Surroundings,
    checkpoint,
    landed_ids,
    rows,
    serially,
    surroundings,
)
from tests.unit.integration_logs.upstream.transport import Clock, Transport, answer, in_turn, session

ORDERS = ["newest", "oldest", "shuffled"]


def in_turn_of(pages: list[Page]) -> Fetches:
    """These pages, each by the query that the one before it names."""
    queries = [None, *(page.next_query for page in pages)]
    return lambda query, **_: pages[queries.index(query)]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Land every other page, so that a short walk has many steps."""
    monkeypatch.setattr(batch, "BATCH_ROWS", 30)


def failure(here: Surroundings, **options: Any) -> Exception:
    """The one failure of a walk."""
    walk = here.walk(**options)
    assert list(walk.failures) == ["account"]
    return walk.failures["account"]


# --- nothing is lost, nothing twice ----------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("style", ["opaque", "offset-time"])
def test_everything_lands_once(here: Surroundings, order: str, style: str) -> None:
    """A first walk lands every record that Sendcloud has, each once, in whatever order and with whatever cursors."""
    here.sandbox.modes(order=order, cursor_style=style)
    walk = here.walk()
    truth = here.truth()
    assert landed_ids(here.store) == truth
    pages = -(-len(truth) // here.page_size)
    assert walk.walked == WalkResult(pages=pages, records=len(truth), landed=len(truth), complete=True)
    assert not walk.failures


@pytest.mark.parametrize("order", ORDERS)
def test_an_idle_walk_writes_nothing(order: str) -> None:
    """A second walk over the same records lands nothing and leaves the checkpoint alone, in any order."""
    with surroundings(records=700) as here:
        here.page_size = 100
        here.sandbox.modes(order=order)
        here.walk()
        before = dict(here.store.objects)
        here.store.calls.clear()
        walk = here.walk()
        assert walk.walked.complete
        assert walk.walked.landed == 0
        assert here.store.writes == []
        assert here.store.objects == before
        assert (walk.walked.pages == 1) is (order == "newest")


def test_an_idle_walk_over_a_full_overlap_writes_nothing() -> None:
    """However many records the overlap holds, those of the walk's last page below it are not landed again."""
    with surroundings() as here:
        here.page_size = 100
        here.plant(*({"created_at": here.time.ago(seconds=second)} for second in range(250)))
        here.plant(*({"created_at": here.time.ago(hours=2, seconds=second)} for second in range(90)))
        here.walk()
        here.store.calls.clear()
        assert here.walk().walked == WalkResult(pages=3, records=300, complete=True)
        assert here.store.writes == []


def test_a_tick_costs_one_request(here: Surroundings) -> None:
    """When the newest page reaches below the overlap, it is the only one asked for, and new records in it land."""
    here.walk()
    new = here.plant({}, {})
    assert here.requests(here.walk) == ["/integrations/logs?page_size=20"]
    assert landed_ids(here.store) == here.truth()
    assert set(new) <= set(landed_ids(here.store))


@pytest.mark.parametrize("order", ORDERS)
def test_late_records(here: Surroundings, order: str) -> None:
    """A record that turns up with a time inside the overlap is found by the next tick."""
    here.plant({"created_at": here.time.ago(seconds=5)})
    here.sandbox.modes(order=order)
    here.walk()
    here.time.forward(minutes=5)
    here.plant(*({"created_at": here.time.ago(seconds=second)} for second in range(1, 60)))
    late = here.plant({"created_at": here.time.ago(minutes=64)})
    here.walk()
    assert set(late) <= set(landed_ids(here.store))
    assert landed_ids(here.store) == here.truth()


def test_a_time_to_come_hides_nothing(here: Surroundings) -> None:
    """A record dated far ahead does not become the watermark: what happens until then is still found."""
    here.plant({"created_at": "2099-01-01T00:00:00Z"})
    here.walk()
    here.time.forward(minutes=5)
    here.plant(*({"created_at": here.time.ago(seconds=second)} for second in range(1, 90)))
    here.walk()
    assert landed_ids(here.store) == here.truth()
    here.store.calls.clear()
    here.walk()
    assert here.store.writes == []


def test_a_record_without_an_id_lands_once(here: Surroundings) -> None:
    """A record that cannot be told by an id is told by its content: rejected, landed, and not again each tick."""
    here.sandbox.plant("main", here.ids[0], {"id": None, "exception": "one"}, {"id": None, "exception": "two"})
    here.walk()
    here.time.forward(minutes=5)
    here.store.calls.clear()
    here.walk()
    rejected = [row["exception"] for row in rows(here.store) if row["rejected"]]
    assert sorted(rejected) == ["one", "two"]
    assert here.store.writes == []


@pytest.mark.parametrize("count", [1, 2, 3])
def test_an_empty_page_is_not_the_end(here: Surroundings, count: int) -> None:
    """A page without records that has a next link goes on."""
    here.sandbox.fault("empty-page", every=2, count=count)
    assert here.walk().walked.complete
    assert landed_ids(here.store) == here.truth()


def test_a_foreign_link_is_never_contacted(here: Surroundings, caplog: pytest.LogCaptureFixture) -> None:
    """Next links to another origin lead on at the configured one."""
    here.sandbox.fault("foreign-link", origin="https://evil.example")
    assert here.walk().walked.complete
    assert landed_ids(here.store) == here.truth()
    assert all(url.startswith(here.sandbox.url) for url in here.wire.urls)
    assert "https://evil.example" in caplog.text


def test_the_redacted_record_lands(here: Surroundings) -> None:
    """A row carries the account, the record's own integration, when it was fetched, and what the record says."""
    (id_,) = here.plant({"exception": "Timed out", "response_code": 504, "created_at": "2026-11-22T12:00:00+01:00"})
    here.walk()
    (row,) = [row for row in rows(here.store) if row["id"] == id_]
    assert row["account"] == "main"
    assert row["integration_id"] == here.ids[0]
    assert row["exception"] == "Timed out"
    assert row["response_code"] == 504
    assert row["created_at"] == "2026-11-22T11:00:00.000000Z"
    assert row["fetched_at"] == "2026-11-22T12:00:30.000000Z"
    assert row["rejected"] is None


def test_nothing_secret_lands_or_is_logged(here: Surroundings, caplog: pytest.LogCaptureFixture) -> None:
    """Credentials and personal data, wherever a record holds them, are in no object and in no log line."""
    caplog.set_level(logging.DEBUG)
    own = here.sandbox.accounts["main"]["sendcloud_secret_key"]
    planted = ["canary-consumer-1f", "canary-header-2e", "canary.payload@example.org", "canary-bearer-3d"]
    here.plant(
        {
            "full_url": f"https://shop.example/wp-json/wc/v3/orders?consumer_secret=cs_{planted[0]}&page=1",
            "request": {
                "headers": {"Authorization": f"Basic {planted[1]}"},
                "payload": {"billing": {"email": planted[2]}},
            },
            "exception": f"401 for Authorization: Bearer {planted[3]}, sent as {own}",
            "unheard_of": {"sendcloud": own},
        }
    )
    here.sandbox.fault("cursor-loop", every=6, count=1)
    here.walk()
    here.walk()
    assert landed_ids(here.store) == here.truth()
    kept = "\n".join([json.dumps(rows(here.store)), *(body.decode("latin-1") for body in here.store.objects.values())])
    logged = "\n".join([caplog.text, *(str(vars(record)) for record in caplog.records)])
    for canary in [*canaries(), *planted, *here.secrets]:
        assert canary not in kept
        assert canary not in logged


# --- sweeps and full walks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("task", ["sweep", "full"])
def test_a_sweep_finds_what_ticks_miss(order: str, task: Mode) -> None:
    """A record dated back by five days is found, once, and counted as late by as much."""
    with surroundings(records=700) as here:
        here.sandbox.modes(order=order)
        here.walk()
        before = landed_ids(here.store)
        here.time.forward(minutes=5)
        (late,) = here.plant({"created_at": here.time.ago(days=5)})
        if order == "newest":
            assert here.walk().walked.landed == 0
        swept = here.walk(task=task).walked
        assert (swept.landed, swept.late, swept.latest) == (1, 1, 5 * 24 * 3600)
        assert swept.complete
        assert landed_ids(here.store) == sorted([*before, late])
        again = here.walk(task=task).walked
        assert (again.landed, again.late) == (0, 0)


def test_new_records_are_not_late(here: Surroundings) -> None:
    """What a sweep meets before a tick does is new, not late; and no tick lands it again."""
    here.walk()
    here.time.forward(minutes=5)
    here.plant({}, {})
    swept = here.walk(task="sweep").walked
    assert (swept.landed, swept.late) == (2, 0)
    assert here.walk().walked.landed == 0
    assert landed_ids(here.store) == here.truth()


def test_a_first_sweep_knows_what_the_ticks_landed(here: Surroundings) -> None:
    """Nothing that has landed lands again, records without an id included; and pages are cut elsewhere."""
    here.sandbox.plant("main", here.ids[0], {"id": None, "exception": "one"}, {"id": None, "created_at": None})
    here.walk()
    before = len(rows(here.store))
    asked = here.requests(lambda: here.walk(task="sweep"))
    assert asked[0] == "/integrations/logs?page_size=17"
    assert len(rows(here.store)) == before
    assert checkpoint(here.store, "account.sweep").known == {}


@pytest.mark.parametrize("task", MODES)
def test_a_record_on_two_pages(here: Surroundings, task: Mode) -> None:
    """A record that new ones push onto the next page, or that stands twice on one, lands once."""
    raw: list[JsonValue] = [
        {"id": id_, "integration_id": 7, "created_at": here.time.ago(hours=1)} for id_ in (3, 2, 1, None)
    ]
    pages = [Page(raw[:2], "cursor=a"), Page([raw[1], raw[2], raw[2], raw[3], raw[3]], None)]
    walked = walk_stream(Stream("main"), in_turn_of(pages), here.environment(lambda: PLENTY), mode=task)
    assert walked.landed == 4
    assert [row["id"] for row in rows(here.store)] == [3, 2, 1, None]


@pytest.mark.parametrize("page_size", [*range(1, 11), 25, 100])
def test_another_page_size(page_size: int) -> None:
    """A sweep's pages are of another size, which Sendcloud takes, and hardly ever end where a tick's do."""
    assert 1 <= another(page_size) <= 100
    assert another(page_size) != page_size
    assert page_size < 10 or lcm(page_size, another(page_size)) > 3 * page_size


def test_a_sweep_without_a_ledger(here: Surroundings) -> None:
    """A ledger that is gone costs that records land again, and no more."""
    here.walk()
    for key in [key for key in here.store.objects if key.startswith("state/landed/")]:
        here.store.delete(key)
    assert here.walk(task="sweep").walked.landed == len(here.truth())
    assert sorted(set(landed_ids(here.store))) == here.truth()


def test_a_sweep_that_is_cut_goes_on(here: Surroundings) -> None:
    """A sweep that time cuts is continued where it stood, ticks in between or not, and the ticks keep their own."""
    here.walk()
    here.time.forward(minutes=5)
    here.plant({"created_at": here.time.ago(days=20)})
    begun = len(here.wire.urls)
    ticks = 0
    while not here.walk(task="sweep", pages=2).walked.complete:
        assert here.walk().walked == WalkResult(pages=1, records=20, complete=True)
        ticks += 1
    assert ticks > 2
    assert 0 <= len(here.wire.urls) - begun - ticks - -(-len(here.truth()) // 17) <= ticks  # asked for early, in vain
    assert landed_ids(here.store) == here.truth()


@pytest.mark.parametrize(("task", "pages"), [("tick", 2), ("sweep", 32), ("full", 61)])
def test_how_far_each_goes(here: Surroundings, task: Mode, pages: int) -> None:
    """Over 61 days newest first, a tick goes below its overlap, a sweep below 30 days, a full walk to the last page."""
    stream = [
        Page(
            [{"id": day + 1, "integration_id": 7, "created_at": here.time.ago(days=day)}],
            None if day == 60 else f"cursor={day}",
        )
        for day in range(61)
    ]
    environment = here.environment(lambda: PLENTY)
    assert walk_stream(Stream("main"), in_turn_of(stream), environment).pages == 61
    assert walk_stream(Stream("main"), in_turn_of(stream), environment, mode=task).pages == pages


def test_what_a_failed_walk_did(here: Surroundings) -> None:
    """What a walk landed and found late before it failed is in the answer all the same."""
    here.walk()
    here.time.forward(minutes=5)
    here.plant({"created_at": here.time.ago(seconds=1)}, {"created_at": here.time.ago(hours=20)})
    here.sandbox.fault("not-a-list", every=2)
    walk = here.walk(task="sweep")
    assert list(walk.failures) == ["account"]
    assert walk.walked == WalkResult(pages=1, records=17, landed=2, late=1, latest=20 * 3600.0, complete=True)


# --- side by side with the next page ---------------------------------------------------------------------------------


class Waiting(Redactor):
    """Redacts nothing before the next page is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way = threading.Event()

    def record(self, record: Any) -> Any:
        assert self.under_way.wait(10.0), "the next page was not asked for while this one was worked on"
        return super().record(record)


def test_the_next_page_is_under_way(here: Surroundings) -> None:
    """While a page is redacted and landed the next one is being fetched."""
    redactor = Waiting()

    def fetch(query: str | None, *, named: object = None) -> Page:
        assert named, "a walk to the end hears early what is next"
        if query is None:
            return Page([{"id": 2, "integration_id": 7}], "cursor=a")
        assert query == "cursor=a"
        redactor.under_way.set()
        return Page([{"id": 1, "integration_id": 7}], None)

    environment = replace(here.environment(lambda: PLENTY), redactor=redactor)
    assert walk_stream(Stream("main"), fetch, environment).landed == 2


@pytest.mark.parametrize(
    ("limits", "objects"),
    [({}, 1), ({"BATCH_ROWS": 40}, 4), ({"BATCH_BYTES": 1}, 7), ({"BATCH_SECONDS": 25.0}, 3)],
)
def test_batches(here: Surroundings, monkeypatch: pytest.MonkeyPatch, limits: dict[str, float], objects: int) -> None:
    """What is held is landed by rows, by bytes and by time, whichever comes first; each page takes ten seconds here."""
    for name, value in {"BATCH_ROWS": 10**6, "BATCH_BYTES": 10**9, "BATCH_SECONDS": 1e6, **limits}.items():
        monkeypatch.setattr(batch, name, value)
    redactor = Slow(here)
    environment = replace(here.environment(lambda: PLENTY - redactor.took), redactor=redactor)
    walked = walk_stream(Stream("main"), serially(here.sendcloud, lambda: PLENTY), environment)
    assert walked.landed == len(here.truth())
    assert len([key for _, key in here.store.writes if key.startswith("landing/")]) == objects
    assert landed_ids(here.store) == here.truth()


class Slow(Redactor):
    """Takes half a second of the test's time for each record."""

    def __init__(self, here: Surroundings) -> None:
        super().__init__(here.secrets)
        self.took = 0.0

    def record(self, record: Any) -> Any:
        self.took += 0.5
        return super().record(record)


def test_a_page_that_cannot_be_taken(here: Surroundings, caplog: pytest.LogCaptureFixture) -> None:
    """A page that fails half-way is taken once more, and not mistaken for another order."""
    here.store.fail(9, verb="get", prefix="state/landed/")
    walk = here.walk()
    assert isinstance(walk.failures["account"], TryLater)
    assert 0 < len(landed_ids(here.store)) < len(here.truth())
    assert here.walk().walked.complete
    assert landed_ids(here.store) == here.truth()
    assert checkpoint(here.store).newest_first
    assert "newest first" not in caplog.text


# --- a walk that is cut short ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("pages", [1, 2, 3])
def test_time_runs_out(here: Surroundings, order: str, pages: int) -> None:
    """What time cuts short goes on where it stopped, page by page, until it is complete; nothing lands twice.

    Each time at most one page has been fetched that was not taken: the one that was asked for early.
    """
    here.sandbox.modes(order=order)
    turns = 0
    while True:
        turns += 1
        walk = here.walk(pages=pages)
        assert not walk.failures
        assert landed_ids(here.store) == sorted(set(landed_ids(here.store)))
        if walk.walked.complete:
            break
        assert 1 <= walk.walked.pages <= pages
        assert checkpoint(here.store).unfinished is not None
    assert landed_ids(here.store) == here.truth()
    there_are = -(-len(here.truth()) // here.page_size)
    assert there_are <= len(here.wire.urls) < there_are + turns
    assert turns >= there_are // pages
    state = checkpoint(here.store)
    assert state.unfinished is None
    assert state.watermark == max(filter(None, (moment(row["created_at"]) for row in rows(here.store))))


def test_the_order_is_seen_across_invocations(here: Surroundings) -> None:
    """A stream that is not newest first walks to its end also when every invocation sees but one record."""
    here.sandbox.modes(order="shuffled")
    here.walk()
    here.time.forward(minutes=5)
    here.plant(*({"created_at": here.time.ago(seconds=second)} for second in range(1, 5)))
    here.page_size = 1
    while not here.walk(pages=1).walked.complete:
        pass
    assert landed_ids(here.store) == here.truth()


@pytest.mark.parametrize("page", range(1, 8))
def test_a_page_that_fails(here: Surroundings, page: int) -> None:
    """A page that cannot be had ends the walk as such; what came before has landed, and the next walk begins there."""
    here.sandbox.fault("503", every=page, count=1)
    assert isinstance(failure(here), TryLater)
    truth = here.truth()
    before = (page - 1) * here.page_size
    assert len(landed_ids(here.store)) == before
    asked = here.requests(here.walk)
    assert len(asked) == -(-len(truth) // here.page_size) - (page - 1)
    assert landed_ids(here.store) == truth


@pytest.mark.parametrize("kind", ["unauthorized", "forbidden", "not-a-list", "redirect", "html"])
def test_a_walk_that_cannot_go_on(here: Surroundings, kind: str) -> None:
    """What waiting does not mend loses nothing either: the pages before have landed, the next walk starts anew."""
    here.sandbox.fault(kind, every=3, count=1)
    assert isinstance(failure(here), NeedsOperator | ContractBroken)
    assert len(landed_ids(here.store)) == 2 * here.page_size
    assert checkpoint(here.store).watermark is None
    assert checkpoint(here.store).unfinished is None
    assert here.walk().walked.complete
    assert landed_ids(here.store) == here.truth()


def test_a_stale_cursor(here: Surroundings, caplog: pytest.LogCaptureFixture) -> None:
    """A cursor that Sendcloud no longer takes costs a walk from the start, not the stream."""
    here.walk(pages=2)
    here.sandbox.modes(cursor_style="offset-time")
    walk = here.walk()
    assert walk.walked.complete
    assert not walk.failures
    assert landed_ids(here.store) == here.truth()
    assert "starts again" in caplog.text


def test_a_cursor_loop(here: Surroundings) -> None:
    """Pages that lead back to one already read break the contract; their records have landed, the watermark stays."""
    here.sandbox.fault("cursor-loop", every=4, count=1)
    assert isinstance(failure(here), ContractBroken)
    assert len(landed_ids(here.store)) == 4 * here.page_size
    assert checkpoint(here.store).watermark is None
    here.walk()
    assert landed_ids(here.store) == here.truth()


@pytest.mark.parametrize("header", ["<broken", '<https://panel.sendcloud.sc/x>; rel="next"'])
@pytest.mark.parametrize("seconds", [PLENTY, 3.0])
def test_a_link_that_leads_nowhere(header: str, seconds: float) -> None:
    """A page whose next link cannot be used lands, and is not taken for the last one."""
    clock, store = Clock(), MemoryStore()
    link = '<https://panel.sendcloud.sc/x?cursor=a>; rel="next"'
    transport = Transport(
        in_turn(
            answer(200, {"data": [{"id": 2, "integration_id": 7}]}, {"Link": link}),
            answer(200, {"data": [{"id": 1, "integration_id": 7}]}, {"Link": header}),
        )
    )
    client = Sendcloud(session(clock, transport))
    with surroundings(records=1) as here:
        here.store = store
        environment = here.environment(lambda: PLENTY if len(transport.asked) < 2 else seconds)
        with pytest.raises(ContractBroken):
            walk_stream(Stream("main"), serially(client, clock.time_left), environment)
    assert landed_ids(store) == [1, 2]
    assert checkpoint(store).watermark is None
    assert checkpoint(store).unfinished is None


# --- crashes ---------------------------------------------------------------------------------------------------------


class KilledError(BaseException):
    """The process ends here."""


def calls_of_a_clean_walk(here: Surroundings) -> int:
    here.walk()
    calls = len(here.store.calls)
    here.store = MemoryStore()
    return calls


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("took_effect", [False, True])
@pytest.mark.parametrize("error", [TryLater("S3 is tired."), NeedsOperator("S3 refuses."), KilledError()])
@pytest.mark.parametrize("order", ["newest", "shuffled"])
def test_a_crash_at_any_call(here: Surroundings, error: BaseException, took_effect: bool, order: str) -> None:
    """Whichever call of the store fails, the checkpoint is not ahead of what has landed, and a clean run completes."""
    here.sandbox.modes(order=order, rate_limit=100_000)
    truth = here.truth()
    # The crash harness goes through refusals and the other orders more thoroughly.
    every = 1 if order == "newest" and isinstance(error, KilledError) else 7
    for nth in range(1, calls_of_a_clean_walk(here) + 1, every):
        here.store = MemoryStore()
        here.store.fail(nth, error=error, took_effect=took_effect)
        try:
            failed = bool(here.walk().failures)
        except (KilledError, NeedsOperator) as raised:
            failed = raised is error
        # A ledger that is not written costs work, not records.
        assert failed or here.store.calls[nth - 1][1].startswith("state/landed/")
        state = checkpoint(here.store)
        landed = set(map(str, landed_ids(here.store)))
        assert set(state.known) <= landed
        assert state.watermark is None or landed == set(map(str, truth))
        here.store.calm()
        assert here.walk().walked.complete
        assert sorted(set(landed_ids(here.store))) == truth


@pytest.mark.usefixtures("small_batches")
def test_a_write_whose_answer_was_lost(here: Surroundings) -> None:
    """Rows that landed although the store reported a failure are, within the same run, not landed under another key."""
    here.store.at(1, verb="put", prefix="landing/", after=lambda _: here.time.forward(seconds=1))
    here.store.fail(1, verb="put", prefix="landing/", took_effect=True)
    assert isinstance(failure(here), TryLater)
    assert landed_ids(here.store) == sorted(set(landed_ids(here.store)))
    here.walk()
    assert landed_ids(here.store) == here.truth()


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("nth", [1, 2, 3, 4])
def test_another_walk_moves_the_checkpoint(here: Surroundings, nth: int) -> None:
    """Of two walks of one stream at once, the later one to save gives way, and what it landed stays."""
    truth = here.truth()
    other = b'{"version": 1, "watermark": null, "completed_at": null, "known": {}, "unfinished": null}'
    here.store.lose(nth, to=other, prefix="state/fetch/main/account.json")
    assert isinstance(failure(here), TryLater)
    assert here.store.objects["state/fetch/main/account.json"] == other
    assert here.walk().walked.complete
    assert sorted(set(landed_ids(here.store))) == truth


def test_landing_comes_before_the_checkpoint(here: Surroundings) -> None:
    """Every move of the checkpoint follows the landing of what it stands for."""
    known: list[bool] = []
    complete: list[bool] = []

    def compare(_: str) -> None:
        at, landed = checkpoint(here.store), landed_ids(here.store)
        known.append(set(at.known) <= set(map(str, landed)))
        complete.append(at.unfinished is None and set(landed) == set(here.truth()))

    here.store.at(1, verb="put", prefix="state/fetch/main/account.json", after=compare)
    here.walk(pages=2)
    for moved in range(1, 10):
        here.store.at(moved, verb="put", prefix="state/fetch/main/account.json", after=compare)
    here.walk()
    assert all(known)
    assert complete == [*[False] * (len(known) - 1), True]


# --- the walk's own ---------------------------------------------------------------------------------------------------


def test_pages_that_never_come(here: Surroundings) -> None:
    """Pages whose way on is lost at the first one are a broken contract, not a complete walk."""
    lost = Page([], None, broken=ContractBroken("A link that leads nowhere."))
    with pytest.raises(ContractBroken):
        walk_stream(Stream("main"), lambda *_, **__: lost, here.environment(lambda: PLENTY))
    assert here.store.writes == []


def test_records_that_are_no_objects(here: Surroundings) -> None:
    """Whatever stands in the list lands, rejected with the reason."""
    page = Page(["odd", None, 3, [1], {"id": 1, "integration_id": 7}], None)
    walked = walk_stream(Stream("main"), lambda *_, **__: page, here.environment(lambda: PLENTY))
    assert walked.landed == 5
    assert [row["extra"] for row in rows(here.store)] == ['"odd"', "null", "3", "[1]", None]
    assert [row["rejected"] is None for row in rows(here.store)] == [False] * 4 + [True]


def test_another_order_is_told(here: Surroundings, caplog: pytest.LogCaptureFixture) -> None:
    """That every walk goes to the stream's end is told once, whatever walks follow, and is remembered."""
    here.sandbox.modes(order="oldest")
    here.walk()
    assert "newest first" in caplog.text
    assert not checkpoint(here.store).newest_first
    caplog.clear()
    here.walk()
    here.walk(task="sweep")
    here.walk(task="full")
    here.time.forward(minutes=5)
    here.plant({})
    assert here.walk().walked.landed == 1
    assert caplog.text == ""


def test_an_unfinished_first_walk_has_no_watermark(here: Surroundings) -> None:
    """Only a complete walk moves the watermark."""
    here.walk(pages=1)
    assert checkpoint(here.store).watermark is None
    here.walk()
    assert checkpoint(here.store).watermark is not None
    assert (checkpoint(here.store).watermark or NOON) > NOON - timedelta(days=2)
