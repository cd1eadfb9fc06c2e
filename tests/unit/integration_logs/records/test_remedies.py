"""The catalogue of remedies and how an exception finds its own."""

from __future__ import annotations

import json
import re
import time
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_logs.records.remedies import SIGNALS, VERSION, WHO, Remedy, by_code, load, match, read
from integration_logs.redaction.redactor import Redactor

HTML = {
    "headers": {"Content-Type": "text/html; charset=utf-8"},
    "body": "<!DOCTYPE html><html><body>Welcome</body></html>",
}
CANNOT_VIEW = {
    "headers": {"Server": "cloudflare"},
    "body": json.dumps({"code": "woocommerce_rest_cannot_view", "message": "Sorry"}),
}
CAPTCHA = {"headers": {"sg-captcha": "challenge"}, "body": "<html><head><link rel='icon' href='data:;'></head></html>"}
CLOUDFLARE = {"headers": {"Server": "cloudflare"}, "body": "<html><title>Just a moment...</title></html>"}
NO_ROUTE = {"headers": None, "body": {"code": "rest_no_route", "data": {"status": 404}}}

SEEDS: list[tuple[str, str | None, int | None, str | None, Any]] = [
    ("certificate-invalid", "requests.exceptions.SSLError", 495, "An SSL error occurred", None),
    ("certificate-invalid", "requests.exceptions.SSLError", None, None, None),
    ("certificate-invalid", None, 495, None, None),
    ("certificate-invalid", None, 525, None, None),
    ("certificate-invalid", None, 526, None, None),
    ("credentials-rejected", "requests.exceptions.HTTPError", 401, None, None),
    ("credentials-rejected", None, 403, None, CANNOT_VIEW),
    ("credentials-rejected", None, None, "The credentials are no longer valid.", None),
    ("firewall", "requests.exceptions.HTTPError", 403, "403 Client Error: Forbidden", None),
    ("challenge-page", None, 403, None, CLOUDFLARE),
    ("challenge-page", None, 202, None, CAPTCHA),
    ("challenge-page", None, 200, None, {"headers": "sg-captcha: challenge\r\nServer: nginx", "body": ""}),
    ("address-moved", None, 404, "404 Client Error: Not Found", None),
    ("route-missing", None, 404, None, NO_ROUTE),
    ("throttled", None, 429, None, None),
    ("host-slow", "requests.exceptions.ReadTimeout", None, "Read timed out. (read timeout=30)", None),
    ("host-slow", "requests.exceptions.ConnectTimeout", None, None, None),
    ("host-slow", None, 504, None, None),
    ("host-down", "requests.exceptions.ConnectionError", None, "Connection reset by peer", None),
    ("host-down", None, 500, None, None),
    ("host-down", None, 503, None, None),
    ("html-instead-of-json", None, 200, None, HTML),
    ("html-instead-of-json", "json.decoder.JSONDecodeError", 200, "Expecting value: line 1 column 1 (char 0)", HTML),
    ("answer-unreadable", "json.decoder.JSONDecodeError", 200, "Expecting value: line 1 column 1 (char 0)", None),
    ("dns-failure", "socket.gaierror", None, None, None),
    ("dns-failure", "requests.exceptions.ConnectionError", None, "[Errno -2] Name or service not known", None),
    (
        "dns-failure",
        "requests.exceptions.ConnectionError",
        None,
        "NameResolutionError: Failed to resolve 'a.example'",
        None,
    ),
    (
        "maintenance",
        None,
        503,
        None,
        {"body": "Briefly unavailable for scheduled maintenance. Check back in a minute."},
    ),
    ("shop-crashed", None, 500, None, {"body": "<p>There has been a critical error on this website.</p>"}),
    ("redirected", "requests.exceptions.TooManyRedirects", None, None, None),
    ("address-invalid", "requests.exceptions.MissingSchema", None, None, None),
    ("rest-api-disabled", None, 401, None, {"body": {"code": "rest_cannot_access"}}),
]


@pytest.mark.parametrize(("code", "exception_type", "response_code", "exception", "response"), SEEDS)
def test_each_known_signal_finds_its_remedy(
    code: str, exception_type: str | None, response_code: int | None, exception: str | None, response: Any
) -> None:
    """Every row known from the field finds its remedy, redacted or not."""
    found = match(exception_type=exception_type, response_code=response_code, exception=exception, response=response)
    assert found == code
    redactor = Redactor()
    assert code == match(
        exception_type=exception_type,
        response_code=response_code,
        exception=None if exception is None else redactor.text(exception),
        response=redactor.value(response),
    )


