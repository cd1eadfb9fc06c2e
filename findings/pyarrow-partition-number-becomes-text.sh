#!/usr/bin/env bash
# pyarrow 26.0.1: one folder `integration_id=3000000001` turns the ids of all the others into text.
#
# A dataset with Hive partitions takes the type of a key from the folders' names. A number that 32 bits hold is int32;
# one beyond 2,147,483,647 is not int64 but a string, and then every value of that key is. A filter that worked
# (`integration_id == 101`) raises from the day that one large id is there. pandas reads through the same code. DuckDB
# and polars make int64 of both.
#
# What to do: give the type, `ds.partitioning(pa.schema([("integration_id", pa.int64())]), flavor="hive")`, or keep the
# number as a column of the files under a name that is not a folder's.
#
# Seen with pyarrow 26.0.1, polars 2.1.0, duckdb 2.0.0, Python 3.13, 2026-12-01: the lines below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.0

"$folder/env/bin/python" - "$folder/archive" >"$folder/seen" <<'PYTHON'
import sys
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

root = Path(sys.argv[1])


def add(integration: int) -> None:
    target = root / f"integration_id={integration}"
    target.mkdir(parents=True)
    pq.write_table(pa.table({"id": [1, 2]}), target / "part.parquet")


def look() -> None:
    dataset = ds.dataset(root, partitioning="hive")
    try:
        found: object = dataset.count_rows(filter=ds.field("integration_id") == 101)
    except pa.ArrowNotImplementedError as error:
        found = type(error).__name__
    print(f"pyarrow: {dataset.schema.field('integration_id').type}, rows of 101: {found}")
    print(f"polars: {pl.scan_parquet(root).collect_schema()['integration_id']}")
    asked = f"select distinct typeof(integration_id) from read_parquet('{root}/*/*.parquet')"
    print(f"DuckDB: {duckdb.execute(asked).fetchall()}")
    given = ds.partitioning(pa.schema([("integration_id", pa.int64())]), flavor="hive")
    told = ds.dataset(root, partitioning=given)
    print(f"pyarrow, told the type: rows of 101: {told.count_rows(filter=ds.field('integration_id') == 101)}")


add(101)
look()
add(3_000_000_001)
look()
PYTHON

cat "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
pyarrow: int32, rows of 101: 2
polars: Int64
DuckDB: [('BIGINT',)]
pyarrow, told the type: rows of 101: 2
pyarrow: string, rows of 101: ArrowNotImplementedError
polars: Int64
DuckDB: [('BIGINT',)]
pyarrow, told the type: rows of 101: 2
EXPECTED
echo "As described."
