"""From an exception's appearance upstream to the message on the topic: ``python -m bench.works.telling``.

Deploys the real template on the embedded cloud, beside a sandbox of both upstreams, and lets exceptions appear there.
Each is a problem of its own, so each must be told; a queue that subscribes to the topic says when it was.

path       the schedules rest: how long fetching, landing and archiving take when a tick is started by hand, and how
           long a check then takes to put the message on the topic
fastest    FetchSchedule and StatusSchedule at rate(1 minute), the fastest that there is: exceptions at random moments
default    the same with the template's own schedules, which start a check a minute after each tick
together   the same with both at rate(5 minutes)

The clocks of the schedules are real: fastest takes about eight minutes, default and together about twenty each.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from rich.console import Console

from bench.tools.scenarios import show
from bench.works.idle import SLOW
from docs.generate import template
from sandbox import cloud, stack, upstreams
from sandbox.steps import StepFailedError, Steps
from sandbox.tour import parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox

ACCOUNT, INTEGRATION = "main", 400003
SCENARIOS = ("path", "fastest", "default", "together")
SCHEDULES = ("FetchSchedule", "StatusSchedule")
TOGETHER = dict.fromkeys(SCHEDULES, "rate(5 minutes)")
FASTEST = dict.fromkeys(SCHEDULES, "rate(1 minute)")
REPORT = Path(__file__).parents[1] / "TELLING.md"
HEAD = """\
# Time to the message

Written by `python -m bench.works.telling --write`; the head of [telling.py](telling.py) says what is measured. The
embedded cloud, the sandbox of both upstreams and what measures them share one machine.

An exception waits for the next tick; then it is fetched, landed and archived; then it waits for the next check, which
tells it. Where both schedules have the rate P and the check comes D after the tick, that is between D and P + D, and
P / 2 + D on average; D is never less than the time that fetching and archiving take. Two schedules of one rate that are
created together, as a deployment does, fire together on the embedded cloud: what the tick brings is told by the check
after that one, so D is P. In AWS, D is whatever lies between the two schedules' beginnings. Two `cron`
schedules can be set apart: by default, D is one minute.

A change of status, which is no exception, takes `ChecksToConfirm` checks.
"""


@dataclass
class Probe:
    """An exception that appears: the seconds, by the same clock, at which it did so and was told."""

    path: str
    appeared: float
    told: float | None = None

    @property
    def seconds(self) -> float:
        """From the one to the other."""
        if self.told is None:
            raise StepFailedError(f"{self.path} has not been told.")
        return self.told - self.appeared


@dataclass
class Stage:
    """The running stack, its upstream, and a queue that has what the topic sends."""

    deployed: Stack
    sandbox: Sandbox
    queue: str
    probes: list[Probe] = field(default_factory=list)

    def appear(self) -> Probe:
        """Let an exception appear now, of a problem that there was not before."""
        path = f"/telling/{''.join(random.choices('bcdfghjklmnpqrstvwxz', k=12))}"  # noqa: S311  # letters: no id in a path
        record = {
            "base_url": "https://bench.example",
            "full_url": f"https://bench.example{path}",
            "method": "GET",
            "response_code": 503,
            "exception_type": "requests.exceptions.HTTPError",
            "exception": "503 Server Error",
            "response": None,
            "created_at": datetime.now(UTC).isoformat(),
        }
        probe = Probe(path, time.monotonic())
        self.sandbox.plant(ACCOUNT, INTEGRATION, record)
        self.probes.append(probe)
        return probe

    def listen(self) -> None:
        """Take in what the topic has sent. Raises ``StepFailedError`` where something was told twice."""
        sqs = self.deployed.client("sqs")
        answer = sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            text = json.loads(message["Body"])["Message"]
            sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
            for probe in (probe for probe in self.probes if probe.path in text):
                if probe.told is not None:
                    raise StepFailedError(f"{probe.path} was told twice.")
                probe.told = time.monotonic()

    def until_told(self, within: float) -> None:
        """Listen until everything that has appeared is told."""
        deadline = time.monotonic() + within
        while untold := [probe.path for probe in self.probes if probe.told is None]:
            if time.monotonic() > deadline:
                raise StepFailedError(f"Not told within {within:.0f} s: {', '.join(untold)}.")
            self.listen()
            time.sleep(0.2)

    def until_archived(self, probe: Probe, within: float = 60) -> None:
        """Wait until the archive's summary of today has it."""
        s3, bucket = self.deployed.client("s3"), self.deployed.outputs["BucketName"]
        prefix, deadline = f"state/summaries/dt={datetime.now(UTC):%Y-%m-%d}/", time.monotonic() + within
        while True:
            for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", []):
                if probe.path.encode() in s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read():
                    return
            if time.monotonic() > deadline:
                raise StepFailedError(f"{probe.path} is not archived within {within:.0f} s.")
            time.sleep(0.05)


