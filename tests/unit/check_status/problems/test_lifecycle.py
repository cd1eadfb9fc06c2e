"""Problems: opened, ongoing, resolved, regressed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from check_status.problems import lifecycle
from check_status.problems.lifecycle import (
    FORGET_AFTER,
    MOST_PROBLEMS,
    Side,
    Watch,
    documents,
    of_documents,
    step,
    told_of,
)
from check_status.problems.problem import MOST_EPISODES, Problem
from check_status.problems.summaries import day, first_day
from tests.unit.check_status.summarised import DAY, HOUR, MINUTE, NOON, TODAY, found, summary, watch

if TYPE_CHECKING:
    from check_status.happenings import Happening
    from check_status.problems.summaries import Summary


def kinds(happened: list[Happening]) -> list[str]:
    return [each.kind.removeprefix("Problem ") for each in happened]


def opened(*times: datetime) -> dict[str, Problem]:
    """A problem that was opened at noon, by default with one record a minute before."""
    problems, happened = step({}, {TODAY: summary(ssl=found(*(times or (NOON - MINUTE,))))}, watch())
    assert kinds(happened) == ["Opened"]
    return problems


def resolved(at: datetime = NOON + 2 * HOUR) -> dict[str, Problem]:
    """A problem that was opened at noon and resolved two hours later."""
    problems, happened = step(opened(), {}, watch(at))
    assert kinds(happened) == ["Resolved"]
    return problems


# --- opened ----------------------------------------------------------------------------------------------------------


def test_what_goes_on_is_opened_once() -> None:
    """A problem is announced by the check that finds it, and by no later one that finds it again."""
    look = {TODAY: summary(ssl=found(NOON - HOUR, NOON - MINUTE))}
    problems, happened = step({}, look, watch())
    (one,) = happened
    assert (one.kind, one.account, one.integration_id, one.subject, one.ordinal) == (
        "Problem Opened",
        "main",
        101,
        "ssl",
        1,
    )
    problem: Any = one.detail["problem"]
    assert (one.detail["shop_name"], problem["records"], problem["remedy"]) == ("Café Bloem", 2, "certificate-invalid")
    assert (problem["since"], problem["last_at"]) == ("2026-11-22T11:00:00.000000Z", "2026-11-22T11:59:00.000000Z")
    assert problem["sample_ids"] == [3, 17]
    for _ in range(3):
        problems, happened = step(problems, look, watch(NOON + MINUTE))
        assert happened == []
    assert problems["ssl"].records == 2


@pytest.mark.parametrize(("ago", "told"), [(59 * MINUTE, ["Opened"]), (HOUR, ["Opened"]), (61 * MINUTE, [])])
def test_what_was_over_before_anybody_watched_is_not_told(ago: timedelta, told: list[str]) -> None:
    """At the first look what goes on is announced; what was over is kept without a word."""
    first = watch(watching_since=NOON)
    problems, happened = step({}, {TODAY: summary(ssl=found(NOON - ago))}, first)
    assert kinds(happened) == told
    assert problems["ssl"].records == 1
    assert (101 in lifecycle.open_problems(problems)) == bool(told)


def test_what_comes_again_after_a_silent_first_look_is_opened() -> None:
    """A problem that nobody was told of cannot come back: when it recurs it is opened."""
    first = watch(watching_since=NOON)
    problems, _ = step({}, {TODAY: summary(ssl=found(NOON - 5 * HOUR))}, first)
    later = replace(first, now=NOON + HOUR)
    problems, happened = step(problems, {TODAY: summary(ssl=found(NOON - 5 * HOUR, NOON + 59 * MINUTE))}, later)
    assert kinds(happened) == ["Opened"]


def test_a_backfill_in_pieces_tells_nothing_of_the_past() -> None:
    """However the first backfill arrives, day by day, what was over before it stays untold."""
    problems: dict[str, Problem] = {}
    for days in (9, 3, 20, 1):
        day = NOON - days * DAY
        look = {f"dt={day:%Y-%m-%d}/integration-101": summary(ssl=found(day))}
        problems, happened = step(problems, look, watch(NOON + (30 - days) * MINUTE, watching_since=NOON))
        assert happened == []
    assert problems["ssl"].records == 4


def test_a_back_dated_burst_is_opened_and_then_resolved() -> None:
    """Last week's failures that are found today are told with their times, and are over at the next check."""
    burst = [NOON - 7 * DAY + n * MINUTE for n in range(30)]
    look = {"dt=2026-11-15/integration-101": summary(ssl=found(*burst))}
    problems, happened = step({}, look, watch())
    assert kinds(happened) == ["Opened"]
    problem: Any = happened[0].detail["problem"]
    assert (problem["since"], problem["last_at"]) == ("2026-11-15T12:00:00.000000Z", "2026-11-15T12:29:00.000000Z")
    problems, happened = step(problems, {}, watch(NOON + 5 * MINUTE))
    assert kinds(happened) == ["Resolved"]


