"""Cold starts and the idle tick: what a fresh process costs before it asks anything: ``python -m bench.works.cold``.

Each function is started as Lambda starts it, in a process of its own, beside ``import boto3`` and one client, and
beside what a typical function imports (Logger, Tracer, Metrics, requests, two clients, a pydantic model). They take
turns. Wall time runs from the start of the process until its first request has come in: Sendcloud's or WeMaSy's for
fetch_logs and check_status, S3's for archive_logs. So does the time on a processor, which other work on the machine
disturbs less. The fetch is the idle tick: the page that Sendcloud has is known already. What stands for AWS and for the
upstreams is a server on loopback without TLS.

``--imports`` says where the time goes: ``-X importtime``, added up by top-level package. ``--sources`` starts
everything without compiled bytecode, as Lambda does with a package that has none.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "functions"), str(ROOT / "layers" / "shared")]

from bench.tools.cold_world import BUCKET, World, playing  # noqa: E402
from sandbox.upstreams.history import plan  # noqa: E402
from sandbox.upstreams.records import compose  # noqa: E402
from sandbox.upstreams.shops import build_accounts, build_shops  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

PYTHON = ROOT / ".venv-lambda" / "bin" / "python"
"""Has what there is in Lambda: other packages that happen to be there make importing boto3 dearer."""

_START = str(ROOT / "bench" / "tools" / "cold_start.py")
_SEED = 7
_RECORDS = 100
WARMING = 3
_IMPORTED = re.compile(r"import time: +(\d+) \| +\d+ \|( +)(\S+)")


@dataclass(frozen=True)
class Contestant:
    """What is started: ``function`` with the event in ``events/``, until it first asks ``until``; others just end."""

    function: str
    event: str = ""
    until: str = ""

    def command(self) -> list[str]:
        """What comes behind the interpreter."""
        return [_START, self.function] + ([(ROOT / "events" / self.event).read_text()] if self.event else [])


CONTESTANTS = {
    "python alone": Contestant("nothing"),
    "boto3 and a client": Contestant("boto3"),
    "typical": Contestant("typical"),
    "fetch_logs, a walk": Contestant("fetch_logs", "fetch_logs/work_queue.json", until="upstream"),
    "fetch_logs, the plan": Contestant("fetch_logs", "fetch_logs/plan.json", until="aws"),
    "check_status": Contestant("check_status", "check_status/check.json", until="upstream"),
    "archive_logs, the safety net": Contestant("archive_logs", "archive_logs/archive.json", until="s3"),
    "archive_logs, something landed": Contestant("archive_logs", "archive_logs/archive_queue.json", until="s3"),
}
"""By the names that the tables have."""


class Start(NamedTuple):
    """A start: seconds until the first request, of them on a processor; on a processor until the end; requests to the
    upstreams; S3's reads (lists included) and writes."""

    wall: float
    cpu: float
    cpu_whole: float
    upstream: int
    reads: int
    writes: int


def main() -> int:
    """Measure, in turns, and print tables; the exit code."""
    options = _options()
    chosen = {name: each for name, each in CONTESTANTS.items() if not options.only or options.only in name}
    if not PYTHON.exists():
        sys.stderr.write("The environment of the functions is not there yet: make .venv-lambda/ready\n")
        return 2
    with cold_world() as world, environment_of(world, sources=options.sources) as environment:
        if options.imports:
            for name, each in chosen.items():
                sys.stdout.write(f"\n## {name}\n\n{imports_table(imports(each, environment))}\n")
            return 0
        starts = measure(world, chosen, environment, options.rounds)
    sys.stdout.write(
        f"{os.cpu_count()} processors ({platform.machine()}), Python {platform.python_version()}, load averages at the "
        f"end {', '.join(f'{average:.1f}' for average in os.getloadavg())}; medians of {options.rounds} rounds.\n\n"
        f"{table(starts)}\n"
    )
    return 0


