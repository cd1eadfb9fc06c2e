from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from check_status.verdicts.facts import UNKNOWN, Integration, WemasyAnswer
from check_status.verdicts.names import NAMES, NOTHING_OPEN, Name, Open
from check_status.verdicts.verdict import (
    ACCESS,
    TABLE,
    Verdict,
    of_account,
    of_error,
    of_integration,
    sendcloud_side,
    wemasy_side,
)
from integration_logs.errors import ContractBroken, CredentialsRejected, NeedsOperator, TryLater

if TYPE_CHECKING:
    from check_status.verdicts.facts import Told
    from check_status.verdicts.names import SendcloudSide, WemasySide
    from check_status.verdicts.verdict import Wemasy

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SILENT_AFTER = 6 * HOUR


def said(is_active: bool | None, is_connected: bool | None, at: datetime = NOON) -> WemasyAnswer:
    return WemasyAnswer(at, "1", is_active, is_connected, True, None, None)


def listed(started: Told = None, fetched: Told = NOON - HOUR, at: datetime = NOON) -> Integration:
    return Integration(101, "Kaas & Zo", "https://kaas.example", "woocommerce", started, fetched, at)


def judge(integration: Integration, wemasy: Wemasy, problems: Open = NOTHING_OPEN) -> Verdict | None:
    return of_integration(integration, wemasy, problems, at=NOON, silent_after=SILENT_AFTER)


WEMASY: dict[WemasySide, list[Wemasy]] = {
    "inactive": [said(False, connected) for connected in (True, False, None)],
    "disconnected": [said(True, False)],
    "connected": [said(True, True)],
    "unclear": [said(True, None), said(None, True), said(None, False), said(None, None)],
    "not asked": ["not asked"],
    "never answered": ["never answered"],
}
SENDCLOUD: dict[SendcloudSide, list[tuple[Integration, Open]]] = {
    "not listed": [
        (listed(at=NOON - HOUR), NOTHING_OPEN),
        (listed(at=NOON - HOUR, started=NOON - HOUR), Open(1, NOON - HOUR)),
    ],
    "failing": [
        (listed(started=NOON - HOUR), NOTHING_OPEN),
        (listed(started=NOON - HOUR, fetched=UNKNOWN), NOTHING_OPEN),
        (listed(started=NOON - HOUR, fetched=NOON - 9 * HOUR), Open(2, NOON - HOUR)),
        (listed(), Open(1, NOON - HOUR)),
        (listed(started=UNKNOWN, fetched=UNKNOWN), Open(1, NOON - HOUR)),
        (listed(fetched=NOON - 9 * HOUR), Open(1, None)),
    ],
    "unclear": [
        (listed(started=UNKNOWN), NOTHING_OPEN),
        (listed(fetched=UNKNOWN), NOTHING_OPEN),
        (listed(started=UNKNOWN, fetched=NOON - 9 * HOUR), NOTHING_OPEN),
        (listed(started=UNKNOWN, fetched=None), NOTHING_OPEN),
    ],
    "silent": [(listed(fetched=NOON - SILENT_AFTER - timedelta(seconds=1)), NOTHING_OPEN)],
    "works": [
        (listed(), NOTHING_OPEN),
        (listed(fetched=None), NOTHING_OPEN),
        (listed(fetched=NOON - SILENT_AFTER), NOTHING_OPEN),
        (listed(fetched=NOON + HOUR), NOTHING_OPEN),
    ],
}
EXPECTED: dict[str, dict[str, Name | None]] = {
    "not listed": {
        "inactive": "inactive",
        "disconnected": "disconnected",
        "connected": "unknown",
        "unclear": "unknown",
        "not asked": "unknown",
        "never answered": None,
    },
    "failing": {
        "inactive": "inactive",
        "disconnected": "disconnected",
        "connected": "failing",
        "unclear": "failing",
        "not asked": "failing",
        "never answered": "failing",
    },
    "unclear": {
        "inactive": "inactive",
        "disconnected": "disconnected",
        "connected": "unknown",
        "unclear": "unknown",
        "not asked": "unknown",
        "never answered": None,
    },
    "silent": {
        "inactive": "inactive",
        "disconnected": "disconnected",
        "connected": "silent",
        "unclear": "silent",
        "not asked": "silent",
        "never answered": "silent",
    },
    "works": {
        "inactive": "inactive",
        "disconnected": "disconnected",
        "connected": "healthy",
        "unclear": "unknown",
        "not asked": "healthy",
        "never answered": None,
    },
}
CELLS = list(itertools.product(WEMASY, SENDCLOUD))


