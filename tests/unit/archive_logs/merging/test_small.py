"""Many small objects merged at once become what each becomes alone."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from archive_logs.merging.landed import Landed
from archive_logs.merging.merge import Merger
from archive_logs.merging.partitions import Part, Partition
from archive_logs.merging.small import Small
from integration_logs.records.rows import SCHEMA_VERSION
from tests.unit.archive_logs.archive_rows import FETCHED, content, packed, rewritten, row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from integration_logs.records.rows import Row

DAYS = date(2026, 11, 20), date(2026, 11, 21)
PARTS = [Part(Partition(day, integration_id)) for day in DAYS for integration_id in (7, 8)]


@contextmanager
def merging(rows: Sequence[Row], *, replayed: bool = False) -> Iterator[tuple[Merger, Path]]:
    """A batch that has just landed, and a folder."""
    with TemporaryDirectory() as name:
        (Path(name) / "0.gz").write_bytes(packed(rows))
        with Landed(Path(name)) as batch:
            assert batch.take([Path(name) / "0.gz"]) == []
            yield Merger(batch, prefer_landed=replayed), Path(name)


def archived(rows: Sequence[Row], folder: Path) -> dict[Part, Path]:
    """The parts' objects, each merged alone, in ``folder``."""
    with merging(rows) as (merger, own):
        names = {part: f"{number}.archived" for number, part in enumerate(PARTS)}
        written = [part for part, name in names.items() if merger.merge(part, None, own / name).written]
        return {part: (own / names[part]).rename(folder / names[part]) for part in written}


rows = st.lists(
    st.builds(
        lambda id_, day, shop, hour, text, extra: row(
            id_,
            integration_id=shop,
            created_at=f"{day}T{hour:02}:00:00Z",
            fetched_at=FETCHED + timedelta(hours=hour % 3),
            exception=text,
            **extra,
        ),
        st.integers(1, 5),
        st.sampled_from(DAYS),
        st.sampled_from([7, 8]),
        st.integers(0, 23),
        st.sampled_from(["", "a", "bü"]),
        st.sampled_from([{}, {"surprise": 1}, {"full_url": "https://shop.example/orders/17"}]),
    ),
    max_size=8,
)


@settings(max_examples=15, deadline=None)
@given(rows, rows, st.booleans())
def test_many_at_once_are_as_each_alone(before: list[Row], after: list[Row], replayed: bool) -> None:
    """The same counts, rows in the same order, metadata and summaries, whatever is there and whatever landed."""
    with merging(after, replayed=replayed) as (merger, folder):
        there = archived(before, folder)
        found = [Small(part, there.get(part), folder / f"{number}.small") for number, part in enumerate(PARTS)]
        results = merger.merge_small(found)
        for each, result in zip(found, results, strict=True):
            assert result is not None
            alone = folder / "alone"
            merged = merger.merge(each.part, each.existing, alone)
            assert (result[0].new, result[0].replaced, result[0].extra) == (merged.new, merged.replaced, merged.extra)
            assert merged.fields <= result[0].fields
            assert each.target.exists() == merged.written
            if merged.written:
                assert content(each.target) == content(alone)
                assert merger.summarise(each.part, each.target) == merger.summarise(each.part, alone)
                assert result[1] == merger.summarise(each.part, alone)[0]


def test_what_is_left_to_be_merged_alone() -> None:
    """An object that is sealed, of another version, or has other columns; what is merged with it is merged."""
    with merging([row(2), row(2, integration_id=8)]) as (merger, folder):
        there = archived([row(1)], folder)[PARTS[0]]
        with merging([row(1)]) as (other, own):
            other.merge(PARTS[0], None, own / "sealed", part_bytes=1)
            sealed = (own / "sealed").rename(folder / "sealed")
        newer = rewritten(there, folder / "newer", "*", SCHEMA_VERSION + 1)
        unknown = rewritten(there, folder / "unknown", "*, 1 AS surprise", SCHEMA_VERSION)
        for path in (sealed, newer, unknown):
            left, taken = merger.merge_small(
                [Small(PARTS[0], path, folder / "left"), Small(PARTS[1], None, folder / "taken")]
            )
            assert left is None
            assert not (folder / "left").exists()
            assert taken is not None
            assert [each["id"] for each in content(folder / "taken")] == [2]
            assert merger.merge_small([Small(PARTS[0], path, folder / "left")]) == [None]
