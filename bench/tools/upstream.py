"""The sandbox of Sendcloud in a process of its own, so that measuring does not share a Python interpreter with it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.peers import bare
from sandbox.cloud import ROOT
from sandbox.tour import ids
from sandbox.upstreams.shops import accounts

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT = "main"
UNLIMITED = 10**9
_WINDOW = 61.0


@dataclass(frozen=True)
class Bare:
    """A bare walk over the pages: each asked for and read to its end, nothing parsed or stored."""

    pages: int
    bytes: int
    seconds: float


@dataclass(frozen=True)
class Upstream:
    """A running sandbox with one account."""

    url: str

    @property
    def keys(self) -> dict[str, str]:
        """The account's credentials."""
        return accounts([ACCOUNT])[ACCOUNT]

    def ask(self, method: str, switch: str, body: object = None) -> Any:
        """Use one of the sandbox's switches."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox{switch}", data, method=method)  # noqa: S310  # our own
        with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310
            return json.load(answer)

    def modes(self, **changes: object) -> None:
        """Change how it behaves."""
        self.ask("POST", "/modes", changes)

    def truth(self) -> set[int]:
        """The ids of all records inside retention."""
        return ids(self.ask("GET", "/truth")["records"])

    def count_anew(self) -> None:
        """Forget the requests counted so far."""
        self.ask("DELETE", "/requests")

    def counted(self) -> dict[str, int]:
        """The requests since then by answer."""
        return dict(self.ask("GET", "/requests")["by_status"])

    def bare_walk(self, path: str) -> Bare:
        """Walk the pages of a stream over one kept-alive connection, without a request limit."""
        limit = self.ask("GET", "/modes")["rate_limit"]
        self.modes(rate_limit=UNLIMITED)
        keys, begun = (self.keys["sendcloud_public_key"], self.keys["sendcloud_secret_key"]), time.monotonic()
        pages, size = bare.walk(f"{self.url}/api/v3", keys, [path])
        seconds = time.monotonic() - begun
        self.modes(rate_limit=limit)
        return Bare(pages, size, seconds)


def let_the_limit_pass(since: float) -> None:
    """Wait until what was asked before ``since`` (monotonic) no longer counts against the limit of a minute."""
    time.sleep(max(0.0, since + _WINDOW - time.monotonic()))


@contextmanager
def playing(*, integrations: int, records: int) -> Iterator[Upstream]:
    """Start the sandbox, with one account and nothing that arrives by itself; gone afterwards."""
    command = [sys.executable, "-m", "sandbox.upstreams", "--port", "0", "--arrivals-per-minute", "0"]
    command += ["--integrations", f"{ACCOUNT}={integrations}", "--records", f"{ACCOUNT}={records}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own
        try:
            said = process.stdout.readline() if process.stdout else ""
            yield Upstream(said.partition(" ")[0])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
