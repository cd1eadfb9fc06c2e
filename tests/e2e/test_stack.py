"""The stack itself: its bucket, its schedules, its layers."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs.generate import template
from tests.e2e.conftest import eventually

if TYPE_CHECKING:
    from sandbox.stack import Stack


def test_the_bucket_is_closed(deployed: Stack) -> None:
    """No public access, encryption, versions, and nothing in clear over the wire."""
    s3, bucket = deployed.client("s3"), deployed.outputs["BucketName"]
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=bucket)["Policy"]


def test_each_schedule_retries_and_keeps_what_failed(deployed: Stack) -> None:
    """Every schedule of the template is there, each with a retry policy and the dead-letter queue."""
    scheduler = deployed.client("scheduler")
    schedules = [
        scheduler.get_schedule(Name=item["Name"], GroupName=item["GroupName"])
        for item in scheduler.list_schedules()["Schedules"]
    ]
    starts = [
        event["Type"]
        for each in template()["Resources"].values()
        for event in each.get("Properties", {}).get("Events", {}).values()
    ]
    assert len(schedules) == starts.count("ScheduleV2") > 0
    for schedule in schedules:
        assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 2
        assert "ScheduleDeadLetters" in schedule["Target"]["DeadLetterConfig"]["Arn"]


def test_the_schedules_start_their_functions(deployed: Stack) -> None:
    """Within a minute and a bit the embedded scheduler has planned walks and checked the status by itself."""
    logs = deployed.client("logs")

    def ticked(group: str, said: str, before: int) -> bool:
        events = logs.filter_log_events(logGroupName=f"/integration-logs/integration-logs/{group}")["events"]
        return sum(said in event["message"] for event in events) > before

    def count(group: str, said: str) -> int:
        events = logs.filter_log_events(logGroupName=f"/integration-logs/integration-logs/{group}")["events"]
        return sum(said in event["message"] for event in events)

    planned, checked = count("fetch_logs", "Walks planned"), count("check_status", "Status checked")
    eventually(lambda: ticked("fetch_logs", "Walks planned", planned), "walks are planned", seconds=90)
    eventually(lambda: ticked("check_status", "Status checked", checked), "the status is checked", seconds=90)


ENOUGH = """
import importlib.machinery, sys
build, site, name, *layers = sys.argv[1:]
RUNTIME = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six"}  # what Lambda's own runtime brings

class Runtime:
    @staticmethod
    def find_spec(fullname, path=None, target=None):
        if path is None and fullname.partition(".")[0] in RUNTIME:
            return importlib.machinery.PathFinder.find_spec(fullname, [site])

sys.path[:0] = [f"{build}/{layer}/python" for layer in layers] + [f"{build}/{name}"]
sys.meta_path.append(Runtime)
for module in ("handler", "api"):
    importlib.import_module(f"{PACKAGES[name]}.{module}")
"""


@pytest.mark.parametrize(
    ("function", "package", "layers"),
    [
        ("FetchLogs", "fetch_logs", ["SharedLayer"]),
        ("ArchiveLogs", "archive_logs", ["SharedLayer", "DuckdbLayer"]),
        ("CheckStatus", "check_status", ["SharedLayer"]),
    ],
)
def test_the_layers_bring_all_that_the_function_imports(
    built: Path, function: str, package: str, layers: list[str]
) -> None:
    """A function needs nothing but its layers and what Lambda's runtime has."""
    program = ENOUGH.replace("PACKAGES[name]", repr(package))
    site = next(path for path in sys.path if path.endswith("site-packages"))
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, built.parent, site, function, *layers],
        env={"AWS_DEFAULT_REGION": "us-east-1", "POWERTOOLS_METRICS_NAMESPACE": "x", "POWERTOOLS_SERVICE_NAME": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("part", ["SharedLayer", "DuckdbLayer", "FetchLogs", "ArchiveLogs", "CheckStatus"])
def test_no_cold_start_compiles(built: Path, part: str) -> None:
    """Every module that is deployed has its bytecode beside it, which holds wherever and whenever it is unpacked."""
    modules = [path for path in (built.parent / part).rglob("*.py") if path.parent.name != "bin"]
    assert modules
    for module in modules:
        code = Path(cache_from_source(str(module))).read_bytes()
        assert (code[:4], code[4:8]) == (MAGIC_NUMBER, b"\x01\x00\x00\x00")  # by a hash, and that is not looked at
