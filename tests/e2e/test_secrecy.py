"""Planted secrets turn up nowhere: in no object, in no version of one, in no log line, in no answer."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import duckdb
import pytest

from integration_logs.redaction.marks import Pseudonyms
from sandbox.api import call
from sandbox.observe import fetch_archive, open_archive
from sandbox.stack import NAME
from tests.e2e.conftest import tick

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox

URL = "ck_c0ffee0000000000000000000000000000canary1"
HEADER = "canary2-c0ffee-bearer-value"
PAYLOAD = "canary3-c0ffee-password"
TEXT = "cs_c0ffee0000000000000000000000000000canary4"
PERSON = "canary.five@example.com"
CANARIES = (URL, HEADER, PAYLOAD, TEXT, PERSON)

PLANTED = {
    "full_url": f"https://shop.example/wp-json/wc/v3/orders?consumer_key={URL}&page=2",
    "request": {
        "headers": {"Authorization": f"Bearer {HEADER}", "Accept": "application/json"},
        "payload": {"password": PAYLOAD, "billing": {"email": PERSON}, "order_id": 77},
    },
    "response": {"headers": {"Set-Cookie": f"session={HEADER}"}, "body": f"<p>no access with {TEXT}</p>"},
    "exception": f"401 Client Error for url: https://shop.example/?consumer_secret={TEXT}",
    "additional_data": {"note": f"asked by {PERSON}"},
}


@pytest.fixture(scope="module")
def planted(deployed: Stack, sandbox: Sandbox) -> int:
    """The id of a record full of canaries that has been fetched and archived; a second one has no id."""
    (id_, _) = sandbox.plant("main", 400001, PLANTED, {**PLANTED, "__omit__": ["id"]})
    tick(deployed)
    deployed.invoke("CheckStatusFunction", {"task": "check"})
    return id_


def everything(stack: Stack, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every version of every object as what it says: Parquet as its rows, gzip unpacked; searched as they lie, both are
    compressed and would hide everything. Files go into ``folder``."""
    s3, bucket = stack.client("s3"), stack.outputs["BucketName"]
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for version in page.get("Versions", []):
            body = s3.get_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])["Body"].read()
            yield version["Key"], _opened(version["Key"], body, folder)


def _opened(key: str, body: bytes, folder: Path) -> bytes:
    if key.endswith(".gz"):
        return gzip.decompress(body)
    if not key.endswith(".parquet"):
        return body
    (file := folder / "version.parquet").write_bytes(body)
    with duckdb.connect() as database:
        return repr(database.execute("SELECT * FROM read_parquet(?)", [str(file)]).fetchall()).encode()


@pytest.fixture(scope="module")
def pseudonym_key(deployed: Stack) -> str:
    """The key that the template has generated."""
    resource = deployed.client("cloudformation").describe_stack_resource(
        StackName=NAME, LogicalResourceId="PseudonymKey"
    )
    name = resource["StackResourceDetail"]["PhysicalResourceId"]
    return str(deployed.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])


def test_a_person_has_one_pseudonym(deployed: Stack, planted: int, pseudonym_key: str) -> None:
    """Wherever a record holds an address, its marker has the pseudonym that the stack's own key gives it."""
    assert len(pseudonym_key) == 64
    reply = call(deployed, "/integrations/400001/logs?page_size=100")
    (record,) = [record for record in reply.json()["data"] if record["id"] == planted]
    marker = f"[redacted:email:{Pseudonyms(lambda: pseudonym_key).of('email', PERSON)}]"
    assert record["request"]["payload"]["billing"]["email"] == marker
    assert record["additional_data"]["note"] == f"asked by {marker}"


@pytest.mark.usefixtures("planted")
def test_no_object_holds_a_canary(deployed: Stack, sandbox: Sandbox, tmp_path: Path, pseudonym_key: str) -> None:
    """Neither the planted canaries nor any account's own keys are in any version of any object."""
    secrets = [*CANARIES, pseudonym_key, *(value for keys in sandbox.accounts.values() for value in keys.values())]
    landed, archived = 0, 0
    for key, body in everything(deployed, tmp_path):
        landed += key.startswith("landing/")
        archived += key.startswith("logs/") and b"shop.example" in body
        for secret in secrets:
            assert secret.encode() not in body, (key, secret)
    assert landed, "the landing objects' versions were looked at"
    assert archived, "the archive's versions were opened"
    with open_archive(fetch_archive(deployed, tmp_path)) as database:  # Parquet is compressed: look inside
        text = "\n".join(str(row) for row in database.execute("SELECT logs::VARCHAR FROM logs").fetchall())
    for secret in secrets:
        assert secret not in text, secret
    assert "order_id" in text


@pytest.mark.usefixtures("planted")
def test_no_log_line_holds_a_canary(deployed: Stack, sandbox: Sandbox, pseudonym_key: str) -> None:
    """The functions' own logs show no secret, whichever level."""
    logs = deployed.client("logs")
    secrets = [*CANARIES, pseudonym_key, *(value for keys in sandbox.accounts.values() for value in keys.values())]
    lines = 0
    for group in logs.describe_log_groups(logGroupNamePrefix="/integration-logs/")["logGroups"]:
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
            for event in page["events"]:
                lines += 1
                for secret in secrets:
                    assert secret not in event["message"], secret
    assert lines > 10


def test_no_answer_holds_a_canary(deployed: Stack, planted: int) -> None:
    """The record comes back through the API without a secret, and with what an operator needs."""
    reply = call(deployed, "/integrations/400001/logs?page_size=100")
    (record,) = [record for record in reply.json()["data"] if record["id"] == planted]
    for secret in CANARIES:
        assert secret not in reply.text
    assert record["request"]["payload"]["order_id"] == 77
    assert "page=2" in record["full_url"]


@pytest.mark.usefixtures("planted")
def test_a_record_without_an_id_is_in_quarantine(deployed: Stack, tmp_path: Path) -> None:
    """What cannot be archived is kept aside with its reason and where it came from."""
    rows = [body.decode() for key, body in everything(deployed, tmp_path) if key.startswith("quarantine/rows/")]
    assert any("no usable id" in row and "landing/" in row for row in rows)


def test_nobody_comes_without_tls(deployed: Stack) -> None:
    """The bucket and the notices' topic, as they are deployed, deny every call that does not come by TLS."""
    bucket, topic = deployed.outputs["BucketName"], deployed.outputs["NoticeTopicArn"]
    of_bucket = json.loads(deployed.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    of_topic = json.loads(deployed.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
    expected = {"Bool": {"aws:SecureTransport": "false"}}
    for policy, action, on in (
        (of_bucket, "s3:*", [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]),
        (of_topic, "sns:Publish", [topic]),
    ):
        (statement,) = policy["Statement"]
        assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", action)
        assert ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"]) == on
        assert statement["Condition"] == expected
