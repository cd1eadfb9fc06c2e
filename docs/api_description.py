"""The API's description: OpenAPI of each function's routes in one document, and a page for people made from it.

``python -m docs.generate`` writes both; check_status serves the first as ``GET /openapi.json``. What a route takes and
answers it says itself, in its function's ``api.py``; what is the same everywhere, the errors, is added here.
"""

from __future__ import annotations

import importlib
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "functions/check_status/openapi.json"
PAGE = "docs/api.md"
FUNCTIONS = ("archive_logs", "check_status", "fetch_logs")

EXAMPLES = {
    "archive_days": "/archive/days?from=2026-11-01&page_size=10",
    "archive_objects": "/archive/objects?integration_id=400001&page_size=2",
    "archive_run": "/archive/runs",
    "logs": "/integrations/logs?page_size=2",
    "integration_logs": "/integrations/400001/logs?page_size=2&from=2026-11-01&q=timeout",
    "fetch": "/integrations/400001/fetch?mode=tick",
    "integrations": "/integrations?page_size=2",
    "integration": "/integrations/400001/status",
    "integration_problems": "/integrations/400001/problems?state=open",
    "status": "/status",
    "status_history": "/status/history?from=2026-11-01&integration_id=400001&page_size=10",
    "problems": "/problems?state=open&page_size=10",
    "openapi": "/openapi.json",
}
"""A request of each route that needs nothing but an integration 400001, by operation; tests make them."""

ERRORS = {
    400: "A parameter is missing, wrong or unknown; `source.parameter` names it.",
    403: "The request is not signed, or the caller may not do this.",
    413: "The request is larger than API Gateway accepts (10 MB).",
    415: "The body is not sent as application/json.",
    429: "Too many requests; try again later.",
    500: "An error of this stack; find it in the function's log by the request's id.",
    502: "An object of the archive is damaged or not this stack's; `detail` names it. Others are still read.",
    503: "A service that this needs does not answer; try again later.",
    504: "It took longer than API Gateway allows (29 seconds).",
}

ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Errors",
    "description": "What went wrong, in the shape of Sendcloud's own errors.",
    "required": ["errors", "meta"],
    "additionalProperties": False,
    "properties": {
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["status", "code", "title", "detail"],
                "additionalProperties": False,
                "properties": {
                    "status": {"type": "string", "description": "The HTTP status."},
                    "code": {"type": "string", "description": "The kind of error, for programs."},
                    "title": {"type": "string", "description": "The kind of error, for people."},
                    "detail": {"type": "string", "description": "What is wrong with this request."},
                    "source": {
                        "type": "object",
                        "required": ["parameter"],
                        "additionalProperties": False,
                        "properties": {"parameter": {"type": "string", "description": "The parameter that is wrong."}},
                    },
                },
            },
        },
        "meta": {
            "type": "object",
            "required": ["request_id"],
            "additionalProperties": False,
            "properties": {
                "request_id": {
                    "type": ["string", "null"],
                    "description": "API Gateway's id of the request; the logs have it too.",
                }
            },
        },
    },
}

_INTRODUCTION = (
    "Sendcloud's integration exception logs from the archive, and the status of each integration. Answers are "
    '`{"data": …}`; times are UTC (RFC 3339). To get the next page, follow the `Link` header (RFC 8288). '
    "Unknown parameters are refused. No answer may be cached (`Cache-Control: no-store`). "
    "Personal data and secrets were masked before anything was stored."
)
_BOUNDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}
"""pydantic's words for a bound beside a validator, in JSON Schema's."""

_DROPPED = {"HTTPValidationError", "ValidationError", "ResponseValidationError"}
"""Powertools' own errors, which are never answered: ``routing.py`` has ours."""


def description() -> dict[str, Any]:
    """The whole API as one OpenAPI document; raises ``ValueError`` where a name means two things."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Errors": ERROR_SCHEMA}
    for function in FUNCTIONS:
        app = importlib.import_module(f"{function}.api").app
        own = json.loads(app.get_openapi_json_schema(title=function))
        for path, methods in own["paths"].items():
            for operation in methods.values():
                _complete(operation, function)
                _exemplify(operation, path)
            paths.setdefault(path, {}).update(methods)
        for name, schema in own.get("components", {}).get("schemas", {}).items():
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"Two functions describe {name}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Integration Logs",
            "version": "1",
            "description": _INTRODUCTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [
            {
                "url": "https://{id}.execute-api.{region}.amazonaws.com/v1",
                "description": "The stack's output `ApiUrl`",
                "variables": {"id": {"default": "a1b2c3"}, "region": {"default": "eu-west-1"}},
            }
        ],
        "security": [{"iam": []}],
        "tags": [{"name": name, "description": f"Answered by the function {name}"} for name in FUNCTIONS],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {name: schemas[name] for name in sorted(schemas) if name not in _DROPPED},
            "securitySchemes": {
                "iam": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "description": "AWS signature, version 4, of the service execute-api",
                    "x-amazon-apigateway-authtype": "awsSigv4",
                }
            },
        },
    }


def _complete(operation: dict[str, Any], function: str) -> None:
    """Add what is the same for every operation, and take out what does not hold."""
    operation["tags"] = [function]
    parameters = operation.get("parameters", [])
    for parameter in parameters:
        schema = parameter["schema"]
        schema.pop("description", None)
        schema.pop("title", None)
        if parameter["in"] == "query" and {"type": "null"} in schema.get("anyOf", []):
            schema["anyOf"].remove({"type": "null"})  # in a URL there is none
            if len(schema["anyOf"]) == 1:
                schema |= schema.pop("anyOf")[0]
        for bound, word in _BOUNDS.items():
            if bound in schema:
                schema[word] = schema.pop(bound)
        if schema.get("default", ...) in {None, ""}:
            del schema["default"]
    takes = {parameter["in"] for parameter in parameters} | ({"body"} if "requestBody" in operation else set())
    left_out = set() if "body" in takes else {413, 415}
    responses = {int(status): each for status, each in operation["responses"].items() if status != "422"}
    errors = {status: {"description": text} for status, text in ERRORS.items() if status not in left_out} | {
        status: each for status, each in responses.items() if status >= 400
    }
    for each in responses.values():
        for header in each.get("headers", {}).values():
            header.setdefault("schema", {"type": "string"})
    for status, each in errors.items():
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Errors"}}}
        responses[status] = {**each, "content": content}
    operation["responses"] = {str(status): responses[status] for status in sorted(responses)}


def _exemplify(operation: dict[str, Any], path: str) -> None:
    """Give the parameters of the operation's example."""
    there, _, query = EXAMPLES.get(operation["operationId"], "").partition("?")
    found = re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path), there)
    given = {**dict(parse_qsl(query)), **(found.groupdict() if found else {})}
    for parameter in operation.get("parameters", []):
        if value := given.get(parameter["name"]):
            parameter["example"] = int(value) if parameter["schema"].get("type") == "integer" else value


