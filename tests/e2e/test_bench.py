"""The bench's smallest run, so that it cannot rot: the real processes, the real comparison, the page."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from bench.__main__ import main
from bench.peers import contestants

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_smallest_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A backfill through to the archive, a tick and a sweep: each is measured, none loses or doubles a record."""
    monkeypatch.setattr(contestants, "OURS_PYTHON", sys.executable)  # Lambda's environment is for measuring alone
    lines = tmp_path / "lines.jsonl"
    chosen = ["--work", "a,c", "--contestants", "bare,archived,ours", "--lines", str(lines)]
    assert main(["--quick", *chosen]) == 0
    first, *measured = map(json.loads, lines.read_text().splitlines())
    assert first["quick"] is True
    found = {(each["work"], each["case"], each["contestant"]): each for each in measured}
    assert len(found) == len(measured) == 7
    assert {each["wrong"] for each in measured} == {""}
    assert found["a", "the records", "upstream"]["values"]["records"] == 2_000
    assert all(each["values"]["wall time, s"] > 0 for each in measured if each["case"] != "the records")
    assert found["a", "50 ms latency", "bare"]["values"]["wall time, s"] > 20 * 0.05  # pages
    shown = capsys.readouterr().out
    assert "| 0 lost, 0 doubled: rounds in which anything was | 0 | reached |" in shown
