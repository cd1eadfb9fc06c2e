"""archive_logs' part of the API."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from archive_logs import orders
from archive_logs.archiving import archiving
from archive_logs.orders import Task
from archive_logs.search import Position, newest
from integration_logs.answers import answering, data
from integration_logs.errors import ContractBroken

app = answering(APIGatewayRestResolver(enable_validation=True))


class Run(BaseModel):
    """What ``POST /archive/runs`` may be told; see ``orders.py``."""

    model_config = ConfigDict(extra="forbid")

    task: Task = "archive"
    first: str | None = Field(default=None, alias="from")
    last: str | None = Field(default=None, alias="to")


@app.get("/integrations/<integration_id>/logs")
def logs(
    integration_id: Annotated[int, Path(ge=1, lt=2**63)],
    page_size: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str, Query(max_length=100)] = "",
) -> Response[str]:
    """A page of the integration's archived records, newest first, in Sendcloud's shape.

    The ``Link`` header names the next page, as Sendcloud's does.
    """
    try:
        after = Position.of(cursor) if cursor else None
    except ValueError:
        fault = {"loc": ("query", "cursor"), "msg": "use the one from the Link header"}
        raise RequestValidationError([fault]) from None
    records, following = newest(archiving().store, integration_id, page_size=page_size, after=after)
    headers = {}
    if following:
        context = app.current_event.request_context
        here = f"https://{context.domain_name}{context.path}"
        headers["Link"] = f'<{here}?cursor={following.cursor()}&page_size={page_size}>; rel="next"'
    return data(200, records, headers=headers)


@app.post("/archive/runs", status_code=202)
def run(ordered: Annotated[Run | None, Body()] = None) -> Response[str]:
    """Queue a run, of what landed unless the body orders another task: 202 with ``{"data": {"queued": true}}``."""
    try:
        order = orders.read((ordered or Run()).model_dump(by_alias=True))
    except ContractBroken as error:
        raise RequestValidationError([{"loc": ("body",), "msg": str(error)}]) from None
    archiving().send(order)
    return data(202, {"queued": True})
