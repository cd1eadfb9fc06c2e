"""Records as no API should serve them, as raw bytes: from ``values.toml``, ``records.toml``, and made here.

Each is named, and each has a tag of its own in its text by which it is found again, but those few that are no objects
and can hold none.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
FIELDS = (
    "id", "integration_id", "base_url", "full_url", "method", "response_code", "response", "response.headers",
    "response.body", "request", "request.headers", "request.payload", "created_at", "exception_type", "exception",
    "protected", "additional_data", "of_the_future",
)  # fmt: skip

SECRETS = ("hostile-secret-1", "hostile@secret.example")
"""What some of the records hold and nothing that is stored may."""

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Hostile:
    """One record: what it is, its bytes, how it is found again, and whether the archive can hold it."""

    name: str
    raw: bytes
    tag: str
    archived: bool


def corpus() -> list[Hostile]:
    """All but the large ones."""
    tags = (f"hostile{number:04}" for number in count(1))
    return [*_values(tags), *_records(tags), *_made(tags), *_untagged()]


def large(megabytes: int = 10) -> list[Hostile]:
    """Records of so many megabytes, each of another kind."""
    size = megabytes * MEGABYTE
    bodies = {
        "text": "x" * size,
        "words with a secret each": "password=hostile-secret-1 " * (size // 26),
        "emoji": "💥" * (size // 4),
        "HTML": "<td class='x'>hostile@secret.example</td>" * (size // 41),
        "JSON in a string": json.dumps({"rows": [{"email": "hostile@secret.example", "n": 1}] * (size // 45)}),
        "quotes": '"' * (size // 2),
        "one line of a form": "a=1&token=hostile-secret-1&" * (size // 27),
        "control characters": "\x00\x01" * (size // 12),
    }
    return [
        Hostile(f"{megabytes} MB of {name}", _object(9000 + number, f"large{number:04}", response={"body": body}),
                f"large{number:04}", archived=True)
        for number, (name, body) in enumerate(bodies.items())
    ]  # fmt: skip


def _values(tags: Iterator[str]) -> Iterator[Hostile]:
    """Every value in the place of every field."""
    data = tomllib.loads((FOLDER / "values.toml").read_text(encoding="utf-8"))
    for field in FIELDS:
        for name, value in data["values"].items():
            tag = next(tags)
            # What names the place of the value in question, in the one field that is not its own.
            place = "exception" if field == "base_url" else "base_url"
            members = [("id", str(_id(tag))), ("created_at", '"2026-11-20T10:00:00+01:00"')]
            outer, _, inner = field.partition(".")
            own = f'{{"{inner}": {value}}}' if inner else value
            kept = [f'"{key}": {each}' for key, each in members if key != outer]
            raw = f'{{{", ".join(kept)}, "{place}": "https://{tag}.example", "{outer}": {own}}}'
            archived = field != "id" or name in data["ids"]
            yield Hostile(f"{field}: {name}", raw.encode(), tag, archived)


def _records(tags: Iterator[str]) -> Iterator[Hostile]:
    for given in tomllib.loads((FOLDER / "records.toml").read_text(encoding="utf-8"))["record"]:
        tag = next(tags)
        raw = given["raw"].replace("TAG", tag).replace("ID", str(_id(tag)))
        assert given["ends"] in {"archive", "quarantine"}, given
        yield Hostile(given["name"], raw.encode(), tag, given["ends"] == "archive")


def _made(tags: Iterator[str]) -> Iterator[Hostile]:
    """What is too long, too deep or too broken to be written down."""

    def one(name: str, members: bytes, *, archived: bool = True) -> Hostile:
        tag = next(tags)
        head = f'{{"id": {_id(tag)}, "exception": "{tag}", "base_url": "https://shop.example", '
        return Hostile(name, head.encode() + members + b"}", tag, archived)

    for levels in (64, 65, 1_000, 10_000, 100_000):
        yield one(f"lists {levels} deep", b'"additional_data": ' + b"[" * levels + b"]" * levels)
        nested = b'{"a":' * levels + b"1" + b"}" * levels
        yield one(f"objects {levels} deep", b'"response": {"body": ' + nested + b"}")
    yield one("unknown field 10,000 deep", b'"deep": ' + b'[{"a": ' * 5_000 + b'"hostile-secret-1"' + b"}]" * 5_000)
    in_text = json.dumps("[" * 10_000 + "]" * 10_000).encode()
    yield one("10,000 deep in a string", b'"response": {"body": ' + in_text + b"}")
    yield one("XML 10,000 deep", b'"response": {"body": "' + b"<a>" * 10_000 + b"</a>" * 10_000 + b'"}')
    text = '"x"'
    for _ in range(10):
        text = json.dumps(text)
    yield one("a string in strings in strings", b'"response": {"body": ' + text.encode() + b"}")
    for digits in (19, 20, 309, 4_300, 5_000, 100_000):
        for field in ("response_code", "integration_id", "unknown"):
            yield one(f"{field} of {digits} digits", f'"{field}": {"9" * digits}'.encode())
    yield one("float of 10,000 digits", b'"unknown": 0.' + b"3" * 10_000)
    for name, invalid in {
        "latin-1": "café".encode("latin-1"),
        "cut off": "é".encode()[:1],
        "overlong": b"\xc0\xaf",
        "surrogate in UTF-8": b"\xed\xa0\x80",
        "beyond Unicode": b"\xf7\xbf\xbf\xbf",
        "random bytes": bytes(range(0x80, 0x100)),
        "UTF-16": "text".encode("utf-16"),
        "bytes of a picture": b"\x89PNG\x1a\xff\xd8\xff\xe0",
        "bytes of gzip": b"\x1f\x8b\x08\x00\x00\x00",
    }.items():
        yield one(f"invalid UTF-8 in a value: {name}", b'"response": {"body": "' + invalid + b'"}')
        yield one(f"invalid UTF-8 in a key: {name}", b'"k' + invalid + b'": 1')
    keys = ", ".join(f'"k{number}": {number}' for number in range(100_000)).encode()
    yield one("100,000 keys", keys)
    yield one("100,000 keys in a body", b'"response": {"body": {' + keys + b"}}")
    cookies = b", ".join([b'"Set-Cookie": "hostile-secret-1"'] * 100_000)
    yield one("100,000 headers alike", b'"response": {"headers": {' + cookies + b"}}")
    emails = b",".join([b'{"email":"hostile@secret.example"}'] * 100_000)
    yield one("list of 100,000", b'"additional_data": [' + emails + b"]")
    yield one("key of a megabyte", b'"' + b"k" * MEGABYTE + b'": 1')
    yield one("key of a megabyte with secrets in it", b'"' + b"password=hostile-secret-1 " * 40_000 + b'": 1')
    yield one("method of a megabyte", b'"method": "' + b"G" * MEGABYTE + b'"')
    yield one("URL of a megabyte", b'"full_url": "https://shop.example/?' + b"a=b&" * (MEGABYTE // 4) + b'"')
    yield one("100,000 spaces between", b" " * 100_000 + b'"method"' + b"\n" * 100_000 + b': "GET"' + b"\t" * 1000)


def _untagged() -> Iterator[Hostile]:
    """What is no record at all and has no place for a tag."""
    for raw in (
        "null",
        "true",
        "false",
        "0",
        "-1",
        "1.5",
        "1e999",
        "NaN",
        "9" * 30,
        '""',
        "[]",
        "{}",
        "[[]]",
        '"\\u0000"',
    ):
        yield Hostile(f"{raw} in place of a record", raw.encode(), "", archived=False)


def _object(number: int, tag: str, **fields: object) -> bytes:
    return json.dumps({"id": number, "base_url": f"https://{tag}.example", **fields}, ensure_ascii=False).encode()


def _id(tag: str) -> int:
    return 100_000 + int(tag.removeprefix("hostile"))
