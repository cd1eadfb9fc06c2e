"""Redaction: what must go, what must stay, and that no shape of input changes that."""

from __future__ import annotations

import base64
import copy
import json
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from integration_logs.redaction.redactor import Redactor

PUBLIC = "f2b9a1c4d7e84c0fa5b6d3e2c1907788"
SECRET = "90f7/3bde+41a94d22b1c0aa9e7d5f612"
REDACTOR = Redactor([PUBLIC, SECRET])
CANARY = "kN4rwZ8q"  # no form gives it away: only where it stands does
BASIC = base64.b64encode(f"{PUBLIC}:{SECRET}".encode()).decode()

RECORD: dict[str, Any] = {
    "id": 123,
    "integration_id": 77,
    "base_url": "https://shop.example",
    "full_url": "https://shop.example/wp-json/wc/v3/orders?page=2&status=processing",
    "method": "GET",
    "response_code": 401,
    "response": {
        "headers": {"Content-Type": "application/json; charset=UTF-8", "Server": "nginx", "CF-RAY": "8a1b2c3d4e5f-AMS"},
        "body": '{"code": "woocommerce_rest_cannot_view", "message": "Sorry", "data": {"status": 401}}',
    },
    "request": {
        "headers": {"User-Agent": "Sendcloud", "Accept": "*/*"},
        "payload": {"order_note": {"note": "Success"}},
    },
    "created_at": "2023-03-01T02:02:00+01:00",
    "exception_type": "requests.exceptions.HTTPError",
    "exception": "401 Client Error: Unauthorized for url: https://shop.example/wp-json/wc/v3/orders?page=2",
    "protected": False,
    "additional_data": "",
}


def with_(**fields: Any) -> dict[str, Any]:
    return copy.deepcopy(RECORD) | fields


def request(**fields: Any) -> dict[str, Any]:
    return with_(request={"headers": None, "payload": None} | fields)


def response(**fields: Any) -> dict[str, Any]:
    return with_(response={"headers": None, "body": None} | fields)


def nested(value: object, times: int) -> object:
    for _ in range(times):
        value = json.dumps({"data": value})
    return value


