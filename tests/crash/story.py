"""What archive_logs meets, step by step: the story that ``archiving`` breaks at each call.

Records below, within and above what is archived already, the same one fetched again, earlier or later; ones that no
archive can hold, or that just an older parser could not; a torn object; an archive that somebody has damaged by hand.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import duckdb

from archive_logs.merging.backlog import work_off
from archive_logs.merging.landed import Landed
from archive_logs.merging.merge import Merger
from archive_logs.merging.partitions import PREFIX as LOGS
from archive_logs.orders import Order
from archive_logs.upkeep.manifests import PREFIX as MANIFESTS
from archive_logs.upkeep.manifests import write_manifests
from archive_logs.upkeep.release import release
from archive_logs.upkeep.replay import replay
from integration_logs.bucket import sweeps
from integration_logs.bucket.landing import PREFIX, encode, land
from integration_logs.records.rows import Row
from integration_logs.times import timestamp
from tests.crash.deployment import ACCOUNT, NOON, PLENTY, small
from tests.crash.process import Inline, Process, ProcessStore
from tests.crash.watched import Archived, Untrue, WatchedStore, none, rows, tokens
from tests.fakes.memory_store import etag
from tests.unit.archive_logs.archive_rows import packed, row

type Step = Callable[[Archive, Process], object]

DAYS = date(2026, 11, 20), date(2026, 11, 21)
_EVERY = timedelta(minutes=10)
_MOST_TURNS = 50
_RELEASED = re.compile(r"-[ro]\.ndjson\.gz$")
_TORN = f"{PREFIX}2026-11-22T12-00-00.000000Z-{ACCOUNT}-account-torn.ndjson.gz"
_WHOLE = f"quarantine/objects/2026-11-22T12-00-00.000000Z-{ACCOUNT}-account-whole.ndjson.gz"
_DAMAGED = "logs/dt=2026-11-20/integration-7.parquet"
_GONE = "logs/dt=2026-11-21/integration-8.parquet"


@dataclass(frozen=True)
class Setting:
    """How large an object may get (three rows have some 8 kB), and whether DuckDB merges anew each time.

    ``in_a_hurry``, an invocation's time is up whenever it looks: it settles what it can, and the next one goes on.
    """

    part_bytes: int
    with_duckdb: bool = False
    in_a_hurry: bool = False

    def time_left(self) -> float:
        """Seconds, whenever a run asks."""
        return 0.0 if self.in_a_hurry else PLENTY


SETTINGS = {
    "sealed-at-once": Setting(1),
    "sealed-later": Setting(9_000),
    "with-duckdb": Setting(9_000, with_duckdb=True),
    "cut-short": Setting(9_000, in_a_hurry=True),
}


@dataclass(frozen=True)
class News:
    """A record that Sendcloud has since a stage; ``bad`` are rows that the archive cannot hold, ``once`` one that it
    can since the parser was mended. ``shift`` is by how much its row was fetched before or after the stage."""

    id: int | None
    integration_id: int = 7
    day: date = DAYS[0]
    shift: timedelta = timedelta()
    once: bool = False

    @property
    def text(self) -> str:
        """What it says happened; it does not compress well."""
        return random.Random(f"{self}").randbytes(1500).hex()

    def row(self, fetched_at: datetime) -> Row:
        """As it lands."""
        text = self.text
        time = f"{self.day}T10:00:00Z"
        at = fetched_at + self.shift
        if not self.once:
            return row(self.id, fetched_at=at, integration_id=self.integration_id, created_at=time, exception=text)
        made = row(None, fetched_at=at, integration_id=self.integration_id, created_at=time, exception=text)
        return made | {"extra": json.dumps({"id": str(self.id)})}


_HOUR = timedelta(hours=1)
STAGES: tuple[tuple[tuple[News, ...], ...], ...] = (
    ((News(10), News(20), News(5, 8, DAYS[1])), (News(30), News(15), News(None))),
    (
        (News(2), News(12), News(25), News(60), News(6, 8, DAYS[1])),
        (News(20, shift=_HOUR), News(88, once=True), News(None, 8, DAYS[1])),
        (News(15, shift=-_HOUR),),
    ),
    ((News(3), News(13), News(70), News(7, 8, DAYS[1])),),
)
"""What is new at a stage, in the landing objects that a fetch makes of it."""


def since(stage: int) -> datetime:
    """When Sendcloud has its news."""
    return NOON + stage * _EVERY


class Bucket(WatchedStore):
    """Looks at each manifest when it is written, too: it claims no more than is so."""

    def _look_after(self, key: str) -> None:
        super()._look_after(key)
        if key.startswith(MANIFESTS):
            manifest = json.loads(self.objects[key])
            self._check_sweeps(key, manifest)
            for each in manifest["integrations"]:
                self._check_counts(key, manifest["day"], each)

    def _check_sweeps(self, key: str, manifest: dict[str, Any]) -> None:
        """What Sendcloud had when the sweep began is counted, or in quarantine, or on its way back from there."""
        released = (body for name, body in self.objects.items() if name.startswith(PREFIX) and _RELEASED.search(name))
        counted = {row.id for each in manifest["integrations"] for row in self._named(manifest["day"], each)}
        kept = counted.union(self.in_quarantine(), *map(tokens, released))
        for swept_at in [each["swept_at"] for each in manifest["accounts"] if each["swept_at"]]:
            had = {
                news.id or news.text
                for stage, pages in enumerate(STAGES)
                for news in (news for page in pages for news in page)
                if timestamp(since(stage)) < swept_at and news.day.isoformat() == manifest["day"]
            }
            none(f"neither archived nor in quarantine, though {key} says swept at {swept_at}", had - kept)

    def _check_counts(self, key: str, day: str, told: dict[str, Any]) -> None:
        """The counts are those of the objects that it names."""
        ids = [row.id for row in self._named(day, told)]
        if told["records"] is not None:
            is_so = {"records": len(ids), "first_id": min(ids), "last_id": max(ids)}
            if {name: told[name] for name in is_so} != is_so:
                raise Untrue(f"{key} says {told}, and the objects have {sorted(ids)}")

    def _named(self, day: str, told: dict[str, Any]) -> Iterator[Archived]:
        """The rows of the objects that a manifest names, as they were."""
        of = f"{LOGS}dt={day}/integration-{told['integration_id']}."
        were = {etag(body): body for name, held in self.history.items() if name.startswith(of) for body in held}
        return (row for each in told["etags"] for row in rows(were[each]))


@dataclass
class Archive:
    """One bucket, and the stage that it is at. Each method that takes a process is one invocation."""

    setting: Setting
    store: WatchedStore = field(default_factory=Bucket)
    stage: int = -1
    seconds: int = 0
    damaged: bool = False

    def copy(self) -> Archive:
        """Another one that stands where this one does."""
        return replace(self, store=self.store.twin())

    def now(self) -> datetime:
        """Each time it is asked, a second later."""
        self.seconds += 1
        return since(self.stage) + timedelta(seconds=self.seconds)

    def fetch(self, process: Process) -> None:
        """What fetch_logs does in the bucket when it sweeps: everything lands, then the sweep is recorded."""
        store, began = ProcessStore(self.store, process), self.now()
        for news in STAGES[self.stage]:
            at = began + min(each.shift for each in news)
            lines = [encode(each.row(began)) for each in news]
            land(store, lines, account=ACCOUNT, stream="account", fetched_at=at)
        if self.stage == 0:
            store.put(_TORN, b"no gzip", replaces=None)
        sweep = sweeps.Sweep("sweep", began, self.now(), since=NOON - timedelta(days=25))
        sweeps.record(store, ACCOUNT, "account", sweep)

    def archive(self, process: Process) -> None:
        """Archive what landed, in as many invocations as it takes."""
        store = ProcessStore(self.store, process)
        for _ in range(_MOST_TURNS):
            if not work_off(store, self.setting.time_left, part_bytes=self.setting.part_bytes).more:
                return
        raise Untrue("the archiver is continued without end")

    def replay(self, process: Process) -> None:
        """Archive the story's days once more, in as many invocations as it takes."""
        store, order = ProcessStore(self.store, process), Order("replay", DAYS)
        for _ in range(_MOST_TURNS):
            done = replay(store, order, self.setting.time_left, part_bytes=self.setting.part_bytes)
            rest = order.behind(done.after)
            if rest is None:
                return
            order = rest
        raise Untrue("a replay is continued without end")

    def release(self, process: Process) -> None:
        """Put what is in quarantine through again."""
        release(ProcessStore(self.store, process), _plenty)

    def manifest(self, process: Process) -> None:
        """Say how complete each day is."""
        write_manifests(ProcessStore(self.store, process), (ACCOUNT,), self.now())

    def another_page(self) -> None:
        """Something lands while others are at work, before and behind what waits."""
        for news, at in ((News(17), NOON - 2 * _HOUR), (News(99), self.now())):
            land(self.store, [encode(news.row(at))], account=ACCOUNT, stream="account", fetched_at=at)