def test_what_is_older_than_the_archives_window_is_not_news() -> None:
    """A record from before Sendcloud's memory says nothing of today."""
    old = watch(watching_since=NOON - 300 * DAY)
    assert step({}, {TODAY: summary(ssl=found(NOON - 32 * DAY))}, old)[1] == []


# --- counting --------------------------------------------------------------------------------------------------------


def test_each_summary_counts_for_itself() -> None:
    """A count is the sum over the summaries: replaced where one changed, whichever is read again, however often."""
    one, other = TODAY, "dt=2026-11-21/integration-101.ids-1-9"
    problems, _ = step({}, {one: summary(ssl=found(NOON)), other: summary(ssl=found(NOON - DAY, NOON - DAY))}, watch())
    assert problems["ssl"].records == 3
    problems, _ = step(problems, {one: summary(ssl=found(NOON, NOON, NOON))}, watch())
    assert problems["ssl"].records == 5
    problems, _ = step(problems, {other: summary(ssl=found(NOON - DAY))}, watch())
    assert problems["ssl"].records == 4


@pytest.mark.parametrize("less", [summary(ssl=found(NOON - HOUR)), summary()])
def test_counts_that_go_down_say_nothing(less: Summary) -> None:
    """A summary with less, or without the problem at all, changes the count and announces nothing."""
    problems = opened(NOON - HOUR, NOON - HOUR, NOON - MINUTE)
    after, happened = step(problems, {TODAY: less}, watch())
    assert happened == []
    assert after["ssl"].records == sum(each.records for each in less.problems.values())
    assert after["ssl"].last_at == NOON - MINUTE


def test_a_vanished_summary_says_nothing() -> None:
    """What retention deletes stays counted, and does not end a problem."""
    after, happened = step(opened(), {}, watch(NOON + MINUTE))
    assert (after["ssl"].records, happened) == (1, [])


def test_days_that_leave_the_window_stay_counted() -> None:
    """A day that has left the window keeps its count, once, even where a clock goes back and the day is read again."""
    day = NOON - 31 * DAY
    look = {f"dt={day:%Y-%m-%d}/integration-101": summary(ssl=found(day, day)), TODAY: summary(ssl=found(NOON))}
    problems, _ = step({}, look, watch())
    assert (problems["ssl"].records, len(problems["ssl"].parts)) == (3, 2)
    problems, _ = step(problems, {}, watch(NOON + DAY))
    assert (problems["ssl"].records, list(problems["ssl"].parts)) == (3, [TODAY])
    problems, _ = step(problems, look, watch())
    assert problems["ssl"].records == 3


def test_the_undated_partition_is_counted_for_ever() -> None:
    """Records without a date of their own count as long as their summary changes."""
    undated = "dt=2020-01-01/integration-101"
    problems, _ = step({}, {undated: summary(ssl=found(NOON))}, watch())
    later = NOON + 60 * DAY
    problems, _ = step(problems, {undated: summary(ssl=found(NOON, later))}, watch(later))
    assert problems["ssl"].records == 2


def test_what_is_known_of_a_problem_grows_and_stays_bounded() -> None:
    """First and last time widen, the newest samples and a few paths are kept, the facts are the newest record's."""
    problems = opened(NOON - HOUR)
    more = found(
        NOON - 3 * HOUR, NOON, remedy="tls", paths=tuple(f"/p/{n}" for n in range(9)), sample_ids=(99, 17, 98, 97)
    )
    problems, _ = step(problems, {"dt=2026-11-22/integration-101.ids-50-99": summary(ssl=more)}, watch())
    problem = problems["ssl"]
    assert (problem.first_at, problem.last_at, problem.remedy) == (NOON - 3 * HOUR, NOON, "tls")
    assert problem.sample_ids == (3, 17, 97, 98, 99)
    assert problem.paths == ("/p/0", "/p/1", "/p/2", "/p/3", "/p/4")


