"""What consumers/ and its page promise, as far as it takes no cloud."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from archive_logs.merging.partitions import Part, Partition
from integration_logs.records.rows import COLUMNS
from tests.unit.archive_logs.archive_rows import row

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/consumers.md").read_text()
FILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "consumers").rglob("*.*") if path.is_file())
CREATE, MERGE = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("path", [path for path in FILES if "__pycache__" not in path])
def test_each_file_is_on_the_page(path: str) -> None:
    """No reader's file is left unexplained."""
    assert f"`{path}`" in PAGE


def test_the_policies_need_no_more_than_the_page_says() -> None:
    """Each placeholder of a policy is one that the page says what to put in for."""
    for path in (ROOT / "consumers/policies").glob("*.json"):
        text = path.read_text()
        json.loads(text)
        for placeholder in set(re.findall(r"\b[A-Z]{5,}\b", text)):
            assert f"s/{placeholder}/" in PAGE or f"`{placeholder}`" in PAGE, placeholder


def put(folder: Path, part: Part, *ids: int) -> None:
    """An object of the archive with these records."""
    target = folder.parent / part.key
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = [row(id_, integration_id=part.partition.integration_id, created_at=f"{part.partition.day}") for id_ in ids]
    lines = target.with_suffix(".ndjson")
    lines.write_text("".join(json.dumps(each) + "\n" for each in rows))
    columns = ", ".join(f"{column.name}: '{column.duckdb}'" for column in COLUMNS)
    with duckdb.connect() as database:
        database.execute(f"COPY (FROM read_json('{lines}', columns = {{{columns}}})) TO '{target}' (FORMAT parquet)")
    lines.unlink()


def test_one_shops_pattern_has_its_parts_and_no_other_shop(tmp_path: Path) -> None:
    """Of a shop whose day has several objects all are read, and none of a shop whose id begins alike."""
    day = datetime.now(UTC).date() - timedelta(days=1)
    own, other = Partition(day, 101), Partition(day, 1010)
    put(tmp_path / "logs", Part(own), 5)
    put(tmp_path / "logs", Part(own, (6, 99)), 7)
    put(tmp_path / "logs", Part(other), 8)
    put(tmp_path / "logs", Part(other, (9, 99)), 9)
    with duckdb.connect() as database:
        database.execute(f"SET VARIABLE archive = '{tmp_path / 'logs'}'; SET VARIABLE integration = 101")
        answer = database.execute((ROOT / "consumers/duckdb/one_shops_last_week.sql").read_text())
        names = [each[0] for each in answer.description or []]
        assert [dict(zip(names, each, strict=True))["id"] for each in answer.fetchall()] == [7, 5]


@pytest.fixture
def iceberg() -> Iterator[duckdb.DuckDBPyConnection]:
    """The page's table and an archive, in DuckDB, which takes the same SQL but for where a table lies."""
    with duckdb.connect() as database:
        columns = ", ".join(f"{column.name} {column.glue}" for column in COLUMNS)
        database.execute(CREATE.partition("PARTITIONED BY")[0])
        database.execute(f"CREATE SCHEMA DATABASE; CREATE TABLE DATABASE.logs ({columns}, dt string)")
        yield database


def test_the_iceberg_table_has_the_archives_columns(iceberg: duckdb.DuckDBPyConnection) -> None:
    """The table has each column of the archive, in its order, with its type, and the day."""
    made, archived = (iceberg.execute(f"DESCRIBE {name}").fetchall() for name in ("exceptions", "DATABASE.logs"))
    assert made == archived


def test_the_load_takes_in_what_is_new_and_what_was_replaced(iceberg: duckdb.DuckDBPyConnection) -> None:
    """Loaded once or twice, the table has each recent record of the archive as it is there now; other days stay out."""
    today, long_ago = f"{datetime.now(UTC):%Y-%m-%d}", "2021-01-01"
    for id_, dt, method in ((1, today, "GET"), (2, long_ago, "GET"), (3, "2020-01-01", "PUT")):
        iceberg.execute(
            "INSERT INTO DATABASE.logs (id, integration_id, fetched_at, method, dt) VALUES (?, 7, '2026-01-02', ?, ?)",
            [id_, method, dt],
        )
    for _ in range(2):
        iceberg.execute(MERGE)
        assert iceberg.execute("SELECT id, method FROM exceptions ORDER BY id").fetchall() == [(1, "GET"), (3, "PUT")]
    iceberg.execute("UPDATE DATABASE.logs SET method = 'POST', fetched_at = '2026-01-01' WHERE id = 1")
    iceberg.execute(
        "INSERT INTO DATABASE.logs (id, integration_id, fetched_at, dt) VALUES (1, 8, '2026-01-02', ?)", [today]
    )
    iceberg.execute(MERGE)
    answer = iceberg.execute("SELECT integration_id, id, method FROM exceptions ORDER BY ALL").fetchall()
    assert answer == [(7, 1, "POST"), (7, 3, "PUT"), (8, 1, None)]
    differ = "FROM (SELECT * FROM DATABASE.logs WHERE id <> 2 EXCEPT SELECT * FROM exceptions)"
    assert iceberg.execute(differ).fetchall() == []
