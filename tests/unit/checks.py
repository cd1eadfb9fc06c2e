"""check_status put together over a bucket and a vault in memory, asking the sandbox's WeMaSy."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from check_status.checking import Checking
from integration_logs.secrets import Secrets
from integration_logs.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.upstreams import Sandbox
    from tests.fakes.memory_store import MemoryStore

PREFIX = "integration-logs"


@dataclass
class Vault:
    """Secrets Manager: a secret by its name, or the error that it answers where there is none."""

    secrets: Mapping[str, object]
    before: Callable[[str], object] = lambda _: None
    asked: list[str] = field(default_factory=list)

    def get_secret_value(self, **request: str) -> dict[str, Any]:
        name = request["SecretId"]
        self.asked.append(name)
        self.before(name)
        if name not in self.secrets:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "none"}}, "GetSecretValue")
        return {"SecretString": json.dumps(self.secrets[name])}


def vault(sandbox: Sandbox, **other: object) -> Vault:
    """The sandbox's accounts' secrets, and others by account."""
    return Vault({f"{PREFIX}/{account}": keys for account, keys in {**sandbox.accounts, **other}.items()})


def put_together(
    store: MemoryStore, secrets: Vault, sandbox: Sandbox, *accounts: str, base_url: str | None = None
) -> Checking:
    """The function's parts."""
    client: Any = secrets
    return Checking(
        settings=Settings(accounts=accounts, bucket="bucket", secret_prefix=PREFIX),
        secrets=Secrets(prefix=PREFIX, client=client),
        store=store,
        base_url=base_url or f"{sandbox.url}/api",
    )
