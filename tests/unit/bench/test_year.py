"""The model of a year's cost adds up as its words say, and is fed from measurements."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.tools.work import CPU, PEAK, Found, Measurement
from bench.tools.year import CUSTOMERS, TICKS_A_YEAR, Archiver, Measured, a_peers, gigabyte_seconds, memory, ours
from bench.works import year_cost

SMALL, _, LARGE = CUSTOMERS
PEER = Measured(idle_cpu=1.0, record_cpu=0.001, peak_mb=200)
ARCHIVER = Archiver(run_cpu=0.4, object_cpu=0.05, record_cpu=0.0)


def test_a_customer_has_no_more_news_than_ticks_and_records() -> None:
    """Ticks with news are fewer than the ticks, and than the records; so are the objects that are written."""
    for customer in CUSTOMERS:
        records = customer.records_a_day * 365
        assert 0 < customer.ticks_with_news() < min(TICKS_A_YEAR * customer.accounts, records)
        assert customer.ticks_with_news() <= customer.objects_touched() < records


def test_lambda_bills_waiting_and_a_share_of_a_processor() -> None:
    """Work takes longer with less memory and costs the same; waiting costs by the memory."""
    assert gigabyte_seconds(1.0, 512) == pytest.approx(gigabyte_seconds(1.0, 1024))
    assert gigabyte_seconds(1.0, 3538) == pytest.approx(2 * gigabyte_seconds(1.0, 1769))
    assert gigabyte_seconds(0.0, 512, 2.0) == 1.0
    assert (memory(96), memory(300)) == (256, 384)


def test_what_costs_more_is_billed_more() -> None:
    """Each input of the model moves the bill, of a peer and of ours."""
    dearer = [replace(PEER, idle_cpu=2.0), replace(PEER, record_cpu=0.1), replace(PEER, news_writes=9, peak_mb=200)]
    assert all(a_peers(LARGE, each) > a_peers(LARGE, PEER) for each in dearer)
    base = ours(LARGE, PEER, ARCHIVER)
    assert ours(SMALL, PEER, ARCHIVER) < base
    for slower in (
        replace(ARCHIVER, run_cpu=4.0),
        replace(ARCHIVER, object_cpu=1.0),
        replace(ARCHIVER, record_cpu=0.1),
    ):
        assert ours(LARGE, PEER, slower) > base


def test_the_page_has_a_line_for_each_customer() -> None:
    """Of those that were measured there is a column, of others none."""
    values = {CPU: 1.0, PEAK: 100.0}
    lines = [Measurement(case, name, values) for case in (year_cost.IDLE, year_cost.NEWS) for name in ("ours", "dlt")]
    lines += [Measurement(case, year_cost.ARCHIVER, values) for case in (year_cost.NOTHING, year_cost.OBJECTS)]
    text = year_cost.note(Found(lines))
    assert "| dollars a year, list prices | ours | dlt |" in text
    assert all(f"| {customer.name} | " in text for customer in CUSTOMERS)
    assert year_cost.note(Found([])) == ""
