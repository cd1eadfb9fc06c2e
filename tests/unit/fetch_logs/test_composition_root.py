from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from fetch_logs import report
from fetch_logs.account.account_walk import Walking
from fetch_logs.account.standing import load
from fetch_logs.composition_root import RESERVE, Fetcher, RunResult, compose
from fetch_logs.plan import WalkOrder, read
from integration_logs.errors import CredentialsRejected, IntegrationLogsError, NeedsOperator, TryLater
from integration_logs.redaction.marks import Pseudonyms
from integration_logs.redaction.redactor import Redactor
from integration_logs.runtime.secrets import Credentials
from integration_logs.runtime.settings import Settings
from sandbox.upstreams import Sandbox, running
from tests.fakes.memory_store import MemoryStore
from tests.unit.fetch_logs.walking import Time, landed_ids


@dataclass
class Queue:
    """Keeps what is sent to it."""

    messages: list[dict[str, Any]] = field(default_factory=list)

    def send_message(self, **message: Any) -> None:
        self.messages.append(message)


@dataclass
class Vault:
    """The accounts' credentials, or the error that asking for them meets."""

    answer: Credentials | Exception

    def credentials(self, _: str) -> Credentials:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def sandbox(time: Time) -> Iterator[Sandbox]:
    with running(records={"main": 60}, clock=time) as sandbox:
        yield sandbox


@pytest.fixture
def parts(sandbox: Sandbox, time: Time) -> Iterator[Fetcher]:
    keys = sandbox.accounts["main"]
    parts = Fetcher(
        settings=Settings(("main", "second"), "bucket", "integration-logs"),
        secrets=Vault(Credentials(keys["sendcloud_public_key"], keys["sendcloud_secret_key"])),  # type: ignore[arg-type]
        store=MemoryStore(),  # type: ignore[arg-type]
        queue=Queue(),  # type: ignore[arg-type]
        queue_url="http://queue.invalid/work.fifo",
        base_url=f"{sandbox.url}/api/v3",
        overlap=timedelta(hours=1),
        walking=Walking(page_size=20),
        integration_ids={},
        requests_per_minute=100_000,
        stale_ticks=3,
        clock=time,
    )
    yield parts
    for _, client, _ in parts._accounts.values():
        closing(client._session).__exit__(None, None, None)


TICK = WalkOrder("main")
STANDING = "state/fetch/main/standing.json"


def tick(parts: Fetcher, order: WalkOrder = TICK) -> RunResult:
    return parts.walk(order, lambda: 900.0)


def asked(sandbox: Sandbox) -> int:
    """The requests since this was last asked."""
    count = sandbox.requests()["total"]
    sandbox.world.traffic.clear()
    assert isinstance(count, int)
    return count


def renew(parts: Fetcher, sandbox: Sandbox, **changes: str) -> None:
    """Put the account's good keys into its secret, or others."""
    keys = {**sandbox.accounts["main"], **changes}
    parts.secrets = Vault(Credentials(keys["sendcloud_public_key"], keys["sendcloud_secret_key"]))  # type: ignore[assignment]


def truth(sandbox: Sandbox) -> list[int]:
    return sorted(id_ for days in sandbox.truth()["main"].values() for ids in days.values() for id_ in ids)


def test_a_whole_walk(parts: Fetcher, sandbox: Sandbox) -> None:
    """With time enough an account is walked to its end, and nothing is queued."""
    outcome = parts.walk(WalkOrder("main"), lambda: 900.0)
    assert outcome.walk.walked.complete
    assert landed_ids(parts.store) == truth(sandbox)
    assert parts.queue.messages == []


def test_the_rest_goes_back_to_the_queue(parts: Fetcher, sandbox: Sandbox) -> None:
    """What time cut short is queued in the account's group, each time as a message of its own, until it is done."""
    order = WalkOrder("main")
    turns = 0
    while True:
        turns += 1
        parts.walk(order, lambda: RESERVE + 4.0)
        if len(parts.queue.messages) < turns:
            break
        message = parts.queue.messages[-1]
        assert message["MessageGroupId"] == "main"
        assert message["QueueUrl"] == parts.queue_url
        order = read(message["MessageBody"], accounts=parts.settings.accounts)
        assert order.hops == turns
    assert turns > 2
    assert landed_ids(parts.store) == truth(sandbox)
    assert len({message["MessageDeduplicationId"] for message in parts.queue.messages}) == turns - 1


