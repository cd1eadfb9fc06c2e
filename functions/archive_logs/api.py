"""archive_logs' part of the API."""

from __future__ import annotations

import time
from datetime import date
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import BaseModel, ConfigDict, Field

from archive_logs import orders
from archive_logs.composition_root import compose
from archive_logs.orders import Task
from archive_logs.reading import archive_models, catalogue
from archive_logs.reading.cursor import Cursor
from archive_logs.reading.filters import Filters
from archive_logs.reading.search import Search, search
from integration_logs.answers.page_links import links, position
from integration_logs.answers.parameters import From, IntegrationId, OfIntegration, PageSize, To, Whole
from integration_logs.answers.routing import answer, data, refused, resolver
from integration_logs.errors import ContractBroken
from integration_logs.times import day

app = resolver()

_DAY: Any = {"format": "date"}

CursorText = Annotated[
    str, Query(alias="cursor", max_length=200, description="Where the page begins: copied from a `Link` header.")
]
FirstDay = Annotated[
    str | None, Query(alias="from", max_length=10, json_schema_extra=_DAY, description="The first UTC day.")
]
LastDay = Annotated[
    str | None, Query(alias="to", max_length=10, json_schema_extra=_DAY, description="The last UTC day.")
]
ExceptionType = Annotated[
    str | None, Query(min_length=1, max_length=200, description="Only this exception type, exactly as in the records.")
]
ResponseCode = Annotated[
    int | None, Whole, Query(ge=0, lt=2**31, description="Only answers of the shop with this HTTP status.")
]
Method = Annotated[str | None, Query(min_length=1, max_length=20, description="Only this HTTP method, ignoring case.")]
Host = Annotated[
    str | None, Query(min_length=1, max_length=253, description="Only calls to this host, without port, ignoring case.")
]
Fingerprint = Annotated[str | None, Query(pattern=r"^[0-9a-f]{16}$", description="Only the records of this problem.")]
Text = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=100,
        description="Only records with this text, ignoring case, in `exception`, `full_url`, `request` or `response` "
        "(the last two as JSON text). There are no wildcards.",
    ),
]
ExpiresIn = Annotated[int, Whole, Query(ge=60, le=3600, description="How many seconds the links are valid.")]

_LINK = {"description": "The pages before and after this one (RFC 8288), `prev` and `next`, if there are any."}
_LINKED = {"Link": _LINK}
_READ = _LINKED | {
    "X-Objects-Read": {"description": "How many of the archive's objects were read for this page."},
    "X-Bytes-Read": {"description": "How many bytes these objects have."},
    "X-Summaries-Read": {"description": "How many summaries were read to exclude objects."},
    "X-Records-Cut": {"description": "The ids of records that were too large for any page and were truncated."},
}
_SHORT = (
    "A page may have fewer records than `page_size`, or none, and still have a `next` page: if its records are large "
    "or took long to find. Continue while the `Link` header names a next page. Records that arrive meanwhile neither "
    "shift a page nor repeat a record."
)


_DAYS_OF_A_REPLAY: Any = {
    "if": {"required": ["task"], "properties": {"task": {"const": "replay"}}},
    "then": {"required": ["from", "to"], "properties": {name: {"type": "string", **_DAY} for name in ("from", "to")}},
    "else": {"properties": {name: {"type": "null"} for name in ("from", "to")}},
}