@pytest.mark.parametrize(("row", "column"), CELLS)
def test_every_cell(row: WemasySide, column: SendcloudSide) -> None:
    """Whatever facts lead to a cell of the table, the verdict is the cell's, and its sentence is one for people."""
    for wemasy, (integration, problems) in itertools.product(WEMASY[row], SENDCLOUD[column]):
        assert wemasy_side(wemasy) == row
        assert sendcloud_side(integration, problems, at=NOON, silent_after=SILENT_AFTER) == column
        verdict = judge(integration, wemasy, problems)
        assert (verdict and verdict.name) == EXPECTED[column][row]
        if verdict:
            assert re.fullmatch(r"Kaas & Zo \(https://kaas\.example\): [^\n{}]{20,300}\.", verdict.sentence)
            assert "None" not in verdict.sentence


def test_the_table_is_whole() -> None:
    """The table has these cells and no other, and no word that is not a verdict."""
    assert set(TABLE) == set(CELLS)
    assert set(TABLE.values()) - {None} == set(NAMES) - {"credentials_rejected", "unreachable"}


def test_not_known_is_never_no() -> None:
    """No flag or time that is merely not known makes an integration inactive, disconnected, failing or silent."""
    for wemasy in ("not asked", "never answered", *WEMASY["unclear"]):
        for integration, problems in SENDCLOUD["unclear"]:
            verdict = judge(integration, wemasy, problems)  # type: ignore[arg-type]
            assert verdict is None or verdict.name == "unknown"


@pytest.mark.parametrize(
    ("verdict", "says"),
    [
        (
            judge(listed(started=NOON - HOUR), "not asked"),
            ["since 22 Nov 2026 11:00 UTC", "no remedy is known", "Action by: the webshop's administrator."],
        ),
        (judge(listed(), "not asked", Open(1, NOON)), ["1 problem is open (since 22 Nov 2026 12:00 UTC)"]),
        (judge(listed(NOON), said(True, True), Open(3, NOON)), ["12:00 UTC, and 3 problems are open (since 22 Nov"]),
        (
            judge(listed(fetched=NOON - 9 * HOUR), said(True, True)),
            ["last fetched on 22 Nov 2026 03:00 UTC", "should check"],
        ),
        (judge(listed(), said(True, False)), ["owner should reconnect it in WeMaSy"]),
        (judge(listed(), said(False, True)), ["its owner should switch it on"]),
        (
            judge(listed(), said(True, True)),
            ["last fetched on 22 Nov 2026 11:00 UTC", "it is active and connected in WeMaSy"],
        ),
        (judge(listed(fetched=None), "not asked"), ["no orders fetched yet", "WeMaSy is not checked"]),
        (judge(listed(at=NOON - HOUR), "not asked"), ["no longer lists", "owner should add it again"]),
        (judge(listed(), said(None, None)), ["WeMaSy did not say", "check it in WeMaSy"]),
        (judge(listed(fetched=UNKNOWN), said(True, True)), ["Sendcloud does not say", "check it in Sendcloud"]),
    ],
)
def test_sentences(verdict: Verdict | None, says: list[str]) -> None:
    """A sentence names the shop, what is the matter, since when, and who acts on what."""
    assert verdict is not None
    assert verdict.sentence.startswith("Kaas & Zo (https://kaas.example): ")
    assert [words for words in says if words not in verdict.sentence] == []