CANARIES = {
    "URL query": with_(full_url=f"https://shop.example/a?consumer_secret={CANARY}&page=1"),
    "URL query, first of many in capitals": with_(full_url=f"https://shop.example/a?API_KEY={CANARY}&page=1"),
    "URL query, OAuth": with_(full_url=f"https://shop.example/a?oauth_nonce={CANARY}&oauth_signature={CANARY}%3D"),
    "URL query, code": with_(full_url=f"https://shop.example/callback?code={CANARY}"),
    "URL fragment": with_(full_url=f"https://shop.example/callback#access_token={CANARY}"),
    "URL query, bracketed": with_(full_url=f"https://shop.example/a?billing[first_name]={CANARY}"),
    "URL query, bracketed and encoded": with_(full_url=f"https://shop.example/a?billing%5Bfirst_name%5D={CANARY}"),
    "URL query, person": with_(full_url=f"https://shop.example/a?name={CANARY}&city={CANARY}"),
    "URL user-info": with_(base_url=f"https://{CANARY}:{CANARY}@shop.example/"),
    "URL user-info with @": with_(base_url=f"https://user:{CANARY}@{CANARY}@shop.example/"),
    "URL user-info, no password": with_(base_url=f"https://{CANARY}@shop.example/"),
    "URL user-info, escaped slashes": response(body=f'cut off {{"url":"https:\\/\\/u:{CANARY}@shop.example'),
    "URL in URL": with_(
        full_url="https://a.example/?to=" + quote(f"https://b.example/?consumer_secret={CANARY}", safe="")
    ),
    "URL in URL in URL": with_(
        full_url="https://a.example/?to=" + quote(quote(f"https://u:{CANARY}@b.example/", safe=""), safe="")
    ),
    "percent-encoded =": with_(exception=f"failed: consumer_secret%3Dcs_{CANARY}"),
    "percent-encoded, slash left": with_(exception=f"failed: consumer_secret%3Dab/{CANARY}"),
    "percent-encoded header": with_(exception=f"q=Authorization%3A%20Bearer%20{CANARY}"),
    "header object": request(headers={"Authorization": f"Basic {CANARY}"}),
    "header object, list": request(headers={"authorization": [f"Basic {CANARY}"]}),
    "header object, Proxy": request(headers={"Proxy-Authorization": CANARY}),
    "header object, Shopify": request(headers={"X-Shopify-Access-Token": CANARY}),
    "header object, X key": request(
        headers={"X-Meta-Key": CANARY, "X-Shop-Secret": CANARY, "X-WC-Webhook-Signature": CANARY}
    ),
    "header object, hmac": request(headers={"X-Shopify-Hmac-Sha256": CANARY}),
    "header object, address": request(headers={"X-Forwarded-For": CANARY, "CF-Connecting-IP": CANARY}),
    "header pairs": request(headers=[["Authorization", CANARY], ["Accept", "*/*"]]),
    "header pairs, Python": with_(exception=f"sent [('Authorization', 'Custom {CANARY}'), ('Accept', '*/*')]"),
    "header list of objects": request(headers=[{"name": "Authorization", "value": CANARY}]),
    "header string": request(headers=f"Host: shop.example\r\nAuthorization: Basic {CANARY} {CANARY}\r\nAccept: */*"),
    "header string, continued line": request(headers=f"Authorization: Basic\r\n {CANARY}\r\nAccept: */*"),
    "header string, first X line": request(headers=f"X-Api-Key: a, {CANARY}\nAccept: */*"),
    "header string, Python": request(headers=f"{{'Authorization': 'Token {CANARY}', 'Accept': '*/*'}}"),
    "header string, JSON": request(headers=json.dumps({"Authorization": CANARY})),
    "header string, and a form after it": request(headers=f"Authorization: Basic abc\nFrom {CANARY}@example.org"),
    "cookie": request(headers={"Cookie": f"wordpress_logged_in={CANARY}; a=b"}),
    "cookie string": request(headers=f'Cookie: a=b; wordpress={CANARY}; c="{CANARY}"\r\nHost: a'),
    "cookie string, quoted": request(headers=f'Host: a\r\nCookie: "a"; wordpress={CANARY}\r\nAccept: */*'),
    "set-cookie": response(headers={"Set-Cookie": [f"PHPSESSID={CANARY}; path=/", f"b={CANARY}"]}),
    "payload object": request(payload={"order": {"billing": {"first_name": CANARY, "address_1": CANARY}}}),
    "payload object, nested name": request(payload={"to_address": {"name": {"given": CANARY}, "extra": [CANARY]}}),
    "payload object, Magento street": request(payload={"addresses": [{"street": [CANARY, CANARY]}]}),
    "payload meta data": request(payload={"meta_data": [{"id": 1, "key": "_billing_vat_number", "value": CANARY}]}),
    "payload attribute": request(payload={"custom_attributes": [{"attribute_code": "taxvat", "value": CANARY}]}),
    "payload camel case": request(payload={"shippingAddress": {"postalCode": CANARY}, "customerFirstName": CANARY}),
    "payload Dutch": request(payload={"voornaam": CANARY, "Huisnummer": CANARY, "wachtwoord": CANARY}),
    "payload number": request(payload={"pin": 987123654, "phone": 31612349876, "note": CANARY.replace(CANARY, "x")}),
    "payload JSON string": request(payload=json.dumps({"customer": {"last_name": CANARY}})),
    "payload JSON string, cut off": request(payload=json.dumps({"customer": {"last_name": CANARY, "x": 1}})[:-4]),
    "payload JSON string, cut off in value": request(payload='{"password": "' + CANARY),
    "payload JSON string, list cut off": request(payload='{"tokens": ["a", "' + CANARY),
    "payload JSON string, equal keys": request(payload=f'{{"a": {{"name": "{CANARY}"}}, "a": null}}'),
    "payload JSON string, single quotes": request(payload=f"{{'address': {{'street': '{CANARY}'}}}}"),
    "payload JSON string in text": request(payload=nested({"password": CANARY}, 2)),
    "payload JSON string, very nested": request(payload=nested({"password": CANARY}, 7)),
    "payload JSON, nested and cut off": request(payload=str(nested({"password": CANARY, "x": 1}, 2))[:-5]),
    "payload form": request(payload=f"order=1&billing_city={CANARY}&client_secret={CANARY}"),
    "payload form of one": request(payload=f"token={CANARY}"),
    "payload form, JSON inside": request(payload="a=1&data=" + quote(json.dumps({"last_name": CANARY}))),
    "payload multipart": request(
        payload=f'--b1\r\nContent-Disposition: form-data; name="order[lastname]"\r\n\r\n{CANARY}\r\n--b1\r\n'
        f'Content-Disposition: form-data; name="api_key"\r\nContent-Type: a/b\r\n\r\n{CANARY}\n{CANARY}\r\n--b1--'
    ),
    "payload CSV": request(payload=f'order;lastname;city;total\r\n12;{CANARY};"{CANARY}; {CANARY}";1,5\r\n'),
    "payload XML, escaped": request(payload=f"<r>&lt;c&gt;&lt;lastname&gt;de {CANARY}&lt;/lastname&gt;&lt;/c&gt;</r>"),
    "payload table": request(payload=f"<tr><th>Naam</th><td>{CANARY}</td></tr><dt>API key</dt>\n<dd>{CANARY}</dd>"),
    "payload PHP, dumped": request(payload=f'["last_name"]=> string(8) "{CANARY}" ["password"]=> string(8) "{CANARY}"'),
    "command line": with_(exception=f"curl -u api:{CANARY} --user='x:{CANARY}' failed"),
    "SendGrid": with_(exception=f"SG.{CANARY}{CANARY}{CANARY}.{CANARY}{CANARY}{CANARY} refused"),
    "display name": with_(exception=f'From: "{CANARY} Smit" <info@example.org>; deferred'),
    "payload Spanish": request(payload={"contraseña": CANARY, "Dirección": CANARY, "apellidos": CANARY}),
    "payload XML": request(
        payload=f"<prestashop><customer><firstname><![CDATA[{CANARY}]]></firstname></customer></prestashop>"
    ),
    "payload SOAP": request(payload=f'<ns1:login><ns1:apiKey xsi:type="xsd:string">{CANARY}</ns1:apiKey></ns1:login>'),
    "payload PHP": request(payload=f"Array\n(\n    [first_name] => {CANARY}\n    [sku] => A1\n)"),
    "payload lines": request(payload=f"Order: 12\nName: {CANARY}\nAddress: Street 1, {CANARY}\nSKU: A1"),
    "payload lines, first": request(payload=f"name: {CANARY}\nSKU: A1"),
    "payload PHP, serialised": request(payload=f's:10:"first_name";s:8:"{CANARY}";'),
    "body HTML": response(body=f"<html><body><a href='/a?token={CANARY}'>x</a></body></html>"),
    "body HTML, entity": response(body=f'<a href="/a?x=1&amp;key={CANARY}">x</a>'),
    "body HTML, input": response(body=f'<form><input type="hidden" value="{CANARY}" name="csrf_token"></form>'),
    "body HTML, script": response(body=f'<script>var s = {{"nonce":"{CANARY}"}};</script>'),
    "body JSON with nested string": response(body=json.dumps({"error": json.dumps({"email": CANARY})})),
    "body object": response(body={"customer": {"username": CANARY}}),
    "exception text": with_(
        exception=f"HTTPSConnectionPool: Max retries exceeded with url: /a?consumer_key={CANARY}&x=1"
    ),
    "exception text, assignment": with_(exception=f"login failed with password={CANARY}, try again"),
    "exception text, Python": with_(exception=f"bad payload {{'company_name': \"{CANARY}\"}}"),
    "exception text, Bearer": with_(exception=f"header was 'Bearer {CANARY}'"),
    "additional_data": with_(additional_data={"auth": {"user": CANARY}}),
    "additional_data text": with_(additional_data=f"api_key: {CANARY}"),
    "unknown field": with_(webhook={"secret": CANARY}),
    "unknown field's name": with_(shop_password=CANARY),
    "JSON key, e-mail": request(payload={f"{CANARY}@example.org": 1}),
    "JSON key, credential": request(payload={f"password={CANARY}": 1}),
    "top-level key": with_(**{f"token={CANARY}": 1}),
    "no date": with_(created_at=f"token={CANARY}"),
    "no id": with_(id=f"token={CANARY}"),
    "e-mail": with_(exception=f"unknown customer {CANARY}@example.org"),
    "e-mail, percent-encoded": with_(full_url=f"https://shop.example/customers/{CANARY}%40example.org"),
    "e-mail, character reference": response(body=f"<p>{CANARY}&#64;example.org</p>"),
    "deep": request(payload=json.loads('{"a":' * 60 + f'{{"password":"{CANARY}"}}' + "}" * 60)),
    "too deep": request(payload=json.loads('{"a":' * 300 + f'"{CANARY}"' + "}" * 300)),
    "own key": with_(exception=f"refused {SECRET}{CANARY.replace(CANARY, '')}"),
}


