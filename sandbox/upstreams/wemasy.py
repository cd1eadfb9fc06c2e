"""WeMaSy: `GET /services/webshop/v1/integrations/sendcloud/status`, also under `/api`."""

from random import Random

from sandbox.upstreams.messages import Json, Request, Response, json_response
from sandbox.upstreams.shops import Account
from sandbox.upstreams.world import World

STATUS = "/services/webshop/v1/integrations/sendcloud/status"
PREFIXES = ("/services/", "/api/services/")

CREDENTIALS = {"public_key": "canary-wemasy-public-key", "secret_key": "canary-wemasy-secret-key"}
"""The shop's Sendcloud keys in the status answer; they must not appear anywhere downstream."""

_MESSAGES = {
    401: "Unauthorized: the access token is missing or invalid.",
    403: "Forbidden: this token may not read integrations.",
    404: "Not found.",
    405: "Method not allowed.",
    429: "Too many requests.",
    500: "Internal server error.",
    503: "Service unavailable.",
}
_FLAGS = {
    "strings": ("0", "1"),
    "integers": (0, 1),
    "booleans": (False, True),
    "null": (None, None),
    "garbage": ("perhaps", "perhaps"),
}


def error(world: World, status: int, remaining: int, retry_after: object = None) -> Response:
    """The documented error body and headers."""
    headers = _headers(world, remaining)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return json_response(status, {"error": True, "message": _MESSAGES[status]}, headers)


def handle(world: World, request: Request) -> Response:
    """Answer one request."""
    limit = world.modes.wemasy_rate_limit
    if request.path.removeprefix("/api") != STATUS:
        return error(world, 404, limit)
    if request.method != "GET":
        return error(world, 405, limit)
    account = world.wemasy_account(request)
    if isinstance(account, int):
        return error(world, account, limit)
    allowance = world.windows.take(f"wemasy {account.name}", limit, world.clock().timestamp())
    if not allowance.allowed:
        return error(world, 429, 0, allowance.retry_after)
    return json_response(200, _status(world, account), _headers(world, allowance.remaining))


def _headers(world: World, remaining: int) -> dict[str, str]:
    return {"X-RateLimit-Limit": str(world.modes.wemasy_rate_limit), "X-RateLimit-Remaining": str(remaining)}


def _status(world: World, account: Account) -> Json:
    modes = world.modes
    if modes.wemasy_answer == "error-in-200":
        return {"error": True, "message": "The integration could not be read."}
    if modes.wemasy_answer == "no-integration":
        return {"error": False}
    rng = Random(f"{world.settings.seed}:wemasy:{account.name}")
    flags = _FLAGS[modes.wemasy_flags]
    return {
        "error": False,
        "integration": {
            "credentials": dict(CREDENTIALS) if modes.wemasy_credentials else None,
            "id": str(rng.randint(1000, 9999)),
            "is_active": flags[modes.wemasy_active],
            "is_connected": flags[modes.wemasy_connected],
            "created_at": "2025-03-04 09:12:44",
            "updated_at": "2026-09-30 16:05:01",
        },
    }
