"""The API for the users of a Cognito user pool, and the pages of one origin, which may call both APIs."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.api import call
from tests.e2e.api.test_api import ROUTES
from tests.e2e.conftest import ORIGIN
from tests.e2e.people import pool_with_a_user

if TYPE_CHECKING:
    from sandbox.stack import Stack
    from tests.e2e.people import Pool


def ask(stack: Stack, route: str, token: str | None, method: str = "GET") -> requests.Response:
    """Call a route of the pool's API as a page of ``ORIGIN`` does, with a token or without."""
    headers = {"Origin": ORIGIN} | ({"Authorization": token} if token else {})
    return requests.request(
        method, f"{stack.pool_api_url}{route}", headers=headers, verify=str(stack.cloud.authority), timeout=60
    )


def decoded(part: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=="))
    return claims


def encoded(document: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


def signed_again(stack: Stack, pool: Pool, **claims: Any) -> str:
    """The user's token with other claims, signed by the pool's own key."""
    header, payload, _ = pool.token.split(".")
    text = f"{header}.{encoded(decoded(payload) | claims)}"
    keys = stack.cloud.log.parent / "tmp" / "cognito-pool-keys"  # the embedded cloud's own
    key = load_pem_private_key((keys / f"{pool.id}-id.pem").read_bytes(), password=None)
    assert isinstance(key, RSAPrivateKey)
    return f"{text}.{urlsafe_b64encode(key.sign(text.encode(), PKCS1v15(), SHA256())).decode().rstrip('=')}"


@pytest.mark.parametrize(("method", "route", "status"), ROUTES)
def test_who_signed_in_is_answered(deployed: Stack, pool: Pool, method: str, route: str, status: int) -> None:
    """Every route answers a user of the pool, for the pages of the origin too, and nobody without a token."""
    deployed.invoke("CheckStatusFunction", {"task": "check"})
    refused = ask(deployed, route, None, method)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (401, "unauthorized")
    reply = ask(deployed, route, pool.token, method)
    assert reply.status_code == status, reply.text
    assert {each.headers["Access-Control-Allow-Origin"] for each in (refused, reply)} == {ORIGIN}


def test_a_wrong_token_is_none(deployed: Stack, pool: Pool) -> None:
    """A token that is forged, expired, of another pool or none at all is refused; a good one, signed anew, is not."""
    other = pool_with_a_user(deployed.cloud, "others").token
    header, payload, signature = pool.token.split(".")
    claims = decoded(payload)
    assert ask(deployed, "/status", signed_again(deployed, pool)).status_code == 200
    for wrong in (
        f"{header}.{encoded(claims | {'cognito:username': 'eve'})}.{signature}",
        f"{header}.{payload}.{signature[:-8]}AAAAAAAA",
        f"{encoded({'alg': 'none'})}.{payload}.",
        signed_again(deployed, pool, exp=claims["iat"] - 60),
        signed_again(deployed, pool, iss=decoded(other.split(".")[1])["iss"]),
        other,
        "Basic YW5uOnBhc3N3b3Jk",
    ):
        reply = ask(deployed, "/status", wrong)
        assert (reply.status_code, reply.json()["errors"][0]["code"]) == (401, "unauthorized"), wrong
        assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_each_api_has_its_own_way_in(deployed: Stack, pool: Pool) -> None:
    """A token opens nothing where IAM is asked for; nor does a key that is nobody's, which is told so alike."""
    headers, authority = {"Authorization": pool.token}, str(deployed.cloud.authority)
    with_token = requests.get(f"{deployed.api_url}/status", headers=headers, verify=authority, timeout=60)
    unknown = call(deployed, "/status", key=("AKIAUNKNOWN000000000", "unknown"))
    for reply in (with_token, unknown):
        assert (reply.status_code, reply.json()["errors"][0]["code"]) == (403, "forbidden")


@pytest.mark.parametrize("route", ["/status", "/integrations/400001/logs", "/archive/runs", "/nothing/at/all"])
@pytest.mark.parametrize("api", ["IAM", "pool"])
def test_a_browsers_preflight_needs_no_sign_in(deployed: Stack, api: str, route: str) -> None:
    """Whether a page may call is answered to anybody, and names the origin that may and what it may send."""
    reply = call(deployed, route, method="OPTIONS", key=None) if api == "IAM" else ask(deployed, route, None, "OPTIONS")
    assert reply.status_code == 200
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "authorization" in reply.headers["Access-Control-Allow-Headers"]
    assert {"GET", "POST"} <= set(reply.headers["Access-Control-Allow-Methods"].split(","))


@pytest.mark.parametrize("origin", ["https://evil.example", "https://tool.example.evil.example", "null"])
def test_no_other_page_may_read(deployed: Stack, pool: Pool, origin: str) -> None:
    """What a page of another origin is answered names the one that may read it, or none."""
    headers = {"Authorization": pool.token, "Origin": origin}
    for method in ("GET", "OPTIONS"):
        reply = requests.request(
            method, f"{deployed.pool_api_url}/status", headers=headers, verify=str(deployed.cloud.authority), timeout=60
        )
        assert reply.headers.get("Access-Control-Allow-Origin") in {None, ORIGIN}


def test_what_is_not_there(deployed: Stack, pool: Pool) -> None:
    """An unknown route is 404 to a user, and a wrong method 405: the pool's API has the same routes."""
    assert ask(deployed, "/nothing/here", pool.token).status_code == 404
    wrong = ask(deployed, "/integrations/400001/logs", pool.token, "DELETE")
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "GET")
