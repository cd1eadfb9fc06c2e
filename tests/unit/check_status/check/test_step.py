from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from check_status.check.columns import COLUMNS
from check_status.check.observation import Observation
from check_status.check.state import State, decoded, encoded
from check_status.check.step import FORGET_AFTER, answer, lines, step
from check_status.happenings import Happening
from check_status.problems.at_risk import Behind
from check_status.problems.summaries import Found, Look, Summary
from check_status.verdicts.facts import Integration, WemasyAnswer
from check_status.verdicts.verdict import Verdict, of_error
from integration_logs.errors import NeedsOperator
from tests.unit.check_status.checks import NOON, RULES

if TYPE_CHECKING:
    from datetime import datetime

FIVE = timedelta(minutes=5)
DAY = timedelta(days=1)
NOTHING_NEW = Look(frozenset(), {})
REFUSED = Verdict("credentials_rejected", "Sendcloud refused the credentials.")
DOWN = Verdict("unreachable", "Sendcloud did not answer.")
WEMASY_DOWN = Verdict("unreachable", "WeMaSy did not answer.")
CONNECTED, DISCONNECTED = (True, True), (True, False)


def shop(id_: int, at: datetime, kind: str = "woocommerce", **facts: Any) -> Integration:
    return Integration(
        **{
            "id": id_,
            "shop_name": f"Shop {id_}",
            "shop_url": f"https://shop{id_}.example",
            "type": kind,
            "started_failing_at": None,
            "last_fetched_at": at - FIVE,
            "listed_at": at,
            **facts,
        }
    )


def said(at: datetime, flags: tuple[bool | None, bool | None] = CONNECTED) -> WemasyAnswer:
    return WemasyAnswer(at, "12", *flags, True, None, None)


class Account:
    """An account that is checked every five minutes; its state goes through JSON each time."""

    def __init__(self) -> None:
        self.at = NOON
        self.state = State("main", watching_since=NOON)
        self.told: list[Happening] = []

    def check(
        self, *shops: Any, wemasy: Any = CONNECTED, sendcloud: Any = None, look: Look = NOTHING_NEW, **more: Any
    ) -> dict[str, str]:
        """One check; the verdicts that it found, by subject. A shop is an id, or an id and its facts."""
        listed = [shop(each, self.at) if isinstance(each, int) else shop(each[0], self.at, **each[1]) for each in shops]
        observed = Observation(
            "main", self.at, sendcloud or listed, said(self.at, wemasy) if isinstance(wemasy, tuple) else wemasy, **more
        )
        state, happened = step(self.state, observed, look, RULES)
        self.state = decoded(json.loads(encoded(state)), "main", None)
        assert self.state == state
        self.told += happened
        self.at += FIVE
        return {str(line["subject"]): str(line["verdict"]) for line in lines(state)}

    def checks(self, times: int, *shops: Any, **more: Any) -> dict[str, str]:
        for _ in range(times):
            found = self.check(*shops, **more)
        return found

    @property
    def announced(self) -> list[tuple[str, Any, Any]]:
        return [
            (each.subject, each.detail["previous"], each.detail["verdict"])
            for each in self.told
            if each.kind == "Integration Status Changed"
        ]


@pytest.fixture
def account() -> Account:
    return Account()


def sentence(account: Account, subject: str = "account") -> str:
    return str(account.state.checks[subject]["sentence"])


def exceptions(integration_id: int, at: datetime, **remedies: str | None) -> Look:
    """A summary that holds one problem, or one of each name with its remedy; each has more records than the last."""
    rest = f"dt={at:%Y-%m-%d}/integration-{integration_id}"
    hour = f"{at:%Y-%m-%dT%H}"
    found = {
        name * 16: Found(
            n, at, at, {hour: n}, "SSLError", "GET", "shop.example", 495, "/orders", ("/orders",), code, (n,)
        )
        for n, (name, code) in enumerate((remedies or {"f": None}).items(), start=3)
    }
    return Look(frozenset({rest}), {rest: Summary('"etag"', "main", integration_id, found, 0)})


# --- verdicts --------------------------------------------------------------------------------------------------------