@pytest.mark.parametrize("record", CANARIES.values(), ids=CANARIES.keys())
def test_no_canary_survives(record: dict[str, Any]) -> None:
    """A secret planted anywhere in a record is not in what is stored, and redacting again changes nothing."""
    before = copy.deepcopy(record)
    redacted = REDACTOR.record(record)
    stored = json.dumps(redacted, ensure_ascii=False)
    assert CANARY not in stored
    assert SECRET not in stored
    assert "987123654" not in stored
    assert "31612349876" not in stored
    assert record == before
    assert REDACTOR.record(redacted) == redacted


@pytest.mark.parametrize(
    "text",
    [
        PUBLIC,
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET, safe="").lower(),
        quote(quote(SECRET, safe=""), safe=""),
        json.dumps(SECRET),
        SECRET.replace("/", "\\/"),
        BASIC,
        BASIC.rstrip("="),
        base64.b64encode(SECRET.encode()).decode(),
    ],
)
@pytest.mark.parametrize("frame", ["{}", "x{}y", "https://shop.example/{}/a?b={}", "word {} word", '{{"a": "{}"}}'])
def test_our_own_keys_go_in_every_spelling(text: str, frame: str) -> None:
    """A key of this stack goes by its value, whatever stands around it and however it is encoded."""
    redacted = REDACTOR.text(frame.replace("{{", "{").replace("}}", "}").replace("{}", text))
    assert text.strip('"').rstrip("=") not in redacted


