"""Who may read what: the policies of consumers/ allow what docs/consumers.md promises, and nothing else; and how jobs
are told of what was written."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from sandbox.cloud import REGION, Cloud
from sandbox.observe import athena
from sandbox.stack import Stack
from tests.e2e.conftest import eventually, keys
from tests.e2e.test_consumers import CONSUMERS, READERS, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import boto3

# AWS looks a query up by its workgroup. The embedded cloud does not, and asks for the actions on everything.
LOOKING_UP_A_QUERY = {
    "Effect": "Allow",
    "Action": ["athena:GetQueryExecution", "athena:GetQueryResults"],
    "Resource": "*",
}


@dataclass(frozen=True)
class Seen(Cloud):
    """The embedded cloud as the holder of a key pair sees it."""

    key: tuple[str, str]

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "AWS_ACCESS_KEY_ID": self.key[0], "AWS_SECRET_ACCESS_KEY": self.key[1]}

    def session(self, key: tuple[str, str] | None = None) -> boto3.Session:
        return super().session(key or self.key)


@contextmanager
def user(cloud: Cloud, name: str, policy: str, **names: str) -> Iterator[Seen]:
    """The cloud as somebody sees it who has exactly the policy of that file."""
    text = (CONSUMERS / "policies" / f"{policy}.json").read_text()
    for placeholder, value in names.items():
        text = text.replace(placeholder, value)
    document = json.loads(text)
    if policy == "reader":
        document["Statement"].append(LOOKING_UP_A_QUERY)
    iam = cloud.session().client("iam", **cloud.client_options())  # type: ignore[call-overload]
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    try:
        yield Seen(**vars(cloud), key=(key["AccessKeyId"], key["SecretAccessKey"]))
    finally:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName=name, PolicyName=policy)
        iam.delete_user(UserName=name)


@pytest.fixture(scope="module")
def reader(deployed: Stack) -> Iterator[Stack]:
    """The stack as a reader of the archive sees it."""
    names = {
        "BUCKET": deployed.outputs["BucketName"],
        "REGION": REGION,
        "ACCOUNT": deployed.client("sts").get_caller_identity()["Account"],
        "WORKGROUP": deployed.outputs["WorkgroupName"],
        "DATABASE": deployed.outputs["DatabaseName"],
    }
    with user(deployed.cloud, "reader", "reader", **names) as seen:
        yield replace(deployed, cloud=seen)


def refused(call: Callable[[], object]) -> bool:
    """Whether the call is denied, for want of a permission and nothing else."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"] in {"AccessDenied", "AccessDeniedException", "403"}
    return False


def test_a_reader_asks_athena_and_downloads(reader: Stack, tmp_path: Path) -> None:
    """With the reader's policy alone, every file of consumers/ that goes to AWS does its work."""
    for query in (CONSUMERS / "athena").glob("*.sql"):
        assert athena(reader, query.read_text()), query.name
    glue, database = (
        reader.client("glue"),
        reader.outputs["DatabaseName"],
    )  # Athena asks it with the reader's permissions
    assert glue.get_table(DatabaseName=database, Name="logs")["Table"]["Name"] == "logs"
    location = f"s3://{reader.outputs['BucketName']}/logs"
    python, bucket = READERS / "python", reader.outputs["BucketName"]
    assert run(reader, python, CONSUMERS / "pandas/hours_to_repair.py", "--archive", location)
    assert run(reader, python, CONSUMERS / "polars/top_failing_paths.py", "--archive", location)
    run(reader, python, CONSUMERS / "pyarrow/one_shops_last_week.py", "400001", tmp_path / "x", "--archive", location)
    assert run(reader, CONSUMERS / "aws-cli/sync-week.sh", bucket, tmp_path / "week")
    assert run(reader, CONSUMERS / "aws-cli/list-changed.sh", bucket, "2020-01-01")


@pytest.mark.parametrize("prefix", ["landing/", "state/", "quarantine/", "status/"])
def test_a_reader_sees_nothing_else(deployed: Stack, reader: Stack, prefix: str) -> None:
    """What is not the archive can be neither read nor listed."""
    bucket, s3 = deployed.outputs["BucketName"], reader.client("s3")
    key = f"{prefix}seen-by-nobody"
    deployed.client("s3").put_object(Bucket=bucket, Key=key, Body=b"")
    try:
        assert refused(lambda: s3.get_object(Bucket=bucket, Key=key))
        assert refused(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=prefix))
    finally:
        deployed.client("s3").delete_object(Bucket=bucket, Key=key)


