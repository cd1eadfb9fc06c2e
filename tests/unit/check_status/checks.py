"""check_status put together over a bucket, a vault and two channels in memory, asking the sandbox of both APIs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from check_status.check.asking import Asking
from check_status.check.step import Rules
from check_status.composition_root import Checker
from integration_logs.runtime.secrets import Secrets
from tests.fakes.channels import FakeBus, FakeTopic, telling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sandbox.upstreams import Sandbox
    from tests.fakes.memory_store import MemoryStore

PREFIX = "integration-logs"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RULES = Rules(confirm=2, silent_after=timedelta(hours=6), resolve_after=timedelta(hours=1), escalation_factor=5)


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


@dataclass
class Channels:
    """What was sent on both, in order."""

    bus: FakeBus = field(default_factory=FakeBus)
    topic: FakeTopic = field(default_factory=FakeTopic)

    @property
    def events(self) -> list[dict[str, Any]]:
        """What the bus took."""
        return self.bus.events

    @property
    def notices(self) -> list[dict[str, Any]]:
        """What the topic took."""
        return self.topic.notices

    @property
    def changes(self) -> list[tuple[str, str | None, str]]:
        """Each change of status that was sent: account or integration, from what, to what."""
        found = (each["Detail"] for each in self.events if each["DetailType"].endswith("Status Changed"))
        return [(str(each["integration_id"] or each["account"]), each["previous"], each["verdict"]) for each in found]


class Ticking:
    """A clock that goes on by itself a little with each look, and by five minutes when it is told to."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at
        self._lock = Lock()

    def __call__(self) -> datetime:
        with self._lock:
            self.at += timedelta(milliseconds=1)
            return self.at

    def tick(self, minutes: float = 5) -> None:
        self.at += timedelta(minutes=minutes)


def vault(sandbox: Sandbox, **other: object) -> Vault:
    """The sandbox's accounts' secrets, and others by account."""
    return Vault({f"{PREFIX}/{account}": keys for account, keys in {**sandbox.accounts, **other}.items()})


def put_together(
    store: MemoryStore,
    secrets: Vault,
    sandbox: Sandbox,
    *accounts: str,
    channels: Channels | None = None,
    now: Callable[[], datetime] | None = None,
    wemasy_url: str | None = None,
) -> Checker:
    """The function's parts."""
    client: Any = secrets
    both = channels or Channels()
    return Checker(
        accounts=accounts,
        store=store,
        asking=Asking(
            store=store,
            secrets=Secrets(prefix=PREFIX, client=client),
            secret_prefix=PREFIX,
            sendcloud_url=f"{sandbox.url}/api/v3",
            wemasy_url=wemasy_url or f"{sandbox.url}/api",
        ),
        telling=lambda: telling(both.bus, both.topic),
        rules=RULES,
        now=now or Ticking(),
    )
