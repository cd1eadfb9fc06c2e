"""What a function says of itself: log lines as JSON, and metrics."""

from __future__ import annotations

import logging
import os

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.utils import copy_config_to_registered_loggers


def telemetry(function: str) -> tuple[Logger, Metrics]:
    """The logger and the metrics of the function with that package; its modules and the layer log there too.

    ``OWN_LOG_LEVEL`` is the least severe level of these lines. Those of libraries begin at INFO or above: at DEBUG,
    botocore logs each answer whole, and the answers of Secrets Manager are the keys.
    """
    level = logging.getLevelNamesMapping()[os.environ.get("OWN_LOG_LEVEL", "INFO")]
    logging.getLogger().setLevel(max(level, logging.INFO))  # Lambda sets it to the function's ApplicationLogLevel
    logger = Logger(use_rfc3339=True)  # Lambda rates a line with any other time as INFO
    logging.getLogger(logger.name).setLevel(level)  # the logger itself would take Lambda's level instead
    copy_config_to_registered_loggers(logger, log_level=level, include={function, "integration_logs"})
    return logger, Metrics()


def flush(metrics: Metrics) -> None:
    """Send what was counted; a run without news sends nothing, since each metric costs money by the hour."""
    if metrics.metric_set:
        metrics.flush_metrics()
