"""What the API answers with: ``{"data": …}``, or errors of the same shape as Sendcloud's own."""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError, ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from integration_logs.errors import IntegrationLogsError, TryLater

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_lambda_powertools.event_handler import APIGatewayRestResolver

    from integration_logs.json_types import JsonObject, JsonValue

log = logging.getLogger(__name__)

_CODES = {400: "invalid", 404: "not_found", 405: "method_not_allowed", 500: "internal_error", 503: "try_later"}


def data(
    status: int, value: JsonValue | Sequence[JsonObject], *, headers: Mapping[str, str | list[str]] | None = None
) -> Response[str]:
    """``{"data": value}`` as JSON."""
    return _json(status, {"data": value}, headers)


def answering(app: APIGatewayRestResolver) -> APIGatewayRestResolver:
    """Give the app error answers: ``{"errors": [{"status", "code", "title", "detail", "source": {"parameter"}}]}``.

    A fault of ours is a 500 without a word of what went wrong inside; the log has it, under the request id.
    """

    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(ServiceError)(_refused)
    app.exception_handler(NotFoundError)(partial(_unrouted, app))
    app.exception_handler(IntegrationLogsError)(_failed)
    app.exception_handler(Exception)(_broken)
    return app


def _invalid(error: RequestValidationError) -> Response[str]:
    return _json(400, {"errors": [_error(400, _sentence(fault), _parameter(fault)) for fault in error.errors()]})


def _refused(error: ServiceError) -> Response[str]:
    return _json(error.status_code, {"errors": [_error(error.status_code, str(error.msg))]})


def _unrouted(app: APIGatewayRestResolver, error: NotFoundError) -> Response[str]:
    """404, or 405 where the path is right and the method is not."""
    path, method = app.current_event.path, app.current_event.http_method
    routes = [*app._static_routes, *app._dynamic_routes]  # noqa: SLF001  # Powertools tells the two apart nowhere
    allowed = sorted({route.method for route in routes if route.rule.match(path)})
    if allowed and method not in allowed:
        detail = f"Use {' or '.join(allowed)}."
        return _json(405, {"errors": [_error(405, detail)]}, {"Allow": ", ".join(allowed)})
    return _refused(error)


def _broken(error: Exception) -> Response[str]:
    log.error("The API met what it did not expect", exc_info=error)
    return _json(500, {"errors": [_error(500, "Internal error.")]})


def _failed(error: IntegrationLogsError) -> Response[str]:
    log.error(str(error), extra={"kind": type(error).__name__})
    if isinstance(error, TryLater):
        return _json(503, {"errors": [_error(503, "Try again later.")]})
    return _json(500, {"errors": [_error(500, "Internal error.")]})


def _json(status: int, document: object, headers: Mapping[str, str | list[str]] | None = None) -> Response[str]:
    return Response(
        status_code=status,
        content_type="application/json",
        body=json.dumps(document, ensure_ascii=False, separators=(",", ":")),
        headers=dict(headers or {}),
    )


def _error(status: int, detail: str, parameter: str | None = None) -> JsonObject:
    code = _CODES.get(status, "error")
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
