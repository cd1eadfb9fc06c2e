"""Mutants of what puts right: replay, release, the orders and the versions they need."""

from __future__ import annotations

from tests.mutants.mutant import SHARED, Mutant

_ARCHIVE = "functions/archive_logs"
_REPLAY, _RELEASE, _QUARANTINE = (
    f"{_ARCHIVE}/upkeep/replay.py",
    f"{_ARCHIVE}/upkeep/release.py",
    f"{_ARCHIVE}/merging/quarantine.py",
)
_HANDLER, _OBJECTS = f"{_ARCHIVE}/handler.py", f"{SHARED}/bucket/objects.py"
_UNIT = "tests/unit/archive_logs"
_REPLAYS, _RELEASES = f"{_UNIT}/upkeep/test_replay.py", f"{_UNIT}/upkeep/test_release.py"
_HANDLERS = f"{_UNIT}/test_handler.py"

REPAIR = (
    Mutant(
        "a-replay-takes-all-days",
        _REPLAY,
        (("replayed=days,", "replayed=(date.min, date.max),"),),
        (f"{_REPLAYS}::test_only_the_days_that_were_asked_for",),
    ),
    Mutant(
        "a-replay-archives-as-ever",
        _REPLAY,
        (("replayed=days,", "replayed=None,"),),
        (f"{_REPLAYS}::test_a_damaged_row_is_written_as_it_landed", f"{_REPLAYS}::test_quarantine_is_left_alone"),
    ),
    Mutant(
        "a-replay-reads-from-its-first-day-on",
        _REPLAY,
        (("{first - _CLOCKS_DIFFER}", "{first}"),),
        (f"{_REPLAYS}::test_what_was_fetched_before_the_days_is_not_read",),
    ),
    Mutant(
        "a-replay-never-ends-its-run",
        _REPLAY,
        (("more=more and time_left() <= 0", "more=False"),),
        (f"{_REPLAYS}::test_what_the_time_cuts_short_goes_on",),
    ),
    Mutant(
        "a-replay-passes-what-is-unfinished",
        _REPLAY,
        ((" or version.key < unfinished[0]]", " or version.key]"),),
        (f"{_REPLAYS}::test_what_the_time_cuts_short_within_a_batch",),
    ),
    Mutant(
        "a-replay-keeps-quiet-about-what-is-gone",
        _REPLAY,
        (("earliest[:10] > first.isoformat()", "earliest[:10] < first.isoformat()"),),
        (f"{_REPLAYS}::test_a_range_before_what_is_recoverable",),
    ),
    Mutant(
        "a-replay-keeps-quiet-about-what-held-it-up",
        _REPLAY,
        (("    raise_foremost(errors)\n", ""),),
        (f"{_REPLAYS}::test_a_partition_that_cannot_be_read",),
    ),
    Mutant(
        "a-listing-of-versions-has-what-was-read-before",
        _OBJECTS,
        (('item["Key"] > after and ', ""),),
        ("tests/unit/integration_logs/bucket/test_objects.py::test_of_each_key_the_last_version",),
    ),
    Mutant(
        "a-release-removes-before-it-lands",
        _RELEASE,
        (
            ("        store.delete(key)\n", ""),
            ("        if not _land(store", "        store.delete(key)\n        if not _land(store"),
        ),
        (f"{_RELEASES}::test_a_crash_at_any_call",),
    ),
    Mutant(
        "a-release-takes-what-waits-for-its-own",
        _RELEASE,
        (("return store.download(key, there) is not None and filecmp", "return True or filecmp"),),
        (f"{_RELEASES}::test_another_object_waits_under_the_name",),
    ),
    Mutant(
        "a-release-lands-under-the-old-name",
        _QUARANTINE,
        (('((_ROWS, "-r"), (_OBJECTS, "-o"))', '((_ROWS, ""), (_OBJECTS, ""))'),),
        (f"{_RELEASES}::test_an_archiver_at_any_call",),
    ),
    Mutant(
        "a-release-meets-what-comes-back",
        _QUARANTINE,
        (('((_ROWS, "-r"), (_OBJECTS, "-o"))', '((_ROWS, "~r"), (_OBJECTS, "~o"))'),),
        (f"{_RELEASES}::test_a_release_ends_although_everything_comes_back",),
    ),
    Mutant(
        "a-released-row-is-not-parsed-anew",
        _QUARANTINE,
        (("yield encode(_parsed_again(row))", "yield encode(row)"),),
        (f"{_RELEASES}::test_a_release",),
    ),
    Mutant(
        "a-released-row-forgets-its-integration",
        _QUARANTINE,
        (("integration_id=integration_id, fetched_at", "integration_id=None, fetched_at"),),
        (f"{_RELEASES}::test_an_integration_that_only_the_request_named",),
    ),
    Mutant(
        "a-damaged-object-stops-a-release",
        _RELEASE,
        (("except (gzip.BadGzipFile, EOFError, zlib.error, ValueError, RecursionError)", "except RecursionError"),),
        (f"{_RELEASES}::test_rows_that_cannot_be_read_stay",),
    ),
    Mutant(
        "a-bad-message-fails-its-batch",
        _HANDLER,
        (("if len(failed) == len(records):", "if failed:"),),
        (f"{_HANDLERS}::test_a_message_that_orders_nothing",),
    ),
    Mutant(
        "a-batch-that-failed-passes-for-one-that-did-not",
        _HANDLER,
        (("if len(failed) == len(records):", "if len(failed) < 0:"),),
        (f"{_HANDLERS}::test_everything_fails",),
    ),
    Mutant(
        "an-order-is-begun-without-time",
        _HANDLER,
        (("if place and seconds_left() < RESERVE:", "if False:"),),
        (f"{_HANDLERS}::test_without_time_the_next_order_waits",),
    ),
    Mutant(
        "deleted-versions-are-listed-twice",
        _OBJECTS,
        ((' and (not found or found[-1].key != item["Key"])', ""),),
        ("tests/unit/integration_logs/bucket/test_objects.py::test_of_each_key_the_last_version",),
    ),
)