def text() -> str:
    """The document as it is committed and served."""
    return json.dumps(description(), ensure_ascii=False, indent=1) + "\n"


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and what is said of it, of each route."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def page() -> str:
    """The description for people."""
    document = description()
    schemas = document["components"]["schemas"]
    parts = [
        "# The API\n\nGenerated by `make docs` from what `GET /openapi.json` answers, which is in "
        "`functions/check_status/openapi.json`.\n[Signing in](sign-in.md) has requests to copy.\n\n" + _INTRODUCTION,
        "## Errors\n\n"
        '`{"errors": [{"status", "code", "title", "detail", "source": {"parameter"}}], "meta": {"request_id"}}`, in '
        "the shape of Sendcloud's own.\n`source` is present if a parameter is wrong. The request's id is also in the "
        "header `x-amzn-RequestId`. An unknown route is 404, a wrong method 405. The API of a "
        "[user pool](sign-in.md#with-a-cognito-user-pool) answers 401 without a good token.\n\n"
        "| status | meaning |\n|---|---|\n"
        + "\n".join(f"| {status} | {meaning} |" for status, meaning in ERRORS.items()),
        "## Routes\n\n" + "\n".join(_contents(*each) for each in operations(document)),
        *(_route(*each) for each in operations(document)),
        "## What is answered",
        *(_schema(name, schema) for name, schema in schemas.items() if name != "Errors"),
    ]
    return "\n\n".join(parts) + "\n"


def _contents(method: str, path: str, operation: dict[str, Any]) -> str:
    """A line that leads to the route's heading, by the anchor that GitHub gives it."""
    anchor = re.sub(r"[^\w -]", "", f"{method} {path}".lower()).replace(" ", "-")
    return f"- [`{method} {path}`](#{anchor}): {operation['summary']}"


def _route(method: str, path: str, operation: dict[str, Any]) -> str:
    lines = [f"## {method} {path}", f"{operation['summary']}. {operation.get('description', '')}".strip()]
    if example := EXAMPLES.get(operation["operationId"]):
        lines.append(f"```\n{method} {example}\n```")
    if parameters := operation.get("parameters"):
        rows = [
            f"| `{each['name']}` | {each['in']} | {_kind(each['schema'])} | {_cell(each.get('description', ''))} |"
            for each in parameters
        ]
        lines.append("\n".join(["| parameter | in | values | meaning |", "|---|---|---|---|", *rows]))
    if body := operation.get("requestBody"):
        lines.append(f"Body: {_kind(body['content']['application/json']['schema'])}.")
    good = [(status, each) for status, each in operation["responses"].items() if status < "400"]
    lines += [f"{status}: {each['description']} {_answer(each)}".strip() for status, each in good]
    errors = {status: each["description"] for status, each in operation["responses"].items() if status >= "400"}
    own = [f" {status}: {text}" for status, text in errors.items() if text != ERRORS.get(int(status))]
    lines.append(f"Errors: {', '.join(errors)}.{''.join(own)}")
    return "\n\n".join(lines)


def _answer(response: dict[str, Any]) -> str:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    headers = response.get("headers", {})
    told = "".join(f" Header `{name}`: {each.get('description', '')}" for name, each in headers.items())
    return (f"See {_kind(schema)}." if "$ref" in schema else "") + told


def _schema(name: str, schema: dict[str, Any]) -> str:
    rows = [
        f"| `{field}` | {_kind(each)} | {_cell(each.get('description', ''))} |"
        for field, each in schema.get("properties", {}).items()
    ]
    table = "\n".join(["| field | values | meaning |", "|---|---|---|", *rows])
    parts = [f"### {name}", schema.get("description", ""), table if rows else f"{_kind(schema)}."]
    return "\n\n".join(filter(None, parts))


def _kind(schema: dict[str, Any]) -> str:
    """The values that a schema allows, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(each) for each in schema["anyOf"]))
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    kind = schema.get("format") or schema.get("type", "anything")
    least, most = schema.get("minimum"), schema.get("maximum")
    ranged = f" from {least:.0f} to {most:.0f}" if least is not None and most is not None else ""
    default = f", default {schema['default']}" if "default" in schema else ""
    return f"{kind}{ranged}{default}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
