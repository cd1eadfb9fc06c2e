"""What a deployment sets, read from the environment that ``template.yaml`` writes.

Each function reads only what it needs, once, and hears in one sentence which template parameter to correct.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from integration_logs.errors import NeedsOperator

_ACCOUNT_NAME = re.compile(r"[A-Za-z0-9-]{1,40}")


@dataclass(frozen=True)
class Settings:
    """What every function needs.

    ``accounts`` are the names given in ``AccountNames``, ``bucket`` the one bucket that holds everything,
    ``secret_prefix`` where in Secrets Manager the accounts' secrets are: ``<secret_prefix>/<account>``.
    """

    accounts: tuple[str, ...]
    bucket: str
    secret_prefix: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read them; raises ``NeedsOperator`` naming the parameter that is missing or wrong.

        >>> Settings.from_environment({"ACCOUNT_NAMES": "main, nl", "BUCKET": "b", "SECRET_PREFIX": "p"}).accounts
        ('main', 'nl')
        """
        accounts = tuple(name.strip() for name in required(environment, "ACCOUNT_NAMES").split(",") if name.strip())
        for account in accounts:
            if not _ACCOUNT_NAME.fullmatch(account):
                raise NeedsOperator(
                    f"AccountNames holds {account[:60]!r}: use letters, digits and hyphens, at most 40 characters."
                )
        if not accounts or len(set(accounts)) != len(accounts):
            raise NeedsOperator("AccountNames must name at least one account, and none more than once.")
        return cls(
            accounts=accounts,
            bucket=required(environment, "BUCKET"),
            secret_prefix=required(environment, "SECRET_PREFIX"),
        )


def integration_ids(environment: Mapping[str, str], accounts: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """The integrations that are named in the settings, by account; an account that is not in it has all of its own.

    >>> integration_ids({"INTEGRATION_IDS": "main/101, main/102"}, ("main", "nl"))
    {'main': (101, 102)}
    """
    found: dict[str, tuple[int, ...]] = {}
    for entry in filter(None, (part.strip() for part in environment.get("INTEGRATION_IDS", "").split(","))):
        account, _, id_ = entry.partition("/")
        if account not in accounts or not re.fullmatch(r"[1-9]\d{0,18}", id_):
            raise NeedsOperator(
                f"IntegrationIds holds {entry[:60]!r}: write <account>/<id>, with an account from AccountNames."
            )
        found[account] = (*found.get(account, ()), int(id_))
    return found


def required(environment: Mapping[str, str], name: str) -> str:
    """The variable's value; raises ``NeedsOperator`` where it is unset or empty."""
    value = environment.get(name, "").strip()
    if not value:
        raise NeedsOperator(f"The environment variable {name} is not set: deploy with this project's template.yaml.")
    return value


def whole_number(environment: Mapping[str, str], name: str, *, least: int, most: int) -> int:
    """The variable as an integer from ``least`` to ``most``; raises ``NeedsOperator`` otherwise."""
    text = required(environment, name)
    if not re.fullmatch(r"\d{1,9}", text) or not least <= int(text) <= most:
        raise NeedsOperator(f"{name} is {text[:40]!r}: it must be a whole number from {least} to {most}.")
    return int(text)


def one_of(environment: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """The variable where it is one of ``allowed``; raises ``NeedsOperator`` otherwise."""
    text = required(environment, name)
    if text not in allowed:
        raise NeedsOperator(f"{name} is {text[:40]!r}: it must be one of {', '.join(allowed)}.")
    return text
