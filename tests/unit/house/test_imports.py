"""The contracts of imports (``pyproject.toml``, ``purity.toml``) hold, and each notices what breaks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROOMS, PURITY = "pyproject.toml", "tests/unit/house/purity.toml"
SOURCES = ("functions", "layers/shared")

FIRST = "from __future__ import annotations\n"
FOR_TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "
BREACHES = [
    (ROOMS, "functions", "functions/fetch_logs/plan.py", "import check_status.happenings"),
    (ROOMS, "functions", "layers/shared/integration_logs/times.py", "import fetch_logs.plan"),
    (ROOMS, "fetch_logs", "functions/fetch_logs/stream/batch.py", FOR_TYPES + "import fetch_logs.account.outcome"),
    (ROOMS, "archive_logs", "functions/archive_logs/merging/merge.py", "import archive_logs.upkeep.replay"),
    (ROOMS, "check_status", "functions/check_status/verdicts/facts.py", "import check_status.check.step"),
    (
        ROOMS,
        "integration_logs",
        "layers/shared/integration_logs/records/rows.py",
        "import integration_logs.bucket",
    ),
    (ROOMS, "circles", "functions/check_status/verdicts/facts.py", "import check_status.verdicts.verdict"),
    (PURITY, "purity", "functions/fetch_logs/stream/ending.py", "import time"),
    (PURITY, "purity", "functions/check_status/verdicts/facts.py", "import integration_logs.upstream.http"),
]


def lint(folder: Path, config: str, contract: str) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", config, "--contract", contract]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(str(folder / source) for source in SOURCES)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house, to be spoilt."""
    for source in SOURCES:
        shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
    for config in (ROOMS, PURITY):
        (tmp_path / config).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / config, tmp_path / config)
    return tmp_path


@pytest.mark.parametrize(("config", "contract", "file", "line"), BREACHES)
def test_a_contract_notices_what_breaks_it(copy: Path, config: str, contract: str, file: str, line: str) -> None:
    """One import that runs back up, makes a circle or reaches a clock breaks its contract, which names the file."""
    path = copy / file
    path.write_text(path.read_text().replace(FIRST, f"{FIRST}{line}\n", 1))
    done = lint(copy, config, contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f".{Path(file).stem} -> " in done.stdout


def test_each_contract_is_broken_here() -> None:
    """No contract is without a breach above."""
    there = {
        contract["id"]
        for config in (ROOMS, PURITY)
        for contract in tomllib.loads((ROOT / config).read_text())["tool"]["importlinter"]["contracts"]
    }
    assert there == {contract for _, contract, _, _ in BREACHES}
