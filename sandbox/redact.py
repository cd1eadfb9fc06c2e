"""Shows what would be stored of your own records, or of any text.

Give a file, or standard input, with a record as Sendcloud returns it, a list of records, a page of records
({"data": [...]}), or any other text. Standard output has what would be stored. Standard error has what was masked, by
kind and place, and where running text is kept in which redaction can miss a name.
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

from integration_logs.redaction.marks import Pseudonyms
from integration_logs.redaction.redactor import POLICIES, Redactor
from integration_logs.runtime.secrets import SHORTEST_PSEUDONYM_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from integration_logs.json_types import JsonValue

_MARKER = re.compile(r"\[redacted:(?P<kind>[a-z-]+)[^\]]*\]|redacted:(?P<userinfo>credential)@")


_PROSE = re.compile(r"(?<!\w)(?:[^\W\d_][\w'’-]*[.,;:!?]?\s+){3}[^\W\d_]")
"""Four words in a row: what may be a sentence."""


class UnreadableError(Exception):
    """What was given cannot be read; the text says why and what to do."""


def stored(text: str, redactor: Redactor) -> JsonValue:
    """What would be stored of the text: records where it holds records, otherwise the text."""
    if not text.strip():
        raise UnreadableError("There is nothing in it. Give a record as JSON, a page of records, or a text.")
    try:
        given = json.loads(text)
    except RecursionError:
        raise UnreadableError("The JSON is nested too deep to be read.") from None
    except ValueError as error:
        if text.lstrip().startswith(("{", "[")):
            raise UnreadableError(
                f"It begins like JSON but is not valid JSON ({error}). To redact it as text, remove the bracket."
            ) from None
        return redactor.text(text)
    if isinstance(given, dict) and isinstance(given.get("data"), list):
        return {**given, "data": [_record(each, redactor) for each in given["data"]]}
    if isinstance(given, list):
        return [_record(each, redactor) for each in given]
    return _record(given, redactor)


def summary(value: JsonValue) -> Counter[tuple[str, str]]:
    """How many values were masked, by kind and path; places in a list are not told apart."""
    return Counter(
        (marker["kind"] or marker["userinfo"], path)
        for path, text in _texts(value, "")
        for marker in _MARKER.finditer(text)
    )


def main(arguments: Sequence[str] | None = None, standard_input: TextIO = sys.stdin) -> int:
    """Print what would be stored, and what was masked; the exit code is 2 where the input is of no use."""
    parser = argparse.ArgumentParser(prog="make redact", usage="make redact FILE=record.json", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="what to redact; standard input by default")
    parser.add_argument(
        "--policy", choices=POLICIES, default="mask", help="as the parameter RedactionPolicy (%(default)s)"
    )
    parser.add_argument(
        "--key-file",
        type=Path,
        help="the pseudonyms' key; by default a random one, with which they match nothing stored",
    )
    options = parser.parse_args(arguments)
    try:
        key = _key(options.key_file)
        text = _read(options.file) if options.file else standard_input.read()
        redacted = stored(text, Redactor(pseudonyms=Pseudonyms(lambda: key), policy=options.policy))
    except (UnreadableError, UnicodeDecodeError) as error:
        reason = "It is not UTF-8 text." if isinstance(error, UnicodeDecodeError) else error
        print(f"{options.file or 'standard input'}: {reason}", file=sys.stderr)
        return 2
    print(redacted if isinstance(redacted, str) else json.dumps(redacted, indent=2, ensure_ascii=False))
    found = summary(redacted)
    for (kind, path), count in sorted(found.items()):
        print(f"{count:6} {kind:11} {path or '(the text)'}", file=sys.stderr)
    print(f"{found.total():6} masked, policy {options.policy}", file=sys.stderr)
    if places := prose(redacted):
        print(
            f"\nRunning text is kept in: {', '.join(places)}.\nNames and addresses in it can go unrecognized: read it "
            'before you share it. See "Known misses" in docs/redaction.md.',
            file=sys.stderr,
        )
    return 0


def prose(value: JsonValue) -> list[str]:
    """Where it has words in a row that may be a sentence; there, redaction has its limits."""
    places = (path or "the text" for path, text in _texts(value, "") if _PROSE.search(_MARKER.sub("…", text)))
    return list(dict.fromkeys(places))


def _record(value: JsonValue, redactor: Redactor) -> JsonValue:
    return redactor.record(value) if isinstance(value, dict) else redactor.value(value)


def _key(file: Path | None) -> str:
    if file is None:
        return secrets.token_hex(32)
    key = _read(file).strip()
    if len(key) < SHORTEST_PSEUDONYM_KEY:
        raise UnreadableError(f"{file} does not hold a key, which has at least {SHORTEST_PSEUDONYM_KEY} characters.")
    return key


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UnreadableError(f"{file} cannot be read ({error.strerror}).") from None


def _texts(value: JsonValue, path: str) -> Iterator[tuple[str, str]]:
    """Every text in it with its path, keys included."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield f"{path} (a key)".strip(), key
            yield from _texts(member, f"{path}.{_MARKER.sub('…', key)}".removeprefix("."))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, f"{path}[]")
    elif isinstance(value, str):
        yield path, value


if __name__ == "__main__":
    sys.exit(main())
