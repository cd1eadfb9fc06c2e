from datetime import timedelta

import pytest
import requests

from sandbox.upstreams import running

LOGS = "/api/v3/integrations/logs"


@pytest.fixture
def counted(clock):
    def count(**options):
        return running(records={"main": 100, "second": 20}, clock=clock, **options)

    return count


def ids(sandbox):
    return {
        number
        for days in sandbox.truth().values()
        for each in days.values()
        for found in each.values()
        for number in found
    }


def test_records_arrive_as_the_clock_moves(counted, clock):
    """Twelve a minute means twelve more after a minute, each with an id of its own, above all before."""
    with counted(arrivals_per_minute=12) as sandbox:
        before = ids(sandbox)
        clock.forward(minutes=1)
        new = ids(sandbox) - before
        assert len(new) == 12
        assert min(new) > max(before)
        clock.forward(seconds=4)
        assert len(ids(sandbox)) == len(before) + 12
        clock.forward(seconds=1)
        assert len(ids(sandbox)) == len(before) + 13


def test_nothing_arrives_when_arrivals_are_off(counted, clock):
    """A still world stays as it is."""
    with counted() as sandbox:
        before = ids(sandbox)
        clock.forward(hours=1)
        assert ids(sandbox) <= before


def test_some_arrivals_are_back_dated(counted, clock):
    """A late share of one makes every arrival carry a time of minutes or days ago."""
    with counted(arrivals_per_minute=60, late_share=1.0) as sandbox:
        started = clock.now
        clock.forward(minutes=1)
        sandbox.truth()
        entries = [each for account in sandbox.world.store._entries.values() for each in account.values()]
        arrived = [each for each in entries if each.key % 16 == 8]
        assert len(arrived) == 60
        latest = (clock.now - timedelta(minutes=10)).timestamp() * 1_000_000
        assert all(each.at <= latest for each in arrived)
        assert min(each.at for each in arrived) < (started - timedelta(days=1)).timestamp() * 1_000_000


@pytest.mark.parametrize("order", ["newest", "oldest", "shuffled"])
def test_records_older_than_thirty_days_are_gone(client, clock, order):
    """What is past retention is neither served nor in the truth, whichever way it came."""
    client.sandbox.modes(order=order)
    (kept,) = client.sandbox.plant("main", client.ids[4], {"created_at": (clock.now - timedelta(days=29)).isoformat()})
    (old,) = client.sandbox.plant("main", client.ids[4], {"created_at": (clock.now - timedelta(days=31)).isoformat()})
    served = [record["id"] for record in client.walk()]
    assert kept in served
    assert old not in served
    assert sorted(served) == client.truth()
    clock.forward(days=15)
    later = [record["id"] for record in client.walk()]
    assert 0 < len(later) < len(served)
    assert kept not in later
    assert sorted(later) == client.truth()
    clock.forward(days=16)
    assert client.walk() == []


def test_a_sandbox_leaves_nothing_behind(counted):
    """When the block ends, the port is closed, also with a connection still open."""
    with requests.Session() as session:
        with counted() as sandbox:
            assert session.get(f"{sandbox.url}/_sandbox/health", timeout=5).status_code == 200
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{sandbox.url}/_sandbox/health", timeout=5)