MUST_MASK = [
    ("ck_0123456789abcdef0123456789abcdef01234567", "credential"),
    ("cs_0123456789abcdef0123456789abcdef01234567", "credential"),
    ("\\ncs_0123456789abcdef0123456789abcdef01234567", "credential"),
    ("shpat_0123456789abcdef0123456789abcdef", "credential"),
    ("shpss_0123456789abcdef0123456789abcdef", "credential"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "credential"),
    ("sk_live_0123456789abcdefghij", "credential"),
    ("AKIAIOSFODNN7EXAMPLE", "credential"),
    ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "credential"),
    ("xoxb-0123456789-abcdefghij", "credential"),
    ("Basic dXNlcjpwYXNzd29yZA==", "credential"),
    ("Basic dTpw", "credential"),
    ("bearer abcdefgh", "credential"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----", "credential"),
    ("-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA", "credential"),
    ("jan.de-vries+shop@mail.example.nl", "email"),
    ("jörg@müller.example", "email"),
    ("+31612345678", "phone"),
    ("+31 (0)6 1234 5678", "phone"),
    ("+1-202-555-0143", "phone"),
    ("0031 6 12345678", "phone"),
    ("06-12345678", "phone"),
    ("NL91ABNA0417164300", "iban"),
    ("NL91 ABNA 0417 1643 00", "iban"),
    ("de89 3704 0044 0532 0130 00", "iban"),
    ("4111111111111111", "card"),
    ("4111 1111 1111 1111", "card"),
    ("5500-0000-0000-0004", "card"),
    ("378282246310005", "card"),
]


