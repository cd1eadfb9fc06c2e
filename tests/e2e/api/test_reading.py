"""The archive through the API, on the deployed stack."""

from __future__ import annotations

import time
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import duckdb
import pytest
import requests

from sandbox.api import call, following
from tests.e2e.conftest import keys

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox


def walk(stack: Stack, route: str, relation: str = "next") -> list[list[dict[str, Any]]]:
    """The data of every page, by the links as they are given."""
    found = []
    while route:
        reply = call(stack, route)
        assert reply.status_code == 200, reply.text
        found.append(reply.json()["data"])
        route = following(reply).get(relation, "")
    return found


def test_all_integrations_in_one_walk(deployed: Stack, sandbox: Sandbox) -> None:
    """The records of all accounts and integrations, once, newest first: the same ids as upstream has."""
    found = [record for page in walk(deployed, "/integrations/logs?page_size=100") for record in page]
    truth = [
        (id_, int(integration))
        for integrations in sandbox.truth().values()
        for integration, days in integrations.items()
        for ids in days.values()
        for id_ in ids
    ]
    assert sorted((record["id"], record["integration_id"]) for record in found) == sorted(truth)
    order = [(record["created_at"] or "", record["id"]) for record in found]
    assert order == sorted(order, reverse=True)


def test_there_and_back(deployed: Stack) -> None:
    """The previous pages are those that were read on the way."""
    route = "/integrations/400003/logs?page_size=7&from=2026-01-01&method=GET"
    there = walk(deployed, route)[:4]
    reply = call(deployed, route)
    for _ in there[1:]:
        reply = call(deployed, f"/integrations/400003/logs?{reply.links['next']['url'].partition('?')[2]}")
    back = walk(deployed, f"/integrations/400003/logs?{reply.links['prev']['url'].partition('?')[2]}", "prev")
    assert back == there[-2::-1]
    assert {record["method"] for page in back for record in page} == {"GET"}


def test_a_page_says_what_it_read(deployed: Stack) -> None:
    """The newest page reads a few objects, a span of days those of these days, and both are quick."""
    objects = keys(deployed, "logs/")
    for route in ("/integrations/logs", "/integrations/400001/logs"):
        call(deployed, route)
        begun = time.monotonic()
        reply = call(deployed, route)
        assert time.monotonic() - begun < 5
        assert 0 < int(reply.headers["X-Objects-Read"]) < len(objects)
        assert int(reply.headers["X-Bytes-Read"]) > 0
    reply = call(deployed, "/integrations/logs?q=no%20record%20has%20this%25&from=2026-01-01&to=2026-01-02")
    assert (reply.json(), reply.headers["X-Objects-Read"]) == ({"data": []}, "0")


def test_an_object_is_read_by_its_link(deployed: Stack, tmp_path: Path) -> None:
    """Whoever has the link reads the object without credentials; changed, or for another object, the link is none."""
    (entry,) = call(deployed, "/archive/objects?page_size=1&integration_id=400001").json()["data"]
    authority = str(deployed.cloud.authority)
    answer = requests.get(entry["url"], verify=authority, timeout=30)
    assert answer.status_code == 200
    path = tmp_path / "object.parquet"
    path.write_bytes(BytesIO(answer.content).read())
    rows = duckdb.sql(f"SELECT count(*), min(integration_id), max(integration_id) FROM '{path}'").fetchall()
    assert rows == [(entry["records"], 400001, 400001)]
    plain = entry["url"].partition("?")[0]
    assert requests.get(plain, verify=authority, timeout=30).status_code == 403
    another = entry["url"].replace("integration-400001", "integration-400003")
    assert requests.get(another, verify=authority, timeout=30).status_code == 403


def test_every_object_is_listed(deployed: Stack) -> None:
    """The list is the archive's."""
    listed = [entry for page in walk(deployed, "/archive/objects?page_size=50") for entry in page]
    assert {entry["key"]: entry["etag"] for entry in listed} == keys(deployed, "logs/")
    assert all(entry["records"] for entry in listed)


def test_how_complete_the_days_are(deployed: Stack) -> None:
    """The days are those that the manifests tell of."""
    deployed.invoke("ArchiveLogsFunction", {"task": "manifest"})
    days = [day for page in walk(deployed, "/archive/days?from=2020-01-01&page_size=20") for day in page]
    assert [f"manifests/dt={day['day']}.json" for day in days] == sorted(keys(deployed, "manifests/"), reverse=True)
    assert {day["state"] for day in days} <= {"open", "complete", "incomplete"}


@pytest.mark.parametrize("route", ["/integrations/400001/logs", "/integrations/logs", "/archive/objects"])
@pytest.mark.parametrize(
    "value", ["' OR 1=1 --", "../../state/status/main.json", "bG9ncy8uLi9zdGF0ZQ", "\u202e\U0001f4a9", "x" * 3000]
)
def test_a_forged_cursor(deployed: Stack, route: str, value: str) -> None:
    """A cursor that was not given out is refused by name, through API Gateway too."""
    reply = call(deployed, f"{route}?cursor={quote(value, safe='')}")
    assert reply.status_code == 400, reply.text
    assert reply.json()["errors"][0]["source"] == {"parameter": "cursor"}
