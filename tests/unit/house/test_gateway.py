"""What API Gateway itself answers, and whom it lets in: the template, as SAM makes CloudFormation of it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from docs.api_description import ERROR_SCHEMA
from integration_logs.answers.routing import CODES
from tests.unit.house.cloudformation import transformed

TEMPLATE: dict[str, Any] = yaml_parse((Path(__file__).parents[3] / "template.yaml").read_text())
PROPERTIES = TEMPLATE["Resources"]["Api"]["Properties"]
POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc"


@pytest.fixture(params=["", POOL], ids=["no pool", "a pool"])
def resources(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The resources of the transformed template, whose default is no pool."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    return transformed(CognitoUserPoolArn=request.param)


@pytest.mark.parametrize("kind", PROPERTIES["GatewayResponses"])
def test_the_gateways_errors_are_the_functions(kind: str) -> None:
    """What API Gateway refuses has the shape, the codes and the status of the functions' own errors."""
    response = PROPERTIES["GatewayResponses"][kind]
    text = response["ResponseTemplates"]["application/json"]
    document = json.loads(text)
    jsonschema.validate(document, ERROR_SCHEMA)
    (error,) = document["errors"]
    assert (error["status"], error["code"]) == (str(response["StatusCode"]), CODES[response["StatusCode"]])
    assert text.count("$") == 1, "nothing of the inside but the request's id"
    assert response["ResponseParameters"]["Headers"]["Cache-Control"] == "'no-store'"


def test_every_refusal_of_the_gateway_is_covered() -> None:
    """No answer of API Gateway's own is in another shape: what has no entry falls to a default that has."""
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "ACCESS_DENIED", "MISSING_AUTHENTICATION_TOKEN", "THROTTLED"} <= set(
        PROPERTIES["GatewayResponses"]
    )


def operations(body: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, each) for path, methods in body["paths"].items() for method, each in methods.items()]


def test_every_route_asks_who_is_there(resources: dict[str, Any]) -> None:
    """No route of either API answers without IAM or a token of the pool; only a browser's preflight needs none."""
    for name, scheme in (("Api", "AWS_IAM"), ("PoolApi", "Pool")):
        found = operations(resources[name]["Properties"]["Body"])
        assert found
        for path, method, operation in found:
            if method == "options":
                assert operation["x-amazon-apigateway-integration"]["type"] == "mock", path
            else:
                assert operation["security"] == [{scheme: []}], f"{name} {method} {path}"


def test_the_schemes_are_what_they_are_called(resources: dict[str, Any]) -> None:
    """IAM is SigV4; the pool's authoriser is the pool of the parameter."""
    (iam,) = resources["Api"]["Properties"]["Body"]["components"]["securitySchemes"].values()
    assert iam["x-amazon-apigateway-authtype"] == "awsSigv4"
    (pool,) = resources["PoolApi"]["Properties"]["Body"]["components"]["securitySchemes"].values()
    assert pool["x-amazon-apigateway-authorizer"] == {
        "type": "cognito_user_pools",
        "providerARNs": [{"Ref": "CognitoUserPoolArn"}],
    }


def test_without_a_pool_there_is_no_second_api(resources: dict[str, Any]) -> None:
    """Everything that belongs to the pool hangs on its parameter; nothing else does."""
    text = {name: json.dumps(each) for name, each in resources.items()}
    pooled = {name for name, each in text.items() if "PoolApi" in each or name.startswith("Pool")}
    assert len(pooled) >= 6
    assert {name for name, each in resources.items() if each.get("Condition") == "HasUserPool"} == pooled
    assert not [name for name in pooled if "null" in text[name]], "CloudFormation refuses null"


def test_the_pools_routes_lead_where_the_others_do(resources: dict[str, Any]) -> None:
    """Each route leads to the same function in both APIs, by the most specific path that fits."""

    def function(operation: dict[str, Any]) -> str:
        uri: str = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
        return uri.partition("functions/${")[2].partition(".")[0]

    pool = {
        (path, method): function(each)
        for path, method, each in operations(resources["PoolApi"]["Properties"]["Body"])
        if method != "options"
    }
    for path, method, operation in operations(resources["Api"]["Properties"]["Body"]):
        if method == "options":
            continue
        greedy = [each for each, verb in pool if verb == method and path.startswith(each.partition("{proxy+}")[0])]
        leads = pool.get((path, method)) or pool[max(greedy, key=len), method]
        assert leads == function(operation), f"{method} {path}"


def test_no_page_may_read_it_unless_it_is_named() -> None:
    """Without the parameter the origin that is allowed is one that cannot be."""
    assert TEMPLATE["Parameters"]["CorsAllowOrigin"]["Default"] == ""
    condition, named, none = PROPERTIES["Cors"]["AllowOrigin"]["Fn::If"]
    assert (condition, named, none) == (
        "AllowsOrigin",
        {"Fn::Sub": "'${CorsAllowOrigin}'"},
        "'https://none.invalid'",
    )
    for response in PROPERTIES["GatewayResponses"].values():
        assert (
            response["ResponseParameters"]["Headers"]["Access-Control-Allow-Origin"]
            == PROPERTIES["Cors"]["AllowOrigin"]
        )


@pytest.mark.parametrize("api", ["Api", "PoolApi"])
def test_a_parameters_new_value_reaches_the_stage(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each API is deployed anew whenever the stack is: where only a parameter has changed, SAM sees nothing new."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    deployments = set()
    for moment, pool in ((1_000_000_000.0, POOL), (1_000_000_060.0, f"{POOL}2")):
        clock = SimpleNamespace(time=lambda moment=moment: moment)
        monkeypatch.setattr("samtranslator.model.apigateway.time", clock)
        deployments.add(transformed(CognitoUserPoolArn=pool)[f"{api}v1Stage"]["Properties"]["DeploymentId"]["Ref"])
    assert len(deployments) == 2


def test_a_parameters_new_value_reaches_the_functions(resources: dict[str, Any]) -> None:
    """No published version, which would keep the environment that it was made with, stands before a function."""
    types = {each["Type"] for each in resources.values()}
    assert "AWS::Lambda::Function" in types
    assert not types & {"AWS::Lambda::Version", "AWS::Lambda::Alias"}


def test_answers_are_compressed_and_callers_are_held_back() -> None:
    """Both APIs compress what is large, and throttle."""
    for name in ("Api", "PoolApi"):
        properties = TEMPLATE["Resources"][name]["Properties"]
        assert properties["MinimumCompressionSize"] == 1024
        (settings,) = properties["MethodSettings"]
        assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (20, 40)
