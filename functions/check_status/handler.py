"""check_status: its schedule and the API.

* a schedule, or an invocation by hand: ``{"task": "check"}`` checks every account and answers
  ``{"checks": [account, …]}``, each as ``GET /status`` has it
* API Gateway: the routes of ``api.py``, and whatever has no route
"""

from __future__ import annotations

from integration_logs.runtime import cold_start

# isort: split
from collections import Counter
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from check_status.composition_root import compose
from integration_logs.errors import IntegrationLogsError
from integration_logs.runtime.telemetry import flush, telemetry

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

cold_start.over()

logger, metrics = telemetry("check_status")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Dispatch the event; each answer is JSON."""
    if "httpMethod" in event:
        from check_status.api import app  # noqa: PLC0415  # what only this way in needs

        return app.resolve(event, context)
    checks, failures = compose().run(lambda: context.get_remaining_time_in_millis() / 1000)
    for checked in checks:
        _report(checked)
    flush(metrics)
    for account, error in failures.items():
        if isinstance(error, IntegrationLogsError):
            logger.error(str(error), kind=type(error).__name__, account=account)
    for error in failures.values():  # any of them is the invocation's, and so is its alarm
        raise error
    return {"checks": checks}


def _report(checked: dict[str, Any]) -> None:
    """Log and count what a check of an account found, however many integrations it has."""
    verdicts = Counter(each["verdict"] for each in checked["integrations"])
    if troubled := verdicts.total() - verdicts["healthy"] + (checked["verdict"] != "healthy"):
        metrics.add_metric("ChecksNotHealthy", MetricUnit.Count, troubled)
    logger.info("Status checked", check=checked | {"integrations": verdicts})
