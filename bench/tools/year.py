"""What a year costs for customers of three sizes: the same model for this stack and for its peers. Pure.

Each runs in Lambda on the same schedule, a tick every five minutes for each account, as long as it was measured to be
on a processor: Lambda gives a function of so much memory a share of one (1,769 MB: all of it), and waiting for the
upstream costs too. Prices are those of ``bench.works.cost``. A peer's start is a fresh process, as it was measured: in
Lambda some of its starts would be warm. Ours is taken from the bill of an idle month, with one start in ten cold.

Ours has more to do than the peers: it archives, checks the status, keeps alarms; all of that is counted. The peers have
a function, a schedule and a secret, and nothing that notices when they fail.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.works.cost import COLD_SHARE, PRICES, bill, total

WHOLE_PROCESSOR_MB = 1769
REQUEST_SECONDS = 0.4
"""Of waiting for an answer over the internet."""

TICKS_A_YEAR = 365 * 24 * 12
_SPARE = 1.25
_STEP_MB = 64
_LEAST_MB = 256
_MONTHS = 12


@dataclass(frozen=True)
class Customer:
    """How much happens: Sendcloud accounts, integrations in all, records a day in all."""

    name: str
    accounts: int
    integrations: int
    records_a_day: int

    def ticks_with_news(self) -> float:
        """Of a year's ticks of all accounts, where records come at random."""
        mean = self.records_a_day / 288 / self.accounts
        return TICKS_A_YEAR * self.accounts * (1 - math.exp(-mean))

    def objects_touched(self) -> float:
        """Archive objects written in a year: at each tick one for each integration that has news."""
        mean = self.records_a_day / 288 / self.integrations
        return TICKS_A_YEAR * self.integrations * (1 - math.exp(-mean))


CUSTOMERS = (
    Customer("one account, 5 integrations, 100 records a day", 1, 5, 100),
    Customer("3 accounts, 100 integrations, 5,000 records a day", 3, 100, 5_000),
    Customer("20 accounts, 2,000 integrations, 100,000 records a day", 20, 2_000, 100_000),
)


@dataclass(frozen=True)
class Measured:
    """What a contestant was measured to take.

    ``idle_cpu``: seconds on a processor of a run without news; ``record_cpu``: more for each new record; ``peak_mb``:
    memory. S3's ``reads`` and ``writes`` of a run, and the ``news_writes`` more of one with news, are assumed.
    """

    idle_cpu: float
    record_cpu: float
    peak_mb: float
    reads: float = 1
    writes: float = 0
    news_writes: float = 2


@dataclass(frozen=True)
class Archiver:
    """What archiving was measured to take: seconds on a processor of a run, and more for each object and record."""

    run_cpu: float
    object_cpu: float
    record_cpu: float
    memory_mb: int = 1024


def memory(peak_mb: float) -> int:
    """What a function that needs so much is given: a quarter more, in steps of 64 MB.

    >>> memory(96), memory(300)
    (256, 384)
    """
    return max(_LEAST_MB, math.ceil(peak_mb * _SPARE / _STEP_MB) * _STEP_MB)


def gigabyte_seconds(cpu: float, memory_mb: int, waiting: float = 0.0) -> float:
    """What Lambda bills for that much work.

    >>> round(gigabyte_seconds(1.0, 1769), 3), round(gigabyte_seconds(1.0, 512), 3)
    (1.728, 1.728)
    """
    return (cpu / min(1.0, memory_mb / WHOLE_PROCESSOR_MB) + waiting) * memory_mb / 1024


def a_peers(customer: Customer, measured: Measured) -> float:
    """Dollars a year at list prices."""
    starts, given = TICKS_A_YEAR * customer.accounts, memory(measured.peak_mb)
    return _fetching(customer, measured, given, cold=1.0) + sum((
        _price("EventBridge Scheduler starts", starts),
        _price("Lambda requests", starts),
        _price("Secrets Manager secrets", customer.accounts * _MONTHS),
        _price("Secrets Manager reads", starts),
    ))  # fmt: skip


def ours(customer: Customer, measured: Measured, archiver: Archiver, *, memory_mb: int = 512) -> float:
    """Dollars a year at list prices: twelve idle months, and what records, and the ticks that have some, take more."""
    news, objects = customer.ticks_with_news(), customer.objects_touched()
    archiving = (
        news * archiver.run_cpu * COLD_SHARE
        + objects * archiver.object_cpu
        + customer.records_a_day * 365 * archiver.record_cpu
    )
    more = Measured(0.0, measured.record_cpu, measured.peak_mb, reads=0, news_writes=measured.news_writes)
    return total(bill(customer.accounts)) * _MONTHS + _fetching(customer, more, memory_mb, cold=0.0) + sum((
        _price("Lambda GB-seconds (arm64)", gigabyte_seconds(archiving, archiver.memory_mb)),
        _price("Lambda requests", news),
        _price("SQS FIFO requests", 2 * news),
        _price("S3 events to EventBridge", 2 * news + 2 * objects),
        _price("S3 GET requests", news + 2 * objects),
        _price("S3 PUT and LIST requests", news + 3 * objects),  # the object, its summary, and a look at what it is now
    ))  # fmt: skip


def _fetching(customer: Customer, measured: Measured, memory_mb: int, *, cold: float) -> float:
    starts, news = TICKS_A_YEAR * customer.accounts, customer.ticks_with_news()
    cpu = starts * measured.idle_cpu * cold + customer.records_a_day * 365 * measured.record_cpu
    waiting = starts * REQUEST_SECONDS * cold
    return sum((
        _price("Lambda GB-seconds (arm64)", gigabyte_seconds(cpu, memory_mb, waiting)),
        _price("S3 GET requests", starts * measured.reads),
        _price("S3 PUT and LIST requests", starts * measured.writes + news * measured.news_writes),
    ))  # fmt: skip


def _price(item: str, units: float) -> float:
    price = PRICES[item]
    return units * price.dollars / price.per
