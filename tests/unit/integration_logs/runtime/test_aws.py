from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import NoCredentialsError

from integration_logs.runtime import aws

ROOT = Path(__file__).parents[4]


@pytest.fixture(autouse=True)
def lambdas_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DEFAULT_REGION": "eu-west-1", "ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(aws, "_session", aws._session.__wrapped__)


@pytest.mark.parametrize("service", aws.SERVICES)
def test_a_client(service: str) -> None:
    """A client is of the service and the region, and has the configuration that was asked for."""
    client = aws.client(service, Config(max_pool_connections=7))
    assert client.meta.service_model.service_name == service
    assert client.meta.region_name == "eu-west-1"
    assert client.meta.config.max_pool_connections == 7


def asked_for() -> Iterator[str]:
    """The services of which the code that ships asks for a client."""
    for folder in ("functions", "layers/shared"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "aws.client":
                    assert isinstance(node.args[0], ast.Constant)
                    yield str(node.args[0].value)


def test_the_services_are_those_that_are_asked_for() -> None:
    """No function asks for a client that cannot be made, and none that nobody asks for is listed."""
    assert {*asked_for()} == {*aws.SERVICES}


def test_a_signature_is_the_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request is signed for S3 and the region with the session's keys; without keys that is said."""
    request = AWSRequest("GET", "https://bucket.s3.eu-west-1.amazonaws.com/a%3Db")
    aws.sign_for_s3(request)
    assert "/eu-west-1/s3/aws4_request" in request.headers["Authorization"]
    assert "Credential=x/" in request.headers["Authorization"]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    with pytest.raises(NoCredentialsError):
        aws.sign_for_s3(request)
