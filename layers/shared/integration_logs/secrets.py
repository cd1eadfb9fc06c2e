"""The accounts' credentials, from Secrets Manager, kept for five minutes; and the key of the pseudonyms.

A secret ``<SecretPrefix>/<account>`` holds a JSON object::

    {"sendcloud_public_key": "…", "sendcloud_secret_key": "…", "wemasy_token": "…", "wemasy_integration_id": 101}

``wemasy_token`` may be left out: that account then has no WeMaSy side. So may ``wemasy_integration_id``: Sendcloud's id
of the integration that WeMaSy's status is about, where the account has several.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.parameters import SecretsProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError, TransformParameterError
from botocore.exceptions import BotoCoreError, ClientError

from integration_logs.errors import NeedsOperator, TryLater

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

MAX_AGE = 300
"""Seconds a secret is kept: a renewed key is in use that much later at most."""

SHORTEST_PSEUDONYM_KEY = 32
"""Characters; the template generates 64."""

_ABSENT_OR_FORBIDDEN = {"ResourceNotFoundException", "AccessDeniedException", "AccessDenied", "DecryptionFailure"}


@dataclass(frozen=True)
class Credentials:
    """One account's keys. They are kept out of ``repr``, so that no log line can show them."""

    sendcloud_public_key: str = field(repr=False)
    sendcloud_secret_key: str = field(repr=False)
    wemasy_token: str | None = field(repr=False, default=None)
    wemasy_integration_id: str | None = field(repr=False, default=None)
    """As the secret has it: a mistake in it concerns the status alone, and must not stop the fetching."""

    def values(self) -> tuple[str, ...]:
        """Every secret value, for the redactor."""
        keys = (self.sendcloud_public_key, self.sendcloud_secret_key, self.wemasy_token)
        return tuple(key for key in keys if key)


class Secrets:
    """Reads secrets through Powertools Parameters."""

    def __init__(self, *, prefix: str, client: SecretsManagerClient | None = None) -> None:
        self._prefix = prefix
        self._provider = SecretsProvider(boto3_client=client)

    def credentials(self, account: str) -> Credentials:
        """The account's credentials.

        Raises ``NeedsOperator`` where the secret is missing, may not be read or lacks a key, ``TryLater`` where
        Secrets Manager does not answer. No message holds any part of a secret.
        """
        name = f"{self._prefix}/{account}"
        try:
            secret = self._provider.get(name, transform="json", max_age=MAX_AGE)
        except TransformParameterError:
            raise NeedsOperator(f"The secret {name} is no JSON object.") from None
        except GetParameterError as error:
            raise _named(error, name) from None
        if not isinstance(secret, dict):
            raise NeedsOperator(f"The secret {name} is no JSON object.")
        token = secret.get("wemasy_token") or None
        if token is not None and not isinstance(token, str):
            raise NeedsOperator(f"In the secret {name}, wemasy_token must be a string or be left out.")
        return Credentials(
            sendcloud_public_key=_key(secret, "sendcloud_public_key", name),
            sendcloud_secret_key=_key(secret, "sendcloud_secret_key", name),
            wemasy_token=token.strip() if token else None,
            wemasy_integration_id=str(named).strip() if (named := secret.get("wemasy_integration_id")) else None,
        )

    def pseudonym_key(self, name: str) -> str:
        """The key of the pseudonyms in what is redacted, which the template generates; ``name`` is its secret's.

        Raises as ``credentials`` does. A key that is missing or too short is the operator's to put back: other
        pseudonyms than before would no longer be equal to those in the archive.
        """
        try:
            key = self._provider.get(name, max_age=MAX_AGE)
        except GetParameterError as error:
            raise _named(error, name) from None
        if not isinstance(key, str) or len(key.strip()) < SHORTEST_PSEUDONYM_KEY:
            raise NeedsOperator(
                f"The secret {name} must hold the pseudonyms' key, at least {SHORTEST_PSEUDONYM_KEY} characters: put "
                "back the version it had before, or, where there is none, a random text."
            )
        return key.strip()


def _key(secret: dict[str, object], key: str, name: str) -> str:
    value = secret.get(key)
    if not isinstance(value, str) or not value.strip():
        raise NeedsOperator(f"The secret {name} has no {key}: add it as a string.")
    return value.strip()


def _named(error: GetParameterError, name: str) -> NeedsOperator | TryLater:
    """Powertools hides boto's error behind its own; what the caller does next hangs on boto's."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, ClientError):
        code = cause.response.get("Error", {}).get("Code", "")
        if code in _ABSENT_OR_FORBIDDEN:
            return NeedsOperator(f"The secret {name} cannot be read ({code}): create it, or mend its policy.")
        return TryLater(f"Secrets Manager did not give the secret {name} ({code}).")
    if isinstance(cause, BotoCoreError):
        return TryLater(f"Secrets Manager did not give the secret {name} ({type(cause).__name__}).")
    return TryLater(f"Secrets Manager did not give the secret {name}.")
