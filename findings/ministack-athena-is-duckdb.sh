#!/usr/bin/env bash
# MiniStack 1.5.33: its Athena answers with DuckDB's rules, so a query can succeed with another value than on AWS.
#
# Athena (engine 3) is Trino. MiniStack hands the statement to DuckDB as it is. What Trino alone knows fails, which one
# sees. What both know and mean differently does not fail:
#   7 / 2                  Trino divides whole numbers: 3          here 3.5
#   concat('a', null)      Trino: null                             here a
#   typeof(1.5)            Trino: decimal(2,1)                     here DECIMAL(2,1)
# (Trino: "Mathematical functions and operators", "String functions and operators", "Conversion functions".)
# A percentage or a label that a test checks on the emulator is another one on AWS.
#
# What to do: cast before you divide, and `coalesce` before you concatenate; both then mean the same.
#
# Seen with ministack 1.5.33, duckdb 2.0.0, Python 3.13, 2026-12-01: the values below.
set -euo pipefail
folder=$(mktemp -d)
emulator=
trap 'if [[ $emulator ]]; then kill "$emulator"; fi; rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check ministack==1.5.33 duckdb==2.0.0 boto3==1.43.106 pytz==2026.1
port=$("$folder/env/bin/python" -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
(cd "$folder" && exec env GATEWAY_PORT="$port" "$folder/env/bin/ministack" >"$folder/log" 2>&1) &
emulator=$!

"$folder/env/bin/python" - "$port" >"$folder/seen" <<'PYTHON'
import sys
import time
import urllib.request

import boto3

address = f"http://127.0.0.1:{sys.argv[1]}"
for _ in range(120):
    try:
        urllib.request.urlopen(f"{address}/_ministack/health", timeout=2)
        break
    except OSError:
        time.sleep(0.5)
where = {"endpoint_url": address, "region_name": "eu-west-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
boto3.client("s3", **where).create_bucket(
    Bucket="results", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
)
athena = boto3.client("athena", **where)


def ask(sql: str) -> None:
    started = athena.start_query_execution(
        QueryString=f"select {sql}", ResultConfiguration={"OutputLocation": "s3://results/"}
    )["QueryExecutionId"]
    while True:
        status = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
        if status["State"] in {"SUCCEEDED", "FAILED"}:
            break
        time.sleep(0.1)
    value = "no such function"
    if status["State"] == "SUCCEEDED":
        rows = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
        value = rows[1]["Data"][0].get("VarCharValue", "null")
    print(f"{sql}: {value}")


for each in (
    "7 / 2",
    "concat('a', null)",
    "typeof(1.5)",
    "cast(7 as double) / 2",
    "concat('a', coalesce(null, ''))",
    "date_format(timestamp '2026-11-22 01:02:03', '%Y-%m')",
    "regexp_like('abc', 'b')",
):
    ask(each)
PYTHON

cat "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
7 / 2: 3.5
concat('a', null): a
typeof(1.5): DECIMAL(2,1)
cast(7 as double) / 2: 3.5
concat('a', coalesce(null, '')): a
date_format(timestamp '2026-11-22 01:02:03', '%Y-%m'): no such function
regexp_like('abc', 'b'): no such function
EXPECTED
echo "As described."
