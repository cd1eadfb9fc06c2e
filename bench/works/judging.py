"""Work (k) of the bench: what a check makes of what it has heard, for accounts of many integrations.

``python -m bench --work k``. Pure work in one process, by CPU time: no request, no bucket.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bench.tools.work import Goal, Measurement, Work
from bench.works.archive import apart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.tools.work import Given, Round
    from check_status.check.observation import Observation
    from check_status.problems.summaries import Look

OURS = "ours"
SIZES = (1, 100, 1000)
"""Integrations of one account."""

PROBLEMS, DAYS = 5, 31
NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
FIRST, AGAIN, NEWS = "first check, ms", "nothing new, ms", "a tenth has news, ms"
READ, WRITE, SIZE = "of it reading the state, ms", "writing it, ms", "state, KB"

TEXT = f"""\
What `check_status` does besides asking: the state is read, the summaries that have changed are taken in, each problem
and each integration is judged, the state is written. Every integration has {PROBLEMS} problems, with records on each of
{DAYS} days; milliseconds of CPU time. *First check*: nothing is known, every summary is new; *nothing new*: the check
of every few minutes; *a tenth has news*: today's summary of every tenth integration has changed.
"""


def checked(integrations: int) -> dict[str, float]:
    """The account's first checks, each from the bytes that the one before has left, and what each took."""
    from check_status.check import step  # noqa: PLC0415  # the functions' path is there only now
    from check_status.check.state import State, decoded, encoded  # noqa: PLC0415
    from check_status.check.step import Rules  # noqa: PLC0415  # the functions' path is there only now

    rules = Rules(confirm=2, silent_after=timedelta(hours=6), resolve_after=timedelta(hours=1), escalation_factor=5)
    values: dict[str, float] = {}
    body = encoded(State("main", watching_since=NOW - timedelta(days=1)))
    known: dict[str, str] = {}
    for turn, (name, look) in enumerate(((FIRST, _look(integrations)), (AGAIN, None), (NEWS, _look(integrations, 10)))):
        at = NOW + turn * timedelta(minutes=5)
        observed, begun = _observed(integrations, at), time.process_time()
        state = decoded(json.loads(body), "main", None)
        read = time.process_time()
        looked = look or replace(_nothing(), rests=frozenset(known))
        state, _ = step(state, observed, replace(looked, rests=looked.rests | known.keys()), rules)
        judged = time.process_time()
        body = encoded(state)
        done = time.process_time()
        known = dict(state.seen)
        values[name] = 1000 * (done - begun)
        if name == AGAIN:
            values |= {READ: 1000 * (read - begun), WRITE: 1000 * (done - judged), SIZE: len(body) / 1000}
    if len(state.problems) != PROBLEMS * integrations:
        raise ValueError(f"{len(state.problems)} problems are known")
    return values


def _look(integrations: int, one_in: int = 0) -> Look:
    """Every summary of the month; or, of one in so many integrations, today's with another record."""
    from check_status.problems.summaries import Found, Look, Summary  # noqa: PLC0415

    changed: dict[str, Summary] = {}
    for back in range(1 if one_in else DAYS):
        day = NOW - timedelta(days=back, hours=1)
        hours = {f"{day - timedelta(hours=hour):%Y-%m-%dT%H}": 2 + bool(one_in) for hour in range(6)}
        for id_ in range(1, integrations + 1, one_in or 1):
            problems = {
                f"{id_:08x}{number:08x}": Found(
                    sum(hours.values()), day - timedelta(hours=5), day, hours, "requests.exceptions.SSLError", "GET",
                    f"shop-{id_}.example", 495, f"/orders/{number}", (f"/orders/{number}",), "certificate-invalid",
                    (id_,),
                )
                for number in range(PROBLEMS)
            }  # fmt: skip
            rest = f"dt={day:%Y-%m-%d}/integration-{id_}"
            changed[rest] = Summary(f'"{one_in}"', "main", id_, problems, 0)
    return Look(frozenset(changed), changed)


def _nothing() -> Look:
    from check_status.problems.summaries import Look  # noqa: PLC0415

    return Look(frozenset(), {})


def _observed(integrations: int, at: datetime) -> Observation:
    """Sendcloud lists them, and has fetched from each a minute ago; the account has no token of WeMaSy's."""
    from check_status.check.observation import Observation  # noqa: PLC0415
    from check_status.verdicts.facts import Integration  # noqa: PLC0415

    minute = timedelta(minutes=1)
    shops = [
        Integration(id_, f"Shop {id_}", f"https://shop-{id_}.example", "magento_v2", None, at - minute, at)
        for id_ in range(1, integrations + 1)
    ]
    return Observation("main", at, shops, None)


@contextmanager
def _open(given: Given) -> Iterator[Round]:
    def one_round() -> Iterator[Measurement]:
        for integrations in SIZES[:2] if given.quick else SIZES:
            given.tell(case(integrations))
            values, _ = apart(checked, integrations)
            yield Measurement(case(integrations), OURS, values)

    yield one_round


def case(integrations: int) -> str:
    """The name of a size's case."""
    return f"{integrations:,} integration{'s' * (integrations > 1)}"


WORK = Work(
    "k",
    "Judging in a check",
    TEXT,
    _open,
    goals=tuple(
        Goal(
            f"linear: a check of 1,000 integrations takes ≤ 20 × one of 100: {name.removesuffix(', ms')}",
            "at most",
            20,  # ten times the work, and a garbage collector that goes through it without finding any
            lambda found, name=name: found.ratio(name, (case(1000), OURS), (case(100), OURS)),  # type: ignore[misc]
        )
        for name in (FIRST, AGAIN)
    ),
)