def test_the_account_and_each_integration(account: Account) -> None:
    """A check judges the account's access and each integration that Sendcloud lists."""
    found = account.check(101, (102, {"started_failing_at": NOON}), (103, {"last_fetched_at": NOON - DAY}))
    assert found == {
        "account": "healthy",
        "integration-101": "healthy",
        "integration-102": "failing",
        "integration-103": "silent",
    }


def test_an_account_without_wemasy(account: Account) -> None:
    """Without a token the verdicts rest on Sendcloud alone, and say so."""
    assert account.check(101, wemasy=None) == {"account": "healthy", "integration-101": "healthy"}
    assert "no wemasy_token" in sentence(account)
    assert "WeMaSy is not checked" in sentence(account, "integration-101")


def test_whom_wemasy_is_about(account: Account) -> None:
    """WeMaSy's word counts for the integration of its type, or for the one that the secret names, and for no other."""
    shops = (101, (102, {"kind": "wemasy"}))
    found = account.check(*shops, wemasy=DISCONNECTED)
    assert (found["integration-101"], found["integration-102"]) == ("healthy", "disconnected")
    found = account.check(*shops, wemasy=DISCONNECTED, named=101)
    assert (found["integration-101"], found["integration-102"]) == ("disconnected", "healthy")


@pytest.mark.parametrize("named", [0, 999])
def test_a_name_that_nobody_has(account: Account, named: int) -> None:
    """An id in the secret that no integration has is said at the account, and counts for none."""
    found = account.check(101, wemasy=DISCONNECTED, named=named)
    assert found == {"account": "unknown", "integration-101": "healthy"}
    assert "wemasy_integration_id" in sentence(account)


def test_open_problems_are_failing(account: Account) -> None:
    """Exceptions in the archive make an integration fail, although Sendcloud itself does not call it so yet."""
    found = account.check(101, look=exceptions(101, NOON))
    assert found["integration-101"] == "failing"
    assert "1 problem is open (since 22 Nov 2026 12:00 UTC)" in sentence(account, "integration-101")
    assert account.state.checks["integration-101"]["open_problems"] == 1


def test_failing_names_the_problem_with_the_most_records(account: Account) -> None:
    """Of several open problems the largest says what to do and who acts, in the check and in what is announced."""
    account.checks(3, 101)
    account.checks(2, 101, look=exceptions(101, NOON, a="throttled", c="challenge-page", b="host-slow"))
    assert "What to do: The shop answers too slowly" in sentence(account, "integration-101")
    assert account.told[-1].detail["remedy"] == "host-slow"


def test_failed_access_is_the_accounts_alone(account: Account) -> None:
    """While Sendcloud does not answer, its integrations have no new verdict and no line; their last one stands."""
    account.checks(2, 101, (102, {"started_failing_at": NOON}))
    before = dict(account.state.checks)
    assert account.checks(5, sendcloud=DOWN) == {"account": "unreachable"}
    assert {name: check for name, check in account.state.checks.items() if name != "account"} == {
        name: check for name, check in before.items() if name != "account"
    }
    assert account.announced == [("integration-102", None, "failing"), ("account", "healthy", "unreachable")]


def test_wemasys_last_word_stands(account: Account) -> None:
    """While WeMaSy does not answer, an integration is judged by what it said last; its silence is the account's."""
    account.checks(2, 101, wemasy=DISCONNECTED)
    found = account.check(101, wemasy=WEMASY_DOWN)
    assert found == {"account": "unreachable", "integration-101": "disconnected"}
    assert "WeMaSy is not responding" in sentence(account, "integration-101")
    assert account.check(101)["integration-101"] == "healthy"
    assert account.check((101, {"started_failing_at": NOON}), wemasy=WEMASY_DOWN)["integration-101"] == "failing"


def test_a_token_that_is_taken_away(account: Account) -> None:
    """What WeMaSy said is forgotten with its token."""
    account.check(101, wemasy=DISCONNECTED)
    assert account.check(101, wemasy=None)["integration-101"] == "healthy"
    assert account.check(101, wemasy=WEMASY_DOWN) == {"account": "unreachable"}


