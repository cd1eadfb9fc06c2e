"""Pages that memory is not enough for, with the memory that Lambda gives: each costs its own record at most."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from fetch_logs.account.account_walk import SIDE_BY_SIDE
from integration_logs.records.undecoded import REASON
from integration_logs.upstream.decode_cost import BESIDE, RECORD, decode_cost
from tests.hostile.corpus import MEGABYTE
from tests.hostile.way import INTEGRATION, OF_STREAM, served, way
from tests.mutants.mutant import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LAMBDA = 512 - 50
"""Megabytes: what the template gives ``fetch_logs``, without what a limit of data does not see, which is some 20 MB of
libraries, and without 30 for Lambda's runtime."""

SIZE = 16 * MEGABYTE


def record(number: int, member: bytes = b'"exception": "-"') -> bytes:
    return b'{"id": %d, "base_url": "https://shop.example", %b}' % (number, member)


def many(unit: bytes, size: int = SIZE) -> bytes:
    """A body of as many as fit."""
    return b'"response": {"body": [' + b",".join([unit] * (size // (len(unit) + 1))) + b"]}"


def text(unit: bytes, size: int = SIZE, before: str = "") -> bytes:
    return b'"response": {"body": "' + before.encode() + unit * (size // len(unit)) + b'"}'


TOO_LARGE = {
    "lists": many(b"[]"),
    "objects in objects": many(b'{"a":{}}'),
    "lists 40 deep": many(b"[" * 40 + b"]" * 40, SIZE // 2),
    "objects 40 deep": many(b'{"a":' * 40 + b"1" + b"}" * 40, SIZE // 2),
    "small numbers": many(b"7", 24 * MEGABYTE),
    "JSON in a string": b'"response": {"body": "[' + b",".join([b"[]"] * (SIZE // 3)) + b']"}',
    "addresses beside an emoji": text(b"a@b.nl ", SIZE // 2, before="💥"),
    "text beside an escaped emoji": text(b"x", before="\\ud83d\\ude00"),
    "a form": text(b"a=1&", SIZE // 2),
    "more than is ever read": text(b"x", 65 * MEGABYTE),
}
FITTING = {
    "plain text": text(b"x", 24 * MEGABYTE),
    "lists": many(b"[]", 2 * MEGABYTE),
    "lists 40 deep": many(b"[" * 40 + b"]" * 40, 2 * MEGABYTE),
    "numbers as secrets": many(b'{"pin":123456}', 5 * MEGABYTE),
    "addresses beside an emoji": text(b"a@b.nl ", 2 * MEGABYTE, before="💥"),
}


def largest(unit: bytes, cost: int) -> bytes:
    """A member of a record that costs so much and no more."""
    one = decode_cost(b'{"data": [%b]}' % record(2, many(unit, 4 * MEGABYTE))) / 4 / MEGABYTE
    return many(unit, int(0.98 * cost / one))


def walked(tmp_path: Path, pages: list[list[bytes]], streams: int = 1) -> tuple[list[int], list[dict[str, object]]]:
    """The ids in the archive and the rows in quarantine after a walk under Lambda's memory over these pages.

    Of several streams, side by side, each is served all of them.
    """
    with way([served(records) for records in pages]) as stream:
        arguments = [stream.server.port, LAMBDA, tmp_path, streams]
        command = [sys.executable, "-m", "tests.hostile.limited", *map(str, arguments)]
        environment = {**os.environ, "MALLOC_ARENA_MAX": "2", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        for file in tmp_path.iterdir():
            stream.store.put(f"landing/{file.name}", file.read_bytes(), replaces=None)
        counted = stream.archive().quarantined
        aside = stream.aside()
        assert counted == len(aside)
        return sorted(row["id"] for row in stream.archived()), aside


def test_records_too_large(tmp_path: Path) -> None:
    """The process lives, all their neighbours are archived, each is in quarantine: its ids, its size, nothing else."""
    pages = [[record(100 * at + number) for number in range(1, 101)] for at in range(len(TOO_LARGE) + 2)]
    for page, (name, member) in zip(pages[1:], TOO_LARGE.items(), strict=False):
        page[36] = record(1000 + list(TOO_LARGE).index(name), member)
    large = {page[36].split(b",")[0]: page[36] for page in pages[1:-1]}
    archived, aside = walked(tmp_path, pages)
    neighbours = {100 * at + number for at in range(len(pages)) for number in range(1, 101)}
    assert archived == sorted(neighbours - {100 * at + 37 for at in range(1, len(pages) - 1)})
    known = {}
    for kept in aside:
        assert kept["reason"] == REASON
        assert len(json.dumps(kept)) < 2000
        undecoded = json.loads(kept["row"]["extra"])["undecoded"]  # type: ignore[index]
        known[b'{"id": %d' % undecoded["id"]] = undecoded["bytes"]
    assert known == {id_: min(len(served([each])), 64 * MEGABYTE) for id_, each in large.items()}
    assert len(aside) == len(TOO_LARGE)


def test_records_that_just_fit(tmp_path: Path) -> None:
    """Two of each kind, in a row, that each are almost too large: all are archived, from one page."""
    members = [member for member in FITTING.values() for _ in range(2)]
    page = [record(1), *(record(number, member) for number, member in enumerate(members, 2)), record(98)]
    wanted = [1, *range(2, 2 + len(members)), 98, 99]
    assert walked(tmp_path, [page, [record(99)]]) == (wanted, [])


def test_a_page_of_records_that_fit_alone(tmp_path: Path) -> None:
    """100 records of 160 KB, of which each is good and all together are too many."""
    page = [record(number, many(b"[]", 160_000)) for number in range(1, 101)]
    assert walked(tmp_path, [[record(101)], page, [record(102)]]) == (list(range(1, 103)), [])


def test_eight_streams_at_once(tmp_path: Path) -> None:
    """Eight integrations serve the largest lawful pages at the same moment: all they have is archived.

    Two that cost as much as they may beside the others, and one that costs as much as a record may at all.
    """
    members = [largest(b"[]", BESIDE), text(b"x", BESIDE // 6), largest(b"[]", RECORD)]
    records = [record(1), *(record(id_, member) for id_, member in enumerate(members, 2)), record(9)]
    pages = [[each.replace(b'{"id": ', OF_STREAM)] for each in records]
    archived, aside = walked(tmp_path, pages, SIDE_BY_SIDE)
    wanted = [int(f"{INTEGRATION + stream}{id_}") for stream in range(SIDE_BY_SIDE) for id_ in (1, 2, 3, 4, 9)]
    assert (archived, aside) == (sorted(wanted), [])
