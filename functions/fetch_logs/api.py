"""fetch_logs' part of the API."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel, Field

from fetch_logs.composition_root import compose
from fetch_logs.plan import Mode, orders
from integration_logs.answers.envelope import envelope
from integration_logs.answers.parameters import IntegrationId
from integration_logs.answers.routing import answer, data, resolver
from integration_logs.json_types import JsonValue

app = resolver()

InMode = Annotated[
    Mode,
    Query(description="`tick`: what is new; `sweep`: all that Sendcloud still has; `full`: every page to the last."),
]


class QueuedFetch(BaseModel):
    """What was queued."""

    integration_id: int = Field(description="Sendcloud's id of the integration.")
    mode: Mode = Field(description="How much is fetched.")
    queued: list[str] = Field(description="The accounts in which the integration is looked up: all of them.")


Fetch = envelope("Fetch", QueuedFetch, "What was queued.")


@app.post(
    "/integrations/<integration_id>/fetch",
    status_code=202,
    summary="Fetch an integration's logs now",
    description="Queues a fetch of the integration in every account; accounts without the integration skip it.",
    responses=answer(Fetch, "The fetch is queued.", status=202),
    operation_id="fetch",
)
def fetch(integration_id: IntegrationId, mode: InMode = "tick") -> Response[str]:
    """Queue a walk of one integration; see ``plan.Mode`` for the modes."""
    planned = orders(compose().settings.accounts, mode=mode, integration_id=integration_id)
    compose().send(planned)
    queued: list[JsonValue] = [order.account for order in planned]
    return data(202, {"integration_id": integration_id, "mode": mode, "queued": queued})
