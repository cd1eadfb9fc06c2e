"""The real stack on the embedded cloud: ``sam build`` and ``sam deploy`` of the template that ships."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from compileall import compile_dir
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from sandbox.cloud import ROOT
from sandbox.steps import StepFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_cloudformation import CloudFormationClient

    from sandbox.cloud import Cloud

NAME = "integration-logs"


@dataclass(frozen=True)
class Stack:
    """A deployed stack and its outputs, by the names that the template gives them."""

    cloud: Cloud
    outputs: Mapping[str, str]

    @property
    def api_url(self) -> str:
        """Where the embedded cloud answers for the stack's API; AWS has it at the output ``ApiUrl``."""
        return f"{self.cloud.url}/_aws/execute-api/{self.outputs['ApiId']}/v1"

    @property
    def pool_api_url(self) -> str:
        """The same for the API of a user pool, whose address in AWS is the output ``PoolApiUrl``."""
        id_ = urlsplit(self.outputs["PoolApiUrl"]).netloc.partition(".")[0]
        return f"{self.cloud.url}/_aws/execute-api/{id_}/v1"

    def client(self, service: str) -> Any:  # a boto3 client of any service
        """A client of one service, as root: the same one each time, since making one takes longer than most calls."""
        return _client(self.cloud, service)

    def invoke(self, output: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke the function that an output names and wait for its answer; raises ``StepFailedError`` if it fails."""
        answer = self.client("lambda").invoke(FunctionName=self.outputs[output], Payload=json.dumps(event).encode())
        document: dict[str, Any] = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise StepFailedError(f"{output} failed: {document.get('errorMessage', document)}.")
        return document

    def put_secrets(self, accounts: Mapping[str, Mapping[str, str]], *, prefix: str = NAME) -> None:
        """Create each account's secret, or give it its new value."""
        secrets = self.client("secretsmanager")
        for account, keys in accounts.items():
            name, value = f"{prefix}/{account}", json.dumps(keys)
            try:
                secrets.create_secret(Name=name, SecretString=value)
            except secrets.exceptions.ResourceExistsException:
                secrets.put_secret_value(SecretId=name, SecretString=value)


@cache
def _client(cloud: Cloud, service: str) -> Any:
    return cloud.session().client(service, **cloud.client_options())  # type: ignore[call-overload]


def build(folder: Path) -> Path:
    """Build the template for this machine's processor, bytecode included as the README has it; the built template."""
    built = folder / "build"
    _sam(
        folder,
        "build",
        "--build-dir",
        str(built),
        "--parameter-overrides",
        f"Architecture={architecture()}",
        environment={},
    )
    compile_dir(built, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return built / "template.yaml"


def deploy(cloud: Cloud, built: Path, folder: Path, parameters: Mapping[str, str], *, name: str = NAME) -> Stack:
    """Deploy the built template as the stack of that name, with the parameters; safe to repeat."""
    overrides = {"Architecture": architecture(), **parameters}
    formation = cloud.session().client("cloudformation", **cloud.client_options())  # type: ignore[call-overload]
    _sam(
        folder,
        "deploy",
        "--stack-name",
        name,
        "--template-file",
        str(built),
        "--parameter-overrides",
        *(f'{parameter}="{value}"' for parameter, value in overrides.items()),
        environment=cloud.environment(),
        reason=lambda: _first_failure(formation, name),
    )
    described = formation.describe_stacks(StackName=name)["Stacks"][0]
    return Stack(cloud, {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]})


def architecture() -> str:
    """This machine's processor, as Lambda names it."""
    return "arm64" if platform.machine().lower() in {"arm64", "aarch64"} else "x86_64"


def _first_failure(formation: CloudFormationClient, name: str) -> str | None:
    """Which resource failed first, and why: sam's own last words do not say."""
    try:
        events = formation.describe_stack_events(StackName=name)["StackEvents"]
    except ClientError:  # it did not come to a stack
        return None
    failed = [
        event
        for event in events
        if event.get("ResourceStatus", "").endswith("_FAILED") and event.get("LogicalResourceId") != name
    ]
    if not failed:
        return None
    first = min(failed, key=lambda event: event["Timestamp"])
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}"


def _sam(
    folder: Path,
    command: str,
    *arguments: str,
    environment: Mapping[str, str],
    reason: Callable[[], str | None] = lambda: None,
) -> None:
    """Run sam with its output in a log file; raises ``StepFailedError`` with the reason, or with sam's last words."""
    binaries = Path(sys.executable).parent
    log = folder / f"sam-{command}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    path = f"{binaries}{os.pathsep}{os.environ.get('PATH', '')}"
    with log.open("wb") as output:
        result = subprocess.run(
            [binaries / "sam", command, "--config-file", ROOT / "samconfig.toml", "--config-env", "local", *arguments],
            cwd=ROOT,
            env={**os.environ, "PATH": path, "SAM_CLI_TELEMETRY": "0", **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if result.returncode:
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
        said = next((line for line in reversed(lines) if "rror" in line or "ailed" in line), lines[-1] if lines else "")
        raise StepFailedError(f"sam {command} failed ({(reason() or said)[:300]}). The whole output is in {log}.")
