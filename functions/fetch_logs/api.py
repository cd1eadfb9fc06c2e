"""fetch_logs' part of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from fetch_logs.fetching import fetching
from fetch_logs.plan import orders
from integration_logs.answers import answering, data

if TYPE_CHECKING:
    from integration_logs.json_types import JsonValue

app = answering(APIGatewayRestResolver(enable_validation=True))


@app.post("/integrations/<integration_id>/fetch", status_code=202)
def fetch(
    integration_id: Annotated[int, Path(ge=1, lt=2**63)],
    mode: Annotated[Literal["tick", "sweep", "full"], Query()] = "tick",
) -> Response[str]:
    """Queue a walk of one integration, in whichever of the accounts it is; see ``plan.Mode`` for the modes.

    202 with ``{"data": {"integration_id": …, "mode": …, "queued": [<account>, …]}}``.
    """
    planned = orders(fetching().settings.accounts, mode=mode, integration_id=integration_id)
    fetching().send(planned)
    queued: list[JsonValue] = [order.account for order in planned]
    return data(202, {"integration_id": integration_id, "mode": mode, "queued": queued})
