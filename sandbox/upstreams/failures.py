"""The kinds of failure known from the field: what came back from the shop, and what Sendcloud made of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from urllib.parse import urlsplit

from sandbox.upstreams.calls import Call
from sandbox.upstreams.messages import Json
from sandbox.upstreams.orders import Customer, secret

HTML = {"Content-Type": "text/html; charset=utf-8", "Connection": "keep-alive"}
JSON = {"Content-Type": "application/json; charset=UTF-8"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended. `code` None and `headers` None: no HTTP response ever came."""

    code: int | None
    exception_type: str | None
    exception: str
    headers: dict[str, str] | None = None
    body: Json | str | None = field(default=None)


def _page(title: str, text: str) -> str:
    return (
        f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
    )


def _host(call: Call) -> str:
    return urlsplit(call.url).hostname or ""


def _ssl_expired(_rng: Random, _call: Call) -> Outcome:
    body = _page("SSL Certificate Error", "The SSL certificate has expired.")
    headers = {"Cache-Control": "max-age=3600", **HTML}
    return Outcome(495, "requests.exceptions.SSLError", "An SSL error occurred", headers, body)


def _ssl_wrong_host(_rng: Random, call: Call) -> Outcome:
    text = f"certificate verify failed: Hostname mismatch, certificate is not valid for '{_host(call)}'. (_ssl.c:1032)"
    return Outcome(None, "requests.exceptions.SSLError", f"SSLCertVerificationError(1, '{text}')")


def _cloudflare_ssl(rng: Random, call: Call) -> Outcome:
    body = _page(f"{_host(call)} | 525: SSL handshake failed", "Cloudflare is unable to establish an SSL connection.")
    headers = {**HTML, "Server": "cloudflare", "CF-RAY": f"{rng.getrandbits(64):016x}-AMS"}
    return Outcome(525, "requests.exceptions.HTTPError", "525 Server Error: SSL handshake failed", headers, body)


def _key_revoked(_rng: Random, _call: Call) -> Outcome:
    body: Json = {
        "code": "woocommerce_rest_cannot_view",
        "message": "Sorry, you cannot list resources.",
        "data": {"status": 401},
    }
    return Outcome(
        401, "requests.exceptions.HTTPError", "The credentials of this integration are no longer valid", JSON, body
    )


def _cloudflare_challenge(rng: Random, call: Call) -> Outcome:
    body = _page("Just a moment...", f"Checking if the site connection is secure. {_host(call)} needs to review it.")
    headers = {**HTML, "Server": "cloudflare", "CF-Mitigated": "challenge", "CF-RAY": f"{rng.getrandbits(64):016x}-AMS"}
    return Outcome(
        403, "requests.exceptions.HTTPError", f"403 Client Error: Forbidden for url: {call.url}", headers, body
    )


def _sg_captcha(rng: Random, call: Call) -> Outcome:
    path = urlsplit(call.url).path
    body = f'<html><head><meta http-equiv="refresh" content="0;/.well-known/sgcaptcha/?r={path}"></meta></head></html>'
    headers = {**HTML, "SG-Captcha": "challenge", "Set-Cookie": f"_I_={secret(rng, 'session_', 24)}; path=/"}
    return Outcome(202, "json.decoder.JSONDecodeError", "Expecting value: line 1 column 1 (char 0)", headers, body)


def _wp_json_missing(_rng: Random, call: Call) -> Outcome:
    body = _page("Pagina niet gevonden", "Oeps! Deze pagina kon niet worden gevonden.")
    return Outcome(404, "requests.exceptions.HTTPError", f"404 Client Error: Not Found for url: {call.url}", HTML, body)


def _throttled(rng: Random, _call: Call) -> Outcome:
    body: Json = {"errors": "Exceeded 2 calls per second for api client. Reduce request rates to resume service."}
    headers = {**JSON, "Retry-After": f"{rng.randint(1, 4)}.0"}
    return Outcome(429, "requests.exceptions.HTTPError", "429 Client Error: Too Many Requests", headers, body)


def _read_timeout(_rng: Random, call: Call) -> Outcome:
    text = f"HTTPSConnectionPool(host='{_host(call)}', port=443): Read timed out. (read timeout=30)"
    return Outcome(None, "requests.exceptions.ReadTimeout", text)


def _connection_reset(_rng: Random, _call: Call) -> Outcome:
    text = "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))"
    return Outcome(None, "requests.exceptions.ConnectionError", text)


def _server_error(rng: Random, call: Call) -> Outcome:
    code, title = rng.choice(((500, "Internal Server Error"), (502, "Bad Gateway"), (503, "Service Unavailable")))
    text = f"{code} Server Error: {title} for url: {call.url}"
    if rng.random() < 0.6:
        return Outcome(code, "requests.exceptions.HTTPError", text)
    return Outcome(
        code, "requests.exceptions.HTTPError", text, {**HTML, "Server": "nginx"}, _page(f"{code} {title}", "nginx")
    )


def _maintenance_page(_rng: Random, _call: Call) -> Outcome:
    body = _page("Even geduld", "We zijn zo terug: de winkel is in onderhoud.")
    return Outcome(200, "json.decoder.JSONDecodeError", "Expecting value: line 1 column 1 (char 0)", HTML, body)


def _dns_failure(_rng: Random, call: Call) -> Outcome:
    host = _host(call)
    text = (
        f"HTTPSConnectionPool(host='{host}', port=443): Max retries exceeded (Caused by NameResolutionError("
        f"\"Failed to resolve '{host}' ([Errno -2] Name or service not known)\"))"
    )
    return Outcome(None, "requests.exceptions.ConnectionError", text)


def _rejected_order(rng: Random, call: Call) -> Outcome:
    buyer = Customer(rng)
    body: Json = {"errors": {"order": ["already fulfilled"]}, "order": {"id": call.order, "email": buyer.email}}
    text = f"422 Client Error: order {call.order} of {buyer.email} is already fulfilled"
    return Outcome(422, "requests.exceptions.HTTPError", text, JSON, body)


_KINDS: dict[str, Callable[[Random, Call], Outcome]] = {
    "ssl_expired": _ssl_expired,
    "ssl_wrong_host": _ssl_wrong_host,
    "cloudflare_ssl": _cloudflare_ssl,
    "key_revoked": _key_revoked,
    "cloudflare_challenge": _cloudflare_challenge,
    "sg_captcha": _sg_captcha,
    "wp_json_missing": _wp_json_missing,
    "throttled": _throttled,
    "read_timeout": _read_timeout,
    "connection_reset": _connection_reset,
    "server_error": _server_error,
    "maintenance_page": _maintenance_page,
    "dns_failure": _dns_failure,
    "rejected_order": _rejected_order,
}

KINDS: tuple[str, ...] = tuple(_KINDS)
"""The names of every kind of failure."""


def fail(rng: Random, kind: str, call: Call) -> Outcome:
    """How this call ended, for one of `KINDS`."""
    return _KINDS[kind](rng, call)
