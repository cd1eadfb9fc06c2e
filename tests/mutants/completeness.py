"""Mutants of what says that a day is complete: the record of sweeps and the manifests."""

from __future__ import annotations

from tests.mutants.mutant import FETCH, SHARED, Mutant

WALKER, ACCOUNT, SWEEPS = (
    f"{FETCH}/stream/stream_walk.py",
    f"{FETCH}/account/account_walk.py",
    f"{SHARED}/bucket/sweeps.py",
)
MANIFEST, MANIFESTS = "functions/archive_logs/upkeep/completeness.py", "functions/archive_logs/upkeep/manifests.py"
SWEEPS_TESTS, MANIFEST_TESTS = (
    "tests/unit/integration_logs/bucket/test_sweeps.py",
    "tests/unit/archive_logs/upkeep/test_completeness.py",
)
MANIFESTS_TESTS = "tests/unit/archive_logs/upkeep/test_manifests.py"
STATEFUL = "tests/stateful/test_completeness.py::test_with_a_sweep_a_day_each_day_becomes_complete"

_RECORD = "            sweeps.record(self.environment.store, self.stream.account, self.stream.name, swept)\n"

COMPLETENESS = (
    Mutant(
        "a-sweep-is-recorded-before-it-has-landed",
        WALKER,
        (
            ("        self.held.land()\n        before, watermark", "        before, watermark"),
            (_RECORD, f"{_RECORD}        self.held.land()\n"),
        ),
        (f"{SWEEPS_TESTS}::test_everything_has_landed_before_the_record",),
    ),
    Mutant(
        "a-continued-sweep-began-when-it-was-continued",
        WALKER,
        (("now if begun is None else begun.began_at", "now"),),
        (f"{SWEEPS_TESTS}::test_a_sweep_over_several_invocations_began_with_the_first",),
    ),
    Mutant(
        "every-tick-is-a-sweep",
        WALKER,
        (('(self.mode == "sweep" or self.walk_.floor is None)', "True"),),
        (f"{SWEEPS_TESTS}::test_a_first_tick_is_recorded_and_later_ones_are_not",),
    ),
    Mutant(
        "a-continuation-lists-the-integrations-anew",
        ACCOUNT,
        (('"tick" and self.order.begin_with is None:', '"tick":'),),
        (f"{SWEEPS_TESTS}::test_a_continued_sweep_keeps_the_list_that_it_began_with",),
    ),
    Mutant(
        "a-sweep-has-what-was-deleted-meanwhile",
        SWEEPS,
        (("return self.ended_at - RETENTION <= time", "return self.began_at - RETENTION <= time"),),
        (f"{MANIFEST_TESTS}::test_a_sweep_that_took_long",),
    ),
    Mutant(
        "an-older-sweep-replaces-a-younger-one",
        SWEEPS,
        (("if before and before.began_at >= sweep.began_at:", "if False:"),),
        (f"{SWEEPS_TESTS}::test_the_last_sweep_and_the_first_ones_reach_stay",),
    ),
    Mutant(
        "a-sweep-counts-while-its-records-wait",
        MANIFEST,
        (("(self.waiting is not None and self.waiting <= sweep.ended_at)", "False"),),
        (f"{MANIFEST_TESTS}::test_what_still_waits_in_landing_is_not_archived",),
    ),
    Mutant(
        "a-sweep-of-a-part-of-the-day-counts",
        MANIFEST,
        (("if sweep.reaches(start) and sweep.began_at > start", "if sweep.began_at > start"),),
        (f"{MANIFEST_TESTS}::test_a_sweep_and_a_day",),
    ),
    Mutant(
        "a-sweep-before-the-days-end-completes-it",
        MANIFEST,
        (("swept_at >= end else", "swept_at >= self.start else"),),
        (f"{MANIFEST_TESTS}::test_a_sweep_and_a_day",),
    ),
    Mutant(
        "sweeps-from-before-the-list-count",
        MANIFEST,
        (("time is not None and time >= listed.at for", "time is not None for"),),
        (f"{MANIFEST_TESTS}::test_an_account_of_which_an_integration_is_missing",),
    ),
    Mutant(
        "a-manifest-forgets",
        MANIFEST,
        (('            (written_if_any(old["swept_at"]), old["streams"]),\n', ""),),
        (f"{MANIFEST_TESTS}::test_a_manifest_remembers",),
    ),
    Mutant(
        "what-is-final-changes",
        MANIFEST,
        (('if previous and previous["state"] != "open":', "if False:"),),
        (f"{MANIFEST_TESTS}::test_what_is_final_stays",),
    ),
    Mutant(
        "a-stale-summary-counts",
        MANIFEST,
        (('document["etag"] == etag', 'document["etag"]'),),
        (f"{MANIFESTS_TESTS}::test_a_summary_of_before",),
    ),
    Mutant(
        "landing-is-listed-before-the-sweeps",
        MANIFESTS,
        (
            ("    swept = {}\n", "    swept, waiting = {}, store.entries(landing.PREFIX, limit=_WAITING)\n"),
            ("in store.entries(landing.PREFIX, limit=_WAITING)]", "in waiting]"),
        ),
        (f"{MANIFESTS_TESTS}::test_the_sweeps_are_read_first_and_the_archive_last",),
    ),
    Mutant(
        "one-damaged-manifest-stops-all",
        MANIFESTS,
        (("            troubles.append(error)\n            continue", "            raise"),),
        (f"{MANIFESTS_TESTS}::test_a_damaged_manifest_holds_up_no_other",),
    ),
    Mutant(
        "days-in-a-gap-have-no-manifest",
        MANIFESTS,
        (("        first -= timedelta(days=1)\n", "        break\n"),),
        (f"{MANIFESTS_TESTS}::test_days_that_no_sweep_reached",),
    ),
    Mutant(
        "an-account-that-is-taken-away-owes-nothing",
        MANIFEST,
        ((" or name not in self.fetched}", "}"),),
        (f"{MANIFEST_TESTS}::test_an_account_that_was_never_swept_and_taken_away",),
    ),
    Mutant(
        "an-account-is-swept-when-the-integrations-of-its-list-are",
        MANIFEST,
        (("return listed.at if listed and every else None", "return min(filter(None, times)) if every else None"),),
        (f"{MANIFEST_TESTS}::test_a_list_of_integrations_from_before_the_days_end",),
    ),
    Mutant(
        "an-incomplete-account-closes-a-day-that-was-not-counted",
        MANIFEST,
        (('for each in ("open", "incomplete") if', 'for each in ("incomplete", "open") if'),),
        (f"{MANIFEST_TESTS}::test_a_missing_summary_beside_an_incomplete_account",),
    ),
    Mutant(
        "no-day-becomes-complete",
        MANIFEST,
        (('return "complete" if swept_at is not None and swept_at >= end else', 'return "open" if swept_at else'),),
        (STATEFUL,),
    ),
    Mutant(
        "a-day-is-complete-a-day-too-late",
        MANIFEST,
        (("swept_at >= end else", "swept_at >= end + timedelta(days=1) else"),),
        (f"{MANIFEST_TESTS}::test_a_sweep_and_a_day",),
    ),
)
