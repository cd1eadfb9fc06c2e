"""HTTP requests and responses as plain values, so that routes need no socket to be understood or tested."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import unquote


class MisuseError(Exception):
    """An invalid request to the sandbox's own switches; the message says why."""


type Json = dict[str, object]
"""One JSON object, decoded."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `query` is raw (undecoded), header names are lower case, `client` is the peer's IP address."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = "127.0.0.1"

    @property
    def host(self) -> str:
        """The Host header: the address that the client used."""
        return self.headers.get("host", "localhost")

    def raw_parameter(self, name: str) -> str | None:
        """The first value of a query parameter exactly as it was sent, percent signs and plus signs included."""
        for pair in self.query.split("&"):
            key, separator, value = pair.partition("=")
            if separator and key == name:
                return value
        return None

    def parameter(self, name: str) -> str | None:
        """The same value with its percent escapes decoded; a plus sign stays a plus sign (RFC 3986)."""
        raw = self.raw_parameter(name)
        return None if raw is None else unquote(raw)

    def basic(self) -> tuple[str, str] | None:
        """The user and password of HTTP Basic authentication, None when absent or malformed."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, separator, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return (user, password) if separator else None

    def bearer(self) -> str | None:
        """The bearer token, None when absent."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value.strip() if scheme.lower() == "bearer" and value.strip() else None


@dataclass(frozen=True, slots=True)
class Response:
    """One answer and its fate: sent `whole`, `cut` half-way through its body, or `withheld` (the line just closes).

    `hold` is how long to wait before that, in seconds.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fate: Literal["whole", "cut", "withheld"] = "whole"
    hold: float = 0.0

    def later(self, seconds: float) -> "Response":
        """The same answer, held back for so many seconds more."""
        return replace(self, hold=self.hold + seconds) if seconds else self


def encode(value: object) -> bytes:
    """JSON as it goes over the wire: compact UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def json_response(status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(status, encode(value), {"Content-Type": "application/json", **(headers or {})})
