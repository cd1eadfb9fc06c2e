from __future__ import annotations

import base64
import contextlib
import datetime as dt
import gzip
import ipaddress
import logging
import socket
import ssl
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3.exceptions
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from requests import PreparedRequest, Response

from integration_logs.errors import ContractBroken, IntegrationLogsError, NeedsOperator, TryLater
from integration_logs.upstream.endpoint import BasicAuth, BearerAuth, checked_base_url
from integration_logs.upstream.http import Answer
from integration_logs.upstream.wire import VerbatimAdapter
from tests.unit.integration_logs.upstream.transport import (
    TOKEN,
    Clock,
    Transport,
    answer,
    in_turn,
    loopback,
    reply_bytes,
    session,
)

QUERY = "cursor=canary-query-77aa"
URL = f"https://api.example.test/v1/things?{QUERY}"
RESET = requests.ConnectionError(f"Connection to {URL} was reset")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    return Clock()


def failure(clock: Clock, transport: Transport, **options: Any) -> IntegrationLogsError:
    with pytest.raises(IntegrationLogsError) as caught:
        session(clock, transport, **options).get(URL, time_left=clock.time_left)
    return caught.value


# --- what comes back -------------------------------------------------------------------------------------------------


def test_answer(clock: Clock) -> None:
    """An answer carries status, headers and parsed JSON; the request, who asks and that it wants JSON."""
    transport = Transport(in_turn(answer(200, {"data": [1]}, {"X-One": "1"})))
    got = session(clock, transport).get(URL, time_left=clock.time_left)
    assert (got.status, got.headers["x-one"], got.json()) == (200, "1", {"data": [1]})
    sent = transport.asked[0]
    assert sent.url == URL
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
    assert (sent.headers["Accept"], sent.headers["User-Agent"]) == ("application/json", "integration-logs-tests")
    assert (sent.method, sent.body) == ("GET", None)
    assert "Content-Length" not in sent.headers


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_other_statuses_are_the_clients(clock: Clock, status: int) -> None:
    """What only the client can judge is returned at once, whatever its body is."""
    got = session(clock, Transport(in_turn(answer(status, b"<html>")))).get(URL, time_left=clock.time_left)
    assert got.status == status
    assert clock.slept == []


@pytest.mark.parametrize(
    ("body", "parsed"),
    [
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"\xef\xbb\xbf[1]", [1]),
        (b'["caf\xe9"]', ["caf�"]),
        (b"[Infinity]", [float("inf")]),
        ('["é"]'.encode("utf-16"), ["é"]),
        (b"[" + b"9" * 5000 + b"]", ["9" * 5000]),
        (b'{"data": [{"id": 1, "note": "a\x01b"}, nonsense]}', {"data": [{"id": 1, "note": "a\x01b"}, " nonsense"]}),
    ],
)
def test_tolerant_json(body: bytes, parsed: object) -> None:
    """JSON is read as widely as Python reads it, and a stray byte costs one character, not the page."""
    assert Answer(200, {}, body).json() == parsed


@pytest.mark.parametrize("body", [b"", b"<html>canary</html>", b"{", b"[" * 200_000])
def test_no_json(body: bytes) -> None:
    """A body that is no JSON is a broken contract whose error does not quote it, nor chain to one that does."""
    with pytest.raises(ContractBroken) as caught:
        Answer(200, {}, body, "host/path").json()
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


# --- retries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "setback",
    [
        RESET,
        requests.ConnectTimeout(URL),
        requests.ReadTimeout(URL),
        requests.exceptions.SSLError(URL),
        requests.exceptions.ChunkedEncodingError(URL),
        requests.exceptions.ContentDecodingError(URL),
        requests.exceptions.ProxyError(URL),
        urllib3.exceptions.IncompleteRead(1, 2),
        ConnectionResetError(URL),
        *(answer(status, b"<html>") for status in (408, 429, 500, 502, 503, 504, 520)),
        answer(200, b"<html>"),
        answer(200, b""),
    ],
    ids=lambda setback: type(setback).__name__ + str(getattr(setback, "status_code", "")),
)
def test_heals(clock: Clock, setback: Response | Exception) -> None:
    """One passing failure costs one wait and no more."""
    got = session(clock, Transport(in_turn(setback, answer(200, [])))).get(URL, time_left=clock.time_left)
    assert got.json() == []
    assert clock.slept == [0.5]


