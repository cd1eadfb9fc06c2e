"""What the archiver's tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes import merger

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def remembering() -> Iterator[None]:
    """The same merges, a hundred times over, are done once, in tests that try every call."""
    with merger.remembering():
        yield
