"""Guards of fetch_logs that ``tests/mutants`` breaks and that no other test holds by itself."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from requests.adapters import BaseAdapter

from fetch_logs.account.account_walk import Walking
from fetch_logs.composition_root import Fetcher
from fetch_logs.plan import WalkOrder
from fetch_logs.stream import batch
from fetch_logs.stream import checkpoint as checkpoints
from fetch_logs.stream.batch import Batch
from fetch_logs.stream.ledger import Ledger
from fetch_logs.stream.prefetch import Prefetcher
from integration_logs.errors import IntegrationLogsError, TryLater
from integration_logs.runtime.secrets import Credentials
from integration_logs.runtime.settings import Settings
from integration_logs.upstream.endpoint import BasicAuth
from integration_logs.upstream.http import HttpSession
from integration_logs.upstream.pacing import Pacer
from integration_logs.upstream.wire import VerbatimAdapter
from sandbox.upstreams import Sandbox, running
from tests.fakes.memory_store import MemoryStore
from tests.unit.fetch_logs.walking import NOON, Surroundings, Time, checkpoint, landed_ids

ORDER = WalkOrder("main")


@dataclass
class Vault:
    """The credentials of every account."""

    answer: Credentials

    def credentials(self, _: str) -> Credentials:
        return self.answer


@dataclass
class Queue:
    """Keeps what is sent to it."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    def send_message(self, **message: Any) -> None:
        self.messages.append(message)


def credentials(sandbox: Sandbox) -> Credentials:
    keys = sandbox.accounts["main"]
    return Credentials(keys["sendcloud_public_key"], keys["sendcloud_secret_key"])


@pytest.fixture
def parts() -> Iterator[Fetcher]:
    """The function's parts on a sandbox of its own, which ``parts.base_url`` names."""
    with running(records={"main": 60, "second": 40}) as sandbox:
        parts = Fetcher(
            settings=Settings(("main", "second"), "bucket", "integration-logs"),
            secrets=Vault(credentials(sandbox)),  # type: ignore[arg-type]
            store=MemoryStore(),  # type: ignore[arg-type]
            queue=Queue(),  # type: ignore[arg-type]
            queue_url="http://queue.invalid/work.fifo",
            base_url=f"{sandbox.url}/api/v3",
            overlap=timedelta(hours=1),
            walking=Walking(page_size=20),
            integration_ids={},
            requests_per_minute=900,
            stale_ticks=3,
        )
        parts.sandbox = sandbox  # type: ignore[attr-defined]
        yield parts
        for _, client, _ in parts._accounts.values():
            client._session.close()


def test_a_sweep_finds_a_late_record_and_counts_it(here: Surroundings) -> None:
    """What a tick cannot see a sweep lands and counts as late, that one record alone."""
    here.walk()
    (late,) = here.plant({"created_at": here.time.ago(days=15)})
    assert here.walk().walked.landed == 0
    swept = here.walk(task="sweep").walked
    assert (swept.landed, swept.late) == (1, 1)
    assert swept.latest == pytest.approx(15 * 86_400, abs=2)
    assert late in landed_ids(here.store)
    assert landed_ids(here.store) == here.truth()


def test_a_tick_looks_again_below_its_watermark(here: Surroundings) -> None:
    """A record that came late, behind a page of known ones, is found as far down as the overlap goes."""
    here.plant(*({"created_at": here.time.ago(minutes=minutes)} for minutes in range(25)))
    here.walk()
    within, beyond = here.plant({"created_at": here.time.ago(minutes=40)}, {"created_at": here.time.ago(days=20)})
    here.walk()
    assert within in landed_ids(here.store)
    assert beyond not in landed_ids(here.store)


