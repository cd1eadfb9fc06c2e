"""The API on the deployed stack, with IAM enforced."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from docs import api_description
from sandbox.api import call
from tests.e2e.conftest import eventually, tick

if TYPE_CHECKING:
    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox

DESCRIPTION = api_description.description()
ROUTES = [
    (method, api_description.EXAMPLES[operation["operationId"]], int(min(operation["responses"])))
    for method, _, operation in api_description.operations(DESCRIPTION)
    if operation["operationId"] in api_description.EXAMPLES
]
"""The examples of ``docs/api.md``."""


@pytest.fixture(scope="module")
def stranger(deployed: Stack) -> tuple[str, str]:
    """A key pair whose user has no permission at all."""
    iam = deployed.client("iam")
    iam.create_user(UserName="stranger")
    key = iam.create_access_key(UserName="stranger")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


@pytest.mark.parametrize(("method", "route", "status"), ROUTES)
def test_only_who_may_call_is_answered(
    deployed: Stack, stranger: tuple[str, str], method: str, route: str, status: int
) -> None:
    """Unsigned: 403; signed without permission: 403; with it: the answer, of which nobody keeps a copy."""
    deployed.invoke("CheckStatusFunction", {"task": "check"})
    assert call(deployed, route, method=method, key=None).status_code == 403
    assert call(deployed, route, method=method, key=stranger).status_code == 403
    reply = call(deployed, route, method=method)
    assert (reply.status_code, reply.headers["Cache-Control"]) == (status, "no-store")


def test_pages_of_the_archive_hold_each_record_once_newest_first(deployed: Stack, sandbox: Sandbox) -> None:
    """Walking the next links gives every record of an integration, in Sendcloud's shape."""
    route, found = "/integrations/400003/logs?page_size=100", []
    while route:
        reply = call(deployed, route)
        assert reply.status_code == 200, reply.text
        found += reply.json()["data"]
        following = reply.links.get("next", {}).get("url", "")
        route = f"/integrations/400003/logs?{following.partition('?')[2]}" if following else ""
    truth = [id_ for ids in sandbox.truth()["main"]["400003"].values() for id_ in ids]
    assert sorted(record["id"] for record in found) == sorted(truth)
    times = [record["created_at"] or "" for record in found]
    assert times == sorted(times, reverse=True)


def test_a_fetch_on_demand_reaches_the_archive(deployed: Stack, sandbox: Sandbox) -> None:
    """What appeared upstream can be read through the API after asking for it, without waiting for a tick."""
    (planted,) = sandbox.plant("main", 400004, {"exception": "on demand"})
    assert call(deployed, "/integrations/400004/fetch", method="POST").status_code == 202

    def newest() -> list[int]:
        return [record["id"] for record in call(deployed, "/integrations/400004/logs?page_size=100").json()["data"]]

    eventually(lambda: planted in newest(), "the record can be read")


@pytest.mark.parametrize(
    ("route", "parameter"),
    [
        ("/integrations/0/logs", "integration_id"),
        ("/integrations/x/logs", "integration_id"),
        ("/integrations/400001/logs?page_size=101", "page_size"),
        ("/integrations/400001/logs?cursor=%00", "cursor"),
    ],
)
def test_bad_input_is_named(deployed: Stack, route: str, parameter: str) -> None:
    """A bad request is a 400 that names the parameter, and nothing of the inside."""
    reply = call(deployed, route)
    assert reply.status_code == 400
    (error,) = reply.json()["errors"]
    assert parameter in error["detail"]
    assert "Traceback" not in reply.text


def test_status_says_what_was_checked(deployed: Stack) -> None:
    """Each account's last check is answered; WeMaSy's credentials are in none."""
    deployed.invoke("CheckStatusFunction", {"task": "check"})
    reply = call(deployed, "/status")
    main, second = reply.json()["data"]
    assert (main["verdict"], main["wemasy"]["is_connected"]) == ("healthy", True)
    assert (second["verdict"], second["wemasy"]) == ("healthy", None)
    assert '"credentials"' not in json.dumps(reply.json())


def test_one_account_in_trouble_does_not_hide_another(deployed: Stack, sandbox: Sandbox) -> None:
    """Where Sendcloud refuses one account's keys, the other is walked; the failure says what to do, and is not repeated
    until an order that asks again in any case is answered."""
    sandbox.fault("unauthorized", account="main")
    try:
        refused, walked = tick(deployed)
        paused, _ = tick(deployed)
    finally:
        sandbox.clear_faults()
        sweep = deployed.invoke("FetchLogsFunction", {"task": "walk", "account": "main", "mode": "sweep"})
    assert refused["failures"]["account"]["kind"] == "NeedsOperator"
    assert "integration-logs/main" in refused["failures"]["account"]["message"]
    assert walked["complete"]
    assert (paused["paused"], paused["failures"], paused["pages"]) == (True, {}, 0)
    assert sweep["complete"]
    assert not tick(deployed)[0]["paused"]
