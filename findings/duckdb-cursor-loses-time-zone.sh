#!/usr/bin/env bash
# DuckDB 2.0.0 for Python: `connection.cursor()` counts other days than the connection that it comes from.
#
# `SET TimeZone = 'UTC'` holds for one session, and a cursor is a session of its own: it has the machine's zone again.
# A program that sets the zone once and gives each thread a cursor, as DuckDB's guide to threads advises, compares
# `created_at >= '2026-11-22'` in the zone of whatever machine it runs on. `SET GLOBAL` reaches cursors made later, and
# `RESET TimeZone` does not lead back to the global value: it leads to the machine's.
#
# Seen with duckdb 2.0.0, Python 3.13, TZ=Europe/Amsterdam, 2026-12-01: the counts below.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 pytz==2026.1

TZ=Europe/Amsterdam "$folder/env/bin/python" - >"$folder/seen" <<'PYTHON'
import duckdb

connection = duckdb.connect()
connection.execute(
    "create table logs as select created_at::timestamptz as created_at from (values"
    " ('2026-11-21T22:30:00Z'), ('2026-11-21T23:30:00Z'), ('2026-11-22T00:30:00Z')) t(created_at)"
)


def look(name: str, session: duckdb.DuckDBPyConnection) -> None:
    zone = session.execute("select current_setting('TimeZone')").fetchone()[0]
    since = session.execute("select count(*) from logs where created_at >= '2026-11-22'").fetchone()[0]
    print(f"{name}: {zone}, {since} since 2026-11-22")


connection.execute("SET TimeZone = 'UTC'")
look("connection after SET", connection)
look("its cursor", connection.cursor())
connection.execute("SET GLOBAL TimeZone = 'UTC'")
look("its cursor after SET GLOBAL", connection.cursor())
connection.execute("RESET TimeZone")
look("connection after RESET", connection)
PYTHON

cat "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
connection after SET: UTC, 1 since 2026-11-22
its cursor: Europe/Amsterdam, 2 since 2026-11-22
its cursor after SET GLOBAL: UTC, 1 since 2026-11-22
connection after RESET: Europe/Amsterdam, 2 since 2026-11-22
EXPECTED
echo "As described."
