"""The deployed API under abuse: every route and every parameter of its description, also one that is new."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import jsonschema
import pytest

from docs import api_description
from sandbox.cloud import ROOT_KEY
from sandbox.tour import ids
from tests.e2e.api.signing_proxy import Api
from tests.e2e.conftest import keys, tick

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.stack import Stack
    from sandbox.upstreams import Sandbox

ROUTES = list(api_description.operations(api_description.description()))
PARAMETERS = [
    (method, path, parameter["name"])
    for method, path, operation in ROUTES
    for parameter in operation.get("parameters", [])
]
PAGED = [path for _, path, name in PARAMETERS if name == "cursor"]
TAKE_BODIES = [(method, path) for method, path, operation in ROUTES if "requestBody" in operation]
LEGAL = {"integration_id": "400001", "fingerprint": "0" * 16}
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()

SQL = (
    "' OR 1=1 --",
    "x'; COPY (SELECT 1) TO 's3://abused'; --",
    "' UNION SELECT content FROM read_text('/etc/passwd') --",
)
ABUSE = (
    *SQL,
    "-1",
    "9" * 40,
    "1e400",
    "\N{FULLWIDTH DIGIT FOUR}\N{FULLWIDTH DIGIT ZERO}",
    "\N{RIGHT-TO-LEFT OVERRIDE}1",
    "1\0",
    "\ud800",
    "\N{PILE OF POO}",
    "../../../etc/passwd",
    "%2e%2e%2f%2e%2e%2f",
    "1\r\nX-Abused: yes",
    "z" * 2000,
)
INSIDE = (
    "traceback",
    'file "',
    ".py",
    "arn:",
    "duckdb",
    "botocore",
    "pydantic",
    "select ",
    "landing/",
    "logs/",
    "state/",
)
"""What no refusal says, in lower case."""


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The data of a list."""
        found: list[dict[str, Any]] = json.loads(self.text)["data"]
        return found

    def refused(self, *statuses: int) -> set[str]:
        """It is a refusal with one of the statuses, in its shape; the parameters that it names."""
        assert self.status in statuses, (self.status, self.text)
        document = json.loads(self.text)
        jsonschema.validate(document, api_description.ERROR_SCHEMA)
        assert document["meta"]["request_id"]
        return {error["source"]["parameter"] for error in document["errors"] if "source" in error}


class Caller:
    """Who may call everything, and sends targets and bodies to the letter. A refusal says nothing of the inside."""

    def __init__(self, stack: Stack, secrets: list[str]) -> None:
        self._api = Api(stack, ROOT_KEY)
        self._connection = self._api.connect()
        self._never = secrets
        self._inside = [*INSIDE, stack.outputs["BucketName"].lower()]

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
        target = self._api.target(path)
        signed = self._api.signature(method, target, body)
        self._connection.request(method, target, body or None, {**signed, **(headers or {})})
        answer = self._connection.getresponse()
        reply = Reply(answer.status, dict(answer.getheaders()), answer.read().decode())
        assert not [each for each in self._never if each in reply.text]
        if reply.status >= 400:
            assert not [each for each in self._inside if each in reply.text.lower()], reply.text
        assert reply.status < 500, (target[:200], reply.text)
        assert "X-Abused" not in reply.headers
        return reply

    def close(self) -> None:
        self._connection.close()


@pytest.fixture(scope="module")
def caller(deployed: Stack, sandbox: Sandbox) -> Iterator[Caller]:
    """A caller; when all is over the archive and the quarantine are to the byte what they were."""
    tick(deployed)
    deployed.invoke("CheckStatusFunction", {"task": "check"})
    before = keys(deployed, "logs/"), keys(deployed, "quarantine/")
    caller = Caller(deployed, [value for account in sandbox.accounts.values() for value in account.values()])
    yield caller
    caller.close()
    assert (keys(deployed, "logs/"), keys(deployed, "quarantine/")) == before


