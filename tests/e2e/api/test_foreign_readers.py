"""Readers made for Sendcloud's endpoint read the whole archive by its base URL alone; a proxy adds the signature."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
import requests

from sandbox.cloud import REGION
from sandbox.observe import fetch_archive, open_archive
from tests.e2e.api.signing_proxy import signing_proxy
from tests.e2e.conftest import tick
from tests.e2e.test_consumers import READERS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox

    type Read = Callable[..., list[tuple[int, int]]]
    """The id and the integration of every record that a reader finds at a base URL."""

INTEGRATIONS = (400002, 400003)


@pytest.fixture(scope="module")
def base_url(deployed: Stack) -> Iterator[str]:
    """Where the API is for who cannot sign: a proxy signs as a user who may call all of it, and do nothing else."""
    tick(deployed)
    with signing_proxy(deployed, caller(deployed)) as url:
        yield url


def caller(stack: Stack) -> tuple[str, str]:
    """The key pair of a new user who may call every route. The embedded cloud takes root's signature unseen."""
    iam, name = stack.client("iam"), "caller-of-the-api"
    resource = f"arn:aws:execute-api:{REGION}:*:{stack.outputs['ApiId']}/*"
    policy = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resource}
    iam.create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    iam.put_user_policy(UserName=name, PolicyName="every-route", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


@pytest.fixture(scope="module")
def archive(deployed: Stack, base_url: str, tmp_path_factory: pytest.TempPathFactory) -> set[tuple[int, int]]:
    """The id and the integration of each record in the archive."""
    assert base_url
    with open_archive(fetch_archive(deployed, tmp_path_factory.mktemp("archive"))) as database:
        found = set(database.execute("SELECT id, integration_id FROM logs").fetchall())
    assert len(found) > 3000
    return found


@pytest.fixture(params=["dlt_pipeline", "singer_pipeline"])
def read(request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path) -> Read:
    """Run a tool with the configuration that it has for Sendcloud, but for the base URL."""
    if not (READERS.parent / "ready").exists():
        pytest.fail("The readers' environment is not there: `make .venv-consumers/ready` makes it.")
    keys = sandbox.accounts["main"]
    environment = {
        "PATH": f"{READERS}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "SENDCLOUD_PUBLIC_KEY": keys["sendcloud_public_key"],
        "SENDCLOUD_SECRET_KEY": keys["sendcloud_secret_key"],
    }

    def run(base_url: str, *integrations: int) -> list[tuple[int, int]]:
        folder = tmp_path / base_url.rpartition(":")[2].replace("/", "-")
        command = [str(READERS / "python"), "-m", f"bench.peers.{request.param}", "--base-url", base_url]
        command += [f"--folder={folder / 'out'}", f"--state={folder / 'state'}"]
        command += [f"--integration={each}" for each in integrations]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        files = [gzip.decompress(path.read_bytes()) for path in (folder / "out").rglob("logs/*.gz")]
        records = [json.loads(line) for file in files for line in file.splitlines()]
        return sorted((record["id"], record["integration_id"]) for record in records)

    return run


def test_the_whole_archive_is_read(read: Read, base_url: str, archive: set[tuple[int, int]]) -> None:
    """The stream of all integrations gives each record of the archive once."""
    assert read(base_url) == sorted(archive)


def test_the_base_url_is_all_that_differs(
    read: Read, base_url: str, sandbox: Sandbox, archive: set[tuple[int, int]]
) -> None:
    """The same command reads integrations from Sendcloud and from here: each record once, and here all of them."""
    upstream = read(f"{sandbox.url}/api/v3", *INTEGRATIONS)
    assert len(set(upstream)) == len(upstream) > 0
    ours = read(base_url, *INTEGRATIONS)
    assert ours == sorted(each for each in archive if each[1] in INTEGRATIONS)
    assert set(upstream) <= set(ours)


def test_the_proxy_passes_on_what_it_is_given(base_url: str) -> None:
    """Methods, queries and bodies arrive as they were sent, and links lead back to the proxy."""
    with requests.Session() as session:
        session.auth = ("a key of", "Sendcloud's")
        page = session.get(f"{base_url}/integrations/logs?page_size=2&q=%27+%2B%20a", timeout=60)
        assert (page.status_code, page.json()) == (200, {"data": []})
        first = session.get(f"{base_url}/integrations/logs?page_size=2", timeout=60)
        following = first.links["next"]["url"]
        assert following.startswith(f"{base_url}/integrations/logs?")
        second = session.get(following, timeout=60)
        assert second.status_code == 200
        assert len({record["id"] for each in (first, second) for record in each.json()["data"]}) == 4
        assert session.get(f"{base_url}/archive/days?from=x&from=y", timeout=60).status_code == 400
        assert session.request("DELETE", f"{base_url}/status", timeout=60).status_code == 405
        run = session.post(f"{base_url}/archive/runs", json={"task": "no such task"}, timeout=60)
        assert run.status_code == 400, run.text
        assert "task" in run.text
        run = session.post(f"{base_url}/archive/runs", data=iter([b'{"task"', b': "manifest"}']), timeout=60)
        assert run.status_code == 202, run.text
