from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from integration_logs.errors import IntegrationLogsError, NeedsOperator, TryLater
from integration_logs.runtime.secrets import MAX_AGE, Credentials, Secrets

NAME = "integration-logs/main"
CANARY = "canary-secret-7b1e"
KEYS = {"sendcloud_public_key": f"{CANARY}-public", "sendcloud_secret_key": f"{CANARY}-secret"}


@cache
def client() -> Any:
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="eu-west-1")
    return session.client("secretsmanager")


@contextmanager
def stubbed(clock: Callable[[], float] = lambda: 0.0) -> Iterator[tuple[Stubber, Secrets]]:
    """Secrets over a real client whose answers are given in turn, each checked against the service's own model."""
    with Stubber(client()) as stub:
        yield stub, Secrets(prefix="integration-logs", client=client(), clock=clock)


def given(stub: Stubber, secret: Any) -> None:
    text = secret if isinstance(secret, str) else json.dumps(secret)
    stub.add_response("get_secret_value", {"SecretString": text}, {"SecretId": NAME})


def refused(secret: Any) -> NeedsOperator:
    """The refusal of a secret, which neither it nor its traceback quotes."""
    with stubbed() as (stub, secrets):
        given(stub, secret)
        with pytest.raises(NeedsOperator, match=NAME) as caught:
            secrets.credentials("main")
    told = "".join(traceback.format_exception(caught.value))
    assert CANARY not in told
    return caught.value


def test_credentials() -> None:
    """An account's keys are in the secret of its name, blanks around them forgiven."""
    with stubbed() as (stub, secrets):
        given(stub, {**KEYS, "sendcloud_public_key": f" {CANARY}-public\n", "wemasy_token": " token "})
        credentials = secrets.credentials("main")
    assert credentials == Credentials(f"{CANARY}-public", f"{CANARY}-secret", "token")
    assert credentials.values() == (f"{CANARY}-public", f"{CANARY}-secret", "token")


@pytest.mark.parametrize("token", [{}, {"wemasy_token": None}, {"wemasy_token": ""}])
def test_no_wemasy_side(token: dict[str, Any]) -> None:
    """An account without a WeMaSy token has none, and no empty one to redact."""
    with stubbed() as (stub, secrets):
        given(stub, {**KEYS, **token})
        credentials = secrets.credentials("main")
    assert credentials.wemasy_token is None
    assert len(credentials.values()) == 2


def test_a_secret_is_kept() -> None:
    """Within its age a secret is asked for once."""
    with stubbed() as (stub, secrets):
        given(stub, KEYS)
        assert secrets.credentials("main") == secrets.credentials("main")
        stub.assert_no_pending_responses()


def test_a_renewed_secret() -> None:
    """Beyond its age it is asked for again, and what it holds by then counts; another one's age does not matter."""
    now = [0.0]
    with stubbed(lambda: now[0]) as (stub, secrets):
        given(stub, KEYS)
        secrets.credentials("main")
        now[0] = MAX_AGE
        secrets.credentials("main")
        stub.add_response("get_secret_value", {"SecretString": "k" * 40}, {"SecretId": KEY_NAME})
        secrets.pseudonym_key(KEY_NAME)
        now[0] = MAX_AGE + 1.0
        given(stub, {**KEYS, "sendcloud_public_key": "renewed"})
        assert secrets.credentials("main").sendcloud_public_key == "renewed"
        assert secrets.pseudonym_key(KEY_NAME) == "k" * 40
        stub.assert_no_pending_responses()


def test_a_failure_is_not_kept() -> None:
    """A secret that could not be read, or was wrong, is asked for again next time."""
    with stubbed() as (stub, secrets):
        stub.add_client_error("get_secret_value", "ResourceNotFoundException")
        given(stub, "no JSON")
        given(stub, KEYS)
        for _ in range(2):
            with pytest.raises(NeedsOperator):
                secrets.credentials("main")
        assert secrets.credentials("main").sendcloud_secret_key == f"{CANARY}-secret"


