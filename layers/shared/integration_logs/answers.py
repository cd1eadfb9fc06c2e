"""What the API answers with: ``{"data": …}``, or errors of the same shape as Sendcloud's own."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from integration_logs.errors import IntegrationLogsError, TryLater

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_lambda_powertools.event_handler import APIGatewayRestResolver

    from integration_logs.json_types import JsonObject, JsonValue

log = logging.getLogger(__name__)

_CODES = {400: "invalid", 404: "not_found", 405: "method_not_allowed", 503: "try_later"}


def data(
    status: int, value: JsonValue | Sequence[JsonObject], *, headers: Mapping[str, str | list[str]] | None = None
) -> Response[str]:
    """``{"data": value}`` as JSON."""
    return _json(status, {"data": value}, headers)


def answering(app: APIGatewayRestResolver) -> APIGatewayRestResolver:
    """Give the app error answers: ``{"errors": [{"status", "code", "title", "detail"}]}``.

    A fault of ours is a 500 without a word of what went wrong inside; the log has it, under the request id.
    """

    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(ServiceError)(_refused)
    app.exception_handler(IntegrationLogsError)(_failed)
    return app


def _invalid(error: RequestValidationError) -> Response[str]:
    return _json(400, {"errors": [_error(400, _sentence(fault), _parameter(fault)) for fault in error.errors()]})


def _refused(error: ServiceError) -> Response[str]:
    return _json(error.status_code, {"errors": [_error(error.status_code, str(error.msg))]})


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
    return str(where[-1])[:100] if isinstance(where, (list, tuple)) and where else ""


def _sentence(fault: Mapping[str, object]) -> str:
    return f"{_parameter(fault)}: {str(fault.get('msg', 'is not valid'))[:200]}"
