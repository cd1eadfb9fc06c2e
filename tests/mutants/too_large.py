"""Mutants of what an answer may take in memory and in time."""

from __future__ import annotations

from tests.mutants.mutant import FETCH, SHARED, Mutant

BODY, COST, SIZE = (f"{SHARED}/upstream/{name}.py" for name in ("body", "decode_cost", "page_size"))
CLIENT, HTTP, WIRE = (f"{SHARED}/upstream/{name}.py" for name in ("sendcloud", "http", "wire"))
ROWS, UNDECODED = f"{SHARED}/records/rows.py", f"{SHARED}/records/undecoded.py"
ACCOUNT = f"{FETCH}/account/account_walk.py"

UPSTREAM = "tests/unit/integration_logs/upstream"
WEIGHED = f"{UPSTREAM}/test_decode_cost.py::test_it_takes_no_more"
TAKEN, SIZES, PAGES, DRIPS = (f"{UPSTREAM}/test_{name}.py" for name in ("body", "page_size", "smaller_pages", "drips"))
ROOM = "tests/unit/fetch_logs/account/test_room.py"
KNOWN = "tests/unit/integration_logs/records/test_undecoded.py"
CURSORS, MEMORY = "tests/contract/test_smaller_pages.py", "tests/hostile/test_memory.py"

_SLICED = f"{CURSORS}::test_walks[1-at once]"

