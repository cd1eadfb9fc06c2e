"""The archive at a million records: its size, what asking it takes, and what archiving it took.

Makes the records of 20 shops over 30 days, seeded, in the variety of real ones (the sandbox's), redacts and parses them
as fetch_logs does, and lands them newest first, as a backfill does. archive_logs' own code archives them in a process
of its own, whose peak memory is the archiver's: what stands for the bucket is a folder. The same rows are then written
as gzip'd NDJSON (level 6) in the same layout, an object for each of the archive's, and DuckDB is asked the questions of
consumers/duckdb of both, in turns; the median of five rounds counts. Both must give the same answers.

A million records take ten minutes and 3 GB of disk; --records makes it short.
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import re
import shutil
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb
from rich.console import Console

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "functions"), str(ROOT / "layers" / "shared")]

from bench.tools.directory_store import DirectoryStore  # noqa: E402
from bench.tools.peak import peak  # noqa: E402
from sandbox.steps import Steps  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

REPORT = Path(__file__).parents[1] / "ARCHIVE.md"
QUESTIONS = ("errors_by_type_and_day", "top_failing_paths", "hours_to_repair", "one_shops_last_week")
SHOPS = 20
DAYS = 30
SEED = 7
ROUNDS = 5
NDJSON = "gzip'd NDJSON, level 6, the same objects"
LANDED = "as it landed: gzip'd NDJSON, level 1, 1000 records an object"

PAGE = """\
# The archive, measured

Written by `python -m bench.works.archive --write`; the head of [archive.py](archive.py) says what is measured.

`{command}` on {day}: {machine}, {versions}, load averages at the end {load}. The records are drawn from a few patterns,
so that either form comes out smaller than that of real shops will; what counts is the ratio.

## Size

{records}, in {objects}: so much a shop's quiet day takes.

| | MB | bytes a record | ÷ gzip'd NDJSON |
|---|---:|---:|---:|
{sizes}

## Queries

The questions of [consumers/duckdb](../consumers/duckdb), both forms on the local disk, from an empty DuckDB each time.
Seconds: the median of {rounds} rounds, taken in turns.

| question | rows | the archive | gzip'd NDJSON | times as fast |
|---|---:|---:|---:|---:|
{times}

## Archiving

{took}, for {writes} writes of objects. At most {peak} MB of memory, the interpreter included; the function has 1024 MB.
"""

_MEGABYTE = 1 << 20
_READ_PARQUET = re.compile(r"read_parquet\(\s*(.*?),\s*(?:-- [^\n]*\n\s*)?hive_partitioning", re.DOTALL)


@dataclass(frozen=True)
class Cost:
    """What a piece of work took: seconds, of them on a processor, and its process's peak memory in bytes."""

    seconds: float
    cpu: float
    peak: int


@dataclass(frozen=True)
class Times:
    """Seconds that a question took of each, round by round, and how many rows the answer has."""

    parquet: list[float]
    ndjson: list[float]
    rows: int


def main() -> int:
    """Measure, show and perhaps write; the exit code."""
    options = _options()
    steps = Steps(Console(highlight=False, width=None if sys.stdout.isatty() else 160))
    with TemporaryDirectory(prefix="bench-archive-", dir=options.folder) as name:
        bucket, ndjson = Path(name, "bucket"), Path(name, "ndjson")
        with steps.step("Making records, and landing them") as tell:
            landed = apart(land_records, bucket, options.records)[0]
            tell(f"{landed:,} bytes in {len(list(bucket.rglob('*.gz')))} landing objects")
        with steps.step("Archiving") as tell:
            archived, cost = apart(archive, bucket)
            tell(f"{archived['rows']:,} rows, {cost.peak / _MEGABYTE:.0f} MB at most")
        with steps.step("The same rows as gzip'd NDJSON"):
            raw = write_ndjson(bucket / "logs", ndjson)
            packed = [path.stat().st_size for path in bucket.rglob("*.parquet")]
        with steps.step("Asking both") as tell:
            times = {question: ask(question, bucket / "logs", ndjson, tell) for question in QUESTIONS}
        sizes = {"NDJSON": raw, NDJSON: size(ndjson), "the archive": sum(packed), LANDED: landed}
        text = _report(archived | {"objects": len(packed), "smallest": min(packed)}, cost, sizes, times)
    sys.stdout.write(f"\n{text}")
    if options.write:
        REPORT.write_text(text)
    return 0


