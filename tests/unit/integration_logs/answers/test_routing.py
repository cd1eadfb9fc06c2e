from __future__ import annotations

import logging
from typing import Annotated, Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import BaseModel

from docs.api_description import ERROR_SCHEMA, ERRORS
from integration_logs.answers.parameters import IntegrationId
from integration_logs.answers.routing import CODES, answering, data, resolver
from integration_logs.errors import ContractBroken, NeedsOperator, TryLater
from tests.fakes.api_event import LambdaContext, Reply, api_event, ask

CANARY = "canary-inside-7f3a"
RAISED: dict[str, Exception] = {
    "later": TryLater(f"S3 did not read {CANARY}."),
    "operator": NeedsOperator(f"The secret {CANARY} is missing."),
    "contract": ContractBroken(f"{CANARY} answered nonsense."),
    "bug": KeyError(CANARY),
    "missing": NotFoundError("There is no such thing."),
    "memory": MemoryError(CANARY),
}


@pytest.fixture
def app() -> APIGatewayRestResolver:
    app = answering(APIGatewayRestResolver())

    @app.get("/things/<name>")
    def thing(name: str) -> Response[str]:
        raise RAISED[name]

    @app.post("/things/<name>")
    def make(name: str) -> Response[str]:
        return data(201, {"made": name, "text": "ünïcödé \N{PILE OF POO}", "none": None}, headers={"Link": "<x>"})

    @app.get("/things")
    def things() -> Response[str]:
        return data(200, [])

    return app


def test_data(app: APIGatewayRestResolver) -> None:
    """An answer is its data as JSON, with the status and the headers that were given."""
    reply = ask(app, "POST", "/things/one")
    assert (reply.status, reply.headers["Link"]) == (201, "<x>")
    assert reply.json == {"data": {"made": "one", "text": "ünïcödé \N{PILE OF POO}", "none": None}}


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("later", 503, "try_later"),
        ("operator", 500, "internal_error"),
        ("contract", 500, "internal_error"),
        ("bug", 500, "internal_error"),
        ("memory", 500, "internal_error"),
    ],
)
def test_what_goes_wrong_inside_stays_inside(
    app: APIGatewayRestResolver, caplog: pytest.LogCaptureFixture, name: str, status: int, code: str
) -> None:
    """A fault of ours says no word of itself to the caller, and is in the log with all there is to know."""
    reply = ask(app, "GET", f"/things/{name}")
    assert reply.status == status
    assert reply.refusal()["code"] == code
    assert CANARY not in reply.text
    assert "Traceback" not in reply.text
    (logged,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert CANARY in logging.Formatter().format(logged)


def test_a_bug_is_logged_with_its_trace(app: APIGatewayRestResolver, caplog: pytest.LogCaptureFixture) -> None:
    """What nobody expected is logged with the place where it happened."""
    ask(app, "GET", "/things/bug")
    (logged,) = caplog.records
    assert logged.exc_info
    assert "raise RAISED[name]" in logging.Formatter().format(logged)


def test_not_found_by_a_route(app: APIGatewayRestResolver) -> None:
    """A route may refuse; its own sentence is the detail."""
    reply = ask(app, "GET", "/things/missing")
    assert (reply.status, reply.refusal()["detail"]) == (404, "There is no such thing.")


@pytest.mark.parametrize("path", ["/", "/thing", "/things/one/two", "/THINGS", "/things/../x", "//things"])
def test_an_unknown_route(app: APIGatewayRestResolver, path: str) -> None:
    """There is nothing there: 404."""
    assert ask(app, "GET", path).refusal()["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("DELETE", "/things/one", "GET, POST"), ("POST", "/things", "GET"), ("OPTIONS", "/things", "GET")],
)
@pytest.mark.parametrize("query", ["", "page_size=3"])
def test_a_wrong_method(app: APIGatewayRestResolver, method: str, path: str, allowed: str, query: str) -> None:
    """The path is right and the method is not: 405, naming those that are, whatever was asked."""
    reply = ask(app, method, path, query)
    assert (reply.status, reply.headers["Allow"]) == (405, allowed)
    assert reply.refusal()["code"] == "method_not_allowed"


def test_the_methods_that_a_path_has_elsewhere() -> None:
    """Another function's path is 405 for the methods that it does not have there; what is no path is 404."""
    app = answering(APIGatewayRestResolver(), lambda path: ["POST"] if path == "/there" else [])
    assert ask(app, "GET", "/there").headers["Allow"] == "POST"
    assert ask(app, "GET", "/nowhere").refusal()["detail"] == "There is no such route."


def test_every_error_is_as_it_is_described(app: APIGatewayRestResolver) -> None:
    """Errors of every kind have the shape that the API's description gives."""
    for method, path, query in [
        ("GET", "/things/later", ""),
        ("GET", "/things/bug", ""),
        ("GET", "/things/missing", ""),
        ("GET", "/nothing", ""),
        ("DELETE", "/things", ""),
        ("GET", "/things", "typo=1"),
    ]:
        reply = ask(app, method, path, query)
        jsonschema.validate(reply.json, ERROR_SCHEMA)
        assert int(reply.refusal()["status"]) in CODES
    assert set(ERRORS) <= set(CODES)


def test_an_unknown_parameter_is_named(app: APIGatewayRestResolver) -> None:
    """A parameter that the route does not know is refused, with those that it knows."""
    reply = ask(app, "GET", "/things", "page_sise=3")
    assert (reply.status, reply.refusal()["source"]) == (400, {"parameter": "page_sise"})
    assert "none" in reply.refusal()["detail"]


def test_a_parameter_is_given_once(app: APIGatewayRestResolver) -> None:
    """Where one comes twice it is refused, for the caller means one of both."""

    @app.get("/pages")
    def pages(page_size: int = 25) -> Response[str]:
        return data(200, page_size)

    assert ask(app, "GET", "/pages", "page_size=3").json == {"data": 3}
    for twice in ("page_size=3&page_size=4", "page_size=3&page_size=3"):
        reply = ask(app, "GET", "/pages", twice)
        assert (reply.status, reply.refusal()["source"]) == (400, {"parameter": "page_size"})
        assert reply.refusal()["detail"] == "page_size: is given more than once"


class Thing(BaseModel):
    size: int = 1


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (None, 202),
        ("application/json", 202),
        ("application/json; charset=utf-8", 202),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/jsonp", 415),
        ("nonsense", 415),
    ],
)
def test_a_body_is_json(app: APIGatewayRestResolver, kind: str | None, status: int) -> None:
    """A body of another type is refused as such; without one it is read as JSON."""

    @app.post("/bodies")
    def body(thing: Annotated[Thing | None, Body()] = None) -> Response[str]:
        return data(202, thing and thing.size)

    event = api_event("POST", "/bodies", body='{"size":3}')
    if kind is not None:
        event["headers"]["content-type"] = kind
        event["multiValueHeaders"]["content-type"] = [kind]
    context: Any = LambdaContext()
    reply = Reply.of(app.resolve(event, context))
    assert reply.status == status
    if status == 202:
        assert reply.json == {"data": 3}
    else:
        assert reply.refusal()["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "text",
    ["{", "[" * 100_000, '{"size":' * 100_000, f'{{"size":{"9" * 5000}}}', "[]", '[{"size":3}]', "3", '"x"', "x"],
)
def test_a_body_is_an_object(app: APIGatewayRestResolver, text: str) -> None:
    """Whatever else is sent as a body is refused, however deep or long it is."""

    @app.post("/bodies")
    def body(thing: Annotated[Thing | None, Body()] = None) -> Response[str]:
        return data(202, thing and thing.size)

    context: Any = LambdaContext()
    reply = Reply.of(app.resolve(api_event("POST", "/bodies", body=text), context))
    assert (reply.status, reply.refusal()["source"]) == (400, {"parameter": "body"})


