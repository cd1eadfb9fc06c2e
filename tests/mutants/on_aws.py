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

ON_AWS = NAMES
