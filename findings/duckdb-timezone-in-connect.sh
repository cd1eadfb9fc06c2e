#!/usr/bin/env bash
# DuckDB 2.0.0 for Python: a time zone in `config` is refused for want of an extension that is built in.
#
# icu is linked into the wheel, `duckdb_extensions()` shows it as loaded, and `SET TimeZone` works on the first
# statement. The same setting in `duckdb.connect(config={"TimeZone": "UTC"})` raises: icu "needs to be loaded. But it
# could not be autoloaded". The configuration is read before the built-in extensions are there.
#
# What to do: connect first, then `SET GLOBAL TimeZone`.
#
# Seen with duckdb 2.0.0, Python 3.13, 2026-12-01:
#   icu: STATICALLY_LINKED, loaded
#   in config: InvalidInputException
#   after connecting: UTC
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0 pytz==2026.1

"$folder/env/bin/python" - >"$folder/seen" <<'PYTHON'
import duckdb

connection = duckdb.connect()
icu = "select install_mode, loaded from duckdb_extensions() where extension_name = 'icu'"
mode, loaded = connection.execute(icu).fetchone()
print(f"icu: {mode}, {'loaded' if loaded else 'not loaded'}")
try:
    duckdb.connect(config={"TimeZone": "UTC"})
    print("in config: taken")
except duckdb.Error as error:
    print(f"in config: {type(error).__name__}")
    assert "icu extension needs to be loaded" in str(error), error
connection.execute("SET TimeZone = 'UTC'")
print("after connecting:", connection.execute("select current_setting('TimeZone')").fetchone()[0])
PYTHON

cat "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
icu: STATICALLY_LINKED, loaded
in config: InvalidInputException
after connecting: UTC
EXPECTED
echo "As described."
