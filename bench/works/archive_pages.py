"""How long pages of a year of archive take, and what they read: ``python -m bench.works.archive_pages``.

A made year (365 days, five integrations, ``--records`` each) lies in a folder; each read of an object takes ``--delay``
milliseconds more, as S3 would. Times are of this machine, warm; objects, bytes and calls are exact.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "layers" / "shared"), str(ROOT / "functions"), str(ROOT)]

from archive_logs.merging.backlog import work_off  # noqa: E402  # the functions are no installed package
from archive_logs.reading.filters import Filters  # noqa: E402
from archive_logs.reading.search import Page, Search, search  # noqa: E402
from integration_logs.bucket.objects import Entry, Stored  # noqa: E402
from tests.fakes.memory_store import MemoryStore  # noqa: E402
from tests.unit.archive_logs.archive_rows import packed, row  # noqa: E402

LAST = datetime(2026, 12, 31, tzinfo=UTC)
INTEGRATIONS = range(400001, 400006)
RARE = "RareError"
PAGES = {
    "newest page, one integration": Search(400001),
    "newest page, all integrations": Search(),
    "100 records, all integrations": Search(page_size=100),
    "a day in the middle": Search(400001, Filters(first="2026-06-15", last="2026-06-15")),
    "a frequent type, all integrations": Search(filters=Filters(exception_type="Timeout")),
    "a rare type, one integration": Search(400001, Filters(exception_type=RARE)),
    "a rare type, all integrations": Search(filters=Filters(exception_type=RARE)),
    "a text that is nowhere, one integration": Search(400001, Filters(q="nowhere")),
    "a text that is nowhere, all integrations": Search(filters=Filters(q="nowhere")),
}


class Slow(MemoryStore):
    """A bucket that takes its time."""

    delay = 0.0

    def _wait(self) -> None:
        if self.delay:
            time.sleep(self.delay)

    def get(self, key: str) -> Stored | None:
        """See ``ObjectStore``."""
        self._wait()
        return super().get(key)

    def download(self, key: str, path: Path) -> str | None:
        """See ``ObjectStore``."""
        self._wait()
        return super().download(key, path)

    def entries(self, prefix: str, *, limit: int, after: str = "") -> list[Entry]:
        """See ``ObjectStore``."""
        self._wait()
        return super().entries(prefix, limit=limit, after=after)


def a_year(records: int) -> Slow:
    """Every day of it has so many records of each integration."""
    store = Slow()
    for number in range(365):
        day = LAST - timedelta(days=number)
        rows = [
            row(
                1 + (number * len(INTEGRATIONS) + place) * records + each,
                integration_id=integration,
                created_at=(day + timedelta(seconds=86_000 * each // records)).isoformat(),
                full_url=f"https://shop-{integration}.example/wp-json/wc/v3/orders/{each}",
                method="GET",
                response_code=500,
                exception_type=RARE if (number, place, each) == (300, 0, 0) else ("Timeout", "SSLError")[each % 2],
                exception="The shop did not answer in time. " * 4,
                request={"headers": {"Accept": "application/json"}, "payload": None},
                response={"headers": {}, "body": "<html>" + f"{each:05}" * 400 + "</html>"},
            )
            for place, integration in enumerate(INTEGRATIONS)
            for each in range(records)
        ]
        store.set("landing/a.ndjson.gz", packed(rows))
        work_off(store, lambda: 3600.0)
    return store


def _line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Print a table; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20, help="of each integration and day (%(default)s)")
    parser.add_argument("--delay", type=float, default=20.0, help="milliseconds of each call of S3 (%(default)s)")
    parser.add_argument("--times", type=int, default=10, help="how often each page is read (%(default)s)")
    options = parser.parse_args()
    store = a_year(options.records)
    store.delay = options.delay / 1000
    _line(f"{len([key for key in store.objects if key.startswith('logs/')])} objects")
    _line(
        "| page | records | objects | kB | summaries | S3 calls | p50 ms | p95 ms |\n|---|---|---|---|---|---|---|---|"
    )
    for name, wanted in PAGES.items():
        times: list[float] = []
        found: Page | None = None
        for _ in range(options.times):
            store.calls.clear()
            begun = time.perf_counter()
            found = search(store, wanted, time.monotonic)
            times.append((time.perf_counter() - begun) * 1000)
            if times[-1] > 5000:
                break
        if found is None:
            continue
        calls = sum(Counter(verb for verb, _ in store.calls).values())
        worst = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
        short = " (ended early)" if found.next and len(found.records) < wanted.page_size else ""
        _line(
            f"| {name}{short} | {len(found.records)} | {found.objects} | {found.bytes // 1000} | {found.summaries} | "
            f"{calls} | {median(times):.0f} | {worst:.0f} |"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
