"""What the sandbox served is in the archive, row for row."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sandbox.observe import athena, fetch_archive, open_archive
from tests.e2e.conftest import eventually, keys, tick

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox

UNDATED = "2020-01-01"


def archived(stack: Stack, folder: Path) -> dict[tuple[str, int, str], list[int]]:
    """Ids by account, integration and day, as often as they are there."""
    found = defaultdict(list)
    with open_archive(fetch_archive(stack, folder)) as database:
        for account, integration, day, id_ in database.execute(
            "SELECT account, integration_id, dt::VARCHAR, id FROM logs ORDER BY id"
        ).fetchall():
            found[account, integration, day].append(id_)
    return dict(found)


def served(sandbox: Sandbox) -> dict[tuple[str, int, str], list[int]]:
    """The same of the sandbox's truth."""
    return {
        (account, int(integration), UNDATED if day == "none" else day): sorted(ids)
        for account, integrations in sandbox.truth().items()
        for integration, days in integrations.items()
        for day, ids in days.items()
        if ids
    }


def test_the_archive_holds_exactly_what_the_sandbox_served(deployed: Stack, sandbox: Sandbox, tmp_path: Path) -> None:
    """Per account, integration and day, the archive's ids are the served ids, each once."""
    assert archived(deployed, tmp_path) == served(sandbox)
    assert sum(map(len, served(sandbox).values())) > 3000


def test_a_second_run_adds_nothing(deployed: Stack) -> None:
    """A tick without news fetches, lands no record and leaves every object of the archive as it was."""
    tick(deployed)
    before = keys(deployed, "logs/")
    walks = tick(deployed)
    assert [walk["landed"] for walk in walks] == [0, 0]
    assert keys(deployed, "logs/") == before


def test_a_late_record_is_found(deployed: Stack, sandbox: Sandbox, tmp_path: Path) -> None:
    """A record that turns up with a time stamp a little in the past is archived by the next tick."""
    known = archived(deployed, tmp_path)
    newest = max(day for _, _, day in known)
    planted = sandbox.plant("main", 400002, {"created_at": f"{newest}T00:00:01+00:00"}, {"created_at": None})
    tick(deployed)
    ids = {id_ for ids in archived(deployed, tmp_path).values() for id_ in ids}
    assert set(planted) <= ids


def test_what_lands_is_archived_without_being_asked(deployed: Stack, sandbox: Sandbox, tmp_path: Path) -> None:
    """A planned walk goes through the queue, and the S3 event alone starts the archiver."""
    planted = sandbox.plant("second", 500001, {})
    deployed.invoke("FetchLogsFunction", {"task": "plan"})
    eventually(
        lambda: set(planted) <= {id_ for ids in archived(deployed, tmp_path).values() for id_ in ids},
        "the record is in the archive",
    )


def test_athena_and_duckdb_agree(deployed: Stack, tmp_path: Path) -> None:
    """The Glue table's projection finds every partition, and its columns fit the objects."""
    rows = athena(
        deployed,
        "SELECT account, count(*) AS n, count(DISTINCT id) AS ids, min(created_at) AS first FROM logs"
        " GROUP BY account ORDER BY account",
    )
    found = defaultdict(int)
    for (account, _, _), ids in archived(deployed, tmp_path).items():
        found[account] += len(ids)
    assert {row["account"]: int(row["n"]) for row in rows} == found
    assert all(row["n"] == row["ids"] for row in rows)