def test_a_reader_changes_nothing(reader: Stack) -> None:
    """The archive can be neither written nor deleted, nor listed together with the rest of the bucket."""
    bucket, s3 = reader.outputs["BucketName"], reader.client("s3")
    key = min(keys(reader, "logs/"))
    assert refused(lambda: s3.put_object(Bucket=bucket, Key=key, Body=b""))
    assert refused(lambda: s3.delete_object(Bucket=bucket, Key=key))
    assert refused(lambda: s3.list_objects_v2(Bucket=bucket))


OWN = ("integration-101.parquet", "integration-101.ids-1-99.parquet")
OTHERS = ("integration-1010.parquet", "integration-10.parquet", "integration-1010.ids-1-99.parquet")


@pytest.fixture(scope="module")
def bucket(cloud: Cloud) -> str:
    """A bucket with a day of three shops, whose ids begin alike, and parts of two of them."""
    s3 = cloud.session().client("s3", **cloud.client_options())  # type: ignore[call-overload]
    s3.create_bucket(Bucket="shops")
    for name in OWN + OTHERS:
        s3.put_object(Bucket="shops", Key=f"logs/dt=2026-11-20/{name}", Body=name.encode())
    return "shops"


@pytest.fixture(scope="module")
def client(cloud: Cloud, bucket: str) -> Iterator[Stack]:
    """The cloud as an agency's client sees it, who may read integration 101."""
    with user(cloud, "client", "one-shop", BUCKET=bucket, INTEGRATION="101") as seen:
        yield Stack(seen, {"BucketName": bucket})


def test_a_client_downloads_its_own_shop(client: Stack, bucket: str, tmp_path: Path) -> None:
    """A shop's day comes down with its parts, for somebody who may see nothing else."""
    run(client, CONSUMERS / "aws-cli/download-day.sh", bucket, "2026-11-20", tmp_path, "101")
    assert {path.name for path in tmp_path.rglob("*.parquet")} == {*OWN}


@pytest.mark.parametrize("name", OTHERS)
def test_a_client_reads_no_other_shop(client: Stack, bucket: str, name: str) -> None:
    """Another shop's object is refused, also one whose id begins with the client's own."""
    s3 = client.client("s3")
    assert refused(lambda: s3.get_object(Bucket=bucket, Key=f"logs/dt=2026-11-20/{name}"))


@pytest.mark.parametrize(
    "prefix",
    ["", "logs/", "logs/dt=2026-11-20/", "logs/dt=2026-11-20/integration-101", "logs/dt=2026-11-20/integration-1"],
)
def test_a_client_lists_no_other_shop(client: Stack, bucket: str, prefix: str) -> None:
    """A listing that could show another shop's objects is refused."""
    s3 = client.client("s3")
    assert refused(lambda: s3.list_objects_v2(Bucket=bucket, Prefix=prefix))
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="logs/dt=2026-11-20/integration-101.")["Contents"]
    assert {item["Key"].rpartition("/")[2] for item in listed} == {*OWN}


def test_a_job_is_told_of_what_was_written(deployed: Stack) -> None:
    """An object written under logs/ is a message in the queue of consumers/archive-events.yaml; another one is not."""
    formation, bucket = deployed.client("cloudformation"), deployed.outputs["BucketName"]
    formation.create_stack(
        StackName="follower",
        TemplateBody=(CONSUMERS / "archive-events.yaml").read_text(),
        Parameters=[{"ParameterKey": "BucketName", "ParameterValue": bucket}],
    )
    eventually(
        lambda: formation.describe_stacks(StackName="follower")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE",
        "the queue is there",
    )
    (output,) = formation.describe_stacks(StackName="follower")["Stacks"][0]["Outputs"]
    s3, queue = deployed.client("s3"), deployed.client("sqs")
    told: list[str] = []

    def is_told() -> bool:
        answer = queue.receive_message(QueueUrl=output["OutputValue"], MaxNumberOfMessages=10, WaitTimeSeconds=1)
        told.extend(json.loads(each["Body"])["detail"]["object"]["key"] for each in answer.get("Messages", []))
        return key in told

    key = min(keys(deployed, "logs/"))
    try:
        s3.put_object(Bucket=bucket, Key="status/not-of-the-archive", Body=b"")
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.put_object(Bucket=bucket, Key=key, Body=body)  # the archiver's own way: the object is replaced as a whole
        eventually(is_told, "the message is there")
        assert all(each.startswith("logs/") for each in told)
    finally:
        s3.delete_object(Bucket=bucket, Key="status/not-of-the-archive")
        formation.delete_stack(StackName="follower")
