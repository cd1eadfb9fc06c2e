"""The heartbeat: where it goes, that it cannot harm a tick, and that nothing tells its URL."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from fetch_logs import heartbeat
from tests.unit.integration_logs.upstream.test_drips import dripping
from tests.unit.integration_logs.upstream.transport import loopback, reply_bytes

CANARY = "canary-6b2f"


@pytest.fixture
def said(caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    caplog.set_level(logging.INFO)  # what libraries say begins there, see telemetry.py
    return lambda: "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)


@pytest.mark.parametrize(("good", "path"), [(True, f"/{CANARY}"), (False, f"/{CANARY}/fail")])
def test_one_get(good: bool, path: str, monkeypatch: pytest.MonkeyPatch, said: Callable[[], str]) -> None:
    """One GET of the URL, or of its /fail."""
    with loopback(lambda _: reply_bytes(200, b"OK")) as server:
        monkeypatch.setenv("HEARTBEAT_URL", f"http://127.0.0.1:{server.port}/{CANARY}")
        heartbeat.beat(good=good)
    assert [head.splitlines()[0] for head in server.heads] == [f"GET {path} HTTP/1.1"]
    assert "X-Deadline" not in server.heads[0]
    assert said() == ""


@pytest.mark.parametrize("url", [None, ""])
def test_without_a_url(url: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is called."""
    monkeypatch.delenv("HEARTBEAT_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("HEARTBEAT_URL", url)
    monkeypatch.setattr(heartbeat.requests, "Session", lambda: pytest.fail("something is called"))
    heartbeat.beat(good=True)


@pytest.mark.parametrize(
    "reply",
    [
        None,
        reply_bytes(404, b"not found"),
        reply_bytes(500, b""),
        reply_bytes(302, b"", f"Location: /{CANARY}/elsewhere"),
        b"nonsense\r\n\r\n",
    ],
    ids=["hangs up", "404", "500", "redirect", "no HTTP"],
)
def test_a_failure_is_a_warning(
    reply: bytes | None, monkeypatch: pytest.MonkeyPatch, said: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    """One try, no redirect is followed, and the URL is in no line."""
    with loopback(lambda _: reply) as server:
        monkeypatch.setenv("HEARTBEAT_URL", f"http://127.0.0.1:{server.port}/{CANARY}")
        heartbeat.beat(good=True)
    assert len(server.heads) == 1
    assert [record.levelname for record in caplog.records if record.name == heartbeat.__name__] == ["WARNING"]
    assert CANARY not in said()


@pytest.mark.parametrize("url", [f"https://127.0.0.1:1/{CANARY}", f"https:///{CANARY}", f"nowhere://{CANARY}"])
def test_an_address_that_nobody_has(url: str, monkeypatch: pytest.MonkeyPatch, said: Callable[[], str]) -> None:
    """A wrong URL fails no tick either, and is not shown."""
    monkeypatch.setenv("HEARTBEAT_URL", url)
    heartbeat.beat(good=False)
    assert "not delivered" in said()
    assert CANARY not in said()


def test_an_answer_that_drips(monkeypatch: pytest.MonkeyPatch, said: Callable[[], str]) -> None:
    """A server that answers without end is left after a few seconds, far within what the tick has."""
    assert heartbeat.SECONDS <= 5
    monkeypatch.setattr(heartbeat, "SECONDS", 0.2)
    with loopback(lambda _: b"HTTP/1.1 200 " + b"O" * 500 + b"\r\n\r\n", dripping) as server:
        monkeypatch.setenv("HEARTBEAT_URL", f"http://127.0.0.1:{server.port}/{CANARY}")
        heartbeat.beat(good=True)
    assert "not delivered" in said()
