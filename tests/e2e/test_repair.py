"""What went wrong is put right on the deployed stack: an archive that has lost records, and rows in quarantine."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import pytest

from integration_logs.bucket.landing import encode, land
from integration_logs.bucket.objects import S3Store
from integration_logs.records.rows import parse
from sandbox.api import call
from tests.e2e.conftest import eventually, keys, tick

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox.stack import Stack

DAY = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
KEY = f"logs/dt={DAY}/integration-400002.parquet"


def ids(stack: Stack, key: str, folder: Path) -> list[int]:
    """The ids of an object of the archive."""
    copy = folder / "copy.parquet"
    copy.write_bytes(stack.client("s3").get_object(Bucket=stack.outputs["BucketName"], Key=key)["Body"].read())
    with duckdb.connect() as database:
        return [id_ for (id_,) in database.execute(f"SELECT id FROM '{copy}' ORDER BY id").fetchall()]


def lose_all_but_one(stack: Stack, key: str, folder: Path) -> None:
    """Replace the object by one with a single row, as nobody should and somebody will."""
    copy, lesser = folder / "copy.parquet", folder / "lesser.parquet"
    with duckdb.connect() as database:
        database.execute(f"COPY (FROM '{copy}' LIMIT 1) TO '{lesser}' (FORMAT parquet)")
    stack.client("s3").put_object(Bucket=stack.outputs["BucketName"], Key=key, Body=lesser.read_bytes())


def by_hand(stack: Stack, order: dict[str, str]) -> None:
    stack.invoke("ArchiveLogsFunction", order)


def through_the_api(stack: Stack, order: dict[str, str]) -> None:
    reply = call(stack, "/archive/runs", method="POST", body=json.dumps(order))
    assert reply.status_code == 202, reply.text


@pytest.mark.parametrize("ordered", [by_hand, through_the_api])
def test_a_day_is_archived_again(
    deployed: Stack, tmp_path: Path, ordered: Callable[[Stack, dict[str, str]], None]
) -> None:
    """Records that were taken out of the archive by hand are there again after a replay of their day."""
    whole = ids(deployed, KEY, tmp_path)
    assert len(whole) > 1
    lose_all_but_one(deployed, KEY, tmp_path)
    assert len(ids(deployed, KEY, tmp_path)) == 1
    ordered(deployed, {"task": "replay", "from": DAY, "to": DAY})
    eventually(lambda: ids(deployed, KEY, tmp_path) == whole, "the archive is whole")


def test_a_whole_archive_stays_as_it_is(deployed: Stack) -> None:
    """A replay of days that miss nothing writes nothing, and says since when it could have."""
    tick(deployed)
    before = keys(deployed, "logs/")
    first = (datetime.now(UTC) - timedelta(days=40)).date().isoformat()
    answer = deployed.invoke("ArchiveLogsFunction", {"task": "replay", "from": first, "to": DAY})
    assert (answer["rows"], answer["partitions"], answer["more"]) == (0, 0, False)
    assert answer["objects"] > 0
    assert answer["earliest"] >= "2026"
    assert keys(deployed, "logs/") == before


@pytest.mark.parametrize("ordered", [by_hand, through_the_api])
def test_a_release(deployed: Stack, tmp_path: Path, ordered: Callable[[Stack, dict[str, str]], None]) -> None:
    """Of two rows in quarantine the one that the parser accepts by now is archived, and the other one is back."""
    id_ = 7_000_000_000 + len(keys(deployed, "logs/"))
    now = datetime.now(UTC)
    good, bad = (
        parse(
            {"base_url": "https://shop.example", "created_at": f"{DAY}T00:00:00Z", "exception": each},
            account="main",
            integration_id=400002,
            fetched_at=now,
        )
        for each in ("once rejected", "without an id")
    )
    rows = [good | {"extra": json.dumps({"id": str(id_)})}, bad]
    landed = land(
        S3Store(deployed.client("s3"), deployed.outputs["BucketName"]),
        [encode(row) for row in rows],
        account="main",
        stream="account",
        fetched_at=now,
    )
    aside = landed.replace("landing/", "quarantine/rows/")
    eventually(lambda: aside in keys(deployed, "quarantine/"), "the rows are in quarantine")
    ordered(deployed, {"task": "release"})
    again = aside.replace(".ndjson.gz", "-r.ndjson.gz")
    eventually(lambda: again in keys(deployed, "quarantine/"), "the bad row is back")
    assert aside not in keys(deployed, "quarantine/")
    assert id_ in ids(deployed, KEY, tmp_path)
    kept = deployed.client("s3").get_object(Bucket=deployed.outputs["BucketName"], Key=again)["Body"].read()
    assert [json.loads(line)["row"]["exception"] for line in gzip.decompress(kept).splitlines()] == ["without an id"]
