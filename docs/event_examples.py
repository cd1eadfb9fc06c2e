"""What happens in the examples of ``docs/events.md``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "functions"), str(ROOT / "layers" / "shared")]

from check_status.happenings import Happening  # noqa: E402
from check_status.problems.at_risk import Behind  # noqa: E402
from check_status.problems.at_risk import step as risk_step  # noqa: E402
from check_status.problems.lifecycle import Shop, Side, Watch  # noqa: E402
from check_status.problems.lifecycle import step as problem_step  # noqa: E402
from check_status.problems.summaries import Found, Summary  # noqa: E402

_NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
_HOUR = timedelta(hours=1)


def happened() -> dict[str, Happening]:
    """One of each kind, as check_status makes them of a story: a certificate expires, is renewed, expires again."""
    told: dict[str, Happening] = {
        "Integration Status Changed": Happening(
            kind="Integration Status Changed",
            account="main",
            integration_id=101,
            at=_NOON,
            subject="integration-101",
            ordinal=1,
            detail={
                "verdict": "disconnected",
                "previous": "healthy",
                "sentence": "Bloem & Zo (https://bloem.example): WeMaSy is not connected to Sendcloud; the shop's "
                "owner should reconnect it in WeMaSy.",
                "since": "2026-11-22T11:55:00.000000Z",
                "shop_name": "Bloem & Zo",
                "shop_url": "https://bloem.example",
            },
        )
    }
    problems, began = {}, _NOON - 5 * _HOUR
    story = [
        (0, [began + n * _HOUR for n in range(5)]),
        (1, [_NOON + timedelta(minutes=1)] * 40),
        (3, []),
        (6, [_NOON + timedelta(hours=5, minutes=58)]),
    ]
    for number, (hours, times) in enumerate(story):
        now = _NOON + hours * _HOUR
        problems, new = problem_step(problems, _summaries(number, times), _watch(now))
        told |= {each.kind: each for each in new}
    behind = {
        "integration-101": Behind(
            _NOON - timedelta(days=21), "Sendcloud answered 500 to the last 5 requests.", "TryLater"
        )
    }
    told |= {each.kind: each for each in risk_step({}, behind, account="main", now=_NOON)[1]}
    return told


def _watch(now: datetime) -> Watch:
    return Watch(
        account="main",
        now=now,
        watching_since=_NOON - timedelta(days=9),
        sides={101: Side(now - timedelta(minutes=5), "connected")},
        shops={101: Shop("Bloem & Zo", "https://bloem.example")},
        behind=(),
        resolve_after=_HOUR,
        escalation_factor=5,
    )


def _summaries(number: int, times: list[datetime]) -> dict[str, Summary]:
    if not times:
        return {}
    hours: dict[str, int] = {}
    for time in times:
        hours[f"{time:%Y-%m-%dT%H}"] = hours.get(f"{time:%Y-%m-%dT%H}", 0) + 1
    found = Found(
        records=len(times),
        first_at=times[0],
        last_at=times[-1],
        hours=hours,
        exception_type="requests.exceptions.SSLError",
        method="GET",
        host="bloem.example",
        response_code=495,
        path="/wp-json/wc/v3/orders/{id}",
        paths=("/wp-json/wc/v3/orders/1001", "/wp-json/wc/v3/orders/1002"),
        remedy="certificate-invalid",
        sample_ids=(4711 + number, 4812 + number),
    )
    rest = f"dt=2026-11-22/integration-101.ids-{number}-{number}"
    return {rest: Summary("etag", "main", 101, {"9f2c4e1a7b3d5f60": found}, 0)}
