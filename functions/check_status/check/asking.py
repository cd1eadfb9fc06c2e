"""Calls both APIs about an account, in parallel.

A failure to ask is an answer too: it comes back as its verdict, and hides nothing of the other side.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from check_status.check.observation import Observation
from check_status.problems import at_risk
from check_status.verdicts.facts import Integration, WemasyAnswer, answer, listing, whole
from check_status.verdicts.verdict import Verdict, of_error
from integration_logs.errors import ContractBroken, NeedsOperator, TryLater
from integration_logs.upstream.endpoint import BasicAuth, BearerAuth
from integration_logs.upstream.http import HttpSession, TimeLeft
from integration_logs.upstream.sendcloud import Sendcloud
from integration_logs.upstream.wemasy import Wemasy

if TYPE_CHECKING:
    from requests.auth import AuthBase

    from integration_logs.bucket.objects import ObjectStore
    from integration_logs.runtime.secrets import Credentials, Secrets

log = logging.getLogger(__name__)

_TIMEOUTS = (5.0, 15.0)
"""Seconds to connect and to wait for an answer: what hangs is asked again within the same check."""


@dataclass(frozen=True)
class Asking:
    """The addresses and credentials of both APIs."""

    store: ObjectStore
    secrets: Secrets
    secret_prefix: str
    sendcloud_url: str
    wemasy_url: str

    def observe(self, account: str, *, at: datetime, time_left: TimeLeft) -> Observation:
        """Call both APIs and read which streams are behind. Raises what the store raises."""
        behind = self._behind(account)
        secret = f"{self.secret_prefix}/{account}"
        try:
            credentials = self.secrets.credentials(account)
        except (NeedsOperator, TryLater) as error:
            failed = of_error(error)
            return Observation(account, at, sendcloud=failed, wemasy=failed, behind=behind)
        side = _Side(credentials, secret, at, time_left)
        with ThreadPoolExecutor(2) as pool:
            sendcloud = pool.submit(side.sendcloud, self.sendcloud_url)
            wemasy = pool.submit(side.wemasy, self.wemasy_url)
        return Observation(
            account, at, sendcloud=sendcloud.result(), wemasy=wemasy.result(), named=_named(credentials), behind=behind
        )

    def _behind(self, account: str) -> dict[str, at_risk.Behind] | None:
        """The streams that fetch_logs wrote down as behind; ``None`` where what it wrote cannot be read."""
        key = f"state/fetch/{account}/standing.json"
        stored = self.store.get(key)
        try:
            return at_risk.behind(json.loads(stored.body) if stored else None)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            log.warning("%s cannot be read: it is unknown whether streams are behind", key)
            return None


@dataclass(frozen=True)
class _Side:
    """One account, as each of the two is asked about it."""

    credentials: Credentials
    secret: str
    at: datetime
    time_left: TimeLeft

    @cached_property
    def redact(self) -> Callable[[str], str]:
        """Takes credentials and personal data out of a text."""
        from integration_logs.redaction.redactor import Redactor  # noqa: PLC0415  # not before there is an answer

        return Redactor(self.credentials.values()).text

    def sendcloud(self, base_url: str) -> list[Integration] | Verdict:
        """The integrations that Sendcloud lists, or why it gave no answer."""
        keys = self.credentials
        try:
            auth = BasicAuth(keys.sendcloud_public_key, keys.sendcloud_secret_key, secret=self.secret)
            with closing(self._session("Sendcloud", auth)) as session:
                items = Sendcloud(session, base_url=base_url).integrations(time_left=self.time_left)
        except (TryLater, NeedsOperator, ContractBroken) as error:
            return of_error(error)
        found = listing(items, at=self.at, redact=self.redact)
        if len(found) < len(items):
            log.warning("Sendcloud listed %d integrations without a unique id", len(items) - len(found))
        return found

    def wemasy(self, base_url: str) -> WemasyAnswer | Verdict | None:
        """WeMaSy's answer, or why it gave none; ``None`` where the account has no token."""
        if not self.credentials.wemasy_token:
            return None
        try:
            auth = BearerAuth(self.credentials.wemasy_token, secret=self.secret)
            with closing(self._session("WeMaSy", auth)) as session:
                status = Wemasy(session, base_url=base_url).status(time_left=self.time_left)
        except (TryLater, NeedsOperator, ContractBroken) as error:
            return of_error(error)
        return answer(status, at=self.at, redact=self.redact)

    def _session(self, api: str, auth: AuthBase) -> HttpSession:
        return HttpSession(auth=auth, user_agent="integration-logs", api=api, secret=self.secret, timeouts=_TIMEOUTS)


def _named(credentials: Credentials) -> int | None:
    """The integration that the secret says WeMaSy is about; what is no id is 0, which no integration has."""
    if not credentials.wemasy_token or credentials.wemasy_integration_id is None:
        return None
    try:
        return whole(credentials.wemasy_integration_id)
    except ValueError:
        return 0
