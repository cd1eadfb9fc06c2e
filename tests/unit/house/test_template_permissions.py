"""The template's permissions and lifecycles: exactly which actions on what, and what is deleted when."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from typing import Any

import pytest

from archive_logs.merging import partitions, quarantine, summary
from archive_logs.upkeep import manifests
from check_status.problems import summaries
from check_status.reading import history
from fetch_logs.stream.ledger import DAYS_IN_MEMORY, Ledger
from integration_logs.bucket import landing, sweeps
from integration_logs.bucket.sweeps import RETENTION
from tests.fakes.memory_store import MemoryStore
from tests.unit.house.template_tables import EXPECTED, RESOURCES, TEMPLATE, listed, named, of_type, permissions

DAY = date(2026, 11, 22)
PART = partitions.Partition(DAY, 7).key
LIFECYCLE = RESOURCES["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]


# --- roles -----------------------------------------------------------------------------------------------------------


def test_there_are_no_other_roles() -> None:
    """Each role of the template is in the table, and no function brings a policy beside its role's."""
    assert set(of_type("AWS::IAM::Role")) == set(EXPECTED["permissions"])
    assert not of_type("AWS::IAM::Policy")
    assert not of_type("AWS::IAM::ManagedPolicy")
    for role in of_type("AWS::IAM::Role").values():
        assert set(role) == {"AssumeRolePolicyDocument", "Policies"}
    for name, function in of_type("AWS::Serverless::Function").items():
        assert named(function["Role"]) == f"{name}Role"
        assert "Policies" not in function


@pytest.mark.parametrize("role", EXPECTED["permissions"])
def test_a_role_allows_exactly_this(role: str) -> None:
    """Each action of the table on what it names, and nothing else."""
    expected = {action: sorted(on) for action, on in EXPECTED["permissions"][role].items()}
    assert permissions(role) == expected


