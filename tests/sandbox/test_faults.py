import itertools
import time
from urllib.parse import urlsplit

import pytest
import requests

LOGS = "/api/v3/integrations/logs"
STATUS = "/services/webshop/v1/integrations/sendcloud/status"


@pytest.mark.parametrize(
    ("kind", "status"), [("429", 429), ("500", 500), ("503", 503), ("unauthorized", 401), ("forbidden", 403)]
)
def test_a_refusal_has_the_body_of_the_upstream_that_refuses(client, kind, status):
    """An error that was switched on looks like the upstream's own, on either side."""
    client.sandbox.fault(kind, count=2)
    response = client.get()
    assert response.status_code == response.json()["errors"][0]["status"] == status
    response = client.get(STATUS)
    assert response.status_code == status
    assert response.json()["error"] is True
    assert client.get().status_code == 200


@pytest.mark.parametrize("retry_after", [None, 0, 7, "Sun, 22 Nov 2026 12:01:00 GMT"])
def test_a_429_says_when_to_come_back_only_if_told_to(client, retry_after):
    """`Retry-After` is absent, a number of seconds, or a date."""
    client.sandbox.fault("429", retry_after=retry_after)
    expected = None if retry_after is None else str(retry_after)
    assert client.get().headers.get("Retry-After") == expected


def test_a_fault_strikes_only_what_it_is_for(client, second):
    """Path, account and count each narrow a fault down."""
    path = f"/api/v3/integrations/{second.ids[0]}/"
    client.sandbox.fault("500", account="second", path=path, count=1)
    assert client.get().status_code == 200
    assert second.get().status_code == 200
    assert second.get(f"{path}logs").status_code == 500
    assert second.get(f"{path}logs").status_code == 200


def test_a_fault_can_strike_every_so_manieth_request(client):
    """`every` 3 lets two pass and strikes the third."""
    client.sandbox.fault("503", every=3, count=2)
    assert [client.get().status_code for _ in range(9)] == [200, 200, 503, 200, 200, 503, 200, 200, 200]


def test_a_timeout_holds_the_line_and_hangs_up(client):
    """No answer comes; a patient client sees the connection close."""
    client.sandbox.fault("timeout", seconds=0.05, count=1)
    began = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        client.get()
    assert time.monotonic() - began >= 0.05
    assert client.get().status_code == 200


def test_closing_the_sandbox_does_not_wait_for_a_held_line(client):
    """A held connection is let go at once when the sandbox closes."""
    client.sandbox.fault("timeout", seconds=60)
    with pytest.raises(requests.ReadTimeout):
        client.session.get(client.sandbox.url + LOGS, timeout=0.05)


def test_a_cut_answer_ends_in_the_middle(client):
    """The length promised is not the length sent."""
    client.sandbox.fault("cut", count=1)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        client.get()
    assert client.get().status_code == 200
    assert client.sandbox.requests()["by_status"] == {"200": 1, "cut": 1}


def test_html_comes_with_status_200(client):
    """A maintenance page looks like success."""
    client.sandbox.fault("html")
    response = client.get()
    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert response.text.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("style", ["opaque", "time", "offset-time"])
@pytest.mark.parametrize("order", ["newest", "oldest", "shuffled"])
def test_an_empty_page_is_not_the_end(client, style, order):
    """Every other page is empty, no cursor comes twice, and the walk is still complete."""
    integration = client.ids[3]
    path = f"/api/v3/integrations/{integration}/logs"
    client.sandbox.modes(cursor_style=style, order=order)
    client.sandbox.fault("empty-page", every=2)
    pages = list(client.pages(path, size=30))
    assert [] in [page.json()["data"] for page in pages]
    urls = [page.url for page in pages]
    assert len(set(urls)) == len(urls)
    assert sorted(record["id"] for page in pages for record in page.json()["data"]) == client.truth(integration)


def test_an_empty_first_page_is_not_the_end_either(client):
    """The first page may be empty, and so may several in a row."""
    client.sandbox.fault("empty-page", count=3)
    pages = list(client.pages())
    assert [len(page.json()["data"]) for page in pages[:4]] == [0, 0, 0, 100]
    assert len({page.url for page in pages}) == len(pages)
    assert sorted(record["id"] for page in pages for record in page.json()["data"]) == client.truth()


@pytest.mark.parametrize("style", ["opaque", "time", "offset-time"])
def test_a_cursor_loop_leads_back_to_a_page_already_served(client, style):
    """Following the links comes round to an address that was asked before."""
    client.sandbox.modes(cursor_style=style)
    client.sandbox.fault("cursor-loop", every=3)
    urls = [page.url for page in itertools.islice(client.pages(size=20), 8)]
    assert len(set(urls)) < len(urls)
    client.sandbox.clear_faults()
    client.sandbox.fault("cursor-loop")
    response = client.get()
    assert urlsplit(response.links["next"]["url"]).query == "page_size=25"


def test_a_foreign_link_has_the_right_query_at_the_wrong_host(client):
    """A client that takes only the query from the link goes on correctly."""
    expected = urlsplit(client.get().links["next"]["url"])
    client.sandbox.fault("foreign-link")
    link = urlsplit(client.get().links["next"]["url"])
    assert (link.scheme, link.netloc) == ("https", "evil.example")
    assert (link.path, link.query) == (expected.path, expected.query)


def test_a_redirect_leads_away(client):
    """302 to another origin, with the path and query that were asked."""
    client.sandbox.fault("redirect", origin="http://127.0.0.1:9")
    response = client.get(f"{LOGS}?page_size=3")
    assert response.status_code == 302
    assert response.headers["Location"] == f"http://127.0.0.1:9{LOGS}?page_size=3"


def test_data_may_be_no_list(client):
    """A 200 whose `data` breaks the contract, on every list and not on WeMaSy's status."""
    client.sandbox.fault("not-a-list")
    assert isinstance(client.get().json()["data"], dict)
    assert isinstance(client.get("/api/v3/integrations").json()["data"], dict)
    assert "data" not in client.get(STATUS).json()


def test_faults_of_pages_pass_other_requests_by(client):
    """A fault of a page is not used up by a request that has none."""
    client.sandbox.fault("empty-page", count=1)
    assert client.get("/api/v3/integrations").json()["data"]
    assert client.get().json()["data"] == []


def test_a_clean_slate(client):
    """Clearing the faults ends them."""
    client.sandbox.fault("500")
    client.sandbox.clear_faults()
    assert client.get().status_code == 200
