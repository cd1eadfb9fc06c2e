"""Where an API is and as whom it is asked: the base URL and the credentials of a session."""

from __future__ import annotations

import base64
import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase

from integration_logs.errors import NeedsOperator


class _Authorization(AuthBase):
    """One fixed header. A session that has it asks no ``.netrc``."""

    def __init__(self, header: str) -> None:
        self._header = header

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        r.headers["Authorization"] = self._header
        return r


class BearerAuth(_Authorization):
    """``Authorization: Bearer``. ``secret`` names the secret that the token is from, for messages."""

    def __init__(self, token: str, *, secret: str) -> None:
        super().__init__(f"Bearer {_sendable(token, secret)}")


class BasicAuth(_Authorization):
    """``Authorization: Basic``. ``secret`` names the secret that the keys are from, for messages."""

    def __init__(self, user: str, password: str, *, secret: str) -> None:
        pair = f"{_sendable(user, secret)}:{_sendable(password, secret)}"
        super().__init__(f"Basic {base64.b64encode(pair.encode()).decode('ascii')}")


def _sendable(credential: str, secret: str) -> str:
    """Ignore spaces around a pasted key; refuse what a header cannot carry, since http.client would quote it."""
    stripped = credential.strip()
    if not stripped or not stripped.isascii() or not stripped.isprintable():
        raise NeedsOperator(f"The secret {secret} holds an empty or damaged key: enter it again.")
    return stripped


def checked_base_url(url: str, *, api: str) -> str:
    """Return the base URL without a trailing slash; raise ``NeedsOperator`` saying what is wrong with it."""
    url = url.strip()
    parts = _split(url)
    if parts is None or not parts.hostname or not re.fullmatch(r"[!-~]+", url) or re.search(r"[\\<>\"]", url):
        raise NeedsOperator(f"The base URL of {api} is not a web address: set it to https://<host>/<path>.")
    if re.search(r"[@?#]", url):
        raise NeedsOperator(f"The base URL of {api} may only have a host and a path: no user, query or fragment.")
    if parts.scheme != "https" and not (parts.scheme == "http" and _loopback(parts.hostname)):
        raise NeedsOperator(f"The base URL of {api} must begin with https://, or the keys would be sent unencrypted.")
    return parts.geturl().rstrip("/")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        usable = parts.port != 0  # asking for a port that is none raises too
    except ValueError:
        return None
    return parts if usable else None


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
