"""Mutants of the bench: what keeps a figure honest, and a wrong answer from passing for a fast one."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

_TESTS, _UPSTREAM = "tests/unit/bench/test_results.py", "tests/unit/bench/test_upstream.py"
_STORED, _RESULTS, _FEED = "bench/tools/stored.py", "bench/tools/results.py", "bench/tools/feed.py"

MEASURING = (
    Mutant(
        "the-bench-does-not-notice-a-loss",
        _STORED,
        (("lost = wanted - ids.keys()", "lost: set[int] = set()"),),
        (f"{_TESTS}::test_the_truth_is_what_counts",),
    ),
    Mutant(
        "the-bench-does-not-notice-a-double",
        _STORED,
        (("sum(times - 1 for times in ids.values())", "0"),),
        (f"{_TESTS}::test_the_truth_is_what_counts",),
    ),
    Mutant(
        "the-bench-forgives-what-is-stored-once-more",
        "bench/works/incremental.py",
        (("new + Counter(once_more)", "new"),),
        (f"{_TESTS}::test_of_an_incremental_run_only_what_it_did_is_judged",),
    ),
    Mutant(
        "the-bench-sees-no-secret",
        _STORED,
        (("mark.encode() in lines", "mark.encode() == lines"),),
        (f"{_TESTS}::test_whatever_the_form_every_id_is_counted",),
    ),
    Mutant(
        "the-bench-divides-medians-of-different-rounds",
        "bench/tools/work.py",
        (("return median(ratios) if ratios else None", "return median(upper.values()) / max(lower.values())"),),
        (f"{_TESTS}::test_a_ratio_is_of_the_same_rounds", f"{_TESTS}::test_what_was_not_measured_is_no_figure"),
    ),
    Mutant(
        "the-bench-shows-quick-runs-for-whole-ones",
        _RESULTS,
        (('if bool(run.said.get("quick")) == quick', 'if "quick" in run.said'),),
        (f"{_TESTS}::test_the_page_has_each_works_last_run",),
    ),
    Mutant(
        "the-bench-takes-a-missing-parameter-for-set",
        "bench/tools/template.py",
        (("    if unknown := ", "    if False and "), ("sorted(unknown)", "sorted(given)")),
        (f"{_TESTS}::test_a_function_has_the_templates_variables",),
    ),
    Mutant(
        "the-bench-counts-system-time-alone",
        "bench/tools/timed.py",
        (("usage.ru_utime + usage.ru_stime", "usage.ru_stime"),),
        (f"{_TESTS}::test_a_command_is_timed_from_outside",),
    ),
    Mutant(
        "the-benchs-upstream-serves-an-old-page",
        _FEED,
        (("        self._pages.clear()\n", ""),),
        (f"{_UPSTREAM}::test_what_arrives_is_served_where_its_time_puts_it",),
    ),
    Mutant(
        "the-benchs-upstream-skips-a-record-at-a-page",
        _FEED,
        (("bisect_right(stream,", "1 + bisect_right(stream,"),),
        (f"{_UPSTREAM}::test_a_walk_meets_every_record_once",),
    ),
    Mutant(
        "the-benchs-upstream-knows-no-limit",
        "bench/tools/fast_upstream.py",
        (("if not allowed.allowed:", "if False:"),),
        (f"{_UPSTREAM}::test_keys_limit_and_counts",),
    ),
)
