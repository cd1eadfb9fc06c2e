"""Mutants of what only AWS shows: what its runtime logs, how long its services are waited for, what they refuse."""

from __future__ import annotations

from tests.mutants.mutant import FETCH, SHARED, Mutant

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

OBJECTS, SECRETS, PATIENCE = (
    "tests/unit/integration_logs/bucket/test_objects.py",
    "tests/unit/integration_logs/runtime/test_secrets.py",
    "tests/unit/house/test_patience.py",
)
WAITING = tuple(
    Mutant(name, path, (edit,), (test,))
    for test, path, name, edit in (
        (
            f"{PATIENCE}::test_a_call_that_nobody_answers",
            f"{SHARED}/runtime/aws.py",
            "a-client-waits-as-long-as-botocore-likes",
            ("PATIENCE.merge(config) if config else PATIENCE", "config"),
        ),
        (
            f"{PATIENCE}::test_a_call_that_nobody_answers",
            f"{SHARED}/runtime/aws.py",
            "a-call-outlasts-the-reserve",
            ("read_timeout=4", "read_timeout=6"),
        ),
        (
            f"{PATIENCE}::test_a_call_that_nobody_answers",
            "functions/archive_logs/composition_root.py",
            "a-call-outlasts-api-gateway",
            ("read_timeout=6", "read_timeout=8"),
        ),
        (
            f"{OBJECTS}::test_a_conflict_that_passes",
            f"{SHARED}/bucket/objects.py",
            "a-write-that-met-another-is-given-up",
            ("for pause in _PAUSES:", "for pause in ():"),
        ),
        (
            f"{OBJECTS}::test_a_conflict_is_not_a_defeat",
            f"{SHARED}/bucket/objects.py",
            "a-write-that-met-another-counts-as-lost",
            ('_LOST = {"PreconditionFailed", "412"}', '_LOST = {"PreconditionFailed", "ConditionalRequestConflict"}'),
        ),
        (
            f"{SECRETS}::test_a_secret_that_is_scheduled_for_deletion",
            f"{SHARED}/runtime/secrets.py",
            "a-secret-that-goes-will-come-by-itself",
            ('if code == "InvalidRequestException":', "if False:"),
        ),
    )
)

FETCHING, ARCHIVING, REDELIVERY = (
    "tests/unit/fetch_logs/test_handler.py",
    "tests/unit/archive_logs/test_handler.py",
    "tests/unit/integration_logs/runtime/test_redelivery.py",
)
GIVING_BACK = tuple(
    Mutant(name, path, (edit,), (test,))
    for test, path, name, edit in (
        (
            f"{FETCHING}::test_a_bug_gives_its_message_back",
            f"{FETCH}/handler.py",
            "a-bug-keeps-its-account-waiting",
            ("                compose().give_back([message])\n", ""),
        ),
        (
            f"{ARCHIVING}::test_one_order_fails",
            "functions/archive_logs/handler.py",
            "a-batch-comes-again-whole",
            ('if record["messageId"] in failed', "if failed"),
        ),
        (
            f"{ARCHIVING}::test_everything_fails",
            "functions/archive_logs/handler.py",
            "a-bug-keeps-the-archive-waiting",
            ('failed = [record["messageId"] for record in records]', "failed = list[str]()"),
        ),
        (
            f"{REDELIVERY}::test_the_pause_grows",
            f"{SHARED}/runtime/redelivery.py",
            "every-try-comes-at-once",
            ("FIRST_PAUSE * 2 ** (tries - 1)", "FIRST_PAUSE"),
        ),
        (
            f"{REDELIVERY}::test_what_cannot_be_given_back",
            f"{SHARED}/runtime/redelivery.py",
            "what-cannot-be-given-back-hides-why-it-failed",
            ("except (BotoCoreError, ClientError) as error", "except BotoCoreError as error"),
        ),
    )
)

ON_AWS = LOGGING + WAITING + GIVING_BACK
