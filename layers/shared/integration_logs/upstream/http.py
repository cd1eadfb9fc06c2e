"""An HTTP session for GETs that answer JSON, against one API.

One request is retried here, never a walk: a time-out, a refused, reset or cut connection, 408, 429 and every 5xx.
Waiting is bounded by attempts, by the time the invocation has left, and by ``patience``; what does not fit goes
back to the caller as ``TryLater`` with the wait that the other side asked for. What ends where:

=====================================================  ===========================================================
retries used up, or no time for them                   ``TryLater``
401, 403                                               ``NeedsOperator``, naming the secret to renew
a certificate that does not verify, after the retries  ``NeedsOperator``: one bad node behind a balancer heals, an
                                                       expired certificate or a missing authority does not
a setting that no request can be made from             ``NeedsOperator``, at once
a redirect (credentials stay at home)                  ``ContractBroken``, at once
an answer that memory is not enough for                ``TooLarge``, an ``Unreadable``, at once
2xx without JSON, after the retries                    ``Unreadable``: a maintenance page passes, a new format does not
any other status                                       returned: the client knows what it means
=====================================================  ===========================================================

No message and no log record holds a query, a credential or a body; and no error is chained to one of ``requests``,
whose text holds the address.
"""

from __future__ import annotations

import email.utils
import json
import logging
import random
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any, cast
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.adapters import BaseAdapter
from requests.auth import AuthBase

from integration_logs.errors import ContractBroken, CredentialsRejected, IntegrationLogsError, NeedsOperator, TryLater
from integration_logs.json_types import JsonValue
from integration_logs.upstream import lenient_json
from integration_logs.upstream.body import Oversize, take_in
from integration_logs.upstream.pacing import Pacer
from integration_logs.upstream.wire import DEADLINE, VerbatimAdapter

log = logging.getLogger(__name__)

type TimeLeft = Callable[[], float]
type Arrived = Callable[[Mapping[str, str]], None]
type TakenIn = Callable[[Iterator[bytes]], bytes | Oversize]

_MARGIN = 2.0  # seconds of the invocation that the caller keeps for handing the rest on
_EARLY = 0.05  # seconds by which a time-out may come early
_BACKOFF_BASE, _BACKOFF_CAP = 0.5, 20.0
_CHUNK = 64 * 1024
_UNIFORM = random.SystemRandom().uniform
_FAILED_WHATEVER_IT_SAYS = frozenset({*range(300, 400), 401, 403, 408, 429})
_SECONDS = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]*)?")
_TRANSIENT = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
_SETTING = (
    requests.exceptions.InvalidURL,  # the proxy's address too
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
)