def land_records(bucket: Path, records: int) -> int:
    """Land that many records as ``fetch_logs`` would on its first walk; the size of what landed, in bytes."""
    from fetch_logs.stream.batch import BATCH_ROWS  # noqa: PLC0415  # in this process alone: the archiver's is measured
    from integration_logs.bucket.landing import encode, land  # noqa: PLC0415
    from integration_logs.records.rows import parse  # noqa: PLC0415
    from integration_logs.redaction.marks import Pseudonyms  # noqa: PLC0415
    from integration_logs.redaction.redactor import Redactor  # noqa: PLC0415
    from sandbox.upstreams.history import DAY, plan  # noqa: PLC0415
    from sandbox.upstreams.records import compose  # noqa: PLC0415
    from sandbox.upstreams.shops import build_accounts, build_shops  # noqa: PLC0415

    until = int(time.time()) // DAY * DAY - 1  # whole days, so that a question of 30 days meets all of it
    account = build_accounts(["main"])["main"]
    # More than is asked for, and as many of it as are: a plan's volume is met on average only.
    planned = plan(SEED, build_shops(account, SHOPS), account.index, until, records + records // 20 + 100)
    planned = sorted(Random(SEED).sample(planned, records), key=lambda each: each.key)  # noqa: S311  # no secret
    redactor = Redactor([], pseudonyms=Pseudonyms(lambda: "a key of this measurement alone"))
    store, fetched_at = DirectoryStore(bucket), datetime.now(UTC)
    for at in range(len(planned), 0, -BATCH_ROWS):
        fetched_at += timedelta(seconds=1)
        batch = [
            redactor.record(compose(SEED, each.key, each.shop, each.kind, each.at * 1_000_000))
            for each in reversed(planned[max(0, at - BATCH_ROWS) : at])
        ]
        rows = [parse(each, account="main", integration_id=None, fetched_at=fetched_at) for each in batch]
        land(store, [encode(row) for row in rows], account="main", stream="account", fetched_at=fetched_at)
    return size(bucket)


def archive(bucket: Path) -> dict[str, int]:
    """Work off what landed; what ``work_off`` says of it."""
    from archive_logs.merging.backlog import work_off  # noqa: PLC0415  # in this process alone

    done = work_off(DirectoryStore(bucket), lambda: 3600.0)
    return {"rows": done.rows, "writes": done.partitions, "quarantined": done.quarantined}


def write_ndjson(logs: Path, ndjson: Path) -> int:
    """Write each archive object's rows as gzip'd NDJSON under the same name; their size before that, in bytes."""
    total = 0
    plain = ndjson.with_suffix(".plain")
    with duckdb.connect() as database:
        for path in sorted(logs.rglob("*.parquet")):
            database.execute(f"COPY (FROM read_parquet('{path}')) TO '{plain}' (FORMAT json)")
            target = ndjson / path.relative_to(logs).with_suffix(".ndjson.gz")
            target.parent.mkdir(parents=True, exist_ok=True)
            with plain.open("rb") as lines, gzip.open(target, "wb", compresslevel=6) as packed:
                shutil.copyfileobj(lines, packed)
            total += plain.stat().st_size
    plain.unlink(missing_ok=True)
    return total


def ask(question: str, logs: Path, ndjson: Path, tell: Callable[[str], None]) -> Times:
    """Ask one question of both, in turns."""
    sql = (ROOT / "consumers" / "duckdb" / f"{question}.sql").read_text()
    parquet, others, answers = [], [], []
    for number in range(ROUNDS):
        tell(f"{question}, round {number + 1}")
        for folder, text, times in ((logs, sql, parquet), (ndjson, over_ndjson(sql), others)):
            seconds, answer = asked(text, folder)
            times.append(seconds)
            answers.append(answer)
    if any(answer != answers[0] for answer in answers):
        raise SystemExit(f"{question}: the answers differ.")
    return Times(parquet, others, len(answers[0]))


def over_ndjson(sql: str) -> str:
    """A question to the archive, asked of gzip'd NDJSON instead, with the types that Parquet knows by itself."""
    from integration_logs.records.rows import COLUMNS  # noqa: PLC0415

    columns = ", ".join(f"{each.name}: '{each.duckdb}'" for each in COLUMNS)
    found = _READ_PARQUET.search(sql)
    assert found  # noqa: S101  # each question reads the archive once
    files = found[1].replace("parquet'", "ndjson.gz'")
    return sql.replace(
        found[0], f"read_json({files}, format = 'newline_delimited', columns = {{{columns}}}, hive_partitioning"
    )


def asked(sql: str, folder: Path) -> tuple[float, list[tuple[Any, ...]]]:
    """Seconds that one question takes in an empty DuckDB, and its answer."""
    with duckdb.connect() as database:
        database.execute(f"SET TimeZone = 'UTC'; SET VARIABLE archive = '{folder}'")
        begun = time.perf_counter()
        answer = [tuple(map(str, row)) for row in database.execute(sql).fetchall()]
        return time.perf_counter() - begun, answer


def size(folder: Path) -> int:
    """Bytes of all files below."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def apart(work: Callable[..., Any], *given: object) -> tuple[Any, Cost]:
    """Do the work in a fresh process of its own: what it gives, and what it took."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        answer: tuple[Any, Cost] = process.submit(_measured, work, *given).result()
    return answer


def _measured(work: Callable[..., Any], *given: object) -> tuple[Any, Cost]:
    begun, cpu = time.perf_counter(), time.process_time()
    answer = work(*given)
    return answer, Cost(time.perf_counter() - begun, time.process_time() - cpu, peak())


def _report(done: dict[str, int], cost: Cost, sizes: dict[str, int], times: dict[str, Times]) -> str:
    """The page."""
    rows = done["rows"]
    size_lines = (
        f"| {what} | {amount / 1e6:.1f} | {amount / rows:.0f} | {amount / sizes[NDJSON]:.2f} |"
        for what, amount in sizes.items()
    )
    asked = (
        (name, each, statistics.median(each.parquet), statistics.median(each.ndjson)) for name, each in times.items()
    )
    time_lines = (
        f"| {name} | {each.rows:,} | {fast:.3f} | {slow:.3f} | {slow / fast:.1f} |" for name, each, fast, slow in asked
    )
    return PAGE.format(
        command=" ".join(["python -m bench.works.archive", *sys.argv[1:]]),
        day=f"{datetime.now(UTC):%Y-%m-%d}",
        machine=f"{os.cpu_count()} processors ({platform.machine()})",
        versions=f"Python {platform.python_version()}, DuckDB {duckdb.__version__}",
        load=", ".join(f"{average:.1f}" for average in os.getloadavg()),
        records=f"{rows:,} records of {SHOPS} integrations over {DAYS} days, {done['quarantined']} in quarantine",
        objects=f"{done['objects']:,} objects, of which the smallest has {done['smallest']:,} bytes",
        sizes="\n".join(size_lines),
        rounds=ROUNDS,
        times="\n".join(time_lines),
        took=f"{cost.seconds:.0f} s, of them {cost.cpu:.0f} s on a processor ({rows / cost.cpu:,.0f} records a second)",
        writes=f"{done['writes']:,}",
        peak=f"{cost.peak / _MEGABYTE:.0f}",
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.works.archive", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, default=1_000_000, help="how many (%(default)s)")
    parser.add_argument("--folder", type=Path, help="where the disk has room (the temporary folder)")
    parser.add_argument("--write", action="store_true", help=f"write {REPORT.name} too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
