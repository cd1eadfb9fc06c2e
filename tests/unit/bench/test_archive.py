"""The measurement of the archive measures what it says, at a small size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archive_logs.merging.partitions import Part
from bench.tools.directory_store import DirectoryStore
from bench.works import archive as bench

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = 300


@pytest.fixture(scope="module")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bucket in which the records are archived."""
    folder = tmp_path_factory.mktemp("bench") / "bucket"
    bench.land_records(folder, RECORDS)
    assert bench.archive(folder) | {"writes": 0} == {"rows": RECORDS, "quarantined": 0, "writes": 0}
    return folder


def test_the_records_are_spread(bucket: Path) -> None:
    """The archive has objects of most of the integrations and days, and nothing else."""
    parts = [Part.of(path.relative_to(bucket).as_posix()) for path in (bucket / "logs").rglob("*.parquet")]
    assert None not in parts
    assert len({part.partition.day for part in parts if part}) >= bench.DAYS
    assert len({part.partition.integration_id for part in parts if part}) >= bench.SHOPS - 1


def test_both_forms_give_the_same_answers(bucket: Path, tmp_path: Path) -> None:
    """Each question is asked of Parquet and of NDJSON with the same rows; a difference ends the run."""
    assert bench.write_ndjson(bucket / "logs", tmp_path / "ndjson") > 500 * RECORDS
    for question in bench.QUESTIONS:
        times = bench.ask(question, bucket / "logs", tmp_path / "ndjson", lambda _: None)
        assert len(times.parquet) == len(times.ndjson) == bench.ROUNDS
        assert times.rows > 0
    next((tmp_path / "ndjson").rglob("integration-400003.*")).unlink()
    with pytest.raises(SystemExit, match="differ"):
        bench.ask("errors_by_type_and_day", bucket / "logs", tmp_path / "ndjson", lambda _: None)


def test_the_folder_swaps_only_what_it_was_told(tmp_path: Path) -> None:
    """The bucket's stand-in creates an object only where there is none, and replaces it only as it was read."""
    store = DirectoryStore(tmp_path)
    first = store.put("logs/a", b"1", replaces=None)
    assert first
    assert store.put("logs/a", b"2", replaces=None) is None
    second = store.put("logs/a", b"22", replaces=first)
    assert second
    assert store.put("logs/a", b"333", replaces=first) is None
    assert [(entry.key, entry.size, entry.etag) for entry in store.entries("logs/", limit=9)] == [("logs/a", 2, second)]
    assert store.entries("logs/", limit=9, after="logs/a") == []
