"""The pure parts of the bench's works (e) to (i), and the smallest run of those that take seconds."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from bench.tools.work import WALL, Found, Given
from bench.works import asking, cold, merging, processing, starting

if TYPE_CHECKING:
    from pathlib import Path


def test_imports_are_added_up_by_package() -> None:
    """Of -X importtime the own time counts, once; the standard library is one package; other lines are passed over."""
    lines = [
        "import time: self [us] | cumulative | imported package",
        "import time:      2000 |       2500 |   json",
        "import time:       500 |        500 |     json.decoder",
        "import time:     40000 |      90000 | botocore.session",
        "import time:      1000 |       1000 | botocore",
        "something else",
    ]
    assert cold.by_package(lines) == {"botocore": 41.0, "the standard library": 2.5}
    assert starting.packages({"botocore": 41.0, "abc": 2.0, "x": 0.5}) == {"botocore, ms": 41.0, "others, ms": 2.5}


def test_the_table_has_ratios() -> None:
    """Medians of the rounds, and what they are beside boto3's."""
    one, other = cold.Start(0.2, 0.1, 0.1, 0, 0, 0), cold.Start(0.3, 0.2, 0.25, 1, 2, 0)
    text = cold.table({"boto3 and a client": [one, one], "fetch_logs, a walk": [other, other]})
    assert "| fetch_logs, a walk | 300 | 1.50 | - | 200 | 2.00 | - | 250 | 2.50 | 1 | 2 | 0 |" in text


def test_bodies_have_their_size() -> None:
    """Records of each size are as large as they are said to be, and have ids of their own."""
    for kilobytes in (1, 64):
        made = [json.loads(page)["data"][0] for page in processing.sized(kilobytes, 256 << 10)]
        assert {len(each["response"]["body"]) for each in made} == {kilobytes << 10}
        assert len({each["id"] for each in made}) == 256 // kilobytes
    assert processing.rates(processing.sized(1, 4 << 10))[processing.RECORDS] > 0


def test_a_merge_is_checked(tmp_path: Path) -> None:
    """A small day with new rows merges right, and an archive that lacks rows is called wrong."""
    assert merging.make_day(tmp_path / "bucket", 300, 7, distinct=50) == 300
    assert "300" in merging.wrong(tmp_path / "bucket", 307)
    assert merging.merge(tmp_path / "bucket") == 7
    assert merging.wrong(tmp_path / "bucket", 307) == ""
    (day,) = (tmp_path / "bucket" / "logs").rglob("*.parquet")
    assert merging.read_and_write(day, tmp_path / "copy.parquet", 1) == 307


def test_a_start_of_the_real_function_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fresh process of check_status asks Sendcloud, and what it cost until then is known."""
    monkeypatch.setattr(cold, "PYTHON", sys.executable)  # the bench has an environment like Lambda's for it
    with cold.cold_world() as world, cold.environment_of(world) as environment:
        begun = cold.start(world, cold.CONTESTANTS["check_status"], environment)
    assert 0 < begun.cpu <= begun.cpu_whole
    assert begun.wall > 0
    assert begun.upstream == 2


def test_the_archive_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its smallest, both forms of the archive give the same answers, and their sizes are known."""
    monkeypatch.setattr(asking, "QUICK_RECORDS", 20)
    with asking.WORK.open(Given(tmp_path, lambda _: None, quick=True)) as one_round:
        found = Found(one_round())
    assert not any(each.wrong for each in found.measurements)
    assert (found.median(asking.BYTES, asking.SIZE, asking.ARCHIVE) or 0) > 0
    assert found.ratio(WALL, (asking.FIRST, asking.NDJSON), (asking.FIRST, asking.ARCHIVE)) is not None
