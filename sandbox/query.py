"""Asks the archive of the running stack with DuckDB: over the views ``logs`` and ``checks``."""

from __future__ import annotations

import argparse
import os
import sys

import duckdb

from sandbox.observe import fetch_archive, open_archive
from sandbox.running import NothingRunningError, add_folder, fail, running_stack

USAGE = """\
Give a query over the views logs and checks, for example:

  make query SQL="SELECT dt, count(*) AS records FROM logs GROUP BY dt ORDER BY dt"
  make query SQL="SELECT subject, verdict, max(checked_at) FROM checks GROUP BY ALL"
"""


def main() -> int:
    """Print the query's answer; the exit code."""
    parser = argparse.ArgumentParser(prog="make query", description=__doc__, usage='make query SQL="SELECT 1"')
    parser.add_argument("sql", nargs="?", default=os.environ.get("SQL", ""), help="a query over logs and checks")
    add_folder(parser)
    options = parser.parse_args()
    if not options.sql.strip():
        return fail(USAGE, code=2)
    try:
        stack, folder = running_stack(options.folder)
    except NothingRunningError as error:
        return fail(error, code=1)
    copies = fetch_archive(stack, folder / "archive" / stack.outputs["BucketName"])
    try:
        with open_archive(copies) as database:
            answer = database.sql(options.sql)
            print("Done. There are no rows to show." if answer is None else answer)
    except duckdb.Error as error:
        return fail(error, code=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
