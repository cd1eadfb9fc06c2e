"""The commands of docs/sign-in.md, run as they stand there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from docs.generate import template
from sandbox.api import call
from sandbox.cloud import ROOT
from tests.e2e.people import PASSWORD

if TYPE_CHECKING:
    from sandbox.stack import Stack
    from tests.e2e.people import Pool

BASH, PYTHON = (
    [
        textwrap.dedent(block)
        for block in re.findall(
            rf"^ *```{language}\n(.*?)^ *```$", (ROOT / "docs/sign-in.md").read_text(), re.DOTALL | re.MULTILINE
        )
    ]
    for language in ("bash", "python")
)


def block(of: str) -> str:
    """The one block of shell commands that has that text."""
    (found,) = [each for each in BASH if of in each]
    return found


@pytest.fixture
def environment(deployed: Stack, pool: Pool) -> dict[str, str]:
    """What a reader's terminal has; the addresses are the embedded cloud's."""
    authority = str(deployed.cloud.authority)
    tools = [ROOT / ".venv-consumers/bin", Path(sys.executable).parent]
    return {
        **deployed.cloud.environment(),
        "PATH": os.pathsep.join([*map(str, tools), os.environ["PATH"]]),
        "CURL_CA_BUNDLE": authority,
        "REQUESTS_CA_BUNDLE": authority,
        "API_ID": deployed.outputs["ApiId"],
        "API_URL": deployed.api_url,
        "POOL_API_URL": deployed.pool_api_url,
        "CLIENT": pool.client,
        "PASSWORD": PASSWORD,
    }


def run(environment: dict[str, str], *command: str) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def shell(environment: dict[str, str], script: str) -> str:
    return run(environment, "bash", "-euo", "pipefail", "-c", script)


def test_the_addresses(deployed: Stack, environment: dict[str, str]) -> None:
    """The addresses are the stack's outputs."""
    asked = f"{block('describe-stacks')}\necho $API_ID $API_URL $POOL_API_URL"
    assert shell(environment, asked).split() == [deployed.outputs[name] for name in ("ApiId", "ApiUrl", "PoolApiUrl")]


def test_signed_by_curl(deployed: Stack, environment: dict[str, str]) -> None:
    """What curl has signed is answered."""
    records = json.loads(shell(environment, block("--aws-sigv4")))
    assert records == call(deployed, "/integrations/400001/logs?from=2026-11-01&page_size=25").json()
    assert records["data"]


def test_signed_by_python(deployed: Stack, environment: dict[str, str]) -> None:
    """The program lists every integration."""
    deployed.invoke("CheckStatusFunction", {"task": "check"})
    listed = run(environment, sys.executable, "-c", *PYTHON).splitlines()
    integrations = call(deployed, "/integrations?page_size=100").json()["data"]
    assert [int(line.split()[0]) for line in listed] == [each["integration_id"] for each in integrations]
    assert integrations


def test_one_shop_alone(deployed: Stack, environment: dict[str, str]) -> None:
    """Who is made by these commands reads one integration; ``test_scope.py`` says what else not."""
    deployed.invoke("CheckStatusFunction", {"task": "check"})
    _, _, last = shell(environment, block("create-access-key")).rpartition("{")
    made = json.loads(f"{{{last}")
    key = made["AccessKeyId"], made["SecretAccessKey"]
    for what in ("logs", "status", "problems"):
        assert call(deployed, f"/integrations/400001/{what}", key=key).status_code == 200
        assert call(deployed, f"/integrations/400002/{what}", key=key).status_code == 403
    assert call(deployed, "/integrations/400001/fetch", method="POST", key=key).status_code == 403


def test_a_pool_is_made(environment: dict[str, str]) -> None:
    """The commands make a pool that the template takes, and a user who can sign in."""
    signed_in = block("initiate-auth").partition("curl")[0]
    made = shell(environment, f"{block('create-user-pool')}\n{signed_in}\necho $POOL $TOKEN").split()
    assert re.fullmatch(template()["Parameters"]["CognitoUserPoolArn"]["AllowedPattern"], made[-2])
    assert made[-1].count(".") == 2


def test_signed_in_to_the_pool(deployed: Stack, environment: dict[str, str]) -> None:
    """A user of the pool signs in without an AWS identity, and is answered."""
    deployed.invoke("CheckStatusFunction", {"task": "check"})
    nobody = {name: value for name, value in environment.items() if "KEY" not in name}
    assert json.loads(shell(nobody, block("initiate-auth"))) == call(deployed, "/integrations?page_size=100").json()
