import json
import subprocess
import sys

import pytest
import requests

from sandbox.upstreams import accounts
from sandbox.upstreams.__main__ import main, parser
from sandbox.upstreams.admin import handle, is_local
from sandbox.upstreams.messages import Request

LOGS = "/api/v3/integrations/logs"


@pytest.fixture
def admin(sandbox):
    def call(method, path, body=None):
        return requests.request(method, f"{sandbox.url}/_sandbox{path}", json=body, timeout=5)

    return call


def test_faults_are_switched_over_http(admin, client):
    """POST switches a fault on, GET shows how often it struck, DELETE ends it."""
    assert admin("POST", "/faults", {"kind": "500", "count": 2}).status_code == 200
    assert client.get().status_code == 500
    (fault,) = admin("GET", "/faults").json()
    assert (fault["kind"], fault["count"], fault["hits"]) == ("500", 2, 1)
    admin("DELETE", "/faults")
    assert admin("GET", "/faults").json() == []
    assert client.get().status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "earthquake"},
        {"kind": "500", "color": 1},
        {"kind": "500", "count": 0},
        {"kind": "cut", "every": "x"},
    ],
)
def test_a_fault_that_makes_no_sense_is_a_400(admin, body):
    """A misspelt fault is refused instead of doing nothing."""
    response = admin("POST", "/faults", body)
    assert response.status_code == 400
    assert response.json()["error"]
    assert admin("GET", "/faults").json() == []


def test_modes_stay_until_changed(admin, client):
    """A mode set over HTTP holds for every request until it is set back."""
    assert admin("POST", "/modes", {"omit_integration_id": True}).json()["omit_integration_id"] is True
    assert not any("integration_id" in record for record in client.walk())
    assert admin("DELETE", "/modes").json() == admin("GET", "/modes").json()
    assert all("integration_id" in record for record in client.walk())


@pytest.mark.parametrize(
    "body", [{"order": "random"}, {"colour": 1}, {"latency_ms": "1"}, {"rate_limit": -1}, {"wemasy_active": 1}, [1]]
)
def test_a_mode_that_makes_no_sense_is_a_400(admin, body):
    """An unknown mode or value is refused, and nothing changes."""
    before = admin("GET", "/modes").json()
    assert admin("POST", "/modes", body).status_code == 400
    assert admin("GET", "/modes").json() == before


def test_errors_come_in_every_documented_style(client):
    """`errors` is an array or one object, `status` an integer or a string."""
    client.sandbox.modes(error_style="object")
    assert client.get("/api/v3/nothing").json()["errors"]["status"] == 404
    client.sandbox.modes(error_style="string-status")
    assert client.get("/api/v3/nothing").json()["errors"][0]["status"] == "404"


def test_a_link_may_lack_the_api_segment(client):
    """With `link_path` bare the link is as in the general pagination page: following it blindly is a 404."""
    client.sandbox.modes(link_path="bare")
    url = client.get().links["next"]["url"]
    assert url.startswith(f"{client.sandbox.url}/v3/integrations/logs?")
    assert client.get(url).status_code == 404


def test_latency_is_added(client):
    """`latency_ms` holds every upstream answer back, and only those."""
    client.sandbox.modes(latency_ms=60)
    assert client.get().elapsed.total_seconds() >= 0.06


def test_planted_records_are_served_as_given(admin, client):
    """Tests create records with any field set, null or missing, at any time, and get their ids."""
    canary = {"request": {"headers": None, "payload": {"secret": "canary"}}, "created_at": "2026-11-15T23:30:00-05:00"}
    odd = {"response": None, "exception": None, "created_at": None, "__omit__": ["method", "protected"]}
    body = {"account": "main", "integration_id": client.ids[4], "records": [canary, odd, {"__kind__": "dns_failure"}]}
    ids = admin("POST", "/records", body).json()["ids"]
    served = {record["id"]: record for record in client.walk(f"/api/v3/integrations/{client.ids[4]}/logs")}
    assert served[ids[0]] | canary == served[ids[0]]
    assert (served[ids[1]]["exception"], served[ids[1]]["created_at"]) == (None, None)
    assert not {"method", "protected"} & set(served[ids[1]])
    assert "NameResolutionError" in str(served[ids[2]])
    days = admin("GET", "/truth").json()["records"]["main"][str(client.ids[4])]
    assert ids[0] in days["2026-11-16"]
    assert days["none"] == [ids[1]]
    assert ids[2] in days["2026-11-22"]


def test_records_may_break_the_contract(admin, client):
    """A record without an id, or with another's, is served as it is; the truth counts the former apart."""
    before = admin("GET", "/truth").json()
    records = [{"id": None}, {"__omit__": ["id"]}, {"id": 5}, {"id": 5, "exception": "again"}, {"new_field": 1}]
    planted = client.sandbox.plant("main", client.ids[4], *records)
    assert planted[:4] == [None, None, 5, 5]
    after = admin("GET", "/truth").json()
    assert (after["odd"], after["total"]) == (2, before["total"] + 2)
    assert len(client.walk(f"/api/v3/integrations/{client.ids[4]}/logs")) == 3 + 5