@pytest.mark.parametrize("error", [NeedsOperator("The secret is not there."), TryLater("Not now.")])
def test_no_credentials(parts: Fetcher, error: Exception) -> None:
    """An account whose credentials cannot be had is a failure in the answer; nothing is asked, nothing queued."""
    parts.secrets = Vault(error)  # type: ignore[assignment]
    outcome = parts.walk(WalkOrder("main"), lambda: 900.0)
    assert outcome.walk.failures == {"credentials": error}
    assert parts.queue.messages == []


def test_a_damaged_key(parts: Fetcher) -> None:
    """A key that no header can carry is found before it is sent."""
    parts.secrets = Vault(Credentials("public", "two\nlines"))  # type: ignore[assignment]
    outcome = parts.walk(WalkOrder("main"), lambda: 900.0)
    assert isinstance(outcome.walk.failures["credentials"], NeedsOperator)


def test_new_credentials_make_a_new_client(parts: Fetcher) -> None:
    """The connection is kept as long as the keys stay the same, and no longer."""
    order = WalkOrder("main")
    parts.walk(order, lambda: 900.0)
    kept = parts._accounts["main"][1]
    parts.walk(order, lambda: 900.0)
    assert parts._accounts["main"][1] is kept
    kept._session.close()
    parts.secrets = Vault(Credentials("other", "keys"))  # type: ignore[assignment]
    assert isinstance(parts.walk(order, lambda: 900.0).walk.failures["account"], NeedsOperator)
    assert parts._accounts["main"][1] is not kept


def redacting_with(key: Callable[[], str]) -> Callable[[Iterable[str]], Redactor]:
    return partial(Redactor, pseudonyms=Pseudonyms(key))


@pytest.mark.parametrize("error", [NeedsOperator("The key is empty."), TryLater("Not now.")])
def test_without_the_pseudonyms_key_nothing_personal_lands(
    parts: Fetcher, sandbox: Sandbox, error: IntegrationLogsError
) -> None:
    """Not even without pseudonyms. That is the account's failure; once the key is there, nothing is missing."""

    def no_key() -> str:
        raise error

    parts.redactor = redacting_with(no_key)
    assert tick(parts).walk.failures == {"account": error}
    landed = b"".join(gzip.decompress(parts.store.objects[key]) for key in parts.store.objects if "landing/" in key)
    assert not re.search(rb"\[redacted:(?!credential|too-deep)", landed)
    parts.redactor = redacting_with(lambda: "k" * 32)
    parts._accounts.clear()
    assert tick(parts).walk.failures == {}
    assert sorted(landed_ids(parts.store)) == truth(sandbox)


def test_an_idle_tick_asks_for_no_key(parts: Fetcher) -> None:
    """What has landed is not redacted again: even a new process needs the pseudonyms' key only for what is new."""
    asked: list[int] = []

    def key() -> str:
        asked.append(1)
        return "k" * 32

    parts.redactor = redacting_with(key)
    tick(parts)
    assert len(asked) == 1
    for _, client, _ in parts._accounts.values():
        closing(client._session).__exit__(None, None, None)
    parts._accounts.clear()
    parts.redactor = redacting_with(key)
    assert tick(parts).walk.walked.records > 0
    assert len(asked) == 1


def test_a_plan(parts: Fetcher) -> None:
    """Every order is a message in its account's group."""
    parts.send([WalkOrder("main"), WalkOrder("second", integration_id=7)])
    assert [message["MessageGroupId"] for message in parts.queue.messages] == ["main", "second"]
    assert json.loads(parts.queue.messages[1]["MessageBody"])["integration_id"] == 7


