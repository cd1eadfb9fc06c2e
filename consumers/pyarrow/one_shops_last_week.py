"""Copies every exception of one shop in the last days into one Parquet file: with pyarrow, batch by batch."""

import argparse
import os
from datetime import UTC, datetime, timedelta

import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("integration", type=int, help="the shop's integration id")
parser.add_argument("file", help="the Parquet file to write")
parser.add_argument(
    "--archive",
    default=os.environ.get("ARCHIVE"),
    required="ARCHIVE" not in os.environ,
    help="s3://BUCKET/logs, or a local copy's absolute path; else ARCHIVE",
)
parser.add_argument("--days", type=int, default=7, help="how far to look back (%(default)s)")
given = parser.parse_args()

since = (datetime.now(UTC) - timedelta(days=given.days)).date()
filesystem, folder = fs.FileSystem.from_uri(given.archive)
found = filesystem.get_file_info(fs.FileSelector(folder, recursive=True))  # listed, as a reader may not ask for "logs"
own = [each.path for each in found if each.base_name.startswith(f"integration-{given.integration}.")]
archive = ds.dataset(own, filesystem=filesystem, partitioning="hive")
rows = archive.scanner(filter=ds.field("dt") >= since.isoformat())
with pq.ParquetWriter(given.file, rows.projected_schema, compression="zstd") as file:
    for batch in rows.to_batches():
        file.write_batch(batch)
