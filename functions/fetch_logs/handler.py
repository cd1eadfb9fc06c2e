"""fetch_logs: schedules, its queue and the API.

* a schedule, or an invocation by hand: ``{"task": "plan", "mode": "tick"}`` queues a walk of every account; the mode
  may also be ``sweep`` or ``full``
* the work queue: one walk order a message, see ``plan.py``
* an invocation by hand: ``{"task": "walk", "account": "main", "mode": "tick"}`` walks at once and answers how it went
* API Gateway: ``POST /integrations/{integration_id}/fetch``
"""

from __future__ import annotations

from integration_logs.runtime import cold_start

# isort: split
import json
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from fetch_logs import report
from fetch_logs.composition_root import compose
from fetch_logs.heartbeat import beat
from fetch_logs.plan import Mode, WalkOrder, mode_of, orders, read
from integration_logs.runtime.telemetry import flush, telemetry

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


cold_start.over()

logger, metrics = telemetry("fetch_logs")


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Dispatch the event; each answer is JSON."""
    if "httpMethod" in event:
        from fetch_logs.api import app  # noqa: PLC0415  # what only this way in needs

        return app.resolve(event, context)
    if "Records" in event:
        for message in event["Records"]:  # one (BatchSize): where it fails, so does the invocation, and it comes again
            try:
                _walk(read(message["body"], accounts=compose().settings.accounts), context)
            except Exception:  # what passes by itself has been logged and counted: this is a bug or a wrong setting
                compose().give_back([message])
                raise
        return {"batchItemFailures": []}
    if event.get("task") == "walk":
        return _walk(read(json.dumps(event), accounts=compose().settings.accounts), context)
    try:
        return _plan(mode_of(event.get("mode", "tick")))
    except Exception:
        beat(good=False)
        raise


def _plan(mode: Mode) -> dict[str, Any]:
    """Queue the walks, and say how the accounts have stood since the last ones: no walk knows that of the others."""
    accounts, known, now = compose().settings.accounts, compose().standings(), compose().clock()
    if known is not None and mode == "tick":
        accounts = tuple(name for name, each in zip(accounts, known, strict=True) if not each.goes_on(now))
    planned = orders(accounts, mode=mode)
    compose().send(planned)
    logger.info("Walks planned", accounts=list(accounts), mode=mode)
    if known is not None:
        gauges = report.gauges(known, stale_ticks=compose().stale_ticks, now=now)
        for name, value in gauges.items():
            metrics.add_metric(name, MetricUnit.Count, value)
        flush(metrics)
        beat(good=not any(gauges.values()))
    return {"planned": [order.account for order in planned]}


def _walk(order: WalkOrder, context: LambdaContext) -> dict[str, Any]:
    """Walk; what failed is logged and counted by what to do about it, and the next tick tries it again."""
    done = compose().walk(order, lambda: context.get_remaining_time_in_millis() / 1000)
    answer = report.answer(order, done)
    for line in report.troubles(order, done, now=compose().clock()):
        logger.error(line.message, account=order.account, stream=line.stream, kind=line.kind)
    for name, value in report.counts(done).items():
        if value:
            metrics.add_metric(name, MetricUnit.Seconds if name.endswith("Seconds") else MetricUnit.Count, value)
    logger.info("Walk ended", walk=answer)
    flush(metrics)
    return answer