@pytest.mark.parametrize("origin", ["", "https://tool.example"])
def test_pages_of_the_origin_that_is_named_may_read_answers(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an origin is allowed, answers and errors say so; where none is, they do not."""
    monkeypatch.setenv("CORS_ALLOW_ORIGIN", origin)
    app = resolver()

    @app.get("/things")
    def things(most: int = 1) -> Response[str]:
        return data(200, [most])

    for query, status in (("", 200), ("most=x", 400)):
        event = api_event("GET", "/things", query)
        event["headers"]["Origin"] = "https://tool.example"
        event["multiValueHeaders"]["Origin"] = ["https://tool.example"]
        context: Any = LambdaContext()
        reply = Reply.of(app.resolve(event, context))
        assert (reply.status, reply.headers.get("Access-Control-Allow-Origin", "")) == (status, origin)


@pytest.mark.parametrize(
    "id_", ["0101", "+101", "101.0", " 101", "101 ", "1_01", "\N{FULLWIDTH DIGIT ONE}", "1e2", "-1", "0", str(2**63)]
)
def test_an_id_has_one_spelling(id_: str) -> None:
    """An id is what an answer calls it: a policy on paths that shuts one integration off is not got around."""
    app = answering(APIGatewayRestResolver())

    @app.get("/integrations/<integration_id>")
    def integration(integration_id: IntegrationId) -> Response[str]:
        return data(200, integration_id)

    assert ask(app, "GET", "/integrations/101").json == {"data": 101}
    assert ask(app, "GET", f"/integrations/{2**63 - 1}").status == 200
    assert ask(app, "GET", f"/integrations/{id_}").status in {400, 404}


def test_what_is_no_text_is_answered_as_text(app: APIGatewayRestResolver) -> None:
    """A name that is no UTF-8 comes back as what is."""
    event = api_event("GET", "/things")
    event["queryStringParameters"] = {"\ud800": "1"}
    event["multiValueQueryStringParameters"] = {"\ud800": ["1"]}
    context: Any = LambdaContext()
    reply = Reply.of(app.resolve(event, context))
    assert reply.refusal()["source"] == {"parameter": "?"}
    assert reply.text.encode()
