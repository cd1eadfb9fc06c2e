"""Every way into the functions, by its sample in ``events/``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sandbox.stack import Stack

EVENTS = Path(__file__).parents[2] / "events"
FUNCTIONS = {
    "fetch_logs": "FetchLogsFunction",
    "archive_logs": "ArchiveLogsFunction",
    "check_status": "CheckStatusFunction",
}
ANSWERS = {
    "fetch_logs/plan": lambda answer: answer == {"planned": ["main", "second"]},
    "fetch_logs/sweep": lambda answer: answer == {"planned": ["main", "second"]},
    "fetch_logs/walk": lambda answer: answer["complete"] and answer["pages"] >= 1,
    "fetch_logs/work_queue": lambda answer: answer == {"batchItemFailures": []},
    "fetch_logs/api_fetch": lambda answer: answer["statusCode"] == 202,
    "archive_logs/archive": lambda answer: answer["more"] is False,
    "archive_logs/archive_queue": lambda answer: answer["batchItemFailures"] == [],
    "archive_logs/api_logs": lambda answer: len(json.loads(answer["body"])["data"]) == 2,
    "archive_logs/api_all_logs": lambda answer: len(json.loads(answer["body"])["data"]) == 2,
    "archive_logs/api_objects": lambda answer: len(json.loads(answer["body"])["data"]) == 1,
    "archive_logs/api_days": lambda answer: answer["statusCode"] == 200,
    "archive_logs/api_runs": lambda answer: answer["statusCode"] == 202,
    "archive_logs/api_replay": lambda answer: answer["statusCode"] == 202,
    "archive_logs/replay": lambda answer: (answer["more"], answer["from"]) == (False, "2026-11-01"),
    "archive_logs/replay_queue": lambda answer: answer["batchItemFailures"] == [],
    "archive_logs/release": lambda answer: (answer["more"], answer["stayed"]) == (False, 0),
    "archive_logs/manifest": lambda answer: answer["days"] > 33 and answer["incomplete"] == [],
    "check_status/check": lambda answer: [check["account"] for check in answer["checks"]] == ["main", "second"],
    "check_status/api_integrations": lambda answer: len(json.loads(answer["body"])["data"]) == 2,
    "check_status/api_integration": lambda answer: json.loads(answer["body"])["data"]["integration_id"] == 400001,
    "check_status/api_integration_problems": lambda answer: answer["statusCode"] == 200,
    "check_status/api_problems": lambda answer: answer["statusCode"] == 200,
    "check_status/api_problem": lambda answer: answer["statusCode"] == 404,
    "check_status/api_history": lambda answer: json.loads(answer["body"])["data"][0]["account"] == "main",
    "check_status/api_fresh": lambda answer: (
        [each["account"] for each in json.loads(answer["body"])["data"]] == ["main", "second"]
    ),
    "check_status/api_openapi": lambda answer: json.loads(answer["body"])["openapi"] == "3.1.0",
    "check_status/api_no_such_route": lambda answer: answer["statusCode"] == 405,
    "check_status/api_status": lambda answer: json.loads(answer["body"])["data"][0]["verdict"] == "healthy",
}


def test_each_sample_is_known_here() -> None:
    """No sample goes without a test."""
    samples = {path.relative_to(EVENTS).with_suffix("").as_posix() for path in EVENTS.rglob("*.json")}
    assert samples == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_the_function_answers_its_sample(deployed: Stack, name: str) -> None:
    """The deployed function does its work when it is given the sample."""
    deployed.invoke("CheckStatusFunction", {"task": "check"})
    event = json.loads((EVENTS / f"{name}.json").read_text())
    answer = deployed.invoke(FUNCTIONS[name.partition("/")[0]], event)
    assert ANSWERS[name](answer), answer


def test_sam_remote_invoke_takes_a_sample(deployed: Stack) -> None:
    """A sample works from the command line as the README shows it."""
    result = subprocess.run(
        [
            Path(sys.executable).parent / "sam",
            "remote",
            "invoke",
            "CheckStatus",
            "--stack-name",
            "integration-logs",
            "--event-file",
            EVENTS / "check_status/check.json",
        ],
        env={**os.environ, **deployed.cloud.environment(), "SAM_CLI_TELEMETRY": "0"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["checks"][0]["account"] == "main"