def test_wemasy_never_answered(account: Account) -> None:
    """Before WeMaSy's first answer there is no verdict but where Sendcloud alone shows a failure."""
    found = account.check(101, (102, {"started_failing_at": NOON}), wemasy=WEMASY_DOWN)
    assert found == {"account": "unreachable", "integration-102": "failing"}


def test_an_integration_that_is_gone(account: Account) -> None:
    """What Sendcloud lists no more is judged, under its name, until it has been gone for long; then it is forgotten."""
    account.checks(2, 101, 102)
    assert account.checks(2, 101)["integration-102"] == "unknown"
    assert sentence(account, "integration-102").startswith("Shop 102 (https://shop102.example): Sendcloud no longer")
    assert account.announced == [("integration-102", "healthy", "unknown")]
    account.at += FORGET_AFTER
    assert account.check(101) == {"account": "healthy", "integration-101": "healthy"}
    assert "integration-102" not in {**account.state.subjects, **account.state.checks}


def test_nothing_is_forgotten_while_sendcloud_does_not_answer(account: Account) -> None:
    """After an outage that was longer than what is gone is remembered, nothing is told twice."""
    account.checks(2, (101, {"started_failing_at": NOON}))
    account.check(sendcloud=REFUSED)
    account.at += 2 * FORGET_AFTER
    account.check(sendcloud=REFUSED)
    account.checks(3, (101, {"started_failing_at": NOON}))
    assert [each for each in account.announced if each[0] != "account"] == [("integration-101", None, "failing")]


def test_an_integration_that_comes_back(account: Account) -> None:
    """An integration that is listed again recovers like any other."""
    account.checks(2, 101, 102)
    account.checks(2, 101)
    account.at += DAY
    account.checks(2, 101, 102)
    assert account.announced[-1] == ("integration-102", "unknown", "healthy")


# --- what is told ----------------------------------------------------------------------------------------------------


def test_a_change_and_its_end_are_told_once(account: Account) -> None:
    """A failure is told after two checks and its end after two good ones, with what a message needs to say."""
    account.checks(3, 101)
    account.checks(20, (101, {"started_failing_at": NOON}))
    account.checks(20, 101)
    assert account.announced == [("integration-101", "healthy", "failing"), ("integration-101", "failing", "healthy")]
    first, second = account.told
    assert (first.account, first.integration_id, first.at, first.ordinal) == ("main", 101, NOON + 4 * FIVE, 1)
    assert first.detail | {"sentence": ""} == {
        "verdict": "failing",
        "previous": "healthy",
        "remedy": None,
        "sentence": "",
        "cause": "failing",
        "since": "2026-11-22T12:15:00.000000Z",
        "shop_name": "Shop 101",
        "shop_url": "https://shop101.example",
    }
    assert (second.ordinal, first.id != second.id) == (2, True)
    assert all(Happening.of(json.loads(json.dumps(each.document()))) == each for each in account.told)


def test_refused_credentials_are_told_at_once(account: Account) -> None:
    """Refused keys are told at the first check, for the account and not for each integration."""
    account.checks(2, 101, 102)
    account.check(sendcloud=REFUSED)
    assert account.announced == [("account", "healthy", "credentials_rejected")]
    (told,) = account.told
    assert (told.integration_id, told.detail["sentence"]) == (None, REFUSED.sentence)


def test_only_the_apis_that_gave_cause_are_named(account: Account) -> None:
    """Where one API refuses the keys while the other is down, only the first one is said to have refused them."""
    account.checks(2, 101)
    account.check(sendcloud=REFUSED, wemasy=WEMASY_DOWN)
    assert [each.detail["apis"] for each in account.told] == [["Sendcloud"]]


def test_why_a_status_is_unknown_is_handed_on(account: Account) -> None:
    """The cause goes along, for the Dutch text: of the API that is worse, and of a shop that is no longer listed."""
    account.checks(2, 101, 102)
    account.checks(2, 101, wemasy=of_error(NeedsOperator("The secret is damaged.")))
    assert [(each.subject, each.detail["cause"]) for each in account.told] == [
        ("account", "NeedsOperator"),
        ("integration-102", "not listed"),
    ]
    account.checks(13, 101)
    account.checks(13, 101, named=7)
    assert account.told[-1].detail["cause"] == "not there"


