"""Says of a deployed stack what is well and what to do, a line each. It only reads, and shows no secret.

Without --stack it looks at the stack of `make run`; with it, at that stack in your AWS account and region. The exit
code is 0 where all is well, 1 where there is something to do, 2 where there is no such stack.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from integration_logs.errors import IntegrationLogsError
from sandbox import stack as stacks
from sandbox.doctor import archive, checks, permissions, upstreams
from sandbox.doctor.deployment import Deployment, Finding
from sandbox.running import NothingRunningError, add_folder, fail, running_stack

type Check = Callable[[Deployment], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    checks.stack,
    upstreams.secrets_and_apis,
    checks.schedules,
    checks.event_sources,
    checks.addresses,
    checks.queues,
    archive.walks,
    archive.readable,
    checks.quota,
    checks.recursion,
    permissions.permissions,
)


def examined(given: Deployment) -> list[Finding]:
    """What every check found, in their order. None of them hides another."""
    given.resources  # noqa: B018  # what most checks need is asked for once, before they begin
    with ThreadPoolExecutor(len(CHECKS)) as pool:
        return [finding for found in pool.map(lambda check: _found(check, given), CHECKS) for finding in found]


def _found(check: Check, given: Deployment) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(check(given))
    except ClientError as error:
        code, asked = error.response.get("Error", {}).get("Code", ""), error.operation_name
        todo = f"{asked} was refused ({code}): see that it is there, and that you may ask for it; then try again"
        found.append(Finding(check.__name__.replace("_", " "), False, todo))
    except (BotoCoreError, IntegrationLogsError) as error:
        found.append(Finding(check.__name__.replace("_", " "), False, f"cannot be asked: {error}"))
    except KeyError as error:
        todo = f"the stack has no {error.args[0]}: deploy this version's template"
        found.append(Finding(check.__name__.replace("_", " "), False, todo))
    return found


def local(folder: Path | None) -> Deployment:
    """The stack of ``make run``; raises ``NothingRunningError``."""
    running, _ = running_stack(folder)
    return Deployment(stacks.NAME, running.client, embedded=True)


def in_aws(name: str) -> Deployment:
    """A stack in the AWS account and region that the environment means."""
    session, one_at_a_time = boto3.Session(), Lock()
    config = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"})

    @cache
    def client(service: str) -> Any:
        with one_at_a_time:  # a session may not be shared while it makes one
            return session.client(service, config=config)  # type: ignore[call-overload]

    return Deployment(name, client, embedded=False)


def main() -> int:
    """Print the findings; the exit code."""
    parser = argparse.ArgumentParser(prog="make doctor", description=__doc__, usage='make doctor ARGS="--stack NAME"')
    parser.add_argument("--stack", help="the name of a stack in AWS (the stack of `make run`)")
    parser.add_argument("--json", action="store_true", help="print a JSON list of {name, ok, say}")
    add_folder(parser)
    options = parser.parse_args()
    try:
        given = in_aws(options.stack) if options.stack else local(options.folder)
        found = examined(given)
    except (NothingRunningError, ClientError, BotoCoreError) as error:
        return fail(error, code=2)
    if options.json:
        print(json.dumps([asdict(each) for each in found], indent=2, ensure_ascii=False))
    else:
        print("\n".join(f"{'ok   ' if each.ok else 'TO DO'}  {each.name}: {each.say}" for each in found))
    return 0 if all(each.ok for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