class Run(BaseModel):
    """The body of ``POST /archive/runs``: which task to run, and for which days."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_DAYS_OF_A_REPLAY)

    task: Task = Field(default="archive", description="What to run.")
    first: str | None = Field(default=None, alias="from", description="The first UTC day of a replay.")
    last: str | None = Field(default=None, alias="to", description="The last UTC day of a replay.")


@app.get(
    "/integrations/<integration_id>/logs",
    summary="The archived records of one integration",
    description=f"In the format of Sendcloud's own answer, newest first. {_SHORT}",
    responses=answer(archive_models.Records, "A page of records.", headers=_READ),
    operation_id="integration_logs",
)
def integration_logs(  # noqa: PLR0913, PLR0917  # the route's query
    integration_id: IntegrationId,
    page_size: PageSize = 25,
    cursor: CursorText = "",
    first: From = None,
    last: To = None,
    exception_type: ExceptionType = None,
    response_code: ResponseCode = None,
    method: Method = None,
    host: Host = None,
    fingerprint: Fingerprint = None,
    q: Text = None,
) -> Response[str]:
    """See ``search.search``."""
    filters = Filters(first, last, exception_type, response_code, method, host, fingerprint, q)
    return _logs(integration_id, filters, page_size, cursor)


@app.get(
    "/integrations/logs",
    summary="The archived records of all integrations",
    description=f"In the format of Sendcloud's own answer, newest first. {_SHORT}",
    responses=answer(archive_models.Records, "A page of records.", headers=_READ),
    operation_id="logs",
)
def logs(  # noqa: PLR0913, PLR0917  # the route's query
    page_size: PageSize = 25,
    cursor: CursorText = "",
    first: From = None,
    last: To = None,
    exception_type: ExceptionType = None,
    response_code: ResponseCode = None,
    method: Method = None,
    host: Host = None,
    fingerprint: Fingerprint = None,
    q: Text = None,
) -> Response[str]:
    """See ``search.search``."""
    filters = Filters(first, last, exception_type, response_code, method, host, fingerprint, q)
    return _logs(None, filters, page_size, cursor)


def _logs(integration_id: int | None, filters: Filters, page_size: int, text: str) -> Response[str]:
    cursor = position(text, Cursor.of)
    try:
        filters.span()
    except ValueError as error:
        raise refused(*error.args) from None
    page = search(compose().store, Search(integration_id, filters, page_size, cursor), time.monotonic)
    following = {name: at.text() if at else None for name, at in (("next", page.next), ("prev", page.prev))}
    headers = links(app, filters.query() | {"page_size": page_size}, **following) | {
        "X-Objects-Read": str(page.objects),
        "X-Bytes-Read": str(page.bytes),
        "X-Summaries-Read": str(page.summaries),
    }
    if page.cut:
        headers["X-Records-Cut"] = ", ".join(map(str, page.cut))
    return data(200, page.records, headers=headers)


@app.get(
    "/archive/objects",
    summary="The archive's objects, each with a download link",
    description=(
        "The Parquet objects of the archive, by day and integration, with links that anyone can use to read them "
        "without credentials: keep the links secret. A page may be short or empty and still have a next page."
    ),
    responses=answer(archive_models.ArchiveObjects, "A page of objects.", headers=_LINKED),
    operation_id="archive_objects",
)
def archive_objects(  # noqa: PLR0913, PLR0917  # the route's query
    first: FirstDay = None,
    last: LastDay = None,
    integration_id: OfIntegration = None,
    expires_in: ExpiresIn = 900,
    page_size: PageSize = 100,
    cursor: CursorText = "",
) -> Response[str]:
    """See ``catalogue.objects``."""
    days = _days(first, last, (date.min, date.max))
    after = position(cursor, catalogue.after) or ""
    parts = compose()
    wanted = catalogue.Wanted(days, integration_id, page_size, after)
    page = catalogue.objects(parts.store, wanted, seconds=expires_in, now=parts.clock(), clock=time.monotonic)
    query = {"from": first, "to": last, "integration_id": integration_id}
    headers = links(app, query | {"expires_in": expires_in, "page_size": page_size}, next=page.next)
    return data(200, page.entries, headers=headers)


@app.get(
    "/archive/days",
    summary="How complete each day is",
    description="From the manifests, which are written once a day; the last day first, by default of the last 31.",
    responses=answer(archive_models.Days, "A page of days. Days without a manifest are left out.", headers=_LINKED),
    operation_id="archive_days",
)
def archive_days(
    first: FirstDay = None, last: LastDay = None, page_size: PageSize = 31, cursor: CursorText = ""
) -> Response[str]:
    """See ``catalogue.days``."""
    parts = compose()
    recent = catalogue.recent(parts.clock())
    days = _days(first, last, recent if first is None and last is None else (date.min, date.max))
    before = position(cursor, day)
    page = catalogue.days(parts.store, days, page_size=page_size, before=before)
    headers = links(app, {"from": first, "to": last, "page_size": page_size}, next=page.next)
    return data(200, page.entries, headers=headers)


def _days(first: str | None, last: str | None, default: tuple[date, date]) -> tuple[date, date]:
    """The first and the last day that are asked for."""
    days = list(default)
    for place, (name, text) in enumerate((("from", first), ("to", last))):
        try:
            days[place] = default[place] if text is None else day(text)
        except ValueError:
            raise refused(name, "must be a day such as 2026-11-22") from None
    if days[0] > days[1]:
        raise refused("from", "must not be after to")
    return days[0], days[1]


@app.post(
    "/archive/runs",
    status_code=202,
    summary="Archive now, or run another task",
    description=(
        "Queues a run that archives what was fetched, or another `task`: `replay` archives the days from `from` "
        "to `to` again, `release` archives what is in quarantine, and `manifest` determines how complete each day is."
    ),
    responses=answer(archive_models.RunQueued, "The run is queued.", status=202),
    operation_id="archive_run",
)
def run(ordered: Annotated[Run | None, Body()] = None) -> Response[str]:
    """Queue a run, of what was fetched unless the body names another task: 202 with ``{"data": {"queued": true}}``."""
    ordered = ordered or Run()
    if ordered.task != "replay" and (ordered.first or ordered.last):
        raise refused("task", "only a replay takes days", where="body")
    try:
        order = orders.read(ordered.model_dump(by_alias=True))
    except ContractBroken as error:
        raise refused("body", str(error), where="body") from None
    compose().send(order)
    return data(202, {"queued": True})
