from __future__ import annotations

from typing import Any, cast
from urllib.parse import urljoin

import pytest
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from integration_logs.answers.page_links import links
from integration_logs.answers.routing import answering, data
from tests.fakes.api_event import LambdaContext, Reply, api_event, ask


@pytest.fixture
def app() -> APIGatewayRestResolver:
    app = answering(APIGatewayRestResolver())

    @app.get("/things")
    def things() -> Response[str]:
        return data(200, [])

    return app


def test_links(app: APIGatewayRestResolver) -> None:
    """A link is this request's own address, with what the next one must say, encoded."""

    @app.get("/pages")
    def pages(q: str = "") -> Response[str]:
        return data(200, [], headers=links(app, {"q": q, "none": None}, next="a=b", prev=None))

    reply = ask(app, "GET", "/pages", "q=%26%20%3E")
    here = "https://a1b2c3.execute-api.eu-west-1.amazonaws.com/v1/pages"
    assert reply.headers["Link"] == f'<{here}?q=%26+%3E&cursor=a%3Db>; rel="next"'
    assert "Link" not in ask(app, "GET", "/things").headers


def test_links_without_a_domain_name(app: APIGatewayRestResolver) -> None:
    """An event that does not say by which address the API was called gets links that lead on from that address."""

    @app.get("/pages")
    def pages(q: str = "") -> Response[str]:
        return data(200, [], headers=links(app, {"q": q}, next="a=b"))

    event, context = api_event("GET", "/pages", "q=%26"), cast("Any", LambdaContext())
    del event["requestContext"]["domainName"]  # as the embedded cloud and some proxies leave it out
    event["headers"] = {"host": "127.0.0.1:4566"}
    header = Reply.of(app.resolve(event, context)).headers["Link"]
    assert header == '<?q=%26&cursor=a%3Db>; rel="next"'
    called = "https://127.0.0.1:4566/_aws/execute-api/a1b2c3/v1/pages?q=%26"
    assert urljoin(called, header[1 : header.index(">")]) == f"{called}&cursor=a%3Db"
