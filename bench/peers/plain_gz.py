"""Sendcloud's integration logs by a plain script of requests and boto3: one file of gzip'd NDJSON a run."""

from __future__ import annotations

import gzip
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.peers.command import Job, job
from bench.peers.plain import Records


def run(asked: Job) -> None:
    """Fetch what is new, store it, and remember how far it goes."""
    records, count = Records(asked), 0
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        with gzip.open(path, "wt", compresslevel=6, encoding="utf-8") as file:
            for record in records:
                file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
                count += 1
        if count:
            asked.put(f"logs/{datetime.now(UTC):%Y%m%dT%H%M%S%f}.ndjson.gz", path)
    records.keep()


if __name__ == "__main__":
    run(job(str(__doc__), ("ndjson",)))
    sys.exit(0)
