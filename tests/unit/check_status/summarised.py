"""Summaries as archive_logs writes them, for tests of what check_status makes of them."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from check_status.problems.lifecycle import Shop, Side, Watch
from check_status.problems.summaries import Found, Summary
from integration_logs.times import timestamp

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
TODAY = "dt=2026-11-22/integration-101"
FACTS: dict[str, Any] = {
    "exception_type": "requests.exceptions.SSLError",
    "method": "GET",
    "host": "shop.example",
    "response_code": 495,
    "path": "/orders/{id}",
    "paths": ("/orders/1", "/orders/2"),
    "remedy": "certificate-invalid",
    "sample_ids": (3, 17),
}


def found(*times: datetime, **facts: Any) -> Found:
    """One problem in one summary, with a record at each of the times."""
    hours = Counter(f"{time:%Y-%m-%dT%H}" for time in times)
    return Found(len(times), min(times), max(times), dict(hours), **(FACTS | facts))


def summary(integration_id: int = 101, account: str = "main", etag: str = "1", **problems: Found) -> Summary:
    """A summary of these problems, by fingerprint."""
    return Summary(etag, account, integration_id, problems, 0)


def watch(now: datetime = NOON, **others: Any) -> Watch:
    """A check at which all is well: Sendcloud fetched just now, WeMaSy is connected, nothing is behind."""
    known: dict[str, Any] = {
        "account": "main",
        "now": now,
        "watching_since": NOON - 20 * DAY,
        "sides": {101: Side(now, "connected")},
        "shops": {101: Shop("Café Bloem", "https://bloem.example")},
        "behind": (),
        "resolve_after": HOUR,
        "escalation_factor": 5,
    }
    return Watch(**(known | others))


def body(made: Summary) -> bytes:
    """The summary's object."""
    problems = {
        fingerprint: {
            "records": each.records,
            "first_at": timestamp(each.first_at),
            "last_at": timestamp(each.last_at),
            "hours": dict(each.hours),
            "exception_type": each.exception_type,
            "method": each.method,
            "host": each.host,
            "response_code": each.response_code,
            "path": each.path,
            "paths": list(each.paths),
            "remedy": each.remedy,
            "sample_ids": list(each.sample_ids),
        }
        for fingerprint, each in made.problems.items()
    }
    document = {
        "version": 1,
        "etag": '"of-the-archive"',
        "account": made.account,
        "integration_id": made.integration_id,
        "records": sum(each.records for each in made.problems.values()),
        "first_id": 1,
        "last_id": 99,
        "problems": problems,
        "problems_left_out": made.left_out,
    }
    return json.dumps(document).encode()
