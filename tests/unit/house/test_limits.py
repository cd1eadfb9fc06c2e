"""What docs/operations.md says of AWS's limits is what the code and the template have."""

from __future__ import annotations

from pathlib import Path

import pytest

import archive_logs.composition_root
import check_status.composition_root
import fetch_logs.composition_root
from archive_logs.merging.backlog import BATCH_BYTES
from archive_logs.reading.answer_size import MOST_BYTES
from archive_logs.reading.search import MOST_SECONDS
from bench.scale.run import RECEIVES
from check_status.reading.fresh_check import WITHIN
from check_status.telling import delivery, messages
from integration_logs import hops
from integration_logs.bucket.side_by_side import AT_ONCE
from tests.unit.house.template_tables import of_type

FUNCTIONS = of_type("AWS::Serverless::Function")
QUEUES = of_type("AWS::SQS::Queue")
_ROOTS = (fetch_logs.composition_root, archive_logs.composition_root, check_status.composition_root)
RESERVES = [f"{root.RESERVE:.0f} s" for root in _ROOTS]

SAID = {
    "Lambda, timeout": f"`fetch_logs` 180 s, `archive_logs` 180 s, `check_status` 60 s. They stop {RESERVES[0]}, "
    f"{RESERVES[1]} and {RESERVES[2]} before the end",
    "Lambda, memory": "512, 1024 and 512 MB",
    "Lambda, `/tmp`": f"2048 MB. A batch is {BATCH_BYTES >> 20} MB",
    "Lambda, answer": f"{MOST_BYTES:,} bytes",
    "API Gateway": f"after {MOST_SECONDS:.0f} s, a fresh check within {WITHIN:.0f} s",
    "SQS, visibility": f"{max(each.get('VisibilityTimeout', 0) for each in QUEUES.values())} s",
    "S3, requests": f"{AT_ONCE} calls at once, at 25 ms at most {AT_ONCE * 40} a second",
    "Lambda, loops": f"{hops.MOST:,} at most",
    "SQS, receives": f"| {RECEIVES} |",
    "EventBridge, `PutEvents`": f"{delivery.BATCH} at once",
    "SNS": f"{messages.MOST_IN_FULL} findings in full, the others are counted; a subject is cut at 100",
    "CloudWatch": f"{len(of_type('AWS::CloudWatch::Alarm'))} alarms",
}
"""Of the rows that begin so, what they say."""


@pytest.mark.parametrize("row", SAID)
def test_a_limit_is_as_it_is_built(row: str) -> None:
    """The number in the table is the constant's, or the template's."""
    rows = [line for line in Path("docs/operations.md").read_text().splitlines() if line.startswith(f"| {row}")]
    assert len(rows) == 1
    assert SAID[row] in rows[0]


def test_the_ground_gives_a_message_up_as_the_queues_do() -> None:
    """After as many receives."""
    assert {each["RedrivePolicy"]["maxReceiveCount"] for each in QUEUES.values() if "RedrivePolicy" in each} == {
        RECEIVES
    }


def test_the_functions_are_as_large_as_said() -> None:
    """Timeouts, memory and disk that the table names."""
    made = {
        name: (each["Timeout"], each["MemorySize"], each.get("EphemeralStorage", {}).get("Size", 512))
        for name, each in FUNCTIONS.items()
    }
    assert sorted(made.values()) == [(60, 512, 512), (180, 512, 512), (180, 1024, 2048)]
