"""check_status' routes over what checks left behind; the shapes are those that the API's description shows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import BaseModel, TypeAdapter

from check_status import api
from check_status import composition_root as checking_module
from check_status.check.columns import COLUMNS
from check_status.check.observation import Observation
from check_status.check.state import State, save
from check_status.check.step import step
from check_status.problems.problem import Episode, Part, Problem
from check_status.problems.summaries import Look
from check_status.reading import fresh_check, status_models
from integration_logs.answers.opaque import opaque
from integration_logs.errors import TryLater
from sandbox.upstreams import running
from tests.fakes.api_event import LambdaContext, Reply, api_event
from tests.fakes.api_event import ask as answered
from tests.fakes.memory_store import MemoryStore
from tests.unit.check_status.check.test_step import said, shop
from tests.unit.check_status.checks import NOON, RULES, Ticking, put_together, vault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from check_status.composition_root import Checker
    from sandbox.upstreams import Sandbox

ACCOUNTS = ("main", "second")
LONG_AGO = NOON - timedelta(days=40)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running(integrations={"main": 1, "second": 1}, records={}) as sandbox:
        yield sandbox


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture(autouse=True)
def checking(monkeypatch: pytest.MonkeyPatch, store: MemoryStore, sandbox: Sandbox, clock: Ticking) -> Checker:
    """The function's parts, over a bucket in memory."""
    parts = put_together(store, vault(sandbox), sandbox, *ACCOUNTS, now=clock)
    monkeypatch.setattr(api, "compose", lambda: parts)
    return parts


def ask(path: str, query: str = "") -> Reply:
    return answered(api.app, "GET", path, query)


def rows(path: str, query: str = "", *, model: type[BaseModel]) -> Any:
    """The data of an answer that has the shape that the description promises."""
    reply = ask(path, query)
    assert reply.status == 200, reply.text
    model.model_validate_json(reply.text)
    return reply.json["data"]


def walked(path: str, query: str) -> tuple[list[Any], int]:
    """Everything, by following the links; and how many pages that took."""
    found: list[Any] = []
    number = 0
    while True:
        reply = ask(path, query)
        assert reply.status == 200, reply.text
        found += reply.json["data"]
        number += 1
        if "Link" not in reply.headers:
            return found, number
        link, _, relation = reply.headers["Link"].partition(";")
        assert relation.strip() == 'rel="next"'
        url = urlsplit(link.strip("<>"))
        assert (url.scheme, url.path) == ("https", f"/v1{path}")
        query = url.query


def problem(number: int, integration_id: int, *episodes: Episode, **fields: Any) -> dict[str, Problem]:
    at = NOON - timedelta(minutes=number)
    parts = {f"dt=2026-11-22/integration-{integration_id}": Part(2, {"2026-11-22T11": 2})}
    made = Problem(
        integration_id, LONG_AGO, at, host="shop.example", parts=parts, before=3, episodes=episodes, **fields
    )
    return {f"p{number}": made}


OPEN = Episode(NOON, NOON - timedelta(hours=1))
OVER = Episode(LONG_AGO, LONG_AGO, NOON - timedelta(days=30), NOON - timedelta(days=31))


@pytest.fixture
def kept(store: MemoryStore) -> None:
    """Two accounts that were checked: main with three problems of two shops, second with one."""
    own = {
        "main": {
            **problem(1, 101, OVER, OPEN, remedy="tls_certificate", sample_ids=(4, 5), paths=("/a",)),
            **problem(2, 102, OVER),
            **problem(3, 102),
        },
        "second": problem(4, 201, OPEN, escalated_above=7),
    }
    ids = {"main": (101, 102), "second": (201,)}
    for account in ACCOUNTS:
        observed = Observation(account, NOON, [shop(id_, NOON) for id_ in ids[account]], said(NOON))
        after, _ = step(State(account, watching_since=LONG_AGO), observed, Look(frozenset(), {}), RULES)
        assert save(store, replace(after, problems=own[account]))


def test_the_shape_of_a_check_is_the_lines() -> None:
    """The description of a check has the columns that its lines have."""
    assert list(status_models.Check.model_fields) == [column.name for column in COLUMNS]


@pytest.mark.usefixtures("kept")
def test_every_status_has_its_shape() -> None:
    """What the status answers is what the description promises; WeMaSy's part too."""
    found = rows("/status", model=status_models.Statuses)
    assert [each["account"] for each in found] == list(ACCOUNTS)
    assert found[0]["wemasy"]["is_connected"] is True


