"""What the archiver needs is in its layers: the environment of the tests has more."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.archive_logs.archive_rows import packed, row

ROOT = Path(__file__).parents[3]
# DuckDB hands over times with a zone through pytz, which is not in its layer.
ARCHIVE_TWICE = """
import sys
sys.modules["pytz"] = None
sys.path[:0] = [f"{sys.argv[1]}/functions", f"{sys.argv[1]}/layers/shared", sys.argv[1]]
from pathlib import Path
from archive_logs.merging import part_writer
from archive_logs.merging.backlog import work_off
from bench.tools.directory_store import DirectoryStore
part_writer.SMALL_LANDED = int(sys.argv[3])
store = DirectoryStore(Path(sys.argv[2]))
for number in "12":
    store.put(f"landing/{number}.ndjson.gz", Path(sys.argv[2], f"{number}.gz"), replaces=None)
    print(work_off(store, lambda: 3600.0).rows)
"""


@pytest.mark.parametrize("small", [1 << 20, 0], ids=["many-at-once", "alone"])
def test_archiving_takes_no_package_that_lambda_does_not_have(tmp_path: Path, small: int) -> None:
    """Rows are archived, and merged into what is there, where DuckDB stands alone."""
    for number in (1, 2):
        (tmp_path / f"{number}.gz").write_bytes(packed([row(number)]))
    command = [sys.executable, "-c", ARCHIVE_TWICE, str(ROOT), str(tmp_path), str(small)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["1", "1"]), done.stderr


def test_the_oldest_botocore_is_the_lower_bound() -> None:
    """What may be installed is what `make oldest` tests with."""
    requirements = ROOT / "requirements"
    (bound,) = re.findall(r"^boto3>=(\S+)", (requirements / "dev.in").read_text(), re.MULTILINE)
    assert re.findall(r"^(\w+)==(\S+)", (requirements / "oldest.in").read_text(), re.MULTILINE) == [
        ("boto3", bound),
        ("botocore", bound),
    ]
    for package in ("boto3", "botocore"):
        assert f"\n{package}=={bound} " in (requirements / "oldest.txt").read_text()
