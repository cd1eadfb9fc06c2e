"""``make run``, as its user meets it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sandbox import __main__ as program
from sandbox import cloud
from sandbox.api import call, following
from sandbox.running import running_stack
from sandbox.stack import deploy
from sandbox.steps import StepFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """``make run`` on ports of its own, in a process group of its own; and what it has printed."""
    printed = tmp_path / "printed"
    ports = ("--cloud-port", str(cloud.free_port()), "--upstream-port", str(cloud.free_port()))
    with printed.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", *ports, "--folder", str(tmp_path / "run")],
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**os.environ, "COLUMNS": "100"},
        )
        try:
            yield process, printed
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(30)


def test_it_shows_the_way_of_a_record_and_ends_without_a_trace(running: tuple[subprocess.Popen[str], Path]) -> None:
    """It goes from nothing to an Athena answer, stays with new exceptions appearing, and Ctrl-C leaves no process."""
    process, printed = running
    deadline = time.monotonic() + 180
    while "press Ctrl-C to stop" not in printed.read_text():
        assert process.poll() is None, printed.read_text()
        assert time.monotonic() < deadline, printed.read_text()
        time.sleep(0.5)
    text = printed.read_text()
    (archived,) = re.search(r"All ([0-9,]+) records that Sendcloud had are in the archive", text).groups()
    assert int(archived.replace(",", "")) > 5000
    shops = text.partition("Your shops")[2].partition("One of the notices")[0]
    assert "failing" in shops
    assert re.search(r"│ \d+ records ", shops)
    assert "Action by: the webshop's " in shops
    assert "Subject: " in text.partition("One of the notices")[2]
    assert "exception_type" in text
    assert "make query" in text
    walked_by_their_links()
    assert query("SELECT count(*) FROM checks WHERE verdict = 'failing'") == 0
    assert query('SELECT "exception_type" FROM logs WHERE exception_type <> \'$HOME "`\' LIMIT 1') == 0
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert "nothing is left running" in printed.read_text()
    marker = f"GATEWAY_PORT={process.args[process.args.index('--cloud-port') + 1]}".encode()
    left = [entry for entry in Path("/proc").glob("[0-9]*/environ") if marker in _environment(entry)]
    assert left == []


def walked_by_their_links() -> None:
    """A page's link leads to the next page, by whatever address the API was called."""
    stack, _ = running_stack()
    reply, ids = call(stack, "/integrations/logs?page_size=100"), set[int]()
    for _ in range(3):
        assert reply.ok, reply.text
        page = {each["id"] for each in reply.json()["data"]}
        assert len(page) == 100
        assert not page & ids
        ids |= page
        reply = call(stack, following(reply)["next"])


def query(sql: str) -> int:
    """As ``make query`` passes it, past the shell."""
    command = ["make", "-o", "setup", "query", f"SQL={sql}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Error" not in done.stderr, done.stderr
    return done.returncode


def _environment(entry: Path) -> bytes:
    try:
        return entry.read_bytes()
    except OSError:  # ended meanwhile, or not ours
        return b""


@pytest.mark.parametrize("flag", ["--cloud-port", "--upstream-port"])
def test_a_busy_port_is_said_in_one_sentence(
    flag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, and which flag takes another port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = {"--cloud-port": cloud.free_port(), "--upstream-port": cloud.free_port()}
        ports[flag] = taken.getsockname()[1]
        arguments = [word for name, port in ports.items() for word in (name, str(port))]
        monkeypatch.setattr(sys, "argv", ["sandbox", "--once", "--folder", str(tmp_path), *arguments])
        assert program.main() == 1
    said = "".join(capsys.readouterr().out.strip().splitlines()[-2:])
    assert f"Port {ports[flag]} is taken" in said
    assert f'make run ARGS="{flag} {ports[flag] + 1}"' in said


def test_a_failed_deploy_is_said_in_one_sentence(tmp_path: Path) -> None:
    """The error names the command, the resource that failed and why, and says where all of it is."""
    broken = tmp_path / "template.yaml"
    # What the embedded cloud refuses only when it comes to it.
    broken.write_text("Resources: {Bad: {Type: AWS::CloudWatch::Alarm, Properties: {Metrics: [{Id: sum}]}}}")
    said = r"sam deploy failed \(Bad: .*Metrics.*\)\. The whole output is in .*sam-deploy\.log\."
    with cloud.running(cloud.free_port(), tmp_path) as embedded, pytest.raises(StepFailedError, match=said):
        deploy(embedded, broken, tmp_path, {})


def test_a_python_that_is_not_3_13_is_said_in_one_sentence(tmp_path: Path) -> None:
    """The set-up names what is missing and how to name another."""
    result = subprocess.run(
        ["bash", "requirements/make-environment", "/bin/false", str(tmp_path / "venv"), "requirements/cloud.txt"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "Python 3.13 is needed" in result.stderr
    assert "PYTHON=" in result.stderr
