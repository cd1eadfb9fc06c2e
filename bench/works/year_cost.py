"""Work (i) of the bench: what the model of a year's cost (``bench.tools.year``) takes in, and what comes out."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from bench.peers.contestants import How
from bench.tools.directory_store import DirectoryStore
from bench.tools.records import FIRST_INTEGRATION, templates
from bench.tools.stage import staged
from bench.tools.timed import CommandFailedError
from bench.tools.work import CPU, PEAK, Found, Measurement, Work
from bench.tools.year import CUSTOMERS, Archiver, Customer, Measured, a_peers, memory, ours
from bench.works.archive import apart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.tools.work import Given, Round

IDLE, NEWS = "a run that finds nothing new", "a run that finds 1,000 new records"
NOTHING, OBJECTS = "archiving nothing", "archiving one row more in each of 200 objects"
OURS, ARCHIVER = "ours", "archive_logs"
PEERS = ("plain_gz", "plain_parquet", "dlt", "singer")
_NEW, _OBJECTS, _ROWS = 1000, 200, 36

TEXT = """\
The peers as they are in (c), of one account's stream: a run without news and one with 1,000 new records, each a fresh
process. Of `archive_logs`, a run that adds one row to each of 200 objects of 36 rows, which is most of its work when
there is little news, and one that finds nothing. What comes out is below the tables.
"""


def land_rows(bucket: Path, first: int, rows: int) -> int:
    """Land so many rows of each of the integrations, in one object; how many there are."""
    from datetime import UTC, datetime  # noqa: PLC0415  # in this process alone

    from integration_logs.bucket.landing import encode, land  # noqa: PLC0415
    from integration_logs.records.rows import parse  # noqa: PLC0415

    at = datetime.now(UTC)
    made = templates(rows)
    lines = [
        encode(
            parse(
                json.loads(made[number].record(first + number, FIRST_INTEGRATION + place, 1_795_200_000 + number)),
                account="main", integration_id=None, fetched_at=at,
            )
        )
        for place in range(_OBJECTS)
        for number in range(rows)
    ]  # fmt: skip
    land(DirectoryStore(bucket), lines, account="main", stream="account", fetched_at=at)
    return len(lines)


def archive(bucket: Path) -> int:
    """Work off what landed; how many rows were new."""
    from archive_logs.merging.backlog import work_off  # noqa: PLC0415  # in this process alone

    return work_off(DirectoryStore(bucket), lambda: 3600.0).rows


@contextmanager
def _open(given: Given) -> Iterator[Round]:
    entrants = tuple(filter(given.wants, (OURS, "plain_gz") if given.quick else (OURS, *PEERS)))
    bucket, ids = given.folder / "archive", iter(range(1000, 10**9))
    given.tell(f"archiving {_OBJECTS} objects of {_ROWS} rows")
    apart(land_rows, bucket, 1, _ROWS)
    apart(archive, bucket)
    with staged(given.folder, 2_000, rounds=2 * given.rounds) as stage, ExitStack() as entered:
        taking_part = {}
        for name in entrants:
            given.tell(f"{name} fetches what was there before")
            entrant = entered.enter_context(stage.entrant(name))
            try:
                entrant.run(How(account=True))
                taking_part[name] = entrant
            except CommandFailedError as error:
                given.tell(f"{name} takes no part: {error}")
        seeds = iter(range(10**6, 10**9))

        def one_round() -> Iterator[Measurement]:
            for case in (IDLE, NEWS):
                if case == NEWS:
                    stage.upstream.ask("POST", "arrivals", {"records": _NEW, "back_dated": 0, "seed": next(seeds)})
                for name, entrant in taking_part.items():
                    given.tell(f"{case}: {name}")
                    yield Measurement(case, name, entrant.run(How(account=True)).values())
            new, cost = apart(archive, bucket)
            yield Measurement(NOTHING, ARCHIVER, {CPU: cost.cpu}, f"{new} rows were new" if new else "")
            apart(land_rows, bucket, next(ids), 1)
            new, cost = apart(archive, bucket)
            said = "" if new == _OBJECTS else f"{new} rows were new"
            yield Measurement(OBJECTS, ARCHIVER, {CPU: cost.cpu, PEAK: cost.peak / (1 << 20)}, said)

        yield one_round


def measured(found: Found, name: str) -> Measured | None:
    """The model's input of that contestant; ``None`` where it did not take part."""
    idle, news = (found.median(CPU, case, name) for case in (IDLE, NEWS))
    peak = found.median(PEAK, NEWS, name)
    if idle is None or news is None or peak is None:
        return None
    return Measured(idle, max(0.0, news - idle) / _NEW, peak)


def archiver(found: Found) -> Archiver | None:
    """The archiver's; a row costs as much as it does in an object of its own."""
    nothing, objects = (found.median(CPU, case, ARCHIVER) for case in (NOTHING, OBJECTS))
    if nothing is None or objects is None:
        return None
    return Archiver(nothing, max(0.0, objects - nothing) / _OBJECTS, 0.0)


def yearly(found: Found, customer: Customer) -> dict[str, float]:
    """Dollars a year, by contestant."""
    own, archiving = measured(found, OURS), archiver(found)
    dollars = {OURS: ours(customer, own, archiving)} if own and archiving else {}
    return dollars | {name: a_peers(customer, each) for name in PEERS if (each := measured(found, name))}


def note(found: Found) -> str:
    """What comes out, as Markdown."""
    names = [name for name in (OURS, *PEERS) if measured(found, name)]
    if not names:
        return ""
    lines = [f"| dollars a year, list prices | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
    for customer in CUSTOMERS:
        dollars = yearly(found, customer)
        lines.append(f"| {customer.name} | {' | '.join(f'{dollars.get(name, 0):,.0f}' for name in names)} |")
    given = ", ".join(f"{name} {memory(each.peak_mb)} MB" for name in PEERS if (each := measured(found, name)))
    return (
        "A tick every five minutes for each account, all year, in `us-east-1`, without free allowances and tax; the "
        "model and what it assumes are in [year.py](year.py), the prices in [cost.py](cost.py), of 2026-11-22. "
        "*ours* has the archive, the status checks, the alarms and the queues in it; the peers fetch and store, and "
        f"nothing tells when they stop. Functions have {given or 'no peer took part'}; ours as in the template.\n\n"
        + "\n".join(lines)
    )


WORK = Work(
    "i",
    "A year's cost",
    TEXT,
    _open,
    reference=OURS,
    note=note,
)
