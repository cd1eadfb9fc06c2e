"""Mutants of what is read from the archive: the order, the pages, the filters, what is left unread."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

FOLDER, TESTS = "functions/archive_logs", "tests/unit"
SEARCH, HITS, FILTERS = f"{FOLDER}/reading/search.py", f"{FOLDER}/reading/hits.py", f"{FOLDER}/reading/filters.py"
CURSOR, PAGES, CATALOGUE = (
    f"{FOLDER}/reading/cursor.py",
    f"{FOLDER}/reading/answer_size.py",
    f"{FOLDER}/reading/catalogue.py",
)
SEARCH_TESTS, FILTERS_TESTS = (
    f"{TESTS}/archive_logs/reading/test_search.py",
    f"{TESTS}/archive_logs/reading/test_filters.py",
)
CURSOR_TESTS, PAGES_TESTS = (
    f"{TESTS}/archive_logs/reading/test_cursor.py",
    f"{TESTS}/archive_logs/reading/test_answer_size.py",
)
CATALOGUE_TESTS, API_TESTS = f"{TESTS}/archive_logs/reading/test_catalogue.py", f"{TESTS}/archive_logs/test_api.py"

READING = (
    Mutant(
        "the-parts-of-a-day-come-one-after-the-other",
        HITS,
        (("sorted(both, key=lambda hit: hit.at, reverse=not self.oldest_first)", "both"),),
        (f"{SEARCH_TESTS}::test_the_parts_of_a_day_are_one",),
    ),
    Mutant(
        "the-far-future-comes-first",
        HITS,
        (("CASE WHEN created_at < $end THEN", "CASE WHEN created_at <> $end THEN"),),
        (f"{SEARCH_TESTS}::test_a_walk_gives_every_record_once_newest_first",),
    ),
    Mutant(
        "a-page-back-begins-with-its-neighbours-record",
        SEARCH,
        (("last.above() if newer else last", "last"),),
        (f"{SEARCH_TESTS}::test_any_walk_there_and_back",),
    ),
    Mutant(
        "a-time-is-a-position",
        SEARCH,
        (("{sign} ${name}_integration_id))", "{sign} ${name}_integration_id OR true))"),),
        (f"{SEARCH_TESTS}::test_a_walk_gives_every_record_once_newest_first",),
    ),
    Mutant(
        "a-page-ends-the-walk-when-the-time-is-up",
        SEARCH,
        (("        if unread:\n", "        if unread and taken:\n"),),
        (f"{SEARCH_TESTS}::test_when_the_time_is_up_a_page_ends",),
    ),
    Mutant(
        "a-page-has-all-the-time",
        SEARCH,
        (("time_up = clock() >= until or self.bytes >= MOST_READ", "time_up = self.bytes >= MOST_READ"),),
        (f"{SEARCH_TESTS}::test_when_the_time_is_up_a_page_ends",),
    ),
    Mutant(
        "an-integration-has-those-of-seventy-too",
        SEARCH,
        (("else f'{id_}.'}", "else id_}"),),
        (f"{SEARCH_TESTS}::test_a_walk_gives_every_record_once_newest_first",),
    ),
    Mutant(
        "a-summary-of-another-object-counts",
        FILTERS,
        ((' or summary["etag"] != etag', ""),),
        (f"{SEARCH_TESTS}::test_a_summary_that_cannot_tell_rules_nothing_out",),
    ),
    Mutant(
        "problems-that-were-left-out-are-none",
        FILTERS,
        ((' or summary["problems_left_out"]', ""),),
        (f"{FILTERS_TESTS}::test_a_summary_that_is_not_the_objects_tells_nothing",),
    ),
    Mutant(
        "a-text-that-was-cut-is-whole",
        FILTERS,
        (("len(there) >= _CUT or ", ""),),
        (f"{FILTERS_TESTS}::test_what_a_summary_can_tell",),
    ),
    Mutant(
        "the-last-day-does-not-belong",
        FILTERS,
        (("day + _MICROS_OF_A_DAY if ends else day", "day"),),
        (f"{FILTERS_TESTS}::test_spans",),
    ),
    Mutant(
        "a-text-is-a-pattern",
        FILTERS,
        (('f"contains(lower({name}), lower($q))"', "f\"{name} ILIKE '%' || $q || '%'\""),),
        (f"{API_TESTS}::test_no_value_of_a_parameter_means_more_than_itself",),
    ),
    Mutant(
        "any-number-is-a-cursor",
        CURSOR,
        (("cursor.text() != text or ", ""),),
        (f"{CURSOR_TESTS}::test_a_forged_cursor_is_refused",),
    ),
    Mutant(
        "a-page-is-as-large-as-it-gets",
        PAGES,
        (("        if count and total > most:\n            break\n", ""),),
        (f"{PAGES_TESTS}::test_as_many_as_fit", f"{SEARCH_TESTS}::test_large_records_make_short_pages"),
    ),
    Mutant(
        "a-record-too-large-fails-its-page",
        HITS,
        (("            records[0] = record_of(cut(texts[hits[0]]))\n", "            pass\n"),),
        (f"{SEARCH_TESTS}::test_a_record_that_only_its_escaping_makes_too_large_is_cut",),
    ),
    Mutant(
        "a-dead-database-is-kept",
        f"{FOLDER}/merging/database.py",
        (("        _kept.cache_clear()\n", ""),),
        (f"{SEARCH_TESTS}::test_a_damaged_object_is_never_an_empty_page",),
    ),
    Mutant(
        "a-day-has-many-spellings",
        "layers/shared/integration_logs/times.py",
        (("    if found.isoformat() != text:\n", "    if not found:\n"),),
        (f"{API_TESTS}::test_bad_days",),
    ),
    Mutant(
        "days-without-a-replay-mean-nothing",
        f"{FOLDER}/api.py",
        (('if ordered.task != "replay" and (ordered.first or ordered.last):', "if ordered is None:"),),
        (f"{API_TESTS}::test_a_bad_order",),
    ),
    Mutant(
        "a-cursor-leads-anywhere",
        CATALOGUE,
        (("    if Part.of(key) is None:\n", "    if key is None:\n"),),
        (f"{CATALOGUE_TESTS}::test_a_cursor_of_another_key_is_refused",),
    ),
    Mutant(
        "what-is-foreign-is-a-day",
        SEARCH,
        (("if high else END", "if high else date.max"), ("if low else EPOCH", "if low else date.min")),
        (f"{SEARCH_TESTS}::test_a_foreign_folder_is_passed_by",),
    ),
)  # fmt: skip
