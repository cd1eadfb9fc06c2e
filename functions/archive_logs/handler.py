"""archive_logs, by way in.

* the archive queue: something landed (an S3 event), or a run that was cut short goes on
* a schedule, or an invocation by hand: ``{"task": "archive"}`` archives what landed
* API Gateway: ``GET /integrations/{integration_id}/logs`` and ``POST /archive/runs``
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit

from archive_logs.archiving import archiving

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
metrics = Metrics()
copy_config_to_registered_loggers(logger, include={"archive_logs", "integration_logs"})


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Tell the ways in apart; each answer is JSON.

    A batch of queue messages is one run over everything that landed: it fails or succeeds as a whole.
    """
    if "httpMethod" in event:
        from archive_logs.api import app  # noqa: PLC0415  # what only this way in needs

        return app.resolve(event, context)
    done = archiving().run(lambda: context.get_remaining_time_in_millis() / 1000)
    for name, value in (("RecordsArchived", done.rows), ("RecordsQuarantined", done.quarantined)):
        if value:
            metrics.add_metric(name, MetricUnit.Count, value)
    if metrics.metric_set:  # a run without news sends none: each metric costs money by the hour
        metrics.flush_metrics()
    answer = asdict(done)
    logger.info("Archive run ended", run=answer)
    return answer | ({"batchItemFailures": []} if "Records" in event else {})