def test_no_integration_can_fill_the_state() -> None:
    """Beyond so many problems of one integration new ones are not followed; known ones and other integrations' are."""
    many = {f"f{n:05}": found(NOON) for n in range(MOST_PROBLEMS + 50)}
    loud = found(NOON, NOON, NOON)
    problems, _ = step({}, {TODAY: summary(**many, loud=loud)}, watch())
    assert len(problems) == MOST_PROBLEMS
    assert "loud" in problems
    look = {
        TODAY: summary(**many, loud=found(*[NOON] * 4), late=found(NOON)),
        "dt=2026-11-22/integration-102": summary(102, other=found(NOON)),
    }
    problems, happened = step(problems, look, watch())
    assert (problems["loud"].records, kinds(happened), happened[0].subject) == (4, ["Opened"], "other")


# --- resolved --------------------------------------------------------------------------------------------------------


def proven(**others: Any) -> Watch:
    return watch(NOON + HOUR, **others)


@pytest.mark.parametrize("wemasy", ["connected", "not asked"])
def test_resolved(wemasy: Any) -> None:
    """Quiet for long enough, fetched since, and connected where WeMaSy is asked: then it is over, and told once."""
    proof = proven(sides={101: Side(NOON, wemasy)})
    problems, happened = step(opened(), {}, proof)
    assert kinds(happened) == ["Resolved"]
    problem: Any = happened[0].detail["problem"]
    assert (problem["is_open"], problem["resolved_at"]) == (False, "2026-11-22T13:00:00.000000Z")
    assert lifecycle.open_problems(problems) == {}
    (episode,) = problems["ssl"].episodes
    assert (episode.opened_at, episode.since, episode.resolved_at, episode.until) == (
        NOON,
        NOON - MINUTE,
        NOON + HOUR,
        NOON - MINUTE,
    )
    assert step(problems, {}, proof)[1] == []


@pytest.mark.parametrize(
    "unproven",
    [
        watch(NOON + 58 * MINUTE),
        proven(sides=None),
        proven(sides={101: Side(NOON - MINUTE, "connected")}),
        proven(sides={101: Side(NOON - HOUR, "connected")}),
        proven(sides={101: Side(None, "connected")}),
        proven(sides={}),
        proven(sides={101: Side(NOON, "disconnected")}),
        proven(sides={101: Side(NOON, "inactive")}),
        proven(sides={101: Side(NOON, "unclear")}),
        proven(sides={101: Side(NOON, "never answered")}),
        proven(behind={"account"}),
        proven(behind={"integration-101"}),
    ],
    ids=[
        "not quiet for long enough",
        "Sendcloud did not answer",
        "not fetched since its last record",
        "fetched before its last record",
        "no word of the last fetch",
        "not listed",
        "disconnected",
        "inactive",
        "flags unclear",
        "WeMaSy never answered",
        "the account's stream is behind",
        "its own stream is behind",
    ],
)
def test_not_resolved_without_proof(unproven: Watch) -> None:
    """Where one part of the proof is missing, the problem stays open."""
    problems, happened = step(opened(), {}, unproven)
    assert happened == []
    assert lifecycle.open_problems(problems) == {101: [problems["ssl"]]}


def test_another_streams_trouble_is_not_in_the_way() -> None:
    """Only the streams that carry the problem's records count."""
    assert kinds(step(opened(), {}, proven(behind={"integration-102"}))[1]) == ["Resolved"]


@pytest.mark.parametrize("sides", [{101: Side(None, "connected")}, {}])
def test_without_the_time_of_the_last_fetch_a_day_of_quiet_is_the_proof(sides: dict[int, Side]) -> None:
    """Where Sendcloud does not say when it fetched, 24 hours without a record are needed."""
    last = NOON - MINUTE
    assert step(opened(), {}, watch(last + DAY - MINUTE, sides=sides))[1] == []
    assert kinds(step(opened(), {}, watch(last + DAY, sides=sides))[1]) == ["Resolved"]


# --- regressed -------------------------------------------------------------------------------------------------------


def test_regressed() -> None:
    """A record after the resolution brings the problem back: told once, since when, and when it had been solved."""
    back = NOON + 5 * HOUR
    look = {TODAY: summary(ssl=found(NOON - MINUTE, back + 3 * MINUTE, back + 4 * MINUTE))}
    problems, happened = step(resolved(), look, watch(back + 10 * MINUTE))
    assert kinds(happened) == ["Regressed"]
    assert happened[0].ordinal == 3
    problem: Any = happened[0].detail["problem"]
    assert (problem["since"], problem["solved_at"]) == ("2026-11-22T17:00:00.000000Z", "2026-11-22T14:00:00.000000Z")
    assert problem["episodes"] == 2
    assert step(problems, look, watch(back + 11 * MINUTE))[1] == []


