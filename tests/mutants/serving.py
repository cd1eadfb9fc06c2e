"""The mutants of check_status' routes, and of what every route takes and answers."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

CHECK_STATUS = "functions/check_status"
API, FRESH, HISTORY = (
    f"{CHECK_STATUS}/api.py",
    f"{CHECK_STATUS}/reading/fresh_check.py",
    f"{CHECK_STATUS}/reading/history.py",
)
KNOWN, PAGES, WALKS = (
    f"{CHECK_STATUS}/reading/overview.py",
    f"{CHECK_STATUS}/reading/paging.py",
    f"{CHECK_STATUS}/check/last_walks.py",
)
ANSWERS = "layers/shared/integration_logs/answers/routing.py"
PAGE_LINKS = "layers/shared/integration_logs/answers/page_links.py"
PARAMETERS = "layers/shared/integration_logs/answers/parameters.py"
ROUTES_TESTS, ANSWERS_TESTS, LINKS_TESTS = (
    "tests/unit/check_status/reading/test_routes.py",
    "tests/unit/integration_logs/answers/test_routing.py",
    "tests/unit/integration_logs/answers/test_page_links.py",
)

SERVING = (
    Mutant(
        "browsers-and-proxies-may-keep-answers",
        ANSWERS,
        (('    headers = {**(headers or {}), "Cache-Control": "no-store"}\n', "    headers = dict(headers or {})\n"),),
        (f"{ANSWERS_TESTS}::test_data",),
    ),
    Mutant(
        "what-the-gateway-answers-may-be-kept",
        "template.yaml",
        ((""", Cache-Control: "'no-store'" }""", " }"),),
        ("tests/unit/house/test_gateway.py::test_the_gateways_errors_are_the_functions",),
    ),
    Mutant(
        "who-asks-again-is-checked-again",
        FRESH,
        (
            ("    if state and _is_recent(state.checked_at, now):\n        return False\n", ""),
            ("    if stored and _is_recent(_at(stored.body), now):\n        return False\n", ""),
        ),
        (f"{ROUTES_TESTS}::test_a_fresh_status_is_checked_now_and_once_a_minute",),
    ),
    Mutant(
        "of-two-at-once-both-check",
        FRESH,
        (
            (
                "    return store.put(key, body, replaces=stored.etag if stored else None) is not None\n",
                "    store.put(key, body, replaces=stored.etag if stored else None)\n    return True\n",
            ),
        ),
        (f"{ROUTES_TESTS}::test_of_two_at_once_one_checks",),
    ),
    Mutant(
        "a-claim-of-the-future-holds",
        FRESH,
        (("timedelta() <= now - at < ENOUGH", "now - at < ENOUGH"),),
        (f"{ROUTES_TESTS}::test_a_clock_that_was_wrong_holds_nobody_up",),
    ),
    Mutant(
        "a-fresh-check-that-fails-is-kept-quiet",
        f"{CHECK_STATUS}/composition_root.py",
        (
            (
                "            for error in failures.values():\n                raise error\n",
                "            log.warning(failures)\n",
            ),
        ),
        (f"{ROUTES_TESTS}::test_a_fresh_check_that_fails_says_so",),
    ),
    Mutant(
        "a-fresh-check-has-the-functions-time",
        f"{CHECK_STATUS}/composition_root.py",
        (("lambda: min(seconds_left(), WITHIN - (monotonic() - began))", "seconds_left"),),
        (f"{ROUTES_TESTS}::test_a_fresh_check_ends_before_api_gateway_does",),
    ),
    Mutant(
        "every-number-of-checks-is-read-at-once",
        HISTORY,
        (
            (
                "pool.map(lambda name: store.get(PREFIX + name), names[:size])",
                "pool.map(lambda name: store.get(PREFIX + name), names)",
            ),
        ),
        (f"{ROUTES_TESTS}::test_the_history_reads_what_a_page_needs",),
    ),
    Mutant(
        "an-integrations-path-shows-every-problem",
        KNOWN,
        (("if problem and integration_id in {None, problem.integration_id}:", "if problem:"),),
        (f"{ROUTES_TESTS}::test_one_integrations_problems_are_its_own",),
    ),
    Mutant(
        "a-problems-filter-is-forgotten",
        API,
        (
            (
                'wanted = {"account": account, "integration_id": integration_id, "state": state}',
                'wanted = {"account": account, "state": state}',
            ),
        ),
        (f"{ROUTES_TESTS}::test_the_problems", f"{ROUTES_TESTS}::test_one_integrations_problems_are_its_own"),
    ),
    Mutant(
        "a-page-begins-with-the-last-ones-end",
        PAGES,
        (("name < after if descending else name > after", "name <= after if descending else name >= after"),),
        (f"{ROUTES_TESTS}::test_the_problems", f"{ROUTES_TESTS}::test_every_integration_with_its_counts"),
    ),
    Mutant(
        "the-history-goes-on-with-the-same-check",
        HISTORY,
        (("if (after is None or name < after) and", "if (after is None or name <= after) and"),),
        (f"{ROUTES_TESTS}::test_what_came_between_two_pages_shifts_nothing",),
    ),
    Mutant(
        "the-history-lists-every-day",
        HISTORY,
        (
            (
                "        if len(found) >= most:\n            return found[:most], None\n",
                "",
            ),
        ),
        (f"{ROUTES_TESTS}::test_the_history_reads_what_a_page_needs",),
    ),
    Mutant(
        "a-page-of-the-history-is-as-large-as-it-gets",
        HISTORY,
        (("if taken and size_so_far > _MOST_BYTES:", "if taken and size_so_far < 0:"),),
        (f"{ROUTES_TESTS}::test_large_checks_make_smaller_pages",),
    ),
    Mutant(
        "any-name-is-a-cursor-of-the-history",
        HISTORY,
        (("    if not _NAME.fullmatch(found):", "    if not found:"),),
        (f"{ROUTES_TESTS}::test_a_historys_cursor_names_a_check",),
    ),
    Mutant(
        "the-end-of-a-range-is-in-it",
        HISTORY,
        (("(wanted.end is None or at < wanted.end)", "(wanted.end is None or at <= wanted.end)"),),
        (f"{ROUTES_TESTS}::test_the_history_by_time_account_and_integration",),
    ),
    Mutant(
        "a-walk-is-the-accounts-in-any-case",
        WALKS,
        (('"streams") == "integration"', '"streams") == ""'),),
        (f"{ROUTES_TESTS}::test_every_integration_with_its_counts",),
    ),
    Mutant(
        "an-id-has-many-spellings",
        PARAMETERS,
        (("if isinstance(value, str) and not _NUMBER.fullmatch(value):", "if not value:"),),
        (f"{ANSWERS_TESTS}::test_an_id_has_one_spelling", f"{ROUTES_TESTS}::test_abuse_is_refused"),
    ),
    Mutant(
        "a-typo-is-no-filter",
        ANSWERS,
        (("    sentences |= dict.fromkeys(sorted(set(given) - known), unknown)\n", ""),),
        (
            f"{ANSWERS_TESTS}::test_an_unknown_parameter_is_named",
            f"{ROUTES_TESTS}::test_a_parameter_with_a_typo_is_refused",
        ),
    ),
    Mutant(
        "what-is-not-there-is-asked-for-its-parameters",
        ANSWERS,
        (("    if route in _routes(app):", "    if True:"),),
        (f"{ANSWERS_TESTS}::test_a_wrong_method",),
    ),
    Mutant(
        "a-parameter-is-given-as-often-as-one-likes",
        ANSWERS,
        (("if len(given[name]) > 1}", "if not given[name]}"),),
        (f"{ANSWERS_TESTS}::test_a_parameter_is_given_once",),
    ),
    Mutant(
        "a-form-is-a-body-too",
        ANSWERS,
        (('kind.partition(";")[0].strip() != _JSON:', "not kind:"),),
        (f"{ANSWERS_TESTS}::test_a_body_is_json",),
    ),
    Mutant(
        "a-body-may-be-as-deep-as-it-likes",
        ANSWERS,
        (("except (ValueError, RecursionError):", "except json.JSONDecodeError:"),),
        (f"{ANSWERS_TESTS}::test_a_body_is_an_object",),
    ),
    Mutant(
        "a-list-is-its-first-thing",
        ANSWERS,
        (("    if not isinstance(body, dict | None):", "    if body == 0:"),),
        (f"{ANSWERS_TESTS}::test_a_body_is_an_object",),
    ),
    Mutant(
        "every-mistake-is-answered",
        ANSWERS,
        (("error.errors()[:_MOST_ERRORS]", "error.errors()"),),
        (f"{ROUTES_TESTS}::test_ten_thousand_parameters",),
    ),
    Mutant(
        "a-links-query-is-as-it-was-read",
        PAGE_LINKS,
        (
            (
                '{urlencode({**given, "cursor": cursor})}',
                '{"&".join(f"{k}={v}" for k, v in {**given, "cursor": cursor}.items())}',
            ),
        ),
        (f"{LINKS_TESTS}::test_links", f"{ROUTES_TESTS}::test_every_link_carries_the_query"),
    ),
    Mutant(
        "a-link-names-no-domain",
        PAGE_LINKS,
        ((' if context.domain_name else ""', ""),),
        (f"{LINKS_TESTS}::test_links_without_a_domain_name",),
    ),
)