def path(stage: Stage, rounds: int) -> str:
    """How long each part takes where nothing waits for a schedule."""
    archived, told = [], []
    for _ in range(rounds):
        probe = stage.appear()
        begun = time.monotonic()
        stage.deployed.invoke("FetchLogsFunction", {"task": "plan"})
        stage.until_archived(probe)
        archived.append(time.monotonic() - begun)
        begun = time.monotonic()
        stage.deployed.invoke("CheckStatusFunction", {"task": "check"})
        stage.until_told(30)
        told.append(time.monotonic() - begun)
    return _table(
        ["part", "rounds", "median, s", "longest, s"],
        [
            ["from the tick to the archive's summary", *_figures(archived)],
            ["from the check to the message on the topic", *_figures(told)],
        ],
    )


def scheduled(stage: Stage, exceptions: int, period: timedelta) -> str:
    """Let exceptions appear at random moments of as many periods as are needed to have two in each."""
    span = max(1.0, exceptions / 2) * period.total_seconds()
    begun = time.monotonic()
    for moment in sorted(random.uniform(0, span) for _ in range(exceptions)):  # noqa: S311  # no secret
        while time.monotonic() < begun + moment:
            stage.listen()
            time.sleep(0.2)
        stage.appear()
    stage.until_told(2 * period.total_seconds() + 60)
    seconds = [probe.seconds for probe in stage.probes]
    each = ", ".join(f"{value:.0f}" for value in seconds)
    head = ["exceptions", "median, s", "shortest, s", "longest, s"]
    row = [str(len(seconds)), *(f"{value:.0f}" for value in (statistics.median(seconds), min(seconds), max(seconds)))]
    return f"{_table(head, [row])}\nEach, in seconds: {each}.\n"


def main() -> int:
    """Measure, show and perhaps write; the exit code."""
    options = _options()
    steps = Steps(Console(highlight=False, width=None if sys.stdout.isatty() else 160))
    try:
        for scenario in SCENARIOS if options.scenario == "all" else (options.scenario,):
            schedules = {"path": SLOW, "fastest": FASTEST, "default": _own(), "together": TOGETHER}[scenario]
            with _deployed(steps, schedules) as stage, steps.step(f"Measuring {scenario}"):
                if scenario == "path":
                    text = path(stage, options.rounds)
                else:
                    text = scheduled(stage, options.exceptions, _period(schedules["FetchSchedule"]))
            page = REPORT if options.write else None
            show(scenario, f"{_said(schedules)}\n\n{text}", program="bench.works.telling", head=HEAD, page=page)
    except StepFailedError as error:
        steps.console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 1
    return 0


def _own() -> dict[str, str]:
    """The template's own schedules."""
    return {name: str(template()["Parameters"][name]["Default"]) for name in SCHEDULES}


def _period(expression: str) -> timedelta:
    """Of ``rate(5 minutes)``, or of ``cron(0/5 * * * ? *)``."""
    if expression.startswith("cron("):
        return timedelta(minutes=int(expression.split(maxsplit=1)[0].partition("/")[2]))
    number, unit = expression.removeprefix("rate(").removesuffix(")").split()
    return timedelta(**{f"{unit.removesuffix('s')}s": int(number)})


def _said(schedules: dict[str, str]) -> str:
    return ", ".join(f"`{name}={schedules[name]}`" for name in SCHEDULES) + "."


@contextmanager
def _deployed(steps: Steps, schedules: dict[str, str]) -> Iterator[Stage]:
    with TemporaryDirectory(prefix="bench-") as name, upstreams.running(records={ACCOUNT: 200}) as sandbox:
        folder = Path(name)
        with cloud.running(cloud.free_port(), folder) as embedded:
            with steps.step("The stack on the embedded cloud, its first tick and its first check"):
                accounts = {ACCOUNT: sandbox.accounts[ACCOUNT]}
                given = {**parameters(sandbox.url, list(accounts)), "ArchiveSchedule": "rate(15 minutes)", **schedules}
                deployed = stack.deploy(embedded, stack.build(folder), folder, given)
                deployed.put_secrets(accounts)
                deployed.invoke("FetchLogsFunction", {"task": "walk", "account": ACCOUNT, "mode": "tick"})
                deployed.invoke("ArchiveLogsFunction", {"task": "archive"})
                deployed.invoke("CheckStatusFunction", {"task": "check"})
                queue = _subscribed(deployed)
            yield Stage(deployed, sandbox, queue)


def _subscribed(deployed: Stack) -> str:
    """A queue that has what the topic sends; its URL."""
    sqs, sns = deployed.client("sqs"), deployed.client("sns")
    url: str = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy: dict[str, Any] = {"Version": "2012-10-17", "Statement": [{**allow, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=deployed.outputs["NoticeTopicArn"], Protocol="sqs", Endpoint=arn)
    return url


def _figures(seconds: Sequence[float]) -> list[str]:
    return [str(len(seconds)), f"{statistics.median(seconds):.1f}", f"{max(seconds):.1f}"]


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.works.telling", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenario", choices=(*SCENARIOS, "all"), default="all", help="which (%(default)s)")
    parser.add_argument("--exceptions", type=int, default=8, help="in fastest and in default (%(default)s)")
    parser.add_argument("--rounds", type=int, default=10, help="in path (%(default)s)")
    parser.add_argument("--write", action="store_true", help=f"write the figures to {REPORT.name} too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
