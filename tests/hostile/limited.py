"""Walks streams under a memory limit, as a process of its own: its data may take as many bytes as Lambda gives it.

``python -m tests.hostile.limited PORT MEGABYTES FOLDER STREAMS``: walks that many streams, served at the port, side
by side, and leaves what landed in the folder. Exits with an error where a walk fails.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from fetch_logs import handler  # what the function has in memory
from tests.hostile.way import Way
from tests.unit.integration_logs.upstream.transport import Loopback


def main(port: int, megabytes: int, folder: Path, streams: int) -> None:
    """Walk, and leave what landed."""
    assert handler
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))
    way = Way([])
    way.server = cast("Loopback", SimpleNamespace(port=port, heads=[]))
    walked = way.walk(streams=streams)
    assert (walked.failures, walked.walked.complete) == ({}, True), walked
    for key, body in way.store.objects.items():
        if key.startswith("landing/"):
            (folder / Path(key).name).write_bytes(body)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
