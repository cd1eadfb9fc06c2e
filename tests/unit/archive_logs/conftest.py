"""What the archiver's tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from integration_logs.bucket import side_by_side
from tests.crash.process import Inline
from tests.fakes import merger

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def remembering() -> Iterator[None]:
    """The same merges, a hundred times over, are done once, in tests that try every call."""
    with merger.remembering():
        yield


@pytest.fixture(autouse=True)
def one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls come in the order in which they are written down; who tests that they do not, says so."""
    monkeypatch.setattr(side_by_side, "ThreadPoolExecutor", Inline)
