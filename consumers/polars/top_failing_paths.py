"""Which calls fail most, as CSV: with polars, lazily, so that only these columns of these days are fetched."""

import argparse
import os
import sys
from datetime import UTC, datetime, timedelta

import polars as pl

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument(
    "--archive",
    default=os.environ.get("ARCHIVE"),
    required="ARCHIVE" not in os.environ,
    help="s3://BUCKET/logs, or a local copy's absolute path; else ARCHIVE",
)
parser.add_argument("--days", type=int, default=30, help="how far to look back (%(default)s)")
parser.add_argument("--top", type=int, default=20, help="how many (%(default)s)")
given = parser.parse_args()

since = (datetime.now(UTC) - timedelta(days=given.days)).date()
problem = ["integration_id", "host", "method", "exception_type", "response_code", "remedy", "fingerprint"]
top = (
    pl.scan_parquet(
        f"{given.archive}/dt=*/*.parquet", hive_partitioning=True, missing_columns="insert", extra_columns="ignore"
    )
    .filter(pl.col("dt") >= since)
    .group_by(problem)
    .agg(
        pl.col("full_url").str.extract(r"^[^:]+://[^/?#]*([^?#]*)").min().alias("a_path"),
        pl.len().alias("records"),
        pl.col("created_at").max().alias("last_seen"),
    )
    .sort(["records", "fingerprint", "remedy"], descending=[True, False, False], nulls_last=True)
    .head(given.top)
)
sys.stdout.write(top.collect().write_csv())
