"""Mutants of what only AWS does: names that two stacks share, calls that come again, loops that are broken off."""

from __future__ import annotations

from tests.mutants.mutant import FETCH, SHARED, Mutant

HOUSE = "tests/unit/house"


def _broken(file: str, test: str, name: str, find: str, replacement: str) -> Mutant:
    return Mutant(name, "template.yaml", ((find, replacement),), (f"{HOUSE}/test_template_{file}.py::{test}",))


NAMES = (
    _broken(
        "names",
        "test_no_name_is_another_stacks",
        "a-schedules-name-is-taken",
        "            OmitName: true # CloudFormation",
        "            OmitName: false # CloudFormation",
    ),
    _broken(
        "names",
        "test_no_name_is_another_stacks",
        "a-layer-is-every-stacks",
        'LayerName: !Sub "${AWS::StackName}-duckdb"',
        "LayerName: integration-logs-duckdb",
    ),
    _broken(
        "names",
        "test_the_database_can_be_written_in_a_query",
        "a-database-has-hyphens",
        '!Join ["_", !Split ["-", !Ref AWS::StackName]]',
        "!Ref AWS::StackName",
    ),
)

STARTS = (
    _broken(
        "queues",
        "test_what_a_schedule_starts_is_not_started_again_by_lambda",
        "lambda-checks-again-beside-the-next-check",
        "MaximumRetryAttempts: 0\n        MaximumEventAgeInSeconds: 300",
        "MaximumRetryAttempts: 2\n        MaximumEventAgeInSeconds: 300",
    ),
    _broken(
        "alarms",
        "test_the_alarms_are_those_of_the_table",
        "a-throttled-tick-rings",
        "Value: !Ref CheckStatus }]\n      Statistic: Sum\n      Period: 300\n      EvaluationPeriods: 3",
        "Value: !Ref CheckStatus }]\n      Statistic: Sum\n      Period: 300\n      EvaluationPeriods: 1",
    ),
    _broken(
        "permissions",
        "test_a_role_allows_exactly_this",
        "a-failed-start-cannot-be-kept",
        "Resource: !GetAtt FailedStarts.Arn",
        "Resource: !GetAtt ScheduleDeadLetters.Arn",
    ),
)

TESTS = "tests/unit/integration_logs/test_hops.py"
LOOPS = (
    Mutant(
        "lambda-breaks-off-a-sweep",
        "template.yaml",
        (("      RecursiveLoop: Allow # it hands on", "      RecursiveLoop: Terminate # it hands on"),),
        (f"{TESTS}::test_lambda_lets_those_go_on_that_hand_on_work",),
    ),
    Mutant(
        "a-loop-never-ends",
        f"{SHARED}/hops.py",
        (("if hops > MOST:", "if hops > MOST * MOST:"),),
        (f"{TESTS}::test_the_ceiling_is_an_error_that_says_so",),
    ),
    Mutant(
        "a-long-sweep-is-broken-off",
        f"{SHARED}/hops.py",
        (("MOST = 16_000", "MOST = 1_000"),),
        (f"{TESTS}::test_the_ceiling_is_far_above_what_lawful_work_needs",),
    ),
    Mutant(
        "a-rest-of-a-walk-is-not-counted",
        f"{FETCH}/account/outcome.py",
        (("hops=order.hops + 1", "hops=order.hops"),),
        ("tests/unit/fetch_logs/test_composition_root.py::test_the_rest_goes_back_to_the_queue",),
    ),
    Mutant(
        "a-rest-of-a-replay-is-not-counted",
        "functions/archive_logs/composition_root.py",
        (("self.send(rest.handed_on())", "self.send(rest)"),),
        ("tests/unit/archive_logs/test_api.py::test_a_replay_goes_on_where_it_stopped",),
    ),
    Mutant(
        "an-archive-run-that-waits-is-not-counted",
        "functions/archive_logs/handler.py",
        (("send(order.handed_on())", "send(order)"),),
        ("tests/unit/archive_logs/test_handler.py::test_without_time_the_next_order_waits",),
    ),
)

STACKS = NAMES + STARTS + LOOPS