def test_planted_records_are_tidy_where_nothing_was_given(client):
    """What a test does not set has its documented type, so that no test fails by the luck of the draw."""
    client.sandbox.plant("main", client.ids[4], *({"exception": "planted"} for _ in range(200)))
    served = client.walk(f"/api/v3/integrations/{client.ids[4]}/logs")
    planted = [record for record in served if record.get("exception") == "planted"]
    assert len(planted) == 200
    assert {len(record) for record in planted} == {13}
    assert all(isinstance(record["request"]["headers"], dict) for record in planted)
    assert {(record["protected"], record["additional_data"]) for record in planted} == {(False, "")}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"account": "nobody", "integration_id": 400001, "records": []},
        {"account": "main", "integration_id": 1, "records": []},
        {"account": "main", "integration_id": 400001, "records": {}},
        {"account": "main", "integration_id": 400001, "records": [{"__kind__": "flood"}]},
        {"account": "main", "integration_id": 400001, "records": [{"__omit__": "id"}]},
    ],
)
def test_planting_nonsense_is_a_400(admin, body):
    """Records for an unknown account, integration or kind are refused."""
    assert admin("POST", "/records", body).status_code == 400


def test_integrations_can_be_changed(admin, client):
    """What `GET /integrations` says about a shop can be set, field by field."""
    for fields in ({"started_failing_at": "2026-11-01T00:00:00Z"}, {"webhook_active": None}):
        body = {"account": "main", "integration_id": client.ids[1], "fields": fields}
        assert admin("POST", "/integrations", body).status_code == 200
    shown = client.get("/api/v3/integrations").json()["data"][1]
    assert (shown["started_failing_at"], shown["webhook_active"]) == ("2026-11-01T00:00:00Z", None)


def test_requests_are_counted(admin, client):
    """Every upstream request is counted by path and status; the sandbox's own switches are not."""
    client.get()
    client.get(f"{LOGS}?page_size=0")
    client.get("/api/v3/integrations")
    seen = admin("GET", "/requests").json()
    assert seen["total"] == 3
    assert seen["by_path"] == {LOGS: {"200": 1, "400": 1}, "/api/v3/integrations": {"200": 1}}
    assert seen["by_status"] == {"200": 2, "400": 1}
    assert [each["query"] for each in seen["recent"]] == ["", "page_size=0", ""]
    assert {each["account"] for each in seen["recent"]} == {"main"}
    assert admin("DELETE", "/requests").json()["total"] == 0


def test_health_answers_and_unknown_switches_do_not(admin):
    """Health is a 200; a switch that does not exist is a 404 that names those that do."""
    assert admin("GET", "/health").json()["status"] == "ok"
    response = admin("PUT", "/health")
    assert response.status_code == 404
    assert "GET /health" in response.json()["switches"]


@pytest.mark.parametrize(
    ("address", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_the_switches_are_for_loopback_only(sandbox, address, local):
    """Anybody who is not on this machine is refused."""
    assert is_local(address) is local
    response = handle(sandbox.world, Request("GET", "/_sandbox/health", client=address))
    assert response.status == (200 if local else 403)


def test_the_records_carry_the_canaries(admin, client):
    """Every canary occurs in what the sandbox serves, so that not finding one downstream means something."""
    canaries = admin("GET", "/canaries").json()["canaries"]
    token = client.sandbox.accounts["main"]["wemasy_token"]
    status = requests.get(
        f"{client.sandbox.url}/services/webshop/v1/integrations/sendcloud/status",
        headers={"Authorization": f"Bearer {token}"},
        timeout=5,
    )
    with_all = "".join(page.text for page in client.pages()) + status.text
    # The second account's custom shop has its token in plain sight; Lightspeed's is inside Basic authentication.
    assert [canary for canary in canaries if canary not in with_all and canary != "tok_c0ffee"] == []


def test_accounts_are_printed_as_json():
    """`--print-accounts` prints what `accounts()` returns, and ends."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.upstreams", "--print-accounts"], capture_output=True, check=True, timeout=20
    )
    printed = json.loads(done.stdout)
    assert printed == accounts()
    assert set(printed) == {"main", "second"}
    assert printed["main"]["sendcloud_public_key"] != printed["second"]["sendcloud_public_key"]


def test_records_for_an_account_that_is_not_there_are_refused(capsys):
    """A misspelt account on the command line is an error, not an empty sandbox."""
    with pytest.raises(SystemExit):
        main(["--records", "mian=10", "--port", "0"])
    assert "mian" in capsys.readouterr().err


def test_every_flag_has_a_sane_default():
    """Without flags: port 8480 on loopback, two accounts, twelve arrivals a minute."""
    given = parser().parse_args([])
    assert (given.host, given.port, given.arrivals_per_minute) == ("127.0.0.1", 8480, 12.0)
    assert given.integrations == {"main": 5, "second": 2}
    assert given.records == {"main": 5000, "second": 600}