@pytest.mark.parametrize(("secret", "kind"), MUST_MASK)
def test_known_forms_go_anywhere_in_a_text(secret: str, kind: str) -> None:
    """A known form is masked with its kind, alone and between words, and the words stay."""
    assert f"[redacted:{kind}]" in REDACTOR.text(secret)
    between = REDACTOR.text(f"before {secret} ")
    assert secret not in between
    assert between.startswith("before ")
    assert f"[redacted:{kind}]" in between


MUST_KEEP = [
    "https://shop.example/wp-json/wc/v3/orders/4711?page=2&per_page=100&status=processing&orderby=date",
    "https://shop.example/admin/api/2024-01/orders.json?created_at_min=2024-01-01T00:00:00+01:00",
    "https://shop.example:8443/rest/V1/orders?searchCriteria[filter_groups][0][filters][0][field]=status",
    "HTTPSConnectionPool(host='shop.example', port=443): Max retries exceeded with url: /wp-json/wc/v3/orders",
    "requests.exceptions.SSLError: certificate verify failed: certificate has expired (_ssl.c:1007)",
    "Invalid signature - provided signature does not match.",
    "Bearer token is invalid",
    "Basic authentication required",
    'Bearer realm="shop", error="invalid_token"',
    "Consumer key is invalid.",
    "InvalidTokenError: expired",
    "KeyError: 'status'",
    "order 000012345678 has status completed",
    "order 2024010112345678",
    "tracking code 3SABCD0123456789, parcel 123456789012",
    "2023-03-01T02:02:00+01:00",
    "4111111111111112",
    "NL91ABNA0417164301",
    "192.168.178.20 answered 502",
    "550e8400-e29b-41d4-a716-446655440000",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "max-age=31536000; includeSubDomains",
    "text/html; charset=utf-8",
    '<meta name="viewport" content="width=device-width"><title>SSL Certificate Error</title>',
    '<img src="/logo@2x.png" width="12" height="34">',
    '{"code":"woocommerce_rest_cannot_view","message":"Sorry, you cannot list resources.","data":{"status":401}}',
    '{"b": 1,  "a": [1.0, 1e3, "x"]}',
    "",
]


@pytest.mark.parametrize("text", MUST_KEEP)
def test_what_operators_need_stays(text: str) -> None:
    """URLs, error texts, order numbers, dates and status stay, letter for letter."""
    assert REDACTOR.text(text) == text
    assert REDACTOR.value({"message": text}) == {"message": text}


def test_a_record_without_secrets_is_unchanged() -> None:
    """A record that holds nothing secret comes out equal."""
    assert REDACTOR.record(RECORD) == RECORD


