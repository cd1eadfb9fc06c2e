"""Records of the size that Sendcloud's have (1.8 KB of JSON), serialised once, for what serves and what measures them.

They are the sandbox's failures of seven shops, each call and answer with what such ones carry on a real line besides:
tracing and proxy headers, whole orders, pages with their style. Every record has an id and a time, all in one offset:
none of those who are measured has to stumble over what only some records lack. Pure.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from random import Random
from typing import TYPE_CHECKING, cast

from sandbox.upstreams.history import DAY, plan
from sandbox.upstreams.orders import PRODUCTS
from sandbox.upstreams.records import compose
from sandbox.upstreams.shops import build_accounts, build_shops

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SEED = 7
SHOPS = 7
FIRST_ID = 6_832_000_001
FIRST_INTEGRATION = 400_001

_ZONE = timezone(timedelta(hours=1))
_SOME_TIME = 20_000 * DAY
_ID, _INTEGRATION = 9_000_000_000_000_001, 9_000_000_000_000_002
_TIME = "0000-00-00T00:00:00+01:00"
_STYLE = (
    "<style>body{font-family:-apple-system,Segoe UI,Roboto,sans-serif;margin:0;color:#313131}main{max-width:60rem;"
    "margin:8rem auto;padding:0 1.5rem}h1{font-size:2.5rem;font-weight:500}p{line-height:1.5}@media(max-width:720px)"
    "{h1{font-size:1.5rem}}.footer{font-size:.75rem;border-top:1px solid #d9d9d9;padding:1rem 0;text-align:center}"
    "</style>"
)
_CARRIERS = ("postnl", "dhl", "bpost", "dpd", "ups", "gls")
_SERVERS = ("nginx", "Apache/2.4.62 (Debian)", "LiteSpeed", "openresty/1.27.1")


@dataclass(frozen=True, slots=True)
class Template:
    """A serialised record without its id, integration and time: what lies between and behind them."""

    middle: bytes
    tail: bytes

    def record(self, id_: int, integration_id: int, at: int) -> bytes:
        """The record of that id, integration and time (Unix seconds), as JSON."""
        return b'{"id":%d,"integration_id":%d%b%b%b' % (id_, integration_id, self.middle, timestamp(at), self.tail)


def timestamp(at: int) -> bytes:
    """A time (Unix seconds) as the records have it.

    >>> timestamp(0)
    b'1970-01-01T01:00:00+01:00'
    """
    return datetime.fromtimestamp(at, _ZONE).isoformat().encode()


def templates(records: int, *, seed: int = SEED) -> list[Template]:
    """So many records, no two alike; the same for the same seed."""
    return [_template(record) for record, _ in zip(_composed(seed, records), range(records), strict=False)]


def pages(records: int, *, integrations: int = 1, size: int = 100, until: int = _SOME_TIME) -> list[bytes]:
    """So many records in Sendcloud's pages, newest first, as they come over the wire."""
    made = [
        template.record(FIRST_ID + records - place, FIRST_INTEGRATION + place % integrations, until - 60 * place)
        for place, template in enumerate(templates(records))
    ]
    return [b'{"data":[' + b",".join(made[at : at + size]) + b"]}" for at in range(0, records, size)]


