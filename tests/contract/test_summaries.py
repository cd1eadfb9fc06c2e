"""What archive_logs writes of its objects is what check_status reads."""

from __future__ import annotations

from datetime import UTC, datetime

from archive_logs.merging import summary
from check_status.problems import summaries
from check_status.problems.lifecycle import step
from check_status.problems.listing import Listing
from tests.fakes.memory_store import MemoryStore
from tests.unit.archive_logs.archive_rows import packed, row
from tests.unit.archive_logs.merging.test_part_writer import run
from tests.unit.check_status.summarised import watch

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def look(store: MemoryStore, seen: dict[str, str]) -> summaries.Look:
    return Listing.of(store, NOW, {}).look("main", seen)


def archived(store: MemoryStore, name: str, *hours: int, **fields: object) -> None:
    rows = [
        row(
            hour,
            created_at=f"2026-11-20T{hour:02}:30:00Z",
            full_url=f"https://shop.example/orders/{hour}?page=1",
            **fields,
        )
        for hour in hours
    ]
    store.set(f"landing/{name}.ndjson.gz", packed(rows))
    run(store)


def test_a_problem_from_archive_to_message() -> None:
    """Archived rows are a problem with exact counts, times, path and samples; archived again, they change nothing."""
    store = MemoryStore()
    archived(store, "a", 9, 10, 11, exception_type="SSLError", method="GET", response_code=495)
    first = look(store, {})
    problems, happened = step({}, first.changed, watch(NOW))
    (one,) = happened
    problem = problems[one.subject]
    assert (problem.integration_id, problem.records, problem.sample_ids) == (7, 3, (9, 10, 11))
    assert (problem.first_at.hour, problem.last_at.hour, problem.path) == (9, 11, "/orders/{id}")
    assert (problem.host, problem.method, problem.response_code) == ("shop.example", "GET", 495)
    archived(store, "b", 10, 12, exception_type="SSLError", method="GET", response_code=495)
    second = look(store, first.taken_in({}))
    problems, happened = step(problems, second.changed, watch(NOW, sides=None))
    assert (problems[one.subject].records, happened) == (4, [])
    archived(store, "c", 10, 12, exception_type="SSLError", method="GET", response_code=495)
    assert look(store, second.taken_in(first.taken_in({}))).changed == {}


def test_both_sides_mean_the_same_version_and_place() -> None:
    """One version and one prefix on both sides."""
    assert summaries.VERSION == summary.VERSION
    assert summary.key("logs/dt=2026-11-22/integration-7.parquet").startswith(summaries.PREFIX)