def test_an_order_keeps_what_is_not_personal() -> None:
    """Of an order go the person and the way to them; ids, products, amounts and the country stay."""
    order = {
        "id": 4711,
        "number": "2024-0042",
        "status": "processing",
        "currency": "EUR",
        "customer_id": 12,
        "order_key": "wc_order_AbCdEf",
        "billing": {"first_name": "Jan", "postcode": "1234 AB", "city": "Delft", "country": "NL", "email": "j@x.nl"},
        "shipping_address": {"id": 3, "address1": "Kerkstraat 1", "country_code": "NL", "province": "ZH", "zz": "Jan"},
        "line_items": [{"id": 1, "name": "Blue shirt", "sku": "SH-1", "quantity": 2, "price": 12.5}],
        "shipping_lines": [{"name": "PostNL"}],
        "shop_name": "Example",
        "shop_url": "https://shop.example",
        "token_type": "bearer",
        "meta_data": [{"id": 9, "key": "_sendcloud_service_point", "value": "10456"}],
        "customer": None,
        "name": "Jan Jansen",
        "phone": "",
    }
    personal, credential = "[redacted:personal]", "[redacted:credential]"
    assert REDACTOR.value(order) == order | {
        "order_key": credential,
        "billing": {
            "first_name": personal,
            "postcode": personal,
            "city": personal,
            "country": "NL",
            "email": "[redacted:email]",
        },
        "shipping_address": {"id": 3, "address1": personal, "country_code": "NL", "province": "ZH", "zz": personal},
        "name": personal,
    }


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("apiKey", True),
        ("API-KEY", True),
        ("api_key", True),
        ("apikey", True),
        ("clientSecret", True),
        ("secret_1", True),
        ("new_password_confirmation", True),
        ("billingfirstname", True),
        ("credentials", True),
        ("HouseNumberAddition", True),
        ("date_of_birth", True),
        ("vat_number", True),
        ("customer_ip_address", True),
        ("order_number", False),
        ("country", False),
        ("sort_key", False),
        ("token_type", False),
        ("tokenExpiresAt", False),
        ("status", False),
        ("shop_name", False),
        ("user_agent", False),
        ("code", False),
        ("message", False),
        ("capacity", False),
        ("keyboard", False),
        ("shipping_method", False),
    ],
)
def test_names_are_read_in_every_style(key: str, expected: bool) -> None:
    """A secret's name is known in camel, snake and kebab case, with any prefix; a likeness is not enough."""
    assert (REDACTOR.value({key: "abcde"}) != {key: "abcde"}) is expected
    assert (REDACTOR.value("abcde", key) != "abcde") is expected


def test_a_url_stays_parseable() -> None:
    """User-info and secret parameters go; scheme, host, port, path and the other parameters stay."""
    url = urlsplit(REDACTOR.url("https://u:p@shop.example:8443/a/b?consumer_key=ck_x&page=2&email=a%40b.nl#top"))
    assert (url.scheme, url.hostname, url.port, url.path, url.fragment) == (
        "https",
        "shop.example",
        8443,
        "/a/b",
        "top",
    )
    assert parse_qs(url.query) == {
        "consumer_key": ["[redacted:credential]"],
        "page": ["2"],
        "email": ["[redacted:email]"],
    }


def test_fields_that_identify_stay() -> None:
    """Ids, time, code and the protected flag are not touched, also where they look like a card number."""
    record = {"id": 4111111111111111, "integration_id": 4111111111111111, "response_code": 495, "protected": True}
    assert REDACTOR.record(record) == record
    assert REDACTOR.record({"created_at": "2023-03-01T02:02:00+01:00"}) == {"created_at": "2023-03-01T02:02:00+01:00"}
    assert REDACTOR.value({"n": 4111111111111111}) == {"n": "[redacted:card]"}


def test_keys_that_become_equal_are_kept_apart() -> None:
    """Two keys that are redacted to the same text both keep their value."""
    redacted = REDACTOR.value({"a@example.org": 1, "b@example.org": 2})
    assert isinstance(redacted, dict)
    assert sorted(redacted.values()) == [1, 2]
    assert all(key.startswith("[redacted:email]") for key in redacted)


def test_the_first_of_two_equal_keys_is_kept() -> None:
    """Both values of a key that a document has twice are there, redacted, though most readers see only the last."""
    redacted = REDACTOR.text('{"a": {"name": "Jan"}, "a": 2, "b": 1}')
    assert json.loads(redacted) == {"a": {"name": "[redacted:personal]"}, "a 2": 2, "b": 1}
    assert json.loads(REDACTOR.text('{"a": 1, "a": null}')) == {"a": 1, "a 2": None}
