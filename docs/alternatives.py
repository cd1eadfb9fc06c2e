"""The README's table of what a script or dlt does otherwise, from the figures of ``bench/RESULTS.md``."""

from __future__ import annotations

import re
from pathlib import Path

RESULTS = Path(__file__).parent.parent / "bench" / "RESULTS.md"


def table() -> str:
    """The contestants side by side; ``LookupError`` where a figure is not in the results."""
    back_dated, quick, slow = "1 % new, a third of them back-dated", "no latency", "50 ms latency"
    peers = ("ours", "plain_gz", "dlt")
    rows = [
        ("a run that finds 200 new records, a third of them back-dated", [_wrong(back_dated, each) for each in peers]),
        (
            "the same, looking back three days each time",
            ["not needed", *(_wrong(back_dated, f"{each}_3_days") for each in peers[1:])],
        ),
        (
            "of 20 marks of personal data and credentials, stored in clear",
            [_cell("a", quick, each, column="marks of personal data stored") for each in peers],
        ),
        ("a first fetch of 20,000 records, without latency", [f"{_time(quick, each)} s" for each in peers]),
        ("the same at 50 ms a request", [f"{_time(slow, each)} s" for each in peers]),
        (
            "dollars a year for one account with 100 records a day",
            [_cell("i", "one account, 5 integrations, 100 records a day", column=each) for each in peers],
        ),
    ]
    head = "| | Integration Logs | a plain script | dlt |\n|---|---:|---:|---:|\n"
    return head + "\n".join(f"| {what} | {' | '.join(cells)} |" for what, cells in rows)


def _time(work: str, contestant: str) -> str:
    return f"{float(_cell('a', work, contestant, column='wall time, s')):.1f}"


def _wrong(work: str, contestant: str) -> str:
    """What was lost or doubled; ours is a tick with the day's sweep."""
    return re.sub(r" \(.*\)", "", _cell("c", work, contestant, column="wrong answer")) or "nothing lost or doubled"


def _cell(section: str, *keys: str, column: str) -> str:
    text = RESULTS.read_text().partition(f"\n## {section}. ")[2].partition("\n## ")[0]
    head: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip(" `") for cell in line.split("|")[1:-1]]
        if not line.startswith("|"):
            head = []
        elif not head:
            head = cells
        elif cells[: len(keys)] == list(keys) and column in head:
            return cells[head.index(column)]
    raise LookupError(f"{RESULTS.name} has no {column} of {', '.join(keys)}")
