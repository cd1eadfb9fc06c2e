"""What the commands beside ``make run`` say where something is missing or wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox import api, query, running
from sandbox.cloud import Cloud, free_port
from sandbox.incidents import __main__ as incidents
from sandbox.stack import Stack

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(running, "POINTER", tmp_path / "running.json")
    for name in ("SQL", "ROUTE"):
        monkeypatch.delenv(name, raising=False)


def given(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["command", *arguments])


@pytest.mark.parametrize("module", [api, query])
def test_nothing_is_running(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], module: Any) -> None:
    """One sentence says how to start it; the exit code is 1."""
    given(monkeypatch, "SELECT 1")
    assert module.main() == 1
    assert capsys.readouterr().err == "Nothing is running. Start it with `make run` in another terminal.\n"


def test_what_a_run_left_behind_is_no_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A file of a run that was killed leads to one sentence, not to a trace."""
    port = free_port()
    cloud = Cloud(f"https://127.0.0.1:{port}", tmp_path / "cloud.log", tmp_path / "authority")
    running.announce(tmp_path, cloud, port, Stack(cloud, {"ApiId": "x"}))
    given(monkeypatch, "/status")
    assert api.main() == 1
    assert f"Nothing is running any more on port {port}" in capsys.readouterr().err


def test_the_last_run_is_found_wherever_its_folder_is(tmp_path: Path) -> None:
    """A run with a folder of its own is found without naming that."""
    cloud = Cloud("https://127.0.0.1:1", tmp_path / "cloud.log", tmp_path / "authority")
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    running.announce(folder, cloud, 1, Stack(cloud, {}))
    assert json.loads(running.POINTER.read_text()) == {"folder": str(folder)}


def test_a_query_without_sql(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It says what to give, with examples to copy; the exit code is 2."""
    given(monkeypatch)
    assert query.main() == 2
    assert 'make query SQL="SELECT dt' in capsys.readouterr().err


def test_a_call_without_a_route(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It names the routes; the exit code is 2."""
    given(monkeypatch)
    assert api.main() == 2
    assert "make call ROUTE=/status\n" in capsys.readouterr().err


def test_a_route_with_a_slip() -> None:
    """The closest routes are named."""
    assert "Did you mean:\n  make call ROUTE=/status" in api.advice("/statsu")
    assert "These are all of them" in api.advice("/xyzzy-nothing-like-it")


@pytest.mark.parametrize("sql", ["SELECT \"a\", '$HOME', `b`", "SELECT 1 -- $(touch x)", "SELECT '$$'"])
def test_make_passes_sql_as_it_was_typed(sql: str, tmp_path: Path) -> None:
    """Quotes, dollars and backticks reach the program, and no shell."""
    program = tmp_path / "python"
    program.write_text('#!/bin/sh\nprintf "%s" "$SQL"\n')
    program.chmod(0o755)
    command = ["make", "-s", "-o", "setup", f"BIN={tmp_path}", "query", f"SQL={sql}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == sql


def test_an_incident_in_dutch(capsys: pytest.CaptureFixture[str]) -> None:
    """An incident is played without a cloud, its notices in the language that was asked for."""
    assert incidents.main(["keys-revoked", "--language", "nl"]) == 0
    assert "webshop" in capsys.readouterr().out


def test_the_incidents_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name each has a line, and the last one is a command to copy."""
    assert incidents.main([]) == 0
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 11
    assert printed.err.endswith("make incident NAME=keys-revoked LANGUAGE=nl\n")
