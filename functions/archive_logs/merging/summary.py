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
    source = rows(database, path)
    database.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE narrow AS
        SELECT id, fingerprint, fetched_at, file_row_number AS place,
               least(coalesce(created_at, fetched_at), fetched_at) AS moment
        FROM {source};
        CREATE OR REPLACE TEMP TABLE paths AS  -- many rows have the same URL, and finding its path takes long
        SELECT fingerprint, md5_number({_PATH}) AS path, sum(records) AS records, max(place) AS place
        FROM (SELECT fingerprint, full_url, base_url, count(*) AS records, max(file_row_number) AS place
              FROM {source} GROUP BY ALL)
        GROUP BY ALL
        """  # noqa: S608
    )
    database.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE problems AS
        SELECT fingerprint, count(*) AS records, min(moment) AS first_at, max(moment) AS last_at,
               arg_max(place, (moment, id)) AS place,
               list_sort(arg_max(id, (moment, id), {_MOST_SAMPLES})) AS sample_ids
        FROM narrow WHERE fingerprint IS NOT NULL GROUP BY fingerprint
        ORDER BY records DESC, fingerprint LIMIT {_MOST_PROBLEMS}
        """  # noqa: S608
    )
    problems = {each["fingerprint"]: each for each in _dicts(database, _problems(source))}
    for fingerprint, hour, records in database.execute(_HOURS).fetchall():
        problems[fingerprint].setdefault("hours", {})[hour] = records
    for fingerprint, url_path in database.execute(_paths(source)).fetchall():
        problems[fingerprint].setdefault("paths", []).append(url_path)
    (whole,) = _dicts(database, _whole(source))
    return {"version": VERSION, **whole, "problems": {name: _problem(each) for name, each in problems.items()}}


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
        SELECT fingerprint, records, strftime(first_at, '{_TIME}') AS first_at, strftime(last_at, '{_TIME}') AS last_at,
               {short}, response_code, {_URL} AS url, remedy, sample_ids
        FROM problems JOIN (SELECT file_row_number AS place, * EXCLUDE (fingerprint, file_row_number) FROM {source})
             USING (place)
        ORDER BY records DESC, fingerprint
    """  # noqa: S608


_HOURS = """
    SELECT fingerprint, strftime(hour, '%Y-%m-%dT%H') AS hour, records
    FROM (
        SELECT fingerprint, date_trunc('hour', moment) AS hour, count(*) AS records
        FROM narrow SEMI JOIN problems USING (fingerprint) GROUP BY ALL
    )
    ORDER BY ALL
"""


def _paths(source: str) -> str:
    """The paths that most records of a problem have, the most frequent first."""
    return f"""
        SELECT fingerprint, left({_PATH}, {_LONGEST_TEXT}) AS path
        FROM (
            SELECT records, place AS file_row_number
            FROM paths SEMI JOIN problems USING (fingerprint) WHERE path IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY fingerprint ORDER BY records DESC, place DESC) <= {_MOST_SAMPLES}
        ) JOIN {source} USING (file_row_number)
        ORDER BY records DESC, file_row_number DESC
    """  # noqa: S608


def _whole(source: str) -> str:
    return f"""
        SELECT account, integration_id, records, first_id, last_id, problems_left_out
        FROM {source} JOIN (
            SELECT count(*) AS records, min(id) AS first_id, max(id) AS last_id,
                   count(DISTINCT fingerprint) - (SELECT count(*) FROM problems) AS problems_left_out,
                   arg_max(place, (fetched_at, id)) AS file_row_number
            FROM narrow
        ) USING (file_row_number)
    """  # noqa: S608


def _dicts(database: DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = database.execute(query)
    names = [each[0] for each in cursor.description or []]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
