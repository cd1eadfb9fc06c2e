from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_logs.merging.partitions import LARGEST_ID, Part, Partition

IDS = st.integers(1, LARGEST_ID)


@st.composite
def parts(draw: st.DrawFn) -> Part:
    lowest, highest = sorted((draw(IDS), draw(IDS)))
    partition = Partition(draw(st.dates()), draw(IDS))
    return draw(st.sampled_from([Part(partition), Part(partition, (lowest, highest))]))


@given(parts())
def test_a_key_names_its_part(part: Part) -> None:
    """A part is read back from its key, for every day, integration and range of ids there can be."""
    assert Part.of(part.key) == part


@given(parts(), IDS, IDS)
def test_a_sealed_object_and_the_parts_around_it(part: Part, one: int, other: int) -> None:
    """What a sealed object leaves to others is exactly the rest of its own ids, each of them in one part."""
    lowest, highest = part.ids
    sealed = min(max(min(one, other), lowest), highest), max(min(max(one, other), highest), lowest)
    owned = sorted([sealed, *(each.ids for each in part.around(sealed))])
    assert (owned[0][0], owned[-1][1]) == part.ids
    assert [below[1] + 1 for below in owned[:-1]] == [above[0] for above in owned[1:]]
    assert all(first <= last for first, last in owned)
    assert all(Part.of(each.key) == each for each in part.around(sealed))


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
        "logs/dt=2026-11-22/integration-7.ids-9-1.parquet",
        "logs/dt=2026-11-22/integration-7.ids-0-9.parquet",
        "logs/dt=2026-11-22/integration-7.ids-1-9223372036854775807.parquet",
        "logs/dt=2026-11-22/integration-7.ids-1-9999999999999999999.parquet",
        "logs/dt=2026-11-22/integration-7.ids-1.parquet",
        "logs/dt=2026-11-22/integration-9999999999999999999.parquet",
        "quarantine/logs/dt=2026-11-22/integration-7.parquet",
        "",
    ],
)
def test_a_foreign_key_is_no_part(key: str) -> None:
    """What is not exactly a part's key is passed by, and raises nothing."""
    assert Part.of(key) is None


def test_partitions_sort_by_day_first() -> None:
    """The newest day is the last, whichever integration it is of."""
    old, new = Partition(date(2026, 11, 21), 9), Partition(date(2026, 11, 22), 1)
    assert sorted([new, old]) == [old, new]
