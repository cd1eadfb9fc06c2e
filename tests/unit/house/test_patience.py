"""How long a function waits for AWS: no call that nobody answers takes what the function keeps for its end."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from archive_logs import composition_root as archiving
from bench.tools.cold_world import World
from bench.works.cold import settings
from check_status import composition_root as checking
from fetch_logs import composition_root as fetching
from integration_logs.runtime import aws
from tests.unit.house.template_tables import of_type

ROOT = Path(__file__).parents[3]
TIMEOUTS = {name: each["Timeout"] for name, each in of_type("AWS::Serverless::Function").items()}
GATEWAY = 29.0
"""Seconds that API Gateway waits for a function."""


def compositions() -> dict[str, tuple[float, list[Any]]]:
    """By function: what it keeps in reserve, and what makes its clients."""
    return {
        "FetchLogs": (fetching.RESERVE, [fetching.compose]),
        "ArchiveLogs": (archiving.RESERVE, [archiving.compose]),
        "CheckStatus": (checking.RESERVE, [checking.compose, checking._telling]),
    }


def longest(client: Any) -> float:
    """Seconds until a call fails that nobody answers, with the pauses between its tries, which double from one on."""
    config = client.meta.config
    assert config.retries["mode"] == "standard"
    tries: int = config.retries["total_max_attempts"]
    return float(tries * (config.connect_timeout + config.read_timeout) + 2 ** (tries - 1) - 1)


@pytest.mark.parametrize("function", TIMEOUTS)
def test_a_call_that_nobody_answers(function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends within what the function keeps in reserve and while API Gateway waits, and is tried a second time."""
    for name, value in settings(World([], b"", url="http://127.0.0.1:9")).items():
        monkeypatch.setenv(name, value)
    made: list[Any] = []
    make = aws.client
    monkeypatch.setattr(aws, "client", lambda *given: made.append(make(*given)) or made[-1])
    monkeypatch.setattr(aws, "_session", aws._session.__wrapped__)
    monkeypatch.setattr(fetching.Secrets, "pseudonym_key", lambda *_: "key")
    monkeypatch.setattr(sys, "setswitchinterval", lambda _: None)
    reserve, composing = compositions()[function]
    for compose in composing:
        compose.__wrapped__()
    assert len(made) >= 2
    for client in made:
        assert client.meta.config.retries["total_max_attempts"] >= 2
        assert longest(client) <= min(reserve, GATEWAY, TIMEOUTS[function]), client.meta.service_model.service_name


def test_clients_are_made_in_one_place() -> None:
    """All of them have its patience."""
    making = re.compile(r"create_client\(|boto3\.(client|resource|Session|session)")
    paths = [path for folder in ("functions", "layers/shared") for path in (ROOT / folder).rglob("*.py")]
    made = [path.relative_to(ROOT).as_posix() for path in paths if making.search(path.read_text())]
    assert made == ["layers/shared/integration_logs/runtime/aws.py"]
