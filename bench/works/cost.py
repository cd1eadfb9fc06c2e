"""What an idle month costs: the model behind the number in the README. ``python -m bench.works.cost [--accounts N]``.

Idle: the stack runs on the template's default schedules and nothing new happens in any shop. How often things happen
is read from ``template.yaml``; durations and log bytes are what ``python -m bench.works.idle`` measured (``MEASURED``);
prices are list prices in ``us-east-1`` as known when this was written, without tax (``PRICES``): check them before you
rely on them.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).parents[2] / "template.yaml"

DAYS = 30
MINUTES = DAYS * 24 * 60

MEASURED = {
    # task: (function, milliseconds of a cold start's run, of a warm one, bytes of log of one run)
    "plan": ("FetchLogs", 492, 10, 779),
    "walk": ("FetchLogs", 492, 14, 912),
    "check": ("CheckStatus", 390, 24, 1418),
    "archive": ("ArchiveLogs", 610, 9, 839),
}
"""On the embedded cloud with two processors, 2026-11-22."""

SLOWER = 3.0
"""AWS gives a function of 512 MB less than a third of a processor; the measurements had most of one."""

UPSTREAM_MS = {"plan": 0, "walk": 400, "check": 400, "archive": 0}
"""What waiting for Sendcloud or WeMaSy over the internet adds; on the embedded cloud it is nearly nothing."""

COLD_SHARE = 0.1
"""Of all starts; with a tick every five minutes a function is mostly kept warm."""

GAUGES = 3
"""Metrics that each plan sends, zeros included: NeedsOperator, StreamsBehind, ArchiveAtRisk."""

POLLERS, POLLS_A_MINUTE = 5, 3
"""Lambda polls a queue with five long polls of twenty seconds, whether or not anything is in it; each is a request."""


class Price(NamedTuple):
    """Dollars for ``per`` units; ``free`` units a month are in every account, for good."""

    dollars: float
    per: int = 1
    free: int = 0


PRICES = {
    "Lambda requests": Price(0.20, 1_000_000, 1_000_000),
    "Lambda GB-seconds (arm64)": Price(0.0000133334, 1, 400_000),
    "EventBridge Scheduler starts": Price(1.00, 1_000_000, 14_000_000),
    "SQS FIFO requests": Price(0.50, 1_000_000, 1_000_000),
    "S3 PUT and LIST requests": Price(0.005, 1_000),
    "S3 GET requests": Price(0.0004, 1_000),
    "S3 events to EventBridge": Price(1.00, 1_000_000),
    "Secrets Manager secrets": Price(0.40),
    "Secrets Manager reads": Price(0.05, 10_000),
    "CloudWatch Logs, MB taken in": Price(0.50, 1_000, 5_000),
    "CloudWatch alarms": Price(0.10, 1, 10),
    "CloudWatch custom metrics": Price(0.30, 1, 10),
    "X-Ray traces": Price(5.00, 1_000_000, 100_000),
}


STORAGE = Price(0.023)
"""A gigabyte in S3 for a month."""


@dataclass(frozen=True)
class Line:
    """One item of the bill."""

    item: str
    units: float
    price: Price

    @property
    def list_price(self) -> float:
        """Dollars a month without any free allowance."""
        return self.units * self.price.dollars / self.price.per

    @property
    def billed(self) -> float:
        """Dollars a month where nothing else in the account uses the free allowances."""
        return max(0.0, self.units - self.price.free) * self.price.dollars / self.price.per


def bill(accounts: int = 1) -> list[Line]:
    """The items of an idle month, in the order of ``PRICES``."""
    template = yaml_parse(TEMPLATE.read_text())
    resources: dict[str, Any] = template["Resources"]
    ticks = {
        name: MINUTES / _minutes(template["Parameters"][f"{name}Schedule"]["Default"])
        for name in ("Fetch", "Status", "Archive")
    }
    starts = {
        "plan": ticks["Fetch"],
        "walk": ticks["Fetch"] * accounts,
        "check": ticks["Status"],
        "archive": ticks["Archive"],
    }
    polled = sum(
        event["Type"] == "SQS"
        for resource in resources.values()
        for event in resource.get("Properties", {}).get("Events", {}).values()
    )
    checks = ticks["Status"] * accounts
    units = {
        "Lambda requests": sum(starts.values()),
        "Lambda GB-seconds (arm64)": sum(
            count * _seconds(task) * resources[MEASURED[task][0]]["Properties"]["MemorySize"] / 1024
            for task, count in starts.items()
        ),
        "EventBridge Scheduler starts": sum(ticks.values()),
        "SQS FIFO requests": polled * POLLERS * POLLS_A_MINUTE * MINUTES + 2 * starts["walk"],  # and: send, delete
        "S3 PUT and LIST requests": 2 * checks + 2 * starts["check"] + starts["archive"],
        # a checkpoint or status, and how the account stands, which a plan reads too
        "S3 GET requests": 3 * starts["walk"] + 2 * checks,
        "S3 events to EventBridge": 2 * checks,
        "Secrets Manager secrets": accounts + 1,  # the key of the pseudonyms
        "Secrets Manager reads": starts["walk"] + checks,
        "CloudWatch Logs, MB taken in": sum(count * MEASURED[task][3] for task, count in starts.items()) / 1e6,
        "CloudWatch alarms": sum(resource["Type"] == "AWS::CloudWatch::Alarm" for resource in resources.values()),
        "CloudWatch custom metrics": GAUGES,
        "X-Ray traces": sum(starts.values()),
    }
    return [Line(item, units[item], price) for item, price in PRICES.items()]


def old_versions(megabytes: float, *, counted: bool = True) -> float:
    """Gigabytes of the archive's old versions, where each day's objects grow to so many and every tick rewrites them.

    ``counted``: by the template's rule for ``logs/``; otherwise each version is kept for the recovery time. An object
    grows evenly through its day, so a version has half its size, but the last ones.
    """
    template = yaml_parse(TEMPLATE.read_text())
    recovery = template["Parameters"]["LandingRecoveryDays"]["Default"]
    rewrites = 1440 / _minutes(template["Parameters"]["FetchSchedule"]["Default"])
    rules = template["Resources"]["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    (rule,) = [each for each in rules if each.get("Id") == "forget-replaced-archive"]
    kept = rule["NoncurrentVersionExpiration"]
    days, last = (kept["NoncurrentDays"], kept["NewerNoncurrentVersions"]) if counted else (recovery, 0)
    return megabytes * (rewrites / 2 * days + last * (recovery - days)) / 1000


def table(lines: list[Line]) -> str:
    """The bill as a Markdown table, its total last."""
    rows = ["| item | units a month | list price, $ | after free allowances, $ |", "|---|---:|---:|---:|"]
    rows += [f"| {line.item} | {line.units:,.0f} | {line.list_price:.2f} | {line.billed:.2f} |" for line in lines]
    rows.append(f"| **total** | | **{total(lines):.2f}** | **{total(lines, free=True):.2f}** |")
    return "\n".join(rows)


def total(lines: list[Line], *, free: bool = False) -> float:
    """Dollars a month: at list prices, or after the free allowances."""
    return sum(line.billed if free else line.list_price for line in lines)


def main() -> int:
    """Print the bill; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.works.cost", description=__doc__)
    parser.add_argument("--accounts", type=int, default=1, help="Sendcloud accounts (%(default)s)")
    options = parser.parse_args()
    sys.stdout.write(table(bill(options.accounts)) + "\n")
    return 0


def _seconds(task: str) -> float:
    _, cold, warm, _ = MEASURED[task]
    return ((COLD_SHARE * cold + (1 - COLD_SHARE) * warm) * SLOWER + UPSTREAM_MS[task]) / 1000


def _minutes(schedule: str) -> float:
    if found := re.fullmatch(r"cron\(\d+/(\d+) \* \* \* \? \*\)", schedule):
        return int(found[1])
    found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", schedule)
    if found is None:
        raise ValueError(f"a schedule that is neither a rate nor every so many minutes cannot be priced: {schedule}")
    return int(found[1]) * {"minute": 1, "hour": 60, "day": 1440}[found[2]]


if __name__ == "__main__":
    sys.exit(main())