def test_a_full_walk_goes_to_the_last_page(here: Surroundings) -> None:
    """Where Sendcloud has more than it is said to keep, a sweep ends below 30 days, a full walk at the last page."""
    here.walk()
    here.time = Time()  # the sandbox keeps its own
    here.time.forward(days=20)
    pages = -(-len(here.truth()) // 17)
    assert len(here.requests(lambda: here.walk(task="sweep"))) < pages
    assert len(here.requests(lambda: here.walk(task="full"))) == pages


def test_a_sweep_uses_another_page_size(here: Surroundings) -> None:
    """A cursor that is a time can skip records at a page boundary: a sweep's are elsewhere."""
    ticked, swept = here.requests(here.walk), here.requests(lambda: here.walk(task="sweep"))
    assert ticked[0].endswith("page_size=20")
    assert swept[0].endswith("page_size=17")


def test_an_idle_tick_writes_nothing_and_reads_no_ledger(here: Surroundings) -> None:
    """Five minutes later, with nothing new: the checkpoint is read, nothing is looked up, nothing is written."""
    here.walk()
    here.time.forward(minutes=5)
    here.store.calls.clear()
    here.walk()
    assert here.store.calls == [("get", "state/fetch/main/account.json")]


def test_what_did_not_land_is_not_in_the_ledger(here: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk whose landing fails leaves nothing in the ledger: the next one lands it all."""
    put = here.store.put

    def refuse(key: str, body: bytes | Path, *, replaces: str | None) -> str | None:
        if key.startswith("landing/"):
            raise TryLater("Not now.")
        return put(key, body, replaces=replaces)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(here.store, "put", refuse)
        assert here.walk().failures
    assert landed_ids(here.store) == []
    here.walk()
    assert landed_ids(here.store) == here.truth()


def test_two_walks_save_their_ledgers_at_once() -> None:
    """What another walk saves right after this one has read stays in the ledger."""
    store = MemoryStore()
    mine, theirs = Ledger(store, "main"), Ledger(store, "main")
    mine.enter([(1, NOON)])
    theirs.enter([(2, NOON)])
    store.at(verb="get", after=lambda _: theirs.save())
    mine.save()
    read = Ledger(store, "main")
    assert read.has(1, NOON)
    assert read.has(2, NOON)


def test_what_is_held_is_bounded(here: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the stream, what is held is landed as soon as it is a batch."""
    monkeypatch.setattr(batch, "BATCH_ROWS", 30)
    here.walk()
    landed = [key for verb, key in here.store.calls if verb == "put" and key.startswith("landing/")]
    assert len(landed) >= len(here.truth()) // 40


def test_the_next_page_comes_while_the_last_is_worked_on(here: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a page that is not the last is worked on, the next one has been sent for."""
    sent: list[str] = []
    fetch, take = Prefetcher.fetch, Batch.take
    monkeypatch.setattr(Prefetcher, "fetch", lambda *given: (sent.append("sent for"), fetch(*given))[1])
    monkeypatch.setattr(Batch, "take", lambda *given: (sent.append("worked on"), take(*given))[1])
    here.walk()
    assert sent[:4] == ["sent for", "sent for", "worked on", "sent for"]


def test_what_is_left_begins_where_time_ran_out(here: Surroundings) -> None:
    """The order for the rest names the integration at which time ran out: those before it are done."""
    walk = here.walk("integration", pages=1)
    assert walk.cut_at in here.ids
    assert walk.rest(ORDER) == WalkOrder("main", begin_with=walk.cut_at, hops=1)


def test_every_account_has_a_budget_of_its_own(parts: Fetcher) -> None:
    """The requests of an account are paced at the budget that is set, in whichever of its threads."""
    parts.walk(ORDER, lambda: 900.0)
    parts.walk(WalkOrder("second"), lambda: 900.0)
    pacers = [client._session._pacer for _, client, _ in parts._accounts.values()]
    assert all(isinstance(pacer, Pacer) for pacer in pacers)
    assert len(set(map(id, pacers))) == 2


class Instants:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def session(here: Surroundings) -> Iterator[Callable[[Instants], HttpSession]]:
    """Makes sessions of the sandbox's first account with a budget of 60 requests a minute."""
    opened: list[HttpSession] = []

    def make(clock: Instants) -> HttpSession:
        keys = here.sandbox.accounts["main"]
        adapter: BaseAdapter = VerbatimAdapter()
        auth = BasicAuth(keys["sendcloud_public_key"], keys["sendcloud_secret_key"], secret="the test's secret")
        pacer = Pacer(60, clock=clock, sleep=clock.sleep)
        settings: dict[str, Any] = {"sleep": clock.sleep, "pacer": pacer, "adapter": adapter, "attempts": 2}
        opened.append(HttpSession(auth=auth, user_agent="tests", api="Sendcloud", secret="its secret", **settings))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def test_an_account_keeps_to_its_request_budget(here: Surroundings, session: Callable[[Instants], HttpSession]) -> None:
    """Within any minute no more requests are sent than the budget has, retries included."""
    clock = Instants()
    http, times = session(clock), []
    for _ in range(150):
        http.get(f"{here.sandbox.url}/api/v3/integrations", time_left=lambda: 900.0)
        times.append(clock.now)
    assert all(sum(begin <= time < begin + 60 for time in times) <= 60 for begin in times)


@pytest.mark.parametrize("status", ["429", "503"])
def test_a_wait_holds_back_all_of_the_account(
    here: Surroundings, session: Callable[[Instants], HttpSession], status: str
) -> None:
    """Who asks after another was told to wait waits as long."""
    clock = Instants()
    http = session(clock)
    url = f"{here.sandbox.url}/api/v3/integrations"
    here.sandbox.fault(status, count=1, retry_after=40)
    with suppress(IntegrationLogsError):
        http.get(url, time_left=lambda: 30.0)  # no time for the wait that was asked for
    assert clock.now < 30
    http.get(url, time_left=lambda: 900.0)
    assert clock.now >= 40


def test_what_the_ledger_knows_is_not_looked_up_again(here: Surroundings) -> None:
    """A walk without a checkpoint meets what has landed, remembers it, and lands none of it; the next one is idle."""
    here.walk()
    known, landed = checkpoint(here.store).known, landed_ids(here.store)
    here.store.delete("state/fetch/main/account.json")
    here.walk()
    assert checkpoint(here.store).known == known
    assert known
    assert landed_ids(here.store) == landed
    here.store.calls.clear()
    here.walk()
    assert here.store.calls == [("get", "state/fetch/main/account.json")]


def test_what_has_landed_is_held_no_more(here: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a batch has landed the next one begins at nothing: its size counts its own lines alone."""
    monkeypatch.setattr(batch, "BATCH_BYTES", 30_000)
    here.walk()
    bodies = [body for key, body in here.store.objects.items() if key.startswith("landing/")]
    sizes = [len(gzip.decompress(body)) for body in bodies]
    assert len(sizes) > 1
    assert sum(size < 30_000 for size in sizes) <= 1, sizes  # the last one alone


def test_a_watermark_never_goes_back(here: Surroundings) -> None:
    """Where the newest record is gone from Sendcloud, a walk that meets only older ones leaves the watermark."""
    here.walk()
    stood = checkpoint(here.store)
    checkpoints.save(here.store, "main", "account", replace(stood, watermark=here.time.now))
    here.plant({"created_at": here.time.ago(minutes=5)})
    assert here.walk().walked.landed == 1
    assert checkpoint(here.store).watermark == here.time.now
