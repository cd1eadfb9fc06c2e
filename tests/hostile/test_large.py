"""Records of ten megabytes, through the whole way: none is lost, and memory does not grow with their number."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from itertools import batched

from tests.hostile.corpus import MEGABYTE, SECRETS, large
from tests.hostile.way import page, tag, way

RECORDS = large(10)


def test_large_bodies() -> None:
    """Each is archived, whatever it consists of, and its secrets are not, also where several are on a page."""
    with way([page(each) for each in batched(RECORDS, 3, strict=False)]) as stream:
        assert stream.walk().failures == {}
        stream.archive()
        rows = stream.archived()
    assert sorted(map(tag, rows)) == [record.tag for record in RECORDS]
    assert stream.aside() == []
    text = json.dumps(rows, default=str)
    assert [secret for secret in SECRETS if secret in text] == []


def test_memory_does_not_grow_with_the_pages() -> None:
    """A walk over many large pages holds as much at once as one over two: the page at hand and the next."""
    assert _peak(8) < _peak(2) + 10


def _peak(pages: int) -> float:
    """The most megabytes that a walk over so many pages takes, a record of 10 MB on each."""
    text = RECORDS[0]
    numbered = (text.raw.replace(b"9000", b"%d" % (9000 + number)) for number in range(pages))
    with way([page([replace(text, raw=raw)]) for raw in numbered]) as stream:
        tracemalloc.start()
        try:
            walked = stream.walk()
            held = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert (walked.failures, walked.walked.landed) == ({}, pages)
    return held / MEGABYTE
