"""Requests as API Gateway's REST API hands them to a function, and what the function's answer says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import APIGatewayRestResolver
    from aws_lambda_powertools.utilities.typing import LambdaContext as LambdaTyping

REQUEST_ID = "9c1f2a34-0000-4000-8000-00000000beef"


def api_event(
    method: str, path: str, query: str = "", *, resource: str = "", body: str | None = None
) -> dict[str, Any]:
    """A proxy event of stage ``v1``. ``query`` is as it stands in the URL."""
    several = parse_qs(query, keep_blank_values=True) or None
    single = {name: values[-1] for name, values in several.items()} if several else None
    return {
        "resource": resource or path,
        "path": path,
        "httpMethod": method,
        "headers": {"Accept": "application/json", "Host": "a1b2c3.execute-api.eu-west-1.amazonaws.com"},
        "multiValueHeaders": {"Accept": ["application/json"], "Host": ["a1b2c3.execute-api.eu-west-1.amazonaws.com"]},
        "queryStringParameters": single,
        "multiValueQueryStringParameters": several,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3",
            "domainName": "a1b2c3.execute-api.eu-west-1.amazonaws.com",
            "domainPrefix": "a1b2c3",
            "extendedRequestId": "abc=",
            "httpMethod": method,
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "tests", "userArn": "arn:aws:iam::123456789012:user/me"},
            "path": f"/v1{path}",
            "protocol": "HTTP/1.1",
            "requestId": REQUEST_ID,
            "requestTime": "22/Nov/2026:02:41:22 +0000",
            "requestTimeEpoch": 1795315282000,
            "resourceId": "x1y2z3",
            "resourcePath": resource or path,
            "stage": "v1",
        },
        "body": body,
        "isBase64Encoded": False,
    }


class LambdaContext:
    """What Lambda hands a function beside the event."""

    function_name = "integration-logs-tests"
    function_version = "1"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:integration-logs-tests"
    memory_limit_in_mb = 512
    aws_request_id = "5d3c0000-0000-4000-8000-00000000cafe"
    log_group_name = "/integration-logs/tests"
    log_stream_name = "2026/11/22/[1]tests"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def ask(app: APIGatewayRestResolver, method: str, path: str, query: str = "", body: str | None = None) -> Reply:
    """What the app answers to that request."""
    return Reply.of(app.resolve(api_event(method, path, query, body=body), cast("LambdaTyping", LambdaContext())))


@dataclass(frozen=True)
class Reply:
    """A function's answer to API Gateway, read."""

    status: int
    headers: dict[str, str]
    text: str

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Reply:
        """Read it; it must be JSON that nobody keeps a copy of."""
        headers = {name: values[-1] for name, values in answer["multiValueHeaders"].items()}
        assert headers["Content-Type"] == "application/json"
        assert headers["Cache-Control"] == "no-store"
        return cls(answer["statusCode"], headers, answer["body"])

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    def refusal(self) -> dict[str, Any]:
        """The one error of an answer in Sendcloud's shape, whose status is the answer's own."""
        assert set(self.json) == {"errors", "meta"}
        assert self.json["meta"] == {"request_id": REQUEST_ID}
        error: dict[str, Any]
        (error,) = self.json["errors"]
        assert set(error) - {"source"} == {"status", "code", "title", "detail"}
        assert error["status"] == str(self.status)
        return error
