"""Sendcloud API v3: `GET /integrations`, `GET /integrations/logs`, `GET /integrations/{id}/logs`, under `/api/v3`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sandbox.upstreams.cursors import BadCursorError, CursorStyle, twin
from sandbox.upstreams.faults import Fault
from sandbox.upstreams.messages import Json, Request, Response, json_response
from sandbox.upstreams.shops import Account, Shop
from sandbox.upstreams.streams import START, Mark, Order, Page
from sandbox.upstreams.world import World

PREFIX = "/api/v3"
PAGE_SIZE, LARGEST_PAGE = 25, 100

_LOGS = re.compile(rf"{PREFIX}/integrations/(?:(\d{{1,18}})/)?logs")

_ERRORS: Mapping[int, tuple[str, str, str]] = {
    400: ("invalid", "Bad request", "The request cannot be understood."),
    401: ("authentication_failed", "Authentication failed", "Invalid username/password."),
    403: ("permission_denied", "Permission denied", "You do not have permission to perform this action."),
    404: ("not_found", "Not found", "Not found."),
    405: ("method_not_allowed", "Method not allowed", "Only GET is played here."),
    429: ("throttled", "Too many requests", "Request was throttled."),
    500: ("internal_error", "Internal server error", "Something went wrong on our side."),
    503: ("service_unavailable", "Service unavailable", "Please try again later."),
}


def error(world: World, status: int, detail: str = "", parameter: str = "", retry_after: object = None) -> Response:
    """The documented error body, in the style that the mode `error_style` asks for."""
    code, title, sentence = _ERRORS[status]
    shown: int | str = str(status) if world.modes.error_style == "string-status" else status
    item: Json = {"status": shown, "code": code, "title": title, "detail": detail or sentence}
    if parameter:
        item["source"] = {"parameter": parameter}
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="api"'
    return json_response(status, {"errors": item if world.modes.error_style == "object" else [item]}, headers)


def handle(world: World, request: Request, fault: Fault | None) -> Response:
    """Answer one request; `fault` is one of those that spoil an otherwise good answer."""
    account = _admit(world, request)
    if isinstance(account, Response):
        return account
    if fault and fault.kind == "not-a-list":
        return json_response(200, {"data": {"detail": "this is no list"}})
    if request.path == f"{PREFIX}/integrations":
        return json_response(200, {"data": [_integration(world, shop) for shop in world.shops[account.name]]})
    if route := _LOGS.fullmatch(request.path):
        return _logs(world, request, account, int(route[1]) if route[1] else None, fault)
    return error(world, 404)


def _admit(world: World, request: Request) -> Account | Response:
    """The account that may go on, or the refusal."""
    if request.method != "GET":
        return error(world, 405)
    if request.body:
        return error(world, 403, "A GET request carries no body.")
    account = world.sendcloud_account(request)
    if isinstance(account, int):
        return error(world, account)
    allowance = world.windows.take(f"sendcloud {account.name}", world.modes.rate_limit, world.clock().timestamp())
    return account if allowance.allowed else error(world, 429, retry_after=allowance.retry_after)


def _integration(world: World, shop: Shop) -> Json:
    """An integration as `GET /integrations` shows it; a WooCommerce shop whose keys were revoked is failing."""
    rng = Random(f"{world.settings.seed}:integration:{shop.id}")
    made = world.started - timedelta(days=rng.randint(60, 900), seconds=rng.randrange(86_400))
    failing = "key_revoked" in shop.profile.kinds and shop.index == 0
    since = world.started - timedelta(hours=rng.randint(20, 50))
    fetched = since if failing else world.clock() - timedelta(minutes=rng.randint(1, 14))
    return {
        "id": shop.id,
        "shop_name": shop.name,
        "shop_url": shop.url,
        "type": shop.profile.platform,
        "started_failing_at": _iso(since) if failing else None,
        "last_fetched_at": _iso(fetched),
        "created_at": _iso(made),
        "updated_at": _iso(max(made, since)),
        "webhook_active": shop.profile.platform in {"woocommerce", "shopify"},
        **world.integration_overrides.get(shop.id, {}),
    }


def _iso(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat()


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request for logs asks for; the modes are read once, so that one answer is of one piece."""

    integration: int | None
    after: Mark
    size: int
    style: CursorStyle
    order: Order


def _logs(world: World, request: Request, account: Account, integration: int | None, fault: Fault | None) -> Response:
    if integration not in {None, *(shop.id for shop in world.shops[account.name])}:
        return error(world, 404, "No such integration.")
    size = request.parameter("page_size") or str(PAGE_SIZE)
    if not re.fullmatch(r"[0-9]{1,9}", size) or not 1 <= int(size) <= LARGEST_PAGE:
        return error(world, 400, f"page_size is between 1 and {LARGEST_PAGE}.", "page_size")
    style, order, raw = world.modes.cursor_style, world.modes.order, request.raw_parameter("cursor")
    try:
        after = world.cursors.read(style, raw) if raw else START
    except BadCursorError:
        return error(world, 400, "Invalid cursor.", "cursor")
    # A time cannot name a place in an order that is not of time: then each page is shuffled in itself.
    within = style == "time" and order == "shuffled"
    asked = _Asked(integration, after, int(size), style, "newest" if within else order)
    page = world.store.page(account.name, integration, asked.order, after, asked.size)
    places = page.places if not (fault and fault.kind == "empty-page") else []
    texts = world.store.texts(account.name, places, omit_integration_id=world.modes.omit_integration_id)
    if within:
        Random(len(texts)).shuffle(texts)
    headers = {"Content-Type": "application/json"} | _link(world, request, page, asked, fault)
    return Response(200, b'{"data":[' + b",".join(texts) + b"]}", headers)


def _link(world: World, request: Request, page: Page, asked: _Asked, fault: Fault | None) -> dict[str, str]:
    """The Link header, built from the request's Host header and possibly bent by a fault."""
    kind = fault.kind if fault else ""
    origin = fault.origin if fault and kind == "foreign-link" else f"http://{request.host}"
    path = request.path.removeprefix("/api") if world.modes.link_path == "bare" else request.path
    previous = _query(world, asked, page.previous)
    following = _query(world, asked, page.following)
    if kind == "empty-page":
        mark = twin(page, asked.after, asked.order) if asked.style == "time" else asked.after
        following = f"cursor={world.cursors.write(asked.style, mark, fresh=True)}&page_size={asked.size}"
    elif kind == "cursor-loop":
        following = previous or request.query or f"page_size={asked.size}"
    links = [
        f'<{origin}{path}?{query}>; rel="{rel}"' for rel, query in (("next", following), ("prev", previous)) if query
    ]
    return {"Link": ", ".join(links)} if links else {}


def _query(world: World, asked: _Asked, mark: Mark | None) -> str:
    """The query that leads to a mark; empty for None."""
    if mark is None:
        return ""
    cursor = "" if mark == START else f"cursor={world.cursors.write(asked.style, mark)}&"
    return f"{cursor}page_size={asked.size}"
