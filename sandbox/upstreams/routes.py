"""From a request to its answer: faults first, then whichever upstream the path belongs to."""

from dataclasses import replace

from sandbox.upstreams import admin, sendcloud, wemasy
from sandbox.upstreams.faults import STATUS_KINDS, Fault
from sandbox.upstreams.messages import Request, Response
from sandbox.upstreams.world import World

MAINTENANCE = b"<!DOCTYPE html><html><head><title>We'll be right back</title></head><body>Maintenance</body></html>"


def answer(world: World, request: Request) -> Response:
    """The answer to any request."""
    if request.path.startswith(admin.PREFIX):
        return admin.handle(world, request)
    account = world.claimed(request)
    fault = world.faults.take(request.path, account)
    response = _upstream(world, request, fault) if fault is None else _spoilt(world, request, fault)
    world.traffic.note(request, account, str(response.status) if response.fate == "whole" else response.fate)
    return response.later(world.modes.latency_ms / 1000)


def _upstream(world: World, request: Request, fault: Fault | None) -> Response:
    if request.path.startswith(wemasy.PREFIXES):
        return wemasy.handle(world, request)
    return sendcloud.handle(world, request, fault)


def _spoilt(world: World, request: Request, fault: Fault) -> Response:
    match fault.kind:
        case "timeout":
            return Response(0, fate="withheld", hold=fault.seconds)
        case "html":
            return Response(200, MAINTENANCE, {"Content-Type": "text/html; charset=utf-8"})
        case "redirect":
            target = f"{fault.origin}{request.path}{'?' * bool(request.query)}{request.query}"
            return Response(302, b"", {"Location": target})
        case kind if kind in STATUS_KINDS:
            return _refused(world, request, fault)
    response = _upstream(world, request, fault)
    return replace(response, fate="cut") if fault.kind == "cut" else response


def _refused(world: World, request: Request, fault: Fault) -> Response:
    status = STATUS_KINDS[fault.kind]
    retry_after = fault.retry_after if status in {429, 503} else None
    if request.path.startswith(wemasy.PREFIXES):
        return wemasy.error(world, status, 0 if status == 429 else world.modes.wemasy_rate_limit, retry_after)
    return sendcloud.error(world, status, retry_after=retry_after)
