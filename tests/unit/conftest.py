"""What the unit tests share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy of the machine's does not come between a test and its own servers."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
