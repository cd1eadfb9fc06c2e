"""One log record as Sendcloud serves it, in every variant of type that the documentation leaves open."""

import json
from datetime import UTC, datetime, timedelta, timezone
from random import Random

from sandbox.upstreams.calls import Call, call
from sandbox.upstreams.failures import Outcome, fail
from sandbox.upstreams.messages import Json
from sandbox.upstreams.shops import Shop

OFFSETS = (1, 1, 1, 0, 0, 2, -5)
"""Hours east of UTC that `created_at` is written in."""

TIDY = 0.5
"""The throw of the dice that gives every field its documented type."""

OPTIONAL = ("additional_data", "protected", "exception", "exception_type", "request", "response", "method", "full_url")
"""Fields that a record may simply not have; `base_url` is the only one documented as required."""


def timestamp(rng: Random, at: int) -> str:
    """A time (Unix microseconds) as an ISO 8601 date-time with an offset; UTC sometimes as `Z`."""
    hours = rng.choice(OFFSETS)
    moment = datetime.fromtimestamp(at // 1_000_000, UTC).replace(microsecond=at % 1_000_000)
    text = moment.astimezone(timezone(timedelta(hours=hours))).isoformat()
    return text.replace("+00:00", "Z") if rng.random() < 0.5 else text


def _request(roll: float, made: Call) -> Json | None:
    if roll < 0.03:
        return None
    headers: object = made.headers
    if roll < 0.15:
        headers = "".join(f"{name}: {value}\r\n" for name, value in made.headers.items())
    elif roll < 0.23:
        headers = None
    return {"headers": headers, "payload": made.payload}


def _response(roll: float, outcome: Outcome) -> Json | None:
    if outcome.headers is None:
        return {"headers": None, "body": None} if roll < 0.1 else None
    body: object = outcome.body
    if roll < 0.05:
        body = None
    elif roll < 0.2 and isinstance(body, dict):
        body = json.dumps(body)
    return {"headers": None if roll > 0.95 else outcome.headers, "body": body}


def _additional(rng: Random, made: Call) -> Json | str:
    roll = rng.random()
    if roll < 0.8:
        return ""
    if roll < 0.85:
        return "scheduled retry"
    return {"order_number": str(made.order), "attempt": rng.randint(1, 5)}


def _wear(rng: Random, record: Json) -> None:
    """Nulls and missing keys, as only an API with one required field can have them."""
    roll = rng.random()
    if roll < 0.02:
        record["full_url"] = None
    elif roll < 0.03:
        record["method"] = ""
    elif roll < 0.05:
        record["exception_type"] = None
    elif roll < 0.07:
        record["exception"] = None
    elif roll < 0.0705:
        record["created_at"] = None
    elif roll < 0.071:
        del record["created_at"]
    elif roll < 0.12:
        for name in rng.sample(OPTIONAL, rng.randint(1, 3)):
            del record[name]


def compose(seed: int, key: int, shop: Shop, kind: str, at: int, *, worn: bool = True) -> Json:  # noqa: PLR0913
    """The record of one failure: the same arguments always give the same record. `at` is in Unix microseconds.

    `worn` records have the nulls, missing keys and odd types of real ones; the others are as tidy as the documentation.
    """
    rng = Random(f"{seed}:record:{key}")
    made = call(rng, shop)
    outcome = fail(rng, kind, made)
    record: Json = {
        "id": key,
        "integration_id": shop.id,
        "base_url": shop.url,
        "full_url": made.url,
        "method": made.method,
        "response_code": outcome.code,
        "response": _response(rng.random() if worn else TIDY, outcome),
        "request": _request(rng.random() if worn else TIDY, made),
        "created_at": timestamp(rng, at),
        "exception_type": outcome.exception_type,
        "exception": outcome.exception,
        "protected": False,
        "additional_data": _additional(rng, made) if worn else "",
    }
    if not worn:
        return record
    if rng.random() < 0.05:
        record["protected"] = True
        record["request"] = {"headers": "[protected]", "payload": "[protected]" if made.payload else None}
    _wear(rng, record)
    return record
