from __future__ import annotations

import pytest

from integration_logs.upstream.page_size import narrower, place, wider


@pytest.mark.parametrize(
    ("query", "smaller"),
    [
        ("page_size=100", "page_size=10"),
        ("page_size=97", "page_size=9"),
        ("page_size=9", "page_size=1"),
        ("page_size=1", None),
        ("page_size=0", None),
        ("cursor=2026-11-22T12%3a00+01:00&page_size=100&a=%2f", "cursor=2026-11-22T12%3a00+01:00&page_size=10&a=%2f"),
        ("cursor=page_size=50&page_size=100", "cursor=page_size=50&page_size=10"),
        ("my_page_size=50&page_size=100", "my_page_size=50&page_size=10"),
        ("cursor=a", "cursor=a&page_size=2"),
    ],
)  # fmt: skip
def test_narrower(query: str, smaller: str | None) -> None:
    """A tenth of the records, and all else to the letter; what says nothing asks for 25."""
    assert narrower(query) == smaller


@pytest.mark.parametrize(
    ("query", "most", "larger"),
    [
        ("cursor=a&page_size=1", 100, "cursor=a&page_size=10"),
        ("cursor=a&page_size=10", 100, "cursor=a&page_size=100"),
        ("cursor=a%3D&page_size=9", 97, "cursor=a%3D&page_size=97"),
        ("page_size=1", 5, "page_size=5"),
        ("cursor=a&page_size=100", 100, "cursor=a&page_size=100"),
        ("cursor=a&page_size=25", 100, "cursor=a&page_size=25"),
        ("cursor=a", 100, "cursor=a"),
        ("page_size=1", 1, "page_size=1"),
        ("page_size=10", 0, "page_size=10"),
    ],
)
def test_wider(query: str, most: int, larger: str) -> None:
    """Only what was made smaller grows again, and not beyond what it was."""
    assert wider(query, most) == larger


def test_place() -> None:
    """Two queries that differ in their size alone lead to the same place."""
    assert place("cursor=a&page_size=1") == place("page_size=100&cursor=a") == "cursor=a"
    assert place("page_size=1") == ""