@pytest.mark.usefixtures("kept")
def test_every_integration_with_its_counts(store: MemoryStore) -> None:
    """Each integration comes once, by account and id, with its verdict, its problems and its last walk."""
    ended = "2026-11-22T11:58:00.000000Z"
    store.set("state/fetch/main/account.json", json.dumps({"completed_at": ended, "known": {}}).encode())
    store.set("state/fetch/second/standing.json", b'{"version": 1, "streams": "integration"}')
    store.set("state/fetch/second/account.json", json.dumps({"completed_at": "2026-01-01T00:00:00Z"}).encode())
    store.set("state/fetch/second/integration-201.json", b"{broken")
    found = rows("/integrations", model=status_models.Integrations)
    assert [(each["account"], each["integration_id"], each["known_problems"], each["records"]) for each in found] == [
        ("main", 101, 1, 5),
        ("main", 102, 2, 10),
        ("second", 201, 1, 5),
    ]
    assert [each["last_walk_at"] for each in found] == [ended, ended, None]
    assert found[1]["last_record_at"] == "2026-11-22T11:58:00.000000Z"
    assert [
        each["integration_id"] for each in rows("/integrations", "account=second", model=status_models.Integrations)
    ] == [201]
    paged, number = walked("/integrations", "page_size=2&account=main")
    assert (paged, number) == (found[:2], 1)
    assert walked("/integrations", "page_size=1") == (found, 3)
    assert rows("/integrations/102/status", model=status_models.OneIntegration) == found[1]
    assert ask("/integrations/103/status").refusal()["code"] == "not_found"


@pytest.mark.usefixtures("kept")
def test_the_problems() -> None:
    """Every problem comes once, the newest first, and each filter takes away what it says."""
    found, number = walked("/problems", "page_size=1")
    assert ([each["fingerprint"] for each in found], number) == (["p1", "p2", "p3", "p4"], 4)
    assert [each["state"] for each in found] == ["open", "resolved", "past", "open"]
    assert [each["escalating"] for each in found] == [False, False, False, True]
    assert [each["records"] for each in found] == [5, 5, 5, 5]
    assert found[0]["shop_name"] == "Shop 101"
    for query, wanted in {
        "state=open": ["p1", "p4"],
        "state=resolved": ["p2"],
        "state=past": ["p3"],
        "account=second": ["p4"],
        "account=third": [],
        "integration_id=102": ["p2", "p3"],
        "integration_id=102&state=past&account=main": ["p3"],
    }.items():
        assert [each["fingerprint"] for each in rows("/problems", query, model=status_models.Problems)] == wanted, query


@pytest.mark.usefixtures("kept")
def test_one_integrations_problems_are_its_own() -> None:
    """Under an integration's path there is nothing of another's, not even by its fingerprint."""
    found = rows("/integrations/102/problems", model=status_models.Problems)
    assert {each["integration_id"] for each in found} == {102}
    assert len(found) == 2
    rows("/integrations/102/problems/p2", model=status_models.OneProblem)
    assert ask("/integrations/102/problems/p1").refusal()["code"] == "not_found"
    assert rows("/integrations/999/problems", model=status_models.Problems) == []


@pytest.mark.usefixtures("kept")
def test_a_problem_in_full() -> None:
    """A problem has its episodes, its paths, ids of its records, and what helps in both languages."""
    found = rows("/problems/p1", model=status_models.OneProblem)
    assert (len(found["episodes"]), found["paths"], found["sample_ids"]) == (2, ["/a"], [4, 5])
    assert found["episodes"][1] == {
        "opened_at": "2026-11-22T12:00:00.000000Z",
        "since": "2026-11-22T11:00:00.000000Z",
        "resolved_at": None,
        "until": None,
    }
    assert found["since"] == found["episodes"][1]["since"]
    assert rows("/problems/p4", model=status_models.OneProblem)["account"] == "second"
    assert ask("/problems/p9").refusal()["code"] == "not_found"


def test_a_problems_remedy(store: MemoryStore) -> None:
    """The remedy is the catalogue's, by its code; a code that the catalogue does not have has none."""
    for account, number, code in (("main", 1, "sendcloud-network"), ("second", 2, "no such remedy")):
        assert save(store, State(account, watching_since=NOON, problems=problem(number, 101, OPEN, remedy=code)))
    known = rows("/problems/p1", model=status_models.OneProblem)["remedy_in_full"]
    assert (known["code"], bool(known["en"]), bool(known["nl"])) == ("sendcloud-network", True, True)
    unknown = rows("/problems/p2", model=status_models.OneProblem)
    assert (unknown["remedy"], unknown["remedy_in_full"]) == ("no such remedy", None)