def escaped(text: str) -> str:
    return quote(text.encode(errors="surrogatepass"), safe="")


def filled(path: str, **given: str) -> str:
    """The path with legal values where none is given."""
    return path.format(**{name: escaped(value) for name, value in {**LEGAL, **given}.items()})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each value for each name, shared out among the routes that have it, and SQL for each route; or all for all."""
    if metafunc.function is not test_a_parameter_is_never_more_than_its_value:
        return
    having: dict[tuple[str, bool], list[tuple[str, str, str]]] = {}
    for method, path, name in PARAMETERS:
        having.setdefault((name, f"{{{name}}}" in path), []).append((method, path, name))
    calls = []
    for alike in having.values():
        for number, parameter in enumerate(alike):
            share = ABUSE if metafunc.config.getoption("thorough") else ABUSE[number :: len(alike)]
            calls += [(*parameter, value) for value in dict.fromkeys((SQL[number % len(SQL)], *share))]
    ids = [f"{method} {path} {name}-{value!a}" for method, path, name, value in calls]
    metafunc.parametrize(("method", "path", "name", "value"), calls, ids=ids)


def test_a_parameter_is_never_more_than_its_value(
    caller: Caller, method: str, path: str, name: str, value: str
) -> None:
    """It is refused by name; or it is a text to look for, and only what has it is found: nothing, for SQL."""
    if f"{{{name}}}" in path:
        assert caller.ask(method, filled(path, **{name: value})).refused(400, 403, 404, 405) <= {name}
        return
    others = {each for *route, each in PARAMETERS if route == [method, path]} - {name}
    query = "".join(f"&{each}={YESTERDAY}" for each in ("from", "to") if each in others)
    reply = caller.ask(method, f"{filled(path)}?{name}={escaped(value)}{query}")
    if reply.status != 200:
        assert reply.refused(400) == {name}
        return
    looked_for = value.encode(errors="replace").decode().lower()
    assert all(looked_for in json.dumps(row, ensure_ascii=False).lower() for row in reply.rows)
    assert value not in SQL or not reply.rows


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in ROUTES])
def test_a_parameter_is_given_once(caller: Caller, method: str, path: str) -> None:
    """Given twice it is refused by name, whatever it says."""
    for *route, name in PARAMETERS:
        if route == [method, path] and f"{{{name}}}" not in path:
            assert caller.ask(method, f"{filled(path)}?{name}=1&{name}=2").refused(400) == {name}


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in ROUTES])
def test_thousands_of_parameters(caller: Caller, method: str, path: str) -> None:
    """Those that the route does not know are refused, and the answer stays short."""
    some = caller.ask(method, filled(path) + "?" + "&".join(f"p{number}=1" for number in range(1000)))
    assert some.refused(400)
    assert len(some.text) < 10_000
    many = caller.ask(method, filled(path) + "?" + "&".join(f"p{number}" for number in range(10_000)))
    assert many.status in {400, 413, 414, 431}


@pytest.mark.parametrize(
    "spelling",
    ["/../..", "/%2e%2e/%2e%2e", "/%252e%252e/", "/..%2f..%2fstatus", "%00", ";a=b", "/%c0%ae"],
)
@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in ROUTES])
def test_a_path_has_one_spelling(caller: Caller, method: str, path: str, spelling: str) -> None:
    """What is added to a path leads nowhere."""
    reply = caller.ask(method, filled(path) + spelling)
    assert reply.status in {400, 403, 404, 405}, reply.text


@pytest.fixture(scope="module")
def real(caller: Caller) -> dict[str, str]:
    """A cursor that each route has given out, empty where it has no second page."""
    found = {}
    for path in PAGED:
        reply = caller.ask("GET", f"{filled(path)}?page_size=1")
        assert reply.status == 200, reply.text
        found[path] = reply.headers.get("Link", "").partition("cursor=")[2].partition(">")[0].partition("&")[0]
    return found


@pytest.mark.parametrize("path", PAGED)
def test_a_forged_cursor(caller: Caller, sandbox: Sandbox, real: dict[str, str], path: str) -> None:
    """It is refused by name; one that might have been given out shows another page of what is there, and no more."""
    nothing = (*SQL, "../../state/main.json", "n1,2", "n1,2,3,4", "x1,2,3", "n-1,-2,-3", "n" + "9" * 99)
    made = [base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") for text in nothing]
    own = real[path]
    flipped = [own[:place] + chr(ord(own[place]) ^ 1) + own[place + 1 :] for place in range(0, len(own), 7)]
    for cursor in [*made, *flipped, own[:-1], f"{own}=", f"{own}\0", *real.values()]:
        if cursor in {"", own}:
            continue
        reply = caller.ask("GET", f"{filled(path)}?page_size=1&cursor={escaped(cursor)}")
        if reply.status != 200:
            assert reply.refused(400) == {"cursor"}
        elif path.endswith("/logs"):
            assert {row["id"] for row in reply.rows} <= ids(sandbox.truth())


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": "abuse.example", "Forwarded": "host=abuse.example", "X-Forwarded-Proto": "http"},
        {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"},
        {"X-HTTP-Method-Override": "POST", "X-Original-URL": "/problems", "X-Rewrite-URL": "/problems"},
        {"Accept": "text/html", "Accept-Language": "' OR 1=1 --", "Cookie": "cursor=x; " * 20},
        {"X-Much": "x" * 9000},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_headers_change_nothing(caller: Caller, headers: dict[str, str]) -> None:
    """What stands in a header neither leads elsewhere nor comes back in a link."""
    route = "/integrations/400001/logs?page_size=2"
    plain, abused = caller.ask("GET", route), caller.ask("GET", route, headers=headers)
    assert abused.status == plain.status == 200
    assert abused.rows == plain.rows
    assert abused.headers["Link"] == plain.headers["Link"]


JSON = "application/json"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", JSON, 400),
        (b"\xff\xfe{", JSON, 400),
        (b"[" * 100_000, JSON, 400),
        (b'{"task":' * 100_000, JSON, 400),
        (b'[{"task":"archive"}]', JSON, 400),
        (b'"archive"', JSON, 400),
        (b'{"task":"archive","task":"nonsense"}', JSON, 400),
        (b'{"task":"archive","after":"../../state/"}', JSON, 400),
        (b'{"task":"archive","__class__":"x"}', JSON, 400),
        (b'{"task":"archive","from":"2026-11-01"}', JSON, 400),
        (b'{"task":"replay","from":"2026-11-01\' OR 1=1 --","to":"2026-11-01"}', JSON, 400),
        (b'{"task":"replay","from":"0001-01-01","to":"9999-12-31"}', JSON, 400),
        (b'{"task":"\\ud800"}', JSON, 400),
        (b'{"task":' + b"9" * 5000 + b"}", JSON, 400),
        (b'{"task":"' + b"x" * (7 << 20) + b'"}', JSON, 400),
        (b"task=archive", "application/x-www-form-urlencoded", 415),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--", "multipart/form-data; boundary=x", 415),
        (b"--x", "multipart/form-data", 415),
        (b"<task/>", "application/xml", 415),
        (b'{"task":"archive"}', "text/plain", 415),
        (b'{"task":"archive"}', "x" * 1000, 415),
    ],
    ids=lambda value: ascii(value[:40]) if isinstance(value, bytes) else None,
)
@pytest.mark.parametrize(("method", "path"), TAKE_BODIES)
def test_a_body_that_orders_nothing(
    caller: Caller, method: str, path: str, body: bytes, kind: str, status: int
) -> None:
    """It is refused, however deep, long or ambiguous it is, and nothing is queued."""
    too_large = {413} if len(body) > 6 << 20 else set()  # API Gateway says so; the embedded cloud does not
    caller.ask(method, filled(path), body, {"Content-Type": kind}).refused(status, *too_large)
