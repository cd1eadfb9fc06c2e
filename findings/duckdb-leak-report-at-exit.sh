#!/usr/bin/env bash
# DuckDB 2.0.0 for Python: a program that ends while a daemon thread still holds a connection is told of a leak.
#
# The exit code is 0 and nothing is wrong with the program. But the binding, which is nanobind's since 2.0, reports at
# exit, on standard error, every object that is still alive, and names "a reference counting issue in the binding code"
# as the likely cause. DuckDB 1.4.4 said nothing. Whoever takes output on standard error for a failure (cron, log
# alarms, tests that compare it) has one.
#
# What to do: join the thread, or close its connection, before the interpreter ends.
#
# Seen with duckdb 2.0.0 and 1.4.4, Python 3.13, 2026-12-01.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat >"$folder/program.py" <<'PYTHON'
import threading

import duckdb

holds, forever = threading.Event(), threading.Event()


def reader() -> None:
    connection = duckdb.connect()
    connection.execute("select 42").fetchall()
    holds.set()
    forever.wait()
    connection.close()


threading.Thread(target=reader, daemon=True).start()
holds.wait()
PYTHON

for version in 1.4.4 2.0.0; do
  python3 -m venv "$folder/$version"
  "$folder/$version/bin/pip" install --quiet --disable-pip-version-check "duckdb==$version"
  "$folder/$version/bin/python" "$folder/program.py" 2>"$folder/said" && code=0 || code=$?
  said=$(grep -c "nanobind: leaked .* instances" "$folder/said" || true)
  echo "duckdb $version: exit code $code, leak reports: $said"
done >"$folder/seen"

cat "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
duckdb 1.4.4: exit code 0, leak reports: 0
duckdb 2.0.0: exit code 0, leak reports: 1
EXPECTED
echo "As described."
