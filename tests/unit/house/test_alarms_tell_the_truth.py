"""What the alarms mail over days of the real fetch_logs: nothing while all is well, and no OK while it is not."""

from __future__ import annotations

import pytest

from tests.unit.house.alarm_days import Days, cut, good, refused, rung
from tests.unit.house.cloudwatch import State, judged

HOUR, DAY = 60, 24 * 60
SCHEDULES = [5, HOUR, 6 * HOUR, DAY]
MORE = [0, 2, 5]
"""How many periods beyond its own an alarm looks at: AWS does not say it for every length, so all have to do."""


@pytest.mark.parametrize(
    ("points", "needed", "states"),
    [
        ("0-X-X", 3, "OK OK OK OK"),
        ("----0", 3, "OK OK OK OK"),
        ("-----", 3, "INSUFFICIENT_DATA OK ALARM OK"),
        ("0XX-X", 3, "ALARM ALARM ALARM ALARM"),
        ("--X--", 3, "ALARM OK ALARM OK"),
        ("0-X-X", 2, "ALARM ALARM ALARM ALARM"),
        ("00X0X", 2, "ALARM ALARM ALARM ALARM"),
        ("0-X--", 2, "OK OK ALARM OK"),
        ("----0", 2, "OK OK ALARM OK"),
        ("----X", 2, "ALARM OK ALARM OK"),
    ],
)
def test_the_table_of_aws(points: str, needed: int, states: str) -> None:
    """The examples of "How missing data is treated": missing, ignore (of an OK), breaching, notBreaching."""
    read = [{"X": True, "0": False, "-": None}[point] for point in points]
    ways = ("missing", "ignore", "breaching", "notBreaching")
    before: State = "OK"
    assert [judged(read, periods=3, needed=needed, missing=way, before=before) for way in ways] == states.split()


@pytest.fixture(params=MORE)
def more(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.mark.parametrize("every", SCHEDULES)
def test_a_paused_account_is_not_ok(every: int, more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the walk that is refused until the keys are replaced there is one mail, whatever the schedule."""
    days = Days(every=every, more=more)
    days.install(monkeypatch)
    assert not list(rung(days.run(2 * DAY)))
    days.walks["main"] = refused
    days.keys["main"] = "revoked"
    mails = days.run(4 * DAY)
    assert [(mail.alarm, mail.state) for mail in mails if mail.alarm == "OperatorNeededAlarm"] == [
        ("OperatorNeededAlarm", "ALARM")
    ]
    assert next(rung(mails)).minute <= 2 * DAY + 2
    days.walks["main"] = good
    days.keys["main"] = "renewed"
    fixed = days.minute
    mails = days.run(3 * every + 10)
    assert [(mail.alarm, mail.state) for mail in mails] == [("OperatorNeededAlarm", "OK")]
    assert mails[0].minute - fixed <= 2 * every


@pytest.mark.parametrize("every", SCHEDULES)
def test_a_failed_tick_is_not_ok_until_the_next(every: int, more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two ticks of a slow schedule nothing says that the function works again."""
    days = Days(every=every, more=more)
    days.install(monkeypatch)
    days.run(2 * DAY - 1)
    days.breaks = True
    days.run(2)
    days.breaks = False
    mails = [mail for mail in days.run(2 * every) if mail.alarm == "FetchLogsFailedAlarm"]
    assert [mail.state for mail in mails] == ["OK"]
    assert mails[0].minute >= 2 * DAY + every


def test_a_first_backfill_rings_nothing(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten hours of walks that time cuts, beside an account that is done at once; then each tick is walked again."""
    walked: list[int] = []
    days = Days(more=more, walks={"main": lambda: walked.append(days.minute) or cut()})
    days.install(monkeypatch)
    assert not list(rung(days.run(10 * HOUR)))
    assert len(walked) > 10 * HOUR / 5
    assert len(days.waiting["main"]) <= 3
    days.walks["main"] = good
    assert not list(rung(days.run(DAY)))
    assert not days.waiting["main"]


def test_a_lost_rest_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rest whose message is gone keeps the ticks away for an hour, no longer."""
    days = Days(walks={"main": cut}, accounts=("main",))
    days.install(monkeypatch)
    days.run(20)
    days.waiting["main"].clear()
    days.at_work.clear()
    walked: list[int] = []
    days.walks["main"] = lambda: walked.append(days.minute) or good()
    days.run(90)
    assert walked
    assert 70 <= walked[0] <= 85


@pytest.mark.parametrize("begins", [None, DAY])
def test_a_new_stack_before_its_first_tick(begins: int | None, more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has run yet, and nothing rings."""
    days = Days(every=DAY, begins=begins, more=more)
    days.install(monkeypatch)
    assert not list(rung(days.run(3 * DAY if begins is None else DAY + 10)))


@pytest.mark.parametrize("every", SCHEDULES)
def test_a_stop_rings(every: int, more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No start for 30 hours is told within the next six (operations.md); a daily schedule rings nothing before."""
    days = Days(every=every, more=more, ends=4 * DAY)
    days.install(monkeypatch)
    last = 4 * DAY - every
    assert not list(rung(days.run(last + 29 * HOUR)))
    (mail,) = rung(days.run(10 * HOUR))
    assert (mail.alarm, mail.state) == ("NothingRunsAlarm", "INSUFFICIENT_DATA")
    assert 29 * HOUR <= mail.minute - last <= 36 * HOUR


def test_walks_that_are_not_carried_out_ring(more: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ticks are planned and the queue's event source is off: after an hour that is told."""
    days = Days(more=more)
    days.install(monkeypatch)
    days.run(DAY)
    days.at_work = dict.fromkeys(days.accounts, 10 * DAY)
    mails = list(rung(days.run(2 * HOUR)))
    assert [mail.alarm for mail in mails] == ["WalksWaitAlarm"]
    assert HOUR <= mails[0].minute - DAY <= HOUR + 5
