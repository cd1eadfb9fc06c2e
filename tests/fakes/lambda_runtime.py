"""Lambda around a function: the runtime that AWS publishes, its API on loopback, and the filter of what it prints."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).parents[2]
LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
"""Those that Lambda knows:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html"""

_LONGEST = 60.0
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE)

type Event = Callable[[], dict[str, Any]]
"""Gives an event when the function is ready for it."""


def keeps(line: str, least: str) -> bool:
    """Whether Lambda keeps a line of a function whose ``ApplicationLogLevel`` is ``least``: it rates a line by the JSON
    object's ``level`` where that is one of ``LEVELS`` and its ``timestamp`` is RFC 3339, and as INFO otherwise."""
    return LEVELS.index(_rated(line)) >= LEVELS.index(least)


def _rated(line: str) -> str:
    try:
        found = json.loads(line)
    except ValueError:
        return "INFO"
    level = str(found.get("level")).upper()
    return level if level in LEVELS and _RFC_3339.fullmatch(str(found.get("timestamp"))) else "INFO"


def printed(
    handler: str, events: Iterable[Event], environment: Mapping[str, str], *, application_level: str
) -> list[str]:
    """Start the function once in AWS's runtime, give it the events, and hand back the lines that it printed, before
    Lambda's filter. ``application_level`` is the function's ``ApplicationLogLevel``; its log format is JSON."""
    with _api(events) as (address, done):
        own = {
            "PYTHONPATH": f"{ROOT / 'functions'}:{ROOT / 'layers' / 'shared'}",
            "AWS_LAMBDA_RUNTIME_API": address,
            "AWS_LAMBDA_FUNCTION_NAME": "tested",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_LAMBDA_LOG_LEVEL": application_level,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", handler],
            env=dict(environment) | own,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        ending = threading.Thread(target=_end, args=(process, done))
        ending.start()  # the runtime never ends by itself; what it prints is read meanwhile
        output, _ = process.communicate()
        ending.join()
    assert done.is_set(), output
    return output.splitlines()


def _end(process: subprocess.Popen[str], done: threading.Event) -> None:
    until = time.monotonic() + _LONGEST
    while not done.wait(0.05) and process.poll() is None and time.monotonic() < until:
        pass
    process.kill()


class _Handler(BaseHTTPRequestHandler):
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""

    protocol_version = "HTTP/1.1"
    events: ClassVar[Iterator[Event]]
    done: ClassVar[threading.Event]

    def do_GET(self) -> None:
        event = next(self.events, None)
        if event is None:
            self.done.set()
            time.sleep(_LONGEST)  # until the process ends
            return
        body = json.dumps(event()).encode()
        self.send_response(200)
        for name, value in {
            "Lambda-Runtime-Aws-Request-Id": "00000000-0000-4000-8000-000000000000",
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 170_000),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:tested",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _api(events: Iterable[Event]) -> Iterator[tuple[str, threading.Event]]:
    done = threading.Event()
    handler = type("Handler", (_Handler,), {"events": iter(events), "done": done})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}", done
        finally:
            server.shutdown()
            thread.join()
