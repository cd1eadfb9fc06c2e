"""The S3 of the bench: the embedded cloud, without TLS and IAM, in a process of its own; the same one for everybody."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError

from sandbox.cloud import REGION, ROOT, free_port
from sandbox.steps import StepFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_PATIENCE = 60.0
_NUMBERS = count(1)


@dataclass(frozen=True)
class Emulator:
    """The running emulator; ``url`` is its one endpoint."""

    url: str

    def environment(self) -> dict[str, str]:
        """What a process needs to reach it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "AKIAEMBEDDEDCLOUD000",
            "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str) -> Any:  # a boto3 client of any service
        """A client of one service."""
        keys = {"aws_access_key_id": "AKIAEMBEDDEDCLOUD000", "aws_secret_access_key": "any"}
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, **keys)  # type: ignore[call-overload]

    def put_secrets(self, secrets: Mapping[str, str]) -> None:
        """Create secrets."""
        client = self.client("secretsmanager")
        for name, value in secrets.items():
            client.create_secret(Name=name, SecretString=value)

    def bucket(self) -> Bucket:
        """A bucket of its own."""
        client, name = self.client("s3"), f"bench-{next(_NUMBERS)}"
        client.create_bucket(Bucket=name)
        return Bucket(client, name)


@dataclass(frozen=True)
class Bucket:
    """One bucket."""

    client: Any
    name: str

    def listing(self, prefix: str = "") -> dict[str, tuple[str, str]]:
        """Every object's etag and time of writing, by key."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        found = (item for page in pages for item in page.get("Contents", []))
        return {item["Key"]: (item["ETag"], item["LastModified"].isoformat()) for item in found}

    def read(self, key: str) -> bytes:
        """An object's content."""
        body: bytes = self.client.get_object(Bucket=self.name, Key=key)["Body"].read()
        return body

    def remove(self) -> None:
        """Delete it with all that is in it."""
        for key in self.listing():
            self.client.delete_object(Bucket=self.name, Key=key)
        self.client.delete_bucket(Bucket=self.name)


@contextmanager
def emulated(folder: Path) -> Iterator[Emulator]:
    """Start the emulator, wait until it answers, and end it."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "LOG_LEVEL": "ERROR", "PERSIST_STATE": "0"}
    environment |= {"TMPDIR": str(folder), "MINISTACK_REGION": REGION}
    emulator = Emulator(f"http://127.0.0.1:{port}")
    with (folder / "emulator.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  # our own
            [ROOT / ".venv-cloud" / "bin" / "ministack"],
            env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, cwd=folder,
        )  # fmt: skip
    try:
        _await(emulator, process)
        yield emulator
    finally:
        with suppress(ProcessLookupError):  # it did not come up
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(_PATIENCE)


def _await(emulator: Emulator, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    client = emulator.client("s3")
    while process.poll() is None and time.monotonic() < deadline:
        try:
            client.list_buckets()
        except BotoCoreError:
            time.sleep(0.1)
        else:
            return
    raise StepFailedError("The S3 emulator did not start: run `make setup`.")
