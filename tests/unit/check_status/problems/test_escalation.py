"""When a problem has become much worse."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from check_status.problems.escalation import Escalation, escalates, has_calmed_down, oldest_hour
from check_status.problems.lifecycle import step
from check_status.problems.problem import Part, Problem
from tests.unit.check_status.summarised import DAY, HOUR, MINUTE, NOON, TODAY, found, summary, watch


def hours(*, last: int, usual: int = 0, past: int = 24) -> dict[str, int]:
    """Records by hour: ``last`` of them in the hour before noon, ``usual`` in each of so many before that."""
    counted = {f"{NOON - (n + 2) * HOUR:%Y-%m-%dT%H}": usual for n in range(past)}
    return counted | {"2026-11-22T11": last}


@pytest.mark.parametrize(
    ("last", "usual", "expected"),
    [
        (50, 10, Escalation(50, 10.0, 50)),
        (49, 10, None),
        (20, 0, Escalation(20, 0.0, 20)),
        (19, 0, None),
        (19, 1, None),
        (0, 0, None),
    ],
)
def test_the_last_full_hour_against_the_day_before(last: int, usual: int, expected: Escalation | None) -> None:
    """Five times the mean of the day before is too many, and fewer than twenty an hour never are."""
    assert escalates(hours(last=last, usual=usual), since=NOON - 9 * DAY, now=NOON + MINUTE, factor=5) == expected


@pytest.mark.parametrize(("since", "past"), [(2 * HOUR, 1), (3 * HOUR, 2), (4 * HOUR, 3)])
def test_a_past_is_needed(since: timedelta, past: int) -> None:
    """A problem that is too young to have a past does not escalate; a mean is taken over the past that it has."""
    found_ = escalates(hours(last=100, usual=10, past=past), since=NOON - since, now=NOON, factor=5)
    assert found_ == (Escalation(100, 10.0, 50) if past >= 3 else None)


def test_the_hour_that_is_not_over_does_not_count() -> None:
    """A rate is told from whole hours only."""
    assert escalates({"2026-11-22T12": 999}, since=NOON - DAY, now=NOON + 59 * MINUTE, factor=5) is None


@pytest.mark.parametrize(("last", "calm"), [(50, False), (26, False), (25, True), (0, True)])
def test_calming_down(last: int, calm: bool) -> None:
    """It is calm again at half of what was too many, not right below it."""
    assert has_calmed_down(hours(last=last), above=50, now=NOON + MINUTE) == calm


def test_only_hours_that_a_rate_needs_are_kept() -> None:
    """A day before the last full hour, and what came after."""
    part = Part(50, hours(last=1, usual=1, past=48) | {"2026-11-22T12": 1})
    kept = part.since(oldest_hour(NOON + MINUTE)).hours
    assert (min(kept), max(kept), len(kept)) == ("2026-11-21T11", "2026-11-22T12", 26)


# --- in a problem's life ---------------------------------------------------------------------------------------------


def burst(
    problems: dict[str, Problem], now: datetime, count: int, **others: Any
) -> tuple[dict[str, Problem], list[str]]:
    """A check just after an hour that had so many records."""
    times = [now - HOUR + MINUTE] * count
    rest = f"dt={now:%Y-%m-%d}/integration-101.ids-{now:%H}-{now:%H}"
    changed = {rest: summary(ssl=found(*times))} if times else {}
    problems, happened = step(problems, changed, watch(now, **others))
    return problems, [each.kind for each in happened]


def begun() -> dict[str, Problem]:
    """A problem that has gone on since six in the morning, with two records an hour."""
    slow = [NOON - 6 * HOUR + n * 30 * MINUTE for n in range(12)]
    return step({}, {TODAY: summary(ssl=found(*slow))}, watch())[0]


def test_escalation_is_told_once_until_it_has_calmed_down() -> None:
    """A problem that stays bad is announced once; when it has been calm, the next time again, with its figures."""
    problems, told = burst(begun(), NOON + HOUR, 30)
    assert told == ["Problem Escalated"]
    for hour in (2, 3):
        problems, told = burst(problems, NOON + hour * HOUR, 60)
        assert told == []
    problems, told = burst(problems, NOON + 4 * HOUR, 1)
    assert (told, problems["ssl"].escalated_above) == ([], None)
    _, happened = step(
        problems,
        {"dt=2026-11-22/integration-101.ids-1-1": summary(ssl=found(*[NOON + 4 * HOUR + MINUTE] * 400))},
        watch(NOON + 5 * HOUR),
    )
    (one,) = happened
    problem: Any = one.detail["problem"]
    assert (one.kind, one.ordinal, problem["last_hour"]) == (
        "Problem Escalated",
        3,
        {"records": 400, "usual": round((12 + 30 + 60 + 60 + 1) / 10, 1)},
    )


def test_what_is_not_read_neither_escalates_nor_calms_down() -> None:
    """While its stream is behind, the last hour is not known: nothing is said of it."""
    assert burst(begun(), NOON + HOUR, 30, behind={"account"})[1] == []
    problems, _ = burst(begun(), NOON + HOUR, 30)
    problems, _ = burst(problems, NOON + 2 * HOUR, 0, behind={"account"})
    assert problems["ssl"].escalated_above == 20


def test_what_was_just_opened_does_not_escalate() -> None:
    """However loud it begins, a problem is opened first, and only that."""
    assert burst({}, NOON + HOUR, 500)[1] == ["Problem Opened"]


def test_a_resolution_ends_an_escalation() -> None:
    """Once it is over, its rate is forgotten, so that its return can escalate anew."""
    problems, _ = burst(begun(), NOON + HOUR, 30)
    problems, told = burst(problems, NOON + 3 * HOUR, 0)
    assert (told, problems["ssl"].escalated_above) == (["Problem Resolved"], None)
