"""Sendcloud's integration logs by Singer: the tap's standard output into the target's input, as Meltano runs them.

The last state that the target has written is kept and given to the tap's next run.
"""

from __future__ import annotations

import json
import subprocess
import sys

from bench.peers.command import Job, job


def run(asked: Job) -> int:
    """Read what is new; the exit code."""
    state = asked.state / "state.json"
    for name, settings in (
        (
            "tap",
            {
                "base_url": asked.base_url,
                "public_key": asked.public_key,
                "secret_key": asked.secret_key,
                "integrations": asked.integrations,
                "page_size": asked.page_size,
                "look_back": asked.look_back.total_seconds() / 86_400,
            },
        ),
        (
            "target",
            {"format": asked.format}
            | ({"folder": str(asked.folder)} if asked.folder else {"bucket": asked.bucket})
            | ({"endpoint": asked.endpoint} if asked.endpoint else {}),
        ),
    ):
        path = asked.state / f"{name}.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(settings))
    given = ["--state", str(state)] if state.exists() else []
    command = [sys.executable, "-m"]
    with subprocess.Popen(  # noqa: S603  # our own
        [*command, "bench.peers.singer_tap", "--config", str(asked.state / "tap.json"), *given],
        stdout=subprocess.PIPE,
    ) as tap:
        target = subprocess.run(  # noqa: S603
            [*command, "bench.peers.singer_target", "--config", str(asked.state / "target.json")],
            stdin=tap.stdout,
            stdout=subprocess.PIPE,
            check=False,
        )
    if tap.returncode or target.returncode:
        return 1
    if lines := target.stdout.splitlines():
        state.write_bytes(lines[-1])
    return 0


if __name__ == "__main__":
    sys.exit(run(job(str(__doc__))))