def test_failing_names_the_foremost_remedy_and_who_acts() -> None:
    """What the notice of a problem says of the remedy and of who acts, the status says too."""
    verdict = judge(listed(), "not asked", Open(2, NOON, "challenge-page"))
    assert verdict is not None
    assert "2 problems are open (since 22 Nov 2026 12:00 UTC). What to do: A bot filter" in verdict.sentence
    assert verdict.sentence.endswith("Action by: the webshop's hosting or firewall provider.")


def test_what_wemasy_said_last_stands() -> None:
    """While WeMaSy does not answer, its last word decides, and the sentence says from when that is."""
    verdict = judge(listed(), said(True, False, NOON - HOUR))
    assert verdict is not None
    assert verdict.name == "disconnected"
    assert verdict.sentence.endswith("WeMaSy is not responding; it last answered on 22 Nov 2026 11:00 UTC.")


def test_a_shop_without_a_name() -> None:
    """A shop of which only the id is known is called by it."""
    nameless = Integration(101, None, None, None, None, None, NOON)
    verdict = judge(nameless, "not asked")
    assert verdict is not None
    assert verdict.sentence.startswith("Integration 101: ")


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (CredentialsRejected("Renew."), "credentials_rejected"),
        (NeedsOperator("The secret is missing."), "unknown"),
        (TryLater("Down."), "unreachable"),
        (ContractBroken("Odd."), "unknown"),
    ],
)
def test_no_answer(error: TryLater | NeedsOperator | ContractBroken, name: str) -> None:
    """Each kind of failure has its word, and its own sentence says what to do; a missing key was refused by nobody."""
    assert of_error(error) == Verdict(name, str(error))  # type: ignore[arg-type]
    assert of_error(error).cause == type(error).__name__


def test_a_cause_is_one_of_the_tree() -> None:
    """A class of one API's own has the cause of the kind that it belongs to."""
    unreadable = type("Unreadable", (ContractBroken,), {})
    assert of_error(unreadable("It is not JSON.")).cause == "ContractBroken"


@pytest.mark.parametrize(("sendcloud", "wemasy"), list(itertools.product(ACCESS, repeat=2)))
def test_an_account_is_as_good_as_the_worse_of_the_two(sendcloud: Name, wemasy: Name) -> None:
    """Of two failures the one that a person must act on is the verdict, and the sentence tells both, it first."""
    failures = [
        Verdict(name, f"{api} {name}.")
        for api, name in (("Sendcloud", sendcloud), ("WeMaSy", wemasy))
        if name != "healthy"
    ]
    verdict = of_account(failures, "never answered", listed=3)
    worse = min(sendcloud, wemasy, key=ACCESS.index)
    assert verdict.name == worse
    if failures:
        assert all(failure.sentence in verdict.sentence for failure in failures)
        assert f" {worse}." in verdict.sentence.partition(".")[0] + "."


def test_an_api_that_does_not_answer_is_nobodys_to_mend() -> None:
    """Who reads that an API does not answer also reads that it passes; of anything worse somebody acts."""
    silent = Verdict("unreachable", "WeMaSy answered 500.")
    passing = "WeMaSy answered 500. This is usually temporary; every check tries again."
    assert of_account([silent], "never answered", listed=1).sentence == passing
    refused = Verdict("credentials_rejected", "Sendcloud refused the credentials.")
    assert "passes" not in of_account([silent, refused], "never answered", listed=1).sentence


def test_one_secret_missing_for_both_is_said_once() -> None:
    """The same sentence from both sides is one sentence."""
    missing = Verdict("unknown", "The secret is missing.")
    assert of_account([missing, missing], "never answered", listed=0) == missing


def test_a_one_sided_account_says_so() -> None:
    """An account without a token for WeMaSy is healthy, and its sentence names what is missing for the other side."""
    assert of_account([], "not asked", listed=2) == Verdict(
        "healthy", "Sendcloud responds; WeMaSy is not checked, because the account's secret has no wemasy_token."
    )
    assert of_account([], said(True, True), listed=2).sentence == "Sendcloud and WeMaSy respond."
    assert "no integration" in of_account([], said(True, True), listed=0).sentence
