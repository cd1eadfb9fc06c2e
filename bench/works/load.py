"""The stack under load: what many integrations and a long stream take, measured on the deployed stack.

Deploys the real template on the embedded cloud, beside a sandbox of Sendcloud in a process of its own.

thousand   one account with 1,000 integrations of which 50 have news, first with the account's one stream, then with
           a stream for each integration (Sendcloud's records do not name their integration)
long       one integration with 200,000 records and 50 ms latency a request, walked from nothing across several
           invocations that the queue hands on, beside a bare GET loop over the same pages in the same run

Each scenario ends with a check: the archive holds every record that Sendcloud has, once, and no request was refused
for being one too many. The whole takes about ten minutes; --integrations and --records make it short.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from bench.tools.deployed import deployed_beside
from bench.tools.observed import ARCHIVE, FETCH, archived, carry_out, forget
from bench.tools.scenarios import show
from bench.tools.upstream import ACCOUNT, let_the_limit_pass
from sandbox.steps import StepFailedError, Steps
from sandbox.versions import reconfigured

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.tools.observed import Order
    from bench.tools.upstream import Bare, Upstream
    from sandbox.stack import Stack

REPORT = Path(__file__).parents[1] / "LOAD.md"
HEAD = """\
# Under load

Written by `python -m bench.works.load --write`; the head of [load.py](load.py) says what is measured. The embedded
cloud, the sandbox of Sendcloud, the function and what measures them share one machine. The archiver rests while a walk
is measured; then the archive is compared with the truth: it holds every record, each once (what passed Sendcloud's 30
days meanwhile was not there to be fetched).

