"""Work (e) of the bench: what redacting and parsing a record costs, alone, on one core; and that it is linear.

``python -m bench --work e``; ``python -m bench.works.redaction`` measures the sandbox's own, smaller records.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.tools import records
from bench.tools.work import CPU, Goal, Measurement, Work
from bench.works.redaction import measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.tools.work import Given, Round

OURS = "ours"
TYPICAL = "records of 1.8 KB"
RECORDS, MEGABYTES = "records a CPU second", "MB a CPU second"
SIZES = (1, 4, 16, 64, 256, 1024)
"""Of the response's body, in KB."""

_AT_EACH_SIZE = 4 << 20
"""Bytes: small ones are many."""

TEXT = """\
From the decoded record to the row that lands, in one process, as `fetch_logs` does it: redaction with pseudonyms,
fingerprint, remedy, columns. Decoding and landing is left out, and so is other work on the machine: seconds are of CPU
time. Each round begins with a redactor that has seen nothing. Then the same for records whose response has a body of
so many KB, another answer's text repeated up to that size with other numbers in it: where the time is linear in the
size, MB a second are the same for all.
"""


def sized(kilobytes: int, total: int) -> list[bytes]:
    """Pages of one record each, whose responses have bodies of so many KB; together about ``total`` bytes."""
    found = []
    texts = [json.loads(each.record(1, records.FIRST_INTEGRATION, 0)) for each in records.templates(200)]
    for number in range(max(1, total // (kilobytes << 10))):
        record = dict(texts[number % len(texts)])
        record["id"] = number + 1
        text = json.dumps(record.get("response") or record)
        copies = [text.replace("1", str((number + copy) % 10)) for copy in range((kilobytes << 10) // len(text) + 1)]
        record["response"] = {"headers": {}, "body": "\n".join(copies)[: kilobytes << 10]}
        found.append(json.dumps({"data": [record]}, ensure_ascii=False).encode())
    return found


def rates(served: list[bytes]) -> dict[str, float]:
    """What the pages took, and how many records and MB that is a second."""
    count, size = sum(len(json.loads(page)["data"]) for page in served), sum(map(len, served))
    seconds = sum(measure(served))
    return {RECORDS: count / seconds, MEGABYTES: size / seconds / 1e6, CPU: seconds}


@contextmanager
def _open(given: Given) -> Iterator[Round]:
    many, each = (2000, _AT_EACH_SIZE // 8) if given.quick else (20_000, _AT_EACH_SIZE)
    given.tell(f"making {many:,} records")
    typical = records.pages(many)
    by_size = {kilobytes: sized(kilobytes, each) for kilobytes in SIZES}

    def one_round() -> Iterator[Measurement]:
        yield Measurement(TYPICAL, OURS, rates(typical))
        for kilobytes, served in by_size.items():
            given.tell(f"bodies of {kilobytes} KB")
            yield Measurement(case(kilobytes), OURS, rates(served))

    yield one_round


def case(kilobytes: int) -> str:
    """The name of a size's case."""
    return f"bodies of {kilobytes:,} KB"


def _rate(value: str, bound: float, unit: str) -> Goal:
    return Goal(
        f"≥ {bound:,.0f} {value}", "at least", bound, lambda found: found.median(value, TYPICAL, OURS), unit=unit
    )


WORK = Work(
    "e",
    "Redaction and parsing alone",
    TEXT,
    _open,
    goals=(
        _rate(RECORDS, 15_000, "records/s"),
        _rate(MEGABYTES, 27, "MB/s"),
        Goal(
            "linear: a byte of a body of 1 MB takes ≤ 1.3 × one of 16 KB",
            "at most",
            1.3,
            lambda found: found.ratio(MEGABYTES, (case(16), OURS), (case(1024), OURS)),
        ),
    ),
)
