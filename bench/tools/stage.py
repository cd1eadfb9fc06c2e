"""What the fetching works are done on: the fast upstream and the S3 emulator, each in a process of its own."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.peers.contestants import How, archiver, command
from bench.tools import stored
from bench.tools.bucket import emulated
from bench.tools.fast_upstream import ACCOUNT
from bench.tools.records import FIRST_INTEGRATION
from bench.tools.template import environment
from bench.tools.timed import Taken, run
from sandbox.cloud import ROOT
from sandbox.upstreams.shops import accounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.tools.bucket import Bucket, Emulator

_AS_USUAL = How()


@dataclass(frozen=True)
class Upstream:
    """The running upstream; ``url`` ends before ``/api/v3``."""

    url: str
    integrations: int

    def ask(self, method: str, switch: str, body: object = None) -> Any:
        """Use one of its switches."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_bench/{switch}", data, method=method)  # noqa: S310  # our own
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)

    def modes(self, **modes: object) -> None:
        """Set how it answers; what is not named is as at the start, but the cursors stay."""
        self.ask("POST", "modes", modes)


@contextmanager
def serving(records: int, integrations: int, *, rounds: int = 1) -> Iterator[Upstream]:
    """Start the upstream; ``rounds`` is how often records will arrive."""
    command = [sys.executable, "-m", "bench.tools.fast_upstream", "--records", str(records), "--rounds", str(rounds)]
    command += ["--integrations", str(integrations)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own
        try:
            said = process.stdout.readline() if process.stdout else ""
            yield Upstream(said.strip(), integrations)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


@dataclass(frozen=True)
class Stage:
    """Both together."""

    upstream: Upstream
    emulator: Emulator
    folder: Path

    @contextmanager
    def entrant(self, name: str, **settings: str) -> Iterator[Entrant]:
        """A contestant with nothing fetched yet, ours with those parameters; what it has is gone at the end."""
        bucket = self.emulator.bucket()
        folder = self.folder / bucket.name
        folder.mkdir()
        try:
            yield Entrant(name, self, bucket, folder, settings)
        finally:
            bucket.remove()
            shutil.rmtree(folder)


@dataclass(frozen=True)
class Entrant:
    """A contestant, and what it has between its runs: a bucket and a folder."""

    name: str
    stage: Stage
    bucket: Bucket
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    """Of ours: the template's parameters that are not at their defaults."""
    _read: dict[str, tuple[str, stored.Stored]] = field(default_factory=dict)

    def run(self, how: How = _AS_USUAL) -> Taken:
        """Let it fetch what there is, in one process or two; what they took together."""
        fetch, until = command(self.name, self._place(how), how), self.folder / "fetched"
        if self.name != "archived":
            return run(fetch, self._environment, self.folder)
        beside = self.folder / "archiver"
        beside.mkdir(exist_ok=True)
        until.unlink(missing_ok=True)
        with ThreadPoolExecutor(1) as pool:
            archiving = pool.submit(run, archiver(until), self._environment, beside)
            try:
                fetched = run(fetch, self._environment, self.folder)
            finally:
                until.touch()
            archived = archiving.result()
        return Taken(
            max(fetched.wall, archived.wall),  # both began at once
            fetched.cpu + archived.cpu,
            max(fetched.peak, archived.peak),
            fetched.output + archived.output,
        )

    def stored(self) -> stored.Stored:
        """What is in its bucket, or in the archive there; an object that is there as it was is not read again."""
        listed = self.bucket.listing("logs/" if self.name == "archived" else "")
        there = {key: etag for key, (etag, _) in listed.items() if _holds_records(key)}
        for key, etag in there.items():
            if key not in self._read or self._read[key][0] != etag:
                self._read[key] = etag, stored.read(self.bucket.read(key))
        return stored.together(self._read[key][1] for key in there)

    def _place(self, how: How) -> list[str]:
        """The options that all have."""
        ids = range(FIRST_INTEGRATION, FIRST_INTEGRATION + self.stage.upstream.integrations)
        options = ["--base-url", f"{self.stage.upstream.url}/api/v3", "--bucket", self.bucket.name]
        options += ["--endpoint", self.stage.emulator.url, "--state", str(self.folder / "state")]
        return options + [option for id_ in ids if not how.account for option in ("--integration", str(id_))]

    @cached_property
    def _environment(self) -> dict[str, str]:
        keys = accounts([ACCOUNT])[ACCOUNT]
        given = {"Bucket": self.bucket.name, "SendcloudBaseUrl": f"{self.stage.upstream.url}/api/v3", **self.settings}
        return {
            **self.stage.emulator.environment(),
            "PYTHONPATH": ":".join(str(ROOT / folder) for folder in ("functions", "layers/shared", ".")),
            "SENDCLOUD_PUBLIC_KEY": keys["sendcloud_public_key"],
            "SENDCLOUD_SECRET_KEY": keys["sendcloud_secret_key"],
            **environment("FetchLogs", given),
            **environment("ArchiveLogs", given),
        }


@contextmanager
def staged(folder: Path, records: int, integrations: int = 1, *, rounds: int = 1) -> Iterator[Stage]:
    """Both started, with the secrets of ours."""
    with serving(records, integrations, rounds=rounds) as upstream, emulated(folder / "cloud") as emulator:
        emulator.put_secrets(
            {
                f"integration-logs/{ACCOUNT}": json.dumps(accounts([ACCOUNT])[ACCOUNT]),
                "integration-logs-pseudonyms": "a key of this bench alone".ljust(64, "."),
            }
        )
        yield Stage(upstream, emulator, folder)


def _holds_records(key: str) -> bool:
    """Not what a contestant remembers: ours under ``state/``, dlt in tables of its own."""
    return not key.startswith("state/") and "/_dlt_" not in key