def variety(served: Sequence[bytes]) -> dict[str, float]:
    """How large and how varied the records on these pages are."""
    records = [record for page in served for record in json.loads(page)["data"]]
    sizes = sorted(len(json.dumps(each, ensure_ascii=False, separators=(",", ":")).encode()) for each in records)
    texts = [text for each in records for text in _texts(each)]
    return {
        "records": float(len(records)),
        "bytes a record": sum(sizes) / len(sizes),
        "of the 10th percentile": float(sizes[len(sizes) // 10]),
        "of the 90th": float(sizes[len(sizes) * 9 // 10]),
        "gzip -6, bytes a record": len(gzip.compress(b"\n".join(served), 6)) / len(records),
        "texts a record": len(texts) / len(records),
        "of them distinct, %": 100 * len(set(texts)) / len(texts),
    }


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _composed(seed: int, records: int) -> Iterator[dict[str, object]]:
    account = build_accounts(["main"])["main"]
    shops = build_shops(account, SHOPS)
    for turn in count():  # a plan's volume is met on average only
        for each in plan(seed + turn, shops, account.index, _SOME_TIME, records + 100):
            record = compose(seed + turn, each.key, each.shop, each.kind, each.at * 1_000_000)
            yield _typical(Random(f"{seed}:{turn}:{each.key}"), record, each.at)  # noqa: S311  # no secret


def _template(record: dict[str, object]) -> Template:
    marked = {**record, "id": _ID, "integration_id": _INTEGRATION, "created_at": _TIME}
    text = json.dumps(marked, ensure_ascii=False, separators=(",", ":")).encode()
    head, _, middle = text.partition(str(_INTEGRATION).encode())
    if head != b'{"id":%d,"integration_id":' % _ID:
        raise ValueError("a record begins with its id and its integration")
    middle, _, tail = middle.partition(_TIME.encode())
    return Template(middle, tail)


def _typical(rng: Random, record: dict[str, object], at: int) -> dict[str, object]:
    """The sandbox's record with what it leaves out for brevity."""
    trace = f"{rng.getrandbits(128):032x}"
    request, response = record.get("request"), record.get("response")
    if isinstance(request, dict):
        request = {**request, "payload": _order(rng, request["payload"])}
        if isinstance(request["headers"], dict):
            request["headers"] = {**request["headers"], **_sent(rng, trace)}
        record["request"] = request
    if isinstance(response, dict) and isinstance(response["headers"], dict):
        headers = {**_received(rng, at), **response["headers"]}
        record["response"] = {"headers": headers, "body": _body(rng, response["body"], trace)}
    if isinstance(text := record.get("exception"), str) and record.get("response_code") is None:
        record["exception"] = f"{text}; gave up on attempt {rng.randint(1, 5)} after {rng.uniform(0.2, 31):.3f} s"
    return record


def _sent(rng: Random, trace: str) -> dict[str, str]:
    return {
        "Accept-Encoding": "gzip, deflate",
        "Connection": "keep-alive",
        "traceparent": f"00-{trace}-{rng.getrandbits(64):016x}-01",
        "X-Request-Id": trace,
    }


def _received(rng: Random, at: int) -> dict[str, str]:
    moment = datetime.fromtimestamp(at, UTC)
    return {
        "Date": f"{moment:%a, %d %b %Y %H:%M:%S} GMT",
        "Server": rng.choice(_SERVERS),
        "Content-Length": str(rng.randint(80, 9000)),
        "Vary": "Accept-Encoding, Origin",
        "X-Frame-Options": "SAMEORIGIN",
        "X-Content-Type-Options": "nosniff",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private",
        "Via": f"1.1 varnish-{rng.randint(1, 40)}.ams, 1.1 proxy",
        "X-Runtime": f"{rng.uniform(0.01, 9):.6f}",
        "Set-Cookie": f"__cf_bm={rng.getrandbits(192):048x}; path=/; HttpOnly; Secure; SameSite=None",
    }


def _order(rng: Random, payload: object) -> object:
    """What Sendcloud reports back on an order: the parcel too."""
    if not isinstance(payload, dict):
        return payload
    number = f"3S{rng.randrange(10**11):011d}"
    parcel = {
        "id": rng.randrange(10**8, 10**9),
        "tracking_number": number,
        "tracking_url": f"https://tracking.example/forward?carrier={rng.choice(_CARRIERS)}&code={number}",
        "carrier": {"code": rng.choice(_CARRIERS)},
        "status": {"id": rng.choice((11, 62989, 3)), "message": rng.choice(("Delivered", "En route", "Sorted"))},
        "weight": f"{rng.uniform(0.1, 20):.3f}",
        "shipment": {"id": rng.randint(1, 400), "name": "Standard 0-23kg"},
        "total_order_value": f"{rng.uniform(5, 400):.2f}",
        "total_order_value_currency": "EUR",
        "date_updated": f"{rng.randint(1, 28):02}-11-2026 {rng.randint(0, 23):02}:{rng.randint(0, 59):02}",
        "customs_invoice_nr": "",
        "external_shipment_id": f"{rng.randrange(10**9)}",
    }
    bought = [
        {
            "description": rng.choice(PRODUCTS),
            "ean": f"87{rng.randrange(10**11):011d}",
            "quantity": rng.randint(1, 4),
            "value": f"{rng.uniform(1, 120):.2f}",
            "weight": f"{rng.uniform(0.05, 9):.3f}",
            "hs_code": rng.choice(("871200", "940520", "060240", "330300", "950300")),
            "origin_country": rng.choice(("NL", "BE", "DE", "CN")),
        }
        for _ in range(rng.randint(1, 3))
    ]
    return {**cast("dict[str, object]", payload), "parcel": {**parcel, "parcel_items": bought}}


def _body(rng: Random, body: object, trace: str) -> object:
    """An answer's body as shops send it: a page with its style, or JSON with details."""
    if isinstance(body, str) and "</head>" in body:
        footer = f'<div class="footer">Reference: <code>{trace[:16]}</code> · {rng.randint(1, 254)} ms</div></body>'
        return body.replace("</head>", f"{_STYLE}</head>").replace("</body>", footer)
    if isinstance(body, dict):
        return {**body, "request_id": trace, "documentation_url": "https://developer.example/api/errors"}
    return body
