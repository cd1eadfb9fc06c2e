"""archive_logs at each of its calls, alone and beside another run, through its ``story``.

The bucket is looked at after every write (``watched``). In the end, what landed is in the archive once, as it was
fetched first, or in quarantine; and summaries and manifests say what is so.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import suppress
from itertools import chain, islice

from archive_logs.upkeep.manifests import PREFIX as MANIFESTS
from integration_logs.errors import IntegrationLogsError
from tests.crash import points, schedules
from tests.crash.points import Point
from tests.crash.process import Call, DiedError, Fault, Process
from tests.crash.schedules import Schedule, side_by_side
from tests.crash.story import PAIRS, SETTINGS, SITUATIONS, STEPS, Archive, happens, short, stands_before
from tests.crash.watched import Untrue, WatchedStore, check_summaries, landed, none, rows, token

EVERY = {name: 40 if setting.with_duckdb else 1 for name, setting in SETTINGS.items()}
"""Of each setting, the how many-th point or schedule is tried where all are: DuckDB takes a second for each."""

_WRITES: tuple[Fault, ...] = ("dies before", "dies after", "time-out", "5xx")
_PUTS: tuple[Fault, ...] = (*_WRITES, "lost", "done, then refused as there already")


def faults(call: Call) -> tuple[Fault, ...]:
    """What can happen at a call and makes a difference: whether a read was done before it failed does not."""
    return _PUTS if call[0] == "put" else _WRITES if call[0] == "delete" else ("dies before", "5xx")


def all_points(setting: str) -> Iterator[Point]:
    """Every crash point of a setting, found by counting the calls of a run without a fault."""
    with short(SETTINGS[setting]):
        for number, step in enumerate(STEPS):
            archive, process = stands_before(setting, number).copy(), Process()
            happens(archive, number)
            step(archive, process)
            for call, what in enumerate(process.calls):
                yield from (Point(setting, number, call, fault) for fault in faults(what))


def run_point(point: Point) -> None:
    """The step with that one fault, then everything normally; raises ``Untrue`` where a promise does not hold."""
    setting = SETTINGS[point.setting]
    with short(setting):
        archive = stands_before(point.setting, point.step).copy()
        happens(archive, point.step)
        with suppress(DiedError, IntegrationLogsError):  # the schedule and the queue's next message go on
            STEPS[point.step](archive, Process(at=point.call, fault=point.fault))
        check_end(archive)


def run_pair(schedule: Schedule) -> list[tuple[int, Call]]:
    """Two runs at once, then everything normally; whose calls came when. Raises ``Untrue``."""
    with short(SETTINGS[schedule.setting]):
        step = SITUATIONS[schedule.situation]
        archive = stands_before(schedule.setting, step).copy()
        happens(archive, step)
        one, two = PAIRS[schedule.pair]

        def news(actor: int) -> None:
            """So the one that begins later meets something newer."""
            if actor != schedule.first:
                archive.another_page()

        both = (lambda process: one(archive, process), lambda process: two(archive, process))
        calls = side_by_side(both, schedule, news)
        check_end(archive)
        return calls


def kinds(setting: str) -> list[tuple[str, str, str]]:
    """Each pair in each situation in which both have something to do.

    No manifest is made of a damaged archive: it tells what was swept and archived, not what somebody removed since.
    """
    return [
        (pair, situation, setting)
        for pair in PAIRS
        for situation in SITUATIONS
        if not (situation == "first" and "release" in pair)
        and not (situation == "damaged" and "manifest" in pair)
        and not (situation == "idle" and "fetch" not in pair)
    ]


def try_points(setting: str, *, every: int = 1, whole: Collection[int] = ()) -> int:
    """Run every crash point, or each n-th but all those of some steps; how many.

    Raises ``Untrue`` with the seed of the first that fails.
    """
    chosen = [point for number, point in enumerate(all_points(setting)) if number % every == 0 or point.step in whole]
    for point in chosen:
        points.try_one(point, run_point)
    return len(chosen)


def try_pair(kind: tuple[str, str, str], *, rounds: int, every: int = 1, crossings: bool = True) -> int:
    """Run a pair's schedules, or each n-th; how many. Raises ``Untrue`` as ``try_points`` does."""
    tried = 0
    made = schedules.schedules(*kind, rounds=rounds, run=run_pair)
    if crossings:
        made = chain(made, schedules.crossings(*kind, run=run_pair))
    for schedule in islice(made, 0, None, every):
        schedules.try_one(schedule, run_pair)
        tried += 1
    return tried


# --- what is true ----------------------------------------------------------------------------------------------------


def check_end(archive: Archive) -> None:
    """Go on as schedules and operators would: everything is where it belongs. Raises ``Untrue``."""
    archive.archive(Process())
    if not archive.damaged:
        check_summaries(archive.store)
    archive.seconds = 100  # the same whatever was before, so that the merges are known
    archive.fetch(Process())
    archive.archive(Process())
    before = {key: body for key, body in archive.store.objects.items() if key.startswith("logs/")}
    archive.replay(Process())
    if not archive.damaged and before != {key: archive.store.objects[key] for key in before}:
        raise Untrue("a replay wrote what was in the archive already")
    archive.release(Process())
    archive.archive(Process())
    archive.manifest(Process())
    store = archive.store
    none("left in landing", [key for key in store.objects if key.startswith("landing/")])
    check_archive(store)
    aside = store.in_quarantine()
    none("in quarantine, though the archive can hold them", [each for each in aside if isinstance(each, int)])
    check_summaries(store)
    check_counts(archive)


def check_archive(store: WatchedStore) -> None:
    """Every record that ever landed is archived once, as it was fetched first."""
    first: dict[int, dict[str, object]] = {}
    for body in (body for key, held in store.history.items() if key.startswith("landing/") for body in held):
        for row in landed(body) or ():
            named = token(row)
            if isinstance(named, int) and (named not in first or row["fetched_at"] < first[named]["fetched_at"]):
                first[named] = row
    archived = {row.id: row.exception for body in store.below("logs/") for row in rows(body)}
    none("lost", first.keys() - archived.keys())
    none("from nowhere", archived.keys() - first.keys())
    none("not as fetched first", [id_ for id_, row in first.items() if archived[id_] != row["exception"]])


def check_counts(archive: Archive) -> None:
    """The days' manifests count what is archived, and know of a sweep."""
    entries = archive.store.entries("logs/", limit=1_000_000)
    etags = {entry.etag: len(rows(archive.store.objects[entry.key])) for entry in entries}
    told: set[str] = set()
    for body in archive.store.below(MANIFESTS):
        for each in json.loads(body)["integrations"]:
            told |= {*each["etags"]}
            if each["records"] != sum(etags.get(etag, 0) for etag in each["etags"]) or not each["swept_at"]:
                raise Untrue(f"a manifest says {each}")
    none("in objects that no manifest counts", etags.keys() - told)
