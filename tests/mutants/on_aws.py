"""Mutants of what only AWS shows: what its runtime logs, how long its services are waited for, what they refuse."""

from __future__ import annotations

from tests.mutants.mutant import SHARED, Mutant

LOGS = "tests/unit/house/test_runtime_logs.py"
LOGGING = (
    *(
        Mutant(name, f"{SHARED}/runtime/telemetry.py", (edit,), (f"{LOGS}::{test}",))
        for test, name, edit in (
            (
                "test_no_line_has_a_secret",
                "libraries-log-what-they-are-answered",
                ("max(level, logging.INFO)", "level"),
            ),
            (
                "test_errors_and_metrics_come_through",
                "lambda-cannot-read-the-time-of-a-line",
                ("Logger(use_rfc3339=True)", "Logger()"),
            ),
            (
                "test_errors_and_metrics_come_through",
                "lambdas-level-is-ours",
                ("    logging.getLogger(logger.name).setLevel(level)", "    _ = logger"),
            ),
        )
    ),
    Mutant(
        "lambda-drops-what-was-counted",
        "template.yaml",
        (
            (
                "ApplicationLogLevel: INFO, LogGroup: !Ref FetchLogsLogGroup",
                "ApplicationLogLevel: !Ref LogLevel, LogGroup: !Ref FetchLogsLogGroup",
            ),
        ),
        (f"{LOGS}::test_lambda_filters_nothing_of_ours",),
    ),
)

ON_AWS = LOGGING
