"""What the tests of fetching share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.fetch_logs.walking import Surroundings, surroundings


@pytest.fixture
def here() -> Iterator[Surroundings]:
    """A sandbox, a store and a clock of the test's own."""
    with surroundings() as here:
        yield here