@pytest.mark.parametrize(
    "secret",
    [
        f"{CANARY} is no JSON",
        f'{{"sendcloud_public_key": "{CANARY}',
        f'"{CANARY}"',
        [CANARY],
        {"sendcloud_public_key": CANARY},
        {**KEYS, "sendcloud_secret_key": ""},
        {**KEYS, "sendcloud_secret_key": "  "},
        {**KEYS, "sendcloud_secret_key": 12345},
        {**KEYS, "sendcloud_public_key": None},
        {**KEYS, "sendcloud_public_key": [CANARY]},
        {**KEYS, "wemasy_token": {"token": CANARY}},
        f'{"[" * 100_000}"{CANARY}"',
    ],
)
def test_a_secret_that_is_wrong(secret: Any) -> None:
    """A secret of another form is the operator's to mend, by its name, and nothing of it is quoted."""
    refused(secret)


def test_the_key_that_is_missing_is_named() -> None:
    """The sentence says which key to add."""
    assert "sendcloud_secret_key" in str(refused({"sendcloud_public_key": CANARY}))


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ResourceNotFoundException", NeedsOperator),
        ("AccessDeniedException", NeedsOperator),
        ("DecryptionFailure", NeedsOperator),
        ("InvalidRequestException", NeedsOperator),
        ("InternalServiceError", TryLater),
        ("ThrottlingException", TryLater),
    ],
)
def test_secrets_manager_refuses(code: str, kind: type[IntegrationLogsError]) -> None:
    """What a person must mend and what passes are told apart by Secrets Manager's code, which is in the sentence."""
    with stubbed() as (stub, secrets):
        stub.add_client_error("get_secret_value", code, service_message=f"about {CANARY}")
        with pytest.raises(kind, match=NAME) as caught:
            secrets.credentials("main")
    assert type(caught.value) is kind
    assert code in str(caught.value)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_a_secret_that_is_scheduled_for_deletion() -> None:
    """It can still be had back: the sentence has the command."""
    with stubbed() as (stub, secrets):
        stub.add_client_error("get_secret_value", "InvalidRequestException", service_message="marked for deletion")
        with pytest.raises(NeedsOperator, match=f"scheduled for deletion .* restore-secret --secret-id {NAME}"):
            secrets.credentials("main")


class Unreachable:
    """A client whose endpoint cannot be reached."""

    def get_secret_value(self, **_: Any) -> Any:
        raise EndpointConnectionError(endpoint_url=f"https://{CANARY}/")


def test_secrets_manager_is_unreachable() -> None:
    """No answer at all will come later."""
    with pytest.raises(TryLater, match=NAME) as caught:
        Secrets(prefix="integration-logs", client=Unreachable()).credentials("main")  # type: ignore[arg-type]
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_credentials_do_not_show() -> None:
    """No form of printing them shows a key."""
    credentials = Credentials(f"{CANARY}-a", f"{CANARY}-b", f"{CANARY}-c")
    for text in (repr(credentials), str(credentials), f"{[credentials]}"):
        assert CANARY not in text


KEY_NAME = "arn:aws:secretsmanager:eu-west-1:1:secret:PseudonymKey-abc"


def pseudonym_key(text: str | None = None, *, code: str | None = None) -> str:
    with stubbed() as (stub, secrets):
        if code:
            stub.add_client_error("get_secret_value", code, service_message=f"about {CANARY}")
        else:
            stub.add_response("get_secret_value", {"SecretString": text}, {"SecretId": KEY_NAME})
        return secrets.pseudonym_key(KEY_NAME)


def test_the_pseudonyms_key() -> None:
    """It is the secret's whole text, blanks around it forgiven."""
    assert pseudonym_key(f" {CANARY * 3}\n") == CANARY * 3


@pytest.mark.parametrize("text", [" ", CANARY, f"{CANARY}{' ' * 40}"])
def test_a_short_key_is_no_key(text: str) -> None:
    """An empty or guessable key is refused with a sentence that names the secret and quotes nothing of it."""
    with pytest.raises(NeedsOperator, match="PseudonymKey-abc must hold the pseudonyms' key") as caught:
        pseudonym_key(text)
    assert CANARY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("code", "kind"), [("ResourceNotFoundException", NeedsOperator), ("InternalServiceError", TryLater)]
)
def test_no_key(code: str, kind: type[IntegrationLogsError]) -> None:
    """A key that is gone is the operator's to bring back; one that cannot be had now may come later."""
    with pytest.raises(kind, match=KEY_NAME) as caught:
        pseudonym_key(code=code)
    assert CANARY not in "".join(traceback.format_exception(caught.value))
