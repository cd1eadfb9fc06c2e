"""Whatever Sendcloud does and whenever the functions run or die: the model is a set of ids."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fetch_logs.plan import Mode, WalkOrder, read
from integration_logs.errors import ContractBroken, IntegrationLogsError
from tests.crash.deployment import ACCOUNT, Deployment, small
from tests.crash.process import DiedError, Fault, Process
from tests.crash.truth import check_end, check_now
from tests.fakes.sendcloud import Order

ORDERS: tuple[Order, ...] = ("newest first", "oldest first", "no order")
MODES: tuple[Mode, ...] = ("tick", "sweep", "full")
DEATHS: tuple[Fault, ...] = ("dies before", "dies after")

requests = st.one_of(st.none(), st.integers(1, 8))
"""After how many requests an invocation's time is up, if it is."""

deaths = st.one_of(st.none(), st.tuples(st.integers(0, 25), st.sampled_from(DEATHS)))
"""At which of its calls an invocation dies, if it does."""


class AnyOrder(RuleBasedStateMachine):
    """Everything happens in any order; then a clean tick, sweep and archiver run, and the archive is compared."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = ExitStack()
        self.patches.enter_context(small())
        self.deployment = Deployment.of()
        self.owed: set[int] = set()

    @initialize(named=st.booleans(), order=st.sampled_from(ORDERS), records=st.integers(0, 30), plain=st.booleans())
    def begin(self, named: bool, order: Order, records: int, plain: bool) -> None:
        self.deployment = Deployment.of(named=named, order=order, plain=plain)
        for number in range(records):
            self.create(number, timedelta(minutes=17 * number))

    def create(self, integration: int, age: timedelta) -> None:
        upstream = self.deployment.upstream
        upstream.add(upstream.integrations[integration % 3], self.deployment.time() - age)

    @rule(count=st.integers(1, 9), apart=st.sampled_from((0, 1, 20)), integration=st.integers(0, 2))
    def records_arrive(self, count: int, apart: int, integration: int) -> None:
        """Also several at the very same time."""
        for number in range(count):
            self.create(integration + number, timedelta(seconds=apart * number))

    @rule(hours=st.integers(0, 29 * 24), count=st.integers(1, 5))
    def records_arrive_back_dated(self, hours: int, count: int) -> None:
        for number in range(count):
            self.create(number, timedelta(hours=hours))

    @rule(minutes=st.integers(1, 90))
    def a_record_arrives_dated_ahead(self, minutes: int) -> None:
        self.create(0, -timedelta(minutes=minutes))

    @rule(order=st.sampled_from(ORDERS))
    def sendcloud_reorders(self, order: Order) -> None:
        self.deployment.upstream.order = order

    @rule(repeats=st.booleans())
    def sendcloud_repeats_pages(self, repeats: bool) -> None:
        self.deployment.upstream.repeats = repeats

    @rule(minutes=st.sampled_from((1, 5, 60, 24 * 60, 8 * 24 * 60, 31 * 24 * 60)))
    def time_passes(self, minutes: int) -> None:
        """Records expire 30 days after their time."""
        self.deployment.time.now += timedelta(minutes=minutes)

    @rule(mode=st.sampled_from(MODES), limit=requests, death=deaths)
    def the_schedule_walks(self, mode: Mode, limit: int | None, death: tuple[int, Fault] | None) -> None:
        self.walk(WalkOrder(ACCOUNT, mode), limit, death)

    @precondition(lambda self: self.deployment.queue.bodies)
    @rule(limit=requests, death=deaths)
    def the_queue_continues(self, limit: int | None, death: tuple[int, Fault] | None) -> None:
        self.walk(read(self.deployment.queue.bodies.pop(0), accounts=(ACCOUNT,)), limit, death)

    @precondition(lambda self: self.deployment.queue.bodies)
    @rule()
    def the_queue_delivers_twice(self) -> None:
        self.deployment.queue.bodies.append(self.deployment.queue.bodies[0])

    @rule(death=deaths)
    def the_archiver_runs(self, death: tuple[int, Fault] | None) -> None:
        with suppress(DiedError):
            self.deployment.archive(_process(death))

    def walk(self, order: WalkOrder, limit: int | None, death: tuple[int, Fault] | None) -> None:
        """What a walk was served is owed from then on, unless it died before that had landed."""
        upstream, process = self.deployment.upstream, _process(death)
        upstream.served.clear()
        try:
            done = self.deployment.walk(order, process, requests=limit)
        except DiedError:
            return
        except IntegrationLogsError:
            assert process.dead, "only a fault makes a walk fail as a whole"
            return
        failures = done.walk.failures.values()
        assert all(isinstance(error, ContractBroken) for error in failures), failures
        assert upstream.repeats or not failures, failures
        # Of an account whose records do not name their integration, the first page is asked for twice.
        if upstream.named or (done.walk.walked.complete and not failures):
            self.owed |= upstream.served

    @invariant()
    def nothing_is_known_that_is_nowhere(self) -> None:
        check_now(self.deployment)

    def teardown(self) -> None:
        try:
            upstream = self.deployment.upstream
            upstream.repeats = False
            self.deployment.drain("sweep")  # ends the one that may have been cut short
            wanted = {record.id for record in upstream.remembered()} | self.owed
            check_end(self.deployment, wanted=wanted, late=frozenset(wanted))
        finally:
            self.patches.close()


def _process(death: tuple[int, Fault] | None) -> Process:
    return Process() if death is None else Process(at=death[0], fault=death[1])
