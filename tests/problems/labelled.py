"""The labelled set: what shops return, and which problem and remedy each record belongs to.

``records/*.toml``, one file a platform. A family is one kind of failure of one integration: its records must get one
fingerprint, another family of that integration another, and all of them the remedy that the family names (none where it
names none). A record holds what differs from the family's ``shared`` fields; ``path`` is its address below the host of
``base_url``, and ``{url}`` and ``{path}`` in its ``exception`` stand for that address, as requests prints it.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from integration_logs.records.rows import parse
from integration_logs.redaction.marks import Pseudonyms
from integration_logs.redaction.redactor import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from integration_logs.json_types import JsonValue

FOLDER = Path(__file__).parent
FETCHED_AT = datetime(2026, 11, 22, 6, tzinfo=UTC)
REDACTOR = Redactor(pseudonyms=Pseudonyms(lambda: "one key for the whole set"))
_FAMILY = {"name", "varies", "integration_id", "remedy", "records", "shared"}


@dataclass(frozen=True)
class Family:
    """One kind of failure of one integration; ``records`` are as Sendcloud returns them."""

    platform: str
    name: str
    varies: str
    integration_id: int
    remedy: str | None
    records: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Outcome:
    """What the archive's row of a record says."""

    fingerprint: str
    remedy: str | None


@dataclass(frozen=True, order=True)
class Fault:
    """``kind`` is ``split``, ``merged`` or ``remedy``; ``count`` is of fingerprints, or of records with that remedy."""

    platform: str
    kind: str
    family: str
    what: str
    count: int


@cache
def families() -> tuple[Family, ...]:
    """Every family of every platform, in the order of the files."""
    return tuple(
        _family(path.stem, entry)
        for path in sorted((FOLDER / "records").glob("*.toml"))
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["family"]
    )


def known() -> dict[Fault, str]:
    """The faults that stay for now, each with its reason."""
    entries = tomllib.loads((FOLDER / "known.toml").read_text(encoding="utf-8"))["fault"]
    return {Fault(**{key: value for key, value in entry.items() if key != "why"}): entry["why"] for entry in entries}


def outcome(record: JsonValue, *, redacted: bool = True) -> Outcome:
    """What becomes of a record on its way into the archive; without redaction it must be the same."""
    row = parse(
        REDACTOR.record(record) if redacted and isinstance(record, dict) else record,
        account="main",
        integration_id=None,
        fetched_at=FETCHED_AT,
    )
    found = row["remedy"]
    return Outcome(str(row["fingerprint"]), found if isinstance(found, str) else None)


def faults(of: Iterable[Family]) -> list[Fault]:
    """Every fault of the families."""
    found: list[Fault] = []
    by_integration: dict[int, list[tuple[Family, set[str]]]] = {}
    for family in of:
        outcomes = [outcome(record) for record in family.records]
        prints = {each.fingerprint for each in outcomes}
        if len(prints) > 1:
            found.append(Fault(family.platform, "split", family.name, "several fingerprints", len(prints)))
        for remedy, count in Counter(each.remedy for each in outcomes).items():
            if remedy != family.remedy:
                what = f"{family.remedy} wanted, {remedy} found"
                found.append(Fault(family.platform, "remedy", family.name, what, count))
        by_integration.setdefault(family.integration_id, []).append((family, prints))
    for others in by_integration.values():
        for (one, its), (other, theirs) in combinations(others, 2):
            if its & theirs:
                found.append(Fault(one.platform, "merged", one.name, f"with {other.name}", len(its & theirs)))
    return found


def _family(platform: str, entry: Mapping[str, Any]) -> Family:
    name = entry.get("name")
    if entry.keys() - _FAMILY or not _FAMILY - {"remedy"} <= entry.keys():
        raise ValueError(f"{platform}: the family {name!r} has fields missing or unknown ones")
    records = tuple(_record(entry, part) for part in entry["records"])
    return Family(platform, entry["name"], entry["varies"], entry["integration_id"], entry.get("remedy"), records)


def _record(family: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    record = _merged({"exception": None, "response_code": None, **family["shared"]}, part)
    path = record.pop("path", None)
    if path is not None:
        base = urlsplit(record["base_url"])
        record["full_url"] = f"{base.scheme}://{base.netloc}{path}"
    if record["exception"]:
        shown = path if path is not None else "/" + record["full_url"].partition("://")[2].partition("/")[2]
        record["exception"] = record["exception"].replace("{url}", record["full_url"]).replace("{path}", shown)
    return {"id": 1, "integration_id": family["integration_id"], "created_at": "2026-11-20T10:00:00+01:00", **record}


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return merged