@contextmanager
def cold_world() -> Iterator[World]:
    """AWS and the upstreams, with one account, and with a page of its records."""
    account = build_accounts(["main"])["main"]
    shops = build_shops(account, 7)
    planned = plan(_SEED, shops, account.index, int(time.time()), 4 * _RECORDS)
    newest = sorted(planned, key=lambda each: each.at, reverse=True)[:_RECORDS]
    records = [compose(_SEED, each.key, each.shop, each.kind, each.at * 1_000_000) for each in newest]
    now = datetime.now(UTC).isoformat()
    listed = [
        {"id": shop.id, "shop_name": f"Shop {shop.id}", "shop_url": "https://shop.example", "type": "woocommerce"}
        | {"started_failing_at": None, "last_fetched_at": now, "created_at": now, "updated_at": now}
        for shop in shops
    ]
    with playing(World(listed, json.dumps({"data": records}).encode())) as world:
        yield world


@contextmanager
def environment_of(world: World, *, sources: bool = False) -> Iterator[dict[str, str]]:
    """What the functions read, as ``template.yaml`` writes it, with the same defaults."""
    with TemporaryDirectory(prefix="bench-cold-") as name:
        own = {each: value for each, value in os.environ.items() if each in {"PATH", "HOME", "LANG", "TMPDIR"}}
        without_bytecode = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": name} if sources else {}
        yield own | without_bytecode | settings(world)


def settings(world: World) -> dict[str, str]:
    """The variables of all functions together."""
    return {
        "AWS_ENDPOINT_URL": world.url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_XRAY_SDK_ENABLED": "true",
        "ACCOUNT_NAMES": "main",
        "SECRET_PREFIX": "integration-logs",
        "BUCKET": BUCKET,
        "POWERTOOLS_SERVICE_NAME": "integration-logs",
        "POWERTOOLS_METRICS_NAMESPACE": "IntegrationLogs",
        "OWN_LOG_LEVEL": "INFO",
        "CORS_ALLOW_ORIGIN": "",
        "SENDCLOUD_BASE_URL": f"{world.url}/api/v3",
        "WEMASY_BASE_URL": f"{world.url}/api",
        "PAGE_SIZE": "100",
        "OVERLAP_MINUTES": "60",
        "STREAM_MODE": "auto",
        "BACKFILL_SLICES": "1",
        "INTEGRATION_IDS": "",
        "REQUESTS_PER_MINUTE": "900",
        "STALE_TICKS": "12",
        "REDACTION_POLICY": "mask",
        "PSEUDONYM_KEY_SECRET": "pseudonyms",
        "WORK_QUEUE_URL": f"{world.url}/000000000000/work.fifo",
        "ARCHIVE_QUEUE_URL": f"{world.url}/000000000000/archive.fifo",
        "ARCHIVE_PART_MEGABYTES": "128",
        "CHECKS_TO_CONFIRM": "2",
        "SILENT_AFTER_MINUTES": "360",
        "RESOLVE_AFTER_MINUTES": "60",
        "ESCALATION_FACTOR": "5",
        "EVENT_BUS": "bench",
        "NOTICE_TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:bench",
        "NOTICE_LANGUAGE": "en",
    }


def measure(
    world: World, contestants: Mapping[str, Contestant], environment: Mapping[str, str], rounds: int
) -> dict[str, list[Start]]:
    """Start each of them in turns, when some rounds have fetched, archived and told whatever was new."""
    found: dict[str, list[Start]] = {name: [] for name in contestants}
    for number in range(1 - WARMING, rounds + 1):
        sys.stderr.write(f"round {number} of {rounds}\n" if number > 0 else "warming up\n")
        for name, contestant in contestants.items():
            one = start(world, contestant, environment)
            if number > 0:
                found[name].append(one)
    return found


