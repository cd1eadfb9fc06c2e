"""Work (f) of the bench: a thousand new rows into a day that has a hundred thousand, through archive_logs' own merge.

Beside it: DuckDB reading that day's object and writing it again, once. ``python -m bench --work f``.
"""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import duckdb

from bench.tools.directory_store import DirectoryStore
from bench.tools.records import FIRST_INTEGRATION, templates
from bench.tools.work import CPU, PEAK, WALL, Goal, Measurement, Work
from bench.works.archive import apart

from archive_logs.merging.backlog import work_off  # isort: skip  # bench.works.archive says where the functions are

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.tools.work import Given, Round
    from bench.works.archive import Cost

CASE = "new rows into a day"
OURS, PLAIN, ALONE = "ours", "DuckDB, reading and writing", "the same, in one thread"
_DISTINCT = 10_000  # more than a row group holds
_LANDED = 1000
_DAY = datetime(2026, 11, 20, tzinfo=UTC)

TEXT = f"""\
A day of one integration has 100,000 rows, 1.8 KB each as Sendcloud gives them; {_DISTINCT:,} of them differ in more
than id and time. 1,000 more, at random times of it, have landed. *{OURS}*: the archiver's run, from the listing of
`landing/` to the last delete, over a folder in place of the bucket: reading what landed, deciding what stays, writing
the object in order, its summary. *{PLAIN}*: `COPY (FROM 'day.parquet') TO … (FORMAT parquet, COMPRESSION zstd)` and
nothing else, with DuckDB's defaults, which take all processors; *{ALONE}*: as the function runs it. What a process
imports is not counted.
"""


def make_day(bucket: Path, rows: int, new: int, distinct: int = _DISTINCT) -> int:
    """Archive a day of so many rows, and land the new ones under ``landing/``; how many were archived."""
    from integration_logs.bucket.landing import encode, land  # noqa: PLC0415
    from integration_logs.records.rows import parse  # noqa: PLC0415
    from integration_logs.redaction.marks import Pseudonyms  # noqa: PLC0415
    from integration_logs.redaction.redactor import Redactor  # noqa: PLC0415
    from integration_logs.times import timestamp  # noqa: PLC0415

    redactor = Redactor([], pseudonyms=Pseudonyms(lambda: "a key of this measurement alone"))
    made = [json.loads(each.record(1, FIRST_INTEGRATION, 0)) for each in templates(distinct)]
    fetched_at = _DAY + timedelta(days=2)
    parsed = [parse(redactor.record(each), account="main", integration_id=None, fetched_at=fetched_at) for each in made]
    step = timedelta(days=1) / (rows + new)
    lines = [
        encode(parsed[number % len(parsed)] | {"id": number + 1, "created_at": timestamp(_DAY + number * step)})
        for number in range(rows + new)
    ]
    late = set(Random(7).sample(range(rows + new), new))  # noqa: S311  # no secret
    store = DirectoryStore(bucket)
    there = [line for number, line in enumerate(lines) if number not in late]
    for at in range(0, rows, _LANDED):
        land(store, there[at : at + _LANDED], account="main", stream="account", fetched_at=fetched_at)
    archived = work_off(store, lambda: 3600.0).rows
    land(store, [lines[number] for number in sorted(late)], account="main", stream="account", fetched_at=fetched_at)
    return archived


def merge(bucket: Path) -> int:
    """Work off what landed; how many rows were new."""
    return work_off(DirectoryStore(bucket), lambda: 3600.0).rows


def read_and_write(day: Path, target: Path, threads: int | None) -> int:
    """Let DuckDB copy the object; how many rows it has."""
    with duckdb.connect(config={"threads": threads} if threads else {}) as database:
        (copied,) = database.execute(
            f"COPY (FROM read_parquet('{day}')) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
        ).fetchall()
    return int(copied[0])


def wrong(bucket: Path, rows: int) -> str:
    """What is wrong with the archive that should have the ids from 1 to ``rows``, in their order, each once."""
    with duckdb.connect() as database:
        found = database.execute(
            f"""
            SELECT count(*), count(DISTINCT id), min(id), max(id), count(*) FILTER (WHERE file_row_number + 1 <> id)
            FROM read_parquet('{bucket}/logs/*/*.parquet', file_row_number = true)
            """  # noqa: S608
        ).fetchall()
    return "" if found == [(rows, rows, 1, rows, 0)] else f"rows, ids, first, last, misplaced: {found[0]}"


@contextmanager
def _open(given: Given) -> Iterator[Round]:
    rows, new, distinct = (5_000, 50, 500) if given.quick else (100_000, 1000, _DISTINCT)
    kept, used = given.folder / "kept", given.folder / "used"
    given.tell(f"archiving a day of {rows:,} rows")
    apart(make_day, kept, rows, new, distinct)
    (day,) = (kept / "logs").rglob("*.parquet")

    def one_round() -> Iterator[Measurement]:
        shutil.rmtree(used, ignore_errors=True)
        shutil.copytree(kept, used)
        merged, cost = apart(merge, used)
        said = wrong(used, rows + new) if merged == new else f"{merged} rows were new"
        yield _measurement(OURS, cost, said)
        for name, threads in ((PLAIN, None), (ALONE, 1)):
            copied, cost = apart(read_and_write, day, given.folder / "copied.parquet", threads)
            yield _measurement(name, cost, "" if copied == rows else f"{copied} rows")

    yield one_round


def _measurement(contestant: str, cost: Cost, said: str) -> Measurement:
    return Measurement(CASE, contestant, {WALL: cost.seconds, CPU: cost.cpu, PEAK: cost.peak / (1 << 20)}, wrong=said)


def _beside(other: str, value: str) -> Goal:
    return Goal(
        f"≤ 1.3 × {other}: {value}", "at most", 1.3, lambda found: found.ratio(value, (CASE, OURS), (CASE, other))
    )


WORK = Work(
    "f",
    "Merging 1,000 rows into a day of 100,000",
    TEXT,
    _open,
    goals=(_beside(PLAIN, CPU), _beside(ALONE, CPU)),
    reference=PLAIN,
)
