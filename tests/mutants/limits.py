"""Mutants of what AWS limits, keeps and logs: the environment, the disk, what stays after a stack, access logs."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

HOUSE = "tests/unit/house/test_template_"


def _broken(test: str, name: str, find: str, replacement: str) -> Mutant:
    return Mutant(name, "template.yaml", ((find, replacement),), (f"{HOUSE}{test}",))


_ENVIRONMENT = "limits.py::test_the_environment_fits_whatever_is_set"
_POLICY = "Type: AWS::S3::BucketPolicy\n"
_STAYS = "    DeletionPolicy: RetainExceptOnCreate\n    UpdateReplacePolicy: Retain\n    Properties:"
_DISK = "limits.py::test_the_largest_object_is_merged_on_the_disk_that_there_is"
_REFUSES = "limits.py::test_what_a_deploy_refuses"
LIMITS = (
    _broken(_ENVIRONMENT, "the-environment-overflows", "MaxLength: 1900\n", "MaxLength: 2600\n"),
    _broken(
        _ENVIRONMENT, "an-address-has-no-end", "sendcloud.sc/api/v3\n    MaxLength: 200\n", "sendcloud.sc/api/v3\n"
    ),
    _broken(
        _REFUSES, "an-account-without-a-name", '{1,40}( *, *[A-Za-z0-9-]{1,40})*"', '{0,40}( *, *[A-Za-z0-9-]{0,40})*"'
    ),
    _broken(_DISK, "a-part-outgrows-the-disk", "EphemeralStorage: { Size: 2048 }", "EphemeralStorage: { Size: 1536 }"),
    _broken(_DISK, "a-part-may-be-larger-than-its-setting", "MaxValue: 160 #", "MaxValue: 1024 #"),
    _broken(
        "permissions.py::test_a_bucket_that_outlives_the_stack_stays_closed",
        "what-is-left-is-read-without-tls",
        _POLICY + _STAYS,
        _POLICY + "    Properties:",
    ),
    _broken(
        "options.py::test_a_query_reads_as_much_as_it_may",
        "a-query-reads-everything",
        "        BytesScannedCutoffPerQuery: !Ref BytesScannedCutoffPerQuery\n",
        "",
    ),
    _broken(
        "options.py::test_requests_to_the_api_are_logged_where_wanted",
        "one-api-logs-nothing",
        "      AccessLogSetting: *access_log\n",
        "",
    ),
    _broken(
        "options.py::test_nothing_is_logged_unless_it_is_wanted",
        "every-bucket-is-logged",
        'LogsBucket: !Equals [!Ref BucketAccessLogs, "on"]',
        'LogsBucket: !Equals [!Ref BucketAccessLogs, "off"]',
    ),
    _broken(
        "permissions.py::test_the_bucket_of_the_access_logs_is_as_closed",
        "access-logs-lie-open",
        "      PublicAccessBlockConfiguration: *closed\n",
        "",
    ),
    _broken(
        "permissions.py::test_the_policies_are_those_of_the_table",
        "anybodys-logs-are-kept",
        '              ArnLike: { "aws:SourceArn": !GetAtt Bucket.Arn }\n',
        "",
    ),
    _broken(
        "permissions.py::test_what_landed_can_be_restored_for_as_long_as_is_said",
        "what-landed-goes-by-count",
        "            Prefix: logs/\n            NoncurrentVersion",
        "            NoncurrentVersion",
    ),
    _broken(
        "permissions.py::test_the_lifecycles_are_those_of_the_table",
        "the-last-good-version-goes",
        "&few { NoncurrentDays: 1, NewerNoncurrentVersions: 5 }",
        "&few { NoncurrentDays: 1 }",
    ),
    _broken(
        "options.py::test_each_exception_from_a_check_has_its_reason",
        "an-exception-without-a-reason",
        "comment: Secrets Manager encrypts it with a key of AWS. A key of your own costs $1 a month. }",
        'comment: "-" }',
    ),
    _broken(
        "queues.py::test_the_tries_outlast_an_outage",
        "an-outage-outlasts-the-tries",
        "maxReceiveCount: 5 }\n\n  ArchiveQueuePolicy",
        "maxReceiveCount: 3 }\n\n  ArchiveQueuePolicy",
    ),
)
