"""Pure logic and IO live in different files; the imports hold them to that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
IO = ["boto3", "botocore", "requests", "urllib3", "socket", "aws_lambda_powertools"]


@pytest.mark.parametrize("module", ["fetch_logs.stream.ending", "fetch_logs.plan", "fetch_logs.report"])
def test_pure_modules_import_no_io(module: str) -> None:
    """A pure module, imported alone, brings neither a client nor a socket into the process."""
    code = f"import sys, {module}; print(*[name for name in {IO} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": f"{ROOT / 'functions'}:{ROOT / 'layers/shared'}", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.stdout.split() == []
