"""How long a shop's problems last until they are repaired, as CSV: with pandas, over a pyarrow dataset.

Six hours without a record of a fingerprint end an episode; one that is not over yet is not timed.
"""

import argparse
import os
import sys
from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow.dataset as ds
from pyarrow import fs

GAP = pd.Timedelta(hours=6)

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument(
    "--archive",
    default=os.environ.get("ARCHIVE"),
    required="ARCHIVE" not in os.environ,
    help="s3://BUCKET/logs, or a local copy's absolute path; else ARCHIVE",
)
parser.add_argument("--days", type=int, default=30, help="how far to look back (%(default)s)")
given = parser.parse_args()

since = (datetime.now(UTC) - timedelta(days=given.days)).date()
filesystem, folder = fs.FileSystem.from_uri(given.archive)
found = filesystem.get_file_info(fs.FileSelector(folder, recursive=True))  # listed, as a reader may not ask for "logs"
archive = ds.dataset([each.path for each in found if each.is_file], filesystem=filesystem, partitioning="hive")
records = archive.to_table(
    columns=["integration_id", "host", "fingerprint", "created_at"],
    filter=ds.field("dt") >= since.isoformat(),  # the other days' objects are not opened
).to_pandas()

records = records.sort_values("created_at")
before = records.groupby("fingerprint").created_at.shift()
begins = before.isna() | (records.created_at - before > GAP)
records["episode"] = begins.groupby(records.fingerprint).cumsum()

episodes = records.groupby(["integration_id", "host", "fingerprint", "episode"], dropna=False).created_at
episodes = episodes.agg(records="size", began="min", ended="max").reset_index()
episodes = episodes[episodes.ended < pd.Timestamp.now("UTC") - GAP]
episodes["hours"] = (episodes.ended - episodes.began).dt.total_seconds() / 3600
episodes.sort_values("began").to_csv(sys.stdout, index=False)
