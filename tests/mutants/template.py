"""Mutants of the template: an alarm that never goes off, a queue that hides too briefly, a permission too wide."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

HOUSE = "tests/unit/house"
ON = "                Resource: !Sub "


def _broken(file: str, test: str, name: str, find: str, replacement: str) -> Mutant:
    return Mutant(name, "template.yaml", ((find, replacement),), (f"{HOUSE}/test_template_{file}.py::{test}",))


_TABLE, _COUNTED = "test_the_alarms_are_those_of_the_table", "test_the_code_counts_what_its_alarms_are_of"
_DAY = """
      Statistic: Sum
      Period: 3600
      EvaluationPeriods: 30 # more than the 24 of a schedule that is daily
      Threshold: 1
      ComparisonOperator: """
_ENDS = "\n      AlarmActions: [!Ref AlarmTopic]\n      OKActions: [!Ref AlarmTopic]\n\nOutputs:"
ALARMS = tuple(
    _broken("alarms", test, f"alarm-{name}", find, replacement)
    for test, name, find, replacement in (
        (
            _COUNTED,
            "of-a-metric-that-fetch-logs-does-not-count",
            "MetricName: StreamsBehind",
            "MetricName: StreamBehind",
        ),
        (
            _COUNTED,
            "of-a-metric-that-archive-logs-does-not-count",
            "MetricName: DaysIncomplete",
            "MetricName: Incomplete",
        ),
        (_COUNTED, "of-an-error-that-has-another-name", "MetricName: NeedsOperator", "MetricName: OperatorNeeded"),
        (
            "test_the_codes_metrics_are_where_the_alarms_look",
            "of-another-namespace",
            "POWERTOOLS_METRICS_NAMESPACE: IntegrationLogs",
            "POWERTOOLS_METRICS_NAMESPACE: Integrations",
        ),
        (
            "test_the_codes_metrics_are_where_the_alarms_look",
            "of-another-service",
            "POWERTOOLS_SERVICE_NAME: !Ref AWS::StackName",
            "POWERTOOLS_SERVICE_NAME: integration-logs",
        ),
        (_TABLE, "after-ten-hours", "Threshold: 3600", "Threshold: 36000"),
        (
            _TABLE,
            "that-takes-silence-for-good",
            f"Value: !Ref FetchLogs }}]{_DAY}LessThanThreshold\n      TreatMissingData: missing",
            f"Value: !Ref FetchLogs }}]{_DAY}LessThanThreshold\n      TreatMissingData: notBreaching",
        ),
        (
            _TABLE,
            "that-goes-off-while-all-runs",
            f"Value: !Ref CheckStatus }}]{_DAY}LessThanThreshold",
            f"Value: !Ref CheckStatus }}]{_DAY}GreaterThanOrEqualToThreshold",
        ),
        (
            _TABLE,
            "of-another-queue",
            "Value: !GetAtt ScheduleDeadLetters.QueueName",
            "Value: !GetAtt WorkDeadLetters.QueueName",
        ),
        (
            _TABLE,
            "of-another-function",
            "MetricName: Errors\n      Dimensions: [{ Name: FunctionName, Value: !Ref CheckStatus }]",
            "MetricName: Errors\n      Dimensions: [{ Name: FunctionName, Value: !Ref ArchiveLogs }]",
        ),
        (_TABLE, "that-looks-too-seldom", "Sum\n      Period: 900", "Sum\n      Period: 86400"),
        (
            _TABLE,
            "that-ends-between-two-ticks",
            f"TreatMissingData: ignore{_ENDS}",
            f"TreatMissingData: notBreaching{_ENDS}",
        ),
        (
            "test_an_alarm_tells_somebody",
            "that-tells-nobody",
            "      AlarmActions: [!Ref AlarmTopic]\n      OKActions: [!Ref AlarmTopic]\n\nOutputs:",
            "      AlarmActions: []\n      OKActions: [!Ref AlarmTopic]\n\nOutputs:",
        ),
    )
)

_HIDDEN, _QUEUES = "test_a_message_stays_hidden_while_it_is_worked_on", "test_the_queues_are_those_of_the_table"
QUEUES = tuple(
    _broken("queues", test, f"queue-{name}", find, replacement)
    for test, name, find, replacement in (
        (_HIDDEN, "hides-a-walk-too-briefly", "VisibilityTimeout: 1080 # six", "VisibilityTimeout: 900 # six"),
        (_HIDDEN, "hides-a-merge-too-briefly", "VisibilityTimeout: 1080\n", "VisibilityTimeout: 360\n"),
        (
            _HIDDEN,
            "is-outlived-by-its-function",
            "Timeout: 180\n      MemorySize: 512",
            "Timeout: 300\n      MemorySize: 512",
        ),
        (_QUEUES, "tries-fifty-times", "maxReceiveCount: 5 }\n\n  WorkDead", "maxReceiveCount: 50 }\n\n  WorkDead"),
        (_QUEUES, "starts-ten-walks-at-once", "            BatchSize: 1\n", "            BatchSize: 10\n"),
        (
            "test_what_fails_for_good_is_kept",
            "forgets-what-failed",
            "FifoQueue: true\n      MessageRetentionPeriod: 1209600",
            "FifoQueue: true\n      MessageRetentionPeriod: 345600",
        ),
        (
            "test_each_schedule_orders_its_own_task",
            "never-orders-a-sweep",
            '"mode": "sweep"}',
            '"mode": "tick"}',
        ),
        (
            "test_what_lands_orders_the_archive",
            "hears-nothing-of-what-lands",
            "EventBridgeEnabled: true",
            "EventBridgeEnabled: false",
        ),
        (
            "test_what_lands_orders_the_archive",
            "hears-of-the-archive-itself",
            "[{ prefix: landing/ }]",
            "[{ prefix: logs/ }]",
        ),
        (
            "test_one_group_for_the_archive",
            "has-two-archivers",
            "SqsParameters: { MessageGroupId: archive }",
            "SqsParameters: { MessageGroupId: landed }",
        ),
        (
            "test_one_group_for_the_archive",
            "takes-no-event-without-an-id",
            "ContentBasedDeduplication: true",
            "ContentBasedDeduplication: false",
        ),
        (
            "test_one_group_an_account",
            "lets-accounts-wait-for-each-other",
            "FifoThroughputLimit: perMessageGroupId",
            "FifoThroughputLimit: perQueue",
        ),
        (
            "test_a_schedule_that_fails_is_kept",
            "of-schedules-is-another",
            "MaximumEventAgeInSeconds: 900 }\n            DeadLetterConfig: { Arn: !GetAtt ScheduleDeadLetters.Arn }",
            "MaximumEventAgeInSeconds: 900 }\n            DeadLetterConfig: { Arn: !GetAtt WorkDeadLetters.Arn }",
        ),
    )
)

_ROLE, _POLICIES = "test_a_role_allows_exactly_this", "test_the_policies_are_those_of_the_table"
_LIFECYCLES = "test_the_lifecycles_are_those_of_the_table"
PERMISSIONS = tuple(
    _broken("permissions", test, name, find, replacement)
    for test, name, find, replacement in (
        (
            _ROLE,
            "fetching-writes-anywhere",
            f'                Action: s3:PutObject\n{ON}"${{Bucket.Arn}}/landing/*"',
            f'                Action: s3:PutObject\n{ON}"${{Bucket.Arn}}/*"',
        ),
        (
            _ROLE,
            "fetching-reads-every-secret",
            'secret:${SecretPrefix}/*"\n              - Sid: ReadPseudonymKey',
            'secret:*"\n              - Sid: ReadPseudonymKey',
        ),
        (_ROLE, "fetching-lists-all-state", '["state/fetch/*", "state/landed/*"] } }', '["state/*"] } }'),
        (
            _ROLE,
            "archiving-deletes-the-archive",
            f'Action: [s3:GetObject, s3:PutObject]\n{ON}"${{Bucket.Arn}}/logs/*"',
            f'Action: [s3:GetObject, s3:PutObject, s3:DeleteObject]\n{ON}"${{Bucket.Arn}}/logs/*"',
        ),
        (
            _ROLE,
            "archiving-reads-every-version",
            f'Action: s3:GetObjectVersion\n{ON}"${{Bucket.Arn}}/landing/*"',
            f'Action: s3:GetObjectVersion\n{ON}"${{Bucket.Arn}}/*"',
        ),
        (_ROLE, "archiving-lists-all-state", "- state/fetch/*/sweeps/*\n", "- state/*\n"),
        (_ROLE, "checking-reads-checkpoints-of-all", "/state/fetch/*/standing.json", "/state/fetch/*"),
        (_ROLE, "checking-lists-all", '"s3:prefix": ["status/*"]', '"s3:prefix": ["*"]'),
        (
            _ROLE,
            "checking-may-send-alarms",
            "Action: sns:Publish\n                Resource: !Ref NoticeTopic",
            "Action: sns:Publish\n                Resource: [!Ref NoticeTopic, !Ref AlarmTopic]",
        ),
        (
            "test_who_takes_a_role",
            "anybodys-schedule-starts-functions",
            '            Condition: { StringEquals: { "aws:SourceAccount": !Ref AWS::AccountId } }\n',
            "",
        ),
        (
            _POLICIES,
            "notices-need-no-tls",
            'Resource: !Ref NoticeTopic\n            Condition: { Bool: { "aws:SecureTransport": "false" } }',
            'Resource: !Ref NoticeTopic\n            Condition: { Bool: { "aws:SecureTransport": "true" } }',
        ),
        (
            _POLICIES,
            "alarms-need-no-tls",
            'Resource: !Ref AlarmTopic\n            Condition: { Bool: { "aws:SecureTransport": "false" } }',
            'Resource: !Ref AlarmTopic\n            Condition: { Bool: { "aws:SecureTransport": "true" } }',
        ),
        (_POLICIES, "any-alarm-is-this-stacks", ":alarm:${AWS::StackName}-*", ":alarm:*"),
        (
            _POLICIES,
            "another-accounts-alarm-is-this-ones",
            '              StringEquals: { "aws:SourceAccount": !Ref AWS::AccountId }\n              ArnLike:\n',
            "              ArnLike:\n",
        ),
        (
            "test_the_policies_are_of_their_resources",
            "the-whole-account-sends-alarms",
            "Topics: [!Ref AlarmTopic]",
            "Topics: [!Ref NoticeTopic]",
        ),
        (
            _POLICIES,
            "objects-need-no-tls",
            'Resource: [!GetAtt Bucket.Arn, !Sub "${Bucket.Arn}/*"]',
            "Resource: [!GetAtt Bucket.Arn]",
        ),
        (
            _POLICIES,
            "any-rule-may-order-the-archiver",
            'ArnEquals: { "aws:SourceArn": !GetAtt LandedRule.Arn }',
            'StringEquals: { "aws:SourceAccount": !Ref AWS::AccountId }',
        ),
        (
            "test_the_pools_api_starts_functions_by_itself_alone",
            "any-api-may-fetch",
            '${PoolApi}/v1/*"\n      FunctionName: !Ref FetchLogs',
            '*"\n      FunctionName: !Ref FetchLogs',
        ),
        (
            "test_what_landed_is_known_for_longer_than_sendcloud_keeps_it",
            "what-landed-is-forgotten-first",
            "ExpirationInDays: 45",
            "ExpirationInDays: 30",
        ),
        (
            "test_what_landed_is_known_for_longer_than_sendcloud_keeps_it",
            "what-landed-is-kept-for-good",
            "Prefix: state/landed/",
            "Prefix: state/known/",
        ),
        (_LIFECYCLES, "all-state-expires", "Prefix: state/summaries/", "Prefix: state/"),
        (_LIFECYCLES, "replaced-objects-go-at-once", "NoncurrentDays: !Ref LandingRecoveryDays", "NoncurrentDays: 1"),
        (
            "test_the_archive_and_its_summaries_go_together",
            "summaries-stay-behind",
            "Prefix: state/summaries/\n              ExpirationInDays: !Ref ArchiveRetentionDays",
            "Prefix: state/summaries/\n              ExpirationInDays: 3650",
        ),
    )
)

TEMPLATE = ALARMS + QUEUES + PERMISSIONS
