"""What readers copy from consumers/ runs as it is, against the deployed stack, and its answers are true."""

from __future__ import annotations

import csv
import io
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from sandbox.observe import athena, fetch_archive, open_archive
from tests.e2e import questions
from tests.e2e.conftest import keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.stack import Stack

ROOT = Path(__file__).parents[2]
CONSUMERS = ROOT / "consumers"
READERS = ROOT / ".venv-consumers" / "bin"
SHOP = 400001

type Row = dict[str, Any]


@pytest.fixture(scope="module")
def copy(deployed: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local copy of ``logs/``."""
    folder = tmp_path_factory.mktemp("copy")
    fetch_archive(deployed, folder)
    return folder / "logs"


@pytest.fixture(scope="module")
def rows(copy: Path) -> list[Row]:
    """Every row of the archive."""
    with open_archive(sorted(copy.rglob("*.parquet"))) as database:
        answer = database.execute("SELECT * FROM logs")
        names = [each[0] for each in answer.description or []]
        found = [dict(zip(names, values, strict=True)) for values in answer.fetchall()]
    assert len(found) > 3000
    return found


def run(stack: Stack, *command: str | Path) -> str:
    """What a reader's program says, run with the stack's cloud for AWS."""
    if not (READERS.parent / "ready").exists():
        pytest.fail("The readers' environment is not there: `make .venv-consumers/ready` makes it.")
    environment = {
        **stack.cloud.environment(),
        "SSL_CERT_FILE": str(stack.cloud.authority),  # what pyarrow and polars trust, as AWS_CA_BUNDLE is the CLI's
        "PATH": f"{READERS}{os.pathsep}{os.environ['PATH']}",
        "HOME": "/nonexistent",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def table(text: str) -> list[dict[str, str]]:
    """The rows of a CSV text."""
    return list(csv.DictReader(io.StringIO(text)))


def archive(stack: Stack) -> str:
    """Where the archive is."""
    return f"s3://{stack.outputs['BucketName']}/logs"


def by_athena(stack: Stack, _copy: Path, question: str) -> list[dict[str, str]]:
    """The answer of the deployed stack's workgroup."""
    return athena(stack, (CONSUMERS / "athena" / f"{question}.sql").read_text())


def by_duckdb(_stack: Stack, copy: Path, question: str) -> list[dict[str, str]]:
    """The answer of DuckDB, of a local copy: its httpfs cannot be fetched here."""
    with duckdb.connect() as database:
        database.execute(f"SET TimeZone = 'UTC'; SET VARIABLE archive = '{copy}'")
        answer = database.execute((CONSUMERS / "duckdb" / f"{question}.sql").read_text())
        names = [each[0] for each in answer.description or []]
        return [dict(zip(names, map(questions.text, row), strict=True)) for row in answer.fetchall()]


both = pytest.mark.parametrize("ask", [by_athena, by_duckdb])


@both
def test_errors_by_type_and_day(deployed: Stack, copy: Path, rows: list[Row], ask: Any) -> None:
    """Each day's exceptions are counted by type and code, in the order of the days."""
    answer = ask(deployed, copy, "errors_by_type_and_day")
    found = {
        (row["dt"], row["exception_type"], row["response_code"]): (int(row["records"]), int(row["integrations"]))
        for row in answer
    }
    assert len(found) == len(answer)
    assert found == questions.errors_by_type_and_day(rows)
    assert [row["dt"] for row in answer] == sorted(row["dt"] for row in answer)


def ranked(answer: Iterable[dict[str, str]]) -> list[tuple[str, str, str, int]]:
    """What is compared of the paths that fail most."""
    return [(row["fingerprint"], row["remedy"], row["a_path"], int(row["records"])) for row in answer]


@both
def test_top_failing_paths(deployed: Stack, copy: Path, rows: list[Row], ask: Any) -> None:
    """The problems with the most records come first, each with a path that fails."""
    assert ranked(ask(deployed, copy, "top_failing_paths")) == questions.top_failing_paths(rows)


@both
def test_hours_to_repair(deployed: Stack, copy: Path, rows: list[Row], ask: Any) -> None:
    """An episode ends with six hours' silence; those that are over are timed, the others are counted as open."""
    answer = ask(deployed, copy, "hours_to_repair")
    found = {
        row["fingerprint"]: (int(row["records"]), int(row["episodes"]), int(row["open"]), row["longest_hours"])
        for row in answer
    }
    expected = questions.hours_to_repair(rows)
    assert {key: value[:3] for key, value in found.items()} == {key: value[:3] for key, value in expected.items()}
    for fingerprint, (*_, longest) in expected.items():
        said = found[fingerprint][3]
        assert float(said or "nan") == pytest.approx(
            float("nan") if longest is None else longest, abs=0.006, nan_ok=True
        )
    assert any(longest and longest > 1 for *_, longest in expected.values())


@both
def test_one_shops_last_week(deployed: Stack, copy: Path, rows: list[Row], ask: Any) -> None:
    """The shop's exceptions of the last days are all there, the newest first, and nobody else's."""
    answer = ask(deployed, copy, "one_shops_last_week")
    assert [int(row["id"]) for row in answer] == questions.one_shops_last_week(rows, SHOP) != []


def test_pandas_times_what_was_repaired(deployed: Stack, rows: list[Row]) -> None:
    """Read from S3 itself, every episode that is over is there with its records and its length."""
    answer = table(
        run(deployed, READERS / "python", CONSUMERS / "pandas/hours_to_repair.py", "--archive", archive(deployed))
    )
    found = sorted(
        (row["fingerprint"], datetime.fromisoformat(row["began"]), int(row["records"]), round(float(row["hours"]), 6))
        for row in answer
    )
    over = sorted(
        (fingerprint, began, records, round((ended - began) / timedelta(hours=1), 6))
        for fingerprint, each in questions.episodes(rows).items()
        for began, ended, records in each
        if ended < datetime.now(UTC) - questions.GAP
    )
    assert found == over != []


def test_polars_finds_what_fails_most(deployed: Stack, rows: list[Row]) -> None:
    """Read from S3 itself, lazily, the answer is that of the others."""
    output = run(
        deployed, READERS / "python", CONSUMERS / "polars/top_failing_paths.py", "--archive", archive(deployed)
    )
    assert ranked(table(output)) == questions.top_failing_paths(rows)


def test_pyarrow_copies_one_shop(deployed: Stack, rows: list[Row], tmp_path: Path) -> None:
    """Read from S3 itself, the copy holds the shop's rows with every column."""
    target, script = tmp_path / "shop.parquet", CONSUMERS / "pyarrow/one_shops_last_week.py"
    run(deployed, READERS / "python", script, str(SHOP), target, "--archive", archive(deployed))
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        answer = database.execute(f"SELECT * FROM read_parquet('{target}') ORDER BY created_at DESC, id DESC")
        names = [each[0] for each in answer.description or []]
        found = [dict(zip(names, values, strict=True)) for values in answer.fetchall()]
    mine = {row["id"]: {**row, "dt": str(row["dt"])} for row in rows}
    assert found == [mine[id_] for id_ in questions.one_shops_last_week(rows, SHOP)]


def test_the_command_line_syncs_a_week(deployed: Stack, copy: Path, tmp_path: Path) -> None:
    """Seven days are brought up to date, and a second time there is nothing to fetch."""
    command = (CONSUMERS / "aws-cli/sync-week.sh", deployed.outputs["BucketName"], tmp_path)
    assert "download:" in run(deployed, *command)
    week = {row.name for row in copy.iterdir() if row.name > f"dt={datetime.now(UTC) - timedelta(days=7):%Y-%m-%d}"}
    assert files(tmp_path) == {name: body for name, body in files(copy).items() if name.partition("/")[0] in week} != {}
    assert "download:" not in run(deployed, *command)


def test_the_command_line_downloads_a_day(deployed: Stack, copy: Path, tmp_path: Path) -> None:
    """A day comes down whole, or one shop's part of it alone."""
    day = max(folder.name for folder in copy.iterdir() if len(list(folder.iterdir())) > 2)
    script, bucket = CONSUMERS / "aws-cli/download-day.sh", deployed.outputs["BucketName"]
    whole = {name: body for name, body in files(copy).items() if name.startswith(f"{day}/")}
    run(deployed, script, bucket, day.removeprefix("dt="), tmp_path / "whole")
    assert files(tmp_path / "whole") == whole
    name = min(whole)
    shop = name.partition("integration-")[2].partition(".")[0]
    run(deployed, script, bucket, day.removeprefix("dt="), tmp_path / "shop", shop)
    assert files(tmp_path / "shop") == {name: whole[name]}


def test_the_command_line_lists_what_changed(deployed: Stack) -> None:
    """What was written since a moment is listed with its key, and what was before is not."""
    script, bucket = CONSUMERS / "aws-cli/list-changed.sh", deployed.outputs["BucketName"]
    listed = [line.split("\t") for line in run(deployed, script, bucket, "2020-01-01").splitlines()]
    assert {key for *_, key in listed} == set(keys(deployed, "logs/"))
    middle = listed[len(listed) // 2][0]
    later = [line.split("\t")[2] for line in run(deployed, script, bucket, middle).splitlines()]
    assert later == [key for at, _, key in listed if at >= middle] != []


def files(folder: Path) -> dict[str, bytes]:
    """The files below, by their paths."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.parquet")}
