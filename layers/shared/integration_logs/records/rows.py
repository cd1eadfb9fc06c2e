"""From a record as Sendcloud returns it to a row of the archive.

Only ``base_url`` is promised of a record; every other field may be missing, null or of another type than documented.
Nothing is lost on the way: a field whose value does not fit its column, and every field that this version does not
know, is kept in ``extra`` as JSON text. A record without a usable ``id`` cannot be told from another: its row carries
the reason in ``rejected``, and the archiver puts it into quarantine.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from integration_logs.json_types import JsonObject, JsonValue
from integration_logs.records import undecoded
from integration_logs.records.fingerprint import fingerprint
from integration_logs.records.remedies import match
from integration_logs.times import moment, timestamp

type Row = dict[str, str | int | bool | None]

SCHEMA_VERSION = 1
"""Goes into each archive object's metadata. Columns are only ever added."""


@dataclass(frozen=True)
class Column:
    """One column of the archive, by its type in DuckDB and in the Glue table."""

    name: str
    duckdb: str
    glue: str


COLUMNS = (
    Column("id", "BIGINT", "bigint"),
    Column("integration_id", "BIGINT", "bigint"),
    Column("account", "VARCHAR", "string"),
    Column("created_at", "TIMESTAMPTZ", "timestamp"),
    Column("fetched_at", "TIMESTAMPTZ", "timestamp"),
    Column("base_url", "VARCHAR", "string"),
    Column("full_url", "VARCHAR", "string"),
    Column("host", "VARCHAR", "string"),
    Column("method", "VARCHAR", "string"),
    Column("response_code", "INTEGER", "int"),
    Column("exception_type", "VARCHAR", "string"),
    Column("exception", "VARCHAR", "string"),
    Column("protected", "BOOLEAN", "boolean"),
    Column("fingerprint", "VARCHAR", "string"),
    Column("remedy", "VARCHAR", "string"),
    Column("request", "VARCHAR", "string"),
    Column("response", "VARCHAR", "string"),
    Column("additional_data", "VARCHAR", "string"),
    Column("extra", "VARCHAR", "string"),
)
"""The archive's contract with its readers, in the order of the columns."""

_LARGEST_ID = 2**63 - 1
_LARGEST_CODE = 2**31 - 1
_TEXTS = ("base_url", "full_url", "method", "exception_type", "exception")
_DOCUMENTS = ("request", "response", "additional_data")
_EMPTY: Row = {**dict.fromkeys(column.name for column in COLUMNS), "rejected": None}
# What JSON text was read into has no circles; to look for them takes a tenth of the time.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, check_circular=False)
_UP_TO_PATH = re.compile(r"[^/?#]{0,16}//[^/?#]{0,256}(?=[/?#]|\Z)")
_AS_THEY_ARE = ("id", "integration_id", *_TEXTS, "response_code", "protected", "created_at")


def parse(
    record: JsonValue,
    *,
    account: str,
    integration_id: int | None,
    fetched_at: datetime,
    original: JsonValue = None,
) -> Row:
    """The row of one record that has been redacted.

    ``original`` is the record before that, where it is at hand: the remedy is found by what the response said, also
    where the policy drops that. Nothing else of it is looked at.
    ``integration_id`` is the one from the request's path: it stands in where the record does not name its own.
    The row has every column of ``COLUMNS`` and ``rejected``: why the record cannot be archived, or ``None``.
    """
    row: Row = _EMPTY | {"account": account, "integration_id": integration_id, "fetched_at": timestamp(fetched_at)}
    if not isinstance(record, dict):
        return row | {"rejected": "the record is no JSON object", "extra": json_text(record)}
    left = dict(record)
    row["id"] = _take_number(left, "id", least=1, most=_LARGEST_ID)
    own = _take_number(left, "integration_id", least=1, most=_LARGEST_ID)
    row["integration_id"] = own if own is not None else integration_id
    row["created_at"] = _take_time(left, "created_at")
    row["response_code"] = _take_number(left, "response_code", least=0, most=_LARGEST_CODE)
    row["protected"] = _take_flag(left, "protected")
    for name in _TEXTS:
        row[name] = _take_text(left, name)
    for name in _DOCUMENTS:
        row[name] = _take_document(left, name)
    url = row["full_url"] or row["base_url"]
    row["host"] = host(url) if isinstance(url, str) else None
    row["fingerprint"] = _fingerprint(row)
    row["remedy"] = _remedy(row, original if isinstance(original, dict) else record)
    row["extra"] = json_text(left) if left else None
    if row["id"] is None:
        row["rejected"] = undecoded.REASON if undecoded.is_undecoded(record) else "the record has no usable id"
    elif row["integration_id"] is None:
        row["rejected"] = "neither the record nor the request names the integration"
    return row