@pytest.mark.parametrize(
    ("role", "service", "condition"),
    [
        ("FetchLogsRole", "lambda.amazonaws.com", None),
        ("ArchiveLogsRole", "lambda.amazonaws.com", None),
        ("CheckStatusRole", "lambda.amazonaws.com", None),
        ("ScheduleRole", "scheduler.amazonaws.com", {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}),
    ],
)
def test_who_takes_a_role(role: str, service: str, condition: object) -> None:
    """One service alone."""
    (statement,) = RESOURCES[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert (statement["Principal"], statement["Action"]) == ({"Service": service}, "sts:AssumeRole")
    assert (statement["Effect"], statement.get("Condition")) == ("Allow", condition)


# What each function writes and reads, as its own code calls it.
USED = [
    ("FetchLogsRole", "s3:PutObject", f"{landing.PREFIX}x"),
    ("FetchLogsRole", "s3:PutObject", f"{sweeps.prefix('main')}account.json"),
    ("ArchiveLogsRole", "s3:DeleteObject", f"{landing.PREFIX}x"),
    ("ArchiveLogsRole", "s3:GetObjectVersion", f"{landing.PREFIX}x"),
    ("ArchiveLogsRole", "s3:PutObject", PART),
    ("ArchiveLogsRole", "s3:PutObject", summary.key(PART)),
    ("ArchiveLogsRole", "s3:PutObject", manifests.key(DAY)),
    ("ArchiveLogsRole", "s3:PutObject", quarantine.rows_key(f"{landing.PREFIX}x")),
    ("ArchiveLogsRole", "s3:DeleteObject", quarantine.object_key(f"{landing.PREFIX}x")),
    ("ArchiveLogsRole", "s3:ListBucket", sweeps.prefix("main")),
    ("ArchiveLogsRole", "s3:GetObject", f"{sweeps.prefix('main')}listed.json"),
    ("CheckStatusRole", "s3:PutObject", f"{history.PREFIX}x"),
    ("CheckStatusRole", "s3:GetObject", summary.key(PART)),
    ("CheckStatusRole", "s3:ListBucket", summaries.PREFIX),
]


@pytest.mark.parametrize(("role", "action", "key"), USED)
def test_what_the_code_uses_is_allowed(role: str, action: str, key: str) -> None:
    """The keys are those that the code makes."""
    assert any(fnmatchcase(key, pattern) for pattern in permissions(role)[action])


@pytest.mark.parametrize("role", [role for role in EXPECTED["permissions"] if role != "ArchiveLogsRole"])
@pytest.mark.parametrize("action", ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"])
def test_only_the_archiver_reaches_the_archive(role: str, action: str) -> None:
    """No other role reads or writes what is archived, in quarantine or a manifest."""
    for key in (PART, manifests.key(DAY), quarantine.rows_key(f"{landing.PREFIX}x")):
        assert not any(fnmatchcase(key, pattern) for pattern in permissions(role).get(action, ()))


# --- policies of resources -------------------------------------------------------------------------------------------

POLICIES = {
    name: resource
    for type_ in ("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy")
    for name, resource in of_type(type_).items()
}


def told(statement: dict[str, Any]) -> dict[str, Any]:
    """A policy's statement in the words of the table."""
    principal = statement["Principal"]
    conditions = {
        test: {key: named(value) for key, value in keys.items()} for test, keys in statement["Condition"].items()
    }
    return {
        "effect": statement["Effect"],
        "principal": principal["Service"] if isinstance(principal, dict) else principal,
        "action": statement["Action"],
        "on": [named(each) for each in listed(statement["Resource"])],
        "condition": conditions,
    }


def test_the_policies_are_those_of_the_table() -> None:
    """Nobody comes without TLS, the archive's queue has one rule's messages, the alarms' topic this stack's alarms."""
    statements = {name: policy["PolicyDocument"]["Statement"] for name, policy in POLICIES.items()}
    assert {name: [told(each) for each in policy] for name, policy in statements.items()} == EXPECTED["policies"]


def test_the_policies_are_of_their_resources() -> None:
    """Each is attached where it should be, and no topic keeps SNS' own policy, which lets the whole account send."""
    assert {named(each) for policy in of_type("AWS::SNS::TopicPolicy").values() for each in policy["Topics"]} == set(
        of_type("AWS::SNS::Topic")
    )
    assert named(POLICIES["BucketPolicy"]["Bucket"]) == "Bucket"
    assert named(POLICIES["AccessLogBucketPolicy"]["Bucket"]) == "AccessLogBucket"
    assert [named(each) for each in POLICIES["NoticeTopicPolicy"]["Topics"]] == ["NoticeTopic"]
    assert [named(each) for each in POLICIES["AlarmTopicPolicy"]["Topics"]] == ["AlarmTopic"]
    assert [named(each) for each in POLICIES["ArchiveQueuePolicy"]["Queues"]] == ["ArchiveQueue"]


def test_the_bucket_is_closed() -> None:
    """To the public and to other accounts; each object is encrypted, and none is gone when it is replaced."""
    bucket = RESOURCES["Bucket"]["Properties"]
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


def test_the_bucket_of_the_access_logs_is_as_closed() -> None:
    """As the bucket that they are of."""
    kept, of = RESOURCES["AccessLogBucket"]["Properties"], RESOURCES["Bucket"]["Properties"]
    for each in ("PublicAccessBlockConfiguration", "OwnershipControls", "BucketEncryption"):
        assert kept[each] == of[each]


@pytest.mark.parametrize("name", ["Bucket", "AccessLogBucket"])
def test_a_bucket_that_outlives_the_stack_stays_closed(name: str) -> None:
    """Its policy stays with it, or what is left would be read without TLS."""
    for each in (RESOURCES[name], RESOURCES[f"{name}Policy"]):
        assert (each["DeletionPolicy"], each["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert RESOURCES[name].get("Condition") == RESOURCES[f"{name}Policy"].get("Condition")


def test_the_pools_api_starts_functions_by_itself_alone() -> None:
    """API Gateway may start a function for the pool's API, and for no other."""
    for name, permission in of_type("AWS::Lambda::Permission").items():
        assert permission["Action"] == "lambda:InvokeFunction", name
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert permission["SourceArn"]["Fn::Sub"].endswith(":${AWS::Region}:${AWS::AccountId}:${PoolApi}/v1/*")


# --- lifecycles ------------------------------------------------------------------------------------------------------


def lifecycle(rule: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The rule's name, and the rule in the words of the table."""
    row: dict[str, Any] = {}
    if "Fn::If" in rule:
        condition, rule, otherwise = rule["Fn::If"]
        assert otherwise == {"Ref": "AWS::NoValue"}
        row["if"] = condition
    assert rule["Status"] == "Enabled"
    if "Prefix" in rule:
        row["prefix"] = rule["Prefix"]
    if "ExpirationInDays" in rule:
        row["days"] = named(rule["ExpirationInDays"])
    if "NoncurrentVersionExpiration" in rule:
        replaced = dict(rule["NoncurrentVersionExpiration"])
        row["replaced"] = named(replaced.pop("NoncurrentDays"))
        if replaced:
            row["newer"] = replaced.pop("NewerNoncurrentVersions")
        assert not replaced
    if "ExpiredObjectDeleteMarker" in rule:
        row["markers"] = rule["ExpiredObjectDeleteMarker"]
    return rule["Id"], row


def test_the_lifecycles_are_those_of_the_table() -> None:
    """Nothing else is ever deleted by the bucket itself."""
    assert dict(map(lifecycle, LIFECYCLE)) == EXPECTED["lifecycles"]
    (unfinished,) = [rule for rule in LIFECYCLE if "AbortIncompleteMultipartUpload" in rule]
    assert unfinished["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


def test_what_landed_can_be_restored_for_as_long_as_is_said() -> None:
    """A replay reads replaced versions: one rule alone is for them. Of whatever else is replaced, some always stay."""
    rules = [rule for rule in LIFECYCLE if "NoncurrentVersionExpiration" in rule]
    reaching = [rule for rule in rules if landing.PREFIX.startswith(rule.get("Prefix", ""))]
    assert [rule["Id"] for rule in reaching] == ["forget-replaced-objects"]
    assert all(rule["NoncurrentVersionExpiration"]["NewerNoncurrentVersions"] for rule in rules if rule not in reaching)
    (markers,) = [rule for rule in LIFECYCLE if rule.get("ExpiredObjectDeleteMarker")]
    assert "Prefix" not in markers  # they would stand at the head of landing/ for good


def test_what_landed_is_known_for_longer_than_sendcloud_keeps_it() -> None:
    """A ledger that went sooner would let a sweep land records again, and one that is kept in memory be deleted."""
    (rule,) = [rule for rule in LIFECYCLE if rule.get("Id") == "forget-what-landed"]
    assert rule["ExpirationInDays"] > RETENTION.days
    assert rule["ExpirationInDays"] > DAYS_IN_MEMORY
    store = MemoryStore()
    ledger = Ledger(store, "main")
    ledger.enter([(7, datetime(2026, 11, 22, tzinfo=UTC))])
    ledger.save()
    assert [key for key in store.objects if key.startswith(rule["Prefix"])] == list(store.objects) != []


def test_the_archive_and_its_summaries_go_together() -> None:
    """Under the prefixes that the code gives them, and never by default."""
    rules = {prefix["Prefix"]: prefix for prefix in (rule["Fn::If"][1] for rule in LIFECYCLE if "Fn::If" in rule)}
    assert set(rules) == {partitions.PREFIX, summaries.PREFIX}
    assert len({str(rule["ExpirationInDays"]) for rule in rules.values()}) == 1
    assert TEMPLATE["Conditions"]["ArchiveExpires"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "ArchiveRetentionDays"}, 0]}]
    }
