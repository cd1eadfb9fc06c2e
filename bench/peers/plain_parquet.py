"""Sendcloud's integration logs by a plain script of requests, pyarrow and boto3: one Parquet file a run."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench.peers.command import Job, job
from bench.peers.plain import Records

SCHEMA = pa.schema(
    [
        ("id", pa.int64()),
        ("integration_id", pa.int64()),
        ("base_url", pa.string()),
        ("full_url", pa.string()),
        ("method", pa.string()),
        ("response_code", pa.int64()),
        ("response", pa.string()),
        ("request", pa.string()),
        ("created_at", pa.timestamp("us", "UTC")),
        ("exception_type", pa.string()),
        ("exception", pa.string()),
        ("protected", pa.bool_()),
        ("additional_data", pa.string()),
    ]
)


def _row(record: dict[str, Any]) -> dict[str, Any]:
    """The record with its time as such, and what varies as JSON."""
    row = dict(record)
    row["created_at"] = datetime.fromisoformat(row["created_at"]) if row.get("created_at") else None
    for name in ("request", "response", "additional_data"):
        if row.get(name) is not None:
            row[name] = json.dumps(row[name], ensure_ascii=False, separators=(",", ":"))
    return row


def run(asked: Job) -> None:
    """Fetch what is new, store it, and remember how far it goes."""
    records = Records(asked)
    rows = [_row(record) for record in records]
    if rows:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "run"
            pq.write_table(pa.Table.from_pylist(rows, SCHEMA), path, compression="zstd")
            asked.put(f"logs/{datetime.now(UTC):%Y%m%dT%H%M%S%f}.parquet", path)
    records.keep()


if __name__ == "__main__":
    run(job(str(__doc__), ("parquet",)))
    sys.exit(0)