def test_an_idle_tick(parts: Fetcher, sandbox: Sandbox) -> None:
    """When nothing happened, a tick is one request, two reads and no write, whatever sweeps were in between."""
    tick(parts)
    tick(parts, WalkOrder("main", "sweep"))
    asked(sandbox)
    parts.store.calls.clear()
    assert tick(parts).walk.walked.complete
    assert asked(sandbox) == 1
    assert parts.store.calls == [("get", STANDING), ("get", "state/fetch/main/account.json")]


def test_an_idle_tick_over_integrations(parts: Fetcher, sandbox: Sandbox) -> None:
    """Where each integration has its own stream, an idle tick asks for the list and each once, and writes nothing."""
    sandbox.modes(omit_integration_id=True)
    tick(parts)
    asked(sandbox)
    parts.store.calls.clear()
    assert tick(parts).walk.walked.complete
    assert asked(sandbox) == 1 + len(sandbox.integration_ids["main"])
    assert parts.store.writes == []


def test_the_sweep_comes_back_to_one_stream(parts: Fetcher, sandbox: Sandbox) -> None:
    """What was found about the streams lasts from run to run, and is looked at again by the sweep."""
    sandbox.modes(omit_integration_id=True)
    tick(parts)
    sandbox.modes(omit_integration_id=False)
    tick(parts)
    asked(sandbox)
    tick(parts, WalkOrder("main", "sweep"))
    tick(parts)
    asked(sandbox)
    tick(parts)
    assert asked(sandbox) == 1
    assert sorted(set(landed_ids(parts.store))) == truth(sandbox)


# --- refused credentials ----------------------------------------------------------------------------------------------


def test_refused_credentials_pause_the_account(parts: Fetcher, sandbox: Sandbox, time: Time) -> None:
    """It is told once; then nothing is asked and nothing written, until the secret changes."""
    renew(parts, sandbox, sendcloud_secret_key="no-longer-good")
    assert isinstance(tick(parts).walk.failures["account"], CredentialsRejected)
    asked(sandbox)
    parts.store.calls.clear()
    for _ in range(3):
        time.forward(minutes=5)
        paused = tick(parts)
        assert paused.paused
        assert report.troubles(TICK, paused, now=time()) == []
        assert not any(report.counts(paused).values())
    assert asked(sandbox) == 0
    assert parts.store.writes == []
    renew(parts, sandbox)
    assert not tick(parts).paused
    assert landed_ids(parts.store) == truth(sandbox)
    assert load(parts.store, "main").paused is None


def test_a_sweep_tries_again(parts: Fetcher, sandbox: Sandbox) -> None:
    """Once a day the same credentials are tried again: with their rights restored, the account goes on by itself."""
    sandbox.fault("unauthorized")
    tick(parts)
    since = load(parts.store, "main").paused
    asked(sandbox)
    assert tick(parts, WalkOrder("main", "sweep")).walk.failures
    assert asked(sandbox) == 1
    assert load(parts.store, "main").paused == since
    sandbox.clear_faults()
    assert tick(parts).paused
    assert not tick(parts, WalkOrder("main", "sweep")).walk.failures
    assert not tick(parts).paused


def test_an_order_of_a_person_is_tried(parts: Fetcher, sandbox: Sandbox) -> None:
    """A paused account does not refuse what is asked for on demand, and goes on where that succeeds."""
    sandbox.fault("unauthorized")
    tick(parts)
    sandbox.clear_faults()
    done = tick(parts, WalkOrder("main", integration_id=sandbox.integration_ids["main"][0]))
    assert not done.paused
    assert done.walk.walked.landed > 0
    assert not tick(parts).paused


def test_one_forbidden_integration_does_not_pause(parts: Fetcher, sandbox: Sandbox) -> None:
    """403 for one integration is that one's failure, walked with the others or alone; the account goes on."""
    sandbox.modes(omit_integration_id=True)
    forbidden = sandbox.integration_ids["main"][0]
    sandbox.fault("forbidden", path=f"/api/v3/integrations/{forbidden}/logs")
    for order in (TICK, TICK, WalkOrder("main", integration_id=forbidden)):
        done = tick(parts, order)
        assert not done.paused
        assert list(done.walk.failures) == [f"integration-{forbidden}"]
    theirs = [id_ for ids in sandbox.truth()["main"][str(forbidden)].values() for id_ in ids]
    assert sorted(set(landed_ids(parts.store))) == sorted(set(truth(sandbox)) - set(theirs))


