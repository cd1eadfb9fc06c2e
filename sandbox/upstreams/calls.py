"""What Sendcloud asked of a shop: the request of a record, as each shop platform's API wants it."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from sandbox.upstreams.messages import Json
from sandbox.upstreams.orders import order_payload, secret
from sandbox.upstreams.shops import Shop

USER_AGENT = "Sendcloud/1.0 (+https://www.sendcloud.com)"


@dataclass(frozen=True, slots=True)
class Call:
    """One request of Sendcloud to a shop; `payload` is None for reads."""

    method: str
    url: str
    headers: dict[str, str]
    payload: Json | str | None
    order: int


@dataclass(frozen=True, slots=True)
class _Target:
    """Where one kind of call goes: the path and query below the shop's address, and its credential headers."""

    read: str
    write: str
    method: str
    headers: dict[str, str]


def _woocommerce(rng: Random, shop: Shop, order: int) -> _Target:
    keys = secret(rng, "ck_"), secret(rng, "cs_")
    query = f"consumer_key={keys[0]}&consumer_secret={keys[1]}"
    token = base64.b64encode(":".join(keys).encode()).decode()
    return _Target(
        f"/wp-json/wc/v3/orders?status=processing&per_page=50&{query}",
        f"/wp-json/wc/v3/orders/{order}?{query}",
        "PUT",
        {"Authorization": f"Basic {token}"} if shop.index % 2 else {},
    )


def _shopify(rng: Random, _shop: Shop, order: int) -> _Target:
    return _Target(
        "/admin/api/2026-07/orders.json?status=open&fulfillment_status=unfulfilled&limit=250",
        f"/admin/api/2026-07/orders/{order}/fulfillments.json",
        "POST",
        {"X-Shopify-Access-Token": secret(rng, "shpat_", 32)},
    )


def _magento(rng: Random, _shop: Shop, order: int) -> _Target:
    return _Target(
        "/rest/V1/orders?searchCriteria[pageSize]=50&searchCriteria[currentPage]=1",
        f"/rest/V1/order/{order}/ship",
        "POST",
        {"Authorization": f"Bearer {secret(rng, 'bearer_', 32)}"},
    )


def _prestashop(rng: Random, _shop: Shop, order: int) -> _Target:
    key = secret(rng, "ws_", 32)
    return _Target(
        f"/api/orders?output_format=JSON&display=full&ws_key={key}",
        f"/api/orders/{order}?ws_key={key}",
        "PUT",
        {"Cookie": f"PrestaShop={secret(rng, 'session_', 24)}"},
    )


def _lightspeed(rng: Random, _shop: Shop, order: int) -> _Target:
    token = base64.b64encode(f"{rng.getrandbits(64):016x}:{secret(rng, 'tok_', 24)}".encode()).decode()
    return _Target("/nl/orders.json?limit=50", f"/nl/orders/{order}.json", "PUT", {"Authorization": f"Basic {token}"})


def _custom(rng: Random, _shop: Shop, order: int) -> _Target:
    token = secret(rng, "tok_", 32)
    return _Target(
        f"/sendcloud/orders?updated_after=2026-01-01&access_token={token}",
        f"/sendcloud/orders/{order}/feedback?access_token={token}",
        "POST",
        {"X-Api-Key": token},
    )


_TARGETS: dict[str, Callable[[Random, Shop, int], _Target]] = {
    "woocommerce": _woocommerce,
    "shopify": _shopify,
    "magento2": _magento,
    "prestashop": _prestashop,
    "lightspeed": _lightspeed,
    "api": _custom,
}


def call(rng: Random, shop: Shop) -> Call:
    """One call to the shop: two in five read its orders, the others report back on one order."""
    order = rng.randint(10_000, 99_999)
    target = _TARGETS[shop.profile.platform](rng, shop, order)
    headers = {"User-Agent": USER_AGENT, "Accept": "application/json", **target.headers}
    if rng.random() < 0.4:
        return Call("GET", shop.url + target.read, headers, None, order)
    payload = order_payload(rng, shop.profile.platform, order)
    kind = "application/json" if not isinstance(payload, str) else "text/plain; charset=utf-8"
    return Call(target.method, shop.url + target.write, {**headers, "Content-Type": kind}, payload, order)
