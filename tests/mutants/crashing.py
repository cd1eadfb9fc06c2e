"""Mutants of what only shows when archive_logs is cut short, or is not alone: the crash harness must notice each."""

from __future__ import annotations

from dataclasses import replace

from tests.mutants.archiving import ARCHIVING
from tests.mutants.completeness import COMPLETENESS
from tests.mutants.mutant import Mutant
from tests.mutants.repair import REPAIR

_ARCHIVE = "functions/archive_logs"
_BACKLOG, _BATCH, _PARTS = (
    f"{_ARCHIVE}/merging/backlog.py",
    f"{_ARCHIVE}/merging/batch.py",
    f"{_ARCHIVE}/merging/part_writer.py",
)
_CHOICE, _MANIFESTS = f"{_ARCHIVE}/merging/choice.py", f"{_ARCHIVE}/upkeep/manifests.py"
_HARNESS = "tests/crash/test_archiving.py"
_POINTS = f"{_HARNESS}::test_no_fault_at_any_call_of_the_archiver"
_PAIRS = f"{_HARNESS}::test_no_interleaving_with_the_archiver"

_OWN = (
    Mutant(
        "landing-is-deleted-before-it-is-archived",
        _BACKLOG,
        (
            (
                "        outcome = archive(store, files, part_bytes=part_bytes, time_left=time_left)\n",
                "        for key in files.values():\n            store.delete(key)\n"
                "        outcome = archive(store, files, part_bytes=part_bytes, time_left=time_left)\n",
            ),
        ),
        (f"{_POINTS}[sealed-at-once]",),
    ),
    Mutant(
        "what-is-held-up-is-deleted",
        _BACKLOG,
        (("side_by_side(store.delete, outcome.settled)", "side_by_side(store.delete, files.values())"),),
        (f"{_POINTS}[sealed-at-once]",),
    ),
    Mutant(
        "a-write-that-was-lost-passes-for-done",
        _PARTS,
        (
            (
                'extra={"key": part.key})\n                    continue\n',
                'extra={"key": part.key})\n                    return merged\n',
            ),
        ),
        (f"{_PAIRS}[archiver-archiver]", f"{_POINTS}[sealed-later]"),
    ),
    Mutant(
        "a-summary-is-written-over-another-runs",
        _PARTS,
        (
            (
                "body, replaces=kept.etag) is None:",
                'body, replaces=getattr(self.store.get(summary.key(part.key)), "etag", None)) is None:',
            ),
            (" == [etag]:\n                return\n", " == [etag]:\n                return\n            return\n"),
        ),
        (f"{_PAIRS}[archiver-archiver]",),
    ),
    Mutant(
        "a-summary-that-was-lost-passes-for-done",
        _PARTS,
        (
            (
                "                    kept = _Kept.load(self.store, part)\n                    continue\n",
                "                    return\n",
            ),
        ),
        (f"{_POINTS}[sealed-later]",),
    ),
    Mutant(
        "rows-go-into-quarantine-after-their-object-is-gone",
        _BATCH,
        (("            elif rejected:\n", "            elif rejected and store.delete(key) is None:\n"),),
        (f"{_POINTS}[sealed-at-once]",),
    ),
    Mutant(
        "what-was-fetched-last-stays",
        _CHOICE,
        (('_ORDER = f"fetched_at, {', '_ORDER = f"fetched_at DESC, {'),),
        (f"{_POINTS}[sealed-at-once]",),
    ),
    Mutant(
        "the-archive-is-listed-before-what-waits",
        _MANIFESTS,
        (
            (
                "    fetched = _fetched(store, accounts)\n    days = _days(store, now.date())\n"
                "    objects = _objects(store, days[0])\n",
                "    days = _days(store, now.date())\n    objects = _objects(store, days[0])\n"
                "    fetched = _fetched(store, accounts)\n",
            ),
        ),
        (f"{_PAIRS}[manifest-fetch]",),
    ),
)

_NOTICED_TOO = {
    "an-object-is-replaced-whatever-it-is": f"{_PAIRS}[archiver-archiver]",
    "a-stale-summary-stays": f"{_POINTS}[sealed-at-once]",
    "a-summary-is-not-looked-at-again": f"{_PAIRS}[archiver-archiver]",
    "a-seal-is-forgotten": f"{_POINTS}[sealed-at-once]",
    "a-sealed-object-takes-in-all": f"{_POINTS}[sealed-at-once]",
    "what-is-held-up-is-settled": f"{_POINTS}[sealed-at-once]",
    "what-time-cut-short-is-settled": f"{_POINTS}[cut-short]",
    "a-replay-passes-what-is-unfinished": f"{_POINTS}[cut-short]",
    "a-replay-prefers-what-is-archived": f"{_POINTS}[sealed-at-once]",
    "a-replay-prefers-what-was-fetched-later": f"{_POINTS}[sealed-at-once]",
    "a-replay-archives-as-ever": f"{_POINTS}[sealed-at-once]",
    "a-release-removes-before-it-lands": f"{_POINTS}[sealed-at-once]",
    "a-stale-summary-counts": f"{_PAIRS}[manifest-archiver]",
    "a-sweep-counts-while-its-records-wait": f"{_PAIRS}[manifest-archiver]",
    "landing-is-listed-before-the-sweeps": f"{_PAIRS}[manifest-fetch]",
}
"""What a unit test notices, and this harness must notice as well."""

CRASHING = _OWN + tuple(
    replace(mutant, name=f"{mutant.name}-in-the-harness", tests=(_NOTICED_TOO[mutant.name],))
    for mutant in ARCHIVING + REPAIR + COMPLETENESS
    if mutant.name in _NOTICED_TOO
)
