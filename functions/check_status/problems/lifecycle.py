"""The lifecycle of problems: opened, ongoing, escalated, resolved, regressed. Pure.

A problem is **opened** at the check that first finds it, unless it was over before anybody watched (its last record is
older than ``watching_since`` less ``resolve_after``, or than the archive's window): then it is only kept.

It is **resolved** when all of this is proven, at a check after the one that opened it:

* the fingerprint has not recurred for ``resolve_after``, and none of its streams is behind, so that this is known;
* Sendcloud has fetched from the shop since (``last_fetched_at`` is past the last record); where Sendcloud names no such
  time or does not list the integration, the fingerprint has not recurred for ``QUIET``;
* WeMaSy, where it is asked about the integration, has it active and connected.

It has **regressed** when a record turns up with a time after the resolution. A record that only turns up late, with a
time before it, is counted and nothing else. It **escalates** when its rate is far above its own past
(``escalation.py``), once until it has calmed down. Counts that go down, and summaries that vanish, say nothing. Nothing
happens to a problem while there are summaries of its integration that no check has had the time to read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from check_status.happenings import Happening, Kind
from check_status.problems.escalation import HOUR, Escalation, escalates, has_calmed_down, oldest_hour
from check_status.problems.problem import MOST_EPISODES, Episode, Problem
from check_status.problems.summaries import DESCRIBED, WINDOW, Summary, day, first_day
from integration_logs.json_types import JsonObject
from integration_logs.times import timestamp

if TYPE_CHECKING:
    from check_status.verdicts.names import WemasySide

type Problems = Mapping[str, Problem]
"""By fingerprint."""

QUIET = timedelta(hours=24)
FORGET_AFTER = timedelta(days=90)
MOST_PROBLEMS = 300
"""Of one integration; what comes beyond that is archived and not followed."""


@dataclass(frozen=True)
class Side:
    """What this check saw of an integration: when Sendcloud last fetched (``None``: not said), and WeMaSy's side."""

    last_fetched_at: datetime | None
    wemasy: WemasySide


@dataclass(frozen=True)
class Shop:
    """Whose integration it is, as Sendcloud last said; redacted."""

    name: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Watch:
    """What one check knows besides the summaries.

    ``sides`` by integration, ``None`` where Sendcloud did not answer; one that is missing is not listed. ``behind`` are
    the streams that fetch_logs cannot read at present: ``account`` for all, or ``integration-<id>``. ``unread`` are the
    integrations of which there was no time to read every summary.
    """

    account: str
    now: datetime
    watching_since: datetime
    sides: Mapping[int, Side] | None
    shops: Mapping[int, Shop]
    behind: Collection[str]
    resolve_after: timedelta
    escalation_factor: int
    unread: Collection[int] = ()


def step(
    problems: Problems, changed: Mapping[str, Summary], watch: Watch
) -> tuple[dict[str, Problem], list[Happening]]:
    """The problems after a check that found these summaries changed, and what has happened; in order of time."""
    counted = _counted(problems, changed)
    after: dict[str, Problem] = {}
    happened = []
    for fingerprint, problem in sorted(counted.items(), key=lambda item: (item[1].first_at, item[0])):
        moved, kind, escalation = _moved(_pruned(problem, watch.now), watch)
        if kind:
            moved = replace(moved, transitions=moved.transitions + 1)
            happened.append(_happening(kind, fingerprint, moved, escalation, watch))
        if moved.is_open or watch.now - moved.last_at < FORGET_AFTER:
            after[fingerprint] = moved
    return after, happened


def open_problems(problems: Problems) -> dict[int, list[Problem]]:
    """The open problems by integration, those with the most records first."""
    found: dict[int, list[Problem]] = {}
    for problem in sorted(problems.values(), key=lambda each: -each.records):
        if problem.is_open:
            found.setdefault(problem.integration_id, []).append(problem)
    return found


def told_of(problems: Problems, integration_id: int, since: datetime) -> bool:
    """Whether a problem of the integration that was open at that time or later has been reported."""
    return any(
        episode.resolved_at is None or episode.resolved_at >= since
        for each in problems.values()
        if each.integration_id == integration_id
        for episode in each.episodes[-1:]
    )


def documents(problems: Problems) -> JsonObject:
    """The JSON form, which ``of_documents`` reads."""
    return {fingerprint: problem.document() for fingerprint, problem in sorted(problems.items())}


def of_documents(documents: Mapping[str, Mapping[str, object]]) -> dict[str, Problem]:
    """Raises ``KeyError``, ``TypeError``, ``AttributeError`` or ``ValueError`` where one is no problem."""
    return {fingerprint: Problem.of(document) for fingerprint, document in documents.items()}


# --- counting --------------------------------------------------------------------------------------------------------


def _counted(problems: Problems, changed: Mapping[str, Summary]) -> dict[str, Problem]:
    """With each changed summary in place of what it said before."""
    after = dict(problems)
    followed = Counter(problem.integration_id for problem in problems.values())
    held: dict[str, list[str]] = {}
    for fingerprint, problem in problems.items():
        for rest in problem.parts.keys() & changed.keys():
            held.setdefault(rest, []).append(fingerprint)
    for rest, summary in sorted(changed.items()):
        for fingerprint in held.get(rest, ()):
            if fingerprint not in summary.problems:
                after[fingerprint] = after[fingerprint].taking_in(rest, None)
        for fingerprint, found in sorted(summary.problems.items(), key=lambda item: (-item[1].records, item[0])):
            if fingerprint not in after:
                if followed[summary.integration_id] == MOST_PROBLEMS:
                    continue
                followed[summary.integration_id] += 1
            known = after.get(fingerprint) or Problem(summary.integration_id, found.first_at, found.last_at)
            if _still_counts(known, rest):
                after[fingerprint] = known.taking_in(rest, found)
    return after