@pytest.mark.parametrize(
    ("response_code", "response"),
    [
        (None, None),
        (200, {"headers": {"Content-Type": "application/json"}, "body": "{}"}),
        (409, {"headers": None, "body": {"errors": ["quantity must be positive"]}}),
        (0, "text"),
        (None, [1, None, True]),
    ],
)
def test_an_unknown_failure_has_no_remedy(response_code: int | None, response: Any) -> None:
    """Without a known signal there is no remedy rather than a guess."""
    assert (
        match(exception_type="shop.OddError", response_code=response_code, exception="odd", response=response) is None
    )


def test_only_the_start_of_a_body_counts() -> None:
    """A signal beyond the first 64 Ki characters is not looked for."""
    signal = "woocommerce_rest_cannot_view"
    for body, expected in ((" " * 65_000 + signal, "credentials-rejected"), (" " * 65_536 + signal, None)):
        found = match(exception_type=None, response_code=None, exception=None, response={"body": body})
        assert found == expected


def test_only_the_start_of_a_type_counts() -> None:
    """A type is a name: what stands beyond its first 256 characters is not looked at, and not remembered."""
    for spaces, expected in ((200, "host-slow"), (256, None)):
        kind = " " * spaces + "ReadTimeout"
        assert match(exception_type=kind, response_code=None, exception=None, response=None) == expected


def test_a_deep_response_is_searched_without_recursion() -> None:
    """A body of any depth is searched and does not fail."""
    body: Any = "woocommerce_rest_cannot_view"
    for _ in range(100_000):
        body = [body]
    found = match(exception_type=None, response_code=None, exception=None, response={"body": body})
    while isinstance(body, list):  # taken apart from outside: freeing it in one go would recurse
        body = body[0]
    assert found == "credentials-rejected"


def test_a_signal_counts_only_where_it_is_looked_for() -> None:
    """A header's words are no signal in a body, nor a body's in a header; the address has signals of its own."""

    def found(url: str | None = None, **response: str) -> str | None:
        return match(exception_type=None, response_code=404, exception=None, response={**response}, url=url)

    assert found(headers="SG-Captcha: challenge") == "challenge-page"
    assert found(body="SG-Captcha: challenge") == "address-moved"
    assert found(body="This Account has been suspended") == "hosting-suspended"
    assert found(headers="X-Note: Account suspended") == "address-moved"
    assert found("https://shop.example/wp-json/wc/v3/orders") == "route-missing"
    assert found(body="/wp-json/wc/v3/orders") == "address-moved"


def test_the_address_in_an_exception_hides_nothing() -> None:
    """What an exception says beside the address is found, however short the address is."""
    for url in ("R", "_", "://", "https://shop.example/orders", None):
        text = f"Max retries exceeded with url: {url} (Caused by SSLError(1, '[SSL: WRONG_VERSION_NUMBER]'))"
        assert match(exception_type=None, response_code=None, exception=text, response=None, url=url) == "tls-handshake"


def test_no_record_makes_it_slow() -> None:
    """Megabytes of anything, in any place, cost less than half a second of CPU time."""
    pages: list[Any] = [
        "<" * 10**6,
        {"a": "x" * 10**6},
        [["y"] * 100] * 10_000,
        {str(i): "<html" for i in range(10**5)},
    ]
    for page in pages:
        began = time.process_time()
        match(
            exception_type="x" * 10**6,
            response_code=None,
            exception="e" * 10**6,
            response={"headers": page, "body": page},
            url="https://" + "u" * 10**6,
        )
        assert time.process_time() - began < 0.5


def test_a_remedy_is_found_by_its_code() -> None:
    """Messages look up what to say by the archived code; one that is gone from the catalogue is no error."""
    assert by_code()["dns-failure"].who == "shop"
    assert by_code().get("no-such-remedy") is None
    assert list(by_code()) == [remedy.code for remedy in load()]


@pytest.mark.parametrize("remedy", load(), ids=lambda remedy: remedy.code)
def test_every_remedy_is_complete(remedy: Remedy) -> None:
    """Each entry says in both languages, in at most three sentences, what to do; who; and how sure that is."""
    assert re.fullmatch(r"[a-z]+(?:-[a-z]+)*", remedy.code)
    assert remedy.who in WHO
    assert 0 < remedy.confidence <= 1
    for text in (remedy.en, remedy.nl):
        assert 40 < len(text) < 320
        assert text.endswith(".")
        assert text.count(". ") <= 2
    assert remedy.en != remedy.nl


