"""The works that fetch everything there is: from one integration, from twenty, and a million records (memory)."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.peers.contestants import SLICES, How
from bench.tools import stored
from bench.tools.records import pages, variety
from bench.tools.stage import staged
from bench.tools.timed import CommandFailedError
from bench.tools.work import PEAK, WALL, Found, Given, Goal, Measurement, Round, Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.tools.stage import Entrant, Stage

AT_ONCE = ("bare", "ours", "unredacted", "raw", "archived", "plain_gz", "plain_parquet", "dlt", "dlt_parquet", "singer")
LATE = ("bare", "ours", "sliced_8", "sliced_16", "raw_16", "plain_gz", "dlt")
"""Who takes part without latency and with it."""
QUICK_AT_ONCE = ("bare", "ours", "unredacted", "raw", "archived", "plain_gz", "plain_parquet", "dlt_parquet", "singer")
QUICK_LATE = ("bare", "ours", "sliced_8")
"""The same, where it must be quick: each peer once."""

NO_LATENCY, LATENCY = "no latency", "50 ms latency"
LIFTED, DEFAULT = "50 ms latency, budget lifted", "50 ms latency, default budget"
POOL = 8
"""Streams that fetch_logs walks at once."""
IDEAL = f"bare_{POOL}"

LATENCY_MS = 50
RATE_LIMIT = 1000
BUDGET = 900
BURST = 30
"""Sendcloud's requests a minute, the default of RequestsPerMinute, and how many of these may begin at once."""

PAGES, REQUESTS, REFUSED, USED = "pages a second", "requests", "429s", "of the budget used, %"
LEAKED = "marks of personal data stored"


def fetched(
    entrant: Entrant, case: str, wanted: Sequence[int], how: How, *, contestant: str = "", **more: float
) -> Measurement:
    """Let it run once, and compare what it has stored with the ids of all records."""
    name = contestant or entrant.name
    try:
        taken = entrant.run(how)
    except CommandFailedError as error:
        return Measurement(case, name, {}, f"failed: {error}")
    if entrant.name == "bare":
        walked = json.loads(taken.output)
        return Measurement(case, name, {**taken.values(), PAGES: walked["pages"] / walked["seconds"]})
    found = entrant.stored()
    values = {**taken.values(), **more, LEAKED: float(len(found.leaked))}
    serial = json.loads(taken.output)["tick"]["serial"] if name in SLICES else ""
    return Measurement(case, name, values, stored.wrong(found.ids, wanted) or (serial and f"not in slices: {serial}"))


@contextmanager
def _one(given: Given) -> Iterator[Round]:
    records = 2_000 if given.quick else 20_000
    given.tell(f"making {records:,} records")
    with staged(given.folder, records) as stage:
        wanted = stage.upstream.ask("GET", "truth")["ids"]
        _warm(stage)
        described = iter([Measurement("the records", "upstream", variety(pages(records)))])
        at_once, late = (QUICK_AT_ONCE, QUICK_LATE) if given.quick else (AT_ONCE, LATE)

        def one_round() -> Iterator[Measurement]:
            yield from described  # in the first round
            for case, names, latency in ((NO_LATENCY, at_once, 0), (LATENCY, late, LATENCY_MS)):
                for name in filter(given.wants, names):
                    given.tell(f"{case}: {name}")
                    settings = {"BackfillSlices": SLICES[name]} if name in SLICES else {}
                    stage.upstream.modes(latency_ms=latency, cursors="time" if name in SLICES else "opaque")
                    with stage.entrant(name, StreamMode="integration", **settings) as entrant:
                        yield fetched(entrant, case, wanted, How())

        yield one_round


@contextmanager
def _twenty(given: Given) -> Iterator[Round]:
    records = 2_000 if given.quick else 20_000
    given.tell(f"making {records:,} records of 20 integrations")
    with staged(given.folder, records, 20) as stage:
        wanted = stage.upstream.ask("GET", "truth")["ids"]
        _warm(stage)
        rounds = iter(range(1_000_000))

        def one_round() -> Iterator[Measurement]:
            stage.upstream.modes(latency_ms=LATENCY_MS)
            for name in filter(given.wants, ("bare", IDEAL, "ours")):
                given.tell(f"{LIFTED}: {name}")
                ideal = name == IDEAL
                with stage.entrant("bare" if ideal else name, StreamMode="integration") as entrant:
                    yield fetched(entrant, LIFTED, wanted, How(connections=POOL if ideal else 1), contestant=name)
            if given.wants("ours") and next(rounds) == 0:
                yield from _budgeted(given)

        yield one_round


def _budgeted(given: Given) -> Iterator[Measurement]:
    """More pages than Sendcloud allows requests in a minute: it takes longer than one, so it is measured once."""
    given.tell(f"{DEFAULT}: ours")
    records = 4_000 if given.quick else 120_000
    with staged(given.folder / "budget", records, 20) as stage:
        wanted = stage.upstream.ask("GET", "truth")["ids"]
        stage.upstream.modes(latency_ms=LATENCY_MS, rate_limit=RATE_LIMIT)
        with stage.entrant("ours", StreamMode="integration") as entrant:
            found = fetched(entrant, DEFAULT, wanted, How(lifted=False))
        asked = stage.upstream.ask("GET", "requests")
        values = {REQUESTS: float(sum(asked["by_status"].values())), REFUSED: asked["by_status"].get("429", 0.0)}
        values[USED] = budget_used(int(values[REQUESTS]), asked["seconds"])
        yield replace(found, values={**found.values, **values})


