import pytest
import requests

from sandbox.upstreams import RESTRICTED_TOKEN

STATUS = "/services/webshop/v1/integrations/sendcloud/status"


@pytest.fixture
def status(sandbox):
    def ask(path=STATUS, token=None):
        bearer = sandbox.accounts["main"]["wemasy_token"] if token is None else token
        headers = {"Authorization": f"Bearer {bearer}", "Accept": "application/json"}
        return requests.get(sandbox.url + path, headers=headers, timeout=5)

    return ask


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_the_status_is_as_documented(status, prefix):
    """Under either prefix the answer has the documented members, all strings, and the rate headers."""
    response = status(prefix + STATUS)
    assert response.status_code == 200
    assert response.headers["X-RateLimit-Limit"] == "60"
    assert response.headers["X-RateLimit-Remaining"] == "59"
    body = response.json()
    assert body["error"] is False
    integration = body["integration"]
    assert set(integration) == {"credentials", "id", "is_active", "is_connected", "created_at", "updated_at"}
    assert integration["credentials"]
    assert (integration["is_active"], integration["is_connected"]) == ("1", "1")
    assert all(isinstance(value, str) for name, value in integration.items() if name != "credentials")


@pytest.mark.parametrize(("token", "expected"), [("wrong", 401), ("", 401), (RESTRICTED_TOKEN, 403)])
def test_a_token_that_will_not_do_is_refused(status, token, expected):
    """401 for an unknown token, 403 for one without permission, with the documented body and headers."""
    response = status(token=token)
    assert response.status_code == expected
    assert response.json()["error"] is True
    assert isinstance(response.json()["message"], str)
    assert {"X-RateLimit-Limit", "X-RateLimit-Remaining"} <= set(response.headers)


def test_the_second_account_has_no_token(sandbox):
    """WeMaSy is optional: an account may use Sendcloud alone."""
    assert "wemasy_token" not in sandbox.accounts["second"]


def test_sixty_a_minute(status, clock):
    """The 61st request in a minute is a 429 with `Retry-After`; a minute later all is well."""
    assert [status().status_code for _ in range(60)] == [200] * 60
    clock.forward(seconds=15)
    response = status()
    assert response.status_code == 429
    assert (response.headers["Retry-After"], response.headers["X-RateLimit-Remaining"]) == ("45", "0")
    assert response.json()["error"] is True
    clock.forward(seconds=45)
    assert status().status_code == 200


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("strings", ("1", "0")),
        ("integers", (1, 0)),
        ("booleans", (True, False)),
        ("null", (None, None)),
        ("garbage", ("perhaps", "perhaps")),
    ],
)
def test_flags_come_in_every_type(sandbox, status, style, expected):
    """The flags are strings as documented, or whatever else was switched on."""
    sandbox.modes(wemasy_flags=style, wemasy_active=False)
    integration = status().json()["integration"]
    found = (integration["is_connected"], integration["is_active"])
    assert found == expected
    assert [type(each) for each in found] == [type(each) for each in expected]


def test_breaches_of_the_contract_can_be_played(sandbox, status):
    """A 200 that says error, a 200 without an integration, and credentials that are null."""
    sandbox.modes(wemasy_answer="error-in-200")
    assert status().json()["error"] is True
    sandbox.modes(wemasy_answer="no-integration")
    assert status().json() == {"error": False}
    sandbox.modes(wemasy_answer="documented", wemasy_credentials=False)
    assert status().json()["integration"]["credentials"] is None


def test_other_paths_are_unknown(sandbox, status):
    """There is nothing else under WeMaSy's prefix."""
    assert status("/services/webshop/v1/orders").status_code == 404
    assert requests.post(sandbox.url + STATUS, timeout=5).status_code == 405
