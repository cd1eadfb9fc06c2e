"""A function's part of the API: its routes, ``{"data": …}``, and errors in Sendcloud's own shape.

Every route is strict: it refuses a query parameter that it does not know or that is given twice, because a filter with
a typo would return everything. ``page_links.py`` has the ``Link`` header, ``parameters.py`` what routes accept.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError, ServiceError
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import OpenAPIRequestValidationMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import BaseModel

from integration_logs.errors import IntegrationLogsError, ObjectUnreadable, TryLater
from integration_logs.json_types import JsonObject, JsonValue

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler.api_gateway import Route
    from aws_lambda_powertools.event_handler.middlewares.base import NextMiddleware
    from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent


log = logging.getLogger(__name__)

CODES = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_many_requests",
    500: "internal_error",
    502: "unreadable_object",
    503: "try_later",
    504: "too_slow",
}
"""The ``code`` of an error by its status; API Gateway's own answers have the same (``GatewayResponses``)."""

_JSON = "application/json"
_MOST_ERRORS = 20


def _nowhere(path: str) -> list[str]:  # noqa: ARG001
    return []


def resolver(elsewhere: Callable[[str], list[str]] = _nowhere) -> APIGatewayRestResolver:
    """A function's part of the API, with the answers below; pages of ``CorsAllowOrigin`` may read them in a browser.

    ``elsewhere`` gives the methods that a path has in the other functions' parts, to refuse others by.
    """
    origin = os.environ.get("CORS_ALLOW_ORIGIN", "")
    cors = CORSConfig(allow_origin=origin, expose_headers=["*"]) if origin else None
    return answering(APIGatewayRestResolver(cors=cors), elsewhere)


def refused(parameter: str, sentence: str, *, where: str = "query") -> RequestValidationError:
    """To be raised for a bad value: 400, naming the parameter."""
    return RequestValidationError([{"loc": (where, parameter), "msg": sentence}])


def data(
    status: int, value: JsonValue | Sequence[JsonObject], *, headers: Mapping[str, str | list[str]] | None = None
) -> Response[str]:
    """``{"data": value}`` as JSON."""
    return _json(status, {"data": value}, headers)


def answer(
    model: type[BaseModel],
    description: str,
    *,
    status: int = 200,
    headers: Mapping[str, Any] | None = None,
    missing: str = "",
) -> Any:
    """What a route answers, for the API's description; ``missing`` says when that is a 404."""
    good: dict[str, Any] = {"description": description, "content": {_JSON: {"model": model}}}
    return {status: good | ({"headers": headers} if headers else {})} | (
        {404: {"description": missing}} if missing else {}
    )


def answering(app: APIGatewayRestResolver, elsewhere: Callable[[str], list[str]] = _nowhere) -> APIGatewayRestResolver:
    """Give the app error answers::

        {"errors": [{"status", "code", "title", "detail", "source": {"parameter"}}], "meta": {"request_id"}}

    A fault of ours is a 500 without a word of what went wrong inside; the log has it, under the request id.
    """

    def refusing(
        status: int, *errors: JsonObject, headers: Mapping[str, str | list[str]] | None = None
    ) -> Response[str]:
        document = {"errors": errors, "meta": {"request_id": _request_id(app)}}
        return _json(status, document, headers)

    app.use([_strictly, OpenAPIRequestValidationMiddleware()])  # type: ignore[no-untyped-call]
    app.exception_handler(RequestValidationError)(partial(_invalid, refusing))
    app.exception_handler(ServiceError)(partial(_refused, refusing))
    app.exception_handler(NotFoundError)(partial(_unrouted, refusing, app, elsewhere))
    app.exception_handler(IntegrationLogsError)(partial(_failed, refusing))
    app.exception_handler(Exception)(partial(_broken, refusing))
    return app


def _strictly(app: Any, next_middleware: NextMiddleware) -> Response[Any]:
    """Refuse what the route does not take before Powertools reads any of it, which takes forms for bodies, too."""
    route: Route = app.context["_route"]
    if route in _routes(app):  # else 404 or 405, whatever was asked
        _take_query(app.current_event, {field.alias for field in route.dependant.query_params})
        if route.dependant.body_params:
            _take_body(app.current_event)
    return next_middleware(app)


