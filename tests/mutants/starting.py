"""Mutants of how a function starts: what it keeps, what it leaves out."""

from __future__ import annotations

from tests.mutants.mutant import FETCH, SHARED, Mutant

STARTS, SECRETS, HANDLER = (
    "tests/unit/house/test_cold_starts.py",
    "tests/unit/integration_logs/runtime/test_secrets.py",
    f"{FETCH}/handler.py",
)

STARTING = (
    Mutant(
        "a-secret-is-kept-for-good",
        f"{SHARED}/runtime/secrets.py",
        (("if found is None or self._clock() - read_at > MAX_AGE:", "if found is None:"),),
        (f"{SECRETS}::test_a_renewed_secret",),
    ),
    Mutant(
        "a-secret-is-asked-for-each-time",
        f"{SHARED}/runtime/secrets.py",
        (("            self._kept[name] = self._clock(), found\n", ""),),
        (f"{SECRETS}::test_a_secret_is_kept",),
    ),
    Mutant(
        "a-walk-order-that-fails-counts-as-done",
        HANDLER,
        (
            (
                "                compose().give_back([message])\n                raise\n",
                "                compose().give_back([message])\n",
            ),
        ),
        ("tests/unit/fetch_logs/test_handler.py::test_a_message_that_fails",),
    ),
    Mutant(
        "a-service-that-is-asked-for-is-not-known",
        f"{SHARED}/runtime/aws.py",
        (('SERVICES = ("events", ', "SERVICES = ("),),
        ("tests/unit/integration_logs/runtime/test_aws.py::test_the_services_are_those_that_are_asked_for",),
    ),
    Mutant(
        "garbage-is-never-collected-again",
        f"{SHARED}/runtime/cold_start.py",
        (("    gc.enable()\n", ""),),
        (f"{STARTS}::test_an_idle_tick",),
    ),
    Mutant(
        "a-page-holds-back-the-request-for-the-next",
        f"{FETCH}/composition_root.py",
        (("    sys.setswitchinterval(SWITCH_SECONDS)\n", ""),),
        (
            "tests/unit/fetch_logs/test_composition_root.py::test_a_page_that_is_worked_on_does_not_hold_back_the_request_for_the_next",
        ),
    ),
    Mutant(
        "an-idle-tick-reads-the-rules-of-redaction",
        f"{FETCH}/stream/late_redactor.py",
        (
            (
                "= tuple(keys), pseudonym_key, policy\n",
                "= tuple(keys), pseudonym_key, policy\n        _ = self._redactor\n",
            ),
        ),
        (f"{STARTS}::test_an_idle_tick",),
    ),
    Mutant(
        "the-archiver-needs-duckdb-for-nothing",
        "functions/archive_logs/merging/database.py",
        (("from integration_logs.errors import", "import duckdb\n\nfrom integration_logs.errors import"),),
        (f"{STARTS}::test_nothing_has_landed",),
    ),
)
