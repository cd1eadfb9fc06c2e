"""Shows that the guards carry load: each is broken by itself, and a named test must fail.

Every mutant of ``catalogue.py`` is applied to a copy of the source, never to the working tree; there its tests run.
Exit code 1 if a mutant survives, if its text is no longer in the source, or if its tests fail without it.
"""

from __future__ import annotations

import argparse
import itertools
import os
import queue
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.mutants.catalogue import MUTANTS
from tests.mutants.mutant import ROOT, StaleError
from tests.mutants.promises import PROMISES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.mutants.mutant import Mutant

SECONDS = 120
"""After so long without an end the tests count as failed: a broken guard can make an endless walk."""

_LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", ".run", ".aws-sam", "__pycache__", ".*_cache", ".hypothesis")


def main() -> int:
    """Try the mutants and say of each how it went; the exit code."""
    options = _options()
    only = {*options.only, *(itertools.chain(*PROMISES.values()) if options.promises else ())}
    chosen = [mutant for mutant in MUTANTS if not only or mutant.name in only]
    if unknown := only - {mutant.name for mutant in chosen}:
        _say(f"no such mutant: {', '.join(sorted(unknown))}")
        return 2
    begun = time.monotonic()
    with TemporaryDirectory(prefix="mutants-") as folder:
        copies: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for number in range(options.jobs):
            copies.put(shutil.copytree(ROOT, Path(folder) / str(number), symlinks=True, ignore=_LEFT_OUT))
        tests = sorted({test for mutant in chosen for test in mutant.tests})
        _say(f"{len(chosen)} mutants; first the {len(tests)} tests without any")
        whole = copies.get()
        failure = _run(whole, tests, seconds=5 * SECONDS)
        copies.put(whole)
        if failure != "survived":
            _say(f"The tests do not pass without a mutant ({failure}): nothing can be said.")
            return 1
        with ThreadPoolExecutor(options.jobs) as pool:
            verdicts = list(pool.map(lambda mutant: _try(mutant, copies), chosen))
    caught = sum(verdict.startswith("caught") for verdict in verdicts)
    _say(f"{caught} of {len(chosen)} mutants caught in {time.monotonic() - begun:.0f} s")
    return 0 if caught == len(chosen) else 1


def _try(mutant: Mutant, copies: queue.SimpleQueue[Path]) -> str:
    copy = copies.get()
    file, begun = copy / mutant.file, time.monotonic()
    source = file.read_text()
    try:
        file.write_text(mutant.applied(source))
        verdict = _run(copy, mutant.tests)
    except StaleError as error:
        verdict = f"stale: {error}"
    finally:
        file.write_text(source)
        copies.put(copy)
    _say(f"{verdict:24} {mutant.name} · {time.monotonic() - begun:.1f} s · {', '.join(mutant.tests)}")
    return verdict


def _run(copy: Path, tests: Sequence[str], *, seconds: float = SECONDS) -> str:
    """Run the tests in the copy: ``caught`` where one fails, ``survived`` where none does, or what went wrong."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # bytecode is told from its source by size and second
    try:
        ended = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return "caught (no end)"
    if ended.returncode in {0, 1}:
        return "caught" if ended.returncode else "survived"
    last = (ended.stdout + ended.stderr).strip().splitlines()[-1:]
    return f"pytest ended with {ended.returncode}: {''.join(last)}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="this mutant alone; may be repeated"
    )
    parser.add_argument("--promises", action="store_true", help="those of the delivery promise, see promises.py")
    parser.add_argument("--jobs", type=int, default=2, help="copies that are worked on side by side (%(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