def _plenty() -> float:
    return PLENTY


def _fetch_and_archive(archive: Archive, process: Process) -> None:
    archive.fetch(process)
    archive.archive(process)


STEPS: tuple[Step, ...] = (
    Archive.fetch,
    Archive.archive,
    Archive.manifest,
    Archive.fetch,
    Archive.archive,
    Archive.fetch,
    Archive.replay,
    Archive.release,
    Archive.archive,
    Archive.manifest,
)

PAIRS: dict[str, tuple[Step, Step]] = {
    "archiver-archiver": (Archive.archive, Archive.archive),
    "archiver-replay": (Archive.archive, Archive.replay),
    "replay-replay": (Archive.replay, Archive.replay),
    "release-archiver": (Archive.release, Archive.archive),
    "release-release": (Archive.release, Archive.release),
    "release-replay": (Archive.release, Archive.replay),
    "fetch-archiver": (Archive.fetch, Archive.archive),
    "manifest-archiver": (Archive.manifest, Archive.archive),
    "manifest-fetch": (Archive.manifest, _fetch_and_archive),
    "manifest-manifest": (Archive.manifest, Archive.manifest),
    "manifest-release": (Archive.manifest, Archive.release),
}
SITUATIONS = {"first": 1, "idle": 3, "more": 4, "damaged": 6}
"""Before which step two runs meet: nothing is archived yet; all is; there is an archive, and more has landed; it is
damaged, and more has landed."""


