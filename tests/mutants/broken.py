"""The mutants of what a broken answer may cost: a bad value no record, a bad record no page, a bad page no other."""

from __future__ import annotations

from tests.mutants.mutant import FETCH, SHARED, Mutant

HELD = f"{FETCH}/stream/batch.py"
WALKER, SENDCLOUD, LENIENT = (
    f"{FETCH}/stream/stream_walk.py",
    f"{SHARED}/upstream/sendcloud.py",
    f"{SHARED}/upstream/lenient_json.py",
)
PAGES, CORPUS = "tests/hostile/test_broken_pages.py", "tests/hostile/test_corpus.py"
READER, CLIENT = (
    "tests/unit/integration_logs/upstream/test_lenient_json.py",
    "tests/unit/integration_logs/upstream/test_sendcloud.py",
)

BROKEN = (
    Mutant(
        "a-broken-page-ends-the-walk",
        SENDCLOUD,
        (("        if next_query is None:\n            raise unread\n", "        raise unread\n"),),
        (f"{PAGES}::test_what_follows_a_broken_page_lands",),
    ),
    Mutant(
        "a-broken-page-is-forgotten",
        WALKER,
        (("            self.unread = page.unread\n", ""),),
        (f"{PAGES}::test_what_follows_a_broken_page_lands", f"{PAGES}::test_a_page_that_breaks_below_the_watermark"),
    ),
    Mutant(
        "a-broken-page-is-forgotten-when-time-is-up",
        WALKER,
        (("unread, resting = self.unread is not None, ", "unread, resting = False, "),),
        (f"{PAGES}::test_a_walk_in_several_invocations_remembers",),
    ),
    Mutant(
        "a-walk-behind-a-broken-page-starts-anew",
        WALKER,
        (("if not run.resumed or run.unread:", "if not run.resumed:"),),
        (f"{PAGES}::test_a_walk_in_several_invocations_remembers",),
    ),
    Mutant(
        "a-list-of-integrations-skips-a-broken-page",
        SENDCLOUD,
        (("                raise page.unread\n", "                continue\n"),),
        (f"{CLIENT}::test_a_list_of_integrations_with_a_broken_page",),
    ),
    Mutant(
        "a-watermark-at-the-beginning-of-the-calendar",
        HELD,
        (("EARLIEST <= time <= self.fetched_at", "time <= self.fetched_at"),),
        (f"{CORPUS}::test_a_stream_of_one_odd_time",),
    ),
    Mutant(
        "what-lies-too-deep-is-not-flattened",
        LENIENT,
        (("    text = _flat(text)\n", ""),),
        (f"{READER}::test_too_deep",),
    ),
    Mutant(
        "a-bad-record-costs-its-page",
        LENIENT,
        (("    return _read(_repaired(text))\n", "    return _read(text)\n"),),
        (f"{READER}::test_broken_records",),
    ),
)
