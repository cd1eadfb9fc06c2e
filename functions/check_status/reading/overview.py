"""Problems and integrations of all accounts' states, as the API shows them (``status_models.py``). Pure.

Each is found by a name that sorts: integrations by account and id, problems by their newest record.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from check_status.problems.summaries import DESCRIBED
from integration_logs.json_types import JsonObject
from integration_logs.records.remedies import by_code
from integration_logs.times import timestamp

if TYPE_CHECKING:
    from check_status.check.state import State
    from check_status.problems.problem import Problem


def integrations(states: Iterable[State]) -> dict[str, JsonObject]:
    """Every integration that has been checked; `last_walks.py` has when its logs were last fetched."""
    return {
        f"{state.account} {id_:019}": check | _counted(state, id_)
        for state in states
        for check in state.checks.values()
        if isinstance(id_ := check["integration_id"], int)
    }


def problems(states: Iterable[State]) -> dict[str, JsonObject]:
    """Every problem that is followed."""
    return {
        f"{timestamp(problem.last_at)} {fingerprint} {state.account}": _problem(state, fingerprint, problem)
        for state in states
        for fingerprint, problem in state.problems.items()
    }


def problem_in_full(states: Iterable[State], fingerprint: str, integration_id: int | None) -> JsonObject | None:
    """One problem with its details, ``None`` if it is unknown or not that integration's."""
    for state in states:
        problem = state.problems.get(fingerprint)
        if problem and integration_id in {None, problem.integration_id}:
            document = problem.document()
            remedy = by_code().get(problem.remedy or "")
            return _problem(state, fingerprint, problem) | {
                **{name: document[name] for name in ("episodes", "paths", "sample_ids")},
                "remedy_in_full": {name: getattr(remedy, name) for name in ("code", "who", "confidence", "en", "nl")}
                if remedy
                else None,
            }
    return None


def _counted(state: State, integration_id: int) -> JsonObject:
    own = [problem for problem in state.problems.values() if problem.integration_id == integration_id]
    return {
        "known_problems": len(own),
        "records": sum(problem.records for problem in own),
        "last_record_at": timestamp(max(problem.last_at for problem in own)) if own else None,
    }


def _problem(state: State, fingerprint: str, problem: Problem) -> JsonObject:
    shop = state.checks.get(f"integration-{problem.integration_id}", {})
    episode = problem.episodes[-1] if problem.episodes else None
    return {
        "fingerprint": fingerprint,
        "account": state.account,
        "integration_id": problem.integration_id,
        "shop_name": shop.get("shop_name"),
        "shop_url": shop.get("shop_url"),
        "state": "open" if problem.is_open else "resolved" if episode else "past",
        "escalating": problem.is_open and problem.escalated_above is not None,
        "since": timestamp(episode.since) if episode else None,
        "resolved_at": timestamp(episode.resolved_at) if episode and episode.resolved_at else None,
        "first_at": timestamp(problem.first_at),
        "last_at": timestamp(problem.last_at),
        "records": problem.records,
        **{name: getattr(problem, name) for name in (*DESCRIBED, "remedy")},
    }