def test_credentials_that_cannot_be_had_do_not_end_a_pause(parts: Fetcher, sandbox: Sandbox) -> None:
    """That Secrets Manager fails says nothing about the credentials: what was told is not told again."""
    sandbox.fault("unauthorized")
    tick(parts)
    vault, parts.secrets = parts.secrets, Vault(TryLater("Not now."))  # type: ignore[assignment]
    tick(parts)
    parts.secrets = vault
    assert tick(parts).paused


# --- what falls behind ------------------------------------------------------------------------------------------------


def test_a_stream_falls_behind_and_recovers(parts: Fetcher, sandbox: Sandbox, time: Time) -> None:
    """After so many failed ticks in a row a stream is stale; after twenty days its records are at risk."""
    sandbox.fault("not-a-list")
    assert [len(tick(parts).stale) for _ in range(4)] == [0, 0, 1, 1]
    time.forward(days=20)
    assert list(tick(parts).at_risk) == ["account"]
    sandbox.clear_faults()
    assert tick(parts).stale == {}
    assert load(parts.store, "main").behind == {}


def test_an_integration_that_is_gone_is_not_behind(parts: Fetcher, sandbox: Sandbox) -> None:
    """What failed and then went from the list of integrations is forgotten, and so is what one stream now covers."""
    gone = sandbox.integration_ids["main"][1]
    sandbox.modes(omit_integration_id=True)
    sandbox.fault("not-a-list", path=f"/api/v3/integrations/{gone}/logs")
    tick(parts)
    assert set(load(parts.store, "main").behind) == {f"integration-{gone}"}
    sandbox.world.shops["main"] = [shop for shop in sandbox.world.shops["main"] if shop.id != gone]
    tick(parts)
    assert load(parts.store, "main").behind == {}


def test_standing_that_is_not_saved(parts: Fetcher, sandbox: Sandbox) -> None:
    """Neither a lost write nor a failed one of how the account stands fails the walk."""
    parts.store.lose(1, to=b"{}", prefix=STANDING)
    assert not tick(parts).walk.failures
    parts.store.fail(1, verb="put", prefix=STANDING)
    assert not tick(parts).walk.failures
    assert landed_ids(parts.store) == truth(sandbox)


def test_a_ledger_that_is_not_saved(parts: Fetcher, sandbox: Sandbox) -> None:
    """What passes by itself is no failure; what does not is one, and the walk counts all the same."""
    parts.store.fail(1, verb="put", prefix="state/landed/")
    assert not tick(parts).walk.failures
    sandbox.plant("main", sandbox.integration_ids["main"][0], {})
    refusal = NeedsOperator("S3 refuses.")
    parts.store.fail(1, verb="put", prefix="state/landed/", error=refusal)
    assert tick(parts).walk.failures == {"ledger": refusal}
    assert not tick(parts).walk.failures
    assert load(parts.store, "main").behind == {}
    assert landed_ids(parts.store) == truth(sandbox)


SET = """ACCOUNT_NAMES=main BUCKET=b SECRET_PREFIX=p PSEUDONYM_KEY_SECRET=k WORK_QUEUE_URL=q REDACTION_POLICY=mask
SENDCLOUD_BASE_URL=https://panel.example/api/v3 OVERLAP_MINUTES=60 STREAM_MODE=auto PAGE_SIZE=100 BACKFILL_SLICES=1
REQUESTS_PER_MINUTE=900 STALE_TICKS=12 INTEGRATION_IDS= AWS_DEFAULT_REGION=eu-west-1 AWS_ACCESS_KEY_ID=nobody
AWS_SECRET_ACCESS_KEY=none"""


def test_a_page_that_is_worked_on_does_not_hold_back_the_request_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that has work lets another run ten times as often as Python would by itself."""
    for setting in SET.split():
        monkeypatch.setenv(*setting.split("=", 1))
    before = sys.getswitchinterval()
    try:
        compose.__wrapped__()
        assert sys.getswitchinterval() == pytest.approx(before / 10)
    finally:
        sys.setswitchinterval(before)
