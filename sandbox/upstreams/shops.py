"""Who uses the sandbox: its accounts with their obviously fake credentials, and the shops connected to each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SPARE_TOKEN_ACCOUNTS = frozenset({"second"})
"""Accounts without a WeMaSy token: they use Sendcloud only."""

RESTRICTED_KEYS = ("sandbox-public-restricted", "sandbox-secret-restricted")
"""A Sendcloud key pair that exists and may do nothing here: 403."""

RESTRICTED_TOKEN = "sandbox-wemasy-restricted"
"""A WeMaSy token that exists and may do nothing here: 403."""

DEFAULT_INTEGRATIONS: Mapping[str, int] = {"main": 5, "second": 2}
"""How many integrations each account has."""

MAX_ACCOUNTS = 8
"""Record ids leave room for so many accounts."""


@dataclass(frozen=True, slots=True)
class Account:
    """One Sendcloud account and, where it has one, its WeMaSy token."""

    name: str
    index: int
    public_key: str
    secret_key: str
    wemasy_token: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """What a kind of shop is like: platform, address, share of the account's failures, and which failures."""

    platform: str
    name: str
    host: str
    weight: float
    kinds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Shop:
    """One integration: a shop connected to an account. `quiet` ones fail about three times a month."""

    id: int
    account: str
    index: int
    profile: Profile
    name: str
    url: str
    quiet: bool = False
    outage: bool = False


PROFILES: Sequence[Profile] = (
    Profile(
        "woocommerce",
        "Fietsenwinkel De Ketting",
        "www.deketting.example",
        4.0,
        {"key_revoked": 6, "sg_captcha": 2, "wp_json_missing": 1, "read_timeout": 1},
    ),
    Profile(
        "shopify",
        "Lampenhuis Noord",
        "lampenhuis-noord.shops.example",
        2.5,
        {"throttled": 6, "rejected_order": 3, "server_error": 1},
    ),
    Profile(
        "magento2",
        "Tuinwereld Groen",
        "www.tuinwereld-groen.example",
        2.0,
        {"maintenance_page": 3, "server_error": 3, "read_timeout": 2, "connection_reset": 1},
    ),
    Profile(
        "prestashop",
        "Parfumerie Vlinder",
        "parfumerie-vlinder.example",
        1.5,
        {"ssl_expired": 4, "cloudflare_ssl": 2, "cloudflare_challenge": 3},
    ),
    Profile(
        "lightspeed",
        "Speelgoed Stip",
        "speelgoed-stip.webshop.example",
        1.0,
        {"throttled": 2, "server_error": 2, "rejected_order": 1},
    ),
    Profile(
        "api",
        "Boekhandel Paginatel",
        "koppeling.paginatel.example",
        1.5,
        {"dns_failure": 3, "connection_reset": 3, "ssl_wrong_host": 2, "maintenance_page": 1},
    ),
    Profile(
        "woocommerce",
        "Kaasboerderij De Wei",
        "kaasboerderij-dewei.example",
        2.0,
        {"cloudflare_challenge": 3, "wp_json_missing": 3, "key_revoked": 1, "sg_captcha": 1},
    ),
)


def build_accounts(names: Sequence[str]) -> dict[str, Account]:
    """The accounts by name; their credentials follow from the name, so they are the same in every run."""
    if not 1 <= len(names) <= MAX_ACCOUNTS:
        raise ValueError(f"between 1 and {MAX_ACCOUNTS} accounts, not {len(names)}")
    return {
        name: Account(
            name,
            index,
            f"sandbox-public-{name}",
            f"sandbox-secret-{name}-not-a-real-key",
            None if name in SPARE_TOKEN_ACCOUNTS else f"sandbox-wemasy-{name}-not-a-real-token",
        )
        for index, name in enumerate(names)
    }


def accounts(names: Sequence[str] = tuple(DEFAULT_INTEGRATIONS)) -> dict[str, dict[str, str]]:
    """What a client needs to log in, by account; `wemasy_token` is missing where the account has none."""
    answer: dict[str, dict[str, str]] = {}
    for name, account in build_accounts(names).items():
        answer[name] = {"sendcloud_public_key": account.public_key, "sendcloud_secret_key": account.secret_key}
        if account.wemasy_token is not None:
            answer[name]["wemasy_token"] = account.wemasy_token
    return answer


def build_shops(account: Account, count: int) -> list[Shop]:
    """The account's shops: ids follow from the account, the last of three or more is the one that hardly ever fails."""
    shops = []
    for index in range(count):
        position = account.index * 5 + index
        profile = PROFILES[position % len(PROFILES)]
        round_ = position // len(PROFILES)
        shops.append(
            Shop(
                id=(account.index + 4) * 100_000 + index + 1,
                account=account.name,
                index=index,
                profile=profile,
                name=f"{profile.name} {round_ + 1}" if round_ else profile.name,
                url=f"https://{f'filiaal{round_ + 1}.' if round_ else ''}{profile.host}",
                quiet=count > 2 and index == count - 1,
                outage=account.index == 0 and index == min(2, max(0, count - 2)),
            )
        )
    return shops