@dataclass(frozen=True)
class Answer:
    """What an API answered. ``where`` is the host and path that were asked."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    where: str = ""

    def json(self) -> JsonValue:
        """Return the body as parsed once, or raise ``ContractBroken``."""
        return self._document

    @cached_property
    def _document(self) -> JsonValue:
        try:  # a stray byte costs one character, and a bad record no other: not the page that it is on
            return lenient_json.loads(self.body.decode(json.detect_encoding(self.body), "replace"))
        except ValueError:
            pass  # what the parser says quotes the body
        raise ContractBroken(f"{self.where} answered {self.status} with a body that is not JSON.")


class Unreadable(ContractBroken):
    """An answer whose body is none that can be read. ``answer`` has its headers, which may be good all the same."""

    def __init__(self, message: str, answer: Answer) -> None:
        super().__init__(message)
        self.answer = answer


class TooLarge(Unreadable):
    """A body that memory is not enough for, and what remains of it: see ``body.Oversize``."""

    def __init__(self, message: str, answer: Answer, body: Oversize) -> None:
        super().__init__(message, answer)
        self.size, self.sha256, self.begins = body.size, body.sha256, body.begins


@dataclass(frozen=True)
class _Setback:
    """Why one attempt failed, and what it comes to when it was the last."""

    reason: str
    retry_after: float | None = None
    becomes: Callable[[str], IntegrationLogsError] = TryLater
    again: bool = True
    throttled: bool = False


class HttpSession:
    """A kept-alive session with one API; safe to share between threads.

    ``api`` and ``secret`` are names for messages: whose API this is, and which secret holds its credentials.
    ``patience`` is the longest single wait in seconds: beyond it, waiting is cheaper in a queue than in here.
    With a ``pacer`` each request, retries included, waits for its turn, and a 429 holds back all that share it.
    """

    def __init__(  # noqa: PLR0913  # all have a default but the four that name the API and who asks
        self,
        *,
        auth: AuthBase,
        user_agent: str,
        api: str,
        secret: str,
        timeouts: tuple[float, float] = (5.0, 30.0),
        attempts: int = 4,
        patience: float = 60.0,
        largest_body: int = 64 * 1024 * 1024,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = _UNIFORM,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        adapter: BaseAdapter | None = None,
        pacer: Pacer | None = None,
    ) -> None:
        self._api, self._secret = api, secret
        self._timeouts, self._attempts, self._patience = timeouts, attempts, patience
        self._largest_body = largest_body
        self._sleep, self._uniform, self._now = sleep, uniform, now
        self._pacer = pacer
        self._session = requests.Session()
        self._session.auth = auth
        self._session.headers.update({"User-Agent": user_agent, "Accept": "application/json"})
        adapter = adapter or VerbatimAdapter(pool_maxsize=32)
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, adapter)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def get(
        self,
        url: str,
        *,
        time_left: TimeLeft,
        arrived: Arrived | None = None,
        alone: bool = False,
        beside: bool = False,
    ) -> Answer:
        """GET the URL, its query sent as it stands. ``time_left`` says how many seconds the invocation still has.

        ``arrived`` is called with the headers of a 2xx as soon as they are here, before the body is; more than once
        where that is then tried again. ``alone`` says that what is asked for is one thing that no smaller request gets.
        ``beside`` says that other answers are worked on meanwhile: more of them are ``TooLarge``.
        """
        parts = urlsplit(url)
        where = f"{parts.hostname}{parts.path}"
        attempt = 1
        taken_in = partial(take_in, largest=self._largest_body, alone=alone, beside=beside)
        while isinstance(outcome := self._attempt(url, where, time_left, arrived, taken_in), _Setback):
            wait = max(outcome.retry_after or 0.0, self._backoff(attempt))
            tried = f"{self._api}: {where} {outcome.reason} (attempt {attempt} of {self._attempts})"
            if self._pacer and outcome.throttled:
                self._pacer.hold(wait)  # whoever else asks for this account waits too
            if outcome.becomes is not TryLater and (attempt >= self._attempts or not outcome.again):
                raise outcome.becomes(f"{tried}.")
            if attempt >= self._attempts or wait > min(self._patience, time_left() - _MARGIN):
                raise TryLater(f"{tried}.", retry_after=outcome.retry_after)
            log.info("%s; retrying in %.1f s", tried, wait)
            self._sleep(wait)
            attempt += 1
        return outcome

    def _backoff(self, attempt: int) -> float:
        return self._uniform(0.0, min(_BACKOFF_CAP, _BACKOFF_BASE * 2 ** (attempt - 1)))

    def _attempt(
        self, url: str, where: str, time_left: TimeLeft, arrived: Arrived | None, taken_in: TakenIn
    ) -> Answer | _Setback:
        if self._pacer:
            self._pacer.turn(time_left)
        if time_left() <= _MARGIN:
            raise TryLater(f"{self._api}: no time is left in this run to call {where}.")
        try:
            answer = self._send(url, where, time_left, arrived, taken_in)
        except _SETTING as error:
            return _Setback(f"cannot be called, check its address and the proxy ({type(error).__name__})",
                            becomes=NeedsOperator, again=False)  # fmt: skip
        except _TRANSIENT as error:
            if time_left() < _MARGIN + _EARLY:
                raise TryLater(f"{self._api}: {where} was still sending when the time of this run was over.") from None
            return _failure(error)
        return self._judged(answer)

    def _send(self, url: str, where: str, time_left: TimeLeft, arrived: Arrived | None, taken_in: TakenIn) -> Answer:
        session, (connect, read) = self._session, self._timeouts
        request = session.prepare_request(requests.Request("GET", url.partition("?")[0]))
        request.url = url  # only now: preparing it would quote the query again
        settings = cast("dict[str, Any]", session.merge_environment_settings(url, {}, True, None, None))
        budget = time_left() - _MARGIN
        connect = min(connect, budget / 2)
        request.headers[DEADLINE] = str(time.monotonic() + budget)
        # The adapter is called directly: Session.send would read a redirect's body whole and prepare to follow it.
        response = session.get_adapter(url).send(request, timeout=(connect, min(read, budget - connect)), **settings)
        try:
            if arrived and 200 <= response.status_code < 300:
                arrived(response.headers)
            # Of what is a failure by its status, the body says nothing more and may be anything.
            failed = response.status_code >= 500 or response.status_code in _FAILED_WHATEVER_IT_SAYS
            body = b"" if failed else self._body(response, where, time_left, taken_in)
            return Answer(response.status_code, response.headers, body, where)
        finally:
            response.close()

    def _body(self, response: requests.Response, where: str, time_left: TimeLeft, taken_in: TakenIn) -> bytes:
        def chunks() -> Iterator[bytes]:
            for chunk in response.iter_content(_CHUNK):
                yield chunk
                if time_left() < _MARGIN / 2:
                    raise TryLater(f"{self._api}: {where} was still sending when the time of this run was over.")

        body = taken_in(chunks())
        if isinstance(body, Oversize):
            answer = Answer(response.status_code, response.headers, b"", where)
            raise TooLarge(f"{self._api}: {where} answered {body.why}.", answer, body)
        return body

    def _judged(self, answer: Answer) -> Answer | _Setback:
        status = answer.status
        if status in {401, 403}:
            raise CredentialsRejected(
                f"{self._api} refused the credentials ({status} from {answer.where}): replace them in {self._secret}, "
                "and check that they have permission to read this."
            )
        if 300 <= status < 400:
            raise ContractBroken(f"{self._api}: {answer.where} answered with a redirect ({status}), not followed.")
        if status in {408, 429} or status >= 500:
            asked = self._retry_after(answer) if status in {429, 503} else None
            return _Setback(f"answered {status}", retry_after=asked, throttled=status == 429 or asked is not None)
        if 200 <= status < 300:
            try:
                answer.json()
            except ContractBroken:
                return _Setback(
                    f"answered {status} with a body that is not JSON", becomes=partial(Unreadable, answer=answer)
                )
        return answer

    def _retry_after(self, answer: Answer) -> float | None:
        """Read ``Retry-After``: seconds or a date; a negative wait is none; anything else was not said."""
        text = answer.headers.get("Retry-After", "").strip()
        if _SECONDS.fullmatch(text):
            return max(0.0, float(text))
        try:
            when = email.utils.parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        return max(0.0, (when - self._now()).total_seconds())


def _failure(error: BaseException) -> _Setback:
    """Say in a few words why nothing came back; the error's own text holds the address."""
    if _certificate(error):
        return _Setback("presented an invalid certificate: check its expiry, the proxy and the authorities",
                        becomes=NeedsOperator)  # fmt: skip
    if isinstance(error, requests.Timeout):
        return _Setback("did not answer in time")
    return _Setback(f"could not be reached or dropped the connection ({type(error).__name__})")


def _certificate(error: BaseException) -> bool:
    """Tell a certificate that does not verify from any other failure, through the wrappings around it."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop()
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
    return False
