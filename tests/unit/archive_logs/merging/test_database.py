"""DuckDB is sealed wherever the archiver connects: a merge's database, and the warm one that pages are read with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest

from archive_logs.merging.database import connect, warm

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTSIDE = Path(__file__)


@pytest.fixture(params=["merging", "reading"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """A real connection, and the folder of its run."""
    if request.param == "reading":
        with warm() as both:
            yield both
    else:
        folder = tmp_path / "it's the run's"
        folder.mkdir()
        with connect(folder) as database:
            yield database, folder


REFUSED = {
    "a file elsewhere": "FROM read_text('{outside}')",
    "a file above": "FROM read_text('{folder}/../../../../../../../..{outside}')",
    "a file behind a link": "FROM read_text('{folder}/link')",
    "a folder elsewhere": "FROM glob('/etc/*')",
    "an address": "FROM read_parquet('http://127.0.0.1:9/a.parquet')",
    "writing elsewhere": "COPY (SELECT 1) TO '{beside}'",
    "another database": "ATTACH '{beside}'",
    "an export": "EXPORT DATABASE '{beside}'",
    "installing": "INSTALL httpfs",
    "loading": "LOAD httpfs",
    "loading a file": "LOAD '{folder}/link'",
    "a setting": "SET threads = 2",
    "a global setting": "SET GLOBAL memory_limit = '1TB'",
    "another folder": "SET GLOBAL allowed_directories = ['/']",
    "access": "SET GLOBAL enable_external_access = true",
    "another zone": "SET TimeZone = 'Europe/Amsterdam'",
    "the lock": "RESET lock_configuration",
}
CONFIGURED = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "enable_external_access": False,
    "lock_configuration": True,
    "TimeZone": "UTC",
}


@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused(opened: tuple[duckdb.DuckDBPyConnection, Path], tmp_path: Path, statement: str) -> None:
    """Nothing beyond the run's own folder is read or written, nothing is loaded, and nothing of that can be changed."""
    database, folder = opened
    (folder / "link").symlink_to(OUTSIDE)
    beside = tmp_path / "beside"
    names = {"folder": str(folder).replace("'", "''"), "outside": OUTSIDE, "beside": beside}
    with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException), match=r"configuration|locked"):
        database.execute(statement.format_map(names))
    assert not beside.exists()


def test_what_it_is_for(opened: tuple[duckdb.DuckDBPyConnection, Path]) -> None:
    """In the folder it reads JSON and Parquet, and writes."""
    database, folder = opened
    lines, parquet = folder / "landed.ndjson", folder / "target.parquet"
    lines.write_text('{"moment": "2026-11-22T12:00:00+01:00"}')
    query = "COPY (FROM read_json($lines, columns = {moment: 'TIMESTAMPTZ'})) TO $parquet (FORMAT parquet)"
    database.execute(query, {"lines": str(lines), "parquet": str(parquet)})
    found = database.execute("SELECT moment::VARCHAR FROM read_parquet($parquet)", {"parquet": str(parquet)}).fetchall()
    assert found == [("2026-11-22 11:00:00+00",)]


@pytest.mark.parametrize(("name", "value"), CONFIGURED.items())
def test_how_it_is_configured(opened: tuple[duckdb.DuckDBPyConnection, Path], name: str, value: object) -> None:
    """As it is for good."""
    assert opened[0].execute(f"SELECT current_setting('{name}')").fetchall() == [(value,)]


def test_the_files_of_a_page_are_removed_and_the_database_stays() -> None:
    """Each reader has a folder of its own within the one that the database may read."""
    with warm() as (_, first), warm() as (_, second):
        assert first != second
        assert first.parent == second.parent
    assert first.parent.is_dir()
    assert list(first.parent.iterdir()) == []
