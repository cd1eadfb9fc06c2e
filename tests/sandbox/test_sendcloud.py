import base64
import re

import pytest
import requests

from sandbox.upstreams import RESTRICTED_KEYS

LOGS = "/api/v3/integrations/logs"
FIELDS = {
    "id",
    "integration_id",
    "base_url",
    "full_url",
    "method",
    "response_code",
    "response",
    "request",
    "created_at",
    "exception_type",
    "exception",
    "protected",
    "additional_data",
}


def test_integrations_are_listed_with_the_documented_fields(client):
    """`GET /integrations` gives every integration of the account in `data`, failing ones with their time."""
    response = client.get("/api/v3/integrations")
    assert response.status_code == 200
    data = response.json()["data"]
    assert [each["id"] for each in data] == client.ids
    assert len(data) == 5
    assert set(data[0]) == {
        "id",
        "shop_name",
        "shop_url",
        "type",
        "started_failing_at",
        "last_fetched_at",
        "created_at",
        "updated_at",
        "webhook_active",
    }
    assert {each["started_failing_at"] is None for each in data} == {True, False}
    assert {each["type"] for each in data} == {"woocommerce", "shopify", "magento2", "prestashop", "lightspeed"}


@pytest.mark.parametrize(
    "auth", [None, ("sandbox-public-main", "wrong"), ("nobody", "nothing")], ids=["none", "wrong secret", "unknown"]
)
def test_an_unknown_key_is_a_401(sandbox, auth):
    """Without a known key pair the answer is the documented 401."""
    response = requests.get(sandbox.url + LOGS, auth=auth, timeout=5)
    assert response.status_code == 401
    (error,) = response.json()["errors"]
    assert (error["status"], error["code"]) == (401, "authentication_failed")
    assert error["title"]
    assert error["detail"]


@pytest.mark.parametrize("header", ["Basic", "Basic ???", "Bearer x", "Basic " + base64.b64encode(b"x").decode()])
def test_a_malformed_authorization_is_a_401(sandbox, header):
    """An Authorization header that is no key pair is a 401, not a fault."""
    assert requests.get(sandbox.url + LOGS, headers={"Authorization": header}, timeout=5).status_code == 401


def test_a_key_without_permission_is_a_403(sandbox):
    """A known key that may do nothing here is a 403."""
    response = requests.get(sandbox.url + LOGS, auth=RESTRICTED_KEYS, timeout=5)
    assert response.status_code == 403
    assert response.json()["errors"][0]["code"] == "permission_denied"


def test_a_get_with_a_body_is_a_403_and_leaves_the_connection_usable(client):
    """The documented refusal of a GET with a body does not spoil the next request."""
    assert client.get(data=b'{"a": 1}').status_code == 403
    assert client.get().status_code == 200


def test_a_get_with_a_chunked_body_is_a_403(client):
    """A body without a length is a body too."""
    assert client.get(data=iter([b"a"])).status_code == 403


def test_another_accounts_integration_is_unknown(client, second):
    """An integration of another account is a 404, and so is one that does not exist."""
    for number in (second.ids[0], 99, 10**17):
        response = client.get(f"/api/v3/integrations/{number}/logs")
        assert response.status_code == 404
        assert response.json()["errors"][0]["code"] == "not_found"
    assert client.get("/api/v3/shipments").status_code == 404
    assert client.get("/v3/integrations/logs").status_code == 404
    assert client.session.post(client.sandbox.url + LOGS, timeout=5).status_code == 405


@pytest.mark.parametrize("size", ["0", "101", "-1", "many", "1.5", "%20", "٣", "9999999999999"])
def test_a_page_size_out_of_range_is_a_400(client, size):
    """`page_size` is a number between 1 and 100; the error names the parameter."""
    response = client.get(f"{LOGS}?page_size={size}")
    assert response.status_code == 400
    assert response.json()["errors"][0]["source"] == {"parameter": "page_size"}


def test_the_page_size_is_25_unless_asked(client):
    """A page holds 25 records by default, and as many as were asked for otherwise."""
    assert len(client.get().json()["data"]) == 25
    for size in (1, 100):
        assert len(client.get(f"{LOGS}?page_size={size}").json()["data"]) == size


def test_the_link_header_is_as_documented(client):
    """The next link is absolute, at the host that was asked, with cursor and page size; the last page has none."""
    pages = list(client.pages(size=100))
    link = pages[0].headers["Link"]
    assert re.fullmatch(rf'<{client.sandbox.url}{LOGS}\?cursor=[^&>]+&page_size=100>; rel="next"', link)
    assert "prev" in pages[1].links
    assert "next" not in pages[-1].links


def test_the_link_is_built_from_the_host_header(client):
    """A client that came by another name is sent on under that name."""
    response = client.get(headers={"Host": "upstream.test:99"})
    assert response.links["next"]["url"].startswith(f"http://upstream.test:99{LOGS}?")


def test_the_rate_limit_is_a_429_until_the_minute_is_over(client, second, clock):
    """Beyond the limit an account gets 429 with the seconds left; other accounts and the next minute do not."""
    client.sandbox.modes(rate_limit=3)
    assert [client.get().status_code for _ in range(4)] == [200, 200, 200, 429]
    clock.forward(seconds=20.5)
    refused = client.get()
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "40")
    assert second.get().status_code == 200
    clock.forward(seconds=39.5)
    assert client.get().status_code == 200


def test_records_have_the_documented_fields_and_no_others(client):
    """Whatever a record leaves out, it has an address, and nothing that the documentation does not know."""
    for record in client.walk():
        assert set(record) <= FIELDS
        assert record["base_url"].startswith("https://")
        assert record["id"] >= 1


def test_keys_can_be_renewed(client, second):
    """From then on the old secret key gets 401, the new one what the old one got; other accounts notice nothing."""
    keys = client.sandbox.world.renew_keys("main")
    assert client.get().status_code == 401
    assert second.get().status_code == 200
    client.session.auth = (keys.public_key, keys.secret_key)
    assert client.get().status_code == 200