def test_a_first_look_tells_what_is_going_on(account: Account) -> None:
    """At first sight only what is not good is told, after as many checks as ever."""
    account.checks(10, 101, (102, {"started_failing_at": NOON - DAY}))
    assert account.announced == [("integration-102", None, "failing")]


def test_a_stream_at_risk(account: Account) -> None:
    """Records that will be deleted unseen are told once; not knowing how fetching stands changes nothing."""
    behind = {"account": Behind(NOON - 25 * DAY, "Refused.")}
    account.check(101, behind=behind)
    account.check(101, behind=None)
    account.check(101, behind=behind)
    assert [(each.kind, each.subject) for each in account.told] == [("Archive At Risk", "account")]


def test_nothing_is_resolved_while_it_is_not_known_how_fetching_stands(account: Account) -> None:
    """A problem stays open while nobody knows whether its records would be seen."""
    account.check(101, look=exceptions(101, NOON))
    account.at += DAY
    assert account.checks(3, 101, behind=None)["integration-101"] == "failing"
    account.check(101)
    assert [each.kind for each in account.told if each.kind.startswith("Problem")] == [
        "Problem Opened",
        "Problem Resolved",
    ]


# --- the form --------------------------------------------------------------------------------------------------------


def test_a_line_has_its_columns(account: Account) -> None:
    """Each line has every column, of the column's type or null; the account's is first, then by integration."""
    account.check(102, (101, {"started_failing_at": NOON}), wemasy=DISCONNECTED)
    found = lines(account.state)
    assert [line["subject"] for line in found] == ["account", "integration-101", "integration-102"]
    types = {"string": str, "bigint": int, "int": int, "boolean": bool}
    for line in found:
        assert list(line) == [column.name for column in COLUMNS]
        for column, value in zip(COLUMNS, line.values(), strict=True):
            assert value is None or type(value) is types[column.glue], column
    assert found[1]["started_failing_at"] == "2026-11-22T12:00:00.000000Z"
    assert (found[1]["wemasy_is_active"], found[1]["wemasy_is_connected"]) == CONNECTED[:1] + DISCONNECTED[1:]


def test_the_answer(account: Account) -> None:
    """An account's answer has its own verdict, what WeMaSy said at this check, and each integration's."""
    account.checks(2, 101, (102, {"started_failing_at": NOON}))
    found: Any = answer(account.state)
    assert {name: found[name] for name in ("account", "verdict", "since", "announced")} == {
        "account": "main",
        "verdict": "healthy",
        "since": "2026-11-22T12:00:00.000000Z",
        "announced": "healthy",
    }
    assert found["wemasy"]["is_connected"] is True
    assert [each["integration_id"] for each in found["integrations"]] == [101, 102]
    assert found["integrations"][1]["shop_name"] == "Shop 102"
    account.check(101, wemasy=WEMASY_DOWN)
    assert answer(account.state)["wemasy"] is None


observations = st.tuples(
    st.lists(st.sampled_from([101, (101, {"started_failing_at": NOON}), 102]), max_size=3, unique_by=str),
    st.sampled_from([None, CONNECTED, DISCONNECTED, (None, None), WEMASY_DOWN]),
    st.sampled_from([None, None, DOWN, REFUSED]),
)


@settings(deadline=None)
@given(st.lists(observations, max_size=25))
def test_whatever_is_observed(seen: list[tuple[list[Any], Any, Any]]) -> None:
    """Whatever order of answers and failures: the state survives its JSON at each step, no subject is told the same
    verdict twice in a row, and no two messages have one id."""
    account = Account()
    for shops, wemasy, sendcloud in seen:
        unique = {each if isinstance(each, int) else each[0]: each for each in shops}
        account.check(*unique.values(), wemasy=wemasy, sendcloud=sendcloud)
    by_subject: dict[str, list[Any]] = {}
    for subject, previous, verdict in account.announced:
        told = by_subject.setdefault(subject, [])
        assert previous != verdict
        assert not told or told[-1] == previous
        told.append(verdict)
    assert len({each.id for each in account.told}) == len(account.told)
