"""A page that cannot be read costs its own records their turn, never those behind it, and never silently."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from fetch_logs.stream import checkpoint as checkpoints
from integration_logs.errors import ContractBroken
from tests.hostile.way import INTEGRATION, Way, way

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fetch_logs.stream.checkpoint import Checkpoint

BROKEN = {
    "HTML": b"<html><title>Maintenance</title></html>",
    "nothing": b"",
    "cut off in a record": b'{"data": [{"id": 21, "base_url": "https://shop.ex',
    "cut off in the list": b'{"data": [{"id": 21, "base_url": "https://shop.example"}',
    "a bracket of the wrong kind": b'{"data": [{"id": 21, "request": [1}, {"id": 22}]}',
    "deep without an end": b'{"data": [' + b"[" * 100_000,
    "no list": b'{"data": {"id": 21}}',
    "null": b'{"data": null}',
    "a list alone": b'[{"id": 21}]',
    "binary": bytes(range(256)),
}


def body(*ids: int) -> bytes:
    """A page of records from the newest to the oldest."""
    hours = {id_: f"2026-11-22T0{9 - id_ // 10}:{59 - id_ % 10}:00Z" for id_ in ids}
    records = [{"id": id_, "base_url": "https://shop.example", "created_at": hours[id_]} for id_ in ids]
    return json.dumps({"data": records}).encode()


GOOD = [body(1, 2), body(21, 22), body(31, 32), body(41, 42)]


@pytest.fixture
def stream() -> Iterator[Way]:
    """Four pages, all of them good."""
    with way(list(GOOD)) as it:
        yield it


def ids(stream: Way) -> list[int]:
    stream.archive()
    return sorted(row["id"] for row in stream.archived())


def checkpoint(stream: Way) -> Checkpoint:
    return checkpoints.load(stream.store, "main", f"integration-{INTEGRATION}")


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_what_follows_a_broken_page_lands(stream: Way, broken: bytes) -> None:
    """The walk goes on behind the page, fails all the same, and fetches the page when it can be read again."""
    stream.bodies[1] = broken
    for _ in range(2):
        walked = stream.walk("tick")
        assert [type(error).__mro__[1] for error in walked.failures.values()] == [ContractBroken]
        assert (checkpoint(stream).watermark, checkpoint(stream).unfinished) == (None, None)
        assert ids(stream) == [1, 2, 31, 32, 41, 42]
    stream.bodies[1] = GOOD[1]
    assert stream.walk("tick").failures == {}
    assert ids(stream) == [1, 2, 21, 22, 31, 32, 41, 42]
    assert checkpoint(stream).watermark is not None


def test_a_page_too_large(stream: Way) -> None:
    """A page beyond the limit is passed over without being held in memory."""
    stream.bodies[1] = b'{"data": [' + b" " * 4000 + b"]}"
    with patch("tests.hostile.way.LARGEST_BODY", 1000):
        (error,) = stream.walk("tick").failures.values()
    assert "more than 1000 bytes" in str(error)
    assert ids(stream) == [1, 2, 31, 32, 41, 42]


def test_the_last_page_is_broken(stream: Way) -> None:
    """Without a way on the walk ends there, and what came before has landed."""
    stream.bodies[3] = b"<html>"
    assert stream.walk("tick").failures
    assert ids(stream) == [1, 2, 21, 22, 31, 32]
    assert checkpoint(stream).watermark is None


def test_a_page_that_breaks_below_the_watermark(stream: Way) -> None:
    """Between two complete walks nothing of a broken page is forgotten: the watermark waits for it."""
    assert stream.walk("tick").failures == {}
    before = checkpoint(stream).watermark
    stream.bodies[:] = [body(0), b"<html>", *GOOD]
    assert stream.walk("tick").failures
    assert checkpoint(stream).watermark == before
    stream.bodies[1] = json.dumps({"data": [{"id": 99, "created_at": "2026-11-22T09:59:30Z"}]}).encode()
    assert stream.walk("tick").failures == {}
    assert 99 in ids(stream)


@pytest.mark.parametrize("pages", [1, 2, 3])
def test_a_walk_in_several_invocations_remembers(stream: Way, pages: int) -> None:
    """A walk that time cut short behind a broken page fails when it comes to its end, once, and does not start anew.

    What was asked for early is asked for again by the next invocation; of the broken page that is two requests.
    """
    stream.bodies[1] = b"<html>"
    turns = 1
    while not (walked := stream.walk("tick", pages=pages)).walked.complete:
        turns += 1
        assert turns < 10
    assert walked.failures
    assert len(GOOD) + 1 <= stream.asked <= len(GOOD) + 1 + 2 * (turns - 1)  # the broken one is asked for twice
    assert sum("cursor=" not in head.partition("\r\n")[0] for head in stream.server.heads) == 1
    assert (checkpoint(stream).watermark, checkpoint(stream).unfinished) == (None, None)
    assert ids(stream) == [1, 2, 31, 32, 41, 42]


def test_a_sweep_over_a_broken_page_is_none(stream: Way) -> None:
    """A sweep that could not read a page is not recorded as one that saw everything."""
    recorded = f"state/fetch/main/sweeps/integration-{INTEGRATION}.json"
    stream.bodies[1] = b"<html>"
    assert stream.walk("sweep").failures
    assert recorded not in stream.store.objects
    stream.bodies[1] = GOOD[1]
    assert stream.walk("sweep").failures == {}
    assert recorded in stream.store.objects
