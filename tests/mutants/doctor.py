"""The mutants of ``make doctor``: each check that would call well what is not."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

FOLDER = "sandbox/doctor"
TESTS = "tests/unit/sandbox/test_doctor.py"

DOCTOR = (
    Mutant(
        "a-schedule-that-is-off-is-well",
        f"{FOLDER}/checks.py",
        (('ok = found["State"] == "ENABLED"', "ok = True"),),
        (f"{TESTS}::test_schedules_and_the_rule",),
    ),
    Mutant(
        "an-address-that-is-not-confirmed-is-well",
        f"{FOLDER}/checks.py",
        (('if not each["SubscriptionArn"].startswith("arn:")', 'if not each["SubscriptionArn"]'),),
        (f"{TESTS}::test_addresses",),
    ),
    Mutant(
        "aws-may-break-a-loop-off",
        f"{FOLDER}/checks.py",
        (('ok = setting == "Allow" or given.embedded', "ok = bool(setting)"),),
        (f"{TESTS}::test_recursion",),
    ),
    Mutant(
        "what-is-denied-is-granted",
        f"{FOLDER}/permissions.py",
        (('if each["EvalDecision"] != "allowed"', 'if each["EvalDecision"] == ""'),),
        (f"{TESTS}::test_permissions_are_the_templates",),
    ),
    Mutant(
        "a-walk-of-long-ago-is-well",
        f"{FOLDER}/archive.py",
        (("if at is None or now - at > LATE", "if at is None"),),
        (f"{TESTS}::test_walks",),
    ),
    Mutant(
        "there-is-never-anything-to-do",
        f"{FOLDER}/__main__.py",
        (("return 0 if all(each.ok for each in found) else 1", "return 0"),),
        (f"{TESTS}::test_the_exit_code_and_the_form",),
    ),
    Mutant(
        "what-aws-says-is-shown",
        f"{FOLDER}/__main__.py",
        (('todo = f"{asked} was refused ({code})', 'todo = f"{error} {asked} was refused ({code})'),),
        (f"{TESTS}::test_what_may_not_be_asked_hides_nothing_else",),
    ),
)
