"""fetch_logs, by way in.

* a schedule, or an invocation by hand: ``{"task": "plan"}`` queues a walk of every account
* the work queue: one walk order a message, see ``plan.py``
* an invocation by hand: ``{"task": "walk", "account": "main", "mode": "tick"}`` walks at once and answers how it went
* API Gateway: ``POST /integrations/{integration_id}/fetch``
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from fetch_logs.fetching import fetching
from fetch_logs.plan import orders, read

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from fetch_logs.plan import WalkOrder

logger = Logger()
metrics = Metrics()
copy_config_to_registered_loggers(logger, include={"fetch_logs", "integration_logs"})


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Tell the ways in apart; each answer is JSON."""
    if "httpMethod" in event:
        from fetch_logs.api import app  # noqa: PLC0415  # what only this way in needs

        return app.resolve(event, context)
    if "Records" in event:
        processor = BatchProcessor(event_type=EventType.SQS)
        return dict(
            process_partial_response(
                event=event,
                record_handler=lambda record: _walk_message(record, context),
                processor=processor,
                context=context,
            )
        )
    if event.get("task") == "walk":
        return _walk(read(json.dumps(event), accounts=fetching().settings.accounts), context)
    planned = orders(fetching().settings.accounts)
    fetching().send(planned)
    logger.info("Walks planned", accounts=[order.account for order in planned])
    return {"planned": [order.account for order in planned]}


def _walk_message(record: SQSRecord, context: LambdaContext) -> None:
    _walk(read(record.body, accounts=fetching().settings.accounts), context)


def _walk(order: WalkOrder, context: LambdaContext) -> dict[str, Any]:
    """Walk; what failed is logged and counted by what to do about it, and the next tick tries it again."""
    outcome = fetching().walk(order, lambda: context.get_remaining_time_in_millis() / 1000)
    walked = outcome.walked
    _count("RecordsLanded", walked.landed)
    failures = {
        stream: {"kind": type(error).__name__, "message": str(error)} for stream, error in outcome.failures.items()
    }
    for stream, failure in failures.items():
        _count(failure["kind"], 1)
        logger.error(failure["message"], account=order.account, stream=stream, kind=failure["kind"])
    answer = {
        "account": order.account,
        "pages": walked.pages,
        "records": walked.records,
        "landed": walked.landed,
        "complete": walked.complete and not failures,
        "failures": failures,
    }
    logger.info("Walk ended", walk=answer)
    if metrics.metric_set:  # an idle tick sends none: each metric costs money by the hour
        metrics.flush_metrics()
    return answer


def _count(name: str, value: int) -> None:
    if value:
        metrics.add_metric(name, MetricUnit.Count, value)
