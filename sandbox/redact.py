"""``make redact FILE=…``: your own records, or any text, as they would be stored.

FILE, or standard input, holds a record as Sendcloud returns it, a list of records, a page of Sendcloud's
({"data": [...]}), or any other text. What would be stored goes to standard output; what was masked, by kind and by
where it stood, goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

sys.path[:0] = [str(Path(__file__).parent.parent / "layers" / "shared")]

from integration_logs.redaction.marks import Pseudonyms  # noqa: E402
from integration_logs.redaction.redactor import POLICIES, Redactor  # noqa: E402  # the layer is no installed package
from integration_logs.runtime.secrets import SHORTEST_PSEUDONYM_KEY  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from integration_logs.json_types import JsonValue

_MARKER = re.compile(r"\[redacted:(?P<kind>[a-z-]+)[^\]]*\]|redacted:(?P<userinfo>credential)@")


_PROSE_WORDS = 5


class UnreadableError(Exception):
    """What was given cannot be read; the text says why and what to do."""


def stored(text: str, redactor: Redactor) -> JsonValue:
    """What would be stored of the text: records where it holds records, otherwise the text."""
    if not text.strip():
        raise UnreadableError("There is nothing in it: give a record as JSON, a page of records, or a text.")
    try:
        given = json.loads(text)
    except RecursionError:
        raise UnreadableError("The JSON is nested too deep to be read.") from None
    except ValueError as error:
        if text.lstrip().startswith(("{", "[")):
            raise UnreadableError(
                f"It begins like JSON and is none ({error}); give a text without the bracket."
            ) from None
        return redactor.text(text)
    if isinstance(given, dict) and isinstance(given.get("data"), list):
        return {**given, "data": [_record(each, redactor) for each in given["data"]]}
    if isinstance(given, list):
        return [_record(each, redactor) for each in given]
    return _record(given, redactor)


def summary(value: JsonValue) -> Counter[tuple[str, str]]:
    """How many values were masked, by kind and path; places in a list are not told apart."""
    return Counter(_markers(value, ""))


def main(arguments: Sequence[str] | None = None, standard_input: TextIO = sys.stdin) -> int:
    """Print what would be stored, and what was masked; the exit code is 2 where the input is of no use."""
    parser = argparse.ArgumentParser(prog="make redact", usage="make redact FILE=record.json", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="what to redact; standard input where it is left out")
    parser.add_argument("--policy", choices=POLICIES, default="mask", help="as RedactionPolicy (%(default)s)")
    parser.add_argument(
        "--key-file", type=Path, help="holds the pseudonyms' key; without it a random one, so they match nothing stored"
    )
    options = parser.parse_args(arguments)
    try:
        key = _key(options.key_file)
        text = _read(options.file) if options.file else standard_input.read()
        redacted = stored(text, Redactor(pseudonyms=Pseudonyms(lambda: key), policy=options.policy))
    except (UnreadableError, UnicodeDecodeError) as error:
        reason = "It is no UTF-8 text." if isinstance(error, UnicodeDecodeError) else error
        print(f"{options.file or 'standard input'}: {reason}", file=sys.stderr)
        return 2
    print(redacted if isinstance(redacted, str) else json.dumps(redacted, indent=2, ensure_ascii=False))
    found = summary(redacted)
    for (kind, path), count in sorted(found.items()):
        print(f"{count:6} {kind:11} {path or '(the text)'}", file=sys.stderr)
    print(f"{found.total():6} masked, policy {options.policy}", file=sys.stderr)
    if has_prose(redacted):
        print(
            "Some of it is running text, in which names, addresses and notes can go unrecognized: read it before you "
            "share it. docs/redaction.md says what is known to be missed.",
            file=sys.stderr,
        )
    return 0


def has_prose(value: JsonValue) -> bool:
    """Whether a text in it has so many words in a row that it may be a sentence, where redaction has its limits."""
    if isinstance(value, dict):
        return any(map(has_prose, value.values()))
    if isinstance(value, list):
        return any(map(has_prose, value))
    return isinstance(value, str) and len(value.split()) >= _PROSE_WORDS


def _record(value: JsonValue, redactor: Redactor) -> JsonValue:
    return redactor.record(value) if isinstance(value, dict) else redactor.value(value)


def _key(file: Path | None) -> str:
    if file is None:
        return secrets.token_hex(32)
    key = _read(file).strip()
    if len(key) < SHORTEST_PSEUDONYM_KEY:
        raise UnreadableError(f"{file} holds no key: it takes at least {SHORTEST_PSEUDONYM_KEY} characters.")
    return key


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UnreadableError(f"{file} cannot be read ({error.strerror}).") from None


def _markers(value: JsonValue, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _markers(key, f"{path} (a key)".strip())
            yield from _markers(member, f"{path}.{_MARKER.sub('…', key)}".removeprefix("."))
    elif isinstance(value, list):
        for item in value:
            yield from _markers(item, f"{path}[]")
    elif isinstance(value, str):
        for marker in _MARKER.finditer(value):
            yield marker["kind"] or marker["userinfo"], path


if __name__ == "__main__":
    sys.exit(main())