def test_a_late_record_from_before_the_resolution_is_only_counted() -> None:
    """What turns up late with a time before the resolution brings nothing back."""
    look = {TODAY: summary(ssl=found(NOON - MINUTE, NOON + 2 * HOUR))}
    problems, happened = step(resolved(), look, watch(NOON + 3 * HOUR))
    assert (happened, problems["ssl"].records) == ([], 2)


def test_episodes_are_bounded() -> None:
    """A problem that comes and goes for ever keeps its last episodes only, and is told each time."""
    problems, now, ordinals = opened(), NOON, [1]
    for _ in range(MOST_EPISODES + 3):
        now += 3 * HOUR
        problems, happened = step(problems, {}, watch(now))
        ordinals += [each.ordinal for each in happened]
        now += 3 * HOUR
        problems, happened = step(problems, {TODAY: summary(ssl=found(now))}, watch(now))
        ordinals += [each.ordinal for each in happened]
    assert ordinals == list(range(1, 2 * MOST_EPISODES + 8))
    assert len(problems["ssl"].episodes) == MOST_EPISODES


def test_what_is_long_over_is_forgotten() -> None:
    """A problem that was over for so long is not followed any more; one that is open is never forgotten."""
    long_after = NOON + FORGET_AFTER
    assert step(resolved(), {}, watch(long_after))[0] == {}
    assert set(step(opened(), {}, watch(long_after, sides=None))[0]) == {"ssl"}


def test_told_of() -> None:
    """Whether somebody knows of a problem of the integration that was a trouble then."""
    assert told_of(opened(), 101, NOON + DAY)
    assert not told_of(opened(), 102, NOON)
    assert told_of(resolved(), 101, NOON + 2 * HOUR)
    assert not told_of(resolved(), 101, NOON + 2 * HOUR + MINUTE)
    silent, _ = step({}, {TODAY: summary(ssl=found(NOON - DAY))}, watch(watching_since=NOON))
    assert not told_of(silent, 101, NOON - 9 * DAY)


# --- any sequence ----------------------------------------------------------------------------------------------------

times = st.integers(-40 * 24 * 60, 20 * 60).map(lambda minutes: NOON + minutes * MINUTE)
looks = st.dictionaries(
    st.sampled_from(
        [TODAY, "dt=2026-11-20/integration-101", "dt=2026-10-23/integration-101", "dt=2020-01-01/integration-101"]
    ),
    st.dictionaries(st.sampled_from(["a", "b"]), st.lists(times, min_size=1, max_size=4), max_size=2),
    max_size=2,
)
steps = st.lists(
    st.tuples(
        st.integers(1, 30 * 60), looks, st.sampled_from(["connected", "disconnected", "not asked"]), st.booleans()
    ),
    max_size=12,
)


@given(steps)
def test_any_sequence(sequence: list[tuple[int, dict[str, dict[str, list[datetime]]], Any, bool]]) -> None:
    """Whatever is found: each problem is opened first, then resolved and regressed in turn, with ordinals that count
    up; its count is the sum of what its summaries last said; and the state may be stored in between."""
    problems: dict[str, Problem] = {}
    now = NOON - DAY
    last: dict[tuple[str, str], int] = {}
    told: dict[str, list[Happening]] = {}
    for minutes, look, wemasy, answered in sequence:
        now += minutes * MINUTE
        sides = {101: Side(now, wemasy)} if answered else None
        changed = {
            rest: summary(**{name: found(*(min(time, now) for time in each)) for name, each in problems_.items()})
            for rest, problems_ in look.items()
            if (of := day(rest)) is None or of >= first_day(now)
        }
        for rest, each in changed.items():
            for name in ("a", "b"):
                last[rest, name] = each.problems[name].records if name in each.problems else 0
        check = watch(now, sides=sides)
        stored = of_documents(json.loads(json.dumps(documents(problems))))
        assert stored == problems
        problems, happened = step(stored, changed, check)
        for one in happened:
            told.setdefault(one.subject, []).append(one)
    for name, problem in problems.items():
        assert problem.records == sum(count for (_, of), count in last.items() if of == name)
        ordinals = [each.ordinal for each in told.get(name, [])]
        assert ordinals == list(range(1, len(ordinals) + 1))
        changes = [kind for kind in kinds(told.get(name, [])) if kind != "Escalated"]
        assert changes == (["Opened", *["Resolved", "Regressed"] * len(changes)])[: len(changes)]
