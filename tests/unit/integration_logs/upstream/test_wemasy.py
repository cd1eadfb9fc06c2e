from __future__ import annotations

import dataclasses
import logging
import pickle
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests import Response

from integration_logs.errors import ContractBroken, NeedsOperator, TryLater
from integration_logs.upstream.wemasy import IntegrationStatus, Wemasy, flag
from tests.unit.integration_logs.upstream.transport import TOKEN, Clock, Transport, answer, in_turn, session

CANARY = "canary-shop-key-31c7"
DOCUMENTED = {
    "credentials": {"public_key": CANARY, "secret_key": CANARY},
    "id": "12",
    "is_active": "1",
    "is_connected": "0",
    "created_at": "2024-01-01 00:00:00",
    "updated_at": "2024-02-01 00:00:00",
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


def ask(clock: Clock, *turns: Response | Exception) -> tuple[IntegrationStatus, Transport]:
    transport = Transport(in_turn(*turns))
    return Wemasy(session(clock, transport)).status(time_left=clock.time_left), transport


def said(**integration: Any) -> Response:
    return answer(200, {"error": False, "integration": integration})


def test_documented_answer(clock: Clock) -> None:
    """The documented answer becomes a status, from the documented address."""
    status, transport = ask(
        clock, answer(200, {"error": False, "integration": DOCUMENTED}, {"X-RateLimit-Remaining": "59"})
    )
    assert status == IntegrationStatus(
        integration_id="12",
        is_active=True,
        is_connected=False,
        has_credentials=True,
        created_at="2024-01-01 00:00:00",
        updated_at="2024-02-01 00:00:00",
        rate_limit_remaining=59,
    )
    assert transport.asked[0].url == "https://api.wemasy.nl/api/services/webshop/v1/integrations/sendcloud/status"


def test_empty_integration(clock: Clock) -> None:
    """What is not said is not known, and not "no"."""
    status, _ = ask(clock, said())
    assert dataclasses.astuple(status) == (None, None, None, False, None, None, None)


@pytest.mark.parametrize(
    ("credentials", "there"), [(None, False), ({}, False), ([], False), ("", False), ({"key": None}, True), ("x", True)]
)
def test_credentials_only_whether(clock: Clock, credentials: Any, there: bool) -> None:
    """Of the credentials only whether there are any gets through."""
    status, _ = ask(clock, said(credentials=credentials))
    assert status.has_credentials is there


@pytest.mark.parametrize(
    ("header", "remaining"), [("0", 0), (" 12 ", 12), ("", None), ("many", None), ("-1", None), ("9" * 99, None)]
)
def test_rate_limit(clock: Clock, header: str, remaining: int | None) -> None:
    """The rest of the rate limit is a number, or not known."""
    response = answer(200, {"integration": {}}, {"X-RateLimit-Remaining": header})
    assert ask(clock, response)[0].rate_limit_remaining == remaining


@pytest.mark.parametrize(
    "fields", [{"id": 12, "created_at": ""}, {"id": "12", "created_at": None}, {"id": " 12 ", "created_at": {"a": 1}}]
)
def test_odd_texts(clock: Clock, fields: dict[str, Any]) -> None:
    """A number for an id is its text; what is no text is not known."""
    status, _ = ask(clock, said(**fields))
    assert (status.integration_id, status.created_at) == ("12", None)


@pytest.mark.parametrize(
    "body",
    [
        {"error": True, "integration": DOCUMENTED, "message": CANARY},
        {"error": "true", "integration": DOCUMENTED},
        {"error": 1, "integration": DOCUMENTED},
        {"error": CANARY, "integration": DOCUMENTED},
        {"error": {"credentials": CANARY}, "integration": DOCUMENTED},
        {"error": False},
        {"error": False, "integration": None},
        {"error": False, "integration": [DOCUMENTED]},
        {"error": False, "integration": CANARY},
        [DOCUMENTED],
        CANARY,
        None,
    ],
)
def test_broken_contract(clock: Clock, body: Any) -> None:
    """A 200 that calls itself an error, or without an integration, is no status; and no error quotes the body."""
    with pytest.raises(ContractBroken) as caught:
        ask(clock, answer(200, body))
    assert CANARY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("error", [False, None, 0, "", "0", "false"])
def test_no_error(clock: Clock, error: Any) -> None:
    """However "no error" is written, it is none."""
    assert ask(clock, answer(200, {"error": error, "integration": {"id": "1"}}))[0].integration_id == "1"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, NeedsOperator),
        (403, NeedsOperator),
        (500, TryLater),
        (503, TryLater),
        (404, ContractBroken),
        (400, ContractBroken),
    ],
)
def test_refusals(clock: Clock, status: int, kind: type[Exception]) -> None:
    """Each refusal is named by what to do next, without the message that it came with."""
    with pytest.raises(kind) as caught:
        ask(clock, *(answer(status, {"error": True, "message": CANARY}) for _ in range(4)))
    assert CANARY not in str(caught.value)


