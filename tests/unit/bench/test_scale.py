"""The ground on which runs are measured in simulated time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bench.scale import __main__ as scale
from bench.scale.archiving import RUNS, measure
from bench.scale.clock import Clock
from bench.scale.ground import LATENCY, Bucket
from bench.scale.run import Run


def test_calls_side_by_side_wait_together() -> None:
    """Ten calls in four lanes take as long as three, one after the other as long as ten."""
    clock = Clock(1024)
    with clock.lanes(4) as pool:
        assert list(pool.map(lambda each: (clock.wait(LATENCY), each)[1], range(10))) == [*range(10)]
    assert 3 * LATENCY <= clock() < 4 * LATENCY
    with clock.aside():
        for _ in range(10):
            clock.wait(LATENCY)
    assert 13 * LATENCY <= clock() < 14 * LATENCY


def test_an_invocation_is_cut_off() -> None:
    """Nothing catches it that catches errors; what it took counts up to the timeout, and what was left is known."""
    clock, run = Clock(1024), Run("run", timeout=1.0, memory=1024)

    def work() -> None:
        try:
            clock.wait(2.0)
        except Exception as error:  # noqa: BLE001  # as careful code does
            pytest.fail(str(error))

    with clock.invocation(run, lambda: 7) as seconds_left:
        assert 0 < seconds_left() <= 1.0
        work()
    with clock.invocation(run, lambda: 0):
        clock.wait(0.5)
    assert [(each.ended, each.left) for each in run.invocations] == [(False, 7), (True, 0)]
    assert run.invocations[0].seconds == 1.0


def test_the_bucket_is_s3s(tmp_path: Path) -> None:
    """Compare-and-swap, listings in order and by page; each call is counted and takes its time."""
    clock = Clock(1024)
    bucket = Bucket(clock)
    etag = bucket.put("a/1", b"one", replaces=None)
    assert etag
    assert bucket.put("a/1", b"two", replaces=None) is None
    assert bucket.put("a/1", b"two", replaces=etag)
    assert bucket.get("a/1").body == b"two"
    assert bucket.get("a/2") is None
    assert bucket.download("a/2", tmp_path / "none") is None
    for number in range(1500):
        bucket.set(f"b/{number:04}", b"")
    assert [entry.key for entry in bucket.entries("b/", limit=2, after="b/0700")] == ["b/0701", "b/0702"]
    clock.calls.clear()
    assert len(bucket.entries("b/", limit=5000)) == 1500
    assert clock.calls == {"list": 2}
    assert bucket.folders("") == ["a/", "b/"]
    bucket.delete("a/1")
    assert bucket.below("a/") == []


def test_a_run_of_the_archiver(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It ends, everything is archived, and the table has a line of it."""
    monkeypatch.setitem(RUNS, "a few", ((3, 1), (4, 2)))
    clock = Clock(1024)
    run = measure("a few", clock, Bucket(clock))
    assert (run.ended, run.wrong, len(run.invocations)) == (True, "", 1)
    assert run.invocations[0].left == 0
    line: dict[str, Any] = json.loads(json.dumps(run.line()))
    assert line["dollars"] > 0
    scale.Console(width=160).print(scale._table([("this build", line)]))
    assert "a few" in capsys.readouterr().out
