"""The hostile corpus, through the whole way: each record ends in the archive or in quarantine, and none stops a run."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from itertools import batched
from typing import TYPE_CHECKING

import pytest

from archive_logs.merging.backlog import Archived
from tests.hostile.corpus import SECRETS, Hostile, corpus
from tests.hostile.way import Way, page, tag, way

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = corpus()
PAGE = 40


@pytest.fixture(scope="module")
def done() -> Iterator[Way]:
    """The corpus, walked and archived once."""
    with way([page(records) for records in batched(CORPUS, PAGE, strict=False)]) as it:
        walked = it.walk()
        assert (walked.failures, walked.walked.complete) == ({}, True)
        assert (walked.walked.records, walked.walked.landed) == (len(CORPUS), len(CORPUS))
        it.archive()
        yield it


def test_the_corpus_is_large_and_each_tag_is_one_records() -> None:
    """There are at least 200 records, and each can be told from the others."""
    assert len(CORPUS) >= 200
    assert max(Counter(record.tag for record in CORPUS if record.tag).values()) == 1
    assert max(Counter(record.name for record in CORPUS).values()) == 1


def test_every_record_is_in_the_archive_or_in_quarantine(done: Way) -> None:
    """Each record is in the one or the other, once, as its label says, and nothing waits or is unreadable."""
    found = [tag(row) for row in done.archived()], [tag(row) for row in done.aside()]
    expected = [record.tag for record in CORPUS if record.archived], [r.tag for r in CORPUS if not r.archived]
    for ended, label in zip(found, expected, strict=True):
        assert {_name(each) for each in Counter(label) - Counter(ended)} == set()
        assert {_name(each) for each in Counter(ended) - Counter(label)} == set()
    assert [key for key in done.store.objects if key.startswith(("landing/", "quarantine/objects/"))] == []


def test_quarantined_rows_say_why(done: Way) -> None:
    """A row in quarantine has a reason, and says where it had landed."""
    for row in done.aside():
        assert row["reason"] in {"the record has no usable id", "the record is no JSON object"}
        assert row["landed_as"].startswith("landing/2026-11-22T12-00-00")


def test_what_is_archived_can_be_read_by_every_reader(done: Way) -> None:
    """Documents are strict JSON, texts valid UTF-8 without NUL, and an object's rows belong to its partition."""
    for row in done.archived():
        for name in ("request", "response", "additional_data", "extra"):
            if row[name] is not None:
                json.loads(row[name], parse_constant=_refuse)
        assert "\0" not in json.dumps(row, default=str, ensure_ascii=False).encode().decode()


def test_no_secret_is_stored(done: Way) -> None:
    """However a secret is wrapped, it is in no object: not in the archive, in quarantine, nor in landing before."""
    rows = [json.dumps(row, default=str, ensure_ascii=False) for row in (*done.archived(), *done.aside())]
    landed = [
        gzip.decompress(body).decode()
        for key, bodies in done.store.history.items()
        for body in bodies
        if key.startswith(("landing/", "quarantine/"))
    ]
    assert landed
    assert [(secret, text[:200]) for text in (*rows, *landed) for secret in SECRETS if secret in text] == []


def test_fields_that_fit_are_in_their_columns(done: Way) -> None:
    """One bad field costs no other its column: the record keeps its time, its integration and its host."""
    rows = {tag(row): row for row in done.archived()}
    for record in CORPUS:
        field = record.name.partition(": ")[0]
        if record.archived and field in {"response.body", "additional_data", "of_the_future", "response_code"}:
            row = rows[record.tag]
            assert (row["integration_id"], row["host"]) == (7, f"{record.tag}.example"), record.name
            assert row["created_at"].startswith("2026-11-20 09:00:00"), record.name


def test_the_same_pages_again_change_nothing(done: Way) -> None:
    """A second walk over all of it lands no row and archives none, not even of the records without an id."""
    before = {key: body for key, body in done.store.objects.items() if key.startswith(("logs/", "quarantine/"))}
    walked = done.walk()
    assert (walked.failures, walked.walked.landed) == ({}, 0)
    assert done.archive() == Archived()
    assert {key: body for key, body in done.store.objects.items() if key.startswith(("logs/", "quarantine/"))} == before


def test_the_accounts_stream_keeps_what_names_no_integration() -> None:
    """Where the stream does not tell whose a record is, the record is in quarantine: none is lost there either."""
    with way([page(records) for records in batched(CORPUS, PAGE, strict=False)]) as it:
        assert it.walk(integration=False).failures == {}
        it.archive()
        found = Counter(map(tag, (*it.archived(), *it.aside())))
    assert found == Counter(record.tag for record in CORPUS)


@pytest.mark.parametrize(
    "record",
    [record for record in CORPUS if record.name.startswith(("date", "leap", "a century", "created_at"))],
    ids=lambda record: record.name,
)
def test_a_stream_of_one_odd_time(record: Hostile) -> None:
    """A stream whose only time is an odd one is walked again and again without a fault."""
    with way([page([record])]) as it:
        for mode in ("tick", "sweep", "tick"):
            assert it.walk(mode).failures == {}
        it.archive()
        assert [tag(row) for row in it.archived()] == [record.tag]


def _name(found: str) -> str:
    return next((record.name for record in CORPUS if record.tag == found), found)


def _refuse(constant: str) -> None:
    raise ValueError(constant)