def budget_used(requests: int, seconds: float) -> float:
    """How much of the default budget so many requests in so many seconds are, in percent.

    >>> budget_used(900, 60.0)
    100.0
    """
    return 100 * requests / (BURST + (BUDGET - BURST) * seconds / 60)


@contextmanager
def _million(given: Given) -> Iterator[Round]:
    sizes = (2_000, 20_000) if given.quick else (20_000, 1_000_000)

    def one_round() -> Iterator[Measurement]:
        for records in sizes:
            given.tell(f"{records:,} records")
            with staged(given.folder / str(records), records) as stage:
                wanted = stage.upstream.ask("GET", "truth")["ids"]
                with stage.entrant("ours", StreamMode="integration") as entrant:
                    yield fetched(entrant, f"{records:,} records", wanted, How())

    yield one_round


def _warm(stage: Stage) -> None:
    """Let the upstream serialise every page once, before any clock runs."""
    with stage.entrant("bare") as entrant:
        entrant.run()


def _at_most(text: str, bound: float, case: str, one: str, other: str) -> Goal:
    return Goal(text, "at most", bound, lambda found: found.ratio(WALL, (case, one), (case, other)))


def _at_least(text: str, bound: float, case: str, one: str, other: str) -> Goal:
    """As often as that is the other as fast as the one."""
    return Goal(text, "at least", bound, lambda found: found.ratio(WALL, (case, one), (case, other)))


def _only(found: Found, value: str, case: str) -> float | None:
    return found.median(value, case, "ours")


BACKFILL = Work(
    "a",
    "Backfill of one integration",
    """\
20,000 records from nothing, each contestant in fresh processes: its imports, its connections and what it stores are
in its time. `bare` stores nothing, and shows what the upstream and the network take; `pages a second` of it is what the
upstream gives without us. `ours` has landed every record redacted; `archived` has them in the Parquet archive, by a
second process beside the first, as the events of what lands let it. `sliced_8` and `sliced_16` are `ours` with
`BackfillSlices`, where the cursors are plain times. In `unredacted` redaction is left out, in `raw` and, in 16 slices,
`raw_16` the columns too: what these take no quicker rule could save. The request budget is lifted: it would dictate
the time.

What is stored is compared with the upstream's truth after each run. `marks of personal data stored` counts which of
the twenty names, streets, addresses and keys that mark personal data and credentials in these records are there in
clear.""",
    _one,
    goals=(
        _at_most("fetch + redact + land, no latency: ≤ 0.5 × plain_gz", 0.5, NO_LATENCY, "ours", "plain_gz"),
        _at_least("the same: ≥ 4 × faster than dlt", 4, NO_LATENCY, "dlt", "ours"),
        _at_most("through to the archive: ≤ 0.8 × plain_gz", 0.8, NO_LATENCY, "archived", "plain_gz"),
        _at_least("the same: ≥ 2.5 × faster than dlt_parquet", 2.5, NO_LATENCY, "dlt_parquet", "archived"),
        _at_most("at 50 ms: ≤ 1.05 × the bare GET loop", 1.05, LATENCY, "ours", "bare"),
        _at_most("at 50 ms, in 8 slices: ≤ 0.25 × the bare GET loop", 0.25, LATENCY, "sliced_8", "bare"),
        _at_most("at 50 ms, in 16 slices: ≤ 0.25 × the bare GET loop", 0.25, LATENCY, "sliced_16", "bare"),
    ),
    reference="plain_gz",
)

TWENTY = Work(
    "b",
    "Backfill of 20 integrations at 50 ms",
    """\
20,000 records, 1,000 of each integration, a stream each. The ideal of a pool of eight is measured: `bare_8` is the bare
GET loop over the same pages, eight streams at once, and stores nothing. With the default budget (900 requests a minute)
there are 120,000 records, so that the upstream's limit of 1000 a minute could be met; `of the budget used` is of what
the budget allows between the first request and the last. That takes more than a minute and is measured once.""",
    _twenty,
    goals=(
        Goal(
            "budget lifted: ≥ 0.85 × the ideal speed-up of the pool over the serial bare loop",
            "at least",
            0.85,
            lambda found: found.ratio(WALL, (LIFTED, IDEAL), (LIFTED, "ours")),
        ),
        Goal("default budget: no 429", "at most", 0, lambda found: _only(found, REFUSED, DEFAULT), unit=""),
        Goal("default budget: ≥ 95 % of it used", "at least", 95, lambda found: _only(found, USED, DEFAULT), unit="%"),
    ),
    reference="bare",
)

MILLION = Work(
    "m",
    "Peak memory of fetching",
    "One integration's records, no latency, the budget lifted. Every record is compared with the truth.",
    _million,
    goals=(
        Goal("20,000 records: ≤ 96 MB", "at most", 96, lambda found: _only(found, PEAK, "20,000 records"), unit="MB"),
        Goal(
            "1,000,000 records: ≤ 96 MB",
            "at most",
            96,
            lambda found: _only(found, PEAK, "1,000,000 records"),
            unit="MB",
        ),
    ),
    asked_for=True,
)
