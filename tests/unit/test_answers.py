from __future__ import annotations

import logging
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from integration_logs.answers import answering, data
from integration_logs.errors import ContractBroken, NeedsOperator, TryLater
from tests.fakes.api_event import LambdaContext, Reply, api_event

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
    app = answering(APIGatewayRestResolver(enable_validation=True))

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


def ask(app: APIGatewayRestResolver, method: str, path: str, query: str = "") -> Reply:
    context: Any = LambdaContext()
    return Reply.of(app.resolve(api_event(method, path, query), context))


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
def test_a_wrong_method(app: APIGatewayRestResolver, method: str, path: str, allowed: str) -> None:
    """The path is right and the method is not: 405, naming those that are."""
    reply = ask(app, method, path)
    assert (reply.status, reply.headers["Allow"]) == (405, allowed)
    assert reply.refusal()["code"] == "method_not_allowed"