# --- history ---------------------------------------------------------------------------------------------------------


def lines(store: MemoryStore, *times: str) -> None:
    """A check of both accounts at each time, main's with two integrations."""
    for at in times:
        day, clock = at.split("T")
        for account in ACCOUNTS:
            ids = (None, 101, 102) if account == "main" else (None,)
            whole = [
                {
                    **{column.name: None for column in COLUMNS},
                    "account": account,
                    "checked_at": f"{at}.000000Z",
                    "subject": f"integration-{id_}" if id_ else "account",
                    "integration_id": id_,
                    "verdict": "healthy",
                    "sentence": "All is well.",
                    "since": f"{at}.000000Z",
                }
                for id_ in ids
            ]
            name = f"status/dt={day}/{clock.replace(':', '-')}.000000Z-{account}.json"
            store.set(name, "".join(json.dumps(each) + "\n" for each in whole).encode())


TIMES = ("2026-11-19T23:55:00", "2026-11-20T00:00:00", "2026-11-20T00:05:00", "2026-11-22T11:00:00")


@pytest.mark.parametrize("size", [1, 3, 8, 100])
def test_the_history_is_walked_newest_first(store: MemoryStore, size: int) -> None:
    """Every row of every check comes once, the newest check first, however large the pages are."""
    lines(store, *TIMES)
    found, number = walked("/status/history", f"page_size={size}")
    assert [each["checked_at"] for each in found] == [f"{at}.000000Z" for at in reversed(TIMES) for _ in range(4)]
    assert number == -(-8 // size)
    TypeAdapter(list[status_models.Check]).validate_json(json.dumps(found))


@pytest.mark.parametrize(
    ("query", "times", "each"),
    [
        ("from=2026-11-20&to=2026-11-20", (2, 1), 4),
        ("from=2026-11-20T00:05:00Z", (3, 2), 4),
        ("to=2026-11-20T00:05:00%2B00:00", (1, 0), 4),
        ("from=2026-11-20T01:00:00%2B01:00&to=2026-11-21", (2, 1), 4),
        ("account=second", (3, 2, 1, 0), 1),
        ("integration_id=101&from=2026-11-22", (3,), 1),
        ("integration_id=7", (), 0),
        ("from=2026-11-23", (), 0),
        ("to=2020-01-01", (), 0),
    ],
)
def test_the_history_by_time_account_and_integration(
    store: MemoryStore, query: str, times: tuple[int, ...], each: int
) -> None:
    """Each filter takes away what it says, on every page."""
    lines(store, *TIMES)
    found, _ = walked("/status/history", f"{query}&page_size=2")
    assert [row["checked_at"][:19] for row in found] == [TIMES[number] for number in times for _ in range(each)]


def test_the_history_reads_what_a_page_needs(store: MemoryStore) -> None:
    """A page reads an object for each of its checks, and lists the days that it comes to."""
    lines(store, *TIMES)
    store.calls.clear()
    rows("/status/history", "page_size=2", model=status_models.Checks)
    assert [verb for verb, _ in store.calls].count("get") == 2
    assert [key for verb, key in store.calls if verb == "entries"] == [
        "status/dt=2026-11-22/",
        "status/dt=2026-11-20/",
    ]


@pytest.mark.parametrize("most", [1, 2, 3])
def test_a_page_lists_so_many_days(store: MemoryStore, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """However far back a rare check is, a page ends after so many days, and the next goes on there."""
    lines(store, *TIMES)
    monkeypatch.setattr("check_status.reading.history._MOST_DAYS", most)
    found, _ = walked("/status/history", "account=second&from=2026-11-19&to=2026-11-20")
    assert [row["checked_at"][:19] for row in found] == list(reversed(TIMES[:3]))
    store.calls.clear()
    nothing, number = walked("/status/history", "integration_id=7")
    assert (nothing, number) == ([], -(-3 // most))
    assert len([key for verb, key in store.calls if verb == "entries"]) == 3
    store.calls.clear()
    assert ask("/status/history", "account=third").json["data"] == []
    assert len([key for verb, key in store.calls if verb == "entries"]) == most


def test_what_came_between_two_pages_shifts_nothing(store: MemoryStore) -> None:
    """A check that is made while somebody pages is on no later page, and moves no row there."""
    lines(store, *TIMES)
    first = ask("/status/history", "page_size=2")
    lines(store, "2026-11-22T12:00:00")
    link = first.headers["Link"].partition(">")[0]
    rest, _ = walked("/status/history", urlsplit(link.strip("<>")).query)
    assert [row["checked_at"][:19] for row in rest] == [at for at in reversed(TIMES[:3]) for _ in range(4)]


def test_a_check_that_cannot_be_read_hides_no_other(store: MemoryStore) -> None:
    """What is no check has no rows; one of an earlier version has its later columns as null."""
    lines(store, *TIMES[:1])
    store.set("status/dt=2026-11-20/00-00-00.000000Z-main.json", b"{broken\n")
    store.set("status/dt=2026-11-20/notes.txt", b"no check")
    old = {
        name: None if name in {"integration_id", "shop_name"} else TIMES[3] + "Z"
        for name in list(status_models.Check.model_fields)[:10]
    }
    store.set("status/dt=2026-11-22/11-00-00.000000Z-main.json", json.dumps(old).encode())
    found = rows("/status/history", model=status_models.Checks)
    assert len(found) == 5
    assert found[0]["wemasy_is_active"] is None


def test_large_checks_make_smaller_pages(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page ends before it is too large for Lambda, and the next goes on there."""
    lines(store, *TIMES)
    monkeypatch.setattr("check_status.reading.history._MOST_BYTES", 10)
    found, number = walked("/status/history", "page_size=100")
    assert (len(found), number) == (16, 8)


# --- now -------------------------------------------------------------------------------------------------------------


def asked(sandbox: Sandbox) -> int:
    return int(sandbox.requests()["total"])


def test_a_fresh_status_is_checked_now_and_once_a_minute(sandbox: Sandbox, clock: Ticking) -> None:
    """A fresh status is a check of now, and however often it is asked for, it asks once a minute."""
    first = rows("/status", "fresh=true", model=status_models.Statuses)
    assert [each["account"] for each in first] == list(ACCOUNTS)
    once = asked(sandbox)
    assert once > 0
    for _ in range(5):
        assert rows("/status", "fresh=true", model=status_models.Statuses) == first
    assert asked(sandbox) == once
    clock.tick(2)
    again = rows("/status", "fresh=true", model=status_models.Statuses)
    assert asked(sandbox) == 2 * once
    assert again[0]["checked_at"] > first[0]["checked_at"]


def test_a_fresh_check_counts_like_the_schedules(store: MemoryStore) -> None:
    """It goes into the state and into the history."""
    (main, _) = rows("/status", "fresh=true", model=status_models.Statuses)
    assert main["checked_at"] in {each["checked_at"] for each in rows("/status/history", model=status_models.Checks)}
    assert store.get("state/status/main.json")


def test_not_fresh_asks_nobody(sandbox: Sandbox) -> None:
    """Without the parameter, or with false, nobody is asked."""
    for query in ("", "fresh=false"):
        rows("/status", query, model=status_models.Statuses)
    assert asked(sandbox) == 0


def test_of_two_at_once_one_checks(store: MemoryStore, sandbox: Sandbox) -> None:
    """Who loses the compare-and-swap does not check."""
    now = b'{"at": "2026-11-22T12:00:00.000000Z"}'
    store.lose(1, to=now, prefix="state/status/asked/main")
    store.lose(1, to=now, prefix="state/status/asked/second")
    assert rows("/status", "fresh=true", model=status_models.Statuses) == []
    assert asked(sandbox) == 0


def test_a_clock_that_was_wrong_holds_nobody_up(store: MemoryStore) -> None:
    """A claim of the future, or one that cannot be read, is none."""
    for body in (b'{"at": "2027-01-01T00:00:00.000000Z"}', b"{broken", b"[]", b'{"at": 7}'):
        store.set("state/status/asked/main.json", body)
        assert fresh_check.may_check(store, "main", NOON), body


def test_a_fresh_check_that_fails_says_so(store: MemoryStore, caplog: pytest.LogCaptureFixture) -> None:
    """Where the check could not be kept the answer is no old one: 503."""
    store.fail(verb="put", prefix="state/status/main", error=TryLater("S3 is down."))
    assert ask("/status", "fresh=true").refusal()["status"] == "503"
    assert "S3 is down." in caplog.text


def test_a_fresh_check_ends_before_api_gateway_does(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has its own time, however much the function has: where that is over nobody is asked any more."""
    assert checking_module.RESERVE < fresh_check.WITHIN < 29
    monkeypatch.setattr(checking_module, "WITHIN", checking_module.RESERVE)
    found = rows("/status", "fresh=true", model=status_models.Statuses)
    assert {each["verdict"] for each in found} == {"unreachable"}
    assert asked(sandbox) == 0


# --- bad input -------------------------------------------------------------------------------------------------------

ABUSE = [
    "'; DROP TABLE logs; --",
    "../../etc/passwd",
    "%00",
    "\N{FULLWIDTH DIGIT ONE}",
    "\N{RIGHT-TO-LEFT OVERRIDE}101",
    "-1",
    "0",
    "9" * 400,
    "1e3",
    "101.0",
    "+101",
    "0101",
    " 101",
    "1_01",
    "{}",
    "null",
    "\N{PILE OF POO}" * 90,
]


@pytest.mark.parametrize("name", ["from", "to"])
def test_no_time_is_not_any_time(name: str) -> None:
    """A bound that is left empty is refused, for an answer without it would be another one."""
    reply = ask("/status/history", f"{name}=")
    assert (reply.status, reply.refusal()["source"]) == (400, {"parameter": name})


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("value", ABUSE)
def test_abuse_is_refused(value: str) -> None:
    """No value of a parameter is taken for an id, a page or a time that it is not: 400 naming it, or 404."""
    for path in (f"/integrations/{value}/status", f"/integrations/{value}/problems"):
        assert ask(path).status in {400, 404}, path
    for path, name in [
        ("/status/history", "integration_id"),
        ("/status/history", "from"),
        ("/status/history", "to"),
        ("/status/history", "page_size"),
        ("/status/history", "cursor"),
        ("/problems", "integration_id"),
        ("/problems", "state"),
        ("/status", "fresh"),
    ]:
        if (name, value) == ("fresh", "0"):
            continue
        context: Any = LambdaContext()
        event = api_event("GET", path)
        event["queryStringParameters"] = {name: value}
        event["multiValueQueryStringParameters"] = {name: [value]}
        reply = Reply.of(api.app.resolve(event, context))
        assert (reply.status, reply.refusal()["source"]) == (400, {"parameter": name}), (path, name)


@pytest.mark.parametrize("path", ["/integrations", "/problems", "/status/history"])
@pytest.mark.parametrize("cursor", ["x", "%00", "Li4v", "AAAA", "é", "/" * 400])
def test_forged_cursors_do_no_harm(path: str, cursor: str, store: MemoryStore) -> None:
    """A cursor that nobody gave out is refused, or shows another page; it reads nothing else."""
    store.calls.clear()
    reply = ask(path, f"cursor={cursor}")
    assert reply.status in {200, 400}
    assert all(key.startswith(("status/", "state/")) and ".." not in key for _, key in store.calls)


def test_a_historys_cursor_names_a_check(store: MemoryStore) -> None:
    """What is no check's name is no cursor of the history."""
    lines(store, *TIMES)
    forged = opaque("../landing/secret")
    assert ask("/status/history", f"cursor={forged}").refusal()["source"] == {"parameter": "cursor"}


@pytest.mark.parametrize("path", ["/integrations", "/problems", "/status", "/status/history", "/integrations/1/status"])
def test_a_parameter_with_a_typo_is_refused(path: str) -> None:
    """An unknown parameter is named, and not taken for no filter at all."""
    error = ask(path, "acount=main").refusal()
    assert (error["status"], error["source"]) == ("400", {"parameter": "acount"})


def test_ten_thousand_parameters() -> None:
    """However many are wrong, the answer is short."""
    reply = ask("/status", "&".join(f"p{number}={number}" for number in range(10_000)))
    assert (reply.status, len(reply.json["errors"])) == (400, 20)


def test_every_link_carries_the_query(store: MemoryStore) -> None:
    """The next page is asked for with the same filters."""
    lines(store, *TIMES)
    reply = ask("/status/history", "from=2026-11-19&to=2026-11-23T00:00:00%2B01:00&account=main&page_size=1")
    query = dict(parse_qsl(urlsplit(reply.headers["Link"].partition(">")[0].strip("<>")).query))
    assert {name: query[name] for name in ("from", "to", "account", "page_size")} == {
        "from": "2026-11-19",
        "to": "2026-11-23T00:00:00+01:00",
        "account": "main",
        "page_size": "1",
    }