def test_backoff_grows_to_its_cap(clock: Clock) -> None:
    """The wait doubles from half a second up to twenty, and the attempts are counted."""
    transport = Transport(lambda _: answer(500))
    error = failure(clock, transport, attempts=9)
    assert clock.slept == [0.5, 1, 2, 4, 8, 16, 20, 20]
    assert len(transport.asked) == 9
    assert isinstance(error, TryLater)
    assert "attempt 9 of 9" in str(error)


def test_backoff_is_drawn_from_zero(clock: Clock) -> None:
    """The jitter is full: it is drawn between nothing and the cap of the attempt."""
    drawn: list[tuple[float, float]] = []

    def uniform(least: float, most: float) -> float:
        drawn.append((least, most))
        return 0.125

    failure(clock, Transport(lambda _: answer(500)), uniform=uniform, attempts=3)
    assert drawn[:2] == [(0.0, 0.5), (0.0, 1.0)]
    assert clock.slept == [0.125, 0.125]


@pytest.mark.parametrize(
    ("said", "waited"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("0", 0.5),
        ("-30", 0.5),
        ("soon", 0.5),
        ("", 0.5),
        ("1e9", 0.5),
        ("٣", 0.5),
        ("Fri, 02 Jan 2026 03:04:35 GMT", 30.0),
        ("Fri, 02 Jan 2026 03:04:35 -0000", 30.0),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0.5),
        ("Fri, 99 Jan 2026 03:00:00 GMT", 0.5),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after(clock: Clock, status: int, said: str, waited: float) -> None:
    """Retry-After is honoured as seconds and as a date; a negative one is no wait and garbage was not said."""
    turns = in_turn(answer(status, headers={"Retry-After": said}), answer(200, []))
    session(clock, Transport(turns)).get(URL, time_left=clock.time_left)
    assert clock.slept == [waited]


def test_retry_after_only_where_it_means_something(clock: Clock) -> None:
    """On a plain 500 nobody asked us to wait."""
    turns = in_turn(answer(500, headers={"Retry-After": "50"}), answer(200, []))
    session(clock, Transport(turns)).get(URL, time_left=clock.time_left)
    assert clock.slept == [0.5]


@given(st.text(max_size=40))
def test_any_retry_after(said: str) -> None:
    """No Retry-After, however mangled, breaks the request."""
    clock = Clock(left=1e12)
    turns = in_turn(answer(429, headers={"Retry-After": said}), answer(200, []))
    session(clock, Transport(turns), patience=1e12).get(URL, time_left=clock.time_left)
    assert clock.slept[0] >= 0.5


def test_the_wait_asked_for_is_handed_on(clock: Clock) -> None:
    """After the retries, the caller hears how long the other side wants to be left alone."""
    error = failure(clock, Transport(lambda _: answer(429, headers={"Retry-After": "3"})))
    assert isinstance(error, TryLater)
    assert error.retry_after == 3
    assert clock.slept == [3, 3, 3]


# --- time ------------------------------------------------------------------------------------------------------------


def test_no_sleep_past_the_end(clock: Clock) -> None:
    """A wait that the invocation has no time for is not begun but handed on."""
    clock.left = 31
    error = failure(clock, Transport(lambda _: answer(503, headers={"Retry-After": "30"})))
    assert isinstance(error, TryLater)
    assert error.retry_after == 30
    assert clock.slept == []


def test_no_long_sleep_in_a_long_run(clock: Clock) -> None:
    """A wait beyond the session's patience belongs into a queue, also when there is time."""
    error = failure(clock, Transport(lambda _: answer(429, headers={"Retry-After": "61"})))
    assert isinstance(error, TryLater)
    assert error.retry_after == 61
    assert clock.slept == []


def test_no_request_without_time(clock: Clock) -> None:
    """At the end of the invocation nothing is asked any more."""
    clock.left = 1.9
    transport = Transport(lambda _: answer(200, []))
    assert isinstance(failure(clock, transport), TryLater)
    assert transport.asked == []


@pytest.mark.parametrize(("left", "timeouts"), [(900, (5, 30)), (22, (5, 15)), (6, (2, 2))])
def test_timeouts_fit_the_time_left(clock: Clock, left: float, timeouts: tuple[float, float]) -> None:
    """Connecting and reading together take no longer than what is left."""
    clock.left = left
    transport = Transport(lambda _: answer(200, []))
    session(clock, transport).get(URL, time_left=clock.time_left)
    assert transport.timeouts == [timeouts]


def test_what_time_cut_short_is_not_judged(clock: Clock) -> None:
    """HTML seen once, with no time to ask again, is no broken contract yet."""
    clock.left = 2.4
    assert isinstance(failure(clock, Transport(lambda _: answer(200, b"<html>"))), TryLater)


def test_a_body_that_drips(clock: Clock) -> None:
    """A body that goes on for longer than the invocation is given up in time."""

    def play(_: PreparedRequest) -> Response:
        clock.left = 0.5
        return answer(200, [])

    assert isinstance(failure(clock, Transport(play)), TryLater)


# --- what is final ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials(clock: Clock, status: int) -> None:
    """Refused credentials are not tried twice, and the operator hears whose they are and where they are kept."""
    transport = Transport(lambda _: answer(status, b"x" * 100))
    error = failure(clock, transport, largest_body=10)
    assert isinstance(error, NeedsOperator)
    assert "Testcloud" in str(error)
    assert "integration-logs/main" in str(error)
    assert len(transport.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
def test_redirect(clock: Clock, status: int) -> None:
    """A redirect is named by its status and not followed."""
    transport = Transport(lambda _: answer(status, b"", {"Location": "https://evil.test/canary"}))
    error = failure(clock, transport)
    assert isinstance(error, ContractBroken)
    assert str(status) in str(error)
    assert "evil" not in str(error)
    assert len(transport.asked) == 1


def test_no_json_after_the_retries(clock: Clock) -> None:
    """A 200 that stays HTML through the retries is a broken contract."""
    transport = Transport(lambda _: answer(200, b"<html>canary</html>"))
    assert isinstance(failure(clock, transport), ContractBroken)
    assert len(transport.asked) == 4


def test_body_too_large(clock: Clock) -> None:
    """A body past the cap is a broken contract, not a full memory."""
    assert isinstance(failure(clock, Transport(lambda _: answer(200, b"[" * 11)), largest_body=10), ContractBroken)


@pytest.mark.parametrize("error", [requests.exceptions.InvalidProxyURL(URL), requests.exceptions.InvalidSchema(URL)])
def test_a_setting_that_no_request_can_be_made_from(clock: Clock, error: Exception) -> None:
    """A broken address or proxy setting is the operator's, and no retry helps it."""
    transport = Transport(in_turn(error))
    assert isinstance(failure(clock, transport), NeedsOperator)
    assert len(transport.asked) == 1


# --- silence ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "turn",
    [
        lambda: RESET,
        lambda: requests.ReadTimeout(URL),
        lambda: requests.exceptions.InvalidSchema(URL),
        lambda: urllib3.exceptions.MaxRetryError(None, URL),  # type: ignore[arg-type]
        lambda: answer(500, URL),
        lambda: answer(401, URL),
        lambda: answer(302, URL, {"Location": URL}),
        lambda: answer(200, URL.encode()),
    ],
)
def test_nothing_leaks(clock: Clock, caplog: pytest.LogCaptureFixture, turn: Any) -> None:
    """No error, no traceback, no chained error and no log record holds a credential or a query."""
    caplog.set_level(logging.DEBUG)

    def play(_: PreparedRequest) -> Response:
        result = turn()
        if isinstance(result, Exception):
            raise result
        return result

    error = failure(clock, Transport(play))
    logging.getLogger("test").error("it failed", exc_info=error)
    assert error.__context__ is None
    assert error.__cause__ is None
    text = "".join(traceback.format_exception(error)) + repr(error) + caplog.text
    assert TOKEN not in text
    assert "canary" not in text
    assert "api.example.test/v1/things" in text


def test_nothing_leaks_from_the_wire(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """Not even urllib3's own debug log sees the query or the credential, and its errors neither."""
    caplog.set_level(logging.DEBUG)
    replies = iter([reply_bytes(500), None, reply_bytes(200, [])])
    with loopback(lambda _: next(replies)) as server, contextlib.closing(session(clock)) as http:
        http.get(f"http://127.0.0.1:{server.port}/v1/things?{QUERY}", time_left=clock.time_left)
    assert len(server.heads) == 3
    assert all(f"GET /v1/things?{QUERY} HTTP/1.1" in head for head in server.heads)
    assert "/v1/things" in caplog.text
    assert "canary" not in caplog.text


def test_retries_are_logged(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """Each retry is one INFO record with the place, the reason, the attempt and the wait."""
    caplog.set_level(logging.INFO)
    session(clock, Transport(in_turn(answer(502), answer(200, [])))).get(URL, time_left=clock.time_left)
    assert [record.getMessage() for record in caplog.records] == [
        "Testcloud: api.example.test/v1/things answered 502 (attempt 1 of 4); retrying in 0.5 s"
    ]


# --- on the wire -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "cursor=2023-03-01T02:02:00+01:00&page_size=25",
        "cursor=2023-03-01T02%3a02%3A00%2b01:00",
        "cursor=cD0xMjM=&page_size=100",
        "cursor=%7Etilde~&x=[a]{b}|^`%zz%",
        "a=1?b=2&c=/../x",
        "cursor",
    ],
)
def test_the_query_travels_verbatim(clock: Clock, query: str) -> None:
    """The query arrives byte for byte, and nothing of how it travelled comes with it."""
    with loopback(lambda _: reply_bytes(200, [])) as server, contextlib.closing(session(clock)) as http:
        http.get(f"http://127.0.0.1:{server.port}/a/b?{query}", time_left=clock.time_left)
    assert server.heads[0].startswith(f"GET /a/b?{query} HTTP/1.1\r\n")
    assert "x-query" not in server.heads[0].lower()
    assert "content-length" not in server.heads[0].lower()


def test_one_connection(clock: Clock) -> None:
    """Requests one after the other share one connection."""
    with loopback(lambda _: reply_bytes(200, [])) as server, contextlib.closing(session(clock)) as http:
        for _ in range(5):
            http.get(f"http://127.0.0.1:{server.port}/", time_left=clock.time_left)
    assert (server.connections, len(server.heads)) == (1, 5)


def test_threads_share_a_session(clock: Clock) -> None:
    """Streams walked side by side each get their own answer."""
    gate = threading.Barrier(4, timeout=5)

    def reply(head: str) -> bytes:
        gate.wait()
        return reply_bytes(200, head.split(" ")[1])

    with (
        loopback(reply) as server,
        contextlib.closing(session(clock)) as http,
        ThreadPoolExecutor(4) as pool,
    ):
        url = f"http://127.0.0.1:{server.port}/x"
        got = pool.map(lambda n: http.get(f"{url}?n={n}", time_left=clock.time_left).json(), range(4))
        assert list(got) == [f"/x?n={n}" for n in range(4)]


def test_a_redirect_is_not_followed_on_the_wire(clock: Clock) -> None:
    """The credentials do not leave for where a redirect points."""
    with (
        loopback(lambda _: reply_bytes(200, [])) as other,
        loopback(lambda _: reply_bytes(307, b"x" * 9, f"Location: http://127.0.0.1:{other.port}/")) as server,
        contextlib.closing(session(clock)) as http,
        pytest.raises(ContractBroken),
    ):
        http.get(f"http://127.0.0.1:{server.port}/", time_left=clock.time_left)
    assert (len(server.heads), other.connections) == (1, 0)


def test_cookies_are_not_kept(clock: Clock) -> None:
    """What one answer sets does not colour the next request."""
    with loopback(lambda _: reply_bytes(200, [], "Set-Cookie: a=b")) as server, contextlib.closing(session(clock)) as s:
        for _ in range(2):
            s.get(f"http://127.0.0.1:{server.port}/", time_left=clock.time_left)
    assert "cookie" not in server.heads[1].lower()


@pytest.mark.parametrize(
    "broken",
    [
        reply_bytes(200, [1, 2, 3], "Connection: close")[:-4],
        b"HTTP/1.1 200 Said\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\n[1, 2\r\n",
        b"HTTP/1.1 200 Said\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n",
        reply_bytes(200, b"no gzip at all", "Content-Encoding: gzip", "Connection: close"),
        reply_bytes(200, gzip.compress(b"[1, 2, 3]" * 99)[:-12], "Content-Encoding: gzip", "Connection: close"),
        b"HTTP/1.1 200 Sa",
        b"no http at all\r\n\r\n",
        None,
    ],
    ids=["length", "chunk", "chunk size", "no gzip", "half a gzip", "half a head", "no head", "hung up"],
)
def test_a_cut_body_is_asked_again(clock: Clock, broken: bytes | None) -> None:
    """A body that broke off is never taken for a whole one."""
    replies = iter([broken, reply_bytes(200, [4])])
    with loopback(lambda _: next(replies)) as server, contextlib.closing(session(clock, timeouts=(2, 2))) as http:
        assert http.get(f"http://127.0.0.1:{server.port}/", time_left=clock.time_left).json() == [4]
    assert clock.slept == [0.5]


def test_compressed_body(clock: Clock) -> None:
    """Compressed answers are read, and capped by what they unfold to."""
    packed = gzip.compress(b"[" + b" " * 1_000_000 + b"]")
    with (
        loopback(lambda _: reply_bytes(200, packed, "Content-Encoding: gzip")) as server,
        contextlib.closing(session(clock)) as http,
        contextlib.closing(session(clock, largest_body=500_000)) as small,
    ):
        url = f"http://127.0.0.1:{server.port}/"
        assert http.get(url, time_left=clock.time_left).json() == []
        with pytest.raises(ContractBroken):
            small.get(url, time_left=clock.time_left)


def test_nobody_there(clock: Clock) -> None:
    """A refused connection is retried and then left for later."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with contextlib.closing(session(clock)) as http, pytest.raises(TryLater):
        http.get(f"http://127.0.0.1:{port}/", time_left=clock.time_left)
    assert len(clock.slept) == 3


def test_netrc_does_not_override(clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A .netrc entry for the host does not take the place of the configured credentials."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login canary password canary\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with loopback(lambda _: reply_bytes(200, [])) as server, contextlib.closing(session(clock)) as http:
        http.get(f"http://127.0.0.1:{server.port}/", time_left=clock.time_left)
    assert f"Authorization: Bearer {TOKEN}" in server.heads[0]


def test_proxy_from_the_environment(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names is used, and the query reaches it verbatim too."""
    with loopback(lambda _: reply_bytes(200, [])) as proxy, contextlib.closing(session(clock)) as http:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        http.get("http://localhost:1/a?b=%3a", time_left=clock.time_left)
    assert proxy.heads[0].startswith("GET http://localhost:1/a?b=%3a HTTP/1.1")


def test_socks_is_refused(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A SOCKS proxy, whose connections would drop the query, is the operator's to take out."""
    for name in ("ALL_PROXY", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "socks5://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    with contextlib.closing(session(clock)) as http, pytest.raises(NeedsOperator, match="proxy"):
        http.get("http://localhost:1/a?b", time_left=clock.time_left)
    with pytest.raises(requests.exceptions.InvalidSchema, match="not supported"):  # also where PySocks is installed
        VerbatimAdapter().proxy_manager_for("socks5://127.0.0.1:1")


def test_close_hangs_up(clock: Clock) -> None:
    """Closing a session closes its connections at once, also after one of them failed."""
    replies = iter([None, reply_bytes(200, [])])
    with loopback(lambda _: next(replies)) as server:
        http = session(clock)
        http.get(f"http://127.0.0.1:{server.port}/", time_left=clock.time_left)
        http.close()  # the server, at the end of the block, insists on it


# --- TLS -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def test_certificate_that_does_not_verify(clock: Clock, tls: ssl.SSLContext) -> None:
    """A certificate that does not verify is tried again, for there may be a bad node, then is the operator's."""
    with (
        loopback(lambda _: reply_bytes(200, []), lambda plain: tls.wrap_socket(plain, server_side=True)) as server,
        contextlib.closing(session(clock)) as http,
        pytest.raises(NeedsOperator, match="certificate"),
    ):
        http.get(f"https://127.0.0.1:{server.port}/", time_left=clock.time_left)
    assert server.connections == 4
    assert server.heads == []


def test_authorities_from_the_environment(
    clock: Clock, tls: ssl.SSLContext, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The authorities that the environment names are trusted, and the query travels verbatim over TLS as well."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    with (
        loopback(lambda _: reply_bytes(200, []), lambda plain: tls.wrap_socket(plain, server_side=True)) as server,
        contextlib.closing(session(clock)) as http,
    ):
        http.get(f"https://127.0.0.1:{server.port}/a?b=%3a", time_left=clock.time_left)
        http.get(f"https://127.0.0.1:{server.port}/a?b=%3a", time_left=clock.time_left)
    assert server.connections == 1
    assert server.heads[1].startswith("GET /a?b=%3a HTTP/1.1")


def test_the_name_in_the_certificate_counts(
    clock: Clock, tls: ssl.SSLContext, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trusted certificate of another host does not open the door."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
    monkeypatch.setenv("NO_PROXY", "localhost")
    with (
        loopback(lambda _: reply_bytes(200, []), lambda plain: tls.wrap_socket(plain, server_side=True)) as server,
        contextlib.closing(session(clock)) as http,
        pytest.raises(NeedsOperator, match="certificate"),
    ):
        http.get(f"https://localhost:{server.port}/", time_left=clock.time_left)
    assert server.heads == []


def test_authorities_that_are_missing(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bundle that is not there is a setting to mend, not an outage."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/does/not/exist.pem")
    with contextlib.closing(session(clock)) as http, pytest.raises(NeedsOperator, match="REQUESTS_CA_BUNDLE"):
        http.get("https://127.0.0.1:1/", time_left=clock.time_left)


# --- where and as whom -----------------------------------------------------------------------------------------------


def test_basic_auth() -> None:
    """Both keys travel as RFC 7617 has it, without the blanks that pasting leaves."""
    request = BasicAuth(" public ", "secret\n", secret="s")(requests.Request("GET", URL).prepare())
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"public:secret").decode()


@pytest.mark.parametrize("token", ["", "  ", "canary\nX-Evil: 1", "canary\x00", "canaryé"])
def test_damaged_credentials(token: str) -> None:
    """A key that no header can carry is refused before http.client would quote it; the error names the secret only."""
    for make in (BearerAuth, lambda value, secret: BasicAuth("public", value, secret=secret)):
        with pytest.raises(NeedsOperator, match="integration-logs/main") as caught:
            make(token, secret="integration-logs/main")
        assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("given_url", "checked"),
    [
        ("https://panel.sendcloud.sc/api/v3", "https://panel.sendcloud.sc/api/v3"),
        (" https://panel.sendcloud.sc/api/v3/ ", "https://panel.sendcloud.sc/api/v3"),
        ("HTTPS://panel.sendcloud.sc", "https://panel.sendcloud.sc"),
        ("http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
    ],
)
def test_base_url(given_url: str, checked: str) -> None:
    """HTTPS goes anywhere, plain HTTP to this very computer."""
    assert checked_base_url(given_url, api="Sendcloud") == checked


@pytest.mark.parametrize(
    "url",
    [
        "",
        "panel.sendcloud.sc",
        "https://",
        "https:///path",
        "http://panel.sendcloud.sc/canary",
        "http://localhost.evil.test",
        "http://127.0.0.1.evil.test",
        "ftp://localhost",
        "https://canary:canary@panel.sendcloud.sc",
        "https://@panel.sendcloud.sc",
        "https://panel.sendcloud.sc?canary",
        "https://panel.sendcloud.sc?",
        "https://panel.sendcloud.sc#canary",
        "https://panel.sendcloud.sc:99999",
        "https://panel.sendcloud.sc:0",
        "https://panel.sendcloud.sc:canary",
        "https://[::1",
        "https://evil.test\\@panel.sendcloud.sc",
        "https://panel.send cloud.sc",
        "https://pänel.sendcloud.sc",
        "javascript:canary",
    ],
)
def test_base_url_refused(url: str) -> None:
    """Whatever else is an operator's mistake, told without quoting it."""
    with pytest.raises(NeedsOperator, match="base URL of Sendcloud") as caught:
        checked_base_url(url, api="Sendcloud")
    assert "canary" not in str(caught.value)


@given(st.text())
def test_base_url_of_anything(url: str) -> None:
    """Any text is a usable base URL or the operator's mistake."""
    with contextlib.suppress(NeedsOperator):
        assert checked_base_url(url, api="Sendcloud").startswith(("https://", "http://"))
