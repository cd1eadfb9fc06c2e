"""The sandbox's own switches, under `/_sandbox`: for tests and operators on this machine only."""

import json
from collections.abc import Callable, Mapping
from ipaddress import ip_address

from sandbox.upstreams.failures import KINDS
from sandbox.upstreams.faults import parse
from sandbox.upstreams.messages import Json, MisuseError, Request, Response, json_response
from sandbox.upstreams.modes import Modes
from sandbox.upstreams.orders import canaries
from sandbox.upstreams.wemasy import CREDENTIALS
from sandbox.upstreams.world import World

PREFIX = "/_sandbox"


def is_local(client: str) -> bool:
    """Whether an IP address is this machine's own loopback."""
    try:
        address = ip_address(client)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def handle(world: World, request: Request) -> Response:
    """Answer one administrative request; 403 unless it comes from loopback."""
    if not is_local(request.client):
        return json_response(403, {"error": "the sandbox's switches are for loopback only"})
    action = _ACTIONS.get((request.method, request.path.removeprefix(PREFIX)))
    if action is None:
        return json_response(404, {"error": "no such switch", "switches": [" ".join(each) for each in _ACTIONS]})
    try:
        body = json.loads(request.body) if request.body else {}
        if not isinstance(body, dict):
            raise MisuseError("the body is a JSON object")
        return json_response(200, action(world, body))
    except (MisuseError, ValueError) as fault:
        return json_response(400, {"error": str(fault)})


def _health(world: World, _body: Json) -> object:
    return {"status": "ok", "now": world.clock().isoformat(), "started": world.started.isoformat()}


def _add_fault(world: World, body: Json) -> object:
    world.faults.add(parse(body))
    return world.faults.as_json()


def _clear_faults(world: World, _body: Json) -> object:
    world.faults.clear()
    return []


def _change_modes(world: World, body: Json) -> object:
    world.modes.change(body)
    return world.modes.as_json()


def _reset_modes(world: World, _body: Json) -> object:
    world.modes.change(Modes().as_json())
    return world.modes.as_json()


def _clear_requests(world: World, _body: Json) -> object:
    world.traffic.clear()
    return world.traffic.as_json()


def _target(world: World, body: Json) -> tuple[str, int]:
    """The account and integration that a body names, both known."""
    account, integration = body.get("account"), body.get("integration_id")
    if not isinstance(account, str) or account not in world.shops:
        raise MisuseError(f"account is one of {', '.join(world.shops)}, not {account!r}")
    ids = [shop.id for shop in world.shops[account]]
    if not isinstance(integration, int) or integration not in ids:
        raise MisuseError(f"integration_id is one of {ids}, not {integration!r}")
    return account, integration


def plant(world: World, body: Json) -> Json:
    """Create records from `account`, `integration_id` and `records`; returns their `ids`. Raises `MisuseError`."""
    account, integration = _target(world, body)
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(each, dict) for each in records):
        raise MisuseError("records is a list of objects")
    if unknown := {str(each["__kind__"]) for each in records if "__kind__" in each} - set(KINDS):
        raise MisuseError(f"no such kind of failure: {', '.join(unknown)} (the kinds are {', '.join(KINDS)})")
    return {"ids": [world.store.plant(account, integration, each) for each in records]}


def change_integration(world: World, body: Json) -> Json:
    """Set `fields` of an integration as `GET /integrations` shows it. Raises `MisuseError`."""
    _, integration = _target(world, body)
    fields = body.get("fields")
    if not isinstance(fields, dict):
        raise MisuseError("fields is an object")
    world.integration_overrides[integration] = world.integration_overrides.get(integration, {}) | fields
    return world.integration_overrides[integration]


def _canaries(_world: World, _body: Json) -> object:
    return {"canaries": [*canaries(), *CREDENTIALS.values()]}


_ACTIONS: Mapping[tuple[str, str], Callable[[World, Json], object]] = {
    ("GET", "/health"): _health,
    ("GET", "/truth"): lambda world, _: world.store.truth(),
    ("GET", "/requests"): lambda world, _: world.traffic.as_json(),
    ("DELETE", "/requests"): _clear_requests,
    ("GET", "/faults"): lambda world, _: world.faults.as_json(),
    ("POST", "/faults"): _add_fault,
    ("DELETE", "/faults"): _clear_faults,
    ("GET", "/modes"): lambda world, _: world.modes.as_json(),
    ("POST", "/modes"): _change_modes,
    ("DELETE", "/modes"): _reset_modes,
    ("POST", "/records"): plant,
    ("POST", "/integrations"): change_integration,
    ("GET", "/canaries"): _canaries,
}
