"""The accounts' credentials, from Secrets Manager, kept for five minutes; and the key of the pseudonyms.

A secret ``<SecretPrefix>/<account>`` holds a JSON object::

    {"sendcloud_public_key": "…", "sendcloud_secret_key": "…", "wemasy_token": "…", "wemasy_integration_id": 101}

``wemasy_token`` may be left out: that account then has no WeMaSy side. So may ``wemasy_integration_id``: Sendcloud's id
of the integration that WeMaSy's status is about, where the account has several.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from integration_logs.errors import NeedsOperator, TryLater
from integration_logs.runtime import aws

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
    """Reads secrets, and keeps what is good of them for ``MAX_AGE``. Threads may share it."""

    def __init__(
        self,
        *,
        prefix: str,
        client: SecretsManagerClient | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._prefix = prefix
        self._client: SecretsManagerClient = client or aws.client("secretsmanager")
        self._clock = clock
        self._kept: dict[str, tuple[float, Any]] = {}

    def credentials(self, account: str) -> Credentials:
        """The account's credentials.

        Raises ``NeedsOperator`` where the secret is missing, is to be deleted, may not be read or lacks a key,
        ``TryLater`` where Secrets Manager does not answer. No message holds any part of a secret.
        """
        return self._read(f"{self._prefix}/{account}", _credentials)

    def pseudonym_key(self, name: str) -> str:
        """The key of the pseudonyms in what is redacted, which the template generates; ``name`` is its secret's.

        Raises as ``credentials`` does. A key that is missing or too short is the operator's to put back: other
        pseudonyms than before would no longer be equal to those in the archive.
        """
        return self._read(name, _pseudonym_key)

    def _read[T](self, name: str, parse: Callable[[str, str], T]) -> T:
        read_at, found = self._kept.get(name, (0.0, None))
        if found is None or self._clock() - read_at > MAX_AGE:
            found = parse(self._text(name), name)
            self._kept[name] = self._clock(), found
        kept: T = found
        return kept

    def _text(self, name: str) -> str:
        try:
            return self._client.get_secret_value(SecretId=name).get("SecretString", "")
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == "InvalidRequestException":
                raise NeedsOperator(
                    f"The secret {name} is scheduled for deletion ({code}): restore it with "
                    f"aws secretsmanager restore-secret --secret-id {name}."
                ) from None
            if code in _ABSENT_OR_FORBIDDEN:
                raise NeedsOperator(
                    f"The secret {name} cannot be read ({code}): create it, or correct its policy."
                ) from None
            raise TryLater(f"Secrets Manager did not return the secret {name} ({code}).") from None
        except BotoCoreError as error:
            raise TryLater(f"Secrets Manager did not return the secret {name} ({type(error).__name__}).") from None


def _credentials(text: str, name: str) -> Credentials:
    try:
        secret = json.loads(text)
    except (ValueError, RecursionError):  # which quote the secret
        secret = None
    if not isinstance(secret, dict):
        raise NeedsOperator(f"The secret {name} is not a JSON object.")
    token = secret.get("wemasy_token") or None
    if token is not None and not isinstance(token, str):
        raise NeedsOperator(f"In the secret {name}, wemasy_token must be a string or left out.")
    return Credentials(
        sendcloud_public_key=_key(secret, "sendcloud_public_key", name),
        sendcloud_secret_key=_key(secret, "sendcloud_secret_key", name),
        wemasy_token=token.strip() if token else None,
        wemasy_integration_id=str(named).strip() if (named := secret.get("wemasy_integration_id")) else None,
    )


def _key(secret: dict[str, object], key: str, name: str) -> str:
    value = secret.get(key)
    if not isinstance(value, str) or not value.strip():
        raise NeedsOperator(f"The secret {name} has no {key}: add it as a string.")
    return value.strip()


def _pseudonym_key(text: str, name: str) -> str:
    if len(text.strip()) < SHORTEST_PSEUDONYM_KEY:
        raise NeedsOperator(
            f"The secret {name} must hold the pseudonyms' key, at least {SHORTEST_PSEUDONYM_KEY} characters: restore "
            "its previous version or, if there is none, enter a random text."
        )
    return text.strip()
