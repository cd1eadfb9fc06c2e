"""The fields of a check: in the state, in the API's answers, in the Glue table ``checks``. Pure."""

from __future__ import annotations

from typing import NamedTuple

ACCOUNT = "account"
"""The subject that is the account itself; the others are ``integration-<id>``."""


class Column(NamedTuple):
    """One field of a check, by its type in the Glue table."""

    name: str
    glue: str


COLUMNS = (
    Column("account", "string"),
    Column("checked_at", "string"),
    Column("subject", "string"),
    Column("integration_id", "bigint"),
    Column("shop_name", "string"),
    Column("shop_url", "string"),
    Column("type", "string"),
    Column("verdict", "string"),
    Column("sentence", "string"),
    Column("since", "string"),
    Column("announced", "string"),
    Column("open_problems", "int"),
    Column("started_failing_at", "string"),
    Column("last_fetched_at", "string"),
    Column("listed_at", "string"),
    Column("wemasy_is_active", "boolean"),
    Column("wemasy_is_connected", "boolean"),
)
"""Fields are only ever added: earlier lines lack them. Times are text as ``timestamp`` writes it."""