@pytest.mark.parametrize("remedy", load(), ids=lambda remedy: remedy.code)
def test_every_text_signal_survives_redaction(remedy: Remedy) -> None:
    """No signal is a text that redaction takes out of a record."""
    redactor = Redactor()
    for signal in remedy.when:
        for text in (*signal.text, *signal.body, *signal.exception):
            assert redactor.text(f"<p>{text}</p>") == f"<p>{text}</p>"


GOOD = """
version = 2
[[remedy]]
code = "first-one"
confidence = 0.5
who = "shop"
en = "Do this."
nl = "Doe dit."
[[remedy.when]]
response_codes = [418, "500-503"]
text = ["Some Words"]
"""


def test_a_catalogue_is_read_as_it_is_written() -> None:
    """An entry's fields come through; words are searched in small letters, codes are ranges."""
    (remedy,) = read(GOOD)
    assert (remedy.code, remedy.confidence, remedy.who, remedy.en, remedy.nl) == (
        "first-one",
        0.5,
        "shop",
        "Do this.",
        "Doe dit.",
    )
    assert remedy.when[0].response_codes == (range(418, 419), range(500, 504))
    assert remedy.when[0].text == ("some words",)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("version = 2", "version = 1", "version 1; this code reads version 2"),
        ("version = 2", "", "version None"),
        ('code = "first-one"', 'code = "First One"', "remedy 1 (First One): its code"),
        ('code = "first-one"', "", "remedy 1 (None): its code"),
        ('who = "shop"', 'who = "hosts"', "remedy 1 (first-one): its who is 'hosts', not one of host, operator, shop"),
        ('who = "shop"', "", "remedy 1 (first-one): it lacks who"),
        ('who = "shop"', 'who = "shop"\nwhy = "x"', "remedy 1 (first-one): it has unknown fields: why"),
        ("confidence = 0.5", "confidence = 1.5", "remedy 1 (first-one): its confidence is 1.5"),
        ("confidence = 0.5", "confidence = true", "remedy 1 (first-one): its confidence is True"),
        ('nl = "Doe dit."', 'nl = " "', "remedy 1 (first-one): its text in 'nl' is missing"),
        ('[418, "500-503"]', '["5xx"]', "remedy 1 (first-one), signal 1: its response_codes hold '5xx'"),
        ('[418, "500-503"]', '["503-500"]', "remedy 1 (first-one), signal 1: its response_codes hold '503-500'"),
        ('["Some Words"]', '[""]', "remedy 1 (first-one), signal 1: its text holds ''"),
        ('["Some Words"]', "[]", "remedy 1 (first-one), signal 1: its text is no list"),
        ('["Some Words"]', '"Some Words"', "remedy 1 (first-one), signal 1: its text is no list"),
        ("text =", "bodies =", "remedy 1 (first-one), signal 1: it has unknown fields: bodies"),
        ('response_codes = [418, "500-503"]\ntext = ["Some Words"]', "", "remedy 1 (first-one), signal 1: it lacks"),
        ('[[remedy.when]]\nresponse_codes = [418, "500-503"]\ntext = ["Some Words"]', "when = []", "it has no signal"),
        ("version = 2", "version = 2" + GOOD.partition("version = 2")[2], "remedy 'first-one' is there twice"),
    ],
)
def test_a_malformed_entry_is_named(old: str, new: str, complaint: str) -> None:
    """Whoever edits the catalogue is told which entry is wrong, and what is wrong with it."""
    assert old in GOOD
    with pytest.raises(ValueError, match=re.escape(complaint)):
        read(GOOD.replace(old, new))


def test_the_catalogue_says_its_version() -> None:
    """The data says which form it has, and its head explains every kind of signal."""
    text = files("integration_logs.records").joinpath("remedies.toml").read_text(encoding="utf-8")
    assert f"version = {VERSION}\n" in text
    for signal in SIGNALS:
        assert f"#   {signal} " in text


@given(
    exception_type=st.none() | st.text(),
    response_code=st.none() | st.integers(),
    exception=st.none() | st.text(),
    url=st.none() | st.text(),
    response=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["headers", "body"]) | st.text(), inner),
        max_leaves=8,
    ),
)
def test_match_never_raises(**facts: Any) -> None:
    """Whatever a record holds, there is a known code or none."""
    assert match(**facts) in {None, *(remedy.code for remedy in load())}
