"""A short summary of an archive object's problems, for check_status: without the long texts.

A summary follows from its object alone, so its counts are exact however often anything is archived again. A problem's
time is the time of its records: ``created_at`` where there is one that is not in the future, else ``fetched_at``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive_logs.merging.columns import rows
from archive_logs.merging.partitions import PREFIX
from integration_logs.json_types import JsonObject
from integration_logs.records.fingerprint import url_template

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


VERSION = 1

_MOST_PROBLEMS = 1000
_MOST_SAMPLES = 5
_LONGEST_TEXT = 500  # characters of each
_LONGEST_URL = 4096  # characters of a URL in which its path is looked for; more of a path does not count

_URL = f"left(nullif(trim(coalesce(nullif(full_url, ''), base_url)), ''), {_LONGEST_URL})"
_PATH = rf"""
    regexp_replace(
        regexp_extract(replace({_URL}, '\/', '/'), '^(?:(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#\\]*)?([^?#]*)', 1),
        '^$', '/')
"""
"""SQL for a row's URL, and for its path."""

_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"


def key(object_key: str) -> str:
    """Where the summary of the archive object with this key is kept.

    >>> key("logs/dt=2026-11-22/integration-7.parquet")
    'state/summaries/dt=2026-11-22/integration-7.json'
    """
    return f"state/summaries/{object_key.removeprefix(PREFIX).removesuffix('.parquet')}.json"


def summarise(database: DuckDBPyConnection, path: Path) -> JsonObject:
    """The summary of the object at ``path``, as documented in ``docs/archive-format.md``, without its ``etag``.

    Raises DuckDB's errors where the object cannot be read.
    """
    (only,) = summarise_each(database, f"(SELECT 0 AS part, * FROM {rows(database, path)})").values()  # noqa: S608
    return only


def summarise_each(database: DuckDBPyConnection, source: str) -> dict[int, JsonObject]:
    """The summaries of several objects' rows (SQL), by their ``part``; a ``file_row_number`` is of one row alone."""
    database.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE narrow AS
        SELECT part, id, fingerprint, fetched_at, file_row_number AS place,
               least(coalesce(created_at, fetched_at), fetched_at) AS moment
        FROM {source};
        CREATE OR REPLACE TEMP TABLE paths AS  -- many rows have the same URL, and finding its path takes long
        SELECT part, fingerprint, md5_number({_PATH}) AS path, sum(records) AS records, max(place) AS place
        FROM (SELECT part, fingerprint, full_url, base_url, count(*) AS records, max(file_row_number) AS place
              FROM {source} GROUP BY ALL)
        GROUP BY ALL
        """  # noqa: S608
    )
    database.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE problems AS
        SELECT part, fingerprint, count(*) AS records, min(moment) AS first_at, max(moment) AS last_at,
               arg_max(place, (moment, id)) AS place,
               list_sort(arg_max(id, (moment, id), {_MOST_SAMPLES})) AS sample_ids
        FROM narrow WHERE fingerprint IS NOT NULL GROUP BY part, fingerprint
        QUALIFY row_number() OVER (PARTITION BY part ORDER BY records DESC, fingerprint) <= {_MOST_PROBLEMS}
        """  # noqa: S608
    )
    problems: dict[int, dict[str, dict[str, Any]]] = {}
    for each in _dicts(database, _problems(source)):
        problems.setdefault(each["part"], {})[each["fingerprint"]] = each
    for part, fingerprint, hour, records in database.execute(_HOURS).fetchall():
        problems[part][fingerprint].setdefault("hours", {})[hour] = records
    for part, fingerprint, url_path in database.execute(_paths(source)).fetchall():
        problems[part][fingerprint].setdefault("paths", []).append(url_path)
    wholes = {each.pop("part"): each for each in _dicts(database, _whole(source))}
    return {part: _document(whole, problems.get(part, {})) for part, whole in wholes.items()}


def _document(whole: dict[str, Any], problems: dict[str, dict[str, Any]]) -> JsonObject:
    left_out = whole.pop("problems") - len(problems)
    told = {name: _problem(each) for name, each in problems.items()}
    return {"version": VERSION, **whole, "problems_left_out": left_out, "problems": told}


def _problem(found: dict[str, Any]) -> JsonObject:
    texts = ("exception_type", "method", "host", "response_code")
    template = url_template(found["url"])
    return {
        **{name: found[name] for name in ("records", "first_at", "last_at", "hours")},
        **{name: found[name] for name in texts},
        "path": None if template is None else template[:_LONGEST_TEXT],
        "paths": found.get("paths", []),
        **{name: found[name] for name in ("remedy", "sample_ids")},
    }


def _problems(source: str) -> str:
    short = ", ".join(f"left({name}, {_LONGEST_TEXT}) AS {name}" for name in ("exception_type", "method", "host"))
    return f"""
        SELECT part, fingerprint, records,
               strftime(first_at, '{_TIME}') AS first_at, strftime(last_at, '{_TIME}') AS last_at,
               {short}, response_code, {_URL} AS url, remedy, sample_ids
        FROM problems
             JOIN (SELECT file_row_number AS place, * EXCLUDE (part, fingerprint, file_row_number) FROM {source})
             USING (place)
        ORDER BY part, records DESC, fingerprint
    """  # noqa: S608


_HOURS = """
    SELECT part, fingerprint, strftime(hour, '%Y-%m-%dT%H') AS hour, records
    FROM (
        SELECT part, fingerprint, date_trunc('hour', moment) AS hour, count(*) AS records
        FROM narrow SEMI JOIN problems USING (part, fingerprint) GROUP BY ALL
    )
    ORDER BY ALL
"""


def _paths(source: str) -> str:
    """The paths that most records of a problem have, the most frequent first."""
    return f"""
        SELECT part, fingerprint, left({_PATH}, {_LONGEST_TEXT}) AS path
        FROM (
            SELECT records, place AS file_row_number
            FROM paths SEMI JOIN problems USING (part, fingerprint) WHERE path IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY part, fingerprint ORDER BY records DESC, place DESC)
                    <= {_MOST_SAMPLES}
        ) JOIN {source} USING (file_row_number)
        ORDER BY records DESC, file_row_number DESC
    """  # noqa: S608


def _whole(source: str) -> str:
    return f"""
        SELECT part, account, integration_id, records, first_id, last_id, problems
        FROM {source} JOIN (
            SELECT count(*) AS records, min(id) AS first_id, max(id) AS last_id,
                   count(DISTINCT fingerprint) AS problems, arg_max(place, (fetched_at, id)) AS file_row_number
            FROM narrow GROUP BY part
        ) USING (file_row_number)
    """  # noqa: S608


def _dicts(database: DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = database.execute(query)
    names = [each[0] for each in cursor.description or []]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
