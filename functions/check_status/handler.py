"""check_status, by way in.

* a schedule, or an invocation by hand: ``{"task": "check"}`` checks every account
* API Gateway: ``GET /status``
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit

from check_status.checking import checking

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
metrics = Metrics()
copy_config_to_registered_loggers(logger, include={"check_status", "integration_logs"})


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Tell the ways in apart; each answer is JSON."""
    if "httpMethod" in event:
        from check_status.api import app  # noqa: PLC0415  # what only this way in needs

        return app.resolve(event, context)
    checks = checking().run(lambda: context.get_remaining_time_in_millis() / 1000)
    for checked in checks:
        if checked["verdict"] != "healthy":
            metrics.add_metric("ChecksNotHealthy", MetricUnit.Count, 1)
        logger.info("Status checked", check=checked)
    if metrics.metric_set:  # where all is well none is sent: each metric costs money by the hour
        metrics.flush_metrics()
    return {"checks": checks}
