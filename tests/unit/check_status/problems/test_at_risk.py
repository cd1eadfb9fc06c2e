"""Streams whose unseen records Sendcloud will soon delete."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from check_status.problems import at_risk
from check_status.problems.at_risk import behind, step
from fetch_logs.account import standing
from tests.fakes.memory_store import MemoryStore
from tests.unit.check_status.summarised import DAY, MINUTE, NOON

PAUSE = standing.Pause("digest", NOON - DAY, "Sendcloud refuses the keys.")


def written(paused: standing.Pause | None = None, **streams: timedelta) -> Any:
    """How an account stands, as fetch_logs writes it: streams that have been behind for so long."""
    store = MemoryStore()
    names = {name.replace("_", "-"): ago for name, ago in streams.items()}
    each = {name: standing.Behind(NOON - ago, 3, "Sendcloud answers 500.", "TryLater") for name, ago in names.items()}
    standing.save(store, "main", standing.Standing(), standing.Standing("integration", paused, each))
    return json.loads(store.objects["state/fetch/main/standing.json"])


def at(days: float, risk: at_risk.Streams, **streams: timedelta) -> tuple[dict[str, Any], list[Any]]:
    return step(risk, behind(written(**streams)), account="main", now=NOON + timedelta(days=days))


def test_the_limits_are_those_of_the_alarm() -> None:
    """A stream is at risk here exactly when fetch_logs' own alarm says so."""
    for minutes in (-1, 0, 1):
        now = NOON + 20 * DAY + minutes * MINUTE
        ours = set(step({}, behind(written(integration_101=timedelta())), account="main", now=now)[0])
        theirs = standing.Standing(behind={"integration-101": standing.Behind(NOON, 3, "")}).at_risk(now)
        assert ours == set(theirs)


def test_it_is_told_once_until_it_is_over() -> None:
    """A stream at risk is announced once, and again only after it was not."""
    risk, told = at(0, {}, integration_101=21 * DAY)
    (one,) = told
    assert (one.kind, one.subject, one.integration_id) == ("Archive At Risk", "integration-101", 101)
    assert one.detail == {
        "since": "2026-11-01T12:00:00.000000Z",
        "deleted_from": "2026-12-01T12:00:00.000000Z",
        "reason": "Sendcloud answers 500.",
        "cause": "TryLater",
    }
    risk, told = at(1, risk, integration_101=21 * DAY)
    assert told == []
    assert at_risk.of_document(json.loads(json.dumps(at_risk.document(risk)))) == risk == {"integration-101": NOON}
    risk, told = at(2, risk)
    assert (risk, told) == ({}, [])
    _, told = at(3, risk, integration_101=21 * DAY)
    assert [each.id != one.id for each in told] == [True]


def test_the_account_stands_for_its_streams() -> None:
    """Where everything of the account is at risk, that is one message and not one for each integration."""
    _, told = at(0, {}, account=25 * DAY, integration_101=25 * DAY, integration_102=25 * DAY)
    assert [(each.subject, each.integration_id) for each in told] == [("account", None)]


def test_a_paused_account_is_behind_with_everything() -> None:
    """While Sendcloud refuses the keys nothing of the account is read, whatever its streams are called."""
    assert behind(written(PAUSE)).keys() == {"account"}
    assert behind(written(PAUSE, integration_101=DAY)).keys() == {"account", "integration-101"}
    assert behind(written()) == behind(None) == {}


@pytest.mark.parametrize("broken", [[], {}, {"behind": {}}, {"behind": {"a": {"since": "never"}}, "paused": None}])
def test_what_is_no_standing_is_said(broken: Any) -> None:
    """What cannot be read is an error of the kinds that the reader expects, not silence."""
    with pytest.raises((KeyError, TypeError, ValueError, AttributeError)):
        behind(broken)
