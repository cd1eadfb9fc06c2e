"""``make query SQL="…"``: ask the archive of the running stack, with DuckDB, over the view ``logs``."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import duckdb

from sandbox.cloud import ROOT, Cloud
from sandbox.observe import fetch_archive, open_archive
from sandbox.stack import Stack
from sandbox.tour import STATE


def running_stack(folder: Path) -> Stack | None:
    """The stack that ``make run`` has running, ``None`` where there is none."""
    try:
        state = json.loads((folder / STATE).read_text())
    except FileNotFoundError:
        return None
    embedded = Cloud(f"https://127.0.0.1:{state['port']}", folder / "cloud.log", Path(state["authority"]))
    return Stack(embedded, state["outputs"])


def main() -> int:
    """Print the query's answer; the exit code."""
    parser = argparse.ArgumentParser(prog='make query SQL="…"', description=__doc__)
    parser.add_argument("sql", help="a query over the view logs")
    options = parser.parse_args()
    folder = ROOT / ".run"
    stack = running_stack(folder)
    if stack is None:
        print("Nothing is running: start it with `make run` in another terminal.", file=sys.stderr)
        return 1
    copies = fetch_archive(stack, folder / "archive" / stack.outputs["BucketName"])
    try:
        with open_archive(copies) as database:
            print(database.sql(options.sql))
    except duckdb.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
