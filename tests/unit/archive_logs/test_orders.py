from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_logs.merging.partitions import EPOCH
from archive_logs.orders import MOST_DAYS, TASKS, Order, read, read_body
from integration_logs.errors import ContractBroken

REPLAY = {"task": "replay", "from": "2026-11-01", "to": "2026-11-03"}
EVENTS = Path(__file__).parents[3] / "events/archive_logs"

orders = st.one_of(
    st.builds(Order, st.sampled_from([task for task in TASKS if task != "replay"]), after=st.text()),
    st.builds(
        lambda first, length, after: Order("replay", (first, first + timedelta(days=length)), after),
        st.dates(EPOCH, date(2999, 1, 1)),
        st.integers(0, MOST_DAYS - 1),
        st.text(),
    ),
)


@given(orders)
def test_an_order_survives_the_queue(order: Order) -> None:
    """What is sent is what is read."""
    assert read_body(order.body()) == order
    handed_on = read_body(order.handed_on().handed_on().body())
    assert (handed_on, handed_on.hops) == (order, 2)


@pytest.mark.parametrize("task", TASKS)
def test_each_task_can_be_ordered(task: str) -> None:
    """A task and, for a replay, its days are all that an order needs."""
    assert read(REPLAY | {"task": task}).task == task


def test_the_days_of_a_replay() -> None:
    """A replay's days are the first and the last, which may be one."""
    assert read(REPLAY).days == (date(2026, 11, 1), date(2026, 11, 3))
    assert read(REPLAY | {"to": "2026-11-01"}).days == (date(2026, 11, 1), date(2026, 11, 1))


def test_an_event_of_s3_orders_to_archive() -> None:
    """That something landed means that it is to be archived, whatever its key says."""
    event = json.loads((EVENTS / "archive_queue.json").read_text())
    assert read_body(event["Records"][0]["body"]) == Order("archive")


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (None, "a JSON object"),
        ([], "a JSON object"),
        ("archive", "a JSON object"),
        ({}, "one of archive, replay, release"),
        ({"task": "purge"}, "one of archive, replay, release"),
        ({"task": ["archive"]}, "one of archive"),
        ({"task": "release", "after": 7}, "after must be a key"),
        ({"task": "replay"}, "from must be a day such as 2026-11-01"),
        (REPLAY | {"to": None}, "to must be a day"),
        (REPLAY | {"from": 20261101}, "from must be a day"),
        (REPLAY | {"from": "2026-11-31"}, "from must be a day"),
        (REPLAY | {"from": "20261101"}, "from must be a day"),
        (REPLAY | {"from": "2026-11-01T00:00:00Z"}, "from must be a day"),
        (REPLAY | {"from": "\u0662026-11-01"}, "from must be a day"),
        (REPLAY | {"from": "2026-W45-1"}, "from must be a day"),
        (REPLAY | {"from": "2026-11-04"}, "from must not be after to"),
        (REPLAY | {"from": "2019-12-31"}, "not be before 2020-01-01"),
        (REPLAY | {"from": "2025-11-01"}, "at most 366 days"),
    ],
)
def test_a_bad_order(document: Any, says: str) -> None:
    """What cannot be done is refused in a sentence that says what can."""
    with pytest.raises(ContractBroken, match=says):
        read(document)


def test_a_year_can_be_replayed() -> None:
    """The longest range that is allowed is a whole leap year."""
    assert read({"task": "replay", "from": "2024-01-01", "to": "2024-12-31"})
    with pytest.raises(ContractBroken, match="366"):
        read({"task": "replay", "from": "2024-01-01", "to": "2025-01-01"})


@pytest.mark.parametrize("body", ["", "archive", "{", "[" * 100_000, "\ud800"])
def test_a_message_that_is_no_json(body: str) -> None:
    """A message that nobody of ours has sent is refused as an order."""
    with pytest.raises(ContractBroken):
        read_body(body)


def test_going_on() -> None:
    """The rest of an order is the same order behind the key that was reached, and nothing where all is done."""
    assert read(REPLAY).behind("landing/x") == Order("replay", (date(2026, 11, 1), date(2026, 11, 3)), "landing/x")
    assert Order("release").behind("") is None
