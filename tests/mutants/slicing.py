"""Mutants of the walk in slices."""

from __future__ import annotations

from tests.mutants.mutant import FETCH, Mutant

WALKER, SLICES, CURSORS = (
    f"{FETCH}/stream/stream_walk.py",
    f"{FETCH}/stream/slices.py",
    f"{FETCH}/stream/time_cursors.py",
)
TESTS, PURE = "tests/unit/fetch_logs/stream/test_sliced_walk.py", "tests/unit/fetch_logs/stream/test_slices.py"
CURSOR_TESTS = "tests/unit/fetch_logs/stream/test_time_cursors.py"
_ANY = f"{TESTS}::test_everything_lands_whatever_the_history"
_SAID = f"{TESTS}::test_the_walk_goes_on_as_one_and_says_so"

SLICING = (
    Mutant(
        "slices-are-one-without-having-met",
        SLICES,
        (
            (
                "    if met and (further.ended or further.at < lower.head.newest):",
                "    if further.at < lower.head.newest:",
            ),
        ),
        (f"{_SAID}[another stream-did not meet]",),
    ),
    Mutant(
        "a-slice-that-did-not-meet-goes-on",
        SLICES,
        (("    if further.ended or further.at < lower.head.oldest:", "    if further.ended:"),),
        (f"{PURE}::test_a_slice_that_passed_the_next_one_is_noticed_there",),
    ),
    Mutant(
        "slices-are-one-at-the-first-record-of-a-moment",
        SLICES,
        (("further.at < lower.head.newest)", "further.at <= lower.head.newest)"),),
        (f"{PURE}::test_a_moment_on_both_sides_of_an_edge",),
    ),
    Mutant(
        "a-slice-may-begin-anywhere",
        SLICES,
        (("walk = replace(longest.walk, last=edge)", "walk = replace(longest.walk, last=None)"),),
        (f"{_SAID}[ignores others-newest first, or not from the time]",),
    ),
    Mutant(
        "the-order-is-not-looked-at-in-slices",
        SLICES,
        (("    if not after.walk.newest_first:\n", "    if not after.walk.newest_first and False:\n"),),
        (f"{_SAID}[ignores others-newest first, or not from the time]",),
    ),
    Mutant(
        "a-slice-is-put-behind-one-that-has-passed-it",
        SLICES,
        (("(upper.ended or upper.at <= new.edge)", "upper.ended"),),
        (f"{PURE}::test_a_slice_that_comes_too_late",),
    ),
    Mutant(
        "the-walk-ends-with-its-first-slice",
        SLICES,
        (("return len(self.walked) == 1 and self.first.ended", "return any(each.ended for each in self.walked)"),),
        (_ANY,),
    ),
    Mutant(
        "a-walk-that-became-one-goes-on-where-the-last-slice-stands",
        SLICES,
        (("return Slices(self.walked[:1], serial=why", "return Slices(self.walked[-1:], serial=why"),),
        (f"{PURE}::test_an_edge_that_breaks_later",),
    ),
    Mutant(
        "slices-are-forgotten-when-time-is-up",
        WALKER,
        (("self.unread is not None, self.slices.resting", "self.unread is not None, ()"),),
        (f"{TESTS}::test_what_time_cuts_short_goes_on_in_all_slices",),
    ),
    Mutant(
        "a-walk-that-became-one-is-cut-again",
        WALKER,
        (("if self.whole and (begun is None or begun.slices):", "if self.whole:"),),
        (f"{TESTS}::test_a_walk_that_became_one_stays_one",),
    ),
    Mutant(
        "every-tick-is-cut",
        WALKER,
        (('self.whole = self.mode != "tick" or lowest is None', "self.whole = True"),),
        (f"{TESTS}::test_only_long_walks_are_cut",),
    ),
    Mutant(
        "it-is-not-said-that-a-walk-became-one",
        WALKER,
        (
            (
                "        if slices.serial and not self.slices.serial:\n",
                "        if not slices.serial and self.slices.serial:\n",
            ),
        ),
        (f"{_SAID}[opaque-no plain times]",),
    ),
    Mutant(
        "refused-keys-pass-for-a-bad-cursor",
        WALKER,
        (
            (
                "            if number == self.slices.first.number:\n                raise\n",
                "            if number == self.slices.first.number:\n                pass\n",
            ),
        ),
        (f"{TESTS}::test_refused_keys_are_not_taken_for_a_bad_cursor",),
    ),
    Mutant(
        "edges-are-asked-for-without-end",
        SLICES,
        ((" and slices.numbers <= EDGES * slices.most:", ":"),),
        (f"{TESTS}::test_what_is_asked_for_in_vain_is_bounded",),
    ),
    Mutant(
        "each-stream-has-all-the-slices",
        f"{FETCH}/account/account_walk.py",
        (
            (
                "share = max(1, self.walking.slices // min(SIDE_BY_SIDE, max(1, len(ids))))",
                "share = self.walking.slices",
            ),
        ),
        ("tests/unit/fetch_logs/account/test_account_walk.py::test_streams_share_the_slices",),
    ),
    Mutant(
        "any-time-passes-for-a-cursor",
        CURSORS,
        ((" if form.query(time) == next_query)", ")"),),
        (f"{CURSOR_TESTS}::test_what_is_no_time_of_the_record_before",),
    ),
)