TOO_LARGE = (
    Mutant(
        "a-body-is-decoded-whatever-it-costs",
        COST,
        (("len(body) * _WORST) <= BESIDE:", "len(body)) >= 0:"),),
        (f"{MEMORY}::test_records_too_large", f"{MEMORY}::test_a_page_of_records_that_fit_alone"),
    ),
    Mutant(
        "objects-cost-nothing",
        COST,
        (("cost = structure + width", "cost = width"),),
        (f"{WEIGHED}[lists in lists]", f"{MEMORY}::test_records_too_large"),
    ),
    Mutant(
        "what-redaction-puts-there-costs-nothing",
        COST,
        (("characters + marked + ", "characters + "),),
        (f"{WEIGHED}[addresses beside an emoji]", f"{WEIGHED}[a form]"),
    ),
    Mutant(
        "a-wide-text-costs-as-little-as-a-narrow-one",
        COST,
        ((", sys.getsizeof(text) // len(text)", ", 1"),),
        (f"{WEIGHED}[text and an emoji]",),
    ),
    Mutant(
        "an-escaped-emoji-is-not-seen",
        COST,
        (("        width = 4\n", "        width = 1\n"),),
        (f"{WEIGHED}[text and an escaped emoji]",),
    ),
    Mutant(
        "what-will-be-escaped-costs-nothing",
        COST,
        ((" + _ESCAPED * controls)", ")"),),
        (f"{WEIGHED}[raw control characters]",),
    ),
    Mutant(
        "a-page-may-cost-as-much-as-a-record",
        BODY,
        (("RECORD if alone else PAGE", "RECORD"),),
        (f"{TAKEN}::test_a_record_may_cost_more_than_a_page",),
    ),
    Mutant(
        "a-page-may-cost-as-much-beside-others-as-alone",
        BODY,
        (("most = BESIDE if beside else RECORD", "most = RECORD"),),
        (f"{TAKEN}::test_a_page_may_cost_less_beside_others", f"{MEMORY}::test_eight_streams_at_once"),
    ),
    Mutant(
        "streams-side-by-side-do-not-say-so",
        ACCOUNT,
        (("beside=beside or slices > 1)", "beside=False)"),),
        (f"{MEMORY}::test_eight_streams_at_once", f"{ROOM}::test_what_is_large_is_asked_for_alone[2]"),
    ),
    Mutant(
        "slices-do-not-say-that-they-are-several",
        ACCOUNT,
        (("beside=beside or slices > 1)", "beside=beside)"),),
        (f"{ROOM}::test_a_sliced_walk_goes_on_as_one",),
    ),
    Mutant(
        "what-is-large-has-failed",
        ACCOUNT,
        (("if not any(isinstance(error, NeedsRoom) for error", "if all(isinstance(error, NeedsRoom) for error"),),
        (f"{ROOM}::test_what_is_large_is_asked_for_alone[2]",),
    ),
    Mutant(
        "what-is-large-is-walked-without-time",
        ACCOUNT,
        (
            (
                "        if self.environment.time_left() <= LEAST_SECONDS:\n            rest = ",
                "        if False:\n            rest = ",
            ),
        ),
        (f"{ROOM}::test_without_time_the_rest_is_the_next_invocations",),
    ),
    Mutant(
        "a-stream-that-failed-keeps-its-page",
        ACCOUNT,
        (("            traceback.clear_frames(error.__traceback__)  # else they keep the page at hand\n", ""),),
        (f"{ROOM}::test_a_stream_that_failed_keeps_no_page",),
    ),
    Mutant(
        "a-record-may-cost-no-more-than-a-page",
        BODY,
        (("RECORD if alone else PAGE", "PAGE"),),
        (f"{TAKEN}::test_a_record_may_cost_more_than_a_page",),
    ),
    Mutant(
        "a-page-is-weighed-only-when-it-is-whole",
        BODY,
        (("if len(body) >= look:", "if False:"),),
        (f"{TAKEN}::test_a_page_is_read_no_further_than_it_takes_to_know",),
    ),
    Mutant(
        "a-digest-hangs-on-the-pieces",
        BODY,
        (("chunk[: until - size]", "chunk"),),
        (f"{TAKEN}::test_a_record_of_which_not_all_is_read[70000]",),
    ),
    Mutant(
        "nothing-is-asked-for-in-smaller-pages",
        CLIENT,
        (("            if smaller is not None:\n", "            if False:\n"),),
        (f"{PAGES}::test_a_record_in_the_middle", f"{CURSORS}::test_every_neighbour_comes_once[opaque-newest-100]"),
    ),
    Mutant(
        "pages-stay-small",
        CLIENT,
        (("wider(next_query, asked.page_size)", "next_query"),),
        (f"{PAGES}::test_three_sizes", _SLICED),
    ),
    Mutant(
        "a-walk-does-not-say-how-large-its-pages-are",
        ACCOUNT,
        (
            (
                "                page_size=page_size,\n                beside=beside,\n",
                "                beside=beside,\n",
            ),
        ),
        (_SLICED,),
    ),
    Mutant(
        "pages-grow-although-they-are-large",
        CLIENT,
        (("next_query is not None and decode_cost(answer.body) * TENTH <= PAGE", "next_query is not None"),),
        (f"{PAGES}::test_pages_grow_only_where_ten_times_as_much_would_fit",),
    ),
    Mutant(
        "a-page-that-takes-no-size-is-one-record",
        CLIENT,
        (("if following and alone and", "if False and"),),
        (f"{PAGES}::test_a_server_that_takes_no_size",),
    ),
    Mutant(
        "a-cursor-that-leads-back-ends-the-walk",
        CLIENT,
        (("if following and following == place(query):", "if False:"),),
        (f"{PAGES}::test_a_cursor_that_does_not_lead_on",),
    ),
    Mutant(
        "a-refusal-is-a-record-too-large",
        CLIENT,
        (("or not 200 <= large.answer.status < 300:", ":"),),
        (f"{PAGES}::test_a_list_of_integrations_is_not_asked_for_in_pieces",),
    ),
    Mutant(
        "another-parameter-is-the-page-size",
        SIZE,
        (("(?<![^&])page_size", "page_size"),),
        (f"{SIZES}::test_narrower[my_page_size=50&page_size=100-my_page_size=50&page_size=10]",),
    ),
    Mutant(
        "whatever-is-small-grows",
        SIZE,
        (("        if smaller == _size(query):\n", "        if smaller >= _size(query) or size > _size(query):\n"),),
        (f"{SIZES}::test_wider[cursor=a&page_size=25-100-cursor=a&page_size=25]",),
    ),
    Mutant(
        "a-record-too-large-has-no-reason-of-its-own",
        ROWS,
        (("undecoded.REASON if undecoded.is_undecoded(record) else ", ""),),
        (f"{KNOWN}::test_its_row[mask]", f"{MEMORY}::test_records_too_large"),
    ),
    Mutant(
        "any-id-is-the-records",
        UNDECODED,
        (("_DATA.match(begins)", "_ID.search(begins)"),),
        (f"{KNOWN}::test_ids_where_they_come_first",),
    ),
    Mutant(
        "each-read-has-a-deadline-of-its-own",
        WIRE,
        (("        self.fp = io.BufferedReader(InTime(socket, self.fp.detach(), deadline))\n", ""),),
        (f"{DRIPS}::test_what_drips_is_given_up_in_time[headers]",),
    ),
    Mutant(
        "a-read-waits-beyond-the-deadline",
        WIRE,
        (("left if self._each is None else min(left, self._each)", "self._each"),),
        (f"{DRIPS}::test_no_read_waits_beyond_the_deadline",),
    ),
    Mutant(
        "the-deadline-is-told-to-the-other-side",
        WIRE,
        (("kept.pop(DEADLINE, None)", "kept.get(DEADLINE)"),),
        (f"{DRIPS}::test_each_answer_has_a_deadline_of_its_own",),
    ),
    Mutant(
        "what-the-run-has-no-time-for-is-tried-again",
        HTTP,
        (("if time_left() < _MARGIN + _EARLY:", "if False:"),),
        (f"{DRIPS}::test_what_drips_is_given_up_in_time[a body]",),
    ),
)
