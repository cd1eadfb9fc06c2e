"""Two stacks of the template in one account and region: no name of one is a name of the other."""

from __future__ import annotations

import re
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from tests.unit.house.cloudformation import Stack
from tests.unit.house.template_tables import EXPECTED

ONE, OTHER = "integration-logs", "integration-logs-test"
EVERYTHING = {"ApiAccessLogs": "on", "BucketAccessLogs": "on"}
NAMED_BESIDE = {"AWS::Lambda::LayerVersion": ["LayerName"]}
"""Names that AWS shares between resources rather than refuse them: a layer of that name gets another version."""


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


def names(stack: str) -> dict[str, tuple[Any, ...]]:
    """What each resource is known by, by CloudFormation's own schemas; what AWS makes up is not among them."""
    found = {}
    for name, resource in Stack(stack, EVERYTHING).resources().items():
        type_, properties = resource["Type"], resource["Properties"]
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", type_).schema
        made_up = {path.removeprefix("/properties/") for path in schema.get("readOnlyProperties") or ()}
        known_by = [path.removeprefix("/properties/") for path in schema["primaryIdentifier"]]
        if not made_up & set(known_by) and set(known_by) <= set(properties):
            found[name] = (type_, *(properties[each] for each in known_by))
        for beside in NAMED_BESIDE.get(type_, ()):
            found[re.sub("[0-9a-f]{10}$", "", name)] = (type_, properties[beside])
    return found


def test_no_name_is_another_stacks() -> None:
    """Every name that the template gives differs with the stack's."""
    one, other = names(ONE), names(OTHER)
    assert set(one) == set(other)
    assert not set(one.values()) & set(other.values())


def test_the_names_are_those_of_the_table() -> None:
    """They cannot be changed without losing what they name, or what reads by them."""
    given = {name: known_by[-1] for name, known_by in names(ONE).items() if "<" not in str(known_by)}
    assert given == EXPECTED["names"]


def test_a_schedule_gets_its_name_from_cloudformation() -> None:
    """SAM would name it without the stack, and at most 64 characters have no room for a stack's 128."""
    schedules = [each for each in Stack(ONE, {}).resources().values() if each["Type"] == "AWS::Scheduler::Schedule"]
    assert len(schedules) == 5
    assert not any("Name" in each["Properties"] for each in schedules)


@pytest.mark.parametrize(
    ("stack", "given", "expected"),
    [
        ("integration-logs", "", "integration_logs"),
        ("integration-logs-prod", "", "integration_logs_prod"),
        ("shops", "", "shops"),
        ("Shops-Test", "shops_test", "shops_test"),
    ],
)
def test_the_database_can_be_written_in_a_query(stack: str, given: str, expected: str) -> None:
    """Without quotes: no hyphen, no capital; both of the places that name it do so alike."""
    database = Stack(stack, {"DatabaseName": given}).resources()["GlueDatabase"]["Properties"]
    assert database["DatabaseName"] == database["DatabaseInput"]["Name"] == expected
    assert re.fullmatch("[a-z][a-z0-9_]*", expected)


def test_an_alarm_reads_its_own_stacks_metrics() -> None:
    """A test stack's failures ring none of production's alarms."""
    for stack in (ONE, OTHER):
        resources = Stack(stack, {}).resources().values()
        functions = [each["Properties"] for each in resources if each["Type"] == "AWS::Lambda::Function"]
        assert {each["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for each in functions} == {stack}
        own = [each["Properties"] for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]
        read = [each["Dimensions"] for each in own if each["Namespace"] == "IntegrationLogs"]
        assert read
        assert all(each == [{"Name": "service", "Value": stack}] for each in read)
