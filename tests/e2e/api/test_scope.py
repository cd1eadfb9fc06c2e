"""What the API shows to whom on the deployed stack, with IAM enforced: one client sees one integration."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from docs import api_description
from sandbox.api import call
from sandbox.cloud import REGION
from tests.e2e.api.test_api import ROUTES

if TYPE_CHECKING:
    from sandbox.stack import Stack

OWN, OTHER = 400001, 400002


@pytest.fixture(scope="module")
def client(deployed: Stack) -> tuple[str, str]:
    """A key pair whose user may read one integration, as the README shows it."""
    iam = deployed.client("iam")
    iam.create_user(UserName="client")
    resource = f"arn:aws:execute-api:{REGION}:*:{deployed.outputs['ApiId']}/v1/GET/integrations/{OWN}/*"
    policy = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource}
    document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    iam.put_user_policy(UserName="client", PolicyName="one-integration", PolicyDocument=document)
    key = iam.create_access_key(UserName="client")["AccessKey"]
    deployed.invoke("CheckStatusFunction", {"task": "check"})
    return key["AccessKeyId"], key["SecretAccessKey"]


def raw(stack: Stack, target: str, key: tuple[str, str]) -> tuple[int, str]:
    """Status and text of a request whose path is sent as it stands, dots and all."""
    url = urlsplit(stack.api_url)
    signed = AWSRequest(method="GET", url=f"{url.scheme}://{url.netloc}{url.path}{target}")
    SigV4Auth(Credentials(*key), "execute-api", REGION).add_auth(signed)
    context = ssl.create_default_context(cafile=str(stack.cloud.authority))
    connection = http.client.HTTPSConnection(str(url.hostname), url.port, context=context, timeout=60)
    try:
        connection.request("GET", f"{url.path}{target}", headers=dict(signed.headers.items()))
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize("what", ["logs", "status", "problems"])
def test_a_client_sees_its_own(deployed: Stack, client: tuple[str, str], what: str) -> None:
    """Every route of its integration answers, and with nothing of another's."""
    reply = call(deployed, f"/integrations/{OWN}/{what}", key=client)
    assert reply.status_code == 200, reply.text
    assert str(OTHER) not in reply.text
    if what == "problems":
        for problem in reply.json()["data"]:
            one = call(deployed, f"/integrations/{OWN}/problems/{problem['fingerprint']}", key=client)
            assert one.json()["data"]["integration_id"] == OWN


@pytest.mark.parametrize(
    ("method", "route"),
    [
        *(("GET", f"/integrations/{OTHER}/{what}") for what in ("logs", "status", "problems")),
        ("POST", f"/integrations/{OWN}/fetch"),
        *((method, route) for method, route, _ in ROUTES if f"/{OWN}/" not in route),
    ],
)
def test_a_client_sees_nothing_else(deployed: Stack, client: tuple[str, str], method: str, route: str) -> None:
    """Whatever is not its own is refused before a function hears of it."""
    reply = call(deployed, route, method=method, key=client)
    assert reply.status_code == 403
    assert str(OTHER) not in reply.text


@pytest.mark.parametrize(
    "target",
    [
        f"/integrations/{OWN}/../{OTHER}/logs",
        f"/integrations/{OWN}/%2e%2e/{OTHER}/logs",
        f"/integrations/{OWN}/..%2f{OTHER}%2flogs",
        f"/integrations/{OWN}/../../problems",
        f"/integrations/{OWN}/%2e%2e/%2e%2e/status",
        f"//integrations/{OTHER}/logs",
        f"/integrations/{OWN};/../{OTHER}/status",
        f"/integrations/0{OTHER}/status",
        f"/integrations/{OWN}%00/../{OTHER}/status",
    ],
)
def test_no_spelling_of_a_path_leads_elsewhere(deployed: Stack, client: tuple[str, str], target: str) -> None:
    """A path that is written in another way is no way to another integration."""
    status, text = raw(deployed, target, client)
    assert status in {400, 403, 404}, text
    assert str(OTHER) not in text


def test_a_problem_of_another_is_not_found(deployed: Stack, client: tuple[str, str]) -> None:
    """Under its own path a client finds no other integration's problem by its fingerprint."""
    others = [each for each in call(deployed, "/problems").json()["data"] if each["integration_id"] != OWN]
    assert others
    route = f"/integrations/{OWN}/problems/{others[0]['fingerprint']}"
    assert call(deployed, route, key=client).status_code == 404
    one = call(deployed, f"/problems/{others[0]['fingerprint']}")
    assert one.json()["data"]["integration_id"] == others[0]["integration_id"]


def test_an_unknown_route_and_a_wrong_method(deployed: Stack) -> None:
    """What is not there is 404; what is there with another method is 405, and says which."""
    nothing = call(deployed, "/nothing/here")
    assert nothing.status_code == 404, nothing.text
    wrong = call(deployed, f"/integrations/{OWN}/logs", method="DELETE")
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "GET")


def test_the_description_is_served(deployed: Stack) -> None:
    """What is served is what the code gives."""
    assert call(deployed, "/openapi.json").json() == api_description.description()


def test_pages_of_the_history(deployed: Stack) -> None:
    """The history has every check that was made, page by page."""
    deployed.invoke("CheckStatusFunction", {"task": "check"})
    route, times = "/status/history?account=main&page_size=1", []
    while route and len(times) < 5:
        reply = call(deployed, route)
        assert reply.status_code == 200, reply.text
        times.append(reply.json()["data"][0]["checked_at"])
        following = reply.links.get("next", {}).get("url", "")
        route = f"/status/history?{following.partition('?')[2]}" if following else ""
    assert len(set(times)) == len(times) >= 2
    assert times == sorted(times, reverse=True)
