"""What is too large to be worked on beside other streams is fetched when nothing else is."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING, Any

import pytest

from fetch_logs.account import account_walk
from integration_logs.errors import TryLater
from integration_logs.upstream.decode_cost import BESIDE, PAGE, decode_cost
from integration_logs.upstream.sendcloud import Page, Sendcloud
from tests.hostile.way import INTEGRATION, OF_STREAM, PLENTY, Way, served, way

if TYPE_CHECKING:
    from collections.abc import Iterator


def record(number: int, more: bytes = b'"exception": "-"') -> bytes:
    return OF_STREAM + b'%d, "base_url": "https://shop.example", %b}' % (number, more)


LARGE = served([record(3, b'"response": {"body": [' + b"[]," * 100_000 + b"[]]}"), record(4)])


@pytest.fixture
def stream() -> Iterator[Way]:
    """Three pages, of which the second is large."""
    assert BESIDE < decode_cost(LARGE) < PAGE
    with way([served([record(1), record(2)]), LARGE, served([record(5)])]) as stream:
        yield stream


def asked_for_the_large_one(stream: Way) -> int:
    return sum("cursor=1&" in head for head in stream.server.heads)


def ids(stream: Way) -> list[int]:
    stream.archive()
    return sorted(row["id"] for row in stream.archived())


@pytest.mark.parametrize("streams", [1, 2])
def test_what_is_large_is_asked_for_alone(stream: Way, streams: int) -> None:
    """Of one stream at once; of several once more when all have come as far as they can."""
    walked = stream.walk(streams=streams)
    assert (walked.failures, walked.walked.complete, walked.walked.landed) == ({}, True, 5 * streams)
    assert asked_for_the_large_one(stream) == (1 if streams == 1 else 2 * streams)
    assert ids(stream) == sorted(int(f"{INTEGRATION + each}{id_}") for each in range(streams) for id_ in range(1, 6))


def test_a_sliced_walk_goes_on_as_one(stream: Way) -> None:
    """A page that is too large beside the other slices of its own stream is as good as any."""
    walked = stream.walk(slices=3)
    assert (walked.failures, walked.walked.complete, walked.walked.landed) == ({}, True, 5)
    assert asked_for_the_large_one(stream) == 2


def test_without_time_the_rest_is_the_next_invocations(stream: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no failure; what landed before it stays landed."""
    with monkeypatch.context() as patched:
        patched.setattr(account_walk, "LEAST_SECONDS", PLENTY + 1)
        walked = stream.walk(integration=False, slices=3)
    assert (walked.failures, walked.walked.complete, walked.walked.landed) == ({}, False, 2)
    assert stream.walk(integration=False).walked.landed == 3


def test_a_stream_that_failed_keeps_no_page(stream: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its error is told at the end of all, and would keep what was at hand until then."""
    pages: list[weakref.ref[Page]] = []
    real = Sendcloud.page

    def page(self: Sendcloud, query: str, **more: Any) -> Page:
        if pages:
            raise TryLater("Sendcloud did not answer.")
        found = real(self, query, **more | {"named": None})
        pages.append(weakref.ref(found))
        return found

    monkeypatch.setattr(Sendcloud, "page", page)
    walked = stream.walk()
    gc.collect()
    assert walked.failures.keys() == {f"integration-{INTEGRATION}"}
    assert [each() for each in pages] == [None]
