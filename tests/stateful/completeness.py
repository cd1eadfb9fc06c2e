"""What a manifest claims is true, whatever happens: the model is what Sendcloud had, and since when."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import ExitStack, suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from archive_logs.upkeep.manifests import write_manifests
from fetch_logs.plan import Mode, WalkOrder, read
from integration_logs.bucket.sweeps import RETENTION
from integration_logs.errors import IntegrationLogsError
from integration_logs.times import moment
from tests.crash.deployment import ACCOUNT, Deployment, small
from tests.crash.process import DiedError, Fault, Inline, Process, ProcessStore, faults
from tests.crash.truth import Untrue, archived, check_sweeps
from tests.fakes.sendcloud import Order, Record
from tests.stateful.machine import MODES, ORDERS, deaths, requests

mishaps = st.one_of(st.none(), st.tuples(st.integers(0, 60), st.sampled_from(faults(("get", "")))))
"""At which of its calls what happens to the run that writes the manifests, if anything does."""


class Completeness(RuleBasedStateMachine):
    """Records come, late ones too, time passes, and walks, archiver and manifests run or die in any order."""

    completed: ClassVar[int] = 0
    """Days that had to be complete, and were."""

    def __init__(self) -> None:
        super().__init__()
        self.swept: list[datetime] = []  # when a sweep began and ended that nothing disturbed, nor what follows it
        self.patches = ExitStack()
        self.patches.enter_context(small())
        self.patches.enter_context(patch("archive_logs.upkeep.manifests.ThreadPoolExecutor", Inline))
        self.deployment = Deployment.of()

    @initialize(named=st.booleans(), order=st.sampled_from(ORDERS), records=st.integers(0, 12))
    def begin(self, named: bool, order: Order, records: int) -> None:
        self.deployment = Deployment.of(named=named, order=order)
        for number in range(records):
            self.create(number, timedelta(hours=7 * number))

    def create(self, integration: int, age: timedelta) -> None:
        upstream = self.deployment.upstream
        upstream.add(upstream.integrations[integration % 3], self.deployment.time() - age)

    @rule(count=st.integers(1, 5), hours=st.integers(0, 29 * 24))
    def records_arrive(self, count: int, hours: int) -> None:
        """Just now, or dated back."""
        for number in range(count):
            self.create(number, timedelta(hours=hours))

    @rule(repeats=st.booleans())
    def sendcloud_repeats_pages(self, repeats: bool) -> None:
        self.deployment.upstream.repeats = repeats

    @rule(hours=st.sampled_from((1, 5, 24, 24, 9 * 24, 31 * 24)))
    def time_passes(self, hours: int) -> None:
        self.deployment.time.now += timedelta(hours=hours)

    @rule(mode=st.sampled_from(MODES), limit=requests, death=deaths, alone=st.sampled_from((None, None, 101)))
    def the_schedule_walks(
        self, mode: Mode, limit: int | None, death: tuple[int, Fault] | None, alone: int | None
    ) -> None:
        """Or somebody asks for one integration alone."""
        self.walk(WalkOrder(ACCOUNT, mode, alone), limit, death)

    @precondition(lambda self: self.deployment.queue.bodies)
    @rule(limit=requests, death=deaths)
    def the_queue_continues(self, limit: int | None, death: tuple[int, Fault] | None) -> None:
        self.walk(read(self.deployment.queue.bodies.pop(0), accounts=(ACCOUNT,)), limit, death)

    def walk(self, order: WalkOrder, limit: int | None, death: tuple[int, Fault] | None) -> None:
        """Time moves on a little, so that what comes after a walk is known from what was there before."""
        self.deployment.time.now += timedelta(milliseconds=1)
        with suppress(DiedError, IntegrationLogsError):
            self.deployment.walk(order, _process(death), requests=limit)

    @rule(death=deaths)
    def the_archiver_runs(self, death: tuple[int, Fault] | None) -> None:
        with suppress(DiedError):
            self.deployment.archive(_process(death))

    @rule(mishap=mishaps)
    def manifests_are_written(self, mishap: tuple[int, Fault] | None) -> None:
        with suppress(DiedError, IntegrationLogsError):
            write_manifests(ProcessStore(self.deployment.store, _process(mishap)), [ACCOUNT], self.deployment.time.now)

    @rule(days=st.integers(1, 40), hours=st.integers(0, 40), mode=st.sampled_from(("tick", "sweep")))
    def days_go_by_as_planned(self, days: int, hours: int, mode: Mode) -> None:
        """News, some of it late; then a walk, the archiver and manifests, each day and undisturbed."""
        self.create(0, timedelta())
        self.create(1, timedelta(hours=hours))
        for number in range(days):
            self.deployment.time.now += timedelta(days=1)
            self.walk(WalkOrder(ACCOUNT, mode), None, None)
            self.deployment.archive_all()
            if mode == "sweep" and number:  # the first may have continued a walk that began earlier
                self.swept.append(self.deployment.time.now)
            self.manifests_are_written(None)
            self.manifests_count_what_is_archived()
            self.what_was_swept_becomes_complete()

    def what_was_swept_becomes_complete(self) -> None:
        """The day before each sweep that nothing disturbed, once Sendcloud has forgotten it: no manifest is too shy."""
        states = {document["day"]: document["state"] for document in self.manifests()}
        for day in {(at - timedelta(days=1)).date() for at in self.swept}:
            if self.deployment.time.now < datetime(day.year, day.month, day.day, tzinfo=UTC) + RETENTION + timedelta(1):
                continue
            if (state := states.get(day.isoformat())) != "complete":
                raise Untrue(f"{day} was swept to its end, and is {state}")
            type(self).completed += 1

    def manifests_count_what_is_archived(self) -> None:
        """Right after a run that nothing disturbed."""
        held = defaultdict(list)
        records = {record.id: record for record in self.deployment.upstream.records}
        for id_ in archived(self.deployment):
            held[records[id_].created_at.date(), records[id_].integration_id].append(id_)
        for document in self.manifests():
            if document["state"] != "open":
                continue
            day = date.fromisoformat(document["day"])
            for entry in document["integrations"]:
                ids = held[day, entry["integration_id"]]
                told = entry["records"], entry["first_id"], entry["last_id"]
                if told != (len(ids), min(ids), max(ids)):
                    raise Untrue(f"{day}: {entry} counts other than {ids}")
            there = {integration for of, integration in held if of == day}
            if there != {entry["integration_id"] for entry in document["integrations"]}:
                raise Untrue(f"{day}: integrations are missing: {there}")

    def manifests(self) -> list[dict[str, Any]]:
        objects = self.deployment.store.objects
        return [json.loads(body) for key, body in objects.items() if key.startswith("manifests/")]

    @invariant()
    def what_was_swept_is_kept(self) -> None:
        check_sweeps(self.deployment)

    @invariant()
    def what_manifests_claim_is_true(self) -> None:
        """Whatever Sendcloud had of a day when the day was last swept is in the archive."""
        kept: set[int] | None = None
        for document in self.manifests():
            day = date.fromisoformat(document["day"])
            claims = [(entry["swept_at"], None) for entry in document["accounts"]]
            claims += [(entry["swept_at"], entry["integration_id"]) for entry in document["integrations"]]
            if document["state"] == "complete" and not (document["swept_at"] or "") >= f"{day + timedelta(days=1)}T":
                raise Untrue(f"{day} is called complete, swept at {document['swept_at']}")
            for text, integration_id in claims:
                if (swept_at := moment(text)) is None:
                    continue
                if swept_at - RETENTION > datetime(day.year, day.month, day.day, tzinfo=UTC):
                    raise Untrue(f"{day} was swept at {swept_at}, when Sendcloud had forgotten some of it")
                kept = {*archived(self.deployment)} if kept is None else kept
                for record in self.had(day, swept_at):
                    if integration_id in {None, record.integration_id} and record.id not in kept:
                        raise Untrue(f"{day} was swept at {swept_at}, yet {record} is not archived")

    def had(self, day: date, at: datetime) -> list[Record]:
        """What Sendcloud had of the day at that time."""
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return [
            record
            for record in self.deployment.upstream.records
            if start <= record.created_at < start + timedelta(days=1)
            and record.since < at
            and record.created_at > at - RETENTION
        ]

    def teardown(self) -> None:
        self.patches.close()


def _process(mishap: tuple[int, Fault] | None) -> Process:
    return Process() if mishap is None else Process(at=mishap[0], fault=mishap[1])