def record_of(row: Mapping[str, Any]) -> JsonObject:
    """The record of a row as Sendcloud would return it, redacted; the fields that have no column are in it too.

    ``parse`` makes the same row of it again. Raises ``ValueError`` where the row holds no JSON text where it should.
    """
    record: JsonObject = {name: row[name] for name in _AS_THEY_ARE}
    record |= {name: json.loads(row[name]) if row[name] else None for name in _DOCUMENTS}
    extra = json.loads(row["extra"]) if row["extra"] else {}
    return record | (extra if isinstance(extra, dict) else {})


def names_integration(record: JsonValue) -> bool:
    """Whether the record itself says which integration it is of."""
    return isinstance(record, dict) and _number(record.get("integration_id"), least=1, most=_LARGEST_ID) is not None


def record_id(record: JsonValue) -> int | None:
    """The record's usable ``id``: redaction leaves it as it is."""
    return _number(record.get("id"), least=1, most=_LARGEST_ID) if isinstance(record, dict) else None


def host(url: str) -> str | None:
    """The URL's host without user and port, in lower case; ``None`` where it has none."""
    found = _UP_TO_PATH.match(url)
    return _remembered_host(found[0]) if found else _host(url)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname or None
    except ValueError:
        return None


_remembered_host = lru_cache(maxsize=1024)(_host)


def json_text(value: JsonValue) -> str:
    """Compact JSON text that every reader accepts: valid UTF-8, no NaN, no NUL."""
    try:
        text = _ENCODER.encode(value)
        if not text.isascii():
            text.encode()
    except ValueError:  # NaN, or a lone surrogate
        text = None
    if text is None or "\\u0000" in text:
        return json.dumps(_storable(value), ensure_ascii=False, separators=(",", ":"))
    return text


def plain_text(text: str) -> str:
    """The text with what UTF-8 cannot carry, and NUL, replaced by U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _storable(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return {plain_text(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, str):
        return plain_text(value)
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


# Each _take_… moves a field into its column. A null goes as it is; a value that does not fit stays behind, for `extra`.


def _take_number(left: dict[str, JsonValue], name: str, *, least: int, most: int) -> int | None:
    number = _number(value := left.get(name), least=least, most=most)
    if number is not None or value is None:
        left.pop(name, None)
    return number


def _number(value: JsonValue, *, least: int, most: int) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most else None


def _take_time(left: dict[str, JsonValue], name: str) -> str | None:
    time = moment(left.get(name))
    if time is None:
        if left.get(name) is None:
            left.pop(name, None)
        return None
    del left[name]
    return timestamp(time)


def _take_flag(left: dict[str, JsonValue], name: str) -> bool | None:
    value = left.get(name)
    if value is None or isinstance(value, bool):
        left.pop(name, None)
        return value
    return None


def _take_text(left: dict[str, JsonValue], name: str) -> str | None:
    value = left.get(name)
    if value is None or isinstance(value, str):
        left.pop(name, None)
        return None if value is None else plain_text(value)
    return None


def _take_document(left: dict[str, JsonValue], name: str) -> str | None:
    value = left.pop(name, None)
    return None if value is None else json_text(value)


def _fingerprint(row: Row) -> str:
    def text(name: str) -> str | None:
        value = row[name]
        return value if isinstance(value, str) else None

    integration, code = row["integration_id"], row["response_code"]
    return fingerprint(
        integration_id=integration if isinstance(integration, int) else None,
        exception_type=text("exception_type"),
        method=text("method"),
        url=text("full_url") or text("base_url"),
        response_code=code if isinstance(code, int) else None,
    )


def _remedy(row: Row, record: Mapping[str, JsonValue]) -> str | None:
    kind, code, exception = row["exception_type"], row["response_code"], row["exception"]
    url = row["full_url"] or row["base_url"]
    return match(
        exception_type=kind if isinstance(kind, str) else None,
        response_code=code if isinstance(code, int) else None,
        exception=exception if isinstance(exception, str) else None,
        response=record.get("response"),
        url=url if isinstance(url, str) else None,
    )
