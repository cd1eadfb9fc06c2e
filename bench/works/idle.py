"""What an idle tick costs in time and log text, measured on the embedded cloud: ``python -m bench.works.idle``.

Deploys the stack beside a sandbox without a record, starts each function once (cold), plants a page of records, lets
them be archived, and starts each function again and again (warm) while nothing new happens. What it reports are the
REPORT lines' billed durations and the bytes of log text, medians for warm ticks. The schedules are set so slow that
they do not interfere. Takes about a minute and a half; writes JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sandbox import cloud, stack, upstreams
from sandbox.tour import parameters

if TYPE_CHECKING:
    from sandbox.stack import Stack

ACCOUNT = "main"
TICKS = {
    "plan": ("FetchLogsFunction", {"task": "plan"}),
    "walk": ("FetchLogsFunction", {"task": "walk", "account": ACCOUNT, "mode": "tick"}),
    "check": ("CheckStatusFunction", {"task": "check"}),
    "archive": ("ArchiveLogsFunction", {"task": "archive"}),
}
GROUPS = {
    "FetchLogsFunction": "fetch_logs",
    "CheckStatusFunction": "check_status",
    "ArchiveLogsFunction": "archive_logs",
}
SLOW = dict.fromkeys(("FetchSchedule", "StatusSchedule", "ArchiveSchedule"), "rate(1 day)")
_REPORT = re.compile(r"Billed Duration: (\d+) ms")
_QUIET_SECONDS = 20
_RECORDS = 100  # a full page, which an idle walk fetches, redacts and finds known


def main() -> int:
    """Measure and write what was found; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.works.idle", description=__doc__)
    parser.add_argument("--ticks", type=int, default=20, help="warm ticks of each kind (%(default)s)")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="bench-") as name, upstreams.running(records={ACCOUNT: 0}) as sandbox:
        folder = Path(name)
        with cloud.running(cloud.free_port(), folder) as embedded:
            accounts = {ACCOUNT: sandbox.accounts[ACCOUNT]}
            given = {**parameters(sandbox.url, list(accounts)), **SLOW}
            deployed = stack.deploy(embedded, stack.build(folder), folder, given)
            deployed.put_secrets(accounts)
            found = {"cold": {task: _tick(deployed, task) for task in ("walk", "archive", "check")}}
            sandbox.plant(ACCOUNT, sandbox.integration_ids[ACCOUNT][0], *({} for _ in range(_RECORDS)))
            for task in ("walk", "archive"):
                _tick(deployed, task)
            time.sleep(_QUIET_SECONDS)  # the queue's archive run ends meanwhile
            found["warm"] = {}
            for task in TICKS:
                found["warm"][task] = _median([_tick(deployed, task) for _ in range(options.ticks)])
                time.sleep(_QUIET_SECONDS / 10)  # the walks that were planned end
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0


def _tick(deployed: Stack, task: str) -> dict[str, int]:
    """Start the function once: milliseconds billed, lines and bytes logged."""
    output, event = TICKS[task]
    before = _lines(deployed, GROUPS[output])
    deployed.invoke(output, event)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        new = _lines(deployed, GROUPS[output])[len(before) :]
        billed = [int(found[1]) for line in new if (found := _REPORT.search(line))]
        if billed:
            end = next(number for number, line in enumerate(new) if _REPORT.search(line))
            return {"billed_ms": billed[0], "log_bytes": sum(len(line.encode()) for line in new[: end + 1])}
        time.sleep(0.1)
    raise TimeoutError(f"no REPORT line of {task}")


def _lines(deployed: Stack, group: str) -> list[str]:
    pages = deployed.client("logs").get_paginator("filter_log_events")
    return [
        event["message"]
        for page in pages.paginate(logGroupName=f"/integration-logs/{stack.NAME}/{group}")
        for event in page["events"]
    ]


def _median(ticks: list[dict[str, int]]) -> dict[str, int]:
    return {name: round(statistics.median(tick[name] for tick in ticks)) for name in ticks[0]}


if __name__ == "__main__":
    sys.exit(main())
