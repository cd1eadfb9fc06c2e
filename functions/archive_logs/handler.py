"""archive_logs: schedules, its queue and the API.

* the archive queue: something landed (an S3 event), or an order as in ``orders.py``, often the rest of one
* a schedule, or an invocation by hand: ``{"task": "archive"}`` archives what landed; ``orders.py`` has the other tasks
* API Gateway: the records, the objects and the days of the archive, and ``POST /archive/runs``; see ``api.py``
"""

from __future__ import annotations

from integration_logs.runtime import cold_start

# isort: split
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from archive_logs import orders
from archive_logs.composition_root import RESERVE, compose
from integration_logs.errors import IntegrationLogsError
from integration_logs.runtime.telemetry import flush, telemetry

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from archive_logs.merging.backlog import Archived
    from archive_logs.orders import Order

cold_start.over()

logger, metrics = telemetry("archive_logs")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Dispatch the event; each answer is JSON."""
    if "httpMethod" in event:
        from archive_logs.api import app  # noqa: PLC0415  # what only this way in needs

        return app.resolve(event, context)

    def seconds_left() -> float:
        return context.get_remaining_time_in_millis() / 1000

    try:
        if "Records" in event:
            failed = _given_back(event["Records"], seconds_left)
            return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in failed]}
        return _carry_out(orders.read(event), seconds_left)
    finally:
        flush(metrics)


def _given_back(records: Sequence[dict[str, Any]], seconds_left: Callable[[], float]) -> list[str]:
    """As ``_messages``; those that failed come again soon."""
    failed = [record["messageId"] for record in records]  # all, unless it is said which
    try:
        failed = _messages(records, seconds_left)
    finally:
        if failed:
            compose().give_back(record for record in records if record["messageId"] in failed)
    return failed


def _messages(records: Sequence[dict[str, Any]], seconds_left: Callable[[], float]) -> list[str]:
    """Do what a batch of queue messages orders, the same thing once; the ids of those that failed.

    Where everything failed, the failure is the invocation's, and so is its alarm.
    """
    failed: list[str] = []
    ordered: dict[Order, list[str]] = {}
    errors: list[IntegrationLogsError] = []
    for record in records:
        try:
            ordered.setdefault(orders.read_body(record["body"]), []).append(record["messageId"])
        except IntegrationLogsError as error:
            failed.append(record["messageId"])
            errors.append(error)
    for place, (order, messages) in enumerate(ordered.items()):
        if place and seconds_left() < RESERVE:
            compose().send(order.handed_on())
            continue
        try:
            _carry_out(order, seconds_left)
        except IntegrationLogsError as error:
            failed += messages
            errors.append(error)
    if len(failed) == len(records):
        raise errors[0]
    for failure in errors:
        logger.error(str(failure), kind=type(failure).__name__)
    return failed


def _carry_out(order: Order, seconds_left: Callable[[], float]) -> dict[str, Any]:
    answer = compose().carry_out(order, seconds_left, _count)
    if order.task == "manifest" and answer["incomplete"]:
        metrics.add_metric("DaysIncomplete", MetricUnit.Count, len(answer["incomplete"]))
    logger.info(f"{order.task.capitalize()} run ended", run=answer)  # noqa: G004  # one of a few
    return answer


def _count(done: Archived) -> None:
    counted = {"RecordsArchived": done.rows, "RecordsQuarantined": done.quarantined, "RecordsWithExtra": done.extra}
    for name, value in counted.items():
        if value:
            metrics.add_metric(name, MetricUnit.Count, value)
