"""The catalogue of remedies and how an exception finds its own."""

from __future__ import annotations

import json
import re
import tomllib
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_logs.redaction import Redactor
from integration_logs.remedies import WHO, Remedy, load, match

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
    ("route-missing", None, 404, "404 Client Error for url: https://shop.example/wp-json/wc/v3/orders", None),
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
        (422, {"headers": None, "body": {"errors": ["quantity must be positive"]}}),
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


def test_a_deep_response_is_searched_without_recursion() -> None:
    """A body of any depth is searched and does not fail."""
    body: Any = "woocommerce_rest_cannot_view"
    for _ in range(100_000):
        body = [body]
    found = match(exception_type=None, response_code=None, exception=None, response={"body": body})
    while isinstance(body, list):  # taken apart from outside: freeing it in one go would recurse
        body = body[0]
    assert found == "credentials-rejected"


def test_codes_are_unique() -> None:
    """A code names one remedy."""
    codes = [remedy.code for remedy in load()]
    assert len(codes) == len(set(codes))


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
        for text in signal.text:
            assert redactor.text(f"<p>{text}</p>") == f"<p>{text}</p>"


def test_the_catalogue_is_versioned() -> None:
    """The data says which form it has."""
    document = tomllib.loads(files("integration_logs").joinpath("remedies.toml").read_text(encoding="utf-8"))
    assert document["version"] == 1


@given(
    exception_type=st.none() | st.text(),
    response_code=st.none() | st.integers(),
    exception=st.none() | st.text(),
    response=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["headers", "body"]) | st.text(), inner),
        max_leaves=8,
    ),
)
def test_match_never_raises(**facts: Any) -> None:
    """Whatever a record holds, there is a known code or none."""
    assert match(**facts) in {None, *(remedy.code for remedy in load())}
