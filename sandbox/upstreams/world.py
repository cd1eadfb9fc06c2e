"""One sandbox's whole state: settings, accounts, records, switches, counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sandbox.upstreams.cursors import Cursors
from sandbox.upstreams.faults import Faults
from sandbox.upstreams.limits import Traffic, Windows
from sandbox.upstreams.messages import Json, MisuseError, Request
from sandbox.upstreams.modes import Modes
from sandbox.upstreams.shops import (
    DEFAULT_INTEGRATIONS,
    RESTRICTED_KEYS,
    RESTRICTED_TOKEN,
    Account,
    Shop,
    build_accounts,
    build_shops,
)
from sandbox.upstreams.store import Clock, Store

DEFAULT_RECORDS: Mapping[str, int] = {"main": 5000, "second": 600}
"""About how many records each account has of the last 30 days."""


def wall_clock() -> datetime:
    """The time now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a sandbox is made from; the same settings at the same time give the same records.

    `integrations`: how many each account has. `records`: about how many of the last 30 days, 0 for accounts not named.
    `late_share`: part of the arrivals that is back-dated by ten minutes to three days.
    """

    seed: int = 7
    integrations: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_INTEGRATIONS))
    records: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_RECORDS))
    arrivals_per_minute: float = 12.0
    late_share: float = 0.02
    clock: Clock = wall_clock


class World:
    """All that the routes share."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        if unknown := set(settings.records) - set(settings.integrations):
            raise MisuseError(f"records for an account that has no integrations: {', '.join(sorted(unknown))}")
        self.clock = settings.clock
        self.started = settings.clock()
        self.accounts = build_accounts(list(settings.integrations))
        self.shops: dict[str, list[Shop]] = {
            name: build_shops(account, settings.integrations[name]) for name, account in self.accounts.items()
        }
        self.store = Store(
            self.accounts,
            self.shops,
            settings.records,
            seed=settings.seed,
            clock=settings.clock,
            arrivals_per_minute=settings.arrivals_per_minute,
            late_share=settings.late_share,
        )
        self.cursors = Cursors()
        self.modes = Modes()
        self.faults = Faults()
        self.windows = Windows()
        self.traffic = Traffic()
        self.integration_overrides: dict[int, Json] = {}
        self._keys = {account.public_key: account for account in self.accounts.values()}
        self._tokens = {account.wemasy_token: account for account in self.accounts.values() if account.wemasy_token}

    def renew_keys(self, name: str) -> Account:
        """Give an account another secret key, as its owner can in the panel; from now on the old one is refused."""
        account = replace(self.accounts[name], secret_key=f"{self.accounts[name].secret_key}-renewed")
        self.accounts[name] = self._keys[account.public_key] = account
        return account

    def claimed(self, request: Request) -> str | None:
        """The account that a request says it is from, whether or not its secret is right."""
        basic, token = request.basic(), request.bearer()
        account = self._keys.get(basic[0]) if basic else self._tokens.get(token or "")
        return account.name if account else None

    def sendcloud_account(self, request: Request) -> Account | int:
        """The account whose key pair a request carries, or the status of the refusal: 401 or 403."""
        basic = request.basic()
        if basic == RESTRICTED_KEYS:
            return 403
        account = self._keys.get(basic[0]) if basic else None
        return account if account and basic and basic[1] == account.secret_key else 401

    def wemasy_account(self, request: Request) -> Account | int:
        """The account whose token a request carries, or the status of the refusal: 401 or 403."""
        token = request.bearer()
        return 403 if token == RESTRICTED_TOKEN else self._tokens.get(token or "", 401)
