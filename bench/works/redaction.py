"""What redacting and parsing a record costs, in one process on one core: ``python -m bench.works.redaction``.

The records are the sandbox's: a month of the typical failures of seven shops, each record once, in the pages in
which Sendcloud serves them. What is measured is what ``fetch_logs`` does to each of them, from the decoded record to
the row that lands: redaction with pseudonyms, fingerprint, remedy, columns. Decoding and landing is left out. The
figures are of CPU time, not of wall time: other processes take part of the machine, not of the measure. Every round
starts with a new redactor, so what it remembers it has learnt from these very records; the best round counts.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from sandbox.upstreams.history import DAY, plan
from sandbox.upstreams.records import compose
from sandbox.upstreams.shops import accounts, build_accounts, build_shops

sys.path[:0] = [str(Path(__file__).parents[2] / "layers" / "shared")]

from integration_logs.records.rows import parse  # noqa: E402  # the layer is no installed package
from integration_logs.redaction.marks import Pseudonyms  # noqa: E402
from integration_logs.redaction.redactor import Redactor  # noqa: E402

SHOPS = 7
_PAGE = 100
_UNTIL = 20_000 * DAY


def pages(records: int) -> list[bytes]:
    """The records in Sendcloud's pages, as they come over the wire."""
    account = build_accounts(["main"])["main"]
    planned = plan(7, build_shops(account, SHOPS), account.index, _UNTIL, records)
    composed = [compose(7, each.key, each.shop, each.kind, each.at * 1_000_000) for each in planned]
    return [json.dumps({"data": composed[at : at + _PAGE]}).encode() for at in range(0, len(composed), _PAGE)]


def measure(served: list[bytes]) -> tuple[float, float]:
    """CPU seconds of redaction and of parsing, of all records once."""
    keys = [key for account in accounts().values() for key in account.values()]
    redactor = Redactor(keys, pseudonyms=Pseudonyms(lambda: "a key of this measurement alone"))
    fetched_at = datetime.now(UTC)
    redaction = parsing = 0.0
    for page in served:
        raw = json.loads(page)["data"]
        start = time.process_time()
        redacted = [redactor.record(record) for record in raw]
        between = time.process_time()
        for record in redacted:
            parse(record, account="main", integration_id=None, fetched_at=fetched_at)
        redaction += between - start
        parsing += time.process_time() - between
    return redaction, parsing


def main() -> int:
    """Measure and print the best round; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.works.redaction", description=__doc__)
    parser.add_argument("--records", type=int, default=20_000, help="how many, about (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of which the best counts (%(default)s)")
    options = parser.parse_args()
    served = pages(options.records)
    count, size = sum(len(json.loads(page)["data"]) for page in served), sum(map(len, served))
    redaction, parsing = min((measure(served) for _ in range(options.rounds)), key=sum)
    sys.stdout.write(
        f"{platform.machine()}, Python {platform.python_version()}: {count} records, {size / count:.0f} bytes each\n"
        f"{count / (redaction + parsing):.0f} records, {size / (redaction + parsing) / 1e6:.1f} MB a CPU second: "
        f"{redaction / count * 1e6:.0f} us a record to redact, {parsing / count * 1e6:.0f} us to parse\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
