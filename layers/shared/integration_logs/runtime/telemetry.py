"""What a function says of itself: log lines as JSON, and metrics."""

from __future__ import annotations

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers


def telemetry(function: str) -> tuple[Logger, Metrics]:
    """The logger and the metrics of the function with that package; its modules and the layer log there too."""
    logger = Logger()
    copy_config_to_registered_loggers(logger, include={function, "integration_logs"})
    return logger, Metrics()


def flush(metrics: Metrics) -> None:
    """Send what was counted; a run without news sends nothing, since each metric costs money by the hour."""
    if metrics.metric_set:
        metrics.flush_metrics()
