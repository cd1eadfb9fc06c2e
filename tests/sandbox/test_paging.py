import itertools
from urllib.parse import quote, urlsplit

import pytest

LOGS = "/api/v3/integrations/logs"
ORDERS = ["newest", "oldest", "shuffled"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("style", ["opaque", "offset-time"])
@pytest.mark.parametrize("size", [7, 100])
def test_paging_gives_every_record_once(client, order, style, size):
    """Following the links to the end gives exactly the records that exist, each once, whatever order and cursors."""
    client.sandbox.plant("main", client.ids[0], *({"created_at": "2026-11-20T10:00:00Z"} for _ in range(30)))
    client.sandbox.modes(order=order, cursor_style=style)
    assert sorted(record["id"] for record in client.walk(size=size)) == client.truth()


@pytest.mark.parametrize("order", ORDERS)
def test_an_integrations_stream_holds_its_own_records(client, order):
    """The streams of the integrations together are the stream of the account."""
    client.sandbox.modes(order=order)
    for integration in client.ids:
        found = client.walk(f"/api/v3/integrations/{integration}/logs")
        assert sorted(record["id"] for record in found) == client.truth(integration)
        assert {record["integration_id"] for record in found} == {integration}


@pytest.mark.parametrize("order", ORDERS)
def test_a_time_cursor_skips_only_what_shares_a_time_at_a_boundary(client, order):
    """Cursors that are times lose records of one second across two pages, and no others: faithful to their kind."""
    planted = client.sandbox.plant("main", client.ids[4], *({"created_at": "2026-11-20T10:00:00Z"} for _ in range(30)))
    client.sandbox.modes(order=order, cursor_style="time")
    found = [record["id"] for record in client.walk(f"/api/v3/integrations/{client.ids[4]}/logs", size=10)]
    assert len(found) == len(set(found))
    missing = set(client.truth(client.ids[4])) - set(found)
    assert missing
    assert missing < set(planted)


def test_a_time_cursor_is_a_plain_date_time(client):
    """The cursor looks as it does in the endpoint's own documentation: no offset, no fraction."""
    client.sandbox.modes(cursor_style="time")
    query = urlsplit(client.get().links["next"]["url"]).query
    cursor = query.split("&")[0].removeprefix("cursor=")
    assert len(cursor) == len("2026-11-01T02:02:00")
    assert client.get(f"{LOGS}?cursor={quote(cursor)}").status_code == 200


def test_an_offset_time_cursor_must_come_back_to_the_letter(client):
    """A plus sign that was decoded, or encoded, on the way is refused as an unknown cursor."""
    client.sandbox.modes(cursor_style="offset-time")
    url = client.get().links["next"]["url"]
    assert "+01:00&" in url
    assert client.get(url).status_code == 200
    for changed in (url.replace("+", "%2B"), url.replace("+", "%20"), url.replace("cursor=2", "cursor=3")):
        response = client.get(changed)
        assert response.status_code == 400
        assert response.json()["errors"][0]["source"] == {"parameter": "cursor"}


@pytest.mark.parametrize("style", ["opaque", "time", "offset-time"])
@pytest.mark.parametrize("cursor", ["nonsense", "cD0xMjM=", "2026-13-01", "%00", "cD1hfGJ8Yw=="])
def test_a_cursor_that_was_never_given_is_a_400(client, style, cursor):
    """Made-up cursors are refused and break nothing."""
    client.sandbox.modes(cursor_style=style)
    assert client.get(f"{LOGS}?cursor={cursor}").status_code == 400


def test_the_previous_link_leads_back(client):
    """The page before the second page is the first."""
    first, second, third = itertools.islice(client.pages(size=20), 3)
    assert client.get(second.links["prev"]["url"]).json() == first.json()
    assert client.get(third.links["prev"]["url"]).json() == second.json()


def test_newest_and_oldest_are_each_others_reverse(client):
    """The order of time is what its name says."""
    newest = [record["id"] for record in client.walk()]
    client.sandbox.modes(order="oldest")
    assert [record["id"] for record in client.walk()] == newest[::-1]
    client.sandbox.modes(order="shuffled")
    assert [record["id"] for record in client.walk()] not in (newest, newest[::-1])


def test_records_that_arrive_during_a_walk_do_not_disturb_it(client):
    """A walk that newer records interrupt still gives every record that was there when it began."""
    before = set(client.truth())
    found = set()
    for page in client.pages(size=50):
        found |= {record["id"] for record in page.json()["data"]}
        client.sandbox.plant("main", client.ids[0], {}, {"created_at": "2026-11-10T00:00:00+01:00"})
    assert before <= found
