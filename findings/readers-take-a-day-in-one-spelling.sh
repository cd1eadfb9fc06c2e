#!/usr/bin/env bash
# One folder `dt=2026-11-22`, five readers: no spelling of the day works in all of them, and one answers 0 in silence.
#
# polars and DuckDB make a date of the folder's name; pyarrow makes text of it, pandas a category. Asked with text,
# polars raises. Asked with a date, pyarrow raises, and pandas' `==` finds no row and says nothing. pandas cannot
# compare the column with `>=` at all. polars with a pattern for a path leaves the column out. DuckDB takes both.
#
# What to do: text for pyarrow and for pandas' `filters=`, a `date` for polars, and a folder, not a pattern, for polars.
#
# Seen with pyarrow 26.0.1, pandas 3.1.1, polars 2.1.0, duckdb 2.0.0, Python 3.13, 2026-12-01: the lines below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check \
  pyarrow==26.0.1 pandas==3.1.1 polars==2.1.0 duckdb==2.0.0

"$folder/env/bin/python" - "$folder/archive" >"$folder/seen" <<'PYTHON'
import sys
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

root = Path(sys.argv[1])
for day in ("2026-11-21", "2026-11-22"):
    target = root / f"dt={day}"
    target.mkdir(parents=True)
    pq.write_table(pa.table({"id": [1, 2]}), target / "part.parquet")

asked = f"select count(*) from read_parquet('{root}/*/*.parquet') where dt >= ?"
readers = {
    "polars, >=": lambda day: pl.scan_parquet(root).filter(pl.col("dt") >= day).collect().height,
    "pyarrow, >=": lambda day: ds.dataset(root, partitioning="hive").count_rows(filter=ds.field("dt") >= day),
    "pandas, filters": lambda day: len(pd.read_parquet(root, filters=[("dt", ">=", day)])),
    "pandas, >=": lambda day: int((pd.read_parquet(root)["dt"] >= day).sum()),
    "pandas, ==": lambda day: int((pd.read_parquet(root)["dt"] == day).sum()),
    "DuckDB, >=": lambda day: duckdb.execute(asked, [day]).fetchall()[0][0],
}
for name, read in readers.items():
    found = []
    for day in ("2026-11-22", date(2026, 11, 22)):
        try:
            found.append(str(read(day)))
        except Exception as error:
            found.append(type(error).__name__)
    print(f"{name}: text {found[0]}, date {found[1]}")
print("polars, a pattern:", pl.scan_parquet(f"{root}/*/*.parquet").collect_schema().names())
PYTHON

cat "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
polars, >=: text InvalidOperationError, date 2
pyarrow, >=: text 2, date ArrowNotImplementedError
pandas, filters: text 2, date ArrowNotImplementedError
pandas, >=: text TypeError, date TypeError
pandas, ==: text 2, date 0
DuckDB, >=: text 2, date 2
polars, a pattern: ['id']
EXPECTED
echo "As described."