def test_rate_limited(clock: Clock) -> None:
    """Beyond the rate limit, the documented wait is kept, and handed on when it does not fit."""
    limited = {"Retry-After": "60"}
    assert ask(clock, answer(429, headers=limited), said(id="1"))[0].integration_id == "1"
    assert clock.slept == [60]
    clock.left = 30
    with pytest.raises(TryLater) as caught:
        ask(clock, answer(429, headers=limited))
    assert caught.value.retry_after == 60


def test_credentials_are_nowhere(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """The shop's keys and the token are in no returned object, text or log."""
    caplog.set_level(logging.DEBUG)
    status, _ = ask(clock, answer(500, CANARY), answer(200, {"error": False, "integration": DOCUMENTED}))
    everything = repr(status) + str(pickle.dumps(status)) + caplog.text
    assert CANARY not in everything
    assert TOKEN not in everything


def test_base_url_is_checked(clock: Clock) -> None:
    """The token is not configured to travel in clear."""
    with pytest.raises(NeedsOperator, match="WeMaSy"):
        Wemasy(session(clock), base_url="http://api.wemasy.nl/api")


YES = ["1", 1, 1.0, True, "true", "yes", "active", "connected", "on", "enabled"]
NO = ["0", 0, 0.0, False, "false", "no", "inactive", "disconnected", "off", "disabled", "not_connected", "not active"]
UNKNOWN: list[object] = [
    None,
    "",
    " ",
    "2",
    2,
    -1,
    0.5,
    float("nan"),
    10**400,
    "maybe",
    "pending",
    [],
    {},
    [1],
    b"1",
    "1.0",
    "¹",
]


@pytest.mark.parametrize("value", YES)
def test_flag_yes(value: object) -> None:
    """Every spelling of yes is yes."""
    assert flag(value) is True


@pytest.mark.parametrize("value", NO)
def test_flag_no(value: object) -> None:
    """Every spelling of no is no."""
    assert flag(value) is False


@pytest.mark.parametrize("value", UNKNOWN, ids=lambda value: repr(value)[:20])
def test_flag_unknown(value: object) -> None:
    """Whatever is neither is not known, never silently no."""
    assert flag(value) is None


_blank = st.text(alphabet=" \t\r\n\u00a0", max_size=3)


@given(st.sampled_from([*YES, *NO]), st.lists(st.booleans(), min_size=20, max_size=20), _blank, _blank)
def test_flag_spelling(value: object, upper: list[bool], before: str, after: str) -> None:
    """Case and blanks around it change nothing."""
    if isinstance(value, str):
        spelled = "".join(c.upper() if up else c for c, up in zip(value, upper, strict=False))
        assert flag(before + spelled + after) is flag(value)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(_json)
def test_flag_of_anything(value: object) -> None:
    """Any value has an answer, and only a known spelling is a yes or a no."""
    assert flag(value) in {True, False, None}
    if isinstance(value, list | dict):
        assert flag(value) is None


@given(
    st.dictionaries(
        st.sampled_from(["error", "integration", "message"]),
        _json | st.dictionaries(st.sampled_from(sorted(DOCUMENTED)), _json, max_size=6),
        max_size=3,
    )
)
def test_any_document(body: dict[str, Any]) -> None:
    """Any JSON is a status or a broken contract, nothing else."""
    try:
        status, _ = ask(Clock(), answer(200, body))
    except ContractBroken:
        return
    assert isinstance(status.has_credentials, bool)