def _still_counts(problem: Problem, rest: str) -> bool:
    """Not a day that has been added up already, even if a clock goes back."""
    of = day(rest)
    return of is None or problem.counted_from is None or of >= problem.counted_from


def _pruned(problem: Problem, now: datetime) -> Problem:
    """Days that have left the window are added up; hours that no rate needs are dropped."""
    first, oldest = max(filter(None, (problem.counted_from, first_day(now)))), oldest_hour(now)
    gone = {rest for rest in problem.parts if (of := day(rest)) is not None and of < first}
    return replace(
        problem,
        parts={rest: part.since(oldest) for rest, part in problem.parts.items() if rest not in gone},
        before=problem.before + sum(problem.parts[rest].records for rest in gone),
        counted_from=first,
    )


# --- what happens ----------------------------------------------------------------------------------------------------


def _moved(problem: Problem, watch: Watch) -> tuple[Problem, Kind | None, Escalation | None]:
    """The problem after this check, and what has happened to it."""
    if problem.integration_id in watch.unread:  # half a history proves neither a beginning nor an end
        return problem, None, None
    if not problem.is_open:
        begun, kind = _beginning(problem, watch)
        return begun, kind, None
    if _is_behind(problem, watch):  # what is not seen is not over, nor has it calmed down
        return problem, None, None
    if _is_over(problem, watch):
        ended = replace(problem.episodes[-1], resolved_at=watch.now, until=problem.last_at)
        over = replace(problem, episodes=(*problem.episodes[:-1], ended), escalated_above=None)
        return over, "Problem Resolved", None
    return _escalated(problem, watch)


def _beginning(problem: Problem, watch: Watch) -> tuple[Problem, Kind | None]:
    """Of a problem that is not open: whether it is now."""
    if not problem.episodes:
        if problem.last_at < max(watch.watching_since - watch.resolve_after, watch.now - WINDOW):
            return problem, None
        return _begun(problem, problem.first_at, watch.now), "Problem Opened"
    resolved_at = problem.episodes[-1].resolved_at
    if resolved_at is None or problem.last_at <= resolved_at:
        return problem, None
    return _begun(problem, _since(problem, resolved_at), watch.now), "Problem Regressed"


def _escalated(problem: Problem, watch: Watch) -> tuple[Problem, Kind | None, Escalation | None]:
    if problem.escalated_above is not None:
        calm = has_calmed_down(problem.hours, above=problem.escalated_above, now=watch.now)
        return (replace(problem, escalated_above=None) if calm else problem), None, None
    since = problem.episodes[-1].since
    escalation = escalates(problem.hours, since=since, now=watch.now, factor=watch.escalation_factor)
    if escalation is None:
        return problem, None, None
    return replace(problem, escalated_above=escalation.above), "Problem Escalated", escalation


def _begun(problem: Problem, since: datetime, now: datetime) -> Problem:
    return replace(problem, episodes=(*problem.episodes, Episode(now, since))[-MOST_EPISODES:])


def _since(problem: Problem, resolved_at: datetime) -> datetime:
    """When it began again, as well as the hours tell."""
    hours = sorted(datetime.fromisoformat(hour).replace(tzinfo=UTC) for hour in problem.hours)
    after = next((hour for hour in hours if hour + HOUR > resolved_at), problem.last_at)
    return min(max(after, resolved_at), problem.last_at)


def _is_behind(problem: Problem, watch: Watch) -> bool:
    return not {"account", f"integration-{problem.integration_id}"}.isdisjoint(watch.behind)


def _is_over(problem: Problem, watch: Watch) -> bool:
    """The proof of recovery; see the module."""
    if watch.sides is None or watch.now - problem.last_at < watch.resolve_after:
        return False
    side = watch.sides.get(problem.integration_id)
    if side and side.wemasy not in {"connected", "not asked"}:
        return False
    if side is None or side.last_fetched_at is None:
        return watch.now - problem.last_at >= QUIET
    return side.last_fetched_at > problem.last_at


def _happening(
    kind: Kind, fingerprint: str, problem: Problem, escalation: Escalation | None, watch: Watch
) -> Happening:
    shop = watch.shops.get(problem.integration_id, Shop())
    return Happening(
        kind=kind,
        account=watch.account,
        integration_id=problem.integration_id,
        at=watch.now,
        subject=fingerprint,
        ordinal=problem.transitions,
        detail={
            "shop_name": shop.name,
            "shop_url": shop.url,
            "problem": told(fingerprint, problem, escalation),
        },
    )


def told(fingerprint: str, problem: Problem, escalation: Escalation | None = None) -> JsonObject:
    """What messages say about a problem: facts, current episode, when the previous one was resolved, rate."""
    episode, before = problem.episodes[-1], problem.episodes[-2] if len(problem.episodes) > 1 else None
    return {
        "fingerprint": fingerprint,
        "is_open": problem.is_open,
        "since": timestamp(episode.since),
        "opened_at": timestamp(episode.opened_at),
        "resolved_at": timestamp(episode.resolved_at) if episode.resolved_at else None,
        "solved_at": timestamp(before.resolved_at) if before and before.resolved_at else None,
        "first_at": timestamp(problem.first_at),
        "last_at": timestamp(problem.last_at),
        "records": problem.records,
        "episodes": len(problem.episodes),
        **{name: getattr(problem, name) for name in DESCRIBED},
        "paths": list(problem.paths),
        "sample_ids": list(problem.sample_ids),
        "remedy": problem.remedy,
        "last_hour": {"records": escalation.records, "usual": escalation.usual} if escalation else None,
    }
