"""Two-sided verdicts on the deployed stack: what each trouble upstream looks like in the status and in Athena."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.api import call
from sandbox.observe import athena

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox

NEW = 400099
"""A shop that no exception is known of."""

WEMASY = "/api/services/"


@pytest.fixture
def calm(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The sandbox with one more shop in account main, which works; in the end it is as it was."""
    shops = sandbox.world.shops["main"]
    shops.append(replace(shops[0], id=NEW, index=9, name="Nieuwe Winkel", url="https://nieuw.example"))
    sandbox.integration("main", NEW, started_failing_at=None, last_fetched_at=datetime.now(UTC).isoformat())
    yield sandbox
    sandbox.clear_faults()
    sandbox.modes(wemasy_connected=True)
    shops.pop()


def check(stack: Stack) -> tuple[dict[str, Any], dict[str, Any]]:
    """Check now; the answers for account main and account second."""
    main, second = stack.invoke("CheckStatusFunction", {"task": "check"})["checks"]
    return main, second


def new(account: dict[str, Any]) -> dict[str, Any]:
    """The new shop's check."""
    (found,) = [each for each in account["integrations"] if each["integration_id"] == NEW]
    return found


@pytest.mark.usefixtures("calm")
def test_all_is_well(deployed: Stack) -> None:
    """A shop that works is healthy on both sides; an account without a token for WeMaSy says so."""
    main, second = check(deployed)
    assert (main["verdict"], new(main)["verdict"], new(main)["wemasy_is_connected"]) == ("healthy", "healthy", True)
    assert new(main)["sentence"].startswith("Nieuwe Winkel (https://nieuw.example): Sendcloud reports no failure")
    assert (second["verdict"], second["wemasy"]) == ("healthy", None)
    assert "no wemasy_token" in second["sentence"]
    assert {each["wemasy_is_connected"] for each in second["integrations"]} == {None}


def test_disconnected_at_wemasy(deployed: Stack, calm: Sandbox) -> None:
    """What WeMaSy is not connected to is disconnected, whatever Sendcloud thinks, and only in its account."""
    calm.modes(wemasy_connected=False)
    main, second = check(deployed)
    assert main["verdict"] == "healthy"
    assert {each["verdict"] for each in main["integrations"] if each["listed_at"] == main["checked_at"]} == {
        "disconnected"
    }
    assert "disconnected" not in {each["verdict"] for each in second["integrations"]}


@pytest.mark.parametrize(("kind", "verdict"), [("500", "unreachable"), ("unauthorized", "credentials_rejected")])
def test_wemasy_does_not_answer(deployed: Stack, calm: Sandbox, kind: str, verdict: str) -> None:
    """WeMaSy's failure is its account's, and its shops keep the verdict that its last word gives them."""
    check(deployed)
    calm.fault(kind, path=WEMASY)
    main, second = check(deployed)
    assert (main["verdict"], main["wemasy"], new(main)["verdict"]) == (verdict, None, "healthy")
    assert main["sentence"].startswith("WeMaSy")
    assert "WeMaSy is not responding" in new(main)["sentence"]
    assert second["verdict"] == "healthy"


def test_sendcloud_does_not_answer(deployed: Stack, calm: Sandbox) -> None:
    """Where Sendcloud does not answer for an account, its shops are not judged: their last verdicts stand."""
    before, _ = check(deployed)
    calm.fault("500", account="main", path="/api/v3/integrations")
    main, second = check(deployed)
    assert main["verdict"] == "unreachable"
    assert main["sentence"].startswith("Sendcloud: ")
    assert new(main)["checked_at"] < main["checked_at"]
    assert new(main)["verdict"] == new(before)["verdict"]
    assert second["verdict"] == "healthy"


def test_failing_and_silent(deployed: Stack, calm: Sandbox) -> None:
    """What Sendcloud fails at is failing; what it has not fetched for long without any failure is silent."""
    now = datetime.now(UTC)
    calm.integration("main", NEW, started_failing_at=(now - timedelta(hours=2)).isoformat())
    main, _ = check(deployed)
    assert new(main)["verdict"] == "failing"
    assert "has been unable to fetch orders or report back since" in new(main)["sentence"]
    calm.integration("main", NEW, started_failing_at=None, last_fetched_at=(now - timedelta(hours=7)).isoformat())
    main, _ = check(deployed)
    assert new(main)["verdict"] == "silent"
    calm.integration("main", NEW, last_fetched_at=None, started_failing_at="soon")
    main, _ = check(deployed)
    assert new(main)["verdict"] == "unknown"


def test_a_change_counts_after_two_checks(deployed: Stack, calm: Sandbox) -> None:
    """A change is seen at the first check and counts at the second; the status then answers it without asking."""
    check(deployed)
    calm.modes(wemasy_connected=False)
    first, _ = check(deployed)
    second, _ = check(deployed)
    assert (new(first)["verdict"], new(second)["verdict"]) == ("disconnected", "disconnected")
    assert new(second)["since"] <= new(first)["checked_at"]
    asked = calm.requests()["total"]
    main = call(deployed, "/status").json()["data"][0]
    assert new(main)["sentence"] == new(second)["sentence"]
    assert calm.requests()["total"] == asked


def test_athena_reads_every_check(deployed: Stack, calm: Sandbox) -> None:
    """The table of checks has a row for each subject of each check, with what was found."""
    calm.modes(wemasy_connected=False)
    main, second = check(deployed)
    at = main["checked_at"]
    rows = athena(
        deployed,
        "SELECT account, subject, integration_id, shop_name, verdict, wemasy_is_connected, open_problems FROM checks "
        f"WHERE dt = '{at[:10]}' AND checked_at = '{at}' ORDER BY integration_id",
    )
    found = {row["subject"]: row for row in rows}
    listed = [each for each in main["integrations"] if each["checked_at"] == at]
    assert set(found) == {"account", *(each["subject"] for each in listed)}
    new_ = found[f"integration-{NEW}"]
    assert (new_["verdict"], new_["shop_name"], new_["wemasy_is_connected"]) == (
        "disconnected",
        "Nieuwe Winkel",
        "false",
    )
    assert new_["open_problems"] == "0"
    by_account = athena(
        deployed,
        f"SELECT account, count(*) AS checks FROM checks WHERE dt = '{at[:10]}' AND subject = 'account' "
        "GROUP BY account ORDER BY account",
    )
    assert [row["account"] for row in by_account] == ["main", "second"]
    assert all(int(row["checks"]) >= 1 for row in by_account)
    assert second["checked_at"][:10] >= at[:10]
