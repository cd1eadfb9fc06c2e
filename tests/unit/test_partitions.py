from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_logs.partitions import Partition


@given(st.dates(), st.integers(1, 2**63 - 1))
def test_a_key_names_its_partition(day: date, integration_id: int) -> None:
    """A partition is read back from its key, for every day and integration there can be."""
    partition = Partition(day, integration_id)
    assert Partition.of(partition.key) == partition


@pytest.mark.parametrize(
    "key",
    [
        "logs/dt=2026-11-22/integration-0.parquet",
        "logs/dt=2026-11-22/integration--7.parquet",
        "logs/dt=2026-11-22/integration-07.parquet",
        "logs/dt=2026-11-22/integration-7.parquet/x",
        "logs/dt=2026-11-22/integration-٧.parquet",
        "logs/dt=2026-02-30/integration-7.parquet",
        "logs/dt=2026-11-22/other-7.parquet",
        "logs/dt=2026-11-22/",
        "quarantine/logs/dt=2026-11-22/integration-7.parquet",
        "",
    ],
)
def test_a_foreign_key_is_no_partition(key: str) -> None:
    """What is not exactly a partition's key is passed by, and raises nothing."""
    assert Partition.of(key) is None


def test_partitions_sort_by_day_first() -> None:
    """The newest day is the last, whichever integration it is of."""
    old, new = Partition(date(2026, 11, 21), 9), Partition(date(2026, 11, 22), 1)
    assert sorted([new, old]) == [old, new]
