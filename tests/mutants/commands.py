"""The mutants of the commands that a person gives on their own machine."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

COMMANDS_TESTS, REDACT_TESTS, SHOPS_TESTS = (
    "tests/unit/sandbox/test_commands.py",
    "tests/unit/sandbox/test_redact_command.py",
    "tests/unit/sandbox/test_shops.py",
)

COMMANDS = (
    Mutant(
        "any-server-on-the-port-is-the-cloud",
        "sandbox/cloud.py",
        (("ssl.create_default_context(cafile=self.authority)", "ssl._create_unverified_context()"),),
        (f"{COMMANDS_TESTS}::test_another_program_on_the_port_is_no_run",),
    ),
    Mutant(
        "a-run-that-has-ended-hides-another",
        "sandbox/running.py",
        (("[*_last(), POINTER.parent]", "_last()"),),
        (f"{COMMANDS_TESTS}::test_a_run_elsewhere_that_has_ended_hides_no_other",),
    ),
    Mutant(
        "a-url-of-another-api-is-called",
        "sandbox/api.py",
        (
            (
                "    if urlsplit(route).scheme:\n",
                "    if urlsplit(route).scheme:\n        return route\n    if not route:\n",
            ),
        ),
        (f"{COMMANDS_TESTS}::test_what_is_no_route_is_not_called",),
    ),
    Mutant(
        "running-text-goes-unmentioned",
        "sandbox/redact.py",
        (("if _PROSE.search(", "if not text and _PROSE.search("),),
        (f"{REDACT_TESTS}::test_running_text_is_pointed_out",),
    ),
    Mutant(
        "a-shops-later-pages-are-not-read",
        "sandbox/shops.py",
        (('route = following(reply).get("next", "")', 'route = ""'),),
        (f"{SHOPS_TESTS}::test_the_problem_with_the_most_records_is_named",),
    ),
)
