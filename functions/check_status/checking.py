"""check_status put together: what its parts need, built from the settings on first use."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
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
    from integration_logs.objects import ObjectStore

RESERVE = 5.0
"""Seconds an invocation keeps for storing what it found."""

_AT_ONCE = 8
"""Accounts that are asked side by side: one whose WeMaSy hangs costs the others no time."""


@dataclass
class Checking:
    """The function's parts."""

    settings: Settings
    secrets: Secrets
    store: ObjectStore
    base_url: str

    def run(self, seconds_left: Callable[[], float]) -> list[JsonObject]:
        """Check every account and keep each answer; one account's failure never hides another's.

        Raises what the store raised, when every account has had its turn.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            running = [pool.submit(self._check_and_keep, account, seconds_left) for account in self.settings.accounts]
        return [each.result() for each in running]

    def last(self) -> list[JsonObject]:
        """Each account's last check, of those that have been checked."""
        found = (last(self.store, account) for account in self.settings.accounts)
        return [checked for checked in found if checked is not None]

    def _check_and_keep(self, account: str, seconds_left: Callable[[], float]) -> JsonObject:
        at = datetime.now(UTC)
        checked = self._check(account, at, lambda: seconds_left() - RESERVE)
        keep(self.store, checked, at)
        return checked

    def _check(self, account: str, at: datetime, time_left: Callable[[], float]) -> JsonObject:
        secret = f"{self.settings.secret_prefix}/{account}"
        try:
            token = self.secrets.credentials(account).wemasy_token
            if not token:
                return check(account, None, time_left=time_left, at=at)
            auth = BearerAuth(token, secret=secret)
            with closing(HttpSession(auth=auth, user_agent="integration-logs", api="WeMaSy", secret=secret)) as session:
                return check(account, Wemasy(session, base_url=self.base_url), time_left=time_left, at=at)
        except (NeedsOperator, TryLater) as error:
            return document(account, at, of_error(error))


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