def happens(archive: Archive, step: int) -> None:
    """What others do before the step."""
    if STEPS[step] is Archive.fetch:
        archive.stage, archive.seconds = archive.stage + 1, 0
    if STEPS[step] is Archive.replay:
        archive.damaged = True
        archive.store.damage({_DAMAGED: _without_a_row(archive.store.objects[_DAMAGED])}, gone=[_GONE])
    if STEPS[step] is Archive.release:
        archive.store.damage({_WHOLE: packed([News(90).row(NOON)])})


@cache
def _without_a_row(parquet: bytes) -> bytes:
    """The object with a row less, what another one says happened changed, and without what says that it is sealed."""
    with TemporaryDirectory() as name, duckdb.connect(config={"threads": 1}) as database:
        before, after = Path(name) / "before.parquet", Path(name) / "after.parquet"
        before.write_bytes(parquet)
        database.execute(
            f"""
            COPY (SELECT * REPLACE ('damaged' AS exception) FROM read_parquet('{before}') ORDER BY id DESC OFFSET 1)
            TO '{after}' (FORMAT parquet)
            """
        )
        return after.read_bytes()


@cache
def stands_before(setting: str, step: int) -> Archive:
    """How the story without a fault stands before the step, and before what happens there."""
    if step == 0:
        return Archive(SETTINGS[setting])
    archive = stands_before(setting, step - 1).copy()
    happens(archive, step - 1)
    STEPS[step - 1](archive, Process())
    return archive


@contextmanager
def short(setting: Setting) -> Iterator[None]:
    """Two objects make a batch, and few days a calendar, so that a run has several and is soon done."""
    with ExitStack() as changed:
        changed.enter_context(small())
        known: dict[str, Any] = {"Landed": Landed, "Merger": Merger} if setting.with_duckdb else {}
        for name, value in known.items():
            changed.enter_context(patch(f"archive_logs.merging.batch.{name}", value))
        if setting.in_a_hurry:
            changed.enter_context(patch("archive_logs.merging.batch.BATCH_PARTITIONS", 2))
            changed.enter_context(patch("archive_logs.merging.part_writer.AT_A_TIME", 1))
        changed.enter_context(patch("archive_logs.merging.backlog.BATCH_OBJECTS", 2))
        changed.enter_context(patch("archive_logs.upkeep.replay.BATCH_OBJECTS", 2))
        changed.enter_context(patch("archive_logs.upkeep.release.LISTED_AT_ONCE", 2))
        changed.enter_context(patch("archive_logs.upkeep.manifests.BACK", timedelta(days=3)))
        changed.enter_context(patch("archive_logs.upkeep.manifests.ThreadPoolExecutor", Inline))
        yield
