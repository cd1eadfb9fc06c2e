from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from integration_logs.upstream.body import Oversize, take_in
from integration_logs.upstream.decode_cost import BESIDE, MEGABYTE, PAGE, decode_cost

COSTLY = b'{"data": [{"id": 7, "x": [' + b"[]," * (4 * MEGABYTE) + b"[]]}]}"


def pieces(body: bytes, size: int, taken: list[int] | None = None) -> Iterator[bytes]:
    for at in range(0, len(body), size):
        if taken is not None:
            taken.append(at)
        yield body[at : at + size]


def test_what_fits() -> None:
    """The body, whatever its pieces."""
    assert take_in(pieces(b"[1, 2]", 2), largest=6, alone=False) == b"[1, 2]"
    assert take_in(iter(()), largest=6, alone=True) == b""


def test_a_page_is_read_no_further_than_it_takes_to_know() -> None:
    """Of what will be asked for again in smaller pages the rest does not travel."""
    taken: list[int] = []
    assert isinstance(take_in(pieces(COSTLY, 65536, taken), largest=1 << 26, alone=False), Oversize)
    assert len(taken) * 65536 <= 3 * MEGABYTE


@pytest.mark.parametrize("size", [65536, 70_000, 1 << 25])
def test_a_record_is_the_same_each_time(size: int) -> None:
    """In whatever pieces it comes, its size and its digest are those of the whole."""
    body = take_in(pieces(COSTLY, size), largest=1 << 26, alone=True)
    assert isinstance(body, Oversize)
    assert (body.size, body.sha256) == (len(COSTLY), hashlib.sha256(COSTLY).hexdigest())
    assert (body.begins, "memory" in body.why) == (COSTLY[:256], True)


@pytest.mark.parametrize("size", [65536, 70_000, 1 << 25])
def test_a_record_of_which_not_all_is_read(size: int) -> None:
    """Its digest is that of as many bytes each time."""
    body = take_in(pieces(COSTLY, size), largest=10 * MEGABYTE, alone=True)
    assert isinstance(body, Oversize)
    assert (body.size, body.sha256) == (10 * MEGABYTE, hashlib.sha256(COSTLY[: 10 * MEGABYTE]).hexdigest())


@pytest.mark.parametrize("size", [7, 64, 1000])
def test_what_is_never_read_to_its_end(size: int) -> None:
    """A record of no end: what was read of it is the same each time."""
    body = take_in(pieces(b"x" * 5000, size), largest=1000, alone=True)
    assert body == Oversize("more than 1000 bytes", 1000, hashlib.sha256(b"x" * 1000).hexdigest(), b"x" * 256)


def test_a_record_may_cost_more_than_a_page() -> None:
    """Alone there is room for it."""
    body = b"[" + b"[]," * (MEGABYTE // 2) + b"[]]"
    assert isinstance(take_in(pieces(body, 65536), largest=1 << 26, alone=False), Oversize)
    assert take_in(pieces(body, 65536), largest=1 << 26, alone=True) == body


def test_a_page_may_cost_less_beside_others() -> None:
    """Eight of them share what one may have; one record that nothing smaller gets does not count as alone then."""
    body = COSTLY[: MEGABYTE // 2]
    assert BESIDE < decode_cost(body) < PAGE
    for alone in (False, True):
        assert isinstance(take_in(pieces(body, 65536), largest=1 << 26, alone=alone, beside=True), Oversize)
        assert take_in(pieces(body, 65536), largest=1 << 26, alone=alone) == body
    assert take_in(pieces(body[: MEGABYTE // 10], 65536), largest=1 << 26, alone=False, beside=True)