def _take_query(event: BaseProxyEvent, known: set[str]) -> None:
    given = event.resolved_query_string_parameters
    sentences = {name: "is given more than once" for name in sorted(given) if len(given[name]) > 1}
    unknown = f"unknown parameter; this route knows {', '.join(sorted(known)) or 'none'}"
    sentences |= dict.fromkeys(sorted(set(given) - known), unknown)
    if sentences:
        raise RequestValidationError([{"loc": ("query", name), "msg": each} for name, each in sentences.items()])


def _take_body(event: BaseProxyEvent) -> None:
    kind = event.headers.get("content-type") or _JSON
    if kind.partition(";")[0].strip() != _JSON:
        raise ServiceError(415, f"Send the body as {_JSON}.")
    try:
        body = event.json_body
    except (ValueError, RecursionError):
        raise refused("body", "is not JSON", where="body") from None
    if not isinstance(body, dict | None):  # of a list Powertools would take the first
        raise refused("body", "is not a JSON object", where="body")


def _routes(app: APIGatewayRestResolver) -> list[Route]:
    return [*app._static_routes, *app._dynamic_routes]  # noqa: SLF001  # Powertools tells its own from no route nowhere


def _request_id(app: APIGatewayRestResolver) -> str | None:
    context: Mapping[str, Any] = app.current_event.get("requestContext") or {}
    return context.get("requestId")


def _invalid(refusing: Callable[..., Response[str]], error: RequestValidationError) -> Response[str]:
    faults = error.errors()[:_MOST_ERRORS]
    return refusing(400, *(_error(400, _sentence(fault), _parameter(fault)) for fault in faults))


def _refused(refusing: Callable[..., Response[str]], error: ServiceError) -> Response[str]:
    return refusing(error.status_code, _error(error.status_code, str(error.msg)))


def _unrouted(
    refusing: Callable[..., Response[str]],
    app: APIGatewayRestResolver,
    elsewhere: Callable[[str], list[str]],
    error: NotFoundError,
) -> Response[str]:
    """404, or 405 where the path is right and the method is not."""
    path, method = app.current_event.path, app.current_event.http_method
    allowed = sorted({*(route.method for route in _routes(app) if route.rule.match(path)), *elsewhere(path)})
    if allowed and method not in allowed:
        return refusing(405, _error(405, f"Use {' or '.join(allowed)}."), headers={"Allow": ", ".join(allowed)})
    return _refused(refusing, NotFoundError("There is no such route.") if str(error.msg) == "Not found" else error)


def _broken(refusing: Callable[..., Response[str]], error: Exception) -> Response[str]:
    log.error("The API failed unexpectedly", exc_info=error)
    return refusing(500, _error(500, "Internal error."))


def _failed(refusing: Callable[..., Response[str]], error: IntegrationLogsError) -> Response[str]:
    log.error(str(error), extra={"kind": type(error).__name__})
    if isinstance(error, TryLater):
        return refusing(503, _error(503, "Try again later."))
    if isinstance(error, ObjectUnreadable):
        return refusing(502, _error(502, f"{error.key} cannot be read: restore its last good version."))
    return refusing(500, _error(500, "Internal error."))


def _json(status: int, document: object, headers: Mapping[str, str | list[str]] | None = None) -> Response[str]:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    text = text.encode(errors="replace").decode()  # half a surrogate pair, say of a URL, is no UTF-8
    return as_it_is(status, text, headers)


def as_it_is(status: int, text: str, headers: Mapping[str, str | list[str]] | None = None) -> Response[str]:
    """An answer whose body is JSON already; no browser and no proxy keeps a copy of it."""
    headers = {**(headers or {}), "Cache-Control": "no-store"}
    return Response(status_code=status, content_type=_JSON, body=text, headers=headers)


def _error(status: int, detail: str, parameter: str | None = None) -> JsonObject:
    code = CODES.get(status, "error")
    error: JsonObject = {"status": str(status), "code": code, "title": code.replace("_", " "), "detail": detail}
    if parameter:
        error["source"] = {"parameter": parameter}
    return error


def _parameter(fault: Mapping[str, object]) -> str:
    where = fault.get("loc")
    names = [part for part in where if isinstance(part, str)] if isinstance(where, (list, tuple)) else []
    return names[-1][:100] if names else ""  # a number is a place in a list or in the body's text


def _sentence(fault: Mapping[str, object]) -> str:
    return f"{_parameter(fault)}: {str(fault.get('msg', 'is not valid'))[:200]}"
