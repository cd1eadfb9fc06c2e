import re
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from sandbox.upstreams.failures import KINDS
from sandbox.upstreams.history import DAY, RETENTION_DAYS, outage, plan
from sandbox.upstreams.records import compose
from sandbox.upstreams.shops import PROFILES, build_accounts, build_shops

UNTIL = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
SHOPS = build_shops(build_accounts(["main"])["main"], 5)


@pytest.fixture(scope="module")
def history():
    return plan(7, SHOPS, 0, UNTIL, 5000)


@pytest.fixture(scope="module")
def records(history):
    return [compose(7, each.key, each.shop, each.kind, each.at * 1_000_000) for each in history]


def test_the_same_seed_gives_the_same_history(history, records):
    """Seed and time decide everything, down to the last character of a record."""
    again = plan(7, SHOPS, 0, UNTIL, 5000)
    assert again == history
    assert [compose(7, each.key, each.shop, each.kind, each.at * 1_000_000) for each in again] == records
    assert plan(8, SHOPS, 0, UNTIL, 5000) != history


def test_a_later_start_keeps_the_days_that_both_know(history):
    """A sandbox started again two days later serves the same records for the days that it still has."""
    later = plan(7, SHOPS, 0, UNTIL + 2 * DAY, 5000)
    since = UNTIL - (RETENTION_DAYS - 2) * DAY + 3600  # the first hour has none
    assert [each for each in later if each.at <= UNTIL] == [each for each in history if each.at > since]


def test_about_as_many_records_as_were_asked_for(history):
    """The volume is within a tenth of what was asked, all of it inside retention."""
    assert 4500 <= len(history) <= 5500
    assert all(UNTIL - RETENTION_DAYS * DAY < each.at <= UNTIL for each in history)


def test_ids_are_unique_and_rise_with_time():
    """No two records of any account share an id, and a later record of an account has a higher one."""
    accounts = build_accounts(["main", "second", "third"])
    plans = [plan(7, build_shops(each, 3), each.index, UNTIL, 900) for each in accounts.values()]
    ids = [each.key for planned in plans for each in planned]
    assert len(set(ids)) == len(ids)
    for planned in plans:
        assert all(one.key < other.key and one.at <= other.at for one, other in pairwise(planned))


@pytest.mark.parametrize("day", [0, 7, 13, 29])
def test_every_month_has_one_outage_that_begins_and_ends(day):
    """Whenever the sandbox starts, the thirty days around hold one dense burst of a few hours in one shop."""
    span = outage(7, UNTIL // DAY + day)
    assert 4 * 3600 <= len(span) <= 6 * 3600
    history = plan(7, SHOPS, 0, span.stop + 5 * DAY, 5000)
    inside = [each for each in history if each.at in span and each.shop.outage]
    assert 900 <= len(inside) <= 1100
    assert max(Counter(each.at for each in inside).values()) >= 3


def test_nights_are_quiet_and_one_shop_hardly_ever_fails(history):
    """Outside the outage the night has a small part of the day's failures; the last shop has three a month."""
    ordinary = Counter(each.at % DAY // 3600 for each in history if not each.shop.outage)
    assert sum(ordinary[hour] for hour in range(6)) * 10 < sum(ordinary[hour] for hour in range(8, 20))
    assert sum(each.shop.quiet for each in history) == 3


def test_every_variant_of_type_occurs(records):
    """The history plays each type that the documentation allows a field to have."""

    def types(*path: str) -> set[type]:
        found = set()
        for record in records:
            value = record
            for name in path:
                value = value.get(name) if isinstance(value, dict) else None
            found.add(type(value))
        return found

    nothing = type(None)
    assert types("request", "headers") == {dict, str, nothing}
    assert types("request", "payload") == {dict, str, nothing}
    assert types("response", "body") == {dict, str, nothing}
    assert types("response", "headers") == {dict, nothing}
    assert types("additional_data") == {str, dict, nothing}
    assert types("response_code") == {int, nothing}
    for name in ("full_url", "created_at", "exception_type", "exception"):
        assert types(name) == {str, nothing}
    assert any("created_at" not in record for record in records)
    assert any("exception" not in record for record in records)
    assert {record.get("protected") for record in records} == {True, False, None}
    offsets = {str(record.get("created_at"))[19:] for record in records} - {""}
    assert offsets == {"Z", "+00:00", "+01:00", "+02:00", "-05:00"}


def test_every_signal_known_from_the_field_occurs():
    """Between them the shops play every remedy's signal, and every platform."""
    codes, texts = set(), ""
    for number, kind in enumerate(KINDS):
        for profile_shop in build_shops(build_accounts(["main"])["main"], len(PROFILES)):
            record = compose(7, number * 100 + profile_shop.index, profile_shop, kind, UNTIL * 1_000_000)
            codes.add(record["response_code"])
            texts += str(record)
    assert {kind for profile in PROFILES for kind in profile.kinds} == set(KINDS)
    assert {495, 525, 401, 403, 202, 404, 429, 422, 200, None} <= codes
    for signal in ("woocommerce_rest_cannot_view", "Just a moment", "SG-Captcha", "NameResolutionError", "ReadTimeout"):
        assert signal in texts
    assert re.search(r"consumer_key=ck_[0-9a-f]{40}&consumer_secret=cs_[0-9a-f]{40}", texts)
