"""check_status' part of the API."""

from __future__ import annotations

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from check_status.checking import checking
from integration_logs.answers import answering, data

app = answering(APIGatewayRestResolver(enable_validation=True))


@app.get("/status")
def status() -> Response[str]:
    """Each account's last check: 200 with ``{"data": [account, …]}``, see ``check.answer`` for an account's fields."""
    return data(200, checking().status())
