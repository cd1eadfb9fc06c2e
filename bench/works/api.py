"""How long each route of the API takes, warm and cold, on the deployed stack on the embedded cloud.

warm   every route --calls times, in turns, each by a process that has answered it before
cold   every route --cold times, each by a process that starts for it: the function gets another setting, which ends its
       processes, as a deployment does

A time runs from sending the signed request, over a connection that is open, to the last byte of the answer; API Gateway
and Lambda are the embedded cloud's. Whatever is not answered as it should be ends the measurement. The queues are at
rest, so that what the POST routes order does not run meanwhile. Deploys the real template beside a sandbox of Sendcloud
in a process of its own; the whole takes about half an hour, --calls and --cold make it short.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from rich.console import Console

from bench.tools.deployed import deployed_beside
from bench.tools.observed import ARCHIVE, FETCH, keys, processes
from bench.tools.scenarios import provenance
from bench.tools.upstream import ACCOUNT
from sandbox.cloud import REGION, ROOT, ROOT_KEY
from sandbox.steps import StepFailedError, Steps

sys.path[:0] = [str(ROOT / "layers" / "shared"), str(ROOT / "functions")]

from docs import api_description  # noqa: E402  # it imports the functions, which are no installed package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.stack import Stack

REPORT = Path(__file__).parents[1] / "API.md"
OUTPUTS = {"archive_logs": ARCHIVE, "check_status": "CheckStatusFunction", "fetch_logs": FETCH}
INTEGRATIONS = 5
EXAMPLE = 400_001


@dataclass(frozen=True)
class Route:
    """A route, the request that is made of it, the function that answers, and the status that it should have."""

    method: str
    path: str
    target: str
    function: str
    status: int


@dataclass(frozen=True)
class Measured:
    """A route's times in milliseconds, and the bytes of its answer."""

    route: Route
    bytes: int
    warm: list[float]
    cold: list[float]


class Caller:
    """Makes signed requests of the API over one connection."""

    def __init__(self, deployed: Stack) -> None:
        self._url = deployed.api_url
        self._signer = SigV4Auth(Credentials(*ROOT_KEY), "execute-api", REGION)
        self._session = requests.Session()
        self._session.verify = str(deployed.cloud.authority)

    def call(self, route: Route) -> tuple[float, requests.Response]:
        """Milliseconds, and the answer; raises ``StepFailedError`` where it is not as it should be."""
        signed = AWSRequest(method=route.method, url=f"{self._url}{route.target}")
        self._signer.add_auth(signed)
        request = requests.Request(route.method, signed.url, headers=dict(signed.headers.items()))
        prepared = self._session.prepare_request(request)
        begun = time.perf_counter()
        answer = self._session.send(prepared, timeout=60, verify=self._session.verify)
        took = (time.perf_counter() - begun) * 1000
        if answer.status_code != route.status:
            raise StepFailedError(
                f"{route.method} {route.target} was answered {answer.status_code}: {answer.text[:300]}"
            )
        return took, answer


def main() -> int:
    """Measure, show and perhaps write; the exit code."""
    options = _options()
    steps = Steps(Console(highlight=False, width=None if sys.stdout.isatty() else 160))
    try:
        with _deployed(steps, options.records) as deployed:
            found = measured(steps, deployed, options)
            objects = len(keys(deployed, "logs/"))
    except StepFailedError as error:
        steps.console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 1
    text = report(found, options.records, objects)
    sys.stdout.write(f"\n{text}\n")
    if options.write:
        REPORT.write_text(text)
    return 0


def measured(steps: Steps, deployed: Stack, options: argparse.Namespace) -> list[Measured]:
    """The times of each route."""
    caller = Caller(deployed)
    wanted = [route for route in routes(caller) if options.route in f"{route.method} {route.path}"]
    warm: dict[Route, list[float]] = {route: [] for route in wanted}
    cold: dict[Route, list[float]] = {route: [] for route in wanted}
    sizes = {}
    with steps.step(f"{len(wanted)} routes, warm") as tell:
        for number in range(options.calls + 1):
            for route in wanted:
                took, answer = caller.call(route)
                sizes[route] = len(answer.content)
                if number:  # the first one warms up
                    warm[route].append(took)
            tell(f"{number} of {options.calls} calls of each")
    with steps.step(f"{len(wanted)} routes, cold") as tell:
        for number in range(options.cold):
            for route in wanted:
                cold[route].append(_cold(caller, deployed, route))
            tell(f"{number + 1} of {options.cold} calls of each")
    return [Measured(route, sizes[route], warm[route], cold[route]) for route in wanted]


