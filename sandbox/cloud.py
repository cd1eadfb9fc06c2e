"""The embedded cloud: MiniStack on loopback, with IAM enforced, in its own environment (``.venv-cloud``)."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from sandbox.certificate import issue
from sandbox.steps import StepFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parent.parent
REGION = "us-east-1"
ROOT_KEY = ("AKIAEMBEDDEDCLOUD000", "embedded-cloud-root-secret")
"""The embedded cloud's own root pair. Functions never see it: they work with their roles."""

_START_SECONDS = 60
_STOP_SECONDS = 5


@dataclass(frozen=True)
class Cloud:
    """A running embedded cloud; ``url`` is its one endpoint."""

    url: str
    log: Path
    authority: Path

    def environment(self) -> dict[str, str]:
        """What a command line needs to reach it as root."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CA_BUNDLE": str(self.authority),
            "AWS_ACCESS_KEY_ID": ROOT_KEY[0],
            "AWS_SECRET_ACCESS_KEY": ROOT_KEY[1],
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def answers(self) -> bool:
        """Whether it runs, and is this one: it shows a certificate that this run has made."""
        try:
            trust = ssl.create_default_context(cafile=self.authority)
            with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2, context=trust):
                return True
        except OSError:  # a refusal, another's certificate, no authority: ``URLError`` is one, too
            return False

    def session(self, key: tuple[str, str] = ROOT_KEY) -> boto3.Session:
        """A session as root, or with another key pair; ask ``client`` for clients."""
        return boto3.Session(aws_access_key_id=key[0], aws_secret_access_key=key[1], region_name=REGION)

    def client_options(self) -> dict[str, object]:
        """Keyword arguments for every client of a session: the endpoint, and patience for a function's whole run."""
        config = Config(read_timeout=200, retries={"max_attempts": 2})
        return {"endpoint_url": self.url, "verify": str(self.authority), "config": config}


def port_is_free(port: int) -> bool:
    """Whether a server could listen on the loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A free loopback port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(port: int, folder: Path, *, waiting: Callable[[], None] = lambda: None) -> Iterator[Cloud]:
    """Start the embedded cloud, wait until it answers, and at the end stop it with every process that it started.

    Raises ``StepFailedError``, which says what to do, if it does not start.
    """
    python = ROOT / ".venv-cloud" / "bin" / "python"
    if not python.exists():
        raise StepFailedError("The embedded cloud is not installed: run `make setup`.")
    if not port_is_free(port):
        raise StepFailedError(
            f"Port {port} is taken. Choose another one for the embedded cloud, for example:\n"
            f'  make run ARGS="--cloud-port {port + 1}"'
        )
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "cloud.log"
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    certificate = issue(folder.resolve())
    cloud = Cloud(f"https://127.0.0.1:{port}", log, certificate.authority)
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment |= {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AUTH": "true",
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(certificate.chain),
        "MINISTACK_SSL_KEY": str(certificate.key),
        "AWS_ACCESS_KEY_ID": ROOT_KEY[0],
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY[1],
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "0",
        "STATE_DIR": str(temporary.resolve()),
        "TMPDIR": str(temporary.resolve()),
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "-P", ROOT / "sandbox" / "emulator.py"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=folder,
        )
    try:
        _await_health(cloud, process, waiting)
        yield cloud
    finally:
        _end(process)


def _await_health(cloud: Cloud, process: subprocess.Popen[bytes], waiting: Callable[[], None]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if cloud.answers():
            return
        waiting()
        time.sleep(0.1)
    raise StepFailedError(f"The embedded cloud did not start. See {cloud.log}.")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole process group: the functions' workers are the cloud's children."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        if number is signal.SIGTERM:
            continue  # the leader is gone; whatever of its group is left goes with SIGKILL
    process.wait()
