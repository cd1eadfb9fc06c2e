"""Mutants of what only AWS does: names that two stacks share, calls that come again, loops that are broken off."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

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
        "EvaluationPeriods: 3",
        "EvaluationPeriods: 1",
    ),
    _broken(
        "permissions",
        "test_a_role_allows_exactly_this",
        "a-failed-start-cannot-be-kept",
        "Resource: !GetAtt FailedStarts.Arn",
        "Resource: !GetAtt ScheduleDeadLetters.Arn",
    ),
)

ON_AWS = NAMES + STARTS
