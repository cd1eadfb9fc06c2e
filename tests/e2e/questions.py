"""The questions of consumers/, answered once more in plain Python: what each reader's answer is held to."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

type Row = dict[str, Any]

GAP = timedelta(hours=6)


def recent(rows: Sequence[Row], days: int) -> list[Row]:
    """The rows of the last days, today not counted."""
    since = (datetime.now(UTC) - timedelta(days=days)).date()
    return [row for row in rows if row["dt"] >= since]


def errors_by_type_and_day(rows: Sequence[Row]) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Day, type and code; how many records, in how many integrations."""
    found: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for row in recent(rows, 30):
        found[text(row["dt"]), text(row["exception_type"]), text(row["response_code"])].append(row["integration_id"])
    return {key: (len(ids), len(set(ids))) for key, ids in found.items()}


def top_failing_paths(rows: Sequence[Row]) -> list[tuple[str, str, str, int]]:
    """Fingerprint, remedy, the first of the paths, how many records: the twenty with the most."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in recent(rows, 30):
        found[row["fingerprint"], text(row["remedy"])].append(row)
    ranked = sorted(found.items(), key=lambda item: (-len(item[1]), item[0][0], item[0][1] or "~"))[:20]
    return [(*key, min(paths(group), default=""), len(group)) for key, group in ranked]


def paths(rows: Sequence[Row]) -> list[str]:
    """The paths of the rows' URLs, of those that have one."""
    return [urlsplit(row["full_url"]).path for row in rows if row["full_url"]]


def episodes(rows: Sequence[Row]) -> dict[str, list[tuple[datetime, datetime, int]]]:
    """By fingerprint: when each episode began and ended, and how many records it has."""
    found: dict[str, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    for row in sorted(recent(rows, 30), key=lambda row: row["created_at"]):
        mine = found[row["fingerprint"]]
        at = row["created_at"]
        if mine and at - mine[-1][1] <= GAP:
            mine[-1] = (mine[-1][0], at, mine[-1][2] + 1)
        else:
            mine.append((at, at, 1))
    return dict(found)


def hours_to_repair(rows: Sequence[Row]) -> dict[str, tuple[int, int, int, float | None]]:
    """By fingerprint: records, episodes, those that are open, and the longest of the others in hours."""
    answer = {}
    for fingerprint, mine in episodes(rows).items():
        over = [(ended - began) / timedelta(hours=1) for began, ended, _ in mine if ended < datetime.now(UTC) - GAP]
        records = sum(count for *_, count in mine)
        answer[fingerprint] = (records, len(mine), len(mine) - len(over), max(over) if over else None)
    return answer


def one_shops_last_week(rows: Sequence[Row], integration: int) -> list[int]:
    """The shop's ids, the newest first."""
    mine = [row for row in recent(rows, 7) if row["integration_id"] == integration]
    return [row["id"] for row in sorted(mine, key=lambda row: (row["created_at"], row["id"]), reverse=True)]


def text(value: object) -> str:
    """As Athena and a CSV file show a value: null is nothing."""
    return "" if value is None else str(value)
