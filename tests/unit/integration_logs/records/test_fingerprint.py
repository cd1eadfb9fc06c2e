"""Fingerprints and path templates of problems."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_logs.records.fingerprint import fingerprint, url_template
from integration_logs.redaction.marks import Pseudonyms
from integration_logs.redaction.redactor import Redactor

FACTS: dict[str, Any] = {
    "integration_id": 7,
    "exception_type": "requests.exceptions.HTTPError",
    "method": "GET",
    "url": "https://shop.example/wp-json/wc/v3/orders/4711",
    "response_code": 404,
}


SHOP = "https://shop.example"


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/wp-json/wc/v3/orders/4711", "/wp-json/wc/v3/orders/{id}"),
        ("/wp-json/wc/v3/orders/4711/notes/12", "/wp-json/wc/v3/orders/{id}/notes/{id}"),
        ("/rest/V1/orders/000000012", "/rest/V1/orders/{id}"),
        ("/orders/%231001.json", "/orders/{id}.json"),
        ("/orders/1,2,3", "/orders/{id}"),
        ("/orders/100000123-2", "/orders/{id}"),
        ("/orders/100000123-B", "/orders/{id}"),
        ("/orders/100000123b", "/orders/{id}"),
        ("/orders/ORD-2026-00123", "/orders/{id}"),
        ("/orders/ORD-7", "/orders/{id}"),
        ("/orders/WEB10042", "/orders/{id}"),
        ("/stockItems/24-MB01", "/stockItems/{id}"),
        ("/orders/order-10042", "/orders/order-{id}"),
        ("/orders/shp-7f3a9c21", "/orders/shp-{id}"),
        ("/who/+31612345678", "/who/{id}"),
    ],
)
def test_numbers_and_references_are_ids(path: str, template: str) -> None:
    """What names one order, shipment or article becomes ``{id}``."""
    assert url_template(SHOP + path) == template
    assert url_template(SHOP + template) == template


@pytest.mark.parametrize(
    "made_up",
    [
        "550e8400-e29b-41d4-a716-446655440000",
        "%7B550E8400-E29B-41D4-A716-446655440000%7D",
        "urn:uuid:550e8400-e29b-41d4-a716-446655440000",
        "550E8400E29B41D4A716446655440000",
        "d41d8cd98f00b204e9800998ecf8427e0000000000000000000000000000abcd",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "507f1f77bcf86cd799439011",
        "9f2c4e1a",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "V1StGXR8_Z5jdHi6B-myT",
        "AbC3dEf6GhI9jKl2MnO5pQr8",
        "QwErTyUiOpAsDfGhJkLzXcVbNmQwErTy",
        "Z2lkOi8vc2hvcC9PcmRlci80NTA3ODk0Njk=",
        "dQw4w9WgXcQ",
        "[redacted:credential]",
        "[redacted:phone:c2c4e1a7b0]",
    ],
)
def test_what_a_generator_made_is_an_id(made_up: str) -> None:
    """UUIDs, hashes and tokens of every make become ``{id}``, so that their make cannot split a problem."""
    assert url_template(f"{SHOP}/v2/orders/{made_up}/events") == "/v2/orders/{id}/events"


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/export/2024-01-31/orders", "/export/{date}/orders"),
        ("/export/31-01-2024/orders", "/export/{date}/orders"),
        ("/export/2024-01-31T12:00:00+01:00", "/export/{date}"),
        ("/export/2024-01-31..2024-02-29", "/export/{date}"),
        ("/export/orders-2024-01-31T12%3A00%3A00Z.xml", "/export/orders-{date}.xml"),
        ("/export/orders_20240131_1200.csv", "/export/orders_{id}_{id}.csv"),
        # An order number that begins with the year reads like a date on some days only.
        ("/orders/20240131", "/orders/{id}"),
        ("/orders/20240199", "/orders/{id}"),
        ("/orders/2024-0131", "/orders/{id}"),
        ("/orders/2024-0199", "/orders/{id}"),
        ("/orders/2024-01", "/orders/{id}"),
        ("/customers/jan@example.org", "/customers/{email}"),
        ("/customers/o'brien%40example.org", "/customers/{email}"),
        ("/customers/[redacted:email]/orders", "/customers/{email}/orders"),
        ("/customers/[redacted:email:c2c4e1a7b0]/orders", "/customers/{email}/orders"),
        ("/who/[redacted:personal]", "/who/{value}"),
        ("/orders/page/12", "/orders/page/{id}"),
        ("/orders/page-3", "/orders/page-{id}"),
        ("/orders/page3.json", "/orders/page{id}.json"),
        ("/orders/7;jsessionid=0A1B2C", "/orders/{id}"),
    ],
)
def test_dates_addresses_and_pages_have_placeholders(path: str, template: str) -> None:
    """Dates, addresses of e-mail, pages and parameters of a segment do not tell problems apart."""
    assert url_template(SHOP + path) == template


@pytest.mark.parametrize(
    "path",
    [
        "/admin/api/2024-01/orders.json",
        "/admin/api/unstable/orders.json",
        "/api/v1.2/x",
        "/api/1.2/x",
        "/oauth2/b2b/web2print/i18n/orders",
        "/product/blue-shirt",
        "/product/blue-shirt-xl-2-pack",
        "/a-really-long-human-readable-slug-of-a-product",
        "/getOrderShipmentStatusById",
        "/orders/facade/decade",
        "/%zz",
    ],
)
def test_names_of_endpoints_stay(path: str) -> None:
    """API versions, words and slugs are what an endpoint is called: they stay as they are."""
    assert url_template(SHOP + path) == path


@pytest.mark.parametrize(
    ("url", "template"),
    [
        ("", None),
        ("  ", None),
        (None, None),
        (SHOP, "/"),
        (SHOP + "//a///b/", "/a/b"),
        (SHOP + "/a?b=1", "/a"),
        (SHOP + "/a#b?c", "/a"),
        ("/a/7", "/a/{id}"),
        ("shop.example/a/7", "/a/{id}"),
        ("shop.example:443/a/7", "/a/{id}"),
        ("https:\\/\\/shop.example\\/a\\/7", "/a/{id}"),
        (SHOP + "/?rest_route=/wc/v3/orders/7&page=2", "/?rest_route=/wc/v3/orders/{id}"),
        (SHOP + "/?page=2&rest_route=%2Fwc%2Fv3%2Forders", "/?rest_route=/wc/v3/orders"),
        (SHOP + "/index.php?route=api/order/info&order_id=7", "/index.php?route=/api/order/info"),
        (SHOP + "/webservice/dispatcher.php?url=orders/7", "/webservice/dispatcher.php?url=/orders/{id}"),
        (SHOP + "/hook?url=https://elsewhere.example/7", "/hook"),
    ],
)
def test_any_form_of_url_has_a_template(url: str | None, template: str | None) -> None:
    """The query does not count but where it names the endpoint; a scheme may be missing."""
    assert url_template(url) == template


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
    """The fingerprint of a redacted URL is that of the URL, whether or not there are pseudonyms in it."""
    for redactor in (Redactor(), Redactor(pseudonyms=Pseudonyms(lambda: "one key")), Redactor(policy="keep")):
        redacted = redactor.url(url)
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
    """A path's template starts at the root and is normal, whatever the path is."""
    template = url_template(SHOP + "/" + path)
    assert template is not None
    assert template.startswith("/")
    assert "//" not in template


HOSTILE = (
    "a 1 1- A1- A- a1 a. @a %25 ;a= aB / a/ # { - 1_ A1. ab1 =: page1 2026-11-20 2026-11-20T1 [redacted: &route= v1."
)


@pytest.mark.parametrize("hostile", HOSTILE.split())
def test_no_path_makes_it_slow(hostile: str) -> None:
    """A megabyte of anything costs less than 50 ms of CPU time."""
    text = hostile * (2**20 // len(hostile))
    for url in (
        f"{SHOP}/{text}!",
        f"{SHOP}/{text}",
        f"{SHOP}/api/v{text}",
        f"{SHOP}/x@{text}",
        f"{SHOP}/?{text}",
        text,
    ):
        began = time.process_time()
        fingerprint(**FACTS | {"url": url})
        assert time.process_time() - began < 0.05
