"""The stack that ``make run`` has running, for the commands that are given beside it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from sandbox.cloud import ROOT, Cloud
from sandbox.stack import Stack

STATE = "stack.json"
"""In the run's folder: where the running stack is."""

POINTER = ROOT / ".run" / "running.json"
"""Names the folder of the run that was started last, wherever that is."""


class NothingRunningError(Exception):
    """No stack is running; the text says how to start one."""


def announce(folder: Path, cloud: Cloud, port: int, stack: Stack) -> None:
    """Let the commands find the stack."""
    state = {"port": port, "authority": str(cloud.authority), "outputs": dict(stack.outputs)}
    (folder / STATE).write_text(json.dumps(state, indent=1))
    POINTER.parent.mkdir(parents=True, exist_ok=True)
    POINTER.write_text(json.dumps({"folder": str(folder.resolve())}))


def withdraw(folder: Path) -> None:
    """It is not running any more."""
    (folder / STATE).unlink(missing_ok=True)


def add_folder(parser: argparse.ArgumentParser) -> None:
    """The option that says which run is meant."""
    parser.add_argument("--folder", type=Path, help="the run's --folder (the one that was started last)")


def running_stack(folder: Path | None = None) -> tuple[Stack, Path]:
    """The running stack and its folder: the one started last, else the one in the usual folder.

    Raises ``NothingRunningError``.
    """
    for each in [folder] if folder else [*_last(), POINTER.parent]:
        try:
            state = json.loads((each / STATE).read_text())
            cloud = Cloud(f"https://127.0.0.1:{state['port']}", each / "cloud.log", Path(state["authority"]))
            stack = Stack(cloud, dict(state["outputs"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if cloud.answers():
            return stack, each
    raise NothingRunningError("Nothing is running. Start it with `make run` in another terminal.")


def _last() -> list[Path]:
    try:
        return [Path(json.loads(POINTER.read_text())["folder"])]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def fail(error: object, *, code: int) -> int:
    """Say what is wrong and what to do; the exit code."""
    print(error, file=sys.stderr)
    return code
