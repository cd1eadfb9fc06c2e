"""What the running functions report in their log groups, and what the archive has in its bucket."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb

from check_status.check.columns import COLUMNS
from sandbox.steps import StepFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.stack import Stack

_QUERY_SECONDS = 60
_TYPES = {"string": "VARCHAR", "bigint": "BIGINT", "int": "INTEGER", "boolean": "BOOLEAN"}
"""DuckDB's types by those of the Glue table, so that a query means the same in both."""


@dataclass
class Progress:
    """Totals since the stack was deployed; ``failures`` counts what walks failed at."""

    pages: int = 0
    landed: int = 0
    archived: int = 0
    quarantined: int = 0
    failures: Counter[str] = field(default_factory=Counter)


class Observer:
    """Follows the functions' log groups; ``look`` reads what is new."""

    def __init__(self, stack: Stack) -> None:
        self._logs = stack.client("logs")
        self._prefix = "/integration-logs/integration-logs/"
        self._seen: set[str] = set()
        self.progress = Progress()

    def look(self) -> Progress:
        """Read the new log lines; the totals."""
        for line in self._new_lines():
            match line.get("message"):
                case "Walk ended":
                    self._walked(line["walk"])
                case "Archive run ended":
                    self.progress.archived += line["run"]["rows"]
                    self.progress.quarantined += line["run"]["quarantined"]
        return self.progress

    def _walked(self, walk: dict[str, Any]) -> None:
        self.progress.pages += walk["pages"]
        self.progress.landed += walk["landed"]
        for failure in walk["failures"].values():
            self.progress.failures[failure["message"]] += 1

    def _new_lines(self) -> Iterator[dict[str, Any]]:
        for group in ("fetch_logs", "archive_logs"):
            pages = self._logs.get_paginator("filter_log_events").paginate(logGroupName=self._prefix + group)
            for event in (event for page in pages for event in page["events"]):
                message = event["message"]  # unique: time stamp and request id are in it
                if message.startswith("{") and message not in self._seen:
                    self._seen.add(message)
                    yield json.loads(message)


def athena(stack: Stack, sql: str) -> list[dict[str, str]]:
    """Run one Athena query in the stack's workgroup; its rows. Raises ``StepFailedError`` with Athena's reason."""
    client = stack.client("athena")
    started = client.start_query_execution(
        QueryString=sql,
        WorkGroup=stack.outputs["WorkgroupName"],
        QueryExecutionContext={"Database": stack.outputs["DatabaseName"]},
    )["QueryExecutionId"]
    deadline = time.monotonic() + _QUERY_SECONDS
    state = "QUEUED"
    while state in {"QUEUED", "RUNNING"} and time.monotonic() < deadline:
        time.sleep(0.2)
        status = client.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
        state = status["State"]
    if state != "SUCCEEDED":
        raise StepFailedError(
            f"The Athena query failed ({state}): {status.get('StateChangeReason', 'no reason given')}."
        )
    rows = client.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
    header, *values = [[cell.get("VarCharValue", "") for cell in row["Data"]] for row in rows]
    return [dict(zip(header, value, strict=True)) for value in values]


def fetch_archive(stack: Stack, folder: Path) -> list[Path]:
    """Copy what lies under ``logs/`` and ``status/`` into ``folder``, as far as it has changed."""
    s3, bucket = stack.client("s3"), stack.outputs["BucketName"]
    copies = []
    for prefix in ("logs/", "status/"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                copy, mark = folder / item["Key"], folder / f"{item['Key']}.etag"
                copy.parent.mkdir(parents=True, exist_ok=True)
                if not mark.exists() or mark.read_text() != item["ETag"]:
                    copy.write_bytes(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
                    mark.write_text(item["ETag"])
                copies.append(copy)
    return copies


def open_archive(copies: list[Path]) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with the copies as the views ``logs`` and ``checks``, ``dt`` included."""
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    columns = {column.name: _TYPES[column.glue] for column in COLUMNS}
    for view, ending, read, options in (
        ("logs", ".parquet", "read_parquet", "union_by_name = true"),
        ("checks", ".json", "read_json", f"format = 'newline_delimited', columns = {columns}"),
    ):
        files = ", ".join(f"'{quoted}'" for copy in copies if (quoted := str(copy).replace("'", "''")).endswith(ending))
        if files:
            database.execute(
                f"CREATE VIEW {view} AS SELECT * FROM {read}([{files}], hive_partitioning = true, {options})"
            )
    return database