Wall time runs from the order to plan a tick to the end of its last walk, the queue included. Peak memory is the largest
resident set of one of the function's processes, the interpreter included.
"""
HISTORY = 2000
"""Records that the thousand integrations have from before."""

FIRST_INTEGRATION = 400_001
UNNOTICED = 800
"""So many requests are within the limit of a minute, whatever went before."""

PATIENCE = 1200.0
"""Seconds after which a walk that is not complete counts as failed."""


@dataclass(frozen=True)
class Line:
    """One line of the table of measurements."""

    what: str
    requests: int
    refused: int
    order: Order
    beside: str = ""

    def cells(self) -> list[str]:
        """As shown."""
        order = self.order
        return [
            self.what,
            f"{self.requests:,}",
            f"{self.refused}",
            f"{order.seconds:.1f}",
            f"{order.landed:,}",
            f"{order.landed / order.seconds:,.0f}",
            f"{order.invocations}",
            f"{order.memory.peak / (1 << 20):.0f}" if order.memory.peak else "–",
            self.beside or "–",
        ]


COLUMNS = (
    "measured", "requests", "429s", "wall time, s", "records landed", "landed a second", "invocations",
    "peak memory, MB", "wall time ÷ bare GET loop",
)  # fmt: skip


def main() -> int:
    """Measure, check, show and perhaps write; the exit code."""
    options = _options()
    steps = Steps(Console(highlight=False, width=None if sys.stdout.isatty() else 160))
    try:
        page = REPORT if options.write else None
        if options.scenario in {"thousand", "all"}:
            found = thousand(steps, integrations=options.integrations, news=options.news)
            show("thousand", _table(found), program="bench.works.load", head=HEAD, page=page)
        if options.scenario in {"long", "all"}:
            found, note = long(steps, options)
            show("long", f"{_table(found)}\n{note}\n", program="bench.works.load", head=HEAD, page=page)
    except StepFailedError as error:
        steps.console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 1
    return 0


def thousand(steps: Steps, *, integrations: int, news: int) -> list[Line]:
    """A tick over many integrations of which a few have news, in both stream modes."""
    lines = []
    with deployed_beside(steps, integrations=integrations, records=HISTORY, resting=(ARCHIVE,)) as (
        upstream,
        deployed,
        folder,
    ):
        for mode in ("the account's stream", "a stream each"):
            upstream.modes(omit_integration_id=mode == "a stream each")
            title = f"{integrations} integrations, {mode}"
            many = mode == "a stream each" and 3 * integrations > UNNOTICED
            _measured(steps, f"{title}: the walk before", upstream, deployed)
            if many:
                let_the_limit_pass(time.monotonic())
            for number in range(news):
                integration = FIRST_INTEGRATION + number * integrations // news
                records = {"account": ACCOUNT, "integration_id": integration, "records": [{}] * (1 + number % 3)}
                upstream.ask("POST", "/records", records)
            before = upstream.truth()
            lines.append(_measured(steps, f"{title}: a tick, {news} have news", upstream, deployed))
            if not many:  # else it is as long as the one before
                lines.append(_measured(steps, f"{title}: an idle tick", upstream, deployed))
            _check(steps, upstream, deployed, folder, before)
    return lines


def long(steps: Steps, options: argparse.Namespace) -> tuple[list[Line], str]:
    """A long stream from nothing, at each request budget."""
    lines, bounds = [], []
    with deployed_beside(steps, integrations=1, records=options.records, resting=(ARCHIVE,)) as (
        upstream,
        deployed,
        folder,
    ):
        path = f"/integrations/{FIRST_INTEGRATION}/logs"
        with steps.step("Every page once without latency, so that the sandbox has written its records"):
            upstream.bare_walk(path)
        upstream.modes(latency_ms=options.latency_ms)
        with steps.step(f"A bare GET loop, {options.latency_ms} ms latency") as tell:
            bare = upstream.bare_walk(path)
            tell(f"{bare.pages} pages, {bare.bytes / 1e6:.0f} MB")
        asked = time.monotonic()
        before = upstream.truth()
        for budget in options.budgets:
            let_the_limit_pass(asked)
            title = f"{len(before):,} records of one integration, {budget} requests a minute"
            environment = {"REQUESTS_PER_MINUTE": str(budget), "STREAM_MODE": "integration"}
            with reconfigured(deployed, FETCH, timeout=options.timeout, environment=environment):
                lines.append(_measured(steps, title, upstream, deployed, bare))
            asked = time.monotonic()
            bounds.append(f"{_bound(bare.pages, budget):.0f} s at {budget}")
            _check(steps, upstream, deployed, folder, before)
            forget(deployed)
    note = (
        f"The bare GET loop took {bare.seconds:.1f} s for {bare.pages:,} pages ({bare.bytes / 1e6:.0f} MB, "
        f"{bare.pages / bare.seconds * 60:,.0f} requests a minute, more than Sendcloud allows). The request budget "
        f"alone dictates at least {' and '.join(bounds)} requests a minute. The function's time-out was "
        f"{options.timeout} s, the latency {options.latency_ms} ms."
    )
    return lines, note


def _bound(pages: int, budget: int) -> float:
    """Seconds that the pacer takes for so many requests: a thirtieth at once, the others evenly spread."""
    burst = max(1, budget // 30)
    return max(0, pages - burst) * 60 / max(1, budget - burst)


def _measured(steps: Steps, title: str, upstream: Upstream, deployed: Stack, bare: Bare | None = None) -> Line:
    upstream.count_anew()
    with steps.step(title) as tell:
        order = carry_out(deployed, {"task": "plan", "mode": "tick"}, within=PATIENCE, tell=tell)
        counted = upstream.counted()
        tell(f"{sum(counted.values())} requests, {order.landed} records landed, walked {order.seconds:.1f} s")
    if counted.get("429"):
        raise StepFailedError(f"Sendcloud refused {counted['429']} requests as too many.")
    beside = f"{order.seconds / bare.seconds:.2f}" if bare else ""
    return Line(title, sum(counted.values()), counted.get("429", 0), order, beside)


def _check(steps: Steps, upstream: Upstream, deployed: Stack, folder: Path, before: set[int]) -> None:
    """The archive has all that Sendcloud has; nothing that it never had; nothing twice."""
    with steps.step("Archiving, and comparing the archive with the truth") as tell:
        found = archived(deployed, folder / f"archive-{time.monotonic_ns()}", within=PATIENCE, tell=tell)
        missing, strange = upstream.truth() - found, found - before  # what has expired since is in neither
        tell(f"{len(found)} records, each once")
    if missing or strange:
        raise StepFailedError(f"{len(missing)} records are missing, {len(strange)} were never served.")


def _table(lines: list[Line]) -> str:
    rows = [f"| {' | '.join(COLUMNS)} |", "|---" + "|---:" * (len(COLUMNS) - 1) + "|"]
    return "\n".join([*rows, *(f"| {' | '.join(line.cells())} |" for line in lines)]) + "\n"


def _budgets(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"from {least} to {most}")
        return number

    return read


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.works.load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scenario", choices=("thousand", "long", "all"), default="all", help="which (%(default)s)")
    parser.add_argument(
        "--integrations", type=_whole(2, 90_000), default=1000, help="of the account in thousand (%(default)s)"
    )
    parser.add_argument("--news", type=_whole(1, 90_000), default=50, help="how many of them have news (%(default)s)")
    parser.add_argument("--records", type=_whole(100, 3_000_000), default=200_000, help="in long (%(default)s)")
    parser.add_argument("--latency-ms", type=_whole(0, 10_000), default=50, help="a request in long (%(default)s)")
    parser.add_argument("--timeout", type=_whole(25, 180), default=65, help="the function's in long, s (%(default)s)")
    parser.add_argument(
        "--budgets", type=_budgets, default=[900, 1000], help="requests a minute to try in long (900,1000)"
    )
    parser.add_argument("--write", action="store_true", help=f"write {REPORT.name} too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
