"""What a link to an object is good for, in both stores: to read that object, for a while, and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from botocore.compat import get_current_datetime as now
from botocore.config import Config

from integration_logs.bucket.objects import ObjectStore, S3Store
from tests.fakes.memory_store import MemoryStore

KEY = "logs/dt=2026-11-22/integration-7.parquet"
OTHER = "logs/dt=2026-11-22/integration-8.parquet"


@dataclass(frozen=True)
class World:
    """A store, somebody without credentials who opens a link, and a way to have made links so many seconds ago."""

    store: ObjectStore
    follow: Callable[[str], bytes | None]
    turn_back: Callable[[float], None]

    def link_made(self, seconds_ago: float, *, good_for: int) -> str:
        self.turn_back(seconds_ago)
        url = self.store.link(KEY, seconds=good_for)
        self.turn_back(0)
        return url


def memory() -> World:
    store = MemoryStore()
    present = store.now

    def turn_back(seconds: float) -> None:
        store.now = lambda: present() - seconds

    return World(store, store.follow, turn_back)


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest) -> Iterator[Any]:
    """S3 as archive_logs addresses it, with SigV4."""
    cloud = request.getfixturevalue("cloud")
    config = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    options = cloud.client_options() | {"config": cloud.client_options()["config"].merge(config)}
    with closing(cloud.session().client("s3", **options)) as client:
        yield client


def s3(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    client, authority = request.getfixturevalue("client"), str(request.getfixturevalue("cloud").authority)
    bucket = f"links-{uuid4()}"
    client.create_bucket(Bucket=bucket)

    def follow(url: str) -> bytes | None:
        reply = requests.get(url, verify=authority, timeout=30)
        assert reply.status_code in {200, 403, 404}
        return reply.content if reply.ok else None

    def turn_back(seconds: float) -> None:
        for signer in {"botocore.auth", "botocore.crt.auth"} & sys.modules.keys():  # the second where awscrt is there
            monkeypatch.setattr(f"{signer}.get_current_datetime", lambda **how: now(**how) - timedelta(seconds=seconds))

    return World(S3Store(client, bucket), follow, turn_back)


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.e2e)])
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    world = memory() if request.param == "memory" else s3(request, monkeypatch)
    for key in (KEY, OTHER):
        assert world.store.put(key, key.encode(), replaces=None)
    return world


def test_a_link_reads_the_object(world: World) -> None:
    """Without credentials, and as often as one likes, a link gives what the object holds at the time."""
    url = world.store.link(KEY, seconds=60)
    assert [world.follow(url), world.follow(url)] == [KEY.encode()] * 2
    stored = world.store.get(KEY)
    assert stored is not None
    assert world.store.put(KEY, b"anew", replaces=stored.etag)
    assert world.follow(url) == b"anew"


def test_a_link_is_good_for_the_time_told(world: World) -> None:
    """Shortly before its end a link reads, and shortly after it does not, whether that is a minute or an hour."""
    for seconds in (60, 3600):
        assert world.follow(world.link_made(seconds - 30, good_for=seconds)) == KEY.encode()
        assert world.follow(world.link_made(seconds + 5, good_for=seconds)) is None


@pytest.mark.parametrize(
    "changed",
    [
        lambda url: url.replace("integration-7", "integration-8"),
        lambda url: url.replace("xpires=60", "xpires=3600"),
        lambda url: url[:-1] + ("0" if url[-1] != "0" else "1"),
        lambda url: url.partition("?")[0],
    ],
    ids=["key", "time", "signature", "none"],
)
def test_a_changed_link_is_none(world: World, changed: Callable[[str], str]) -> None:
    """For another object, for longer, with another signature or without one, a link is refused."""
    url = world.store.link(KEY, seconds=60)
    assert changed(url) != url
    assert world.follow(changed(url)) is None
    assert world.follow(url) == KEY.encode()


def test_a_link_to_what_is_gone(world: World) -> None:
    """Where the object has been deleted, or there never was one, a link reads nothing."""
    there = world.store.link(KEY, seconds=60)
    world.store.delete(KEY)
    assert world.follow(there) is None
    assert world.follow(world.store.link("logs/never", seconds=60)) is None


@pytest.mark.e2e
@pytest.mark.parametrize("method", ["PUT", "DELETE", "POST"])
def test_a_link_changes_nothing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """A link is for reading: nothing is written or deleted by it."""
    world = s3(request, monkeypatch)
    assert world.store.put(KEY, b"kept", replaces=None)
    url, authority = world.store.link(KEY, seconds=60), str(request.getfixturevalue("cloud").authority)
    assert requests.request(method, url, data=b"changed", verify=authority, timeout=30).status_code == 403
    assert world.follow(url) == b"kept"
