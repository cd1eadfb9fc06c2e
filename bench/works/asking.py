"""Work (h) of the bench: the archive's size and what asking it takes, beside gzip'd NDJSON of the same rows.

``python -m bench.works.archive`` has more of it: every question, and what archiving took.
"""

from __future__ import annotations

from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING

from bench.tools.work import WALL, Goal, Measurement, Work
from bench.works.archive import (
    QUESTIONS,
    ROOT,
    ROUNDS,
    SHOPS,
    apart,
    archive,
    asked,
    land_records,
    over_ndjson,
    size,
    write_ndjson,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.tools.work import Given, Round

SIZE, FIRST = "size", QUESTIONS[0]
ARCHIVE, NDJSON = "the archive", "gzip -6 NDJSON, the same objects"
BYTES, OBJECTS = "bytes a record", "objects"
RECORDS, QUICK_RECORDS = 1_000_000, 300

TEXT = f"""\
{RECORDS:,} records of {SHOPS} integrations over 30 days, made by the sandbox, redacted, landed and archived by the
functions' own code, a folder in place of the bucket; and each object's rows as gzip'd NDJSON (level 6) under the same
name. The questions are those of `consumers/duckdb`, each asked from an empty DuckDB over files on the disk; both forms
must answer alike; medians of five turns. Takes fifteen minutes and 3 GB, and so runs only if asked for (`--work h`).
"""


@contextmanager
def _open(given: Given) -> Iterator[Round]:
    records = QUICK_RECORDS if given.quick else RECORDS
    bucket, ndjson = given.folder / "bucket", given.folder / "ndjson"
    given.tell(f"making {records:,} records, and landing them")
    apart(land_records, bucket, records)
    given.tell("archiving")
    done, _ = apart(archive, bucket)
    given.tell("the same rows as NDJSON")
    write_ndjson(bucket / "logs", ndjson)
    logs = bucket / "logs"
    objects = len(list(logs.rglob("*.parquet")))

    def one_round() -> Iterator[Measurement]:
        said = "" if done["rows"] == records else f"{done['rows']:,} rows were archived"
        for name, folder in ((ARCHIVE, logs), (NDJSON, ndjson)):
            yield Measurement(SIZE, name, {BYTES: size(folder) / records, OBJECTS: objects}, said)
        for question in QUESTIONS[: 1 if given.quick else None]:
            given.tell(question)
            sql = (ROOT / "consumers" / "duckdb" / f"{question}.sql").read_text()
            times: dict[str, list[float]] = {ARCHIVE: [], NDJSON: []}
            answers = []
            for _ in range(1 if given.quick else ROUNDS):
                for name, folder, text in ((ARCHIVE, logs, sql), (NDJSON, ndjson, over_ndjson(sql))):
                    seconds, answer = asked(text, folder)
                    times[name].append(seconds)
                    answers.append(answer)
            said = "" if all(each == answers[0] for each in answers) else "the answers differ"
            for name, each in times.items():
                yield Measurement(question, name, {WALL: median(each)}, said)

    yield one_round


WORK = Work(
    "h",
    "The archive's size, and asking it",
    TEXT,
    _open,
    goals=(
        Goal(
            "≤ 0.85 × gzip -6 NDJSON", "at most", 0.85,
            lambda found: found.ratio(BYTES, (SIZE, ARCHIVE), (SIZE, NDJSON)),
        ),
        Goal(
            "errors by type and day: ≥ 25 × faster", "at least", 25,
            lambda found: found.ratio(WALL, (FIRST, NDJSON), (FIRST, ARCHIVE)),
        ),
    ),
    reference=NDJSON,
    asked_for=True,
)  # fmt: skip
