"""What the functions print in AWS's own runtime, at each level: no secret, and nothing that an alarm is of is lost."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bench.tools.cold_world import PSEUDONYM_KEY, SECRET
from bench.works.cold import cold_world, settings
from tests.fakes.lambda_runtime import keeps, printed
from tests.unit.house.template_tables import TEMPLATE, of_type

EVENTS = Path(__file__).parents[3] / "events"
LEVELS: list[str] = TEMPLATE["Parameters"]["LogLevel"]["AllowedValues"]
FUNCTIONS = of_type("AWS::Serverless::Function")
CANARIES = [
    *SECRET.values(),
    PSEUDONYM_KEY,
    base64.b64encode(f"{SECRET['sendcloud_public_key']}:{SECRET['sendcloud_secret_key']}".encode()).decode(),
]


class Run(NamedTuple):
    """A function that works, and then meets an answer that breaks the contract: ``LogLevel``, and what the function's
    ``ApplicationLogLevel`` is."""

    function: str
    own: str
    lambdas: str

    def lines(self) -> list[str]:
        """What it prints."""
        event = next(
            json.loads((EVENTS / self.function / name).read_text())
            for name in ("work_queue.json", "check.json")
            if (EVENTS / self.function / name).exists()
        )
        with cold_world() as world:

            def broken() -> dict[str, Any]:
                world.page = b'{"data": 7}'
                return event

            environment = {"PATH": os.environ["PATH"], **settings(world), "OWN_LOG_LEVEL": self.own}
            handler = f"{self.function}.handler.handler"
            return printed(handler, [lambda: event, broken], environment, application_level=self.lambdas)


AS_DEPLOYED = [Run("fetch_logs", level, "INFO") for level in LEVELS]
BY_HAND = [Run(function, "DEBUG", "DEBUG") for function in ("fetch_logs", "check_status")]
RUNS = AS_DEPLOYED + BY_HAND


@pytest.fixture(scope="module")
def lines() -> Iterator[dict[Run, list[str]]]:
    with ThreadPoolExecutor(3) as pool:
        yield dict(zip(RUNS, pool.map(Run.lines, RUNS), strict=True))


@pytest.mark.parametrize("run", RUNS, ids="-".join)
def test_no_line_has_a_secret(lines: dict[Run, list[str]], run: Run) -> None:
    """No key, token or pseudonym key is printed at any level of ours and of Lambda's; the functions did read them."""
    assert any("Walk ended" in line or "Status checked" in line for line in lines[run]) == (
        run.own in {"DEBUG", "INFO"}
    )
    for line in lines[run]:
        assert not [canary for canary in CANARIES if canary in line], line


@pytest.mark.parametrize("run", AS_DEPLOYED, ids="-".join)
def test_errors_and_metrics_come_through(lines: dict[Run, list[str]], run: Run) -> None:
    """Lambda keeps what went wrong and what was counted, whatever ``LogLevel`` is; of our lines those from there on."""
    kept = [json.loads(line) for line in lines[run] if keeps(line, run.lambdas)]
    assert [json.loads(line)["kind"] for line in lines[run] if keeps(line, "ERROR")] == ["ContractBroken"]
    counted = {
        metric["Name"] for each in kept if "_aws" in each for metric in each["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }
    assert counted == {"RecordsLanded", "ContractBroken"}
    assert any(each.get("level") == "INFO" for each in kept) == (run.own in {"DEBUG", "INFO"})


def test_lambda_filters_nothing_of_ours() -> None:
    """Metrics have no level, so Lambda rates them as INFO: it must keep that. The parameter is for our lines alone."""
    for name, function in FUNCTIONS.items():
        assert function["LoggingConfig"]["ApplicationLogLevel"] == "INFO", name
        assert function["LoggingConfig"]["LogFormat"] == "JSON", name
    variables = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["OWN_LOG_LEVEL"] == {"Ref": "LogLevel"}
    assert not {name for name in variables if name.endswith("LOG_LEVEL")} - {"OWN_LOG_LEVEL"}


def test_how_lambda_rates() -> None:
    """As its documentation has it: without a level, or without a time in the form of RFC 3339, a line is INFO."""
    at = "2024-11-02T16:51:31.587199Z"
    for line in (
        "plain",
        json.dumps({"level": "error"}),
        json.dumps({"level": "ERROR", "timestamp": "2024-11-02 16:51:31,587+0000"}),
    ):
        assert keeps(line, "INFO")
        assert not keeps(line, "WARN")
    assert keeps(json.dumps({"level": "error", "timestamp": at}), "ERROR")
    assert not keeps(json.dumps({"level": "debug", "timestamp": at}), "INFO")
