"""What a command took, seen from outside: wall time, processor time, peak memory, its children included.

The command is started by a tiny process of its own (this file, run by a bare interpreter): what Linux reports as a
process's peak memory begins with that of whoever started it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Taken:
    """What a command took: seconds of wall time and on processors, bytes of its largest process; and what it wrote."""

    wall: float
    cpu: float
    peak: int
    output: str

    def values(self) -> dict[str, float]:
        """As a measurement's values."""
        return {"wall time, s": self.wall, "CPU, s": self.cpu, "peak memory, MB": self.peak / (1 << 20)}


class CommandFailedError(Exception):
    """The command ended badly; the message holds the last that it said."""


def run(
    command: Sequence[str | Path], environment: Mapping[str, str], folder: Path, *, within: float = 1800.0
) -> Taken:
    """Run the command in the folder, with that environment and ``PATH`` and ``HOME``, and say what it took.

    Its standard output is given, its standard error is in ``stderr`` in the folder. Raises ``CommandFailedError``
    where it does not end well within so many seconds.
    """
    passed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    told, errors, output = (folder / name for name in ("taken", "stderr", "stdout"))
    launcher = [sys.executable, "-I", "-S", __file__, str(told), *map(str, command)]
    with errors.open("wb") as error_file, output.open("wb") as output_file:
        launched = subprocess.Popen(  # noqa: S603  # our own
            launcher, cwd=folder, env={**passed, **environment}, stdout=output_file, stderr=error_file,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            code = launched.wait(within)
        except subprocess.TimeoutExpired:
            os.killpg(launched.pid, 9)
            launched.wait()
            code = -9
    if code:
        said = [line for line in errors.read_text(errors="replace").splitlines() if line.strip()]
        shown = " ".join(map(str, command[1:4]))
        raise CommandFailedError(f"{shown} … ended with {code}: {said[-1] if said else 'it did not say why'}")
    taken = json.loads(told.read_text())
    return Taken(taken["wall"], taken["cpu"], taken["peak"], output.read_text(errors="replace"))


def _launch(told: str, command: list[str]) -> int:
    begun = time.perf_counter()
    process = subprocess.Popen(command)  # noqa: S603
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    unit = 1 if sys.platform == "darwin" else 1024
    taken = {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * unit}
    with open(told, "w") as file:  # noqa: PTH123  # nothing is imported here that is not needed
        json.dump(taken, file)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(_launch(sys.argv[1], sys.argv[2:]))
