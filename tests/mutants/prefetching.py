"""Mutants of asking for pages early."""

from __future__ import annotations

from tests.mutants.mutant import FETCH, SHARED, Mutant

PREFETCH, TESTS = f"{FETCH}/stream/prefetch.py", "tests/unit/fetch_logs/stream/test_prefetch.py"

PREFETCHING = (
    Mutant(
        "the-next-page-waits-for-the-body",
        PREFETCH,
        (("asked = self._ask_early()", "asked = False"),),
        (f"{TESTS}::test_the_next_is_asked_for_before_the_body_is_here", f"{TESTS}::test_before_the_body_travels"),
    ),
    Mutant(
        "the-headers-count-more-than-the-page",
        PREFETCH,
        (("self._early.get(chain.query) or", "next(reversed(self._early.values()), None) or"),),
        (f"{TESTS}::test_what_the_page_says_counts",),
    ),
    Mutant(
        "a-page-that-was-read-is-asked-for-early",
        PREFETCH,
        ((" or following in self._wanted.seen", ""),),
        (f"{TESTS}::test_nothing_is_asked_for_early_without_a_good_name[1]",),
    ),
    Mutant(
        "one-page-early-leads-to-the-next",
        PREFETCH,
        (("self._named.pop(self._wanted.query, None)", "self._named.popitem()[1] if self._named else None"),),
        (f"{TESTS}::test_no_more_than_one_early",),
    ),
    Mutant(
        "threads-outlive-the-walk",
        PREFETCH,
        (("shutdown(cancel_futures=True)", "shutdown(wait=False)"),),
        (f"{TESTS}::test_leaving_early_leaves_no_thread",),
    ),
    Mutant(
        "the-headers-of-a-failure-are-followed",
        f"{SHARED}/upstream/http.py",
        (("if arrived and 200 <= response.status_code < 300:", "if arrived:"),),
        (f"{TESTS}::test_a_failed_answer_names_nothing[404]",),
    ),
    Mutant(
        "an-idle-tick-asks-early",
        f"{FETCH}/stream/stream_walk.py",
        (("early = self.whole and self.slices.most == 1", "early = self.slices.most == 1"),),
        ("tests/unit/fetch_logs/stream/test_stream_walk.py::test_a_tick_costs_one_request",),
    ),
)
