"""Fuzzes the deployed API with Schemathesis for as long as you like: the stack on an embedded cloud, then ``st run``.

``make pytest`` runs a short form of it (``short.toml``). Exit code 1 where Schemathesis has something to object to.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox import stack as stacks
from sandbox import upstreams
from sandbox.cloud import free_port, running
from sandbox.steps import StepFailedError
from sandbox.tour import parameters
from tests.e2e.conftest import tick
from tests.fuzz.run import fuzz


def main() -> int:
    """Deploy, fuzz, and say what was found; the exit code."""
    options = _options()
    begun = time.monotonic()
    try:
        with TemporaryDirectory(prefix="fuzz-") as name:
            return _fuzz(Path(name), options)
    except StepFailedError as error:
        _say(str(error))
        return 2
    finally:
        _say(f"after {time.monotonic() - begun:.0f} s")


def _fuzz(folder: Path, options: argparse.Namespace) -> int:
    with (
        upstreams.running(seed=options.seed, records={"main": 3000, "second": 300}) as sandbox,
        running(free_port(), folder / "cloud") as cloud,
    ):
        _say("building and deploying the stack, a minute or so")
        built = stacks.build(folder)
        stack = stacks.deploy(cloud, built, folder, parameters(sandbox.url, list(sandbox.accounts)))
        stack.put_secrets(sandbox.accounts)
        tick(stack)
        stack.invoke("CheckStatusFunction", {"task": "check"})
        _say(f"fuzzing it with {options.examples} examples a route and seed {options.seed}")
        found = fuzz(stack, folder, "--max-examples", str(options.examples), "--seed", str(options.seed))
        _say(f"{found.stdout}{found.stderr}")
        return found.returncode


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fuzz ARGS=…", description=__doc__)
    parser.add_argument("--examples", type=int, default=200, help="made-up requests of each route (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another one makes up other requests (%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
