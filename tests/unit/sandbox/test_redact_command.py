"""``make redact``: one's own record as it would be stored."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from sandbox.redact import main

RECORD = {
    "id": 7,
    "full_url": "https://u:p@shop.example/?consumer_secret=canary-secret",
    "request": {"headers": {"X-Email": "canary@example.org"}, "payload": [{"email": "canary@example.org"}] * 2},
    "exception": "no canary@example.org here",
}


def run(capsys: pytest.CaptureFixture[str], text: str, *arguments: str) -> tuple[int, str, str]:
    code = main(arguments, io.StringIO(text))
    done = capsys.readouterr()
    assert "canary@example.org" not in done.out + done.err or "keep" in arguments
    assert "canary-secret" not in done.out + done.err
    return code, done.out, done.err


@pytest.mark.parametrize("shape", ["record", "list", "page"])
def test_records(capsys: pytest.CaptureFixture[str], shape: str) -> None:
    """A record, a list and a page of them come out in their shape, with what was masked by kind and path."""
    given = {"record": RECORD, "list": [RECORD, 5, None], "page": {"data": [RECORD], "next": None}}[shape]
    code, out, told = run(capsys, json.dumps(given))
    assert code == 0
    shown = json.loads(out)
    record = {"record": lambda: shown, "list": lambda: shown[0], "page": lambda: shown["data"][0]}[shape]()
    assert record["id"] == 7
    (pseudonym,) = set(re.findall(r"redacted:email:(\w{10})\]", out))
    assert pseudonym
    before = {"record": "", "list": "[].", "page": "data[]."}[shape]
    rows = {tuple(line.split()) for line in told.splitlines()}
    assert ("2", "email", f"{before}request.payload[].email") in rows
    assert ("2", "credential", f"{before}full_url") in rows
    assert told.splitlines()[-1].split() == ["6", "masked,", "policy", "mask"]


def test_a_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Any other text is shown as text."""
    code, out, told = run(capsys, "Authorization: Basic canary-secret\nfrom canary@example.org\n")
    assert code == 0
    assert out.startswith("Authorization: [redacted:credential]\nfrom [redacted:email:")
    assert "(the text)" in told


def test_running_text_is_pointed_out(capsys: pytest.CaptureFixture[str]) -> None:
    """A kept sentence, in which a name can go unrecognized, is named by its place; what is no sentence is not."""
    told = run(capsys, json.dumps({"data": [{"exception": "could not deliver to Jan Jansen"}] * 2}))[2]
    assert "Running text is kept in: data[].exception.\n" in told
    assert "docs/redaction.md" in told
    assert "kept in: the text." in run(capsys, "the order of Jan Jansen has failed")[2]
    agent = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
    )
    for plain in (RECORD | {"user_agent": agent}, "Authorization: Basic canary-secret"):
        assert "Running text" not in run(capsys, json.dumps(plain))[2]


def test_the_policies(capsys: pytest.CaptureFixture[str]) -> None:
    """``--policy`` does what the stack's parameter does."""
    assert "[redacted:dropped " in run(capsys, json.dumps(RECORD), "--policy", "drop-bodies")[1]
    assert "canary@example.org" in run(capsys, json.dumps(RECORD), "--policy", "keep")[1]


def test_the_key(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """With the stack's key the pseudonyms are the archive's; without it they are new each time."""
    (tmp_path / "key").write_text(f"{'k' * 32}\n")
    keyed = [run(capsys, "canary@example.org", "--key-file", str(tmp_path / "key"))[1] for _ in range(2)]
    assert keyed[0] == keyed[1]
    assert run(capsys, "canary@example.org")[1] != run(capsys, "canary@example.org")[1]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing in it"),
        (" \n", "nothing in it"),
        ('{"id": 7', "begins like JSON"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_bad_input(capsys: pytest.CaptureFixture[str], text: str, why: str) -> None:
    """What cannot be read is said in a sentence on standard error, and nothing is printed."""
    code, out, told = run(capsys, text)
    assert (code, out) == (2, "")
    assert told.startswith("standard input: ")
    assert why in told


def test_bad_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A file that is not there, is no text, or holds no key is named."""
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "short").write_text("short")
    for arguments in (["missing"], [str(tmp_path / "binary")], ["--key-file", str(tmp_path / "short")]):
        code, out, told = run(capsys, "text", *arguments)
        assert (code, out) == (2, "")
        assert Path(arguments[-1]).name in told


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """``--help`` says what goes in and what comes out."""
    with pytest.raises(SystemExit) as done:
        main(["--help"])
    assert done.value.code == 0
    assert "standard input" in capsys.readouterr().out
