"""What the commands beside ``make run`` say where something is missing or wrong."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from sandbox import api, query, running
from sandbox.certificate import Certificate, issue
from sandbox.cloud import Cloud, free_port
from sandbox.incidents import __main__ as incidents
from sandbox.observe import open_archive
from sandbox.stack import Stack

ROOT = Path(__file__).parents[3]
NOTHING = "Nothing is running. Start it with `make run` in another terminal.\n"
API = "https://127.0.0.1:4566/_aws/execute-api/a1b2c3/v1"


@pytest.fixture(autouse=True)
def _nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(running, "POINTER", tmp_path / "running.json")
    for name in ("SQL", "ROUTE"):
        monkeypatch.delenv(name, raising=False)


def given(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["command", *arguments])


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@contextmanager
def serving(certificate: Certificate) -> Iterator[int]:
    """Something that answers every GET with that certificate; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    with Quiet(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server.server_port
        server.shutdown()


class Quiet(HTTPServer):
    """Says nothing of a caller that refuses its certificate."""

    def handle_error(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("module", [api, query])
def test_nothing_is_running(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], module: Any) -> None:
    """One sentence says how to start it; the exit code is 1."""
    given(monkeypatch, "SELECT 1")
    assert module.main() == 1
    assert capsys.readouterr().err == NOTHING


def test_what_a_run_left_behind_is_no_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A file of a run that was killed leads to one sentence, not to a trace."""
    port = free_port()
    cloud = Cloud(f"https://127.0.0.1:{port}", tmp_path / "cloud.log", tmp_path / "authority")
    running.announce(tmp_path, cloud, port, Stack(cloud, {"ApiId": "x"}))
    given(monkeypatch, "/status")
    assert api.main() == 1
    assert capsys.readouterr().err == NOTHING


def test_another_program_on_the_port_is_no_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nor is a server that took the port later, with a certificate of its own: nothing is sent to it."""
    ours, theirs = (issue(made(tmp_path / name)) for name in ("ours", "theirs"))
    with serving(theirs) as port:
        cloud = Cloud(f"https://127.0.0.1:{port}", tmp_path / "cloud.log", ours.authority)
        running.announce(tmp_path, cloud, port, Stack(cloud, {"ApiId": "x"}))
        given(monkeypatch, "/status")
        assert api.main() == 1
    assert capsys.readouterr().err == NOTHING


def test_a_run_elsewhere_that_has_ended_hides_no_other(tmp_path: Path) -> None:
    """The run in the usual folder is found again, and ``--folder`` names any."""
    certificate = issue(tmp_path)
    with serving(certificate) as port:
        cloud = Cloud(f"https://127.0.0.1:{port}", tmp_path / "cloud.log", certificate.authority)
        running.announce(tmp_path, cloud, port, Stack(cloud, {"ApiId": "usual"}))
        running.announce(made(tmp_path / "elsewhere"), cloud, port, Stack(cloud, {"ApiId": "elsewhere"}))
        assert running.running_stack()[0].outputs == {"ApiId": "elsewhere"}
        assert running.running_stack(tmp_path)[0].outputs == {"ApiId": "usual"}
        running.withdraw(tmp_path / "elsewhere")
        assert running.running_stack() == (Stack(cloud, {"ApiId": "usual"}), tmp_path)
        with pytest.raises(running.NothingRunningError):
            running.running_stack(tmp_path / "elsewhere")


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
    said = capsys.readouterr().err
    assert "make call ROUTE=/status\n" in said
    assert "make call ROUTE=/integrations/400001/logs\n" in said
    assert 'make call ROUTE=/archive/runs ARGS="--method POST"\n' in said


def test_a_route_with_a_slip() -> None:
    """The closest routes are named."""
    assert "Did you mean:\n  make call ROUTE=/status" in api.advice("/statsu")
    assert "Did you mean:\n  make call ROUTE=/integrations/500002/logs\n" in api.advice("/integrations/500002/log")
    assert "These are all of them" in api.advice("/xyzzy-nothing-like-it")


@pytest.mark.parametrize(
    ("typed", "route"),
    [
        ("status", "/status"),
        ("/problems/0123456789abcdef", "/problems/0123456789abcdef"),
        ("/integrations/logs?q=https://shop.example", "/integrations/logs?q=https://shop.example"),
        (f"{API}/integrations/400001/logs?cursor=a%3D", "/integrations/400001/logs?cursor=a%3D"),
    ],
)
def test_a_route_or_its_url(typed: str, route: str) -> None:
    """A route may lack its slash, and may be the whole URL of a page."""
    assert api.route_of(typed, API) == route


@pytest.mark.parametrize("typed", ["/statsu", "statuses", f"{API}/statsu", "https://elsewhere.example/v1/status"])
def test_what_is_no_route_is_not_called(typed: str) -> None:
    """A slip, or a URL of another API, is said and sent nowhere."""
    with pytest.raises(api.NoSuchRouteError, match=r"There is no route|is not a URL of this API"):
        api.route_of(typed, API)


@pytest.mark.parametrize("sql", ["SELECT \"a\", '$HOME', `b`", "SELECT 1 -- $(touch x)", "SELECT '$$'"])
def test_make_passes_sql_as_it_was_typed(sql: str, tmp_path: Path) -> None:
    """Quotes, dollars and backticks reach the program, and no shell."""
    program = tmp_path / "python"
    program.write_text('#!/bin/sh\nprintf "%s" "$SQL"\n')
    program.chmod(0o755)
    command = ["make", "-s", "-o", "setup", f"BIN={tmp_path}", "query", f"SQL={sql}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == sql


def test_make_takes_names_from_nowhere_else(tmp_path: Path) -> None:
    """What a system has under these names is none of the commands' business; what is given to make is."""
    program = tmp_path / "python"
    program.write_text('#!/bin/sh\nprintf "<%s>" "$@"\n')
    program.chmod(0o755)
    system = os.environ | {"NAME": "my-laptop", "LANGUAGE": "en_US:en", "FILE": "x"}

    def called(*words: str) -> str:
        command = ["make", "-s", "-o", "setup", f"BIN={tmp_path}", *words]
        return subprocess.run(command, cwd=ROOT, env=system, capture_output=True, text=True, check=True).stdout

    assert called("incident") == "<-m><sandbox.incidents>"
    assert called("incident", "NAME=flapping", "LANGUAGE=nl") == "<-m><sandbox.incidents><flapping><--language=nl>"
    assert called("redact") == "<-m><sandbox.redact>"
    assert called("redact", "FILE=a $b.json") == "<-m><sandbox.redact><a $b.json>"


def test_checks_have_the_types_that_athena_gives_them(tmp_path: Path) -> None:
    """Also where a field is null in all that there is."""
    folder = tmp_path / "status/dt=2026-11-22"
    folder.mkdir(parents=True)
    line = {"account": "main", "checked_at": "2026-11-22T02:41:22.000000Z", "integration_id": None}
    (folder / "one's.json").write_text(json.dumps(line) + "\n" + json.dumps(line | {"open_problems": 3}) + "\n")
    with open_archive([folder / "one's.json"]) as database:
        found = database.execute("SELECT checked_at, sum(open_problems), any_value(dt) FROM checks GROUP BY 1")
        assert found.fetchall() == [(line["checked_at"], 3, date(2026, 11, 22))]
        types = dict(database.execute("SELECT column_name, column_type FROM (DESCRIBE checks)").fetchall())
    assert (types["integration_id"], types["since"], types["open_problems"]) == ("BIGINT", "VARCHAR", "INTEGER")


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
