"""Fingerprints and path templates of problems."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_logs.problems import fingerprint, path_template
from integration_logs.redaction import Redactor

FACTS: dict[str, Any] = {
    "integration_id": 7,
    "exception_type": "requests.exceptions.HTTPError",
    "method": "GET",
    "url": "https://shop.example/wp-json/wc/v3/orders/4711",
    "response_code": 404,
}


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/wp-json/wc/v3/orders/4711", "/wp-json/wc/v3/orders/{id}"),
        ("/wp-json/wc/v3/orders/4711/notes/12", "/wp-json/wc/v3/orders/{id}/notes/{id}"),
        ("/admin/api/2024-01/orders/4500000000000.json", "/admin/api/2024-01/orders/{id}.json"),
        ("/admin/api/unstable/orders.json", "/admin/api/unstable/orders.json"),
        ("/rest/V1/orders/000000012", "/rest/V1/orders/{id}"),
        ("/api/v1.2/x", "/api/v1.2/x"),
        ("/a/550e8400-e29b-41d4-a716-446655440000", "/a/{uuid}"),
        ("/a/550E8400E29B41D4A716446655440000.pdf", "/a/{hash}.pdf"),
        ("/a/d41d8cd98f00b204e9800998ecf8427e0000000000000000000000000000abcd", "/a/{hash}"),
        ("/a/da39a3ee5e6b4b0d3255bfef95601890afd80709", "/a/{hash}"),
        ("/export/2024-01-31/orders", "/export/{date}/orders"),
        ("/export/20240131", "/export/{date}"),
        ("/export/2024-01-31T12:00:00+01:00", "/export/{date}"),
        ("/customers/jan@example.org", "/customers/{email}"),
        ("/customers/jan%40example.org", "/customers/{email}"),
        ("/customers/[redacted:email]/orders", "/customers/{email}/orders"),
        ("/hook/[redacted:credential]", "/hook/{token}"),
        ("/who/[redacted:personal]", "/who/{value}"),
        ("/hook/AbC3dEf6GhI9jKl2MnO5pQr8", "/hook/{token}"),
        ("/orders/page/12", "/orders/page/{id}"),
        ("/orders/page-3", "/orders/page-{id}"),
        ("/orders/order-10042", "/orders/order-{id}"),
        ("/product/blue-shirt", "/product/blue-shirt"),
        ("/a-really-long-human-readable-slug-of-a-product", "/a-really-long-human-readable-slug-of-a-product"),
        ("//a///b/", "/a/b"),
        ("/a?b=1", "/a"),
        ("/a#b", "/a"),
        ("", "/"),
        ("/", "/"),
        ("%", "/%"),
        ("/%zz/%ff", "/%zz/\ufffd"),
    ],
)
def test_path_templates(path: str, template: str) -> None:
    """What varies becomes a placeholder, what names the endpoint stays, and a template is its own template."""
    assert path_template(path) == template
    assert path_template(template) == template


def test_a_fingerprint_is_stable() -> None:
    """The archive holds fingerprints: this one never changes."""
    assert fingerprint(**FACTS) == "df2c49a9a22132c4"


@pytest.mark.parametrize(
    "same",
    [
        {"method": "get"},
        {"url": "https://SHOP.example:8443/wp-json/wc/v3/orders/99?page=2"},
        {"url": "http://user:pass@shop.example/wp-json/wc/v3/orders/99/#x"},
        {"url": "https://redacted:credential@shop.example/wp-json/wc/v3/orders/1?consumer_key=[redacted:credential]"},
        {"url": "https:\\/\\/shop.example\\/wp-json\\/wc\\/v3\\/orders\\/1"},
        {"exception_type": " requests.exceptions.HTTPError "},
    ],
)
def test_one_kind_of_failure_has_one_fingerprint(same: dict[str, Any]) -> None:
    """Case of method and host, scheme, port, user-info, query and ids make no difference."""
    assert fingerprint(**FACTS | same) == fingerprint(**FACTS)


@pytest.mark.parametrize(
    "other",
    [
        {"integration_id": 8},
        {"integration_id": None},
        {"exception_type": None},
        {"exception_type": ""},
        {"method": "POST"},
        {"url": None},
        {"url": "https://other.example/wp-json/wc/v3/orders/4711"},
        {"url": "https://shop.example/wp-json/wc/v2/orders/4711"},
        {"url": "https://shop.example/"},
        {"response_code": 0},
        {"response_code": None},
    ],
)
def test_another_kind_of_failure_has_another_fingerprint(other: dict[str, Any]) -> None:
    """Each of the six facts tells problems apart, and a missing one is not an empty one."""
    assert fingerprint(**FACTS | other) != fingerprint(**FACTS)


@pytest.mark.parametrize(
    "url",
    [
        "https://u:p@shop.example/customers/jan@example.org/orders?token=x",
        "https://shop.example/customers/jan%40example.org/orders",
        "https://shop.example/hook/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP",
        "https://shop.example/hook/ck_0123456789abcdef0123456789abcdef01234567",
        "https://[2001:db8::1]:8080/a/1",
        "shop.example/orders/1",
    ],
)
def test_redaction_makes_no_difference(url: str) -> None:
    """The fingerprint of a redacted URL is that of the URL."""
    redacted = Redactor().url(url)
    assert fingerprint(**FACTS | {"url": redacted}) == fingerprint(**FACTS | {"url": url})


@given(
    integration_id=st.none() | st.integers(),
    exception_type=st.none() | st.text(),
    method=st.none() | st.text(),
    url=st.none() | st.text() | st.text().map(lambda path: "https://a.example/" + path) | st.text().map(quote),
    response_code=st.none() | st.integers(),
)
def test_any_facts_have_a_fingerprint(**facts: Any) -> None:
    """Sixteen hexadecimal characters, the same each time, whatever the texts are."""
    found = fingerprint(**facts)
    assert re.fullmatch(r"[0-9a-f]{16}", found)
    assert fingerprint(**facts) == found


@given(st.text() | st.text("0123456789abcdef-/.%@[]{}v_ ", max_size=60))
def test_any_path_has_a_template(path: str) -> None:
    """A path's template starts at the root and has no query, whatever the path is."""
    template = path_template(path)
    assert template.startswith("/")
    assert "//" not in template
