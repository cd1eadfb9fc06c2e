"""check_status put together: what its parts need, built from the settings on first use."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import boto3

from check_status.check import check, document, keep, last
from check_status.verdict import of_error
from integration_logs.endpoint import BearerAuth
from integration_logs.errors import NeedsOperator, TryLater
from integration_logs.http import HttpSession
from integration_logs.objects import S3Store
from integration_logs.secrets import Secrets
from integration_logs.settings import Settings, required
from integration_logs.wemasy import Wemasy

if TYPE_CHECKING:
    from collections.abc import Callable

    from integration_logs.json_types import JsonObject

RESERVE = 5.0
"""Seconds an invocation keeps for storing what it found."""


@dataclass
class Checking:
    """The function's parts."""

    settings: Settings
    secrets: Secrets
    store: S3Store
    base_url: str

    def run(self, seconds_left: Callable[[], float]) -> list[JsonObject]:
        """Check every account and keep each answer; one account's failure never hides another's."""
        checks = []
        for account in self.settings.accounts:
            at = datetime.now(UTC)
            checked = self._check(account, at, lambda: seconds_left() - RESERVE)
            keep(self.store, checked, at)
            checks.append(checked)
        return checks

    def last(self) -> list[JsonObject]:
        """Each account's last check, of those that have been checked."""
        found = (last(self.store, account) for account in self.settings.accounts)
        return [checked for checked in found if checked is not None]

    def _check(self, account: str, at: datetime, time_left: Callable[[], float]) -> JsonObject:
        try:
            token = self.secrets.credentials(account).wemasy_token
            wemasy = self._client(account, token) if token else None
        except (NeedsOperator, TryLater) as error:
            return document(account, at, of_error(error))
        return check(account, wemasy, time_left=time_left, at=at)

    def _client(self, account: str, token: str) -> Wemasy:
        secret = f"{self.settings.secret_prefix}/{account}"
        auth = BearerAuth(token, secret=secret)
        session = HttpSession(auth=auth, user_agent="integration-logs", api="WeMaSy", secret=secret)
        return Wemasy(session, base_url=self.base_url)


@cache
def checking() -> Checking:
    """Build the parts from the environment; raises ``NeedsOperator`` where a setting is wrong."""
    settings = Settings.from_environment(os.environ)
    return Checking(
        settings=settings,
        secrets=Secrets(prefix=settings.secret_prefix),
        store=S3Store(boto3.client("s3"), settings.bucket),
        base_url=required(os.environ, "WEMASY_BASE_URL"),
    )
