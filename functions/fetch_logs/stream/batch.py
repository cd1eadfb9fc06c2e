"""The rows of a walk that are not landed yet: page → redact → parse → hold → land."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fetch_logs.stream.result import Progress, WalkResult
from integration_logs.bucket.landing import encode, land
from integration_logs.json_types import JsonValue
from integration_logs.records.rows import Row, json_text, parse, record_id
from integration_logs.times import moment

if TYPE_CHECKING:
    from fetch_logs.stream.ending import KnownRecords
    from fetch_logs.stream.environment import Environment, Stream

BATCH_ROWS = 2000
BATCH_BYTES = 8 << 20
BATCH_SECONDS = 20.0
"""When what is held is landed and the checkpoint moved: by rows, by their JSON's size, or by time."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No webshop was connected before."""


@dataclass
class Batch:
    """The rows of one walk that wait to be landed; ``name`` is the walk's, for the landing objects.

    ``known`` are the records that need not land again; new ones join them where the walk ``remembers``. ``passed`` is
    the ticks' watermark: a new record below it is late. The progress has what was taken.
    """

    stream: Stream
    name: str
    environment: Environment
    known: KnownRecords
    passed: datetime | None
    remembers: bool
    progress: Progress
    lines: list[bytes] = field(default_factory=list)
    size: int = 0
    landing: dict[int, datetime | None] = field(default_factory=dict)
    fetched_at: datetime | None = None
    settled_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.settled_at = self.environment.time_left()

    def times(self, records: Sequence[JsonValue]) -> list[datetime | None]:
        """Each record's ``created_at``, where it is usable; they were fetched just now.

        As a watermark, a time still to come would hide what happens until then; and from one at the beginning of the
        calendar no overlap can be taken off.
        """
        self.fetched_at = self.environment.clock()
        found = map(_created_at, records)
        return [time if time is not None and EARLIEST <= time <= self.fetched_at else None for time in found]

    def take(self, records: Sequence[JsonValue], times: Sequence[datetime | None]) -> None:
        """Redact, parse and hold what has not landed yet of a page."""
        held = len(self.lines)
        late: list[float] = []
        for raw, created_at in zip(records, times, strict=True):
            row: Row | None = None
            if (id_ := record_id(raw)) is not None:
                name, number = str(id_), id_  # which alone tells: of what has landed nothing is redacted
            else:
                row = self._row(raw)
                name, number = _name(row)
            if name in self.known.times or number in self.landing:
                continue
            happened = created_at or _created_at(raw)  # an unusable time still tells the ledger's day
            if self.environment.ledger.has(number, happened):
                self._remember(name, created_at)
                continue
            self.lines.append(line := encode(row or self._row(raw)))
            self.landing[number] = happened  # not before it is held: what is here enters the ledger
            self._remember(name, created_at)
            self.size += len(line)
            if created_at and self.passed and created_at < self.passed and self.fetched_at:
                late.append((self.fetched_at - created_at).total_seconds())
        self.progress.walked += WalkResult(
            pages=1,
            records=len(records),
            landed=len(self.lines) - held,
            late=len(late),
            latest=max(late, default=0.0),
        )

    def is_due(self) -> bool:
        """Whether so much is held, or for so long, that it should land."""
        return (
            len(self.lines) >= BATCH_ROWS
            or self.size >= BATCH_BYTES
            or self.settled_at - self.environment.time_left() >= BATCH_SECONDS
        )

    def land(self) -> None:
        """Land it; only then does the ledger know of it."""
        if self.lines and self.fetched_at is not None:
            at = self.fetched_at  # not the time now: what is landed once more after a failure is the same object
            land(self.environment.store, self.lines, account=self.stream.account, stream=self.name, fetched_at=at)
            self.lines.clear()
            self.size = 0
        landed, self.landing = self.landing, {}
        self.environment.ledger.enter(landed.items())
        self.settled_at = self.environment.time_left()

    def _remember(self, name: str, created_at: datetime | None) -> None:
        if self.remembers:
            self.known.times[name] = created_at

    def _row(self, raw: JsonValue) -> Row:
        redacted = self.environment.redactor.record(raw) if isinstance(raw, dict) else None
        return parse(
            self.environment.redactor.value(raw) if redacted is None else redacted,
            account=self.stream.account,
            integration_id=self.stream.integration_id,
            fetched_at=self.fetched_at or self.environment.clock(),
            original=raw,
        )


def _created_at(record: JsonValue) -> datetime | None:
    return moment(record.get("created_at")) if isinstance(record, dict) else None


def _name(row: Row) -> tuple[str, int]:
    """What tells a record without a usable id from others, for people and as the ledger's number, which is below zero:
    a digest of all that it says."""
    said = json_text({name: value for name, value in row.items() if name != "fetched_at"})
    digest = hashlib.sha256(said.encode()).digest()[:8]
    return f"sha256:{digest.hex()}", -1 - (int.from_bytes(digest) >> 1)
