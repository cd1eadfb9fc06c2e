"""fetch_logs' part of the API."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from fetch_logs.fetching import fetching
from fetch_logs.plan import orders
from integration_logs.answers import answering, data

app = answering(APIGatewayRestResolver(enable_validation=True))


@app.post("/integrations/<integration_id>/fetch", status_code=202)
def fetch(integration_id: Annotated[int, Path(ge=1)]) -> Response[str]:
    """Queue a walk of one integration, in whichever of the accounts it is.

    202 with ``{"data": {"integration_id": …, "queued": [<account>, …]}}``.
    """
    planned = orders(fetching().settings.accounts, integration_id=integration_id)
    fetching().send(planned)
    return data(202, {"integration_id": integration_id, "queued": [order.account for order in planned]})
