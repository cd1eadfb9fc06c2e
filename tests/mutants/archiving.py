"""Mutants of archive_logs: isolation, parts, summaries, replay."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

FOLDER = "functions/archive_logs"
BATCH, PARTS, MERGE, LANDED = (
    f"{FOLDER}/merging/batch.py",
    f"{FOLDER}/merging/part_writer.py",
    f"{FOLDER}/merging/merge.py",
    f"{FOLDER}/merging/landed.py",
)
CHOICE, SMALL = f"{FOLDER}/merging/choice.py", f"{FOLDER}/merging/small.py"
SUMMARY = f"{FOLDER}/merging/summary.py"
BACKLOG_TESTS, BATCH_TESTS, PARTS_TESTS = (
    "tests/unit/archive_logs/merging/test_backlog.py",
    "tests/unit/archive_logs/merging/test_batch.py",
    "tests/unit/archive_logs/merging/test_part_writer.py",
)
SUMMARY_TESTS, MERGE_TESTS = (
    "tests/unit/archive_logs/merging/test_summary.py",
    "tests/unit/archive_logs/merging/test_merge.py",
)

SMALL_TESTS = "tests/unit/archive_logs/merging/test_small.py"

ARCHIVING = (
    Mutant(
        "a-run-goes-back-to-what-is-held-up",
        f"{FOLDER}/merging/backlog.py",
        (("max(outcome.held_up, default=behind)", 'max(outcome.held_up, default="")'),),
        (f"{BACKLOG_TESTS}::test_what_is_held_up_is_met_once_a_run",),
    ),
    Mutant(
        "a-partition-that-fails-fails-all",
        PARTS,
        (
            (
                "        except IntegrationLogsError as error:\n            return merged, error",
                "        except KeyError as error:\n            return merged, error",
            ),
        ),
        (f"{BACKLOG_TESTS}::test_a_partition_that_cannot_be_merged_holds_up_no_other",),
    ),
    Mutant(
        "what-is-held-up-is-settled",
        BATCH,
        ((" if path not in unfinished}", "}"),),
        (f"{BACKLOG_TESTS}::test_a_partition_that_cannot_be_merged_holds_up_no_other",),
    ),
    Mutant(
        "what-is-held-up-is-put-aside",
        BATCH,
        (("in settled.items():", "in files.items():"),),
        (f"{BACKLOG_TESTS}::test_a_partition_that_cannot_be_merged_holds_up_no_other",),
    ),
    Mutant(
        "what-time-mends-is-told-first",
        BATCH,
        (("key=lambda error: not isinstance(", "key=lambda error: isinstance("),),
        (f"{BACKLOG_TESTS}::test_what_needs_a_person_is_told_first",),
    ),
    Mutant(
        "an-object-is-replaced-whatever-it-is",
        PARTS,
        (
            (
                "etag = self.store.put(part.key, target, replaces=etag)",
                'etag = self.store.put(part.key, target, replaces=getattr(self.store.get(part.key), "etag", None))',
            ),
        ),
        (f"{PARTS_TESTS}::test_another_archiver_at_any_call",),
    ),
    Mutant(
        "a-summary-is-not-looked-at-again",
        PARTS,
        ((" == [etag]:\n                return\n", ":\n                return\n"),),
        (f"{PARTS_TESTS}::test_another_archiver_at_any_call",),
    ),
    Mutant(
        "a-stale-summary-stays",
        PARTS,
        (("if etag and (merged.written or kept.made_from != etag):", "if etag and merged.written:"),),
        (f"{SUMMARY_TESTS}::test_a_stale_summary_is_made_anew", f"{PARTS_TESTS}::test_a_crash_at_any_call"),
    ),
    Mutant(
        "woven-rows-need-not-be-in-order",
        MERGE,
        (("return bool(in_order) and written ==", "return written =="),),
        (f"{MERGE_TESTS}::test_an_object_out_of_order_is_sorted",),
    ),
    Mutant(
        "woven-rows-need-not-all-be-there",
        MERGE,
        (("return bool(in_order) and written ==", "return bool(in_order) or written =="),),
        (f"{MERGE_TESTS}::test_rows_that_replace_all_that_are_there",),
    ),
    Mutant(
        "an-archived-row-behind-the-first-new-ones-is-not-woven",
        MERGE,
        ((" OR lag(is_new) OVER ordered", ""),),
        (f"{MERGE_TESTS}::test_new_rows_are_woven_in",),
    ),
    Mutant(
        "an-archived-row-before-new-ones-is-not-woven",
        MERGE,
        ((" OR lead(is_new) OVER ordered", ""),),
        (f"{MERGE_TESTS}::test_new_rows_are_woven_in",),
    ),
    Mutant(
        "duckdb-hands-over-times-with-a-zone",
        MERGE,
        (("SELECT id FROM incoming LIMIT 1", "FROM incoming LIMIT 1"),),
        ("tests/unit/house/test_lambda_packages.py::test_archiving_takes_no_package_that_lambda_does_not_have[alone]",),
    ),
    Mutant(
        "a-seal-is-forgotten",
        PARTS,
        (("part_bytes=self.part_bytes, sealed=kept.sealed", "part_bytes=self.part_bytes, sealed=None"),),
        (f"{PARTS_TESTS}::test_sealed_once_is_sealed_for_good",),
    ),
    Mutant(
        "a-sealed-object-is-always-read",
        PARTS,
        (("if kept.sealed and not self.landed.has(part.partition, kept.sealed):", "if kept.sealed == (0, 0):"),),
        (f"{PARTS_TESTS}::test_a_sealed_object_is_left_alone_while_nothing_landed_for_it",),
    ),
    Mutant(
        "a-sealed-object-takes-in-all",
        MERGE,
        (("within(part.partition, sealed or part.ids)", "within(part.partition, part.ids)"),),
        (f"{PARTS_TESTS}::test_a_partition_that_outgrows_the_limit",),
    ),
    Mutant(
        "nothing-is-sealed",
        MERGE,
        (("target.stat().st_size > part_bytes:", "target.stat().st_size < 0:"),),
        (f"{PARTS_TESTS}::test_no_part_is_larger_than_the_limit_and_one_batch",),
    ),
    Mutant(
        "a-replay-writes-what-is-there",
        CHOICE,
        (('"fetched_at, version IS DISTINCT FROM landed_version, is_new"', '"fetched_at, is_new DESC"'),),
        (f"{BATCH_TESTS}::test_a_replay_of_what_is_archived_writes_nothing",),
    ),
    Mutant(
        "a-replay-prefers-what-is-archived",
        CHOICE,
        (("ORDER BY {_REPLAY_ORDER if self.prefer_landed else _ORDER}", "ORDER BY {_ORDER}"),),
        (f"{BATCH_TESTS}::test_a_row_of_the_archive_that_is_not_as_it_landed",),
    ),
    Mutant(
        "a-replay-prefers-what-was-fetched-later",
        CHOICE,
        (('"fetched_at, version IS DISTINCT', '"NOT is_new, version IS DISTINCT'),),
        (f"{BATCH_TESTS}::test_what_was_fetched_first_stays_in_a_replay_too",),
    ),
    Mutant(
        "known-records-with-extra-are-counted",
        MERGE,
        (("count(*) FILTER (WHERE unseen AND has_extra)", "count(*) FILTER (WHERE has_extra)"),),
        (f"{BACKLOG_TESTS}::test_unknown_fields_are_counted_and_named_once_a_run[alone]",),
    ),
    Mutant(
        "a-day-beyond-the-end",
        LANDED,
        (("created_at < $end THEN", "created_at <> $end THEN"),),
        (f"{MERGE_TESTS}::test_the_day_of_a_row",),
    ),
    Mutant(
        "a-replay-takes-every-day",
        LANDED,
        ((" for day, integration_id in found if first <= day <= last]", " for day, integration_id in found]"),),
        (f"{BATCH_TESTS}::test_only_the_days_that_are_asked_for",),
    ),
    Mutant(
        "a-time-to-come-is-a-problems-time",
        SUMMARY,
        (("least(coalesce(created_at, fetched_at), fetched_at)", "coalesce(created_at, fetched_at)"),),
        (f"{SUMMARY_TESTS}::test_the_time_of_a_record",),
    ),
    Mutant(
        "time-is-not-looked-at-within-a-batch",
        BATCH,
        (("if time_left() <= 0 and any(", "if time_left() < -1e9 and any("),),
        (f"{BATCH_TESTS}::test_a_batch_that_time_cuts_short",),
    ),
    Mutant(
        "a-run-may-bring-nothing-on",
        BATCH,
        ((" and any(each.written for merged, _ in done.values() for each in merged):", ":"),),
        (f"{BACKLOG_TESTS}::test_runs_without_time_come_to_an_end",),
    ),
    Mutant(
        "what-time-cut-short-is-settled",
        BATCH,
        ((" | landed.files_of([each for each in partitions if each not in done])", ""),),
        (f"{BATCH_TESTS}::test_a_batch_that_time_cuts_short",),
    ),
    Mutant(
        "a-batch-has-any-number-of-partitions",
        BATCH,
        (("if before >= BATCH_PARTITIONS and", "if before >= 10**9 and"),),
        (f"{BATCH_TESTS}::test_a_batch_is_bounded_by_its_partitions",),
    ),
    Mutant(
        "a-batch-leaves-out-what-brings-in-no-partition",
        BATCH,
        ((" and partitions > before:", ":"),),
        (f"{BATCH_TESTS}::test_a_batch_is_bounded_by_its_partitions",),
    ),
    Mutant(
        "a-small-object-is-replaced-whatever-it-is",
        PARTS,
        (("replaces=found.etag)", 'replaces=getattr(self.store.get(part.key), "etag", None))'),),
        (f"{PARTS_TESTS}::test_another_archiver_at_any_call_for_small_partitions",),
    ),
    Mutant(
        "records-of-two-partitions-are-alike",
        SMALL,
        (('choice.choose("few", apart="part, ")', 'choice.choose("few")'),),
        (f"{SMALL_TESTS}::test_many_at_once_are_as_each_alone",),
    ),
    Mutant(
        "a-small-object-may-have-any-columns",
        SMALL,
        (("columns.get(str(path)) == _COLUMNS and ", ""),),
        (f"{SMALL_TESTS}::test_what_is_left_to_be_merged_alone",),
    ),
    Mutant(
        "a-small-object-may-be-sealed",
        SMALL,
        ((" and pairs.get(str(path)) == known}", "}"),),
        (f"{SMALL_TESTS}::test_what_is_left_to_be_merged_alone",),
    ),
    Mutant(
        "a-small-object-outgrows-the-limit",
        PARTS,
        (("if path.stat().st_size > self.part_bytes:", "if path.stat().st_size < 0:"),),
        (f"{PARTS_TESTS}::test_a_partition_that_outgrows_the_limit",),
    ),
)  # fmt: skip