def start(world: World, contestant: Contestant, environment: Mapping[str, str]) -> Start:
    """Start a contestant once. Raises ``SystemExit`` where it fails, or never asked what it should."""
    world.calls.clear()
    begun = time.monotonic()
    with subprocess.Popen(  # noqa: S603  # our own
        [str(PYTHON), *contestant.command()],
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        world.watched = process.pid
        said, complained = process.communicate()
        world.watched = None
    if process.returncode:
        raise SystemExit(f"{contestant.function} ended with {process.returncode}:\n{said}{complained}")
    done = json.loads(said.strip().rpartition("\n")[2])
    first = next((call for call in world.calls if call.who == contestant.until), None)
    if contestant.until and first is None:
        raise SystemExit(f"{contestant.function} did not ask {contestant.until}:\n{said}{complained}")
    at, cpu = (first.at, first.cpu) if first else (done["at"], done["cpu"])
    asked = Counter(call.who if call.who != "s3" else call.what.partition(" ")[0] for call in world.calls)
    return Start(at - begun, cpu, done["cpu"], asked["upstream"], asked["GET"] + asked["LIST"], asked["PUT"])


def table(starts: Mapping[str, Sequence[Start]]) -> str:
    """Medians, and what they are beside boto3 and beside the typical set, as a Markdown table."""
    middle = {name: Start(*map(statistics.median, zip(*each, strict=True))) for name, each in starts.items()}
    boto3, typical = middle.get("boto3 and a client"), middle.get("typical")

    def beside(one: float, other: Start | None, name: str) -> str:
        return f"{one / getattr(other, name):.2f}" if other else "-"

    lines = [
        "| | ms to the first request | ÷ boto3 | ÷ typical | ms on a processor until then | ÷ boto3 | ÷ typical "
        "| ms on a processor in all | ÷ boto3 | upstream requests | S3 reads | S3 writes |",
        f"|---|{'---:|' * 11}",
    ]
    for name, each in middle.items():
        ratios = [
            f"{value * 1000:.0f} | {beside(value, boto3, field)} | {beside(value, typical, field)}"
            for field, value in (("wall", each.wall), ("cpu", each.cpu))
        ]
        counts = f"{each.upstream:.0f} | {each.reads:.0f} | {each.writes:.0f}"
        whole = f"{each.cpu_whole * 1000:.0f} | {beside(each.cpu_whole, boto3, 'cpu_whole')}"
        lines.append(f"| {name} | {' | '.join([*ratios, whole])} | {counts} |")
    return "\n".join(lines)


def imports(contestant: Contestant, environment: Mapping[str, str]) -> dict[str, float]:
    """Milliseconds of importing, by top-level package; the standard library is one, and so is each of our packages."""
    command = [str(PYTHON), "-X", "importtime", *contestant.command()]
    subprocess.run(command, env=dict(environment), capture_output=True, check=True)  # noqa: S603  # bytecode is made
    done = subprocess.run(command, env=dict(environment), capture_output=True, check=True, text=True)  # noqa: S603
    return by_package(done.stderr.splitlines())


def by_package(lines: Iterable[str]) -> dict[str, float]:
    """The lines of ``-X importtime`` added up, in ms, the largest first.

    >>> by_package(["import time:      2000 |       2500 |   json", "import time: 1500 | 1500 | boto3.session"])
    {'the standard library': 2.0, 'boto3': 1.5}
    """
    total: Counter[str] = Counter()
    for line in lines:
        if found := _IMPORTED.match(line):
            package = found[3].partition(".")[0]
            total["the standard library" if package in sys.stdlib_module_names else package] += int(found[1])
    return {package: spent / 1000 for package, spent in total.most_common()}


def imports_table(spent: Mapping[str, float], *, least: float = 1.0) -> str:
    """The packages that take at least so many ms, as a Markdown table."""
    large = {package: each for package, each in spent.items() if each >= least}
    rest = sum(spent.values()) - sum(large.values())
    lines = [f"| {package} | {each:.0f} |" for package, each in (large | {"others": rest}).items()]
    return "\n".join(["| package | ms |", "|---|---:|", *lines, f"| **all** | **{sum(spent.values()):.0f}** |"])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.works.cold", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9, help="of which the medians count (%(default)s)")
    parser.add_argument("--only", default="", help="those whose name has this text")
    parser.add_argument("--imports", action="store_true", help="where the imports' time goes, in place of the rest")
    parser.add_argument("--sources", action="store_true", help="without compiled bytecode")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
