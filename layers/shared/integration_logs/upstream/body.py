"""Takes in the body of an answer as far as memory allows. Pure.

What is too large is not held: of it remains how long it is and a digest, so that it can be told from others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from integration_logs.upstream.decode_cost import BESIDE, MEGABYTE, PAGE, RECORD, decode_cost

_BEGINS = 256


@dataclass(frozen=True)
class Oversize:
    """A body that is not held: why, how many bytes were read of it, their SHA-256 and the first of them."""

    why: str
    size: int
    sha256: str
    begins: bytes = field(repr=False)


def take_in(chunks: Iterator[bytes], *, largest: int, alone: bool, beside: bool = False) -> bytes | Oversize:
    """The body, at most ``largest`` bytes that cost no more than a page may.

    With ``alone`` it is one record: it may cost as much as a record, and what is too large is read to its end, so that
    it has the same digest each time; otherwise no further than it takes to know.
    With ``beside`` others are worked on meanwhile: it may cost far less.
    """
    most = BESIDE if beside else RECORD if alone else PAGE
    body, look = bytearray(), MEGABYTE
    for chunk in chunks:
        body += chunk
        if len(body) > largest:
            return _left(body, chunks, f"more than {largest} bytes", largest if alone else 0)
        if len(body) >= look:
            if decode_cost(body) > most:
                return _left(body, chunks, _COSTS, largest if alone else 0)
            look = 2 * len(body)
    return bytes(body) if decode_cost(body) <= most else _left(body, chunks, _COSTS, largest)


_COSTS = "what takes more memory to decode than there is"


def _left(body: bytearray, chunks: Iterator[bytes], why: str, until: int) -> Oversize:
    """What remains of a body of which the first bytes are here; the others are read until there are so many."""
    begins, size, digest = bytes(body[:_BEGINS]), len(body), hashlib.sha256(body[:until] if until else body)
    body.clear()
    for chunk in chunks if size < until else ():
        digest.update(chunk[: until - size])
        size += len(chunk)
        if size >= until:
            break
    return Oversize(why, min(size, until) if until else size, digest.hexdigest(), begins)