def routes(caller: Caller) -> list[Route]:
    """Every route of the description, by the request that ``docs/api.md`` has of it."""
    problems = Route("GET", "/problems", f"/integrations/{EXAMPLE}/problems", "check_status", 200)
    _, answer = caller.call(problems)
    names = {"integration_id": EXAMPLE, "fingerprint": answer.json()["data"][0]["fingerprint"]}
    return [
        Route(
            method,
            path,
            api_description.EXAMPLES.get(operation["operationId"], path.format(**names)),
            operation["tags"][0],
            int(min(operation["responses"])),
        )
        for method, path, operation in api_description.operations(api_description.description())
    ]


def _cold(caller: Caller, deployed: Stack, route: Route) -> float:
    """Milliseconds of a call that a new process answers."""
    output = OUTPUTS[route.function]
    _renew(deployed, output)
    before = processes(deployed, output)
    took, _ = caller.call(route)
    if before and processes(deployed, output) <= before:
        raise StepFailedError(f"{route.method} {route.path} was answered by a process that was there already.")
    return took


def _renew(deployed: Stack, output: str) -> None:
    """End the function's processes, as any new setting does."""
    functions, name = deployed.client("lambda"), deployed.outputs[output]
    timeout = functions.get_function_configuration(FunctionName=name)["Timeout"]
    # AWS wants a difference, the embedded cloud a setting that a process begins with.
    functions.update_function_configuration(FunctionName=name, Description=f"cold ({uuid4()})", Timeout=timeout)


@contextmanager
def _deployed(steps: Steps, records: int) -> Iterator[Stack]:
    """The stack with an archive, a check and the manifests of its days, and its queues at rest."""
    with ExitStack() as held:
        resting = (FETCH, ARCHIVE)
        beside = deployed_beside(steps, integrations=INTEGRATIONS, records=records, resting=resting)
        _, deployed, _ = held.enter_context(beside)
        with steps.step("An archive, a check, and the manifests"):
            walk = {"task": "walk", "account": ACCOUNT, "mode": "sweep"}
            while not deployed.invoke(FETCH, walk)["complete"]:
                pass
            while keys(deployed, "landing/"):
                deployed.invoke(ARCHIVE, {"task": "archive"})
            deployed.invoke(OUTPUTS["check_status"], {"task": "check"})
            deployed.invoke(ARCHIVE, {"task": "manifest"})
        yield deployed


def report(found: list[Measured], records: int, objects: int) -> str:
    """The page."""
    calls, cold = len(found[0].warm), len(found[0].cold)
    head = f"""\
# How long the API takes

Written by `python -m bench.works.api --write`; the head of [api.py](api.py) says what is measured.

{provenance("bench.works.api")} An archive of about \
{records:,} records in {objects} objects.

Milliseconds of {calls} warm and {cold} cold calls of each route. There are fewer cold ones because each takes a new
process of the function, which is seconds of the embedded cloud's; and most of such a time is the start of a process,
the same for all routes of a function.

"""
    columns = ("route", "function", "status", "bytes", "warm p50", "warm p95", "cold p50", "cold p95")
    lines = [f"| {' | '.join(columns)} |", "|---|---|" + "---:|" * (len(columns) - 2)]
    for each in found:
        times = [f"{percentile(series, share):.0f}" for series in (each.warm, each.cold) for share in (50, 95)]
        route = each.route
        shown = f"`{route.method} {route.target}`"
        lines.append(f"| {' | '.join([shown, f'`{route.function}`', str(route.status), f'{each.bytes:,}', *times])} |")
    return head + "\n".join(lines) + "\n"


def percentile(values: list[float], share: int) -> float:
    """The smallest of the values that so many percent of them do not exceed.

    >>> percentile([1, 2, 3, 4], 50), percentile([1, 2, 3, 4], 95)
    (2, 4)
    """
    return sorted(values)[-(-len(values) * share // 100) - 1]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.works.api", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=200, help="warm calls of each route (%(default)s)")
    parser.add_argument("--cold", type=int, default=20, help="cold calls of each route (%(default)s)")
    parser.add_argument("--records", type=int, default=20_000, help="in the archive, about (%(default)s)")
    parser.add_argument("--route", default="", help="only the routes that have this in them, such as 'GET /problems'")
    parser.add_argument("--write", action="store_true", help=f"write {REPORT.name} too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
