"""The mutants of a look at an archive that is too large for one check, and of the reads that it is made of."""

from __future__ import annotations

from tests.mutants.mutant import SHARED, Mutant

PROBLEMS = "functions/check_status/problems"
LISTING, LIFECYCLE = f"{PROBLEMS}/listing.py", f"{PROBLEMS}/lifecycle.py"
STEP, CHECKING = "functions/check_status/check/step.py", "functions/check_status/composition_root.py"
QUICK = f"{SHARED}/bucket/quick_reads.py"
TESTS = "tests/unit/check_status/problems/test_listing.py"
QUICK_TESTS = "tests/unit/integration_logs/bucket/test_quick_reads.py"
CHECKING_TESTS = "tests/unit/check_status/test_composition_root.py"

FIRST_LOOK = (
    Mutant(
        "half-an-archive-tells-of-problems",
        LIFECYCLE,
        (("if problem.integration_id in watch.unread:", "if False:"),),
        (f"{TESTS}::test_nothing_is_told_of_what_is_not_wholly_read",),
    ),
    Mutant(
        "half-an-archive-has-a-first-verdict",
        STEP,
        (("if name not in state.subjects and judged.integration and judged.integration.id in unread:", "if False:"),),
        (f"{TESTS}::test_nothing_is_told_of_what_is_not_wholly_read",),
    ),
    Mutant(
        "a-look-has-no-end",
        LISTING,
        (("if new and not (self._bytes_left > 0 and self.goes_on()):", "if False:"),),
        (f"{TESTS}::test_time_is_kept",),
    ),
    Mutant(
        "a-look-has-no-bound-of-memory",
        LISTING,
        (("not (self._bytes_left > 0 and self.goes_on())", "not self.goes_on()"),),
        (f"{TESTS}::test_memory_is_kept",),
    ),
    Mutant(
        "a-failing-read-loses-what-was-read",
        LISTING,
        (("                if not self._read:\n", "                if True:\n"),),
        (f"{TESTS}::test_a_failing_read_keeps_what_was_read",),
    ),
    Mutant(
        "the-next-look-begins-anew",
        LISTING,
        (("key=lambda id_: (id_ < first, id_)", "key=lambda id_: (first < 0, id_)"),),
        (f"{TESTS}::test_the_next_look_begins_where_the_last_one_stopped",),
    ),
    Mutant(
        "what-nobody-owns-yet-is-forgotten",
        LISTING,
        ((".union(unknown)", ""),),
        (f"{TESTS}::test_what_nobody_has_been_read_for_yet_is_kept",),
    ),
    Mutant(
        "the-newest-is-taken-in-before-the-older",
        LISTING,
        (("takewhile(lambda item:", "filter(lambda item:"),),
        (f"{TESTS}::test_nothing_is_taken_in_before_what_is_older",),
    ),
    Mutant(
        "one-read-after-the-other",
        LISTING,
        (("ThreadPoolExecutor(AT_ONCE)", "ThreadPoolExecutor(1)"),),
        (f"{TESTS}::test_reads_are_side_by_side",),
    ),
    Mutant(
        "a-cold-start-reads-whose-it-is",
        LISTING,
        (("if seen.get(rest) == entry.etag:", "if False:"),),
        (f"{TESTS}::test_a_cold_start_reads_nothing_to_know_whose_an_integration_is",),
    ),
    Mutant(
        "what-has-moved-stays-where-it-was",
        LISTING,
        (("if newest and newest.account != account:", "if False:"),),
        (f"{TESTS}::test_an_integration_that_moves",),
    ),
    Mutant(
        "the-run-forgets-the-time",
        CHECKING,
        (("goes_on=lambda: seconds_left() > RESERVE", "goes_on=lambda: seconds_left() > 0"),),
        (f"{CHECKING_TESTS}::test_a_first_look_takes_as_many_checks_as_it_needs",),
    ),
    Mutant(
        "the-run-does-not-go-on-where-it-stopped",
        CHECKING,
        (("before.first_look.next if before.first_look else 0", "0"),),
        (f"{CHECKING_TESTS}::test_a_look_goes_on_where_it_stopped",),
    ),
    Mutant(
        "a-quick-refusal-is-an-answer",
        QUICK,
        (("answer.status == 200 and etag", "etag"),),
        (f"{QUICK_TESTS}::test_whatever_is_no_plain_answer_goes_the_ordinary_way",),
    ),
)
