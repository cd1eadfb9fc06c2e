"""Schemathesis over the deployed API: requests made from its description, and checks of every answer."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

from sandbox.api import call
from sandbox.cloud import REGION, ROOT, ROOT_KEY
from sandbox.steps import StepFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.stack import Stack

PROGRAM = ROOT / ".venv-consumers" / "bin" / "st"
HERE = ROOT / "tests" / "fuzz"


def fuzz(
    stack: Stack, folder: Path, *arguments: str, config: str = "schemathesis.toml"
) -> subprocess.CompletedProcess[str]:
    """Run it with more arguments of ``st run``; what it says, and code 0 where it has nothing to object to.

    ``config`` is a file of this folder. The description is what the API itself serves. Raises ``StepFailedError`` where
    Schemathesis is not installed.
    """
    if not PROGRAM.exists():
        raise StepFailedError("Schemathesis is not installed: `make .venv-consumers/ready` installs it.")
    description = folder / "openapi.json"
    description.write_text(json.dumps(call(stack, "/openapi.json").json()))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PYTHONPATH": str(HERE),
        "SCHEMATHESIS_HOOKS": "hooks",
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ROOT_KEY[0],
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY[1],
        "API_URL": stack.api_url,
        "API_AUTHORITY": str(stack.cloud.authority),
    }
    options = ["--url", stack.api_url, "--tls-verify", str(stack.cloud.authority), "--checks", "all", "--no-color"]
    options += ["--generation-database", "none", "--continue-on-failure", *arguments]
    return subprocess.run(
        [PROGRAM, "--config-file", HERE / config, "run", description, *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
